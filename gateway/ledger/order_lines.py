"""The ledger of one order, line by line: ordered, changed, confirmed, shipped, invoiced, and what is between them.

Reckoned from canonical bodies as JSON. Lines are told by the buyer's line number, else by an article number that only
one line has; what fits none is a line of its own, so that nothing shipped or invoiced is passed over. Quantities are
never converted: where units differ there is no difference, and the note says so.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, Final, TypeVar

ARTICLES: Final = (
    *("buyer_sku", "vendor_sku", "gtin", "upc", "ean", "buyer_part_number", "vendor_part_number", "upc_case"),
    *("manufacturer_part_number", "sku", "isbn", "buyer_catalog_number", "vendor_catalog_number"),
)
"""Names of articles, those that people know them by first."""

MOST_LINES: Final = 5_000
"""Lines of one ledger: the rest of a larger order is not reckoned."""

_GONE: Final = frozenset({"item_deleted", "order_cancelled"})
_AS_ORDERED: Final = frozenset({"accepted", "accepted_as_ordered", "accepted_without_detail", "exceptions_only"})
_NOT_YET: Final = frozenset(
    {"deleted", "backordered", "on_hold", "price_pending", "date_pending", "waiver_needed", "item_incomplete"}
)
_STAGES: Final = ("ordered", "changed", "confirmed", "shipped", "invoiced")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A document that may count: `name` is its canonical type, `set` tells parts of one set from another document,
    `number` is its own.
    """

    id: str = ""
    name: str
    set: str
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted(Told):
    """The same with its canonical body, as JSON."""

    body: Mapping[str, Any]


AnyTold = TypeVar("AnyTold", bound=Told)


@dataclass(slots=True)
class LedgerLine:
    """One line. None is never said, which is not zero. `units` are all that its quantities were in."""

    number: str = ""
    article: str = ""
    ordered: Decimal | None = None
    changed: Decimal | None = None
    confirmed: Decimal | None = None
    shipped: Decimal | None = None
    invoiced: Decimal | None = None
    units: list[str] = field(default_factory=list)
    articles: dict[str, str] = field(default_factory=dict)

    @property
    def wanted(self) -> Decimal | None:
        """What the buyer wants in the end."""
        return self.ordered if self.changed is None else self.changed

    @property
    def to_ship(self) -> Decimal | None:
        """Wanted and not shipped; below zero is too much. None where units differ, or nothing is known to be wanted."""
        return _less(self.wanted, self.shipped) if len(self.units) <= 1 else None

    @property
    def to_invoice(self) -> Decimal | None:
        """Shipped and not invoiced; below zero is invoiced and not shipped."""
        if len(self.units) > 1 or (self.shipped is None and self.invoiced is None):
            return None
        return (self.shipped or Decimal()) - (self.invoiced or Decimal())

    @property
    def note(self) -> str:
        """What has to be known of it, "" for nothing."""
        if len(self.units) > 1:
            return f"in different units: {', '.join(self.units)}"
        return "not ordered" if self.ordered is None and self.changed is None else ""


def counting(documents: Iterable[AnyTold]) -> Sequence[AnyTold]:
    """Those that count, of documents in the order of time, in the order in which they are added up.

    The first order comes first: a change that overtook it is a change of it all the same. A later shipment or invoice
    takes the place of the first of its number.
    """
    known, found = list(documents), list[AnyTold]()
    first = next((one.set for one in known if one.name == "order"), "")
    latest: dict[tuple[str, str], list[AnyTold]] = {}
    for one in sorted(known, key=lambda each: each.name != "order" or each.set != first):
        if one.name not in ("shipment", "invoice"):
            found.append(one)
            continue
        key = (one.name, one.number or one.set)
        before = latest.get(key, [])
        latest[key] = [*before, one] if before and before[0].set == one.set else [one]
    return [*found, *(one for several in latest.values() for one in several)]


def ledger(number: str, documents: Iterable[Counted]) -> Sequence[LedgerLine]:
    """The lines of the order with this number, in its order, then what was not ordered. A later order that replaces it,
    or cancels it, changes it.

    Args:
        number: the order's.
        documents: as `counting` has them. Each is looked at once, so that not all bodies need be in memory.
    """
    book = _Book(number)
    for one in documents:
        match one.name:
            case "order":
                book.order(one)
            case "order_change":
                book.change(one)
            case "order_response":
                book.response(one.body)
            case "shipment":
                book.shipment(one.body)
            case "invoice":
                book.invoice(one.body)
    return book.lines[:MOST_LINES]


