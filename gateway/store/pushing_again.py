"""A person has a file carried once more that was refused or given up: the same bytes, nothing else changes."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, select

from gateway.errors import NotInOrder, UsageError
from gateway.ledger.carrying import HEADLINES, CarryingState
from gateway.ledger.document import OutboundState
from gateway.store import carryings
from gateway.store.beginnings import find
from gateway.store.means import Transaction
from gateway.store.tables import ACKNOWLEDGEMENT, CARRYING, DOCUMENT, OUTBOUND_GROUP, OUTBOUND_INTERCHANGE, TRANSMISSION

_TAKEN_UP = (CarryingState.REFUSED, CarryingState.GIVEN_UP)


def push(transaction: Transaction, identifier: str, *, reason: str, who: str) -> Sequence[Any]:
    """Take up every file of ours behind an id that was refused or given up. Returns their rows: subject, name.

    The id, or its beginning, is of a document, of an interchange or acknowledgement of ours, of what it answers, or of
    the file itself. Raises UsageError when nothing of it waits for a person, NotInOrder when it would go twice.
    """
    subjects = _subjects(transaction.connection, identifier)
    among = transaction.means.database.among
    rows = transaction.connection.execute(
        select(CARRYING)
        .where(among(CARRYING.c.subject, subjects))
        .order_by(CARRYING.c.id)
        .with_for_update(key_share=True)
    ).all()
    mine = [row for row in rows if row.state in _TAKEN_UP]
    if not mine:
        raise UsageError(_why_not(identifier, rows))
    for row in mine:
        _sent_again(transaction.connection, row)
    carryings.again(transaction, mine, why=reason, who=who)
    return mine


def _sent_again(connection: Connection, row: Any) -> None:
    """Raises NotInOrder for a file with a document that another took the place of: the partner would get both."""
    within = select(OUTBOUND_GROUP.c.id).where(OUTBOUND_GROUP.c.interchange_id == row.subject)
    gone = (DOCUMENT.c.state == OutboundState.SUPERSEDED) & DOCUMENT.c.outbound_group_id.in_(within)
    document = connection.execute(select(DOCUMENT).where(gone).order_by(DOCUMENT.c.id).limit(1)).first()
    if document is not None:
        others = "if there are others in it that were not, `gateway documents resend ID --anyway`, each"
        raise NotInOrder(f"{row.name}: {document.id} in it was {document.reason}. The partner would get both; {others}")


def _subjects(connection: Connection, identifier: str) -> Sequence[str]:
    document = find(connection, DOCUMENT, identifier)
    if document is not None and document.outbound_group_id is not None:
        group = select(OUTBOUND_GROUP.c.interchange_id).where(OUTBOUND_GROUP.c.id == document.outbound_group_id)
        return list(connection.execute(group).scalars())
    if document is not None:
        answers = select(ACKNOWLEDGEMENT.c.id).where(ACKNOWLEDGEMENT.c.interchange_id == document.interchange_id)
        return list(connection.execute(answers).scalars())
    for table in (OUTBOUND_INTERCHANGE, ACKNOWLEDGEMENT):
        found = find(connection, table, identifier)
        if found is not None:
            return [found.id]
    carrying = find(connection, CARRYING, identifier)
    if carrying is not None:
        return [carrying.subject]
    transmission = find(connection, TRANSMISSION, identifier)
    if transmission is None:
        raise UsageError(f"nothing has the id {identifier!r}")
    answers = select(ACKNOWLEDGEMENT.c.id).where(ACKNOWLEDGEMENT.c.transmission_id == transmission.id)
    return list(connection.execute(answers).scalars())


def _why_not(identifier: str, rows: Sequence[Any]) -> str:
    if not rows:
        return f"{identifier}: no file of it goes out by a channel that we push through"
    told = "; ".join(f"{row.name}: {HEADLINES[row.state]}" for row in rows)
    return f"{identifier}: nothing was refused or given up. {told}"
