"""The pretend ERP's desk: what it has taken, and what it hands in for partners because of it.

The rules, all of them:
    an order comes           answer it; what is accepted is shipped by the customer's warehouse, or by ourselves
    ... for one of several   wait for the orders of its other stores; then answer each, load them all on one truck and
        stores               bill them together: one shipment number and one invoice number for all
    a warehouse has shipped  tell the customer what comes, and invoice what was shipped
    a supplier answers       keep it; an invoice is held to the order and to what was shipped
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from gateway.backends.pretend import selling
from gateway.backends.pretend.buying import Purchase, purchase_order
from gateway.backends.pretend.consignment import Consignment, packed_by_ourselves, reported
from gateway.backends.pretend.reckoning import Body
from gateway.backends.pretend.selling import Sale, StockKeeper
from gateway.backends.pretend.stores import Stores, among, is_part

KEEPS_DAYS: Final = 270
"""After these days what we pack ourselves expires."""

_PLACE: Final = ("id", "id_qualifier")


@dataclass(frozen=True, slots=True)
class Errand:
    """One document to hand in at the gateway's intake, under an Idempotency-Key: the same key never means another."""

    key: str
    posted: Mapping[str, Any]


@dataclass(slots=True, kw_only=True)
class Desk:
    """Orders and purchases in hand.

    Args:
        us: who we are, as a canonical party.
        warehouses: by customer who ships for it; customers without one are shipped to by ourselves.
        clock: the aware time.
        docks: by customer the place where it takes goods for several of its stores.
        one_total: customers whose invoice has room for one number of all that it bills, as an 880 has (G31).
        completed: an order of a partner with what our own files know of the customer and the articles.
        names_places: whether invoices name the ship-to by its number, as the order does.
        labels: how many labels were printed before: their numbers are not used again.
    """

    us: Body
    warehouses: Mapping[str, StockKeeper]
    clock: Callable[[], datetime]
    docks: Mapping[str, Body] = field(default_factory=dict)
    one_total: Collection[str] = ()
    completed: Callable[[str, Body], Body] = field(default=lambda _partner, order: order)
    names_places: bool = True
    labels: int = 0
    notes: list[str] = field(default_factory=list)
    """What it found out, in words, oldest first."""
    paid: dict[str, bool] = field(default_factory=dict)
    """By invoice number of a supplier: whether it may be paid."""
    _sales: dict[str, tuple[Sale, Body]] = field(default_factory=dict)
    _purchases: dict[tuple[str, str], Purchase] = field(default_factory=dict)
    _invoices: dict[str, tuple[Body, dict[str, Any]]] = field(default_factory=dict)
    _bills: Counter[str] = field(default_factory=Counter)
    _stores: Stores = field(default_factory=Stores)

    def took(self, number: str, envelope: Body) -> list[Errand]:
        """What is to be done about a document that was kept under our own `number`; `notes` tells what is odd in it."""
        try:
            match envelope.get("schema"):
                case "order.v1":
                    order = self.completed(envelope["partner"], envelope["body"])
                    return self._ordered(Sale(number=number, order=order, seller=self.us), envelope)
                case "warehouse_shipment.v1":
                    return self._shipped_by_warehouse(envelope["body"])
                case "order_response.v1" | "shipment.v1" | "invoice.v1" as schema:
                    self._of_a_purchase(schema, envelope)
        except (LookupError, ValueError, TypeError, ArithmeticError) as odd:
            self.notes.append(f"{envelope.get('schema')} {number} needs a person: {odd}")
        return []

    # ------------------------------------------------------------------------------------------ selling

    def _ordered(self, sale: Sale, envelope: Body) -> list[Errand]:
        if sale.order["purpose"] != "original":
            self.notes.append(f"order {sale.order['po_number']} says {sale.order['purpose']}: a person decides")
            return []
        if is_part(sale.order):
            return list(self._ordered_by_stores(self._stores.came(sale, envelope)))
        sale = replace(sale, counted=self._counted([sale], envelope["partner"]))
        answer = selling.order_response(sale, self.clock().date())
        errands = [_errand("order_response.v1", sale.number, envelope, answer)]
        if answer["answer"] == "rejected":
            return errands
        self._sales[sale.number] = (sale, envelope)
        warehouse = self.warehouses.get(envelope["partner"])
        if warehouse is None:
            return errands + self._shipped(sale, envelope, self._packed_by_ourselves(sale))
        about = {"partner": warehouse.partner, "stage": envelope["stage"]}
        return [*errands, _errand("warehouse_order.v1", sale.number, about, selling.warehouse_order(sale, warehouse))]

    def _ordered_by_stores(self, parts: Sequence[tuple[Sale, Body]]) -> Iterator[Errand]:
        """All of one order's stores: each is answered, then what all of them get is one load and one bill."""
        now = self.clock()
        for sale, envelope in parts:
            answer = selling.order_response(sale, now.date())
            yield _errand("order_response.v1", sale.number, envelope, answer)
        found = among([one for one in parts if one[0].sold])
        all_of_them = [sale for sale, _ in found]
        sold = [(self._to_the_dock(sale, all_of_them, about["partner"]), about) for sale, about in found]
        loads = [self._packed_by_ourselves(sale) for sale, _ in sold]
        on_the_truck = sum(len(goods.packed) for goods in loads)
        number = self._bill_number(sold[0][0]) if sold else ""
        for (sale, envelope), goods in zip(sold, loads, strict=True):
            notice = selling.shipment(sale, replace(goods, load=on_the_truck), now)
            yield _errand("shipment.v1", f"{goods.number} {sale.number}", envelope, notice)
            bill = selling.invoice(sale, goods, number, now.date())
            yield _errand("invoice.v1", f"{number} {sale.number}", envelope, bill)

    def _to_the_dock(self, sale: Sale, all_of_them: Sequence[Sale], partner: str) -> Sale:
        return replace(sale, dock=self.docks.get(partner), counted=self._counted(all_of_them, partner))

    def _counted(self, sales: Sequence[Sale], partner: str) -> str:
        return selling.unit_of_all(sales) if partner in self.one_total else ""

    def _packed_by_ourselves(self, sale: Sale) -> Consignment:
        today = self.clock().date()
        about = {"lot": f"L{today:%y%j}", "expires": (today + timedelta(days=KEEPS_DAYS)).isoformat()}
        packed = packed_by_ourselves(sale.lines, sale.sold, serial=self.labels + 1, about=about)
        self.labels += len(packed)
        name = _running_number(sale)
        return Consignment(
            number=f"SHP-{name}",
            shipped=today.isoformat(),
            packed=packed,
            ship_from=self.us,
            about={"bill_of_lading": f"BOL-{name}", "appointment": f"AP-{name}"},
        )

    def _shipped_by_warehouse(self, told: Body) -> list[Errand]:
        sale, envelope = self._sales[str(told.get("depositor_order"))]
        return self._shipped(sale, envelope, reported(told, sale.lines))

    def _shipped(self, sale: Sale, envelope: Body, goods: Consignment) -> list[Errand]:
        now = self.clock()
        number = self._bill_number(sale)
        bill = selling.invoice(sale, goods, number, now.date())
        self._invoices[number] = (envelope, bill)
        if not self.names_places:
            bill = {**bill, "ship_tos": [_without(_PLACE, place) for place in bill["ship_tos"]]}
        return [
            _errand("shipment.v1", goods.number, envelope, selling.shipment(sale, goods, now)),
            _errand("invoice.v1", number, envelope, bill),
        ]

    def _bill_number(self, sale: Sale) -> str:
        """By our number of the order, so that no other order's invoice has it; a further one for it is told apart."""
        name = f"INV-{_running_number(sale)}"
        self._bills[name] += 1
        return name if self._bills[name] == 1 else f"{name}-{self._bills[name]}"

    def corrected(self, invoice_number: str) -> Errand:
        """The invoice again under its own number, with everything that the order says. Raises KeyError."""
        envelope, bill = self._invoices[invoice_number]
        return _errand("invoice.v1", f"{invoice_number} corrected", envelope, bill)

    # ------------------------------------------------------------------------------------------ buying

    def buy(self, partner: str, number: str, wanted: Body) -> Errand:
        """Order `wanted` (its lines, dates, places, contract) from a supplier."""
        order = purchase_order(number, wanted, self.us, self.clock().date().isoformat())
        self._purchases[partner, number] = Purchase(order)
        return _errand("order.v1", number, {"partner": partner, "stage": "production"}, order)

    def _of_a_purchase(self, schema: str, envelope: Body) -> None:
        body = envelope["body"]
        number = str(body["orders"][0]["po_number"] if schema == "shipment.v1" else body["po_number"])
        purchase = self._purchases[envelope["partner"], number]
        if schema == "order_response.v1":
            self.notes.append(purchase.answered(body))
        elif schema == "shipment.v1":
            self.notes.append(purchase.announced(body))
        else:
            purchase.billed(body)
        for invoice, good, words in purchase.judged():
            self.paid[invoice] = good
            self.notes.append(words)


def _errand(schema: str, number: str, envelope: Body, body: Body) -> Errand:
    """`envelope` is that of the order it answers, or says no more than whom to write to."""
    posted = {"schema": schema, "partner": envelope["partner"], "stage": envelope["stage"], "body": _said(body)}
    if envelope.get("document_id"):
        posted["in_answer_to"] = envelope["document_id"]
    return Errand(f"{schema.partition('.')[0]} {number}", posted)


def _running_number(sale: Sale) -> str:
    """000007 of SO-000007: what we number for an order is numbered by it."""
    return sale.seller_order.rpartition("-")[2].zfill(6)


def _without(names: tuple[str, ...], body: Body) -> Body:
    return {name: value for name, value in body.items() if name not in names}


def _said(value: Any) -> Any:
    """The same without empty lists, objects and texts: absent is what is not said."""
    if isinstance(value, Mapping):
        members = {name: _said(one) for name, one in value.items()}
        return {name: one for name, one in members.items() if one not in ([], {}, None, "")}
    if isinstance(value, list | tuple):
        return [one for one in map(_said, value) if one not in ([], {}, None, "")]
    return value
