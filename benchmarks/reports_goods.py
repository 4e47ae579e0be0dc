"""Warehouse orders and what was shipped for them, as canonical bodies."""

import json
from datetime import date
from random import Random
from typing import Any

_SKUS = tuple(f"HP-{number}" for number in range(7700, 7990))
_OURS = {"name": "HARBOR & PINE SUPPLY", "id": "HPS", "id_qualifier": "assigned_by_seller"}
_THEIRS = {"name": "NORTHGATE RENO", "id": "NG2", "id_qualifier": "assigned_by_seller"}
_TO = {"name": "ACME DISTRIBUTION CENTER 3", "id": "DC03", "address1": "900 LAKESHORE PARKWAY", "city": "JOLIET"}

Body = dict[str, Any]


def ordered(random: Random, number: str, order: str, ship: date) -> Body:
    """A 940 of two to nine lines."""
    skus = random.sample(_SKUS, random.randrange(2, 10))
    lines = [
        {"number": f"{at:03}", "quantity": str(random.randrange(1, 90)), "unit": "each", "vendor_sku": sku}
        for at, sku in enumerate(skus, start=1)
    ]
    about = {"purpose": "original", "depositor_order": number, "po_number": order, "requested_ship": str(ship)}
    return {**about, "ship_to": _TO, "depositor": _OURS, "warehouse": _THEIRS, "lines": lines}


def shipped(random: Random, order: Body, on: date) -> Body:
    """The 945 for it: of one in fifty something is missing."""
    short = random.random() < 0.02
    packages = [
        {
            "number": str(at),
            "labels": [{"tracking": f"1Q{random.randrange(10**9):09}"}],
            "lines": [_shipped(line, short)],
        }
        for at, line in enumerate(order["lines"], start=1)
    ]
    about = {name: order[name] for name in ("depositor_order", "po_number", "ship_to", "depositor", "warehouse")}
    return {"reporting": "full_detail", "report_date": str(on), "shipped": str(on), **about, "packages": packages}


def _shipped(line: Body, short: bool) -> Body:
    quantity = int(line["quantity"])
    went = max(0, quantity - 3) if short else quantity
    said = {"number": line["number"], "vendor_sku": line["vendor_sku"], "unit": "each", "ordered": str(quantity)}
    return {
        **said,
        "status": "partial" if short else "complete",
        "shipped": str(went),
        "difference": str(quantity - went),
    }


def stored(body: Body) -> bytes:
    """As the gateway keeps it."""
    return json.dumps(body, separators=(",", ":")).encode()
