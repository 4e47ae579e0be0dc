"""What waits because its bytes cannot be read: said in its row and once as an event, while its neighbours go on."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import structlog
from sqlalchemy import Table, select, update

from gateway.errors import MachineError
from gateway.ledger.events import DOCUMENT_WAITS, TRANSMISSION_WAITS
from gateway.store import events
from gateway.store.means import Means, Transaction
from gateway.store.tables import DOCUMENT, TRANSMISSION

log = structlog.get_logger("gateway.store")
Value = TypeVar("Value")

_WAITING = {"transmission": ("received",), "document": ("validated", "mapped", "collected", "translated")}
_KIND = {"transmission": TRANSMISSION_WAITS, "document": DOCUMENT_WAITS}


def readable(means: Means, rows: Sequence[Any], read: Callable[[Any], Value]) -> list[Value]:
    """What `read` makes of each document's row, without those whose file cannot be read: they wait."""
    found: list[Value] = []
    waiting: dict[str, str] = {}
    for row in rows:
        try:
            found.append(read(row))
        except MachineError as refused:
            waiting[row.id] = str(refused)
    if waiting:
        record(means, DOCUMENT, waiting)
    return found


def record_transmissions(means: Means, refusals: Mapping[str, str]) -> None:
    """Say why these transmissions, if still received, cannot be opened just now."""
    record(means, TRANSMISSION, refusals)


def record(means: Means, table: Table, refusals: Mapping[str, str]) -> None:
    """Write reasons where they change, with one event each. What went on since, or says so already, is left alone."""
    for refusal in sorted(set(refusals.values())):
        ids = [one for one, words in refusals.items() if words == refusal]
        log.error("content.unreadable", table=table.name, ids=ids[:10], count=len(ids), error=refusal)
        _record(means, table, ids, f"its bytes cannot be read ({refusal}), it is tried again: see gateway doctor")


def _record(means: Means, table: Table, ids: Sequence[str], reason: str) -> None:
    waits = table.c.state.in_(_WAITING[table.name])
    where = means.database.among(table.c.id, ids) & waits & (table.c.reason != reason)
    with means.database.reading() as connection:  # every sweep comes by here, and mostly nothing has changed
        if connection.execute(select(table.c.id).where(where).limit(1)).first() is None:
            return
    origin = table.c.id if table is TRANSMISSION else table.c.transmission_id
    with means.database.begin() as connection:
        transaction = Transaction(means, connection, means.now())
        changed = update(table).where(where).values(reason=reason).returning(table.c.id, origin.label("origin"))
        rows = sorted(connection.execute(changed), key=lambda row: str(row.id))
        kind = _KIND[table.name]
        events.record(
            transaction, [events.Change(transmission=row.origin, subject=row.id, kind=kind, why=reason) for row in rows]
        )
