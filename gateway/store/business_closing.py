"""A person says that nothing more comes of the business in a document, or of what a set says and fits nothing."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select, update

from gateway.ledger.acks import AcknowledgementState
from gateway.ledger.business import BusinessState
from gateway.ledger.document import DocumentState, OutboundState
from gateway.store import events
from gateway.store.business import settle
from gateway.store.business_tables import BUSINESS_FACT, OPEN
from gateway.store.events import Change
from gateway.store.means import Transaction
from gateway.store.tables import DOCUMENT

CLOSED_KIND = "closed"
_REFUSED = (AcknowledgementState.REJECTED, AcknowledgementState.PARTIALLY_ACCEPTED)
_EVENT = "document.noted"


def close(transaction: Transaction, row: Any, *, reason: str, who: str) -> bool:
    """Take the statements of a set that fit nothing off the list of what a person has to look at, or close the business
    of a document; whether there was either. `row` is the document, locked. What comes later counts all the same.

    Where nobody has said anything there is a business to close only in an invoice that its reader has: it may have been
    paid by other means than an 820.
    """
    if _statements(transaction, row, reason=reason, who=who):
        return True
    if row.business == BusinessState.CLOSED or (row.business == BusinessState.NONE and not _may_be_paid(row)):
        return False
    was = f"was {row.business}: {row.business_words}" if row.business else "nobody had said anything of it"
    table = BUSINESS_FACT.c
    mine = (table.document_id == row.id, table.kind == CLOSED_KIND)
    before = transaction.connection.execute(select(func.min(table.line)).where(*mine)).scalar()
    said = {"state": BusinessState.CLOSED.value, "lines": [], "more": False, "contested": [], "reasons": []}
    values = {
        "document_id": row.id,
        "line": (before or 0) - 1,  # what it says itself is counted from 1
        "subject_id": row.id,
        "state": "matched",
        "partner": row.partner,
        "usage": row.usage,
        "direction": row.direction,
        "kind": CLOSED_KIND,
        "by": who,
        "words": f"closed by {who}: {reason}; {was}",
        "said": said | {"trace": "", "detail": {}},
        "at": transaction.now,
        "heard_of": transaction.now,
    }
    values |= dict.fromkeys(("reason", "set_id", "number", "lookup", "currency"), "")
    transaction.connection.execute(BUSINESS_FACT.insert().values(**values))
    settle(transaction, [row.id], who=who)
    return True


def _may_be_paid(row: Any) -> bool:
    if not row.canonical_type.startswith("invoice."):
        return False
    if row.direction == "inbound":
        return row.state in (DocumentState.DELIVERED, DocumentState.CLOSED)
    if row.acknowledgement in _REFUSED or row.state not in (OutboundState.SEALED, OutboundState.SENT):
        return False
    return bool(row.state == OutboundState.SENT or row.acknowledged_at is not None)


def _statements(transaction: Transaction, row: Any, *, reason: str, who: str) -> int:
    table = BUSINESS_FACT.c
    left = (table.document_id == row.id, table.state.in_(OPEN))
    values = {"state": "closed", "reason": f"closed by {who}: {reason}"}
    closed = transaction.connection.execute(update(BUSINESS_FACT).where(*left).values(**values)).rowcount
    if closed:
        told = {"statements": str(closed), "was": "unmatched"}
        about = {"transmission": row.transmission_id, "subject": row.id, "who": who, "why": reason}
        events.record(transaction, [Change(kind=_EVENT, detail=told, **about)])
    return int(closed)


def subjects_purged(transaction: Transaction, documents: Sequence[str]) -> None:
    """Close what documents that stay said of these, which are about to go: heard anew it would be about nothing that we
    know. What these say themselves goes with what it is about.
    """
    among, table = transaction.means.database.among, BUSINESS_FACT.c
    stays = select(DOCUMENT.c.id).where(DOCUMENT.c.id == table.document_id).correlate(BUSINESS_FACT).exists()
    theirs = (among(table.subject_id, documents), ~among(table.document_id, documents), stays)
    closed = {"subject_id": None, "state": "closed", "reason": "what it is about was purged"}
    transaction.connection.execute(update(BUSINESS_FACT).where(*theirs).values(**closed))
