"""Where a thread stands as a whole, in one of few words: pure, from where its documents stand and what has to follow.

What troubles most is told first: a refusal, because its other side may wait for nothing any more; what is late; what
we have to do; what the partner has to do. Only where nothing of that is left it is over, or its next step is awaited.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from gateway.ledger import deadlines
from gateway.ledger.acks import AcknowledgementState as Said
from gateway.ledger.business import BusinessState as B
from gateway.ledger.deadlines import Due
from gateway.ledger.owed import CANCELLED, DECLINED
from gateway.ledger.promises import PARTNER, US, By
from gateway.ledger.thread import Kind


class ThreadState(StrEnum):
    """What is told of a thread."""

    REFUSED = "refused"
    LATE_US = "late with us"
    LATE_PARTNER = "late with partner"
    FOR_US = "waiting for us"
    FOR_PARTNER = "waiting for partner"
    UNDER_WAY = "under way"
    ENDED = "ended"
    COMPLETE = "complete"


WORDS: Final[Mapping[ThreadState, str]] = MappingProxyType(
    {
        ThreadState.REFUSED: "a document was refused, by them or by us, and nothing has taken its place",
        ThreadState.LATE_US: "something that we have to do is past its time",
        ThreadState.LATE_PARTNER: "something that the partner has to do is past its time",
        ThreadState.FOR_US: "we have to do something: send what we owe, or look at what is held or contested",
        ThreadState.FOR_PARTNER: "the partner has to do something: fetch, acknowledge, answer, ship, bill or pay",
        ThreadState.UNDER_WAY: "nobody has to do anything by a known time, and its last step has not come",
        ThreadState.ENDED: "the order was cancelled, declined or given up before anything was shipped or billed",
        ThreadState.COMPLETE: "its last step is there, and nothing is open",
    }
)
"""Every state with its meaning, the first that applies first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Documents of a thread that stand alike, by their three axes. `name` is their canonical type without the version,
    `number` that of one of them, `count` how many they are, `first` and `last` the lowest and the highest of their ids,
    which grow with time. `late`: past the deadline that runs.
    """

    name: str
    direction: str
    set_id: str
    number: str
    state: str
    acknowledgement: str = ""
    business: str = ""
    late: bool = False
    count: int = 1
    first: str = ""
    last: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Following:
    """What has to follow documents of a thread, `subject` one of them; or, with `ended`, why it is owed no more, or
    `waived` by a person. `coming`: a document is on its way that would meet it.
    """

    what: str
    by: By
    subject: str
    late: bool = False
    coming: bool = False
    ended: str = ""
    waived: bool = False
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The state with what it is for: a document and what it waits for, "" where there is nothing to name."""

    state: ThreadState
    because: str = ""


@dataclass(frozen=True, slots=True)
class _Wait:
    by: By
    late: bool
    words: str
    count: int


PUT_TO_REST: Final = "a person closed the order and waived what follows it"
"""Closed alone it has not ended: it may have been entered by hand, and is still to be shipped and billed."""

_REPLACED: Final = frozenset({"superseded", "combined"})
_GONE: Final = frozenset({"sealed", "sent"})
_REFUSED: Final = frozenset({Said.REJECTED, Said.PARTIALLY_ACCEPTED})
_CONTESTED: Final = frozenset({B.DISPUTED, B.SHORT_PAID, B.OVERPAID})
_UNPAID: Final = frozenset({B.NONE, B.CONFIRMED, B.NOTED, B.ADJUSTED, B.PARTLY_PAID})
_BY: Final[Mapping[str, By]] = MappingProxyType({"us": US, "the partner": PARTNER})
_STEPS: Final = ("order_response", "shipment", "invoice")
_LAST_STEPS: Final = MappingProxyType({Kind.WAREHOUSE: "warehouse_shipment", Kind.TRANSFER: "warehouse_receipt"})


def told(
    kind: Kind, documents: Sequence[Standing], following: Sequence[Following], exchanged: Collection[str] | None
) -> Told:
    """Where a thread of this kind stands.

    `exchanged` are the canonical types that were agreed on with the partner, either way, None where nobody knows: a
    payment is awaited only where payments were agreed on, and the last step is the last that was.
    """
    counting = [one for one in documents if one.state not in _REPLACED]
    refused = [_Wait(US, False, f"{_named(one)}: {_whose(one)}", one.count) for one in counting if _no(one, counting)]
    if refused:
        return Told(state=ThreadState.REFUSED, because=_because(refused))
    waits = [*_documents(counting, exchanged or ()), *_owed(following)]
    for state, by, late in (
        (ThreadState.LATE_US, US, True),
        (ThreadState.LATE_PARTNER, PARTNER, True),
        (ThreadState.FOR_US, US, False),
        (ThreadState.FOR_PARTNER, PARTNER, False),
    ):
        found = [one for one in waits if (one.by, one.late) == (by, late)]
        if found:
            return Told(state=state, because=_because(found))
    return _over(kind, counting, following, exchanged)


