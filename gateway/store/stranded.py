"""The net under the net: rows that wait although no work knows of them, put back on the road."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, Table, func, select, update

from gateway.store import carryings, work
from gateway.store.means import Transaction
from gateway.store.pausing import CHANNELS, DESTINATIONS
from gateway.store.tables import DESTINATION, DOCUMENT, OUTBOUND_PART, TRANSMISSION, UNSEALED_SET

MOST = 10_000
"""Rows of each kind taken up at once; the next sweep takes the next."""


def requeue(transaction: Transaction, older_than: datetime) -> int:
    """Enqueue what waits since before then. Returns how many rows it took up."""
    return (
        _received(transaction, older_than)
        + _validated(transaction, older_than)
        + _mapped(transaction, older_than)
        + _collected(transaction, older_than)
        + _translated(transaction, older_than)
        + DESTINATIONS.revive_probes(transaction, older_than)
        + CHANNELS.revive_probes(transaction, older_than)
        + carryings.stranded(transaction, older_than)
    )


def _received(transaction: Transaction, older_than: datetime) -> int:
    table = TRANSMISSION
    waiting = select(table.c.id).where(table.c.state == "received", table.c.state_at < older_than)
    ids = _ids(transaction, waiting)
    _touch(transaction, table, ids, takes=table.c.takes + 1, state_at=transaction.now)
    work.process(transaction, ids)
    return len(ids)


def _validated(transaction: Transaction, older_than: datetime) -> int:
    table = DOCUMENT
    ids = _ids(transaction, select(table.c.id).where(table.c.state == "validated", table.c.state_at < older_than))
    _touch(transaction, table, ids, state_at=transaction.now)
    work.translate(transaction, ids)
    return len(ids)


def _mapped(transaction: Transaction, older_than: datetime) -> int:
    """Those of a paused destination wait for its probe; those with a delay ahead of them for their time."""
    table = DOCUMENT
    due = func.coalesce(table.c.next_attempt_at, table.c.state_at)
    paused = select(DESTINATION.c.name).where(DESTINATION.c.paused)
    statement = select(table.c.id, table.c.destination).where(
        table.c.state == "mapped", table.c.destination.not_in(paused), due < older_than
    )
    by_destination: dict[str, list[str]] = {}
    for row in transaction.connection.execute(_free(statement.order_by(table.c.id))):
        by_destination.setdefault(row.destination, []).append(row.id)
    taken = [one for ids in by_destination.values() for one in ids]
    _touch(transaction, table, taken, next_attempt_at=transaction.now)
    return work.deliver(transaction, by_destination)


def _collected(transaction: Transaction, older_than: datetime) -> int:
    """Parts that wait for others are not forgotten: the last of them, or a person, lets them go."""
    table = DOCUMENT
    part = OUTBOUND_PART
    waits = select(part.c.document_id).where(part.c.document_id == table.c.id, part.c.waits.is_(True)).exists()
    old = (table.c.state == "collected") & (table.c.state_at < older_than)
    ids = _ids(transaction, select(table.c.id).where(old, ~waits))
    _touch(transaction, table, ids, state_at=transaction.now)
    work.collect(transaction, ids)
    return len(ids)


def _translated(transaction: Transaction, older_than: datetime) -> int:
    """Sealing finds what is due itself: one piece of work is enough for all."""
    table = UNSEALED_SET
    due = select(func.count()).select_from(table).where(table.c.due_at < older_than, table.c.opens_at < older_than)
    count = int(transaction.connection.execute(due).scalar_one())
    if count:
        work.seal(transaction)
    return count


def _ids(transaction: Transaction, statement: Select[tuple[str]]) -> Sequence[str]:
    ordered = statement.order_by(statement.selected_columns[0])
    return [row.id for row in transaction.connection.execute(_free(ordered))]


def _free(statement: Select[Any]) -> Select[Any]:
    """Those that no other transaction is writing just now: a node that sweeps at the same time takes them up."""
    return statement.limit(MOST).with_for_update(skip_locked=True, key_share=True)


def _touch(transaction: Transaction, table: Table, ids: Sequence[str], **values: Any) -> None:
    """Their time begins anew: work knows of them again, and the next sweep must not make more of it."""
    among = transaction.means.database.among(table.c.id, ids)
    transaction.connection.execute(update(table).where(among).values(values))
