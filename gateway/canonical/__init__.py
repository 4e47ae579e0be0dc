"""Canonical documents: the one form every partner's orders, shipments and invoices take inside. Pure models."""

from gateway.canonical.schemas import SCHEMAS, json_schema
from gateway.canonical.values import Canonical

__all__ = ["SCHEMAS", "Canonical", "json_schema"]
