"""What happens to an interchange of ours: the partner fetches it, removes it, or we carry it there. From the first on
its documents are sent.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import func, or_, select, update

from gateway.ledger.acks import SENDING, SendingState
from gateway.ledger.events import ACKNOWLEDGEMENT_CARRIED, DOCUMENT_SENT
from gateway.store import events
from gateway.store.events import Change
from gateway.store.means import Transaction
from gateway.store.tables import ACKNOWLEDGEMENT, DOCUMENT, OUTBOUND_GROUP, OUTBOUND_INTERCHANGE


def lock(transaction: Transaction, interchanges: Iterable[str], documents: Sequence[str] = ()) -> Sequence[Any]:
    """Lock interchanges of ours, then all that is in them, and other documents with those. Returns the interchanges.

    Everything that moves them begins so: whoever waits for one of them holds none that stands behind it.
    """
    connection, among, table = transaction.connection, transaction.means.database.among, OUTBOUND_INTERCHANGE
    ids = sorted(set(interchanges))
    mine = select(table).where(among(table.c.id, ids)).order_by(table.c.id)
    rows = connection.execute(mine.with_for_update(key_share=True)).all() if ids else []
    of_groups = select(OUTBOUND_GROUP.c.id).where(among(OUTBOUND_GROUP.c.interchange_id, [row.id for row in rows]))
    groups = list(connection.execute(of_groups).scalars()) if rows else []
    if groups or documents:
        inside = or_(among(DOCUMENT.c.outbound_group_id, groups), among(DOCUMENT.c.id, sorted(documents)))
        within = select(DOCUMENT.c.id).where(inside).order_by(DOCUMENT.c.id)
        connection.execute(within.with_for_update(key_share=True)).all()
    return rows


def picked_up(transaction: Transaction, entry: Any, state: SendingState) -> None:
    """The interchange behind a mailbox entry moves on; the time of its first pickup stays. Nothing ever moves back:
    that another copy was picked up is told, and no more.
    """
    table = OUTBOUND_INTERCHANGE
    lock(transaction, [entry.outbound_interchange_id])
    sources = [str(one) for one in SENDING.sources(state)]
    times = {"state": str(state), f"{state}_at": transaction.now}
    if state is SendingState.CONFIRMED:  # some clients remove what they never closed: then this was the pickup
        times["fetched_at"] = func.coalesce(table.c.fetched_at, transaction.now)
    moved = (
        update(table)
        .where(table.c.id == entry.outbound_interchange_id, table.c.state.in_(sources))
        .values(times)
        .returning(table.c.id)
    )
    first = transaction.connection.execute(moved).first() is not None
    subject, who = entry.outbound_interchange_id, f"channel/{entry.channel}"
    kind = SENDING.event(SendingState.OFFERED, state)
    changes = [Change(transmission="", subject=subject, kind=kind, who=who, detail={"name": entry.name})]
    events.record(transaction, changes + (_sent(transaction, subject, who) if first else []))


def carried(transaction: Transaction, carrying: Any) -> None:
    """What a row of `carrying` holds, an interchange or an answer of ours, is with the partner; the first time counts.

    Events come from us: a receipt that the partner sent by itself is told of with them. Who moves several locks all of
    their interchanges first.
    """
    told = {"name": carrying.name, "channel": carrying.via}
    about = {"transmission": carrying.transmission_id, "subject": carrying.subject, "detail": told}
    if carrying.kind == "acknowledgement":
        first = func.coalesce(ACKNOWLEDGEMENT.c.carried_at, transaction.now)
        mine = update(ACKNOWLEDGEMENT).where(ACKNOWLEDGEMENT.c.id == carrying.subject)
        transaction.connection.execute(mine.values(state="carried", carried_at=first))
        events.record(transaction, [Change(kind=ACKNOWLEDGEMENT_CARRIED, **about)])
        return
    table, state = OUTBOUND_INTERCHANGE, SendingState.CARRIED
    lock(transaction, [carrying.subject])
    sources = [str(one) for one in SENDING.sources(state)]
    moved = (
        update(table)
        .where(table.c.id == carrying.subject, table.c.state.in_(sources))
        .values(state=str(state), carried_at=transaction.now)
    )
    if transaction.connection.execute(moved).rowcount:
        change = Change(kind=SENDING.event(SendingState.OFFERED, state), **about)
        events.record(transaction, [change, *_sent(transaction, carrying.subject, "")])


def again(transaction: Transaction, interchanges: Iterable[str]) -> None:
    """These go once more, the same bytes: a person wants it so, or nobody knows whether the try before arrived. What
    the partner says from now on may be about either copy.
    """
    ids = sorted(set(interchanges))
    if not ids:
        return
    mine = transaction.means.database.among(OUTBOUND_INTERCHANGE.c.id, ids)
    transaction.connection.execute(update(OUTBOUND_INTERCHANGE).where(mine).values(resent_at=transaction.now))


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
