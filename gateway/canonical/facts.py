"""What every list and report says of a document, whatever its type: what it is worth, and its own date."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from gateway.canonical.arithmetic import of_lines

_DATES: Final[Mapping[str, str]] = {
    "order": "order_date",
    "order_change": "change_date",
    "order_response": "response_date",
    "invoice": "invoice_date",
    "remittance": "effective_date",
    "application_advice": "advice_date",
    "adjustment": "adjustment_date",
    "inventory_report": "as_of_date",
    "inventory_adjustment": "adjustment_date",
    "warehouse_order": "po_date",
    "warehouse_receipt": "received_date",
    "warehouse_shipment": "report_date",
    "warehouse_transfer": "report_date",
}
"""By canonical type, which of its dates is its own. A shipment has several, and none is."""

_PRICED: Final = frozenset({"order", "order_change", "order_response"})
"""Types that mostly state no total: theirs is what their lines come to at their prices."""

MOST_WORTH: Final = Decimal("99999999999999")
"""Larger amounts are nobody's money, and would not fit where they are added up."""


@dataclass(frozen=True, slots=True)
class Facts:
    """`amount` is the document's own total, of an order without one what its lines come to; None where nobody can say.
    `currency` is "" where the one agreed with the partner is meant. `dated` is its business date, as its author says.
    """

    amount: Decimal | None = None
    currency: str = ""
    dated: date | None = None


NOTHING: Final = Facts()


def facts(canonical_type: str, document: Mapping[str, Any]) -> Facts:
    """The facts of a canonical document, by "invoice.v1" or the like; what cannot be read as such counts as not stated.

    Numbers may be decimals or, as in JSON, strings.
    """
    totals = document.get("totals")
    stated = totals.get("amount") if isinstance(totals, Mapping) else document.get("amount")
    currency = document.get("currency")
    name = canonical_type.partition(".")[0]
    amount, own = _amount(stated), _DATES.get(name, "")
    return Facts(
        amount=_amount(of_lines(document)) if amount is None and name in _PRICED else amount,
        currency=currency if isinstance(currency, str) else "",
        dated=_date(document.get(own)),
    )


def _amount(value: object) -> Decimal | None:
    try:
        amount = Decimal(value) if isinstance(value, str | int | Decimal) and not isinstance(value, bool) else None
    except InvalidOperation:
        return None
    return amount if amount is not None and amount.is_finite() and abs(amount) <= MOST_WORTH else None


def _date(value: object) -> date | None:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
