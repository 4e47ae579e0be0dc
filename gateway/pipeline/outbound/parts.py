"""Documents of ours that are parts of one: which of them belong together, and the one that they are. Pure."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.mapping.combine import combine
from gateway.mapping.split import Split
from gateway.mapping.written import Written
from gateway.partners.outbound import OutboundAgreement
from gateway.pipeline.outbound.collect import Posted, Refused, read
from gateway.pipeline.outbound.stage import Part


@dataclass(frozen=True, slots=True)
class Together:
    """One body of all parts; `faults` are sentences about what keeps it from being sent."""

    body: Mapping[str, object]
    faults: tuple[str, ...] = ()


def part_of(posted: Posted, agreement: OutboundAgreement, written: Written) -> Part | None:
    """Which part of which document this is, None when it is not one of several or its agreement combines nothing.

    `written` is the part as X12 by itself. Parts belong together that go out under one agreement, for one stage, with
    the same business number and order.
    """
    said = posted.body.body().get("part")
    if not agreement.combine or not isinstance(said, dict) or said["of"] < 2:
        return None
    known = [posted.partner, agreement.id, posted.stage, written.business_number, sorted(written.thread.items())]
    group = hashlib.sha256(json.dumps(known).encode()).hexdigest()
    return Part(number=said["number"], of=said["of"], key=said["key"], group=group)


def without_part(body: Mapping[str, Any]) -> dict[str, Any]:
    """The body as a partner gets it: which part it is, is an affair of ours."""
    return {name: value for name, value in body.items() if name != "part"}


def together(own: Posted, others: Sequence[bytes], rule: Split) -> Together:
    """The document that these parts are, as far as they are there. Never raises for what is in them."""
    parts: list[Mapping[str, Any]] = [own.body.body()]
    faults: list[str] = []
    for content in others:
        posted = read(content)
        if isinstance(posted, Refused):
            faults.append(f"another part of it: {posted.words}")
        else:
            parts.append(posted.body.body())
    combined = combine(parts, rule)
    faults += [problem.message for problem in combined.problems if problem.effect != "warn"]
    return Together(combined.document, tuple(faults))
