"""Money as the pretend ERP reckons it: exact decimals, rounded half up to the cent once per line, allowance and charge.

Written apart from `gateway.canonical.arithmetic`, which the gateway holds every invoice to: two reckonings that agree.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from typing import Any, Final

Body = Mapping[str, Any]
"""A canonical document, or a part of one, as JSON has it: decimals and dates are text."""

CENT: Final = Decimal("0.01")
EXACT: Final = Context(prec=120, rounding=ROUND_HALF_UP)
OFF_INVOICE: Final = frozenset({"off_invoice", "paid_by_customer"})
"""Ways of settling an allowance or charge that change the invoice's total."""

_SIGNS: Final = {"allowance": -1, "charge": 1}
_PER: Final = {"hundred": -2, "thousand": -3}
"""Prices for more than one unit, as powers of ten."""


@dataclass(frozen=True, slots=True)
class Invoiced:
    """A line of an order of which `quantity` is invoiced."""

    line: Body
    quantity: Decimal

    @property
    def amount(self) -> Decimal:
        """What it comes to, in cents."""
        with localcontext(EXACT):
            return cents(self.quantity * price_of_one(self.line))


def cents(amount: Decimal) -> Decimal:
    """An amount in cents, half a cent away from zero."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def plain(number: Decimal) -> str:
    """A number as canonical JSON has it: "74.00", never "7.4E+1"."""
    return format(number, "f")


def price_of_one(line: Body) -> Decimal:
    """The price of one unit of the line, in which it is ordered: a case ordered at a price per piece costs as much as
    the pieces in it. Raises KeyError for a line without a price.
    """
    with localcontext(EXACT):
        price = Decimal(line["price"])
        if per_piece(line):
            return price * _pieces(line)
        return price.scaleb(_PER.get(line.get("price_basis", ""), 0))


def per_piece(line: Body) -> bool:
    """Whether the line is ordered in packs and priced by the piece."""
    return line.get("price_basis") == "each" and line.get("unit") != "each" and _pieces(line) > 1


def _pieces(line: Body) -> int:
    packs: Sequence[Body] = line.get("packs") or ()
    return int(packs[0].get("packs") or 1) if packs else 1


def goods_total(lines: Iterable[Invoiced]) -> Decimal:
    """What the lines come to."""
    return sum((one.amount for one in lines), Decimal("0.00"))


def allowances_and_charges(order: Body, lines: Sequence[Invoiced]) -> list[dict[str, Any]]:
    """Those of the order that change this invoice, each with its amount in cents: as stated, a percentage of
    its base or of the goods, or a rate for so many units as it says or else for each one invoiced.
    """
    told: list[dict[str, Any]] = []
    for entry in order.get("allowances_charges") or ():
        amount = _amount(entry, lines)
        if amount is not None and entry.get("handling") in OFF_INVOICE and entry.get("indicator") in _SIGNS:
            kept = ("indicator", "code", "grocery_code", "handling", "reference", "description")
            told.append({name: entry[name] for name in kept if name in entry} | {"amount": plain(amount)})
    return told


def _amount(entry: Body, lines: Sequence[Invoiced]) -> Decimal | None:
    with localcontext(EXACT):
        if entry.get("amount") is not None:
            return cents(Decimal(entry["amount"]))
        if entry.get("percent") is not None:
            base = Decimal(entry["base"]) if entry.get("base") is not None else goods_total(lines)
            return cents(base * Decimal(entry["percent"]) / 100)
        if entry.get("rate") is not None:
            return cents(_counted(entry, lines) * Decimal(entry["rate"]))
    return None


def _counted(entry: Body, lines: Sequence[Invoiced]) -> Decimal:
    """How many units a rate is for: so many as it says (100 of the 148 ordered), or all invoiced in its unit. Where it
    says a range, the quantity is none that it is for.
    """
    if entry.get("quantity") is not None and entry.get("quantity_to") is None:
        return Decimal(entry["quantity"])
    unit = entry.get("unit")
    return sum((one.quantity for one in lines if unit in (None, one.line.get("unit"))), Decimal(0))


def total(lines: Iterable[Invoiced], extras: Iterable[Body]) -> Decimal:
    """What is to be paid: the goods, less allowances, with charges."""
    told = (_SIGNS[one["indicator"]] * cents(Decimal(one["amount"])) for one in extras)
    return goods_total(lines) + sum(told, Decimal(0))
