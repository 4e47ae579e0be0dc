"""What the partners of a scenario do for a living: a customer buys, a warehouse ships, a supplier sells.

All they know is what they read in our X12; all they say is written into X12 again.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from gateway.app.demo.trade.counterpart import Body, Reply
from gateway.backends.pretend import selling
from gateway.backends.pretend.buying import Purchase
from gateway.backends.pretend.consignment import Consignment, packed_by_ourselves, sscc
from gateway.backends.pretend.reckoning import plain
from gateway.backends.pretend.selling import Sale

Clock = Callable[[], datetime]

WAREHOUSE_PREFIX: Final = "0498765"
SUPPLIER_PREFIX: Final = "0455512"
"""Invented GS1 company prefixes, for the labels that each of them prints."""


@dataclass(slots=True)
class Customer:
    """Somebody who ordered of us: holds our invoices to its orders and our notices. `paid` is by invoice number."""

    name: str
    orders: Sequence[Body]
    notes: list[str] = field(default_factory=list)
    paid: dict[str, bool] = field(default_factory=dict)
    _purchases: dict[str, Purchase] = field(init=False)

    def __post_init__(self) -> None:
        self._purchases = {str(order["po_number"]): Purchase(order) for order in self.orders}

    def answered(self, document: Body) -> Sequence[Reply]:
        """Our order response."""
        self.notes.append(f"{self.name}: {self._about(document).answered(document)}")
        return ()

    def announced(self, document: Body) -> Sequence[Reply]:
        """Our ship notice."""
        purchase = self._about(document["orders"][0])
        self.notes.append(f"{self.name}: {purchase.announced(document)}")
        return self._judge(purchase)

    def billed(self, document: Body) -> Sequence[Reply]:
        """Our invoice: looked at when its ship notice is here, whichever comes first."""
        purchase = self._about(document)
        purchase.billed(document)
        return self._judge(purchase)

    def _about(self, named: Body) -> Purchase:
        return self._purchases[str(named["po_number"])]

    def _judge(self, purchase: Purchase) -> Sequence[Reply]:
        for number, good, words in purchase.judged():
            self.paid[number] = good
            self.notes.append(f"{self.name}: {words}")
        return ()


@dataclass(slots=True)
class Warehouse:
    """Ships what it has of what it is told: `stock` is by our article number, what is not in it never runs out."""

    name: str
    stock: Mapping[str, Decimal]
    clock: Clock
    notes: list[str] = field(default_factory=list)
    _shipments: int = 0

    def ship(self, order: Body) -> Sequence[Reply]:
        """A warehouse order: a carton for each line, and the report of it."""
        self._shipments += 1
        today, number = self.clock().date(), f"NG-{self._shipments:06}"
        packages = [self._package(at, line) for at, line in enumerate(order["lines"])]
        lines = [line for package in packages for line in package["lines"]]
        shipped = sum((Decimal(line["shipped"]) for line in lines), Decimal(0))
        short = [f"{line['difference']} of {line['vendor_sku']}" for line in lines if line["difference"] != "0"]
        kept = {
            name: order[name]
            for name in ("depositor_order", "po_number", "depositor", "warehouse", "ship_to")
            if name in order
        }
        carriage = {name: order["carriage"][name] for name in ("mode", "scac", "freight_payment")}
        self.notes.append(f"{self.name}: shipped {number}, short {' and '.join(short) or 'of nothing'}")
        report = {
            "reporting": "full_detail",
            **kept,
            "report_date": today.isoformat(),
            "shipment_number": number,
            "bill_of_lading": f"BOL-{number}",
            "pro_number": f"PRO-{number}",
            "shipped": today.isoformat(),
            "estimated_delivery": (today + timedelta(days=2)).isoformat(),
            "carriage": {**carriage, "status": "partial" if short else "complete"},
            "packages": packages,
            "totals": {"quantity": plain(shipped)},
        }
        return [("945", report)]

    def _package(self, at: int, line: Body) -> dict[str, Any]:
        ordered = Decimal(line["quantity"])
        shipped = min(ordered, self.stock.get(line["vendor_sku"], ordered))
        told = {name: line[name] for name in ("number", "unit", "vendor_sku", "upc") if name in line}
        told |= {"status": "complete" if shipped == ordered else "partial", "ordered": line["quantity"]}
        told |= {"shipped": plain(shipped), "difference": plain(ordered - shipped)}
        return {"number": str(at + 1), "labels": [{"sscc": sscc(at + 1, WAREHOUSE_PREFIX)}], "lines": [told]}


@dataclass(slots=True)
class Supplier:
    """Sells to us by the rules that our own pretend ERP sells by, and ships on pallets."""

    name: str
    party: Body
    clock: Clock

    def sell(self, order: Body) -> Sequence[Reply]:
        """An order of ours: its answer, the ship notice and the invoice."""
        now = self.clock()
        sale = Sale(number=f"K-{order['po_number']}", order=order, seller=self.party)
        goods = Consignment(
            number=f"KS-{order['po_number']}",
            shipped=now.date().isoformat(),
            packed=packed_by_ourselves(
                sale.lines, sale.sold, serial=1, about={"lot": f"R{now:%y%j}"}, prefix=SUPPLIER_PREFIX
            ),
            ship_from=self.party,
            on="pallet",
            about={"bill_of_lading": f"BOL-{order['po_number']}"},
        )
        return [
            ("855", selling.order_response(sale, now.date())),
            ("856", selling.shipment(sale, goods, now)),
            ("810", selling.invoice(sale, goods, f"KI-{order['po_number']}", now.date())),
        ]
