"""What a seller says of an order (855), or of a change of one (865). Pure."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from gateway.ledger.business import BusinessState
from gateway.ledger.meant import Claim
from gateway.ledger.order_lines import ARTICLES
from gateway.pipeline.business.statement import Body, Statement, cut, day, listed, money, number_of

B = BusinessState

_WHOLE: Final[Mapping[str, BusinessState]] = MappingProxyType(
    {
        "accepted": B.CONFIRMED,
        "accepted_as_ordered": B.CONFIRMED,
        "accepted_without_detail": B.CONFIRMED,
        "accepted_with_changes": B.CHANGED,
        "exceptions_only": B.CHANGED,
        "on_hold": B.PENDING,
        "rejected": B.DECLINED,
        "rejected_exceptions_only": B.DECLINED,
        "rejected_without_detail": B.DECLINED,
    }
)
"""Answers to a whole order (element 587), by our words."""

_TAKEN: Final = frozenset({"accepted", "shipped", "released_to_ship"})
_UNDECIDED: Final = frozenset({"on_hold", "price_pending", "date_pending", "item_incomplete", "waiver_needed"})


def answers(body: Body, set_id: str) -> Iterator[Statement]:
    """The one statement of an `order_response`."""
    heading = _WHOLE.get(str(body.get("answer", "")), B.NONE)
    lines = [_line(one, heading) for one in listed(body, "lines")]
    outcomes = {one["outcome"] for one in lines}
    state = heading
    if not state and outcomes:
        state = B(outcomes.pop()) if len(outcomes) == 1 else B.CHANGED
    change = number_of(body, "change_number")
    number = number_of(body, "po_number")
    kinds = ("order_change", "order") if set_id == "865" else ("order",)
    claim = Claim(
        kinds=kinds,
        number=number,
        release=number_of(body, "release"),
        change=change,
        dated=day(body.get("order_date")),
    )
    yield Statement(
        kind="answer",
        claim=claim if number else None,
        reason="" if number else "it names no order",
        state=state,
        lines=lines,
        currency=number_of(body, "currency"),
        dated=day(body.get("response_date")),
        words=cut(f"{number_of(body, 'answer').replace('_', ' ') or 'no word about the whole order'}"),
        detail={"seller_order": number_of(body, "seller_order")},
    )


def _line(line: Body, heading: BusinessState) -> Mapping[str, str]:
    """One line that is answered: what becomes of it, what was said, what is promised."""
    answers = listed(line, "answers")
    found = {_outcome(number_of(one, "status")) for one in answers}
    outcome = found.pop() if len(found) == 1 else B.CHANGED if found else _by_heading(heading)
    said = [
        " ".join(filter(None, (number_of(one, "quantity"), number_of(one, "status").replace("_", " "), _promised(one))))
        for one in answers
    ]
    values = {
        "line": number_of(line, "number"),
        "outcome": outcome.value,
        "said": cut(", ".join(said)),
        "quantity": number_of(line, "quantity"),
        "unit": number_of(line, "unit"),
        "price": number_of(line, "price"),
        "price_basis": number_of(line, "price_basis"),
        "taken": _taken(answers, number_of(line, "unit")),
    }
    values |= {name: cut(number_of(line, name)) for name in ARTICLES}
    for one in (line, *answers):
        values |= _dates(one)
    return {name: value for name, value in values.items() if value}


def _outcome(status: str) -> BusinessState:
    if status in _TAKEN:
        return B.CONFIRMED
    if status.startswith("rejected") or status == "deleted":
        return B.DECLINED
    return B.PENDING if status in _UNDECIDED else B.CHANGED


def _by_heading(heading: BusinessState) -> BusinessState:
    """A line without an answer of its own: as the whole; whether it differs shows beside the order."""
    return B.CONFIRMED if heading is B.CHANGED else heading


def _taken(answers: Sequence[Body], unit: str) -> str:
    """How much of a line is taken, where every answer says so in its unit."""
    amounts = [money(one.get("quantity")) for one in answers if number_of(one, "status") in _TAKEN]
    units = {number_of(one, "unit") for one in answers} - {"", unit}
    known = [one for one in amounts if one is not None]
    return "" if units or not amounts or len(known) != len(amounts) else format(sum(known, Decimal()), "f")


def _promised(answer: Body) -> str:
    when = number_of(answer, "date")
    return f"{number_of(answer, 'date_kind').replace('_', ' ')} {when}".strip() if when else ""


_SHIP: Final = ("promised_ship", "scheduled_ship")
_ARRIVE: Final = ("promised_delivery", "scheduled_delivery", "estimated_delivery")


def _dates(one: Body) -> dict[str, str]:
    """The last day on which it leaves or arrives, as `ship` and `arrive`."""
    told = dict(one)
    if number_of(one, "date"):
        told[number_of(one, "date_kind")] = one["date"]
    ship, arrive = number_of(told, *_SHIP), number_of(told, *_ARRIVE)
    return {name: value for name, value in (("ship", ship), ("arrive", arrive)) if value}
