"""A held 997 or 999 leads nowhere by itself, nor does a payment of nothing that we know: a person who has looked at it
says that nothing more comes of it.
"""

from typing import Any

from sqlalchemy import select, update

from gateway.errors import UsageError
from gateway.ledger.document import DOCUMENT as LIFE
from gateway.ledger.document import DocumentState
from gateway.store import business_closing, events
from gateway.store.beginnings import find
from gateway.store.events import Change
from gateway.store.means import Transaction
from gateway.store.tables import DOCUMENT

ACKNOWLEDGEMENTS = ("997", "999")


def close(transaction: Transaction, document_id: str, *, reason: str, who: str) -> str:
    """End the life of a held acknowledgement; its words stay. Or close the business of any other document, and what it
    says that fits nothing. Returns its id.

    Nothing is moved by it, and what it refused by name stays refused. Raises UsageError for any other document: what
    our 997 said is accepted is delivered, and no person may take that back in silence.
    """
    found = find(transaction.connection, DOCUMENT, document_id)
    if found is None:
        raise UsageError(f"no document {document_id!r}")
    # Locked and read again: of two who ask at once, one closes.
    row = transaction.connection.execute(
        select(DOCUMENT).where(DOCUMENT.c.id == found.id).with_for_update(key_share=True)
    ).one()
    if row.set_id not in ACKNOWLEDGEMENTS and business_closing.close(transaction, row, reason=reason, who=who):
        return str(row.id)
    _check(row)
    why = f"closed by {who}: {reason}; was held: {row.reason}"
    values = {"state": str(DocumentState.CLOSED), "reason": why, "state_at": transaction.now}
    transaction.connection.execute(update(DOCUMENT).where(DOCUMENT.c.id == row.id).values(values))
    change = Change(
        transmission=row.transmission_id,
        subject=row.id,
        kind=LIFE.event(DocumentState.HELD, DocumentState.CLOSED),
        who=who,
        why=reason,
        detail={"was": row.reason},
    )
    events.record(transaction, [change])
    return str(row.id)


def _check(row: Any) -> None:
    if row.direction != "inbound" or row.set_id not in ACKNOWLEDGEMENTS:
        raise UsageError(f"{row.id} is no 997 or 999, and nothing is said of its business: there is nothing to close")
    if row.state != DocumentState.HELD:
        raise UsageError(f"{row.id} is {row.state}: only what is held is closed")
