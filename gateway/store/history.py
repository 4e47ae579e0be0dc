"""What a projection finds out about long ago: it is written down like all else, and nobody is woken for it.

A new projection looks at every document there ever was. The first look after an upgrade must not mail about last year.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from gateway.ledger.events import HISTORY

TOLD: Final = timedelta(days=31)
"""What was over before then when we first saw it is history."""


@dataclass(frozen=True, slots=True)
class History:
    """Of the documents of one look: those to which something happened lately, and those that have been left alone."""

    fresh: frozenset[str]
    old: frozenset[str]

    @classmethod
    def of(cls, rows: Iterable[Any], now: datetime) -> "History":
        """By the times of the documents themselves: when they came, moved, were fetched, were answered."""
        found: dict[bool, set[str]] = {True: set(), False: set()}
        for row in rows:
            times = (row.received_at, row.state_at, row.sent_at, row.acknowledged_at)
            found[max(one for one in times if one is not None) > now - TOLD].add(row.id)
        return cls(fresh=frozenset(found[True]), old=frozenset(found[False]))

    def detail(self, *documents: str) -> Mapping[str, str]:
        """What an event about these says of it: nothing where one is fresh, or none was looked at for its own sake."""
        about = frozenset(documents)
        return {HISTORY: "nobody is told"} if about & self.old and not about & self.fresh else {}


NOTHING_OLD: Final = History(frozenset(), frozenset())
