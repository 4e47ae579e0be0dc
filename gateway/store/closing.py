"""A held 997 or 999 leads nowhere by itself, nor does a payment of nothing that we know, nor an order that was entered
by hand: a person who has looked at it says that nothing more comes of it.
"""

from typing import Any, Final

from sqlalchemy import ColumnElement, and_, delete, select, update

from gateway.errors import UsageError
from gateway.ledger.document import DOCUMENT as LIFE
from gateway.ledger.document import DocumentState
from gateway.ledger.events import DOCUMENT_CLOSED
from gateway.store import business_closing, events, order_waits
from gateway.store.beginnings import find
from gateway.store.events import Change
from gateway.store.means import Transaction
from gateway.store.tables import DOCUMENT, EVENT
from gateway.store.verb_tables import DOCUMENT_HOLD

ACKNOWLEDGEMENTS = ("997", "999")
_NUMBER_BEFORE: Final = "external_id_before"
_HANDLEABLE = tuple(str(one) for one in LIFE.sources(DocumentState.CLOSED))
_NOT_HANDLED = {
    "validated": "it is on its way; `gateway documents hold` keeps it from going on",
    "mapped": "it is on its way; `gateway documents hold` keeps it from going on",
    "delivered": "our system has it",
    "reconciled": "it is an acknowledgement, and what it answers was found",
    "rejected": "the partner was told that it is rejected: nobody waits for it",
    "closed": "a person closed it already",
}


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
    _end(transaction, row, why, {"was": row.reason}, {}, reason=reason, who=who)
    return str(row.id)


def close_handled(transaction: Transaction, row: Any, *, reason: str, who: str, known_as: str) -> str:
    """End the life of a document that came in, `row`, which is locked, and is held or dead: a person has settled it, in
    our system as `known_as` if it has a number there. Returns words.

    What our 997 said stays said, and what has to follow it is owed as before. Raises UsageError for any other.
    """
    _check_handled(row)
    order_waits.forget(transaction, row.id)
    transaction.connection.execute(delete(DOCUMENT_HOLD).where(DOCUMENT_HOLD.c.document_id == row.id))
    number = {"external_id": known_as} if known_as else {}
    why = f"closed by {who}: {reason}; was {row.state}: {row.reason}"
    detail = {"was": row.reason, "state": row.state, "handled": "yes", **number}
    if known_as and row.external_id:
        detail[_NUMBER_BEFORE] = row.external_id
    _end(transaction, row, why, detail, number, reason=reason, who=who)
    named = f", and is {known_as} in our system" if known_as else ""
    owed = "what has to follow it, if anything, stays owed (`gateway owed`, `gateway documents waive --owed`)"
    return f"{row.id} is closed{named}: it goes nowhere from here; {owed}"


def number_before(transaction: Transaction, row: Any) -> str:
    """The number that our system itself gave a document that is closed: what a person said it has there is none."""
    table = EVENT.c
    mine = select(table.detail).where(table.subject == row.id, table.kind == DOCUMENT_CLOSED)
    detail = transaction.connection.execute(mine.order_by(table.number.desc()).limit(1)).scalar() or {}
    return str(detail.get(_NUMBER_BEFORE, "") if "external_id" in detail else row.external_id)


def possible(handled: bool) -> ColumnElement[bool]:
    """Of a row of documents: a person may close it, as `handled` or as an answer that nothing comes of."""
    table = DOCUMENT.c
    answer = and_(table.state == DocumentState.HELD, table.set_id.in_(ACKNOWLEDGEMENTS))
    return and_(table.direction == "inbound", table.state.in_(_HANDLEABLE), ~answer) if handled else answer


def _end(
    transaction: Transaction,
    row: Any,
    words: str,
    detail: dict[str, str],
    number: dict[str, str],
    *,
    reason: str,
    who: str,
) -> None:
    closed = DocumentState.CLOSED
    values = {"state": str(closed), "reason": words, "state_at": transaction.now, "next_attempt_at": None, **number}
    transaction.connection.execute(update(DOCUMENT).where(DOCUMENT.c.id == row.id).values(values))
    kind = LIFE.event(DocumentState(row.state), closed)
    about = {"transmission": row.transmission_id, "subject": row.id, "who": who, "why": reason}
    events.record(transaction, [Change(kind=kind, detail=detail, **about)])


def _check_handled(row: Any) -> None:
    if row.direction != "inbound":
        raise UsageError(f"{row.id} is ours: only what came in is closed as handled")
    if row.state not in _HANDLEABLE:
        raise UsageError(f"{row.id} is {row.state}: {_NOT_HANDLED[row.state]}")
    if row.state == DocumentState.HELD and row.set_id in ACKNOWLEDGEMENTS:
        raise UsageError(f"{row.id} is a {row.set_id}: nothing was accepted by it, close it without --handled")


def _check(row: Any) -> None:
    if row.direction == "inbound" and row.set_id not in ACKNOWLEDGEMENTS and row.state in _HANDLEABLE:
        raise UsageError(
            f"{row.id} is a {row.set_id} that is {row.state}: our answer to the partner accepted it. When it is "
            f"settled elsewhere (entered by hand, wanted by nobody), close it with --handled and say what became of it"
        )
    if row.direction != "inbound" or row.set_id not in ACKNOWLEDGEMENTS:
        raise UsageError(f"{row.id} is no 997 or 999, and nothing is said of its business: there is nothing to close")
    if row.state != DocumentState.HELD:
        raise UsageError(f"{row.id} is {row.state}: only what is held is closed")
