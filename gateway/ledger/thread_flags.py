"""What is not in its order in a thread, told in sentences: computed from what stands there, never stored.

A flag is nothing that was done: it says what somebody should look at.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

CODES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "change-before-order": "a change of an order came, or went, before the order or without one",
        "change-out-of-order": "a change of an order came after a later one, or the other side had that first",
        "invoice-before-shipment": "an invoice before the ship notice, or without one that the partner is sent",
        "shipment-without-order": "a ship notice before its order, or without one",
        "answer-before-sent": "an acknowledgement came before the document is known to be with the partner",
        "second-order": "another order under the same number within a year",
        "ambiguous": "it may belong to several threads, and nobody can say to which",
    }
)
"""Every flag with its meaning."""

TOGETHER: Final = timedelta(seconds=30)
"""What goes out or comes within so short a time is taken up together: which of it was first says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One document of a thread. `at` is when it came, or went out; `had_at` when the other side, or our system, had it.

    `name` is its canonical type without the version, `number` its own; parts of one set have the same `set`. `counts`:
    nothing took its place. `counted` is the number of a change as the buyer counts them, None where it is none.
    `answered_at` is when the partner's acknowledgement came.
    """

    id: str
    name: str
    direction: str
    set_id: str
    number: str
    at: datetime
    had_at: datetime | None
    set: str
    counts: bool = True
    waits: bool = False
    counted: int | None = None
    answered_at: datetime | None = None
    doubt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """One thing to look at, in a sentence, with the document that it is about."""

    code: str
    sentence: str
    document: str


def flags(facts: Sequence[Fact], exchanged: Collection[str] | None = None) -> Sequence[Flag]:
    """The flags of a thread whose documents are in the order of their times.

    `exchanged` are the canonical types that were agreed on with the partner, either way; None where nobody knows. What
    was not agreed on is not missed: many order by telephone, and few are sent ship notices.
    """
    counting = [one for one in facts if one.counts]
    orders = [one for one in counting if one.name == "order"]
    found = [
        *_changes(counting, orders),
        *_overtaken(counting),
        *_invoices(counting, exchanged),
        *_shipments(counting, orders, exchanged),
        *_answers(facts),
        *_second(orders),
        *(Flag(code="ambiguous", sentence=one.doubt, document=one.id) for one in facts if one.doubt),
    ]
    place = {one.id: number for number, one in enumerate(facts)}
    return sorted(found, key=lambda flag: place[flag.document])


def _changes(facts: Sequence[Fact], orders: Sequence[Fact]) -> Iterator[Flag]:
    for one in facts:
        if one.name != "order_change":
            continue
        order = next((each for each in orders if each.direction == one.direction), None)
        if order is None:
            waits = "; it waits" if one.waits else ""
            yield _flag("change-before-order", one, f"{_named(one)} is there and its order is not{waits}")
        elif one.at < order.at:
            verb = "came" if one.direction == "inbound" else "went out"
            sentence = (
                f"{_named(one)} {verb} {_time(one.at)}, before its order ({_time(order.at)}){_behind(one, order)}"
            )
            yield _flag("change-before-order", one, sentence)
        elif one.had_at is not None and (order.had_at is None or one.had_at < order.had_at):
            whom = "our system" if one.direction == "inbound" else "the partner"
            yield _flag("change-before-order", one, f"{whom} had {_named(one)} before its order")


def _overtaken(facts: Sequence[Fact]) -> Iterator[Flag]:
    """Changes of an order are each what holds from then on: the one that our system has last is the one that counts."""
    for direction in ("inbound", "outbound"):
        changes = [one for one in facts if (one.name, one.direction) == ("order_change", direction)]
        came, whom = ("came", "our system") if direction == "inbound" else ("went out", "the partner")
        for place, one in enumerate(changes):
            later = next((each for each in changes[:place] if _counts_more(each, one)), None)
            if later is not None:
                yield _flag("change-out-of-order", one, f"{_named(one)} {came} {_time(one.at)}, after {_named(later)}")
            first = next((each for each in changes[place + 1 :] if _had_before(each, one)), None)
            if first is not None:
                yield _flag("change-out-of-order", one, f"{whom} had {_named(first)} before {_named(one)}")


def _counts_more(one: Fact, other: Fact) -> bool:
    return one.counted is not None and other.counted is not None and one.counted > other.counted


def _had_before(one: Fact, other: Fact) -> bool:
    return one.set != other.set and one.had_at is not None and other.had_at is not None and (one.had_at < other.had_at)


def _behind(change: Fact, order: Fact) -> str:
    if change.waits:
        return "; it waits"
    had = change.had_at is not None and order.had_at is not None and order.had_at <= change.had_at
    return "; it waited, and our system had the order first" if had and change.direction == "inbound" else ""


def _invoices(facts: Sequence[Fact], exchanged: Collection[str] | None) -> Iterator[Flag]:
    first = next((one for one in facts if one.name == "shipment"), None)
    for one in facts:
        if one.name != "invoice":
            continue
        if first is not None and one.at < first.at - TOGETHER:
            sentence = f"{_named(one)} is of {_time(one.at)}, before the ship notice {first.number} ({_time(first.at)})"
            yield _flag("invoice-before-shipment", one, sentence)
        elif first is None and exchanged is not None and "shipment" in exchanged:
            yield _flag("invoice-before-shipment", one, f"{_named(one)} is there and no ship notice is")


def _shipments(facts: Sequence[Fact], orders: Sequence[Fact], exchanged: Collection[str] | None) -> Iterator[Flag]:
    for one in facts:
        if one.name != "shipment":
            continue
        if not orders and (exchanged is None or "order" in exchanged):
            yield _flag("shipment-without-order", one, f"{_named(one)} is there and its order is not")
        elif orders and one.at < orders[0].at:
            sentence = f"{_named(one)} is of {_time(one.at)}, before its order ({_time(orders[0].at)})"
            yield _flag("shipment-without-order", one, sentence)


def _answers(facts: Sequence[Fact]) -> Iterator[Flag]:
    for one in facts:
        if one.direction != "outbound" or one.answered_at is None:
            continue
        if one.had_at is None or one.answered_at < one.had_at:
            had = (
                "is not known to be with the partner" if one.had_at is None else f"was marked sent {_time(one.had_at)}"
            )
            sentence = f"{_named(one)} was acknowledged {_time(one.answered_at)}, and {had}"
            yield _flag("answer-before-sent", one, sentence)


def _second(orders: Sequence[Fact]) -> Iterator[Flag]:
    sets = dict.fromkeys(one.set for one in orders)
    for one in orders:
        if one.set != next(iter(sets)):
            sentence = f"{_named(one)} came again {_time(one.at)}; the first is {orders[0].id} of {_time(orders[0].at)}"
            yield _flag("second-order", one, sentence)


def _flag(code: str, one: Fact, sentence: str) -> Flag:
    return Flag(code=code, sentence=sentence, document=one.id)


def _named(one: Fact) -> str:
    return f"{one.set_id} {one.number}".strip()


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
