"""Validated documents: read for mapping, and what mapping made of them, written."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import bindparam, delete, select, update

from gateway.ledger.document import DOCUMENT as LIFE
from gateway.ledger.document import DocumentState
from gateway.ledger.events import DOCUMENT_BEFORE_ORDER
from gateway.pipeline.stage import DocumentOutcome, Translatable
from gateway.store import crossref_waiting, events, order_waits, waits, work
from gateway.store.business_tables import NOTHING_SAID
from gateway.store.columns import indexed
from gateway.store.contents import from_row
from gateway.store.documents import KEYS, by_destination, key_rows, mapped_columns, put_canonicals, waiting
from gateway.store.envelopes import Envelopes
from gateway.store.events import Change
from gateway.store.means import Means, Transaction
from gateway.store.rows import ManyRows
from gateway.store.tables import CONTENT, DOCUMENT, DOCUMENT_KEY, INTERCHANGE, TRANSMISSION

_INSERT = ManyRows(lambda insert: insert(DOCUMENT))
_MAPPED = (
    *("state", "reason", "destination", "canonical_type", "business_number", "amount", "currency", "dated"),
    *("search", "thread", "part", "state_at"),
)
_KEPT = (*("findings", "pins", "search", "thread", "part", "canonical_type", "business_number", "destination"),)
"""What a document that could not even be read again keeps."""

_CHANGES = "order_change.v"

_MAP = (
    update(DOCUMENT)
    .where(DOCUMENT.c.id == bindparam("key"))
    .values({name: bindparam(name) for name in (*_MAPPED, "findings", "pins")})
)


def translatable(means: Means, envelopes: Envelopes, ids: Sequence[str]) -> list[Translatable]:
    """Those that are still "validated", in order of their ids."""
    statement = (
        select(DOCUMENT, INTERCHANGE.c.header, INTERCHANGE.c.byte_offset.label("interchange_offset"), CONTENT)
        .join(INTERCHANGE, INTERCHANGE.c.id == DOCUMENT.c.interchange_id)
        .join(TRANSMISSION, TRANSMISSION.c.id == DOCUMENT.c.transmission_id)
        .join(CONTENT, CONTENT.c.sha256 == TRANSMISSION.c.sha256)
        .where(means.database.among(DOCUMENT.c.id, ids), DOCUMENT.c.state == "validated")
        .order_by(DOCUMENT.c.id)
    )
    with means.database.reading() as connection:
        rows = connection.execute(statement).all()
    return waits.readable(means, rows, lambda row: as_translatable(means, envelopes, row))


def as_translatable(means: Means, envelopes: Envelopes, row: Any) -> Translatable:
    """A row as `translatable` selects it, with its bytes. Raises MachineError when they cannot be read."""
    return Translatable(
        id=row.id,
        channel=row.channel,
        partner=row.partner,
        x12=envelopes.wrap(row, from_row(means.blobs, row)),
        pins=row.pins,
        original=row.original,
        received_at=row.received_at,
        part=row.part,
    )


def record(transaction: Transaction, outcomes: Sequence[DocumentOutcome]) -> None:
    """Write mapped, held or dead documents that are still "validated"; the others write nothing."""
    crossref_waiting.lock_for(transaction, (one for outcome in outcomes for one in (outcome, *outcome.siblings)))
    locked = _locked(transaction, [outcome.id for outcome in outcomes])
    mine = [outcome for outcome in outcomes if outcome.id in locked]
    if not mine:
        return
    held = _held(transaction, mine, locked)
    mine = [held.heeded(one) for one in mine]
    waiting_ = {one.id for one in mine if held.waits(one, one.id)}
    transaction.connection.execute(_MAP, [_changed(transaction, one, locked[one.id]) for one in mine])
    _replace_keys(transaction, mine, locked)
    put_canonicals(transaction, [(one, locked[one.id].generation) for one in mine])
    further = _further_parts(transaction, mine, locked, held)
    held.write()
    events.record(
        transaction,
        [
            Change(
                transmission=locked[one.id].transmission_id,
                subject=one.id,
                kind=DOCUMENT_BEFORE_ORDER
                if one.id in waiting_
                else LIFE.event(DocumentState.VALIDATED, DocumentState(one.state)),
                why=one.reason,
            )
            for one in mine
        ],
    )
    crossref_waiting.record(transaction, waiting(mine), [one.id for one in mine])
    work.deliver(transaction, by_destination([*mine, *further]))


def _further_parts(
    transaction: Transaction, outcomes: Sequence[DocumentOutcome], locked: Mapping[str, Any], held: order_waits.Held
) -> list[DocumentOutcome]:
    """Write the parts of a set that had one row until now, each with a life of its own."""
    found = [
        (locked[one.id], replace(sibling, id=transaction.means.new_id()))
        for one in outcomes
        for sibling in one.siblings
    ]
    waiting_ = {part.id for row, part in found if held.waits(part, row.id)}
    _INSERT.run(transaction.connection, [_beside(transaction, row, part) for row, part in found])
    keys = [key for row, part in found for key in key_rows(part, row.interchange_control_number)]
    KEYS.run(transaction.connection, keys)
    put_canonicals(transaction, [(part, 1) for _, part in found])
    changes = [
        Change(
            transmission=row.transmission_id,
            subject=part.id,
            kind=DOCUMENT_BEFORE_ORDER if part.id in waiting_ else LIFE.event(None, DocumentState(part.state)),
            why=part.reason,
        )
        for row, part in found
    ]
    events.record(transaction, changes)
    return [part for _, part in found]


def _held(transaction: Transaction, outcomes: Sequence[DocumentOutcome], locked: Mapping[str, Any]) -> order_waits.Held:
    """Changes of orders that our system has not yet; those that waited before are judged anew."""
    held = order_waits.Held(transaction)
    for one in outcomes:
        row = locked[one.id]
        again = row.generation > 1
        held.ask(one, usage=row.usage, at=row.received_at, interchange=row.interchange_id, again=again)
    changed = [one.id for one in outcomes if one.after_order or locked[one.id].canonical_type.startswith(_CHANGES)]
    order_waits.settle(transaction, changed)
    order_waits.left(transaction, [of for one in outcomes for of in _moved(one, locked[one.id])])
    held.look()
    return held


def _moved(outcome: DocumentOutcome, row: Any) -> list[tuple[str, str]]:
    """The partner and the order number that a document had until now, where it is read and has another."""
    before = row.thread.get("order", "")
    moved = before and outcome.set_id and outcome.thread.get("order", "") != before
    return [(row.partner, indexed(before))] if moved else []


def _beside(transaction: Transaction, row: Any, part: DocumentOutcome) -> dict[str, Any]:
    """The same set, another part: nothing of it was tried yet."""
    fresh = {"id": part.id, "original": True, "generation": 1, "attempts": 0, "external_id": "", "delivered_at": None}
    fresh |= {"first_attempt_at": None, "last_attempt_at": None, "next_attempt_at": None}
    return {**row._mapping, **fresh, **NOTHING_SAID, **mapped_columns(transaction, part)}


def _locked(transaction: Transaction, ids: Sequence[str]) -> Mapping[str, Any]:
    table = DOCUMENT
    among = transaction.means.database.among(table.c.id, ids)
    statement = (
        select(table).where(among, table.c.state == "validated").order_by(table.c.id).with_for_update(key_share=True)
    )
    return {row.id: row for row in transaction.connection.execute(statement)}


def _changed(transaction: Transaction, outcome: DocumentOutcome, row: Any) -> dict[str, Any]:
    """A document that could not even be read again keeps what was known of it."""
    changed = mapped_columns(transaction, outcome) | {"key": outcome.id}
    for name in _KEPT:
        changed[name] = changed[name] or getattr(row, name)
    if not outcome.set_id:
        changed |= {name: getattr(row, name) for name in ("amount", "currency", "dated")}
    return changed


def _replace_keys(transaction: Transaction, outcomes: Sequence[DocumentOutcome], locked: Mapping[str, Any]) -> None:
    read = [one for one in outcomes if one.set_id]
    among = transaction.means.database.among(DOCUMENT_KEY.c.document_id, [one.id for one in read])
    transaction.connection.execute(delete(DOCUMENT_KEY).where(among))
    rows = [row for one in read for row in key_rows(one, locked[one.id].interchange_control_number)]
    KEYS.run(transaction.connection, rows)
