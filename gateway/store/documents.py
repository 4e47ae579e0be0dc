"""Rows of documents: how an outcome of the road is written down, and what a document is found by."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from sqlalchemy import Executable

from gateway.pipeline.outbound.stage import OutboundOutcome
from gateway.pipeline.stage import DocumentOutcome, InterchangeOutcome
from gateway.store import contents, findings
from gateway.store.columns import indexed
from gateway.store.crossref_waiting import Waiting
from gateway.store.means import Transaction
from gateway.store.rows import MakeInsert, ManyRows
from gateway.store.tables import CANONICAL, DOCUMENT_KEY

KEYS = ManyRows(lambda insert: insert(DOCUMENT_KEY))
"""Rows of what documents are found by."""


def _put_canonical(insert: MakeInsert) -> Executable:
    statement = insert(CANONICAL)
    changed = {name: statement.excluded[name] for name in ("body", "sha256", "made_at")}
    return statement.on_conflict_do_update(index_elements=["document_id", "generation"], set_=changed)


_PUT_CANONICAL = ManyRows(_put_canonical)


def document_row(
    transaction: Transaction,
    outcome: DocumentOutcome,
    interchange: InterchangeOutcome,
    received: Any,
    told: str,
) -> dict[str, Any]:
    """A new document. `received` is its transmission's row (id, channel, received_at)."""
    return {
        "id": outcome.id,
        "transmission_id": received.id,
        "interchange_id": interchange.id,
        "ordinal": outcome.ordinal,
        "direction": "inbound",
        "channel": received.channel,
        "partner": outcome.partner,
        "agreement": outcome.agreement,
        "usage": interchange.header.usage,
        "set_id": outcome.set_id,
        "version": outcome.version,
        "interchange_control_number": interchange.header.control_number,
        "group_control_number": outcome.group_control_number,
        "set_control_number": outcome.set_control_number,
        "byte_offset": outcome.offset,
        "byte_length": outcome.length,
        "told": told,
        "original": True,
        "generation": 1,
        "attempts": 0,
        "external_id": "",
        "received_at": received.received_at,
    } | mapped_columns(transaction, outcome)


def part_of(row: Any) -> str:
    """ "2/3" for a row of one part of several, "" for one of a whole."""
    return f"{row.part['number']}/{row.part['of']}" if row.part and row.part["of"] > 1 else ""


def with_parts(transaction: Transaction, outcomes: Iterable[DocumentOutcome]) -> Iterator[DocumentOutcome]:
    """Each document, followed by the further parts of its set under ids of their own."""
    for outcome in outcomes:
        yield replace(outcome, siblings=())
        for sibling in outcome.siblings:
            yield replace(sibling, id=transaction.means.new_id())


def mapped_columns(transaction: Transaction, outcome: DocumentOutcome) -> dict[str, Any]:
    """What mapping decides, the first time and every time after."""
    return {
        "state": outcome.state,
        "reason": outcome.reason,
        "findings": findings.as_json(outcome.findings),
        "pins": dict(outcome.pins),
        "search": dict(outcome.search),
        "thread": dict(outcome.thread),
        "destination": outcome.destination,
        "canonical_type": outcome.canonical_type,
        "business_number": outcome.business_number,
        "amount": outcome.facts.amount,
        "currency": outcome.facts.currency,
        "dated": outcome.facts.dated,
        "part": None if outcome.part is None else dict(outcome.part),
        "state_at": transaction.now,
    }


_SEARCHED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "order": "po_number",
        "invoice": "invoice_number",
        "shipment": "shipment_number",
        "warehouse_order": "depositor_order",
        "warehouse_transfer": "depositor_order",
    }
)
"""What people mostly search by that is a thread's number as well: one row of it is enough."""


def key_rows(outcome: DocumentOutcome, interchange_number: str) -> list[dict[str, str]]:
    """What the document is found by, one row per name and value."""
    numbers = {
        "business number": outcome.business_number,
        "ISA13": interchange_number,
        "GS06": outcome.group_control_number,
        "ST02": outcome.set_control_number,
        "part": str(outcome.part["key"]) if outcome.part else "",
    }
    return keys_of(outcome, numbers)


def keys_of(outcome: DocumentOutcome | OutboundOutcome, numbers: Mapping[str, str]) -> list[dict[str, str]]:
    """A row for each of these numbers, and for every value of a search or thread key: a ship notice of two orders is
    found by both.
    """
    told = [*numbers.items(), *outcome.search.items(), *outcome.also]
    for name, value in outcome.thread.items():
        if outcome.search.get(_SEARCHED.get(name, name)) != value:
            told.append((name, value))
    named = {(indexed(name), indexed(value)) for name, value in told if value}
    return [{"document_id": outcome.id, "name": name, "value": value} for name, value in sorted(named)]


def put_canonicals(transaction: Transaction, bodies: Iterable[tuple[DocumentOutcome | OutboundOutcome, int]]) -> None:
    """Write canonical bodies of (document, generation); mapping the same generation again replaces its body."""
    rows, large = [], []
    for outcome, generation in bodies:
        if outcome.canonical is None:
            continue
        body, content = contents.body_or_hash(transaction.means.blobs, outcome.canonical)
        if content is not None:
            large.append(content)
        rows.append(
            {
                "document_id": outcome.id,
                "generation": generation,
                "body": body,
                "sha256": content.sha256 if content else None,
                "made_at": transaction.now,
            }
        )
    contents.put(transaction, large)
    _PUT_CANONICAL.run(transaction.connection, rows)


def by_destination(outcomes: Sequence[DocumentOutcome]) -> Mapping[str, list[str]]:
    """Ids of mapped documents by where they go."""
    found: dict[str, list[str]] = {}
    for outcome in outcomes:
        if outcome.state == "mapped":
            found.setdefault(outcome.destination, []).append(outcome.id)
    return found


def waiting(outcomes: Iterable[DocumentOutcome]) -> list[Waiting]:
    """Held documents that wait for rows of cross references."""
    return [
        Waiting(document=one.id, partner=one.partner, direction="inbound", lacking=one.lacking)
        for one in outcomes
        if one.lacking is not None and one.state == "held"
    ]
