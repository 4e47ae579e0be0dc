"""What a seller says of an order: the answer, the order to its warehouse, the ship notice, the invoice. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from gateway.backends.pretend.consignment import Consignment, Packed, labels, units
from gateway.backends.pretend.reckoning import (
    Body,
    Invoiced,
    allowances_and_charges,
    per_piece,
    plain,
    price_of_one,
    total,
)
from gateway.canonical.item import Identifiers

ARTICLE: Final = tuple(Identifiers.model_fields)
"""Every number that an article goes by."""

UNITS: Final = "UN"
"""A count of units of several kinds, 30 cases and 48 pieces (X12 element 355): canonical units have no word for it."""

_DATES: Final = (
    "requested_ship",
    "requested_delivery",
    "cancel_after",
    "do_not_ship_before",
    "do_not_ship_after",
)
_LONGEST_NOTE: Final = 80
"""Characters of a remark to a warehouse (X12 element 352)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """An order of a customer under our own `number`. `seller` is who we are, as a canonical party.

    Of an order for one of several stores `told_as` is the number by which the customer hears of all of them, and
    `answer` what is answered to all of them; `dock` is the place where goods for its stores go together. `counted` is
    the unit in which the customer is told in one number how much is billed, "" where each unit has a number.
    """

    number: str
    order: Body
    seller: Body
    told_as: str = ""
    answer: str = ""
    counted: str = ""
    dock: Body | None = None

    @property
    def seller_order(self) -> str:
        """Our number, as the customer hears it."""
        return self.told_as or self.number

    @property
    def lines(self) -> Sequence[Body]:
        """The ordered lines."""
        return tuple(self.order["lines"])

    @property
    def sold(self) -> Sequence[int]:
        """Positions of the lines that are accepted, from 0."""
        return tuple(at for at, line in enumerate(self.lines) if can_sell(line))

    @property
    def ship_on(self) -> str:
        """The date the goods are to leave, as the order wants it or else dates itself."""
        wanted = self.order.get("requested_ship") or self.order.get("requested_pickup")
        return str(wanted or self.order["order_date"])


def can_sell(line: Body) -> bool:
    """The rule by which a line is accepted: it says how much of what at which price."""
    return all(line.get(name) for name in ("quantity", "unit", "price")) and any(map(line.get, ARTICLE))


def answer_to(lines: Sequence[Body]) -> str:
    """What is answered to an order of these lines as a whole."""
    sold = [can_sell(line) for line in lines]
    return "accepted" if all(sold) else "accepted_with_changes" if any(sold) else "rejected"


def unit_of_all(sales: Iterable[Sale]) -> str:
    """The unit in which all that is sold can be counted together: that of the lines, or `UNITS` for several."""
    units = {sale.lines[at]["unit"] for sale in sales for at in sale.sold}
    return str(units.pop()) if len(units) == 1 else UNITS


def order_response(sale: Sale, today: date) -> dict[str, Any]:
    """`order_response.v1`: every line accepted as ordered, or rejected."""
    sold = set(sale.sold)
    return {
        **_of_a_store(sale, "ship_tos"),
        "purpose": "original",
        "answer": sale.answer or answer_to(sale.lines),
        **_of(sale.order, "po_number", "order_date", "release"),
        "seller_order": sale.seller_order,
        "response_date": today.isoformat(),
        **({"scheduled_ship": sale.ship_on} if sold else {}),
        "vendor": sale.seller,
        "lines": [_answered(line, at in sold, sale.ship_on) for at, line in enumerate(sale.lines)],
    }


def _answered(line: Body, good: bool, ship_on: str) -> dict[str, Any]:
    said: dict[str, Any] = {"status": "accepted" if good else "rejected", **_of(line, "quantity", "unit")}
    if good:
        said |= {"date_kind": "scheduled_ship", "date": ship_on}
    return {**_of(line, "number", "quantity", "unit", "price", "price_basis", *ARTICLE), "answers": [said]}


@dataclass(frozen=True, slots=True, kw_only=True)
class StockKeeper:
    """The warehouse that ships for a customer: a `partner`, its `building` and who we are to it (canonical parties)."""

    partner: str
    building: Body
    depositor: Body


def warehouse_order(sale: Sale, keeper: StockKeeper) -> dict[str, Any]:
    """`warehouse_order.v1`: what of the order the warehouse is to ship."""
    order = sale.order
    notes = [note["text"] for note in order.get("notes") or () if note.get("text")]
    return {
        "purpose": "original",
        "depositor_order": sale.number,
        **_of(order, "po_number", *_DATES, "buyer"),
        "requested_ship": sale.ship_on,
        "po_date": order["order_date"],
        "depositor": keeper.depositor,
        "warehouse": keeper.building,
        **_first("ship_to", order.get("ship_tos")),
        "carriage": {"freight_payment": _freight(order), **_carrier(order)},
        "comments": [{"kind": "DEL", "text": text[:_LONGEST_NOTE]} for text in notes],
        "lines": [_to_ship(sale.lines[at]) for at in sale.sold],
    }


def _to_ship(line: Body) -> dict[str, Any]:
    texts = [one["text"] for one in line.get("descriptions") or () if one.get("text")]
    packs = [{"pack": one["packs"]} for one in line.get("packs") or () if one.get("packs")]
    return {**_of(line, "number", "quantity", "unit", *ARTICLE), "descriptions": texts, "packagings": packs[:1]}


