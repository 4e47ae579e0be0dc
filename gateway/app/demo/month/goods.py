"""What is ordered and paid in a month: the orders of the scenarios with numbers, days and quantities of their own."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from gateway.app.demo.month.plan import Case, Order
from gateway.app.demo.trade import wanted

ARTICLES: Final = ("HP-7710", "HP-7711", "HP-7720")
"""Ours that ACME orders by; what else it names is in no cross reference."""

SHORT_OF: Final = "HP-7711"
"""What the warehouse has too little of when it ships short."""


def ordered(order: Order, today: date) -> dict[str, Any]:
    """The canonical order of a customer."""
    chance = random.Random(order.number)  # noqa: S311 - a game
    body = {"acme": wanted.of_acme, "bolt": _of_bolt, "fernhill": wanted.of_fernhill}[order.partner](today)
    body["po_number"] = order.number
    for line in body["lines"]:
        line["quantity"] = str(chance.randrange(4, 90))
    if order.partner == "acme" and order.case is Case.UNMAPPED:
        body["lines"][1]["vendor_sku"] = unknown_article(order)
    if order.partner == "fernhill":
        _as_fernhill_counts(body)
    return body


def unknown_article(order: Order) -> str:
    """An article that nobody has told us of."""
    return f"HP-9{order.number[-4:]}"


def _as_fernhill_counts(body: dict[str, Any]) -> None:
    cases = sum(int(line["quantity"]) for line in body["lines"])
    body["totals"]["quantity"] = str(cases)
    body["allowances_charges"][0]["quantity"] = body["lines"][0]["quantity"]


def _of_bolt(today: date) -> dict[str, Any]:
    """Bolt orders screws by contract."""
    day = (today + timedelta(days=5)).isoformat()
    return {
        "purpose": "original",
        "type": "release",
        "po_number": "",
        "release": "3",
        "order_date": today.isoformat(),
        "contract": "BLT-2026-17",
        "currency": "USD",
        "vendor_number": "HARPIN",
        "requested_ship": day,
        "lines": [
            _screws("1", "box", "18.25", "778-1001", "HX-M10-60", "HEX SCREW M10 X 60", day),
            _screws("2", "each", "1.90", "778-2040", "WS-M10", "WASHER M10", day),
        ],
    }


def _screws(number: str, unit: str, price: str, buyer_sku: str, sku: str, text: str, day: str) -> dict[str, Any]:
    return {
        "number": number,
        "quantity": "1",
        "unit": unit,
        "price": price,
        "price_basis": "each",
        "buyer_sku": buyer_sku,
        "vendor_sku": sku,
        "requested_delivery": day,
        "descriptions": [{"form": "free", "text": text}],
    }


def change_of(order: Order, today: date) -> dict[str, Any]:
    """ACME's 860: more of the first line."""
    body = ordered(order, today)
    line = body["lines"][0]
    more = {"change": "quantity_increased", "quantity": str(int(line["quantity"]) + 12), "quantity_left": "12"}
    return {
        "purpose": "change",
        "type": "order_change",
        "po_number": order.number,
        "change_number": "1",
        "order_date": body["order_date"],
        "change_date": today.isoformat(),
        "vendor_number": body["vendor_number"],
        "department": body["department"],
        "requested_ship": body["requested_ship"],
        "cancel_after": body["cancel_after"],
        "contacts": [{"function": "buyer", "name": "J. ALVARADO", "telephone": "3125550161"}],
        "ship_tos": [
            {name: body["ship_tos"][0][name] for name in ("name", "id", "id_qualifier")},
        ],
        "lines": [{**line, **more}],
        "totals": {"line_count": 1, "hash": more["quantity"]},
        "currency": "USD",
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Payable:
    """An invoice of ours that a customer has taken, and how much of it it does not pay."""

    number: str
    order: str
    dated: str
    amount: Decimal
    short: Decimal = Decimal(0)


def payment(number: int, invoices: Sequence[Payable], today: date) -> dict[str, Any]:
    """ACME's 820 for some invoices."""
    paid = sum((one.amount - one.short for one in invoices), Decimal(0))
    return {
        "handling": "payment_and_remittance_apart",
        "amount": str(paid),
        "direction": "credit",
        "method": "wire",
        "effective_date": (today + timedelta(days=1)).isoformat(),
        "trace_kind": "this_transaction",
        "trace_number": f"WT-{number:06}",
        "vendor_number": "ACM0417",
        "issued": today.isoformat(),
        "currency": "USD",
        "payer": {"name": "ACME RETAIL", "id": "ACME", "id_qualifier": "assigned_by_buyer"},
        "payee": {"name": "HARBOR & PINE SUPPLY", "id": "ACM0417", "id_qualifier": "assigned_by_buyer"},
        "entities": [{"number": "1", "items": [_item(one) for one in invoices]}],
    }


def _item(one: Payable) -> Mapping[str, Any]:
    less = [{"amount": str(-one.short), "reason": "CS", "reference_kind": "IV", "reference": one.number}]
    return {
        "kind": "invoice",
        "number": one.number,
        "action": "paid",
        "paid": str(one.amount - one.short),
        "amount": str(one.amount),
        "po_number": one.order,
        "invoice_date": one.dated,
        **({"adjustments": less} if one.short else {}),
    }


def dispute(order: Order, invoice: str, invoiced: str, amount: str, today: date) -> dict[str, Any]:
    """ACME's 824 about an invoice that its people do not take."""
    return {
        "purpose": "original",
        "advice_number": f"AA-{order.number}",
        "advice_date": today.isoformat(),
        "sender": {"name": "ACME RETAIL", "id": "ACME", "id_qualifier": "assigned_by_buyer"},
        "receiver": {"name": "HARBOR & PINE SUPPLY", "id": "ACM0417", "id_qualifier": "assigned_by_buyer"},
        "answers": [
            {
                "status": "rejected",
                "reference_kind": "invoice",
                "reference": invoice,
                "set": "810",
                "po_number": order.number,
                "invoice_date": invoiced,
                "amounts": [{"kind": "total", "amount": amount}],
                "errors": [{"code": "wrong_price", "text": "PRICE IS NOT THE ONE OF THE CONTRACT"}],
            }
        ],
    }
