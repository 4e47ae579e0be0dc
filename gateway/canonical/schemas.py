"""Canonical types by name and version, and their JSON Schema."""

from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from gateway.canonical.adjustment import Adjustment
from gateway.canonical.application_advice import ApplicationAdvice
from gateway.canonical.inventory_adjustment import InventoryAdjustment
from gateway.canonical.inventory_report import InventoryReport
from gateway.canonical.invoice import Invoice
from gateway.canonical.order import Order
from gateway.canonical.order_change import OrderChange
from gateway.canonical.order_response import OrderResponse
from gateway.canonical.remittance import Remittance
from gateway.canonical.shipment import Shipment
from gateway.canonical.values import Canonical
from gateway.canonical.warehouse_order import WarehouseOrder
from gateway.canonical.warehouse_receipt import WarehouseReceipt
from gateway.canonical.warehouse_shipment import WarehouseShipment
from gateway.canonical.warehouse_transfer import WarehouseTransfer

SCHEMAS: dict[str, type[Canonical]] = {
    "order.v1": Order,
    "order_change.v1": OrderChange,
    "order_response.v1": OrderResponse,
    "shipment.v1": Shipment,
    "invoice.v1": Invoice,
    "remittance.v1": Remittance,
    "application_advice.v1": ApplicationAdvice,
    "adjustment.v1": Adjustment,
    "inventory_adjustment.v1": InventoryAdjustment,
    "inventory_report.v1": InventoryReport,
    "warehouse_order.v1": WarehouseOrder,
    "warehouse_receipt.v1": WarehouseReceipt,
    "warehouse_shipment.v1": WarehouseShipment,
    "warehouse_transfer.v1": WarehouseTransfer,
}
"""Every canonical type, `name.vN`. A version only ever gains optional fields; anything else is the next version."""


class _Generator(GenerateJsonSchema):
    """JSON Schema 2020-12 as people read it: what is optional may be absent, and nothing is ever null."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def json_schema(name: str) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of the canonical type `name`, with `$id` and `version`.

    Raises KeyError when there is no such type.
    """
    schema = SCHEMAS[name].model_json_schema(schema_generator=_Generator)
    _, _, version = name.rpartition(".v")
    head = {
        "$schema": GenerateJsonSchema.schema_dialect,
        "$id": f"urn:edi-gateway:canonical:{name}",
        "version": int(version),
    }
    return head | schema
