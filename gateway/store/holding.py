"""A person keeps a document from going on, and lets it go on again. Whoever comes second, person or engine, sees it.

What is being handed to one of our systems at that very moment cannot be called back: if the system takes it, it is
delivered, and its history says that the hold came too late. Sealing is one transaction, and cannot come in between.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, insert, select, update

from gateway.errors import UsageError
from gateway.ledger.events import DOCUMENT_HELD, DOCUMENT_RELEASED
from gateway.store import events, order_waits, work
from gateway.store.events import Change
from gateway.store.means import Means, Transaction
from gateway.store.outbound_tables import UNSEALED_SET
from gateway.store.tables import DOCUMENT
from gateway.store.verb_tables import DOCUMENT_HOLD

HOLDABLE: Mapping[str, tuple[str, ...]] = {"inbound": ("validated", "mapped"), "outbound": ("translated",)}
_TOO_LATE = {
    "delivered": "our system has it already: what it did with it has to be undone there",
    "sealed": "it has its control numbers and lies ready for the partner, who may be reading it",
    "sent": "the partner has it",
    "collected": "it is being translated, or waits for its other parts: hold it when it is translated",
    "combined": "it goes out with its other parts: hold the one that it goes out as",
    "held": "it is held already",
    "dead": "it goes nowhere by itself",
    "superseded": "another document goes in its place",
    "rejected": "it goes nowhere: the partner was told that it is rejected",
    "reconciled": "it is an acknowledgement, and has done all it can",
    "closed": "it goes nowhere: a person closed it",
}


def of(means: Means, connection: Any, ids: Sequence[str]) -> Mapping[str, Any]:
    """Holds of people, by document."""
    among = means.database.among(DOCUMENT_HOLD.c.document_id, ids)
    return {row.document_id: row for row in connection.execute(select(DOCUMENT_HOLD).where(among))}


def by_a_person() -> ColumnElement[bool]:
    """Of a row of documents: a person holds it."""
    return exists(select(DOCUMENT_HOLD.c.document_id).where(DOCUMENT_HOLD.c.document_id == DOCUMENT.c.id))


def hold(transaction: Transaction, row: Any, *, reason: str, who: str) -> str:
    """Keep a document, whose row is locked, from going on. Returns words. Raises UsageError: too late, or no need."""
    waited = row.state == "held" and order_waits.forget(transaction, row.id)
    if row.state not in HOLDABLE[row.direction] and not waited:
        raise UsageError(f"{row.id} is {row.state}: {_TOO_LATE[row.state]}")
    connection = transaction.connection
    held = {"state": "held", "reason": f"held by {who}: {reason}", "state_at": transaction.now}
    connection.execute(update(DOCUMENT).where(DOCUMENT.c.id == row.id).values(held))
    # A change that waited for its order is mapped once more when it is let go, and waits again if it still has to.
    mark = {
        "document_id": row.id,
        "was": "validated" if waited else row.state,
        "who": who,
        "why": reason,
        "at": transaction.now,
    }
    connection.execute(insert(DOCUMENT_HOLD), [mark])
    # Or its neighbours in the interchange would seem to be due, or full, because of it.
    connection.execute(delete(UNSEALED_SET).where(UNSEALED_SET.c.document_id == row.id))
    _tell(transaction, row, DOCUMENT_HELD, reason, who, {"was": row.state})
    if row.state == "mapped":
        return (
            f"{row.id} is held; if it was being handed over at this very moment it may still arrive, and says so then"
        )
    return f"{row.id} is held and goes nowhere until it is released"


def let_go(transaction: Transaction, row: Any, mark: Any, *, reason: str, who: str) -> str:
    """Let a document go on that a person held, from where it was. Returns words. Raises UsageError."""
    if mark is None and row.state == "held" and order_waits.forget(transaction, row.id):
        return order_waits.let_go(transaction, row, reason=reason, who=who)
    if mark is None:
        raise UsageError(f"{row.id} is {row.state}, and nobody holds it")
    connection = transaction.connection
    connection.execute(delete(DOCUMENT_HOLD).where(DOCUMENT_HOLD.c.document_id == row.id))
    # One of ours is translated once more, by what was pinned: what it waited to be sealed from is gone.
    state = "collected" if mark.was == "translated" else mark.was
    values = {"state": state, "reason": "", "next_attempt_at": None, "state_at": transaction.now}
    values |= {"original": True} if state == "collected" else {}
    connection.execute(update(DOCUMENT).where(DOCUMENT.c.id == row.id).values(values))
    _tell(transaction, row, DOCUMENT_RELEASED, reason, who, {"held_by": mark.who, "held_for": mark.why})
    match mark.was:
        case "validated":
            work.translate(transaction, [row.id])
        case "mapped":
            work.deliver(transaction, {row.destination: [row.id]})
        case _:
            work.collect(transaction, [row.id])
    return f"{row.id} goes on, where {mark.who} had held it"


def forget(transaction: Transaction, ids: Sequence[str]) -> None:
    """What was handed over in the moment in which it was held is held no more."""
    among = transaction.means.database.among(DOCUMENT_HOLD.c.document_id, ids)
    transaction.connection.execute(delete(DOCUMENT_HOLD).where(among))


def _tell(transaction: Transaction, row: Any, kind: str, why: str, who: str, detail: Mapping[str, str]) -> None:
    change = Change(transmission=row.transmission_id, subject=row.id, kind=kind, who=who, why=why, detail=detail)
    events.record(transaction, [change])
