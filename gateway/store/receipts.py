"""Receipts that come by themselves: whose they are, and what they say written down, once."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, or_, select, update

from gateway.ledger.carrying import CARRYING as LIFE
from gateway.ledger.carrying import CarryingState
from gateway.pipeline.outbound.send import Awaited, Settled, Verdict
from gateway.store import contents, events, sendings
from gateway.store.columns import cleaned
from gateway.store.contents import from_row
from gateway.store.events import Change
from gateway.store.means import Means, Transaction
from gateway.store.tables import CARRYING, CONTENT

_MOST_NOTES = 16_384
"""Characters of one file's notes as JSON: MICs and names, no payload."""

_MOST_DIGITS = 6
"""Of the number of a copy: a person has each of them sent."""


def awaited(means: Means, message_id: str) -> Awaited | None:
    """The file that goes under a message id of ours, or has this id; or that went under it before it went again."""
    statement = select(CARRYING, CONTENT.c.body).join(CONTENT, CONTENT.c.sha256 == CARRYING.c.sha256)
    stem, copy = _copy(message_id)
    with means.database.reading() as connection:
        one = connection.execute(statement.where(_named(message_id))).first()
        if one is None and copy:
            one = connection.execute(statement.where(CARRYING.c.id == stem)).first()
            if one is not None and copy >= _copy(one.message_id)[1]:
                return None
        elif one is not None:
            copy = 0
    if one is None:
        return None
    return Awaited(
        id=one.id,
        message_id=one.message_id,
        channel=one.via,
        partner=one.partner,
        state=CarryingState(one.state),
        content=from_row(means.blobs, one),
        notes=one.notes,
        earlier=copy,
    )


def _copy(message_id: str) -> tuple[str, int]:
    """The id of the file and the number of its copy in a message id of ours: ("01JD...", 2), and 0 where there is
    none.
    """
    stem, _, number = cleaned(message_id).rpartition("-")
    return stem, int(number) if number.isascii() and number.isdigit() and len(number) <= _MOST_DIGITS else 0


def note(transaction: Transaction, id: str, notes: Mapping[str, str]) -> None:
    """Add to what the door has noted of a file."""
    if sum(len(name) + len(value) for name, value in notes.items()) > _MOST_NOTES:
        raise ValueError("notes are a few names and hashes, not payload")
    one = _locked(transaction.connection, id)
    if one is not None:
        values = {"notes": dict(one.notes) | dict(notes)}
        transaction.connection.execute(update(CARRYING).where(CARRYING.c.id == one.id).values(values))


def settle(transaction: Transaction, message_id: str, verdict: Verdict) -> Settled:
    """Write down what a receipt says. What was never tried cannot be answered; what is settled stays as it is."""
    one = _locked(transaction.connection, message_id)
    if one is None or (one.first_tried_at is None and one.in_hand_by is None and not one.doubt):
        return "nothing"
    before, after = CarryingState(one.state), CarryingState(verdict.kind)
    if not LIFE.lawful(before, after):
        return "known"
    values: dict[str, Any] = {
        "state": str(after),
        "reason": verdict.detail,
        "state_at": transaction.now,
        "taken_at": one.taken_at or transaction.now,
        "answered_at": transaction.now,
        "answer_due_at": None,
        "disposition": verdict.disposition,
        "in_hand_by": None,
        "in_hand_at": None,
    }
    if verdict.receipt is not None:
        content = transaction.means.blobs.keep(verdict.receipt)
        contents.put(transaction, [content])
        values["answer"] = content.sha256
    transaction.connection.execute(update(CARRYING).where(CARRYING.c.id == one.id).values(values))
    told = {"channel": one.via, "disposition": verdict.disposition, "name": one.name}
    told["receipt"] = values.get("answer", "")
    change = Change(
        transmission=one.transmission_id,
        subject=one.subject,
        kind=LIFE.event(before, after),
        who=f"channel/{one.via}",
        why=verdict.detail,
        detail={name: value for name, value in told.items() if value},
    )
    events.record(transaction, [change])
    if after is CarryingState.CARRIED:
        sendings.carried(transaction, one)
    return "settled"


def _locked(connection: Connection, message_id: str) -> Any | None:
    return connection.execute(select(CARRYING).where(_named(message_id)).with_for_update(key_share=True)).first()


def _named(message_id: str) -> Any:
    wanted = cleaned(message_id)
    return or_(CARRYING.c.message_id == wanted, CARRYING.c.id == wanted)
