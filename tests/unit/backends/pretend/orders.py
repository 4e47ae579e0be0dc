"""Orders and reports as the pretend ERP is given them."""

from datetime import UTC, datetime
from typing import Any

from gateway.backends.pretend.desk import Desk
from gateway.backends.pretend.selling import StockKeeper

NOW = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
US = {"name": "HARBOR & PINE SUPPLY"}
KEEPER = StockKeeper(partner="northgate", building={"id": "NG1"}, depositor={"id": "HPS"})


def a_line(number: str = "001", **about: Any) -> dict[str, Any]:
    """A line of 24 cases at 74.00."""
    return {"number": number, "quantity": "24", "unit": "case", "price": "74.00", "vendor_sku": f"HP-{number}"} | about


def an_order(*lines: dict[str, Any], **about: Any) -> dict[str, Any]:
    """An order of one line, or of these."""
    heading = {"purpose": "original", "po_number": "71-1", "order_date": "2026-03-01"}
    return {**heading, "lines": list(lines or (a_line(),)), **about}


def an_envelope(body: dict[str, Any], schema: str = "order.v1", partner: str = "acme") -> dict[str, Any]:
    """As the gateway posts it."""
    return {"schema": schema, "partner": partner, "stage": "production", "document_id": "D1", "body": body}


def a_desk(**about: Any) -> Desk:
    """A desk where ACME's orders are shipped by Northgate."""
    return Desk(us=US, warehouses={"acme": KEEPER}, clock=lambda: NOW, **about)


def a_report(*lines: dict[str, Any], order: str = "SO-1") -> dict[str, Any]:
    """What the warehouse shipped: each line in a package of its own."""
    packages = [{"labels": [{"sscc": f"0000498765000000{n:04}"}], "lines": [line]} for n, line in enumerate(lines, 1)]
    return {"depositor_order": order, "shipment_number": "NG-1", "shipped": "2026-03-02", "packages": packages}
