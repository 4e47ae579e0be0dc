"""Which document took the place of another that was sent again or handed in again, as their events tell it."""

from sqlalchemy import Connection, select

from gateway.ledger.events import DOCUMENT_SUPERSEDED
from gateway.store.tables import EVENT

_FARTHEST = 100
"""Steps that are followed; nobody sends a document again so often."""


def successor(connection: Connection, document_id: str) -> str:
    """The id of the document that counts instead of this one: the last of those sent one for another; "" for none."""
    found = document_id
    for _ in range(_FARTHEST):
        after = _next(connection, found)
        if not after:
            break
        found = after
    return found if found != document_id else ""


def _next(connection: Connection, document_id: str) -> str:
    wanted = select(EVENT.c.detail).where(EVENT.c.subject == document_id, EVENT.c.kind == DOCUMENT_SUPERSEDED)
    detail = connection.execute(wanted.order_by(EVENT.c.number.desc()).limit(1)).scalar()
    return str(detail.get("by", "")) if detail else ""
