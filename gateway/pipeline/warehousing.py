"""Whether a warehouse shipped what it was ordered to: a 940 of ours against the 945s that came for it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, Literal, Protocol, TypeAlias

from gateway.pipeline.reconciling import Wanted
from gateway.pipeline.sheet import Cell, Sheet

Body: TypeAlias = Mapping[str, Any]
"""A canonical body: decimals are strings."""

Standing: TypeAlias = Literal["even", "missing", "short", "over", "unclear", "cancelled"]

_NUMBERS: Final = (
    *("vendor_sku", "sku", "buyer_sku", "upc", "upc_case", "gtin", "ean", "isbn"),
    *("vendor_part_number", "vendor_catalog_number", "manufacturer_part_number"),
    *("buyer_part_number", "buyer_catalog_number"),
)
_CALLED_OFF: Final = ("cancellation", "deletion")
_ALL_BUT: Final = ("exceptions_only", "no_exceptions")
"""How a 945 reports that tells only what was not shipped as ordered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """Ordered and shipped over all lines, and in words the lines that differ."""

    standing: Standing
    ordered: Decimal
    shipped: Decimal
    words: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderBalance:
    """One warehouse order of ours. `order` is the id of the 940 that counts, `shipments` those of its 945s, and
    `late` says that nothing was shipped by the day that was asked for.
    """

    partner: str
    day: date
    number: str
    order: str
    shipments: Sequence[str]
    late: bool
    balance: Balance

    @property
    def differs(self) -> bool:
        """Whether a person has to look at it."""
        return self.late or self.balance.standing in ("short", "over", "unclear")

    @property
    def told(self) -> str:
        """In words: the number, how it stands, and the lines that differ."""
        words = "; ".join(self.balance.words) or "nothing was shipped by the day that was asked for"
        return f"{self.number} {'missing' if self.late else self.balance.standing}: {words}"

    @property
    def ids(self) -> Sequence[str]:
        """The 940 and its 945s."""
        return (self.order, *self.shipments)


class WarehouseOrders(Protocol):
    """What the balances are made from."""

    def orders(self, wanted: Wanted, *, now: datetime) -> Sequence[OrderBalance]:
        """Of every 940 that was sealed on these days: a later one of the same number takes the place of an earlier. One
        is late when its day is over where its warehouse is.
        """


def sheet(found: Sequence[OrderBalance]) -> Sheet:
    """One row for each order."""
    headers = ("partner", "day", "order", "standing", "late", "ordered", "shipped", "document", "shipments", "words")
    rows: list[tuple[Cell, ...]] = [
        (
            *(one.partner, one.day.isoformat(), one.number, one.balance.standing, "late" if one.late else ""),
            *(one.balance.ordered, one.balance.shipped, one.order, " ".join(one.shipments)),
            "; ".join(one.balance.words),
        )
        for one in found
    ]
    return Sheet(headers, rows)


# ---------------------------------------------------------------------------------------------- the balance


@dataclass(slots=True)
class _Line:
    name: str
    number: str
    known_as: frozenset[str]
    unit: str
    ordered: Decimal
    shipped: Decimal = Decimal()
    units: set[str] = field(default_factory=set)
    told: bool = False

    def words(self) -> str:
        """What is wrong with it, "" when nothing is."""
        if self.units - {self.unit, ""}:
            return f"{self.name}: ordered by {self.unit}, shipped by {', '.join(sorted(self.units))}"
        if self.shipped == self.ordered:
            return ""
        return f"{self.name}: {self.ordered} ordered, {self.shipped} shipped"


def balance(order: Body, shipments: Sequence[Body]) -> Balance:
    """Of one order, which may have been shipped in several parts."""
    lines = [] if order.get("purpose") in _CALLED_OFF else list(_ordered(order))
    ordered = sum((line.ordered for line in lines), Decimal())
    if not shipments:
        return Balance(standing="missing" if lines else "cancelled", ordered=ordered, shipped=Decimal())
    beside: list[_Line] = []
    totals = Decimal()
    for shipment in shipments:
        totals += _ship(shipment, lines, beside)
    shipped = sum((line.shipped for line in (*lines, *beside)), totals)
    words = tuple(said for line in (*lines, *beside) if (said := line.words())) if not totals else ()
    if totals and totals != ordered:
        words = (f"{ordered} ordered, {totals} shipped, not told by line",)
    return Balance(
        standing=_standing([*lines, *beside], ordered, totals), ordered=ordered, shipped=shipped, words=words
    )


def _standing(lines: Sequence[_Line], ordered: Decimal, totals: Decimal) -> Standing:
    if totals:
        return "even" if totals == ordered else "short" if totals < ordered else "over"
    if any(line.units - {line.unit, ""} for line in lines):
        return "unclear"
    if any(line.shipped < line.ordered for line in lines):
        return "short"
    return "over" if any(line.shipped > line.ordered for line in lines) else "even"


def _ordered(order: Body) -> Iterator[_Line]:
    for position, line in enumerate(order.get("lines", ()), start=1):
        number = str(line.get("number") or "")
        yield _Line(
            name=f"line {number or position} ({next(iter(_names(line)), 'no number')})",
            number=number,
            known_as=frozenset(_names(line)),
            unit=str(line.get("unit") or ""),
            ordered=_decimal(line.get("quantity")),
        )


def _ship(shipment: Body, lines: Sequence[_Line], beside: list[_Line]) -> Decimal:
    """Book what was shipped on the lines. Returns the total of a shipment that tells nothing by line."""
    told = [line for package in shipment.get("packages", ()) for line in package.get("lines", ())]
    if shipment.get("reporting") in _ALL_BUT:
        mentioned = {id(found) for one in told if (found := _find(one, lines)) is not None}
        for line in lines:
            line.shipped += Decimal() if id(line) in mentioned else line.ordered
    elif not told:
        return _decimal((shipment.get("totals") or {}).get("quantity"))
    for one in told:
        line = _find(one, lines) or _find(one, beside) or _added(one, beside)
        line.shipped += _decimal(one.get("shipped"))
        if _decimal(one.get("shipped")):
            line.units.add(str(one.get("unit") or ""))
    return Decimal()


def _added(line: Body, beside: list[_Line]) -> _Line:
    name = f"not ordered ({next(iter(_names(line)), 'no number')})"
    unit = str(line.get("unit") or "")
    beside.append(_Line(name=name, number="", known_as=frozenset(_names(line)), unit=unit, ordered=Decimal()))
    return beside[-1]


def _find(line: Body, lines: Sequence[_Line]) -> _Line | None:
    """By the article, where that is on one line; else by the line's number, which it has to repeat."""
    names = frozenset(_names(line))
    alike = [one for one in lines if one.known_as & names]
    number = str(line.get("number") or "")
    numbered = [one for one in (alike or lines) if number and one.number == number]
    return next(iter(numbered), alike[0] if alike else None)


def _names(line: Body) -> Iterator[str]:
    return (str(line[name]) for name in _NUMBERS if line.get(name))


def _decimal(value: object) -> Decimal:
    return Decimal(str(value)) if value not in (None, "") else Decimal()
