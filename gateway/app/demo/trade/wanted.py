"""What is ordered in the scenarios, as canonical orders; dates follow from the day they are played."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from gateway.backends.pretend.selling import StockKeeper

US: Final = {"name": "HARBOR & PINE SUPPLY", "id": "HARBORPINE", "id_qualifier": "assigned_by_seller"}
"""Who we are, as our own system says it."""

RENO: Final = StockKeeper(
    partner="northgate",
    building={"name": "NORTHGATE RENO 1", "id": "NG1", "id_qualifier": "assigned_by_seller"},
    depositor={"name": "HARBOR & PINE SUPPLY", "id": "HPS", "id_qualifier": "assigned_by_seller"},
)
"""The building of Northgate Logistics where our stock is, and the number we have as its customer."""


def _day(today: date, days: int) -> str:
    return (today + timedelta(days=days)).isoformat()


def of_acme(today: date) -> dict[str, Any]:
    """ACME Retail orders for a distribution centre: 3 lines, 2,511.00 less 25.00."""
    return {
        "purpose": "original",
        "type": "stand_alone",
        "po_number": "71-230077",
        "order_date": today.isoformat(),
        "currency": "USD",
        "department": "042",
        "vendor_number": "ACM0417",
        "requested_ship": _day(today, 3),
        "cancel_after": _day(today, 17),
        "buyer": {"name": "ACME RETAIL", "id": "ACME", "id_qualifier": "assigned_by_buyer"},
        "ship_tos": [
            {
                "name": "ACME DISTRIBUTION CENTER 3",
                "id": "DC03",
                "id_qualifier": "assigned_by_buyer",
                "address1": "900 LAKESHORE PARKWAY",
                "city": "JOLIET",
                "state": "IL",
                "postal_code": "60432",
                "country": "US",
            }
        ],
        "terms": [{"kind": "basic", "basis_date": "invoice_date", "net_days": 30}],
        "allowances_charges": [
            {
                "indicator": "allowance",
                "code": "F800",
                "amount": "25.00",
                "handling": "off_invoice",
                "description": "WINTER PROMOTION",
            }
        ],
        "freight_terms": [{"payment": "prepaid"}],
        "routing": [{"sequence": "O", "carrier_qualifier": "scac", "carrier": "QZXF", "mode": "motor"}],
        "lines": [
            _line("001", "24", "case", "74.00", "AR-55120", "HP-7710", "041196910759", "ENAMEL STOCK POT"),
            _line("002", "60", "each", "7.25", "AR-55131", "HP-7711", "041196910766", "ENAMEL LADLE"),
            _line("003", "10", "case", "30.00", "AR-55140", "HP-7720", "041196910773", "TEA TOWEL, STRIPED"),
        ],
    }


def _line(
    number: str, quantity: str, unit: str, price: str, buyer_sku: str, vendor_sku: str, upc: str, text: str
) -> dict[str, Any]:
    return {
        "number": number,
        "quantity": quantity,
        "unit": unit,
        "price": price,
        "buyer_sku": buyer_sku,
        "vendor_sku": vendor_sku,
        "upc": upc,
        "descriptions": [{"form": "free", "text": text}],
    }


def of_fernhill(today: date) -> dict[str, Any]:
    """Fernhill Grocers orders a truckload by 875, with a deal per case."""
    return {
        "purpose": "original",
        "type": "new_order",
        "po_number": "F-44021",
        "order_date": today.isoformat(),
        "vendor_number": "FH-2290",
        "requested_pickup": _day(today, 2),
        "buyer": {"name": "FERNHILL GROCERS", "id": "5012345000008", "id_qualifier": "gln"},
        "ship_tos": [{"name": "FERNHILL WAREHOUSE 2", "id": "5012345000206", "id_qualifier": "gln"}],
        "terms": [{"kind": "basic", "basis_date": "invoice_date", "net_days": 15}],
        "allowances_charges": [
            {
                "indicator": "allowance",
                "grocery_code": "97",
                "handling": "off_invoice",
                "quantity": "100",
                "unit": "case",
                "rate": "0.25",
            },
        ],
        "lines": [
            _grocery("100", "8.40", "330071", "HP-4410", "041196914405", "OAT CRACKERS 12 CT"),
            _grocery("48", "13.75", "330088", "HP-4412", "041196914412", "RYE CRISPBREAD 18 CT"),
        ],
        "totals": {"quantity": "148", "quantity_unit": "case"},
    }


_USUAL: Final = {
    "terms": [{"kind": "basic", "basis_date": "invoice_date", "net_days": 30}],
    "routing": [{"sequence": "O", "carrier_qualifier": "scac", "carrier": "QZXF", "mode": "motor"}],
}


def completed(partner: str, order: Mapping[str, Any]) -> dict[str, Any]:
    """An order with what our own files know where it says nothing: terms, carrier, the customer, what an article is."""
    name, number = partner.upper(), f"C-{partner.upper()}"[:17]
    known = {"buyer": {"name": name, "id": number, "id_qualifier": "assigned_by_seller"}, **_USUAL, **order}
    places = known.get("ship_tos") or [known["buyer"]]
    return {**known, "ship_tos": places, "lines": [_described(line) for line in order["lines"]]}


def _described(line: Mapping[str, Any]) -> Mapping[str, Any]:
    named = line.get("vendor_sku") or line.get("buyer_sku") or line.get("upc")
    return {"descriptions": [{"form": "free", "text": f"ARTICLE {named}"}], **line} if named else line


FERNHILL_DOCK: Final = {"name": "FERNHILL CROSS DOCK 1", "id": "5012345000312", "id_qualifier": "gln"}
"""Where Fernhill takes goods for several of its stores."""

STORES: Final = ("5012345001142", "5012345001319", "5012345001401")
"""Three of Fernhill's stores, by their location numbers."""


