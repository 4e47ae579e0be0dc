"""Our ERP as a month needs it: a backend in this process that is down at times, refuses some documents until somebody
has mended them, and once takes a document without our hearing of it.
"""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gateway.backends.erp import envelope
from gateway.pipeline.stage import Deliverable, Reply

Took = Callable[[str, Mapping[str, Any]], object]
"""(our own number, the envelope) of a document that was taken for the first time."""


@dataclass(slots=True, kw_only=True)
class PretendErp:
    """The `Backend` port.

    Args:
        clock: the time.
        took: hears of every new document, once.
        down: from when until when it answers nothing but "not now".
        refuses: business numbers that it does not take.
        silent: business numbers whose first answer is lost after it took effect.
    """

    clock: Callable[[], datetime]
    took: Took
    down: Sequence[tuple[datetime, datetime]] = ()
    refuses: set[str] = field(default_factory=set)
    silent: set[str] = field(default_factory=set)
    effects: Counter[str] = field(default_factory=Counter)
    """How often each key had an effect: more than once would be an order shipped twice."""
    known: dict[str, str] = field(default_factory=dict)

    async def deliver(self, document: Deliverable) -> Reply:
        """Take it, or say why not."""
        if any(start <= self.clock() < end for start, end in self.down):
            return Reply(kind="retry", detail="503: closed for stock-taking", status=503)
        if document.key in self.known:
            return Reply(kind="known", status=409, external_id=self.known[document.key])
        if document.business_number in self.refuses:
            return Reply(kind="refused", detail="422: no such customer location", status=422)
        number = f"HP-{len(self.known) + 1:06}"
        self.known[document.key] = number
        self.effects[document.key] += 1
        self.took(number, json.loads(envelope(document)))
        if document.business_number in self.silent:
            self.silent.discard(document.business_number)
            return Reply(kind="unknown", detail="no answer within 30 s")
        return Reply(kind="delivered", status=201, external_id=number)

    async def look_up(self, document: Deliverable) -> Reply:
        """It tells repeats by their key, so nobody has to ask."""
        return Reply(kind="refused", detail="it is not asked")

    async def close(self) -> None:
        """There is nothing to release."""
