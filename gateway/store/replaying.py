"""Documents put back on the road: by a person, or because what they waited for has come."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, update

from gateway.errors import UsageError
from gateway.ledger.events import DOCUMENT_REPLAYED
from gateway.store import closing, events, work
from gateway.store.events import Change
from gateway.store.means import Transaction
from gateway.store.tables import DOCUMENT

_NOT_NOW = {
    "validated": "it is on its way: it waits to be mapped",
    "mapped": "it is on its way: it waits to be delivered",
    "reconciled": "it is an acknowledgement, and what it answers was found",
    "rejected": "the partner was told that it is rejected and has to send it again",
    "collected": "it is on its way: it waits to be translated",
    "combined": "it goes out with its other parts, as one of them",
    "translated": "it is on its way: it waits to be sealed",
    "sealed": "it has its control numbers and waits for the partner to fetch it, or for us to carry it there",
    "sent": "the partner has it: to send it once more, `gateway documents resend`",
    "superseded": "another document was sent in its place",
}


def possible(again: bool, *, closed: bool) -> ColumnElement[bool]:
    """Of a row of documents: it may be replayed. What was `closed` is asked for by name: it is not woken by the way."""
    table = DOCUMENT.c
    if again and closed:
        return and_(table.state == "closed", table.set_id.not_in(closing.ACKNOWLEDGEMENTS))
    return table.state.in_(["held", "dead", *(["delivered"] if again else [])])


def replay(transaction: Transaction, row: Any, *, mode: str, again: bool, reason: str, who: str) -> str:
    """Have a document, whose row is locked, mapped and delivered again. Returns what happens next.

    Raises UsageError, and nothing is written then.
    """
    generation = row.generation + _generations(row, again=again)
    _set_back(transaction, row, generation, original=mode == "original")
    (work.collect if row.direction == "outbound" else work.translate)(transaction, [row.id])
    detail = {"mode": mode, "from": row.state, "generation": str(generation)}
    about = {"transmission": row.transmission_id, "subject": row.id, "who": who, "why": reason}
    events.record(transaction, [Change(kind=DOCUMENT_REPLAYED, detail=detail, **about)])
    if row.direction == "outbound":
        return f"{row.id} is translated again with the {mode} mapping"
    return f"{row.id} is mapped again with the {mode} mapping and delivered under key {row.id}.{generation}"


def put_back(transaction: Transaction, rows: Sequence[Any]) -> None:
    """Have held documents translated again, in the generation they have, with what is current. The caller has locked
    their rows and says why in events.
    """
    for row in rows:
        _set_back(transaction, row, row.generation, original=False)
    work.collect(transaction, [row.id for row in rows if row.direction == "outbound"])
    work.translate(transaction, [row.id for row in rows if row.direction != "outbound"])


def _generations(row: Any, *, again: bool) -> int:
    """How many generations a replay moves on: the key of what was delivered must not be used for other content."""
    if row.state in _NOT_NOW:
        raise UsageError(f"{row.id} is {row.state}: {_NOT_NOW[row.state]}")
    if row.state == "closed" and row.set_id in closing.ACKNOWLEDGEMENTS:
        raise UsageError(f"{row.id} is closed: it is an acknowledgement that did not fit, and a person closed it")
    if row.direction == "outbound":
        return 0
    if not row.agreement:
        closable = row.set_id in closing.ACKNOWLEDGEMENTS
        hint = ": once it is cleared up with the partner, `gateway documents close`" if closable else ""
        raise UsageError(f"{row.id} is a {row.set_id} without an agreement: nothing says how to map it{hint}")
    if row.state == "closed" and not again:
        raise UsageError(
            f"{row.id} is closed, {row.reason}: our system may have it already; all the same needs --again"
        )
    if row.state != "delivered":  # under its key our system was given nothing
        return 0
    if not again:
        raise UsageError(f"{row.id} was delivered as {row.external_id}: once more needs --again")
    return 1


def _set_back(transaction: Transaction, row: Any, generation: int, *, original: bool) -> None:
    outbound = row.direction == "outbound"
    values = {
        "state": "collected" if outbound else "validated",
        "reason": "",
        "original": original,
        "generation": generation,
        # One, when it was tried under this key before: who can be asked is asked before it is posted again.
        "attempts": min(row.attempts, 1) if generation == row.generation else 0,
        "first_attempt_at": None,
        "last_attempt_at": None,
        "next_attempt_at": None,
        "delivered_at": None,
        "state_at": transaction.now,
    }
    if row.state == "closed":  # who closed it may have given the number, and not our system
        values["external_id"] = closing.number_before(transaction, row)
    transaction.connection.execute(update(DOCUMENT).where(DOCUMENT.c.id == row.id).values(values))
