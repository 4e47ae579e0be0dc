"""What a payer says of invoices in a remittance (820). Pure."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from gateway.ledger.meant import Claim
from gateway.pipeline.business.statement import Body, Statement, bounded, cut, day, listed, money, number_of

_ANNOUNCED: Final = frozenset({"announcement", "notification"})
_MORE: Final = frozenset({"partial", "on_account", "in_advance", "progress"})
_OF_INVOICES: Final = frozenset(
    {"invoice", "credit_memo", "original_invoice", "manufacturer_invoice", "IV", "OI", "CM"}
)
CONTESTED: Final[Mapping[str, str]] = MappingProxyType(
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


def payments(body: Body, _set_id: str) -> Iterator[Statement]:
    """A statement for each open item of a `remittance`, each adjustment of none, and what is left over."""
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
            contested=(words,) if code in CONTESTED else (),
            reasons=() if code in CONTESTED else (words,),
            trace=self.trace,
            dated=self.dated,
            detail={"number": number_of(one, "reference"), "kind": number_of(one, "reference_kind")},
        )

    def rest(self, amount: Decimal, words: str) -> Statement:
        return Statement(
            kind="payment",
            claim=None,
            reason=words,
            amount=bounded(amount),
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
        (contested if number_of(one, "reason") in CONTESTED else reasons).append(words)
    return tuple(contested), tuple(reasons)


def _reason(one: Body, amount: Decimal | None) -> str:
    """ "quantity contested (06) -4.00, TEN BOLTS MISSING"."""
    code = number_of(one, "reason")
    words = CONTESTED.get(code, "adjustment")
    told = [f"{words} ({code})" if code else words, *([format(amount, "f")] if amount is not None else [])]
    text = next((number_of(comment, "text") for comment in listed(one, "comments")), "")
    claimed = number_of(one, "reference")
    return cut(", ".join(filter(None, (" ".join(told), text, claimed))))
