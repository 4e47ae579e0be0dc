"""What a set says of other documents, one statement for each: an answer to an order (855, 865), payments of invoices
(820), adjustments of them (812), and what became of any document in the other side's own systems (824). Pure.

Read from stored canonical bodies, which may be of an older version: what is not there is not said.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any, Final

from gateway.ledger.business import BusinessState
from gateway.ledger.meant import Claim
from gateway.ledger.settling import SaidKind

B = BusinessState
Body = Mapping[str, Any]
LONGEST: Final = 500
"""Characters of a sentence that is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement. `claim` says what it is about, None when it names nothing; `reason` then says why a person has to
    look. `group` and `set_number` are the control numbers (GS06, ST02) of what it is about, where it names them.
    The rest as in `gateway.ledger.settling.Said`; `lines` are answers to lines, each with `line`, `outcome`, `said` and
    what is promised.
    """

    kind: SaidKind
    claim: Claim | None
    reason: str = ""
    group: str = ""
    set_number: str = ""
    state: BusinessState = B.NONE
    lines: Sequence[Mapping[str, str]] = ()
    amount: Decimal | None = None
    currency: str = ""
    stated: Decimal | None = None
    discount: Decimal | None = None
    more: bool = False
    contested: Sequence[str] = ()
    reasons: Sequence[str] = ()
    trace: str = ""
    dated: date | None = None
    words: str = ""
    detail: Mapping[str, str] = field(default_factory=dict)


def statements(canonical_type: str, set_id: str, body: Body) -> Sequence[Statement]:
    """Everything that a document says of others, in its order; nothing for types that say nothing of others."""
    read = _READERS.get(canonical_type.partition(".")[0])
    return tuple(read(body, set_id)) if read is not None else ()


def number_of(body: Body, *names: str) -> str:
    """The first of these fields that is text."""
    return next((value for name in names if isinstance(value := body.get(name), str) and value), "")


def money(value: object) -> Decimal | None:
    """A canonical number; None for what is none."""
    try:
        amount = Decimal(value) if isinstance(value, str) else None
    except InvalidOperation:
        return None
    return amount if amount is not None and amount.is_finite() and abs(amount.adjusted()) <= 14 else None


def day(value: object) -> date | None:
    """A canonical date; None for what is none."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def listed(body: Body, name: str) -> Sequence[Body]:
    """The entries of a list."""
    found = body.get(name)
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list | tuple) else ()


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


# ---------------------------------------------------------------------------------------------- 855, 865

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


def _answers(body: Body, set_id: str) -> Iterator[Statement]:
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
        words=_cut(f"{number_of(body, 'answer').replace('_', ' ') or 'no word about the whole order'}"),
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
        "said": _cut(", ".join(said)),
        "quantity": number_of(line, "quantity"),
        "unit": number_of(line, "unit"),
        "price": number_of(line, "price"),
        "price_basis": number_of(line, "price_basis"),
        "taken": _taken(answers, number_of(line, "unit")),
    }
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


# ---------------------------------------------------------------------------------------------- 820

_ANNOUNCED: Final = frozenset({"announcement", "notification"})
_MORE: Final = frozenset({"partial", "on_account", "in_advance", "progress"})
_OF_INVOICES: Final = frozenset(
    {"invoice", "credit_memo", "original_invoice", "manufacturer_invoice", "IV", "OI", "CM"}
)
_CONTESTED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "01": "pricing error",
        "02": "allowance or charge in error",
        "03": "extension error",
        "04": "not accepted, damaged",
        "05": "not accepted, quality",
        "06": "quantity contested",
        "07": "incorrect product",
        "08": "substituted product",
        "09": "terms in error",
        "10": "pallet or container charge in error",
        "17": "required data missing",
        "18": "not their bill",
        "19": "billed twice",
        "20": "balance declined",
        "59": "item not received",
    }
)
"""Reasons for an adjustment (element 426) by which a payer says that the invoice is wrong, in our words."""


def _payments(body: Body, _set_id: str) -> Iterator[Statement]:
    heading = _PaymentHeading(body)
    total, named = money(body.get("amount")), Decimal()
    for entity in listed(body, "entities"):
        for item in listed(entity, "items"):
            named += money(item.get("paid")) or Decimal()
            yield heading.item(item)
        for one in listed(entity, "adjustments"):
            named += money(one.get("amount")) or Decimal()
            yield heading.loose(one)
    if total is not None and total != named and not heading.refused:
        words = f"the payment is {total}, and what it names comes to {named}"
        yield heading.rest(total - named, words)


