"""A person says that nobody waits for something that is owed, or minds it, any more."""

from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, update

from gateway.errors import UsageError
from gateway.ledger.events import DOCUMENT_OWED_WAIVED
from gateway.store import events
from gateway.store.events import Change
from gateway.store.means import Transaction
from gateway.store.owed_tables import OWED
from gateway.store.tables import DOCUMENT, OUTBOUND_GROUP

ALL = "all"
"""Everything that follows a document, whatever set."""


def waivable(what: str) -> ColumnElement[bool]:
    """Documents of which something of that set is owed, and still to come."""
    owed = OWED.c
    mine = [owed.document_id == DOCUMENT.c.id, owed.order_id == DOCUMENT.c.id]
    if what != ALL:
        sent = select(OUTBOUND_GROUP.c.interchange_id).where(OUTBOUND_GROUP.c.id == DOCUMENT.c.outbound_group_id)
        mine.append(owed.interchange_id == sent.scalar_subquery())
        mine.append(and_(owed.transmission_id == DOCUMENT.c.transmission_id, DOCUMENT.c.direction == "inbound"))
    wanted = select(owed.subject).where(owed.state == "open", or_(*mine))
    return (wanted if what == ALL else wanted.where(owed.what == what)).exists()


def waive(transaction: Transaction, row: Any, what: str, *, reason: str, who: str) -> str:
    """Waive it, for a document or the order that it is. Raises UsageError when nothing of the kind is owed."""
    connection, owed = transaction.connection, OWED.c
    mine = or_(owed.document_id == row.id, owed.order_id == row.id)
    if what != ALL:
        mine = or_(mine, owed.interchange_id == _went_in(transaction, row))
        if row.direction == "inbound":
            mine = or_(mine, owed.transmission_id == row.transmission_id)
        mine = and_(mine, owed.what == what)
    values = {"state": "waived", "waived_at": transaction.now, "waived_by": who, "waived_why": reason}
    done = update(OWED).where(owed.state == "open", mine).values(values).returning(owed.what, owed.owed_by)
    waived = sorted(connection.execute(done).all())
    if not waived:
        raise UsageError(f"{row.id}: {'nothing' if what == ALL else f'no {what}'} is owed and still to come")
    changes = [
        Change(
            transmission=row.transmission_id,
            subject=row.id,
            kind=DOCUMENT_OWED_WAIVED,
            who=who,
            why=reason,
            detail={"owed": one.what, "by": one.owed_by},
        )
        for one in waived
    ]
    events.record(transaction, changes)
    named = ", ".join(dict.fromkeys(one.what for one in waived))
    return f"nobody waits for the {named} that follows {row.id} any more; what still comes counts"


def _went_in(transaction: Transaction, row: Any) -> str:
    """The interchange that a document of ours went out in, "" for none."""
    if row.outbound_group_id is None:
        return ""
    wanted = select(OUTBOUND_GROUP.c.interchange_id).where(OUTBOUND_GROUP.c.id == row.outbound_group_id)
    return str(transaction.connection.execute(wanted).scalar_one())
