"""Invoices of ours for ACME under agreements of their own, and what their mapping needs around it."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

import yaml

from gateway.mapping.library import Library
from gateway.partners.book import load
from gateway.pipeline.outbound.collect import document_id
from gateway.pipeline.outbound.stage import Collected, OutboundOutcome
from gateway.pipeline.outbound.translate import Surroundings, translate
from gateway.pipeline.ports import CameIn
from gateway.pipeline.rules import Rules
from tests.unit.pipeline.rules_of_samples import sample_files

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)  # a Monday
TRANSMISSION = "01KJQ6PSG0ABCDEFGHJKMNPQRS"

ANSWERED = "01KJQ6PSG0"
"""A document that came in."""

BODY: Mapping[str, Any] = {
    "invoice_number": "HP-9001",
    "invoice_date": "2026-03-02",
    "po_number": "4500123456",
    "lines": [{"number": "1", "quantity": "2", "unit": "each", "price": "1.25", "vendor_sku": "AB-1"}],
    "totals": {"amount": "2.50"},
}

MAPPING = """
mapping: test/810
version: 1
extends: x12/810@1
owner: tests
search: {invoice_number: BIG02}
map:
  vendor_number: {at: REF(IA).02, carry: order.vendor_number}
"""
"""As most send it, but for our number as a vendor, which is the order's when our system does not say it."""


class Remembered:
    """Threads in memory: ACME's orders, newest first, and the document that it sent under a known id."""

    def __init__(self, *orders: CameIn, answered: CameIn | None = None) -> None:
        self.kept = orders
        self.sent = answered or came_in(ANSWERED)
        self.asked: list[tuple[str, str, Mapping[str, str]]] = []

    def orders(self, partner: str, usage: str, thread: Mapping[str, str]) -> Sequence[CameIn]:
        """Those of the usage."""
        self.asked.append((partner, usage, thread))
        return [order for order in self.kept if order.usage == usage]

    def answered(self, partner: str, document: str) -> CameIn | None:
        """ACME has sent one document."""
        return self.sent if (partner, document) == ("acme", self.sent.id) else None


def came_in(identity: str, body: Mapping[str, object] | None = None, **about: Any) -> CameIn:
    """An order of ACME in production; `about` changes what is known of it."""
    known: dict[str, Any] = {"usage": "P", "name": "order", "thread": {"order": "4500123456"}, "body": body}
    return CameIn(id=identity, **known | about)


@cache
def _files() -> tuple[Mapping[str, str], Library]:
    partners, mappings = sample_files()
    return partners, Library({**mappings, "test/810/v1.map.yaml": MAPPING})


def rules_with(
    agreement: Mapping[str, object] | None = None,
    *,
    others: Mapping[str, Mapping[str, object]] | None = None,
    channel: Mapping[str, object] | None = None,
    files: Mapping[str, str] | None = None,
) -> Rules:
    """ACME is sent invoices, with settings of that agreement changed, other agreements, and settings of its channel."""
    partners, library = _files()
    acme = yaml.safe_load(partners["acme.yaml"])
    common = {"direction": "outbound", "set": "810", "version": "004010", "usage": "production"}
    common |= {"mapping": "test/810@1", "channel": "acme-sftp"}
    acme["agreements"]["orders"].pop("owes", None)
    acme["agreements"] = {
        "orders": acme["agreements"]["orders"],
        "invoices": common | dict(agreement or {}),
        **{name: common | dict(about) for name, about in (others or {}).items()},
    }
    door = yaml.safe_load(partners["channels/acme-sftp.yaml"]) | dict(channel or {})
    texts = {"acme.yaml": yaml.safe_dump(acme), "channels/acme-sftp.yaml": yaml.safe_dump(door)}
    book = load({**partners, **texts, **(files or {})}, mappings=library.names())
    return Rules(revision="r-1", book=book, library=library)


def posted(body: Mapping[str, Any] | None = None, **about: object) -> bytes:
    """What our ERP posts; `about` changes what stands beside the body."""
    envelope = {"schema": "invoice.v1", "partner": "acme", "stage": "production", "body": body or BODY}
    return json.dumps({**envelope, **about}).encode()


def outcome(
    content: bytes | None = None, rules: Rules | None = None, *, threads: Remembered | None = None, **about: Any
) -> OutboundOutcome:
    """What translating comes to; `about` are settings of the document that waits."""
    known = {"id": document_id(TRANSMISSION), "transmission": TRANSMISSION, "received_at": NOON}
    document = Collected(**{**known, "posted": content or posted(), **about})
    around = Surroundings(rules=rules or rules_with(), threads=threads or Remembered(), texts=lambda _: None, now=NOON)
    return translate(document, around)


def changed(**fields: Any) -> dict[str, Any]:
    """The invoice with other fields."""
    return {**BODY, **fields}
