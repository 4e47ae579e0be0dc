"""Values that documents wait for, and letting those go on whose values are all known now."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from sqlalchemy import delete, func, select

from gateway.crossref.rows import ANY
from gateway.ledger.events import DOCUMENT_REPLAYED
from gateway.pipeline.knowledge import Lacking
from gateway.pipeline.outbound.stage import OutboundOutcome
from gateway.pipeline.stage import DocumentOutcome
from gateway.store import events, holding, replaying
from gateway.store.columns import indexed
from gateway.store.crossref_days import Days, late, satisfied, wanted
from gateway.store.crossref_known import changes, newest
from gateway.store.crossref_tables import CROSSREF_UNMAPPED
from gateway.store.events import Change
from gateway.store.locks import Lock
from gateway.store.means import Transaction
from gateway.store.rows import ManyRows
from gateway.store.tables import DOCUMENT

_INSERT = ManyRows(lambda insert: insert(CROSSREF_UNMAPPED))
MOST_SAID: Final = 100
"""Documents that came before their row begins: more are not told one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A document that is held for values no row knows."""

    document: str
    partner: str
    direction: str
    lacking: Lacking


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """Ids of documents that go on, how many still wait, and of those that came before a row begins, in sentences."""

    gone: tuple[str, ...] = ()
    waiting: int = 0
    late: tuple[str, ...] = ()


def lock(transaction: Transaction) -> None:
    """Held until the transaction ends."""
    if transaction.means.database.kind == "postgresql":
        transaction.connection.execute(select(func.pg_advisory_xact_lock(Lock.CROSS_REFERENCES.value)))


def lock_for(transaction: Transaction, outcomes: Iterable[DocumentOutcome | OutboundOutcome]) -> None:
    """The same where any of these is about to wait: before any row is locked, as who adds rows locks documents then."""
    if any(one.lacking is not None and one.state == "held" for one in outcomes):
        lock(transaction)


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
        days = {one.document: one.lacking.on for one in stale}
        database = transaction.means.database
        values = wanted(transaction.connection, database, list(days), lambda row: days[row.document_id])
        _go_on(transaction, satisfied(values), "", "")


def release(transaction: Transaction, partners: Iterable[str], days: Days, *, who: str, why: str) -> Released:
    """Put held documents of these partners ("*": of all) back on the road, whose values are all known on the day that
    each of them came.
    """
    table = CROSSREF_UNMAPPED
    names = set(partners)
    statement = select(table.c.document_id).join(DOCUMENT, DOCUMENT.c.id == table.c.document_id)
    statement = statement.where(DOCUMENT.c.state == "held").distinct()
    if ANY not in names:
        statement = statement.where(transaction.means.database.among(table.c.partner, sorted(names)))
    ids = list(transaction.connection.execute(statement).scalars())
    if not ids:
        return Released()
    database = transaction.means.database
    values = wanted(transaction.connection, database, ids, lambda row: days(row.partner, row.received_at))
    gone = _go_on(transaction, satisfied(values), who, why)
    return Released(gone=tuple(gone), waiting=len(ids) - len(gone), late=tuple(islice(late(values), MOST_SAID)))


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


def _go_on(transaction: Transaction, ids: Sequence[str], who: str, why: str) -> list[str]:
    """Replay those that are still held, with what is current."""
    among = transaction.means.database.among(DOCUMENT.c.id, ids)
    mine = among & (DOCUMENT.c.state == "held") & ~holding.by_a_person()
    statement = select(DOCUMENT).where(mine).order_by(DOCUMENT.c.id).with_for_update(key_share=True)
    rows = transaction.connection.execute(statement).all()
    replaying.put_back(transaction, rows)
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
