"""What a credit or debit note (812) changes of what is owed for invoices. Pure.

Amounts are as the buyer sees them: what its debit note takes from what it owes is below zero. In a seller's note they
are the other way round: its credit lowers what is owed.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from gateway.ledger.business import BusinessState
from gateway.ledger.meant import Claim
from gateway.pipeline.business.payments import CONTESTED
from gateway.pipeline.business.statement import Body, Statement, bounded, cut, day, listed, money, number_of

_SIGNS: Final = {"credit": 1, "C": 1, "debit": -1, "D": -1}
_ASKED: Final = frozenset({"adjustment_requested", "payment_requested", "T", "J"})
"""Requests: what is owed changes when they are granted."""
_NEVER: Final = {
    "notification": "it only tells of an adjustment that another set makes",
    "cancellation": "it cancels an earlier note",
}


def adjustments(body: Body, _set_id: str) -> Iterator[Statement]:
    """A statement for each invoice of an `adjustment`."""
    refused = _NEVER.get(number_of(body, "handling"), "") or _NEVER.get(number_of(body, "purpose"), "")
    by_invoice: dict[str, list[Body]] = {}
    for line in listed(body, "lines"):
        by_invoice.setdefault(number_of(line, "invoice_number"), []).append(line)
    heading = number_of(body, "invoice_number")
    if len(by_invoice) <= 1 or set(by_invoice) <= {"", heading}:
        invoice = heading or next(iter(by_invoice), "")
        amount = _signed(body.get("amount"), body.get("direction"))
        yield _statement(body, invoice, listed(body, "lines"), amount, refused)
        return
    for invoice, lines in by_invoice.items():
        amounts = [_signed(one.get("amount"), one.get("direction")) for one in lines]
        known = [one for one in amounts if one is not None]
        total = bounded(sum(known, Decimal())) if len(known) == len(amounts) else None
        yield _statement(body, invoice or heading, lines, total, refused)


def _statement(body: Body, invoice: str, lines: Sequence[Body], amount: Decimal | None, refused: str) -> Statement:
    asked = number_of(body, "handling") in _ASKED
    reason = refused or ("" if invoice else "it names no invoice")
    if not reason and amount is None:
        reason = "it does not say how much, or which way"
    codes = dict.fromkeys(number_of(one, "reason") for one in lines)
    why = [f"{CONTESTED.get(code, 'reason')} ({code})" for code in codes if code]
    words = [f"asks for {abs(amount)} less" if asked and amount is not None else "", *why]
    words += [number_of(one, "text") for one in lines]
    return Statement(
        kind="advice" if asked else "adjustment",
        claim=None if reason else Claim(kinds=("invoice",), number=invoice, dated=day(body.get("invoice_date"))),
        reason=reason,
        state=BusinessState.DISPUTED if asked else BusinessState.ADJUSTED,
        amount=amount,
        currency=number_of(body, "currency"),
        reasons=tuple(why),
        dated=day(body.get("adjustment_date")),
        words=cut(", ".join(filter(None, words))),
        detail={"number": invoice, "check": number_of(body, "check_number")},
    )


def _signed(amount: object, direction: object) -> Decimal | None:
    known, sign = money(amount), _SIGNS.get(str(direction))
    return None if known is None or sign is None else known * sign
