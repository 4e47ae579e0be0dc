"""Whether a warehouse shipped what it was ordered to: a 940 of ours against the 945s that came for it."""

from collections.abc import Mapping, Sequence
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
    title: str
    number: str
    articles: Sequence[str]
    unit: str
    ordered: Decimal
    place: int
    shipped: Decimal = Decimal()
    units: set[str] = field(default_factory=set)

    @property
    def name(self) -> str:
        return f"{self.title} ({self.articles[0] if self.articles else 'no number'})"

    def words(self) -> str:
        """What is wrong with it, "" when nothing is."""
        if self.units - {self.unit, ""}:
            return f"{self.name}: ordered by {self.unit}, shipped by {', '.join(sorted(self.units))}"
        if self.shipped == self.ordered:
            return ""
        return f"{self.name}: {self.ordered} ordered, {self.shipped} shipped"


class _Lines:
    """Lines in their order, found without looking through all of them: orders have thousands."""

    def __init__(self) -> None:
        self.all: list[_Line] = []
        self._first: dict[tuple[str, str], _Line] = {}

    def add(self, line: Body, *, title: str, number: str = "", ordered: Decimal) -> _Line:
        """One more: the first of its article, of its number, and of both is the one that is found."""
        fresh = _Line(
            title=title,
            number=number,
            articles=_articles(line),
            unit=str(line.get("unit") or ""),
            ordered=ordered,
            place=len(self.all),
        )
        self.all.append(fresh)
        for article in ("", *fresh.articles):
            for key in {(article, ""), (article, number)} - {("", "")}:
                self._first.setdefault(key, fresh)
        return fresh

    def find(self, line: Body) -> _Line | None:
        """By the article, where that is on one line; else by the line's number, which it has to repeat."""
        number, articles = str(line.get("number") or ""), _articles(line)
        numbered = [self._first[article, number] for article in articles if (article, number) in self._first]
        alike = numbered or [self._first[article, ""] for article in articles if (article, "") in self._first]
        return min(alike, key=lambda one: one.place) if alike else self._first.get(("", number))


def balance(order: Body, shipments: Sequence[Body]) -> Balance:
    """Of one order, which may have been shipped in several parts."""
    lines, beside = _ordered(order), _Lines()
    ordered = sum((line.ordered for line in lines.all), Decimal())
    if not shipments:
        return Balance(standing="missing" if lines.all else "cancelled", ordered=ordered, shipped=Decimal())
    totals = Decimal()
    for shipment in shipments:
        totals += _ship(shipment, lines, beside)
    both = [*lines.all, *beside.all]
    shipped = sum((line.shipped for line in both), totals)
    words = tuple(said for line in both if (said := line.words())) if not totals else ()
    if totals and totals != ordered:
        words = (f"{ordered} ordered, {totals} shipped, not told by line",)
    return Balance(standing=_standing(both, ordered, totals), ordered=ordered, shipped=shipped, words=words)


def _standing(lines: Sequence[_Line], ordered: Decimal, totals: Decimal) -> Standing:
    if totals:
        return "even" if totals == ordered else "short" if totals < ordered else "over"
    if any(line.units - {line.unit, ""} for line in lines):
        return "unclear"
    if any(line.shipped < line.ordered for line in lines):
        return "short"
    return "over" if any(line.shipped > line.ordered for line in lines) else "even"


def _ordered(order: Body) -> _Lines:
    """Nothing of what was called off."""
    found = _Lines()
    for position, line in enumerate(order.get("lines", ()) if order.get("purpose") not in _CALLED_OFF else (), start=1):
        number = str(line.get("number") or "")
        found.add(line, title=f"line {number or position}", number=number, ordered=_decimal(line.get("quantity")))
    return found


def _ship(shipment: Body, lines: _Lines, beside: _Lines) -> Decimal:
    """Book what was shipped on the lines. Returns the total of a shipment that tells nothing by line."""
    told = [line for package in shipment.get("packages", ()) for line in package.get("lines", ())]
    if shipment.get("reporting") in _ALL_BUT:
        mentioned = {found.place for one in told if (found := lines.find(one)) is not None}
        for line in lines.all:
            line.shipped += Decimal() if line.place in mentioned else line.ordered
    elif not told:
        return _decimal((shipment.get("totals") or {}).get("quantity"))
    for one in told:
        line = lines.find(one) or beside.find(one) or beside.add(one, title="not ordered", ordered=Decimal())
        shipped = _decimal(one.get("shipped"))
        line.shipped += shipped
        if shipped:
            line.units.add(str(one.get("unit") or ""))
    return Decimal()


def _articles(line: Body) -> list[str]:
    return [str(line[name]) for name in _NUMBERS if line.get(name)]


def _decimal(value: object) -> Decimal:
    return Decimal(str(value)) if value not in (None, "") else Decimal()
