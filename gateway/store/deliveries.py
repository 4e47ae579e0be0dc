"""Mapped documents on their way to our systems: read with their bodies, and what one attempt came to, written."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, and_, bindparam, func, or_, select, update

from gateway.ledger.document import DOCUMENT as LIFE
from gateway.ledger.document import DocumentState
from gateway.pipeline.stage import Deliverable, DeliveryOutcome
from gateway.store import events, holding, waits
from gateway.store.contents import from_row
from gateway.store.documents import part_of
from gateway.store.events import Change
from gateway.store.means import Means, Transaction
from gateway.store.pausing import DESTINATIONS
from gateway.store.rows import ManyRows
from gateway.store.tables import CANONICAL, CONTENT, DESTINATION, DOCUMENT, DOCUMENT_HOLD

OLDEST = 16
"""Documents looked at for one whose body can be read: one lost file must not keep a destination paused."""

_KNOWN = ("id", "transmission_id", "state", "destination", "generation", "attempts", "external_id")
_CHANGED = ("state", "reason", "external_id", "attempts", "state_at", "delivered_at", "next_attempt_at")
_ATTEMPT = ManyRows(
    lambda _: (
        update(DOCUMENT)
        .where(DOCUMENT.c.id == bindparam("key"))
        .values(
            {name: bindparam(name) for name in _CHANGED}
            | {
                "last_attempt_at": bindparam("now"),
                "first_attempt_at": func.coalesce(DOCUMENT.c.first_attempt_at, bindparam("now")),
            }
        )
    )
)


def deliverable(
    means: Means, destination: str, ids: Sequence[str], *, paused_too: bool = False
) -> list[Deliverable] | None:
    """Those still "mapped" for this destination, oldest first; None while it is paused, unless `paused_too`."""
    among = means.database.among(DOCUMENT.c.id, ids)
    with means.database.reading() as connection:
        paused = select(DESTINATION.c.paused).where(DESTINATION.c.name == destination)
        if not paused_too and connection.execute(paused).scalar():
            return None
        rows = connection.execute(_waiting(destination).where(among)).all()
    return waits.readable(means, rows, lambda row: _deliverable(means, row))


def oldest_waiting(means: Means, destination: str) -> Deliverable | None:
    """The oldest mapped document of a destination."""
    with means.database.reading() as connection:
        rows = connection.execute(_waiting(destination).limit(OLDEST)).all()
    return next(iter(waits.readable(means, rows, lambda row: _deliverable(means, row))), None)


def _waiting(destination: str) -> Select[Any]:
    here = (CANONICAL.c.document_id == DOCUMENT.c.id) & (CANONICAL.c.generation == DOCUMENT.c.generation)
    return (
        select(
            DOCUMENT,
            CANONICAL.c.body.label("canonical"),
            CONTENT.c.sha256,
            CONTENT.c.size,
            CONTENT.c.body,
        )
        .join(CANONICAL, here)
        .outerjoin(CONTENT, CONTENT.c.sha256 == CANONICAL.c.sha256)
        .where(DOCUMENT.c.state == "mapped", DOCUMENT.c.destination == destination)
        .order_by(DOCUMENT.c.id)
    )


def _deliverable(means: Means, row: Any) -> Deliverable:
    canonical = row.canonical
    if canonical is None:
        canonical = b"".join(means.blobs.chunks(from_row(means.blobs, row)))
    return Deliverable(
        id=row.id,
        key=f"{row.id}.{row.generation}",
        partner=row.partner,
        set_id=row.set_id,
        canonical_type=row.canonical_type,
        business_number=row.business_number,
        canonical=canonical,
        stage="test" if row.usage == "T" else "production",
        attempts=row.attempts,
        first_attempt_at=row.first_attempt_at,
        part=part_of(row),
    )


def record(transaction: Transaction, destination: str, outcomes: Sequence[DeliveryOutcome], *, trip: bool) -> None:
    """Write attempts of documents still "mapped" for this destination; the others write nothing."""
    locked = _locked(transaction, destination, [outcome.id for outcome in outcomes])
    if len(locked) < len(outcomes):
        _held_meanwhile(transaction, destination, [one for one in outcomes if one.id not in locked])
    mine = [one for one in outcomes if one.id in locked and _about(one, locked[one.id])]
    if mine:
        _ATTEMPT.run(transaction.connection, [_attempted(transaction, one, locked[one.id]) for one in mine])
        events.record(transaction, [_change(one, locked[one.id]) for one in mine])
    if trip:
        DESTINATIONS.pause(transaction, destination)
    else:
        _retry(transaction, destination, [one for one in mine if one.state == "mapped"])


def _held_meanwhile(transaction: Transaction, destination: str, outcomes: Sequence[DeliveryOutcome]) -> None:
    """A person held these while they were handed over, and may have closed them since: what our system made of them is
    true all the same, and one that is to be tried again stays held. One that is closed stays so, unless our system has
    it.
    """
    among = transaction.means.database.among(DOCUMENT.c.id, [one.id for one in outcomes])
    held = or_(and_(DOCUMENT.c.state == "held", DOCUMENT_HOLD.c.was == "mapped"), DOCUMENT.c.state == "closed")
    statement = (
        select(DOCUMENT)
        .outerjoin(DOCUMENT_HOLD, DOCUMENT_HOLD.c.document_id == DOCUMENT.c.id)
        .where(among, held, DOCUMENT.c.destination == destination)
        .order_by(DOCUMENT.c.id)
        .with_for_update(of=DOCUMENT, key_share=True)
    )
    rows = {row.id: row for row in transaction.connection.execute(statement)}
    mine = [_heeded(one, rows[one.id]) for one in outcomes if one.id in rows and _about(one, rows[one.id])]
    over = [one for one in mine if one.state != "mapped"]
    tried = [one for one in mine if one.state == "mapped"]
    if over:
        _ATTEMPT.run(transaction.connection, [_attempted(transaction, one, rows[one.id]) for one in over])
        holding.forget(transaction, [one.id for one in over])
    for one in tried:
        count = {"attempts": rows[one.id].attempts + 1, "last_attempt_at": transaction.now}
        transaction.connection.execute(update(DOCUMENT).where(DOCUMENT.c.id == one.id).values(count))
    changes = [_change(one, rows[one.id], DocumentState(rows[one.id].state)) for one in over]
    changes += [_change(one, rows[one.id]) for one in tried]
    events.record(transaction, changes)


def _heeded(outcome: DeliveryOutcome, row: Any) -> DeliveryOutcome:
    """What is closed does not come to life again because our system refused it, or said nothing."""
    closed = row.state == "closed" and outcome.state != "delivered"
    return replace(outcome, state="mapped") if closed else outcome


def _about(outcome: DeliveryOutcome, row: Any) -> bool:
    """Late news of an earlier generation says nothing about this one: it was not sent yet."""
    return outcome.key in ("", f"{row.id}.{row.generation}")


def _locked(transaction: Transaction, destination: str, ids: Sequence[str]) -> Mapping[str, Any]:
    """Those that are still mapped for this destination; locked are all, in one order."""
    columns = (DOCUMENT.c[name] for name in _KNOWN)
    statement = select(*columns).where(transaction.means.database.among(DOCUMENT.c.id, ids)).order_by(DOCUMENT.c.id)
    rows = transaction.connection.execute(statement.with_for_update(key_share=True))
    return {row.id: row for row in rows if (row.state, row.destination) == ("mapped", destination)}


def _attempted(transaction: Transaction, outcome: DeliveryOutcome, row: Any) -> dict[str, Any]:
    now, waits = transaction.now, outcome.state == "mapped"
    return {
        "key": outcome.id,
        "now": now,
        "state": outcome.state,
        "reason": outcome.reason,
        "external_id": outcome.reply.external_id or row.external_id,
        "attempts": row.attempts + 1,
        "state_at": now,
        "delivered_at": now if outcome.state == "delivered" else None,
        "next_attempt_at": now + timedelta(seconds=outcome.delay_seconds) if waits else None,
    }


def _change(outcome: DeliveryOutcome, row: Any, before: DocumentState = DocumentState.MAPPED) -> Change:
    reply = outcome.reply
    told = {
        "attempt": str(row.attempts + 1),
        "generation": str(row.generation),
        "reply": reply.kind,
        "status": str(reply.status) if reply.status else "",
        "external_id": reply.external_id,
        "detail": reply.detail,
        "held": "too late: it was being handed over" if before is not DocumentState.MAPPED else "",
    }
    return Change(
        transmission=row.transmission_id,
        subject=outcome.id,
        kind=LIFE.event(before, DocumentState(outcome.state)),
        why=outcome.reason,
        detail={name: value for name, value in told.items() if value},
    )


def _retry(transaction: Transaction, destination: str, outcomes: Sequence[DeliveryOutcome]) -> None:
    """One piece of work per second of delay: never before it was asked for, and few pieces."""
    by_second: dict[int, list[str]] = {}
    for outcome in outcomes:
        by_second.setdefault(math.ceil(outcome.delay_seconds), []).append(outcome.id)
    for seconds, ids in sorted(by_second.items()):
        transaction.means.scheduler.enqueue(
            transaction.connection, "deliver", [destination, ids], delay_seconds=float(seconds)
        )


def postpone(transaction: Transaction, destination: str, ids: Sequence[str], delay_seconds: float) -> None:
    """Enqueue a batch again, after a delay, which its documents say too: or the sweep took them for forgotten."""
    due = transaction.now + timedelta(seconds=delay_seconds)
    among = transaction.means.database.among(DOCUMENT.c.id, ids)
    mapped = (DOCUMENT.c.state == "mapped") & (DOCUMENT.c.destination == destination)
    transaction.connection.execute(update(DOCUMENT).where(among, mapped).values(next_attempt_at=due))
    transaction.means.scheduler.enqueue(
        transaction.connection, "deliver", [destination, list(ids)], delay_seconds=delay_seconds
    )