def shipment(sale: Sale, goods: Consignment, now: datetime) -> dict[str, Any]:
    """`shipment.v1`: what left, in which packages."""
    order, number = sale.order, str(sale.order["po_number"])
    weight = {"weight_kind": "G", **_of(goods.about, "weight", "weight_unit")} if goods.about.get("weight") else {}
    packaging = {"package": "CTN25", "pallet": "PLT94"}[goods.on]
    return {
        **_of_a_store(sale),
        "purpose": "original",
        "shipment_number": goods.number,
        "created": now.date().isoformat(),
        "created_time": now.strftime("%H:%M"),
        "shipped": goods.shipped,
        **_of(goods.about, "estimated_delivery", "bill_of_lading", "pro_number", "appointment"),
        "ship_from": goods.ship_from,
        **_delivered_to(sale),
        "carriage": [_carriage(order, goods)],
        "lading": [{"packaging": packaging, "quantity": goods.load or len(labels(goods)), **weight}],
        "orders": [_order_of(sale)],
        **units(goods, number),
        "lines": [_shipped(sale, goods.on, one) for one in goods.packed],
    }


def _order_of(sale: Sale) -> dict[str, Any]:
    number = str(sale.order["po_number"])
    about = {"id": number, "po_number": number, "po_date": sale.order["order_date"], "vendor_order": sale.seller_order}
    return {**about, **_of(sale.order, "release", "department", "buyer")}


def _shipped(sale: Sale, on: str, one: Packed) -> dict[str, Any]:
    line = sale.lines[one.position]
    return {
        "po_line_number": line.get("number"),
        "quantity": plain(one.quantity),
        "unit": line["unit"],
        "ordered": line["quantity"],
        "ordered_unit": line["unit"],
        **_of(line, *ARTICLE),
        **one.about,
        "order": str(sale.order["po_number"]),
        on: one.sscc,
    }


def invoice(sale: Sale, goods: Consignment, number: str, today: date) -> dict[str, Any]:
    """`invoice.v1` for what was shipped, not for what was ordered."""
    order = sale.order
    lines = [Invoiced(sale.lines[at], goods.shipped_of(at)) for at in goods.positions]
    extras = allowances_and_charges(order, lines)
    return {
        **_of_a_store(sale),
        "invoice_number": number,
        "invoice_date": today.isoformat(),
        **_of(order, "order_date", "po_number", "release", "buyer", "bill_to", "currency", "terms"),
        "seller_order": sale.seller_order,
        "shipment_number": goods.number,
        "shipped": goods.shipped,
        **_of(goods.about, "bill_of_lading"),
        "remit_to": sale.seller,
        "ship_tos": [sale.dock] if sale.dock else order.get("ship_tos") or [],
        "lines": [_invoiced(one) for one in lines],
        "allowances_charges": extras,
        "shipped_totals": _shipped_totals(lines, sale.counted),
        "totals": {"amount": plain(total(lines, extras))},
    }


def _invoiced(one: Invoiced) -> dict[str, Any]:
    line = one.line
    ordered = Decimal(line["quantity"])
    short = {"quantity": plain(one.quantity), "unit": line["unit"], "difference": plain(one.quantity - ordered)}
    price = {"price": plain(price_of_one(line))} if per_piece(line) else _of(line, "price", "price_basis")
    return {
        **_of(line, "number", *ARTICLE),
        "quantity": plain(one.quantity),
        "unit": line["unit"],
        **price,
        "descriptions": [_of(text, "form", "text") for text in line.get("descriptions") or ()],
        "shipped_parts": [{**short, "status": "partial"}] if one.quantity < ordered else [],
    }


def _shipped_totals(lines: Sequence[Invoiced], counted: str) -> list[dict[str, str]]:
    """How much was invoiced in all: a number for each unit, or one for all where they are `counted` together."""
    sums: dict[str, Decimal] = {}
    for one in lines:
        unit = counted or str(one.line["unit"])
        sums[unit] = sums.get(unit, Decimal(0)) + one.quantity
    return [{"quantity": plain(quantity), "unit": unit} for unit, quantity in sums.items()]


# ---------------------------------------------------------------------------------------------- parts


def _of(body: Body, *names: str) -> dict[str, Any]:
    """These members, as far as they are there."""
    return {name: body[name] for name in names if body.get(name) is not None}


def _of_a_store(sale: Sale, *names: str) -> dict[str, Any]:
    """Which part of an order this is about: an answer repeats it, with the store where it has a place for it."""
    return _of(sale.order, "part", *names) if sale.order.get("part") else {}


def _delivered_to(sale: Sale) -> dict[str, Any]:
    """Where the goods go; for stores behind one dock there, each marked for its store."""
    place = _first("ship_to", sale.order.get("ship_tos"))
    return {"ship_to": sale.dock, "mark_for": place["ship_to"]} if sale.dock and place else place


def _first(name: str, entries: Sequence[Any] | None) -> dict[str, Any]:
    return {name: entries[0]} if entries else {}


def _freight(order: Body) -> str:
    terms: Sequence[Body] = order.get("freight_terms") or ()
    return str(terms[0]["payment"]) if terms else "prepaid"


def _carrier(order: Body) -> dict[str, Any]:
    """The carrier that the order wants, as a warehouse is told."""
    routing: Body = next(iter(order.get("routing") or ()), {})
    scac = routing.get("carrier") if routing.get("carrier_qualifier") == "scac" else None
    told = {"mode": routing.get("mode"), "scac": scac, "routing": routing.get("instructions")}
    return {name: value for name, value in told.items() if value}


def _carriage(order: Body, goods: Consignment) -> dict[str, Any]:
    """The carrier that took the goods, else the one ordered, as a ship notice says it."""
    taken = goods.carriage or _carrier(order)
    carrier = {"carrier_qualifier": "scac", "carrier": taken["scac"]} if taken.get("scac") else {}
    return {**carrier, **_of(taken, "mode", "routing")}