def of_fernhill_for_stores(today: date) -> dict[str, Any]:
    """Fernhill orders general merchandise for three of its stores by one 850, with each store's share of each line."""
    carafes = _for_stores("1", "case", "14.40", {"buyer_sku": "200512", "vendor_sku": "HP-8110"}, (10, 12, 8))
    ladles = _for_stores("2", "each", "7.25", {"buyer_sku": "200519", "vendor_sku": "HP-7711"}, (24, 0, 24))
    return {
        "purpose": "original",
        "type": "stand_alone",
        "po_number": "F-51002",
        "order_date": today.isoformat(),
        "department": "GM",
        "vendor_number": "FH-2290",
        "do_not_deliver_before": _day(today, 3),
        "do_not_deliver_after": _day(today, 10),
        "buyer": {"name": "FERNHILL GROCERS", "id": "5012345000015", "id_qualifier": "gln"},
        "currency": "USD",
        "lines": [
            {**carafes, "upc_case": "104119694430", "descriptions": [_text("GLASS CARAFE, CASE OF 6")]},
            {**ladles, "descriptions": [_text("ENAMEL LADLE")]},
        ],
    }


def _text(words: str) -> dict[str, str]:
    return {"form": "free", "text": words}


def _for_stores(number: str, unit: str, price: str, article: dict[str, str], shares: tuple[int, ...]) -> dict[str, Any]:
    """A line with so much for each of `STORES`, nothing for some."""
    destinations = [
        {"location": store, "location_qualifier": "gln", "quantity": str(share), "unit": unit}
        for store, share in zip(STORES, shares, strict=True)
        if share
    ]
    told = {"number": number, "quantity": str(sum(shares)), "unit": unit, "price": price}
    return {**told, **article, "destinations": destinations}


def _grocery(quantity: str, price: str, buyer_sku: str, vendor_sku: str, upc_case: str, text: str) -> dict[str, Any]:
    return {
        "quantity": quantity,
        "unit": "case",
        "price": price,
        "buyer_sku": buyer_sku,
        "vendor_sku": vendor_sku,
        "upc_case": upc_case,
        "descriptions": [{"text": text}],
    }


def at_kestrel(today: date) -> dict[str, Any]:
    """We order cartons and labels of Kestrel Packaging, priced by the thousand."""
    return {
        "type": "release",
        "contract": "KP-2026-04",
        "vendor_number": "V-2207",
        "release": "12",
        "ship_tos": [{"name": "HARBOR & PINE PACKING HALL", "id": "HALL1", "id_qualifier": "assigned_by_buyer"}],
        "lines": [
            _by_the_thousand("1", "4500", "212.40", "KP-C-1109", "PK-110", "SHIPPING CARTON 40X30X25", _day(today, 7)),
            _by_the_thousand("2", "12500", "8.15", "KP-L-0031", "PK-310", "SSCC LABEL 4X6", _day(today, 7)),
        ],
    }


def _by_the_thousand(
    number: str, quantity: str, price: str, vendor_sku: str, buyer_sku: str, text: str, day: str
) -> dict[str, Any]:
    return {
        "number": number,
        "quantity": quantity,
        "unit": "each",
        "price": price,
        "price_basis": "thousand",
        "vendor_sku": vendor_sku,
        "buyer_sku": buyer_sku,
        "descriptions": [{"form": "free", "text": text}],
        "requested_delivery": day,
    }