class _PaymentHeading:
    """What a remittance says once for all that it pays."""

    def __init__(self, body: Body) -> None:
        self.currency = number_of(body, "currency")
        self.dated = day(body.get("effective_date"))
        number = number_of(body, "trace_number", "check_number")
        self.trace = f"{number_of(body, 'trace_company')}/{number}" if number else ""
        self.refused = ""
        if number_of(body, "handling") in _ANNOUNCED:
            self.refused = "it announces a payment that is not made yet"
        elif number_of(body, "direction") not in ("credit", "C"):
            self.refused = "it takes money instead of giving it (BPR03)"

    def item(self, item: Body) -> Statement:
        kind, number = number_of(item, "kind"), number_of(item, "number")
        paid = money(item.get("paid"))
        reason = self.refused
        if not reason and kind and kind not in _OF_INVOICES:
            reason = f"it pays by {kind.replace('_', ' ')} {number[:60]}, not by an invoice number"
        elif not reason and not number:
            reason = "it names no invoice"
        elif not reason and paid is None:
            reason = "it says no amount"
        contested, reasons = _why(item)
        return Statement(
            kind="payment",
            claim=None if reason else Claim(kinds=("invoice",), number=number, dated=day(item.get("invoice_date"))),
            reason=reason,
            amount=paid,
            currency=self.currency,
            stated=money(item.get("amount")),
            discount=money(item.get("discount")),
            more=number_of(item, "action") in _MORE,
            contested=contested,
            reasons=reasons,
            trace=self.trace,
            dated=self.dated,
            detail={"number": number, "kind": kind, "order": number_of(item, "po_number")},
        )

    def loose(self, one: Body) -> Statement:
        """An adjustment that belongs to no item: of an invoice that it refers to, or of nothing that we know."""
        invoice = number_of(one, "reference") if number_of(one, "reference_kind") in _OF_INVOICES else ""
        amount = money(one.get("amount"))
        code, words = number_of(one, "reason"), _reason(one, amount)
        reason = self.refused or ("" if invoice else f"an adjustment of no invoice: {words}")
        return Statement(
            kind="payment",
            claim=None if reason or amount is None else Claim(kinds=("invoice",), number=invoice),
            reason=reason or ("" if amount is not None else "it says no amount"),
            amount=amount,
            currency=self.currency,
            contested=(words,) if code in _CONTESTED else (),
            reasons=() if code in _CONTESTED else (words,),
            trace=self.trace,
            dated=self.dated,
            detail={"number": number_of(one, "reference"), "kind": number_of(one, "reference_kind")},
        )

    def rest(self, amount: Decimal, words: str) -> Statement:
        return Statement(
            kind="payment",
            claim=None,
            reason=words,
            amount=amount,
            currency=self.currency,
            trace=self.trace,
            dated=self.dated,
        )


def _why(item: Body) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What is contested of an open item, and further reasons for paying another amount."""
    stated = [*listed(item, "adjustments")]
    if item.get("adjustment_reason") or item.get("adjustment"):
        amount, reason = item.get("adjustment"), item.get("adjustment_reason", "")
        stated.append({"amount": amount, "reason": reason, "comments": item.get("comments", ())})
    contested: list[str] = []
    reasons: list[str] = []
    for one in stated:
        words = _reason(one, money(one.get("amount")))
        (contested if number_of(one, "reason") in _CONTESTED else reasons).append(words)
    return tuple(contested), tuple(reasons)


def _reason(one: Body, amount: Decimal | None) -> str:
    """ "quantity contested (06) -4.00, TEN BOLTS MISSING"."""
    code = number_of(one, "reason")
    words = _CONTESTED.get(code, "adjustment")
    told = [f"{words} ({code})" if code else words, *([format(amount, "f")] if amount is not None else [])]
    text = next((number_of(comment, "text") for comment in listed(one, "comments")), "")
    claimed = number_of(one, "reference")
    return _cut(", ".join(filter(None, (" ".join(told), text, claimed))))


_READERS: Final[Mapping[str, Callable[[Body, str], Iterator[Statement]]]] = {
    "order_response": _answers,
    "remittance": _payments,
}
SPEAKING: Final = tuple(f"{name}.v" for name in _READERS)
"""How canonical types begin that say something of others."""
