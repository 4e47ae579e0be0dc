"""Which canonical type a transaction set is, whatever partner it is exchanged with."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

CANONICAL_TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "180": "return_authorization.v1",
        "204": "load_tender.v1",
        "210": "freight_invoice.v1",
        "214": "shipment_status.v1",
        "753": "routing_request.v1",
        "754": "routing_instructions.v1",
        "810": "invoice.v1",
        "812": "adjustment.v1",
        "820": "remittance.v1",
        "824": "application_advice.v1",
        "830": "schedule.v1",
        "832": "catalog.v1",
        "846": "inventory_report.v1",
        "850": "order.v1",
        "855": "order_response.v1",
        "856": "shipment.v1",
        "860": "order_change.v1",
        "861": "receipt.v1",
        "862": "schedule.v1",
        "864": "text_message.v1",
        "865": "order_response.v1",
        "875": "order.v1",
        "880": "invoice.v1",
        "940": "warehouse_order.v1",
        "943": "warehouse_transfer.v1",
        "944": "warehouse_receipt.v1",
        "945": "warehouse_shipment.v1",
        "947": "inventory_adjustment.v1",
        "990": "tender_response.v1",
    }
)
"""ST01 -> canonical type. Several sets may be one type: the grocery trade writes its orders as 875, others as 850."""


def sets_of(canonical: str) -> tuple[str, ...]:
    """The sets that are a canonical type ("invoice.v1": 810 and 880), in order; () for one that nothing is."""
    return tuple(sorted(set_id for set_id, known in CANONICAL_TYPES.items() if known == canonical))
