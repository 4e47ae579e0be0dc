"""A document of ours was refused, or never went, and another is sent in its place: nobody waits for the first."""

from typing import Any

from sqlalchemy import delete, select, update

from gateway.errors import NotInOrder, UsageError
from gateway.ledger.acks import AcknowledgementState
from gateway.ledger.document import OUTBOUND as LIFE
from gateway.ledger.document import OutboundState
from gateway.ledger.events import DOCUMENT_CORRECTS
from gateway.store import events, sending_again
from gateway.store.beginnings import find
from gateway.store.crossref_tables import CROSSREF_UNMAPPED
from gateway.store.events import Change
from gateway.store.means import Transaction
from gateway.store.successors import successor
from gateway.store.tables import DOCUMENT
from gateway.store.verb_tables import DOCUMENT_HOLD

_A, _O = AcknowledgementState, OutboundState
_REFUSED = (_A.REJECTED, _A.PARTIALLY_ACCEPTED, _A.WAIVED)
_GONE = (_O.SEALED, _O.SENT)
_NEVER_WENT = (_O.HELD, _O.DEAD)


def correct(
    transaction: Transaction, refused_id: str, corrected_id: str, *, reason: str, who: str, anyway: bool
) -> tuple[str, str, str]:
    """Let `corrected_id` take the place of `refused_id`. Returns both ids and what has to be known, in words.

    Raises UsageError; NotInOrder when the partner has not refused the first, and not `anyway`.
    """
    rows = _locked(transaction, _found(transaction, refused_id).id, _found(transaction, corrected_id).id)
    old, new = rows
    _check(transaction, old, new, anyway=anyway)
    before = _O(old.state)
    values = {"state": str(_O.SUPERSEDED), "reason": f"corrected by {new.id}: {reason}", "state_at": transaction.now}
    connection = transaction.connection
    connection.execute(update(DOCUMENT).where(DOCUMENT.c.id == old.id).values(values))
    for table in (DOCUMENT_HOLD, CROSSREF_UNMAPPED):  # nothing lets it go on by itself any more
        connection.execute(delete(table).where(table.c.document_id == old.id))
    about = {"who": who, "why": reason}
    ends, detail = LIFE.event(before, _O.SUPERSEDED), {"by": new.id, "acknowledgement": old.acknowledgement}
    gone = Change(transmission=old.transmission_id, subject=old.id, kind=ends, detail=detail, **about)
    took = {"instead_of": old.id}
    came = Change(transmission=new.transmission_id, subject=new.id, kind=DOCUMENT_CORRECTS, detail=took, **about)
    events.record(transaction, [gone, came])
    return old.id, new.id, _to_know(new) + _still_there(transaction, old)


def _found(transaction: Transaction, document_id: str) -> Any:
    found = find(transaction.connection, DOCUMENT, document_id)
    if found is None:
        raise UsageError(f"no document {document_id!r}")
    return found


def _locked(transaction: Transaction, first: str, second: str) -> tuple[Any, Any]:
    """In the order of their ids, as everybody locks."""
    among = transaction.means.database.among(DOCUMENT.c.id, [first, second])
    statement = select(DOCUMENT).where(among).order_by(DOCUMENT.c.id).with_for_update(key_share=True)
    rows = {row.id: row for row in transaction.connection.execute(statement)}
    return rows[first], rows[second]


def _check(transaction: Transaction, old: Any, new: Any, *, anyway: bool) -> None:
    if old.id == new.id:
        raise UsageError(f"{old.id} is one and the same document: a corrected one is handed in under a key of its own")
    for row in (old, new):
        if row.direction != "outbound":
            raise UsageError(f"{row.id} came in: its partner corrects it, by sending another")
        if row.state == _O.SUPERSEDED:
            by = successor(transaction.connection, row.id)
            raise UsageError(f"{row.id} is superseded: {by or 'another'} took its place")
        if row.state == _O.COMBINED:
            raise UsageError(f"{row.id} goes out with its other parts: name the document that it goes out as")
    if (old.partner, old.set_id or new.set_id, old.usage) != (new.partner, new.set_id or old.set_id, new.usage):
        raise UsageError(f"{new.id} cannot correct {old.id}: it is {_kind(new)}, and not {_kind(old)}")
    if old.state not in (*_GONE, *_NEVER_WENT):
        raise UsageError(f"{old.id} is {old.state}: it is on its way, and nobody has refused it")
    if old.state in _GONE and old.acknowledgement not in _REFUSED and not anyway:
        raise NotInOrder(
            f"{old.id} was not refused: the partner's acknowledgement is {old.acknowledgement or 'not expected'}. "
            "With --anyway the other takes its place all the same"
        )


def _kind(row: Any) -> str:
    return f"a{'n' if row.set_id.startswith('8') else ''} {row.set_id or 'document'} for {row.partner} ({row.usage})"


def _to_know(new: Any) -> str:
    if new.state in _NEVER_WENT:
        return f"; it has not gone out itself: it is {new.state}"
    return ""


def _still_there(transaction: Transaction, old: Any) -> str:
    """Of a first one that was laid out once more: nobody takes that back."""
    if old.outbound_group_id is None or not sending_again.on_its_way(transaction, old.outbound_group_id):
        return ""
    return f"; the first still lies for the partner in {old.channel}, or is carried there: agree with them which counts"
