"""What left a warehouse for one order: as the warehouse reports it, or as the seller packs it by itself. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, Literal

from gateway.backends.pretend.reckoning import Body
from gateway.canonical.gs1 import SSCC_IDENTIFIER, check_digit

COMPANY_PREFIX: Final = "0412345"
"""An invented GS1 company prefix: every SSCC begins with an extension digit and the prefix of who packed."""

_SAME: Final = ("number", "vendor_sku", "buyer_sku", "upc", "upc_case")
"""By what a line is known again, the surest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """So much of the order's line at `position` (from 0), in the unit with this SSCC (20 digits).

    `about` has the lot and the day it expires, as far as they are told.
    """

    position: int
    quantity: Decimal
    sscc: str
    about: Body = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Consignment:
    """One shipment of one order. `shipped` is the date it left, `on` what the goods are packed on or in; `about` has
    what else is said of it as a whole. `load` is how many units the truck has, where this is one store's share of it.
    """

    number: str
    shipped: str
    packed: Sequence[Packed]
    ship_from: Body
    on: Literal["package", "pallet"] = "package"
    carriage: Body = field(default_factory=dict)
    about: Body = field(default_factory=dict)
    load: int = 0

    @property
    def positions(self) -> Sequence[int]:
        """The order's lines of which anything was shipped, in their order."""
        return sorted({one.position for one in self.packed})

    def shipped_of(self, position: int) -> Decimal:
        """How much of a line was shipped, over all packages."""
        return sum((one.quantity for one in self.packed if one.position == position), Decimal(0))


def sscc(serial: int, prefix: str = COMPANY_PREFIX) -> str:
    """The number on a package's label: 00, an extension digit, company prefix, serial, check digit; 20 digits."""
    body = f"0{prefix}{serial:0{16 - len(prefix)}}"
    return SSCC_IDENTIFIER + body + check_digit(body)


def position_of(line: Body, ordered: Sequence[Body]) -> int | None:
    """Which line of an order a line of another document is about, None for none of them."""
    line = {"number": line.get("po_line_number"), **line}
    for name in _SAME:
        for position, one in enumerate(ordered):
            if line.get(name) and line[name] == one.get(name):
                return position
    return None


def reported(told: Body, ordered: Sequence[Body]) -> Consignment:
    """A `warehouse_shipment.v1` that answers an order of these lines. Raises ValueError when a line is not of it."""
    totals: Body = told.get("totals") or {}
    whole = {name: totals[name] for name in ("weight", "weight_unit") if totals.get(name)}
    return Consignment(
        number=str(told["shipment_number"]),
        shipped=str(told.get("shipped") or told["report_date"]),
        packed=tuple(_reported(told, ordered)),
        ship_from=told.get("ship_from") or told.get("warehouse") or {},
        carriage=told.get("carriage") or {},
        about={**told, **whole},
    )


def _reported(told: Body, ordered: Sequence[Body]) -> Iterator[Packed]:
    for package in told.get("packages") or ():
        labels: Sequence[Body] = package.get("labels") or ({},)
        for line in package.get("lines") or ():
            quantity = Decimal(line.get("shipped") or 0)
            position = position_of(line, ordered)
            if position is None:
                raise ValueError(f"the warehouse shipped {line.get('vendor_sku')}, which was not ordered")
            if quantity > 0:
                about = {name: line[name] for name in ("lot", "expires") if line.get(name)}
                yield Packed(position=position, quantity=quantity, sscc=str(labels[0].get("sscc", "")), about=about)


def packed_by_ourselves(
    ordered: Sequence[Body],
    positions: Sequence[int],
    *,
    serial: int,
    about: Body | None = None,
    prefix: str = COMPANY_PREFIX,
) -> tuple[Packed, ...]:
    """All of these lines of an order, a unit for each; labels are numbered from `serial` on."""
    return tuple(
        Packed(
            position=at,
            quantity=Decimal(ordered[at]["quantity"]),
            sscc=sscc(serial + number, prefix),
            about=about or {},
        )
        for number, at in enumerate(positions)
    )


def units(goods: Consignment, order: str) -> dict[str, Any]:
    """The packages or pallets, as `shipment.v1` lists them."""
    return {f"{goods.on}s": [{"id": one, "sscc": one, "order": order} for one in labels(goods)]}


def labels(goods: Consignment) -> Sequence[str]:
    """The SSCC of every package or pallet, each once."""
    return tuple(dict.fromkeys(one.sscc for one in goods.packed))