@dataclass(slots=True)
class _Book:
    po: str
    lines: list[LedgerLine] = field(default_factory=list)
    _first: str = ""
    _replacing: str = ""
    _numbers: dict[str, LedgerLine] = field(default_factory=dict)
    _named: dict[tuple[str, str], list[LedgerLine]] = field(default_factory=dict)

    def order(self, one: Counted) -> None:
        self._first = self._first or one.set
        if one.set == self._first:
            for line in _lines(one.body):
                self._add(self._find(line), "ordered", line)
        elif one.body.get("purpose") == "cancellation":
            self._nothing()
        elif one.body.get("purpose") == "replace":
            if self._replacing != one.set:  # and not another part of the same
                self._replacing = one.set
                self._nothing()
            for line in _lines(one.body):
                self._add(self._find(line), "changed", line)
        # Any other second order under the same number is flagged, and not added to the first.

    def _nothing(self) -> None:
        """Nothing of what was ordered until now is wanted any more."""
        for line in self.lines:
            line.changed = Decimal()

    def change(self, one: Counted) -> None:
        if one.body.get("purpose") == "cancellation":
            self._nothing()
            return
        for said in _lines(one.body):
            line = self._find(said)
            if said.get("change") in _GONE:
                line.changed = Decimal()
            elif (quantity := _number(said.get("quantity"))) is not None:
                line.changed = quantity
                _unit(line, said)

    def response(self, body: Mapping[str, Any]) -> None:
        answer = str(body.get("answer") or "")
        if answer in _AS_ORDERED or answer.startswith("rejected"):
            for line in self.lines:
                line.confirmed = line.wanted if answer in _AS_ORDERED else Decimal()
        for said in _lines(body):
            line, answers = self._find(said), said.get("answers")
            if isinstance(answers, list) and answers:
                line.confirmed = sum((_confirmed(one, said) for one in answers if isinstance(one, Mapping)), Decimal())
            elif not answer.startswith("rejected") and (quantity := _number(said.get("quantity"))) is not None:
                line.confirmed = quantity
            _unit(line, said)

    def shipment(self, body: Mapping[str, Any]) -> None:
        if body.get("purpose") == "cancellation":
            return
        entries = body.get("orders")
        orders = [one for one in entries if isinstance(one, Mapping)] if isinstance(entries, list) else []
        mine = {one.get("id") for one in orders if one.get("po_number") == self.po}
        for said in _lines(body):
            if said.get("order") in mine or (not orders and not said.get("order")):
                self._add(self._find(said, "po_line_number"), "shipped", said)

    def invoice(self, body: Mapping[str, Any]) -> None:
        if body.get("purpose") == "cancellation":
            return
        back = str(body.get("type") or "").startswith("credit")
        for said in _lines(body):
            if said.get("po_number") in (None, "", self.po):
                self._add(self._find(said), "invoiced", said, back=back)

    def _add(self, line: LedgerLine, stage: str, said: Mapping[str, Any], *, back: bool = False) -> None:
        quantity = _number(said.get("quantity"))
        if quantity is not None:
            setattr(line, stage, (getattr(line, stage) or Decimal()) + (-quantity if back else quantity))
            _unit(line, said)

    def _find(self, said: Mapping[str, Any], number_field: str = "number") -> LedgerLine:
        number, articles = _text(said.get(number_field)).lstrip("0"), _articles(said)
        by_number = self._numbers.get(number) if number else None
        if by_number is not None and not _differ(by_number.articles, articles):
            return by_number
        for named in articles.items():
            if len(found := self._named.get(named, [])) == 1:
                return found[0]
        line = LedgerLine(number=_text(said.get(number_field)), articles=articles)
        line.article = next((articles[name] for name in ARTICLES if name in articles), "")
        self.lines.append(line)
        if number:
            self._numbers.setdefault(number, line)
        for named in articles.items():
            self._named.setdefault(named, []).append(line)
        return line


def _lines(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    lines = body.get("lines")
    return [one for one in lines if isinstance(one, Mapping)] if isinstance(lines, list) else []


def _articles(said: Mapping[str, Any]) -> dict[str, str]:
    return {name: said[name] for name in ARTICLES if isinstance(said.get(name), str) and said[name]}


def _differ(known: Mapping[str, str], said: Mapping[str, str]) -> bool:
    """Whether both name an article in the same way, and none alike."""
    both = [name for name in known if name in said]
    return bool(both) and all(known[name] != said[name] for name in both)


def _confirmed(answer: Mapping[str, Any], line: Mapping[str, Any]) -> Decimal:
    status = str(answer.get("status") or "")
    if status in _NOT_YET or status.startswith("rejected"):
        return Decimal()
    quantity = _number(answer.get("quantity"))
    return quantity if quantity is not None else _number(line.get("quantity")) or Decimal()


def _unit(line: LedgerLine, said: Mapping[str, Any]) -> None:
    unit = _text(said.get("unit"))
    if unit and unit not in line.units:
        line.units.append(unit)


def _less(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return None if one is None else one - (other or Decimal())


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _number(value: object) -> Decimal | None:
    try:
        number = Decimal(value) if isinstance(value, str) else None
    except InvalidOperation:
        return None
    return number if number is not None and number.is_finite() and abs(number) < Decimal(10) ** 15 else None
