"""What a partner does with an interchange of ours: fetches it, removes it. From the first on its documents are sent."""

from typing import Any

from sqlalchemy import func, select, update

from gateway.ledger.acks import SENDING, SendingState
from gateway.ledger.events import DOCUMENT_SENT
from gateway.store import events
from gateway.store.events import Change
from gateway.store.means import Transaction
from gateway.store.tables import DOCUMENT, OUTBOUND_GROUP, OUTBOUND_INTERCHANGE


def picked_up(transaction: Transaction, entry: Any, state: SendingState) -> None:
    """The interchange behind a mailbox entry moves on; the time of its first pickup stays. Nothing ever moves back."""
    table = OUTBOUND_INTERCHANGE
    sources = [str(one) for one in SENDING.sources(state)]
    times = {"state": str(state), f"{state}_at": transaction.now}
    if state is SendingState.CONFIRMED:  # some clients remove what they never closed: then this was the pickup
        times["fetched_at"] = func.coalesce(table.c.fetched_at, transaction.now)
    moved = (
        update(table)
        .where(table.c.id == entry.outbound_interchange_id, table.c.state.in_(sources))
        .values(times)
        .returning(table.c.id, table.c.state)
    )
    row = transaction.connection.execute(moved).first()
    if row is None:
        return
    who = f"channel/{entry.channel}"
    kind = SENDING.event(SendingState.OFFERED, state)
    changes = [Change(transmission="", subject=row.id, kind=kind, who=who, detail={"name": entry.name})]
    events.record(transaction, changes + _sent(transaction, row.id, who))


def _sent(transaction: Transaction, interchange: str, who: str) -> list[Change]:
    table = DOCUMENT
    groups = select(OUTBOUND_GROUP.c.id).where(OUTBOUND_GROUP.c.interchange_id == interchange)
    moved = (
        update(table)
        .where(table.c.outbound_group_id.in_(groups), table.c.state == "sealed")
        .values(state="sent", state_at=transaction.now)
        .returning(table.c.id, table.c.transmission_id)
    )
    rows = sorted(transaction.connection.execute(moved), key=lambda row: str(row.id))
    return [Change(transmission=row.transmission_id, subject=row.id, kind=DOCUMENT_SENT, who=who) for row in rows]
