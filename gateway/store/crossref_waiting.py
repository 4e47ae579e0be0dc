"""Values that documents wait for, and letting those go on whose values are all known now."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import delete, func, select

from gateway.crossref.rows import ANY, Row
from gateway.crossref.tables import Known, Tables
from gateway.ledger.events import DOCUMENT_REPLAYED
from gateway.pipeline.knowledge import Lacking
from gateway.store import events, operator
from gateway.store.columns import indexed
from gateway.store.crossref_known import as_row, changes, newest
from gateway.store.crossref_tables import CROSSREF_ROW, CROSSREF_UNMAPPED
from gateway.store.events import Change
from gateway.store.means import Transaction
from gateway.store.rows import ManyRows
from gateway.store.tables import DOCUMENT

LOCK = 7_012_020
"""PostgreSQL advisory lock: rows are added and documents begin to wait one after the other, so that none waits for a
row that was added a moment before. SQLite has one writer anyway.
"""

_INSERT = ManyRows(lambda insert: insert(CROSSREF_UNMAPPED))
_FIND = {"inbound": False, "outbound": True}


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A document that is held for values no row knows."""

    document: str
    partner: str
    direction: str
    lacking: Lacking


def lock(transaction: Transaction) -> None:
    """Held until the transaction ends."""
    if transaction.means.database.kind == "postgresql":
        transaction.connection.execute(select(func.pg_advisory_xact_lock(LOCK)))


def record(transaction: Transaction, waiting: Sequence[Waiting], settled: Sequence[str] = ()) -> None:
    """Note what these documents wait for; `settled` were mapped again, and wait for nothing they waited for before.

    Called after their own rows are written. What a row added meanwhile knows is put back on the road at once.
    """
    if settled:
        among = transaction.means.database.among(CROSSREF_UNMAPPED.c.document_id, settled)
        transaction.connection.execute(delete(CROSSREF_UNMAPPED).where(among))
    if not waiting:
        return
    lock(transaction)
    _INSERT.run(transaction.connection, [row for one in waiting for row in _rows(transaction, one)])
    stale = [one for one in waiting if not one.lacking.pinned and _has_changed(transaction, one)]
    if stale:
        days = {one.partner: one.lacking.on for one in stale}
        ids = [one.document for one in stale]
        _go_on(transaction, _satisfied(transaction, _entries(transaction, ids), days.__getitem__), "", "")


def release(
    transaction: Transaction, partners: Iterable[str], today: Callable[[str], date], *, who: str, why: str
) -> tuple[list[str], int]:
    """Put held documents of these partners ("*": of all) whose values are all known back on the road.

    Returns their ids, and how many others still wait.
    """
    table = CROSSREF_UNMAPPED
    names = set(partners)
    statement = select(table.c.document_id).join(DOCUMENT, DOCUMENT.c.id == table.c.document_id)
    statement = statement.where(DOCUMENT.c.state == "held").distinct()
    if ANY not in names:
        statement = statement.where(transaction.means.database.among(table.c.partner, sorted(names)))
    ids = list(transaction.connection.execute(statement).scalars())
    if not ids:
        return [], 0
    ready = _satisfied(transaction, _entries(transaction, ids), today)
    gone = _go_on(transaction, ready, who, why)
    return gone, len(ids) - len(gone)


def _rows(transaction: Transaction, waiting: Waiting) -> Iterable[dict[str, Any]]:
    """One per value, as they are indexed: two that are cut to the same are one."""
    keys = {(indexed(one.table), indexed(one.value), indexed(one.item)) for one in waiting.lacking.values}
    for table, value, item in sorted(keys):
        yield {
            "document_id": waiting.document,
            "table_name": table,
            "direction": waiting.direction,
            "value": value,
            "item": item,
            "partner": waiting.partner,
            "seen_at": transaction.now,
        }


def _has_changed(transaction: Transaction, waiting: Waiting) -> bool:
    return newest(changes(transaction.connection, waiting.partner)) > waiting.lacking.as_of


def _entries(transaction: Transaction, ids: Sequence[str]) -> Mapping[str, list[Any]]:
    """What each document waits for."""
    table = CROSSREF_UNMAPPED
    among = transaction.means.database.among(table.c.document_id, ids)
    found: dict[str, list[Any]] = defaultdict(list)
    for row in transaction.connection.execute(select(table).where(among)):
        found[row.document_id].append(row)
    return found


def _satisfied(
    transaction: Transaction, entries: Mapping[str, list[Any]], today: Callable[[str], date]
) -> Sequence[str]:
    """Those all of whose values a row knows on this day."""
    values: dict[str, set[str]] = defaultdict(set)
    for row in (row for rows in entries.values() for row in rows):
        values[row.partner].add(row.value)
    known: dict[str, Known] = {}
    for partner, wanted in values.items():
        known[partner] = Tables(_rows_with(transaction, partner, wanted)).at(partner, today(partner))
    return sorted(
        document for document, rows in entries.items() if all(_knows(known[row.partner], row) for row in rows)
    )


def _rows_with(transaction: Transaction, partner: str, values: Iterable[str]) -> Sequence[Row]:
    """Rows in use that may say something of these values to a partner: not all of them, for writers wait meanwhile."""
    table, wanted = CROSSREF_ROW, sorted(values)
    among = transaction.means.database.among
    statement = select(table).where(
        table.c.partner.in_((partner, ANY)),
        table.c.retired_at.is_(None),
        among(table.c.theirs, wanted) | among(table.c.ours, wanted),
    )
    return [as_row(row) for row in transaction.connection.execute(statement)]


def _knows(known: Known, row: Any) -> bool:
    back = _FIND[row.direction]
    if known.find(row.table_name, row.value, back=back, item=row.item) is None:
        return False
    # A value with an item is a unit; one without may be either, and then any row will do.
    return not row.item or known.factor(row.table_name, row.value, back=back, item=row.item) is not None


def _go_on(transaction: Transaction, ids: Sequence[str], who: str, why: str) -> list[str]:
    """Replay those that are still held, with what is current."""
    among = transaction.means.database.among(DOCUMENT.c.id, ids)
    statement = select(DOCUMENT).where(among, DOCUMENT.c.state == "held").order_by(DOCUMENT.c.id).with_for_update()
    rows = transaction.connection.execute(statement).all()
    operator.put_back(transaction, rows)
    events.record(
        transaction,
        [
            Change(
                transmission=row.transmission_id,
                subject=row.id,
                kind=DOCUMENT_REPLAYED,
                who=who,
                why=why or "a cross reference that it waited for was added meanwhile",
                detail={"mode": "current", "from": "held", "generation": str(row.generation)},
            )
            for row in rows
        ],
    )
    return [row.id for row in rows]
