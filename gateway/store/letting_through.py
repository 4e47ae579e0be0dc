"""A person lets a quarantined transmission through, or has a dead one read again."""

from typing import Any

from sqlalchemy import Connection, select, update

from gateway.errors import NotInOrder, UsageError
from gateway.ledger.events import INTERCHANGE_RELEASED, TRANSMISSION_RELEASED, TRANSMISSION_REPLAYED
from gateway.store import events, work
from gateway.store.attribution import still_quarantined
from gateway.store.beginnings import find
from gateway.store.events import Change
from gateway.store.means import Means, Transaction
from gateway.store.releases import StoreReleases
from gateway.store.tables import DOCUMENT, INTERCHANGE, TRANSMISSION


def refuse_in_vain(means: Means, transmission_id: str) -> None:
    """Raises NotInOrder when the partner files in force would set it aside again; UsageError when there is none."""
    authored = StoreReleases(means.database).current()
    with means.database.reading() as connection:
        row = _transmission(connection, transmission_id)
        reason = still_quarantined(connection, authored, row)
    if reason:
        raise NotInOrder(
            f"{row.id} would be quarantined again, as nothing has changed: {reason}. Correct the partner files, "
            "restart the gateway, then release; with --anyway it is read again all the same"
        )


def release(transaction: Transaction, transmission_id: str, *, reason: str, who: str) -> str:
    """Have it read again, and let it take its control number over. Returns its id. Raises UsageError."""
    found = _transmission(transaction.connection, transmission_id)
    # Locked and read again: between the two somebody else may have done the same.
    locked = select(TRANSMISSION).where(TRANSMISSION.c.id == found.id).with_for_update(key_share=True)
    row = transaction.connection.execute(locked).one()
    interchanges = _release_interchanges(transaction, row, f"by {who}: {reason}")
    if row.state not in ("quarantined", "dead") and not (row.state == "processed" and interchanges):
        raise UsageError(f"{row.id} is {row.state}, and nothing of it is quarantined or dead")
    values = {
        "state": "received",
        "reason": "",
        "released": row.released or row.state != "dead",
        "crashes": 0,
        "solo_crashes": 0,
        # Or the work that isolates it, should it crash again, would have the name of work that has ended.
        "takes": row.takes + 1,
        "state_at": transaction.now,
    }
    transaction.connection.execute(update(TRANSMISSION).where(TRANSMISSION.c.id == row.id).values(values))
    again = TRANSMISSION_REPLAYED if row.state == "dead" else TRANSMISSION_RELEASED
    changed = [(row.id, again), *((one, INTERCHANGE_RELEASED) for one in interchanges)]
    events.record(
        transaction,
        [Change(transmission=row.id, subject=one, kind=kind, who=who, why=reason) for one, kind in changed],
    )
    work.process(transaction, [row.id])
    return str(row.id)


def _transmission(connection: Connection, transmission_id: str) -> Any:
    found = find(connection, TRANSMISSION, transmission_id)
    if found is not None:
        return found
    document = find(connection, DOCUMENT, transmission_id)
    if document is None:
        raise UsageError(f"no transmission {transmission_id!r}")
    raise UsageError(f"{document.id} is a document; it came in transmission {document.transmission_id}")


def _release_interchanges(transaction: Transaction, row: Any, why: str) -> list[str]:
    """Their ids. What a person is to do is not asked for any more: who did it stands there, the event has the rest."""
    table = INTERCHANGE
    statement = (
        update(table)
        .where(table.c.transmission_id == row.id, table.c.state == "quarantined")
        .values(state="released", reason=why)
        .returning(table.c.id)
    )
    return sorted(transaction.connection.execute(statement).scalars())