# ---------------------------------------------------------------------------------------------- what is open


def _no(one: Standing, others: Sequence[Standing]) -> bool:
    """Whether it was refused for good. A word on its business is stronger than a refusal by acknowledgement; what a
    partner sent anew stands for what we refused.
    """
    if one.direction == "outbound":
        return one.state in _GONE and one.acknowledgement in _REFUSED and not one.business
    anew = (each for each in others if (each.name, each.direction) == (one.name, one.direction))
    return one.state == "rejected" and not any(each.state != "rejected" and each.last > one.last for each in anew)


def _whose(one: Standing) -> str:
    return "refused by the partner" if one.direction == "outbound" else "refused by us"


def _documents(documents: Sequence[Standing], exchanged: Collection[str]) -> Iterator[_Wait]:
    for one in documents:
        due = _due(one)
        if due:
            words = one.state if one.state in ("held", "dead") else str(due)
            yield _Wait(_BY[deadlines.WHO[due]], one.late, f"{_named(one)}: {words}", one.count)
        elif one.state != "rejected":
            yield from _business(one, exchanged)


def _due(one: Standing) -> Due:
    if one.direction == "inbound":
        return deadlines.inbound(one.state)
    return deadlines.outbound(one.state, one.acknowledgement, pushed=False)


def _business(one: Standing, exchanged: Collection[str]) -> Iterator[_Wait]:
    """Who has the next word on what the other side has: the seller of what it asked for, the buyer of its money."""
    writer, reader = (US, PARTNER) if one.direction == "outbound" else (PARTNER, US)
    said = B(one.business)
    if one.name == "invoice" and said in _CONTESTED:
        yield _Wait(writer, False, f"{_named(one)}: {said.replace('_', ' ')}", one.count)
    elif one.name == "invoice" and said in _UNPAID and "remittance" in exchanged:
        yield _Wait(reader, False, f"{_named(one)}: payment", one.count)
    elif one.name in ("order", "order_change") and said is B.PENDING:
        yield _Wait(reader, False, f"{_named(one)}: decision", one.count)


def _owed(following: Sequence[Following]) -> Iterator[_Wait]:
    """What is on its way is waited for by its own deadline, unless the time of what it would meet is over."""
    for one in following:
        if not one.ended and not one.waived and (one.late or not one.coming):
            yield _Wait(one.by, one.late, f"{one.subject}: {one.what}", one.count)


# ---------------------------------------------------------------------------------------------- what is over


def _over(
    kind: Kind, documents: Sequence[Standing], following: Sequence[Following], exchanged: Collection[str] | None
) -> Told:
    names = {one.name for one in documents if one.state != "rejected"}
    why = _ended(documents, following)
    if why and not names & {"shipment", "invoice"}:
        return Told(state=ThreadState.ENDED, because=why)
    last = _last_step(kind, exchanged)
    if last in names:
        return Told(state=ThreadState.COMPLETE)
    return Told(state=ThreadState.UNDER_WAY, because=f"no {last.replace('_', ' ')} yet")


def _ended(documents: Sequence[Standing], following: Sequence[Following]) -> str:
    over = next((one.ended for one in following if one.ended in (CANCELLED, DECLINED)), "")
    orders = [one for one in documents if one.name == "order" and one.state != "rejected"]
    if over or not orders:
        return over
    if all(one.business == B.DECLINED for one in orders):
        return DECLINED
    closed = all(one.state == "closed" for one in orders)
    return PUT_TO_REST if closed and any(one.waived for one in following) else ""


def _last_step(kind: Kind, exchanged: Collection[str] | None) -> str:
    if kind in _LAST_STEPS:
        return _LAST_STEPS[kind]
    return next((one for one in reversed(_STEPS) if one in (exchanged or ())), "invoice")


# ---------------------------------------------------------------------------------------------- in words


def _named(one: Standing) -> str:
    return f"{one.set_id} {one.number}".strip()


def _because(waits: Sequence[_Wait]) -> str:
    more = sum(one.count for one in waits) - 1
    return f"{waits[0].words}{f' and {more} more' if more else ''}"
