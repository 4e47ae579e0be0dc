"""What a buyer owes by its own order, worked out its own way: whole cents out of exact fractions.

An invoice is held to this. It shares nothing with `reckoning`, by which the pretend ERP bills: a mistake made there
would be made here, too, and nobody would find it.
"""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from math import floor
from typing import Any, Final

Body = Mapping[str, Any]

_UNITS_OF_A_PRICE: Final = {"hundred": 100, "thousand": 1000}
_BILLED: Final = ("off_invoice", "paid_by_customer")


def in_cents(amount: Fraction) -> int:
    """Half a cent counts as one, either way."""
    return floor(amount * 100 + Fraction(1, 2)) if amount >= 0 else -in_cents(-amount)


def shown(cents: int) -> str:
    """3700 as "37.00"."""
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02}"


def unit_price(line: Body) -> Fraction:
    """What one unit of a line costs, the unit being the one that it is ordered in."""
    price, basis = Fraction(line["price"]), line.get("price_basis")
    packs = [one["packs"] for one in line.get("packs") or () if one.get("packs")]
    if basis == "each" and line.get("unit") != "each" and packs:
        return price * Fraction(packs[0])
    return price / _UNITS_OF_A_PRICE.get(str(basis), 1)


def goods(lines: Sequence[Body]) -> int:
    """Cents for these invoiced lines, each rounded by itself."""
    return sum(in_cents(Fraction(line["quantity"]) * unit_price(line)) for line in lines)


def extras(order: Body, lines: Sequence[Body]) -> list[tuple[str, int]]:
    """What the order takes off or puts on when these lines are invoiced: code and cents; below zero is taken off."""
    return [(_code(entry), _agreed(entry, lines)) for entry in _counting(order)]


def billed(invoice: Body) -> list[tuple[str, int]]:
    """What an invoice takes off or puts on, likewise, by the amounts that it states or gives a rate for."""
    return [(_code(entry), _agreed(entry, invoice["lines"])) for entry in _counting(invoice)]


def _counting(body: Body) -> Iterator[Body]:
    for entry in body.get("allowances_charges") or ():
        money = any(entry.get(name) is not None for name in ("amount", "rate", "percent"))
        if money and entry.get("handling") in _BILLED and entry.get("indicator") in ("allowance", "charge"):
            yield entry


def _code(entry: Body) -> str:
    return f"{entry['indicator']} {entry.get('code') or entry.get('grocery_code') or ''}".strip()


def _agreed(entry: Body, lines: Sequence[Body]) -> int:
    if entry.get("amount") is not None:
        amount = Fraction(entry["amount"])
    elif entry.get("percent") is not None:
        of = Fraction(entry["base"]) if entry.get("base") else Fraction(goods(lines), 100)
        amount = Fraction(entry["percent"]) / 100 * of
    else:
        amount = Fraction(entry["rate"]) * _units(entry, lines)
    return in_cents(amount) * (-1 if entry["indicator"] == "allowance" else 1)


def _units(entry: Body, lines: Sequence[Body]) -> Fraction:
    """So many as the entry says, unless that is a range; else all that are invoiced in its unit."""
    if entry.get("quantity") and not entry.get("quantity_to"):
        return Fraction(entry["quantity"])
    return sum(
        (Fraction(one["quantity"]) for one in lines if entry.get("unit") in (None, one.get("unit"))), Fraction(0)
    )
