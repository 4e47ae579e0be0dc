"""Acknowledgements of partners about a document of ours that are held: nothing moves by them until a person decides."""

from typing import Any, Final

from sqlalchemy import Connection, select

from gateway.pipeline.questions import HeldAnswer
from gateway.store.tables import DOCUMENT, RECEIVED_ACKNOWLEDGEMENT

_MOST: Final = 10
"""Of one document; a partner whose program is wrong sends one a day, and the first says what is wrong with them."""


def about(connection: Connection, document: Any) -> list[HeldAnswer]:
    """Those that wait for a person now, about a row of `document`, or about its whole group; oldest first."""
    if document.outbound_group_id is None:
        return []
    said = RECEIVED_ACKNOWLEDGEMENT.c
    wanted = (
        select(DOCUMENT.c.id, said.kind, said.status, said.received_at, DOCUMENT.c.reason)
        .join(DOCUMENT, DOCUMENT.c.id == said.document_id)
        .where(
            said.outbound_group_id == document.outbound_group_id,
            said.outbound_document_id.is_(None) | (said.outbound_document_id == document.id),
            DOCUMENT.c.state == "held",
        )
        .order_by(said.received_at, DOCUMENT.c.id)
        .limit(_MOST)
    )
    return [
        HeldAnswer(id=row.id, kind=row.kind, says=row.status, received_at=row.received_at, reason=row.reason)
        for row in connection.execute(wanted)
    ]
