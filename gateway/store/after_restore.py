"""What a restored database must not do by itself: what the one that is lost may have done after the backup's moment.

Control numbers jump ahead. What was on its way at the moment may have reached somebody since: where the same document
again would have the same key it goes on, where it would not it waits for a person.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select, update

from gateway.ledger.events import DOCUMENT_HELD, HOME_RESTORED, TRANSMISSION_QUARANTINED
from gateway.store import audit, events
from gateway.store.day_end_tables import DAY_END
from gateway.store.events import Change
from gateway.store.later import Later
from gateway.store.means import Transaction
from gateway.store.numbers import LARGEST
from gateway.store.tables import CARRYING, CONTROL_NUMBER, DOCUMENT, TRANSMISSION, UNSEALED_SET

AHEAD = 10_000
"""How far control numbers jump when nobody knows the last ones: more than are given out between two backups."""

_UNDER_WAY = ("validated", "mapped", "collected", "translated")


@dataclass(frozen=True, slots=True, kw_only=True)
class Precautions:
    """What is known when a backup is restored.

    Args:
        moment: that of the backup, in words.
        ahead: how far control numbers jump, unless `later` knows the last ones.
        promises: destination -> `idempotency` of its file; one that is not in it promises nothing.
        later: the database that is left behind, where it can still be read.
    """

    moment: str
    ahead: int
    promises: Mapping[str, str]
    later: Later | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What was done: counters moved, transmissions set aside, documents held, documents that go on under their key."""

    numbers: int
    quarantined: int
    held: int
    going_on: int


def take(transaction: Transaction, known: Precautions, *, who: str, home: str, manifest: str) -> Taken:
    """Take every precaution, in the transaction that ends the restore."""
    numbers = _numbers(transaction, known)
    quarantined = _set_aside(transaction, known)
    held, going_on = _documents(transaction, known)
    # Where we push, whether it is there already is asked before it is carried, wherever it can be asked.
    waiting = update(CARRYING).where(CARRYING.c.state == "waiting")
    transaction.connection.execute(waiting.values(doubt=True, in_hand_by=None, in_hand_at=None))
    transaction.connection.execute(delete(DAY_END))  # which days were told since nobody knows: none is told twice
    taken = Taken(numbers=numbers, quarantined=quarantined, held=held, going_on=going_on)
    detail = {"manifest": manifest, "held": str(held), "quarantined": str(quarantined)}
    detail["numbers"] = "from the later database" if known.later else f"ahead by {known.ahead}"
    why = f"the state of {known.moment}"
    change = Change(transmission="", subject=home, kind=HOME_RESTORED, who=who, why=why, detail=detail)
    events.record(transaction, [change])
    audit.record(transaction, "database.restore", [manifest], who=who, reason=why, detail=detail)
    return taken


def _numbers(transaction: Transaction, known: Precautions) -> int:
    table, connection = CONTROL_NUMBER, transaction.connection
    if known.later is None:
        jumped = (table.c.value + known.ahead - 1) % LARGEST + 1
        return int(connection.execute(update(table).values(value=jumped)).rowcount)
    later = known.later.numbers()
    key = ("kind", "ours", "theirs", "usage")
    for row in later:
        same = [table.c[name] == getattr(row, name) for name in key]
        if not connection.execute(update(table).where(*same).values(value=row.value)).rowcount:
            connection.execute(insert(table).values({name: getattr(row, name) for name in (*key, "value")}))
    return len(later)


def _set_aside(transaction: Transaction, known: Precautions) -> int:
    """What was received and not read yet: read again, its documents would have other keys than they had."""
    table = TRANSMISSION
    ids = transaction.connection.execute(select(table.c.id).where(table.c.state == "received")).scalars().all()
    if known.later is not None:
        since = known.later.transmissions(ids)
        ids = [one for one in ids if since.get(one, "received") != "received"]
    reason = (
        f"restored from the backup of {known.moment}: it may have been read and delivered since; look, then release"
    )
    among = transaction.means.database.among(table.c.id, list(ids))
    values = {"state": "quarantined", "reason": reason, "state_at": transaction.now}
    transaction.connection.execute(update(table).where(among).values(values))
    changes = [Change(transmission=one, subject=one, kind=TRANSMISSION_QUARANTINED, why=reason) for one in ids]
    events.record(transaction, changes)
    return len(ids)


def _documents(transaction: Transaction, known: Precautions) -> tuple[int, int]:
    """(held, going on)."""
    rows = transaction.connection.execute(select(DOCUMENT).where(DOCUMENT.c.state.in_(_UNDER_WAY))).all()
    since = known.later.documents([row.id for row in rows]) if known.later is not None else None
    held = [row for row in rows if _may_be_twice(row, known.promises) and _moved(row, since)]
    ids = {row.id for row in held}
    _hold(transaction, known, held)
    going_on = [row.id for row in rows if row.id not in ids]
    among = transaction.means.database.among(DOCUMENT.c.id, going_on)
    # One attempt, as after a replay: a system that can be asked is asked before it is posted again.
    tried = update(DOCUMENT).where(among, DOCUMENT.c.direction == "inbound", DOCUMENT.c.attempts == 0)
    transaction.connection.execute(tried.values(attempts=1))
    return len(held), len(going_on)


def _may_be_twice(row: Any, promises: Mapping[str, str]) -> bool:
    """Whether going on could have a second effect. Partners have no key to know our next numbers by; a system of ours
    has one, if its file says so; one that is asked by business number cannot tell the parts of a set apart.
    """
    if row.direction == "outbound":
        return True
    promise = promises.get(row.destination, "none")
    return promise == "none" or (promise == "lookup" and bool(row.part))


def _moved(row: Any, since: Mapping[str, str] | None) -> bool:
    """Whether the later database has it elsewhere; always when nobody can ask."""
    return since is None or since.get(row.id, row.state) != row.state


def _hold(transaction: Transaction, known: Precautions, rows: Sequence[Any]) -> None:
    table, ids = DOCUMENT, [row.id for row in rows]
    reason = f"restored from the backup of {known.moment}: it may have gone out since; look, then replay"
    among = transaction.means.database.among
    values = {"state": "held", "reason": reason, "state_at": transaction.now}
    transaction.connection.execute(update(table).where(among(table.c.id, ids)).values(values))
    transaction.connection.execute(delete(UNSEALED_SET).where(among(UNSEALED_SET.c.document_id, ids)))
    changes = [Change(transmission=row.transmission_id, subject=row.id, kind=DOCUMENT_HELD, why=reason) for row in rows]
    events.record(transaction, changes)
