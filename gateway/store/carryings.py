"""Files that we push: laid out with what they hold, taken in hand before they are tried, and what became of them.

The row is the truth. Who takes a file marks it in the row before anything is sent, so that a node that dies leaves
"perhaps" behind: whoever takes it up next asks first, or sends under the same message id.
"""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, func, or_, select, true, update

from gateway.ledger.carrying import CARRYING as LIFE
from gateway.ledger.carrying import CarryingState
from gateway.parcel import Content
from gateway.pipeline.outbound.send import Carried, CarriedKind, CarryOutcome
from gateway.store import contents, events, sendings, work
from gateway.store.contents import from_row
from gateway.store.events import Change
from gateway.store.identifiers import LENGTH
from gateway.store.means import Means, Transaction
from gateway.store.pausing import CHANNELS
from gateway.store.rows import ManyRows
from gateway.store.tables import CARRYING, CONTENT, OUTBOUND_CHANNEL

IN_HAND_FOR = timedelta(minutes=30)
"""After this a file in hand is taken over whoever holds it: far longer than a batch may take."""

SLACK = timedelta(seconds=1)
"""Work with a delay may begin a moment early: what is due within it is taken, or it would wait for the sweep."""

_C = CarryingState
_INSERT = ManyRows(lambda insert: insert(CARRYING))
_TRIED = (
    *("state", "reason", "attempts", "doubt", "next_at", "state_at", "first_tried_at", "last_tried_at"),
    *("in_hand_by", "in_hand_at", "taken_at", "answer_due_at", "answered_at", "answer", "disposition", "notes"),
)
_UPDATE = ManyRows(
    lambda _: (
        update(CARRYING).where(CARRYING.c.id == bindparam("key")).values({name: bindparam(name) for name in _TRIED})
    )
)


# ---------------------------------------------------------------------------------------------- laid out


def row(
    transaction: Transaction,
    *,
    channel: str,
    kind: CarriedKind,
    subject: str,
    partner: str,
    name: str,
    content: Content,
    lane: int,
    usage: str,
    transmission: str = "",
) -> dict[str, Any]:
    """One new row of `carrying`; `lane` is 0 urgent, 1 normal, 2 bulk."""
    id, now = transaction.means.new_id(), transaction.now
    nothing: dict[str, Any] = dict.fromkeys(_TRIED)
    return nothing | {
        "id": id,
        "channel": channel,
        "via": channel,
        "kind": kind,
        "subject": subject,
        "transmission_id": transmission,
        "partner": partner,
        "name": name,
        "sha256": content.sha256,
        "size": content.size,
        "lane": lane,
        "usage": usage,
        "message_id": f"{id}-1",
        "state": str(_C.WAITING),
        "reason": "",
        "attempts": 0,
        "doubt": False,
        "since": now,
        "next_at": now,
        "state_at": now,
        "disposition": "",
        "notes": {},
    }


def lay_out(transaction: Transaction, rows: Sequence[dict[str, Any]]) -> None:
    """Write rows with the work that carries them. Their contents are stored already."""
    _INSERT.run(transaction.connection, rows)
    kind = LIFE.event(None, _C.WAITING)
    events.record(transaction, [_change(one, kind, {"channel": one["channel"]}) for one in rows])
    work.send(transaction, {one["channel"] for one in rows})


def again(transaction: Transaction, rows: Sequence[Any], *, why: str, who: str = "") -> None:
    """Have files carried once more, the same bytes: those refused or given up, and answers that are asked for again.

    The caller has locked the rows. What the other side has seen and answered goes under another message id, or its
    system would take it for a copy and throw it away; what it may not have seen keeps its own.
    """
    changes = []
    for one in rows:
        keeps = one.state == _C.GIVEN_UP
        anew = dict.fromkeys(("first_tried_at", "last_tried_at", "answer_due_at", "answered_at", "answer"))
        values = anew | {
            "state": str(_C.WAITING),
            "reason": "",
            "attempts": 0,
            "doubt": one.doubt and keeps,
            "message_id": one.message_id if keeps else _next_message_id(one.message_id),
            "since": transaction.now,
            "next_at": transaction.now,
            "state_at": transaction.now,
            "taken_at": None,
            "disposition": "",
            "notes": one.notes if keeps else {},
        }
        transaction.connection.execute(update(CARRYING).where(CARRYING.c.id == one.id).values(values))
        kind = LIFE.event(_C(one.state), _C.WAITING)
        changes.append(_change(one._mapping, kind, {"was": one.reason or one.state}, why=why, who=who))
    sendings.again(transaction, [one.subject for one in rows if one.kind == "interchange"])
    events.record(transaction, changes)
    work.send(transaction, {one.via for one in rows})


def _next_message_id(message_id: str) -> str:
    stem, _, count = message_id.rpartition("-")
    return f"{stem}-{int(count) + 1}"


# ---------------------------------------------------------------------------------------------- taken in hand


def take(means: Means, channel: str, hands: str, *, most: int, probing: bool) -> list[Carried]:
    """See `Carryings.take`. `hands` names this process in this life of it: "node life"."""
    if not _anything(means, channel, probing=probing):
        return []
    with means.database.begin() as connection:
        transaction = Transaction(means, connection, means.now())
        if not probing:
            if CHANNELS.among(transaction, [channel]):
                return []
            _overdue(transaction, channel)
        statement = _takeable(means, channel, hands, transaction.now, probing=probing).limit(most)
        rows = connection.execute(statement.with_for_update(of=CARRYING, skip_locked=True, key_share=True)).all()
        for one in rows:
            values = {"in_hand_by": hands, "in_hand_at": transaction.now, "doubt": _doubtful(one)}
            connection.execute(update(CARRYING).where(CARRYING.c.id == one.id).values(values))
        _repeated(transaction, rows)
    return [_carried(means, one) for one in rows]


def _repeated(transaction: Transaction, rows: Sequence[Any]) -> None:
    """What may be there already goes once more now, before the partner can say of the copy that it is one."""
    twice = [one.subject for one in rows if one.kind == "interchange" and _doubtful(one)]
    if twice:
        sendings.lock(transaction, twice)
        sendings.again(transaction, twice)


def _anything(means: Means, channel: str, *, probing: bool) -> bool:
    """Looked at without a lock: most pieces of work find that another has done it."""
    now, table = means.now(), CARRYING
    due = true() if probing else table.c.next_at <= now + SLACK
    waiting = (table.c.state == "waiting") & due
    overdue = (table.c.state == "awaiting") & (table.c.answer_due_at <= now + SLACK)
    with means.database.reading() as connection:
        paused = select(OUTBOUND_CHANNEL.c.paused).where(OUTBOUND_CHANNEL.c.name == channel)
        if not probing and connection.execute(paused).scalar():
            return False
        found = (
            connection.execute(select(table.c.id).where(table.c.via == channel, one).limit(1)).first()
            for one in (waiting, overdue)
        )
        return any(one is not None for one in found)


def _takeable(means: Means, channel: str, hands: str, now: datetime, *, probing: bool) -> Select[Any]:
    """The most urgent first. A probe is rather made with what may be there already: it has no other way to go, and
    what is tried may come to be one of those.
    """
    table = CARRYING
    due = true() if probing else table.c.next_at <= now + SLACK
    first = (table.c.doubt.desc(),) if probing else ()
    return (
        select(table, CONTENT.c.body)
        .join(CONTENT, CONTENT.c.sha256 == table.c.sha256)
        .where(table.c.via == channel, table.c.state == "waiting", due, _free(means, hands, now))
        .order_by(*first, table.c.lane, table.c.id)
    )


def _free(means: Means, hands: str, now: datetime) -> ColumnElement[bool]:
    """In nobody's hand, or in that of a dead one: this node in an earlier life, or whoever has it for too long."""
    table = CARRYING
    earlier = _held_by(hands.rpartition(" ")[0]) & (table.c.in_hand_by != hands)
    return or_(table.c.in_hand_by.is_(None), earlier, table.c.in_hand_at < now - IN_HAND_FOR)


def _held_by(node: str) -> ColumnElement[bool]:
    """By a node in any of its lives; the length tells it from one whose name goes on."""
    holder = CARRYING.c.in_hand_by
    return holder.startswith(f"{node} ", autoescape=True) & (func.length(holder) == len(node) + 1 + LENGTH)


def _doubtful(one: Any) -> bool:
    return bool(one.doubt or one.in_hand_by is not None)


def _overdue(transaction: Transaction, channel: str) -> None:
    """A receipt that did not come: the file goes again under the same message id, and the other side tells a copy."""
    table = CARRYING
    reason = "no receipt came in time"
    due = (table.c.state == "awaiting") & (table.c.answer_due_at <= transaction.now + SLACK)
    statement = (
        update(table)
        .where(table.c.via == channel, due)
        .values(state=str(_C.WAITING), reason=reason, doubt=True, next_at=transaction.now, state_at=transaction.now)
        .returning(*table.c)
    )
    rows = sorted(transaction.connection.execute(statement), key=lambda one: str(one.id))
    kind = LIFE.event(_C.AWAITING, _C.WAITING)
    events.record(transaction, [_change(one._mapping, kind, {"channel": channel}, why=reason) for one in rows])


def _carried(means: Means, one: Any) -> Carried:
    return Carried(
        id=one.id,
        kind=one.kind,
        subject=one.subject,
        partner=one.partner,
        channel=one.via,
        name=one.name,
        content=from_row(means.blobs, one),
        message_id=one.message_id,
        lane=one.lane,
        usage=one.usage,
        attempts=one.attempts,
        since=one.since,
        again=_doubtful(one),
        notes=one.notes,
        reason=one.reason,
    )


def put_down(transaction: Transaction, node: str) -> int:
    """What a dead node had in hand may be there or not."""
    table = CARRYING
    held = (table.c.state == "waiting") & _held_by(node)
    values = {"doubt": True, "in_hand_by": None, "in_hand_at": None, "next_at": transaction.now}
    channels = transaction.connection.execute(update(table).where(held).values(values).returning(table.c.via))
    found = list(channels.scalars())
    work.send(transaction, found)
    return len(found)


# ---------------------------------------------------------------------------------------------- what became of them


def record(transaction: Transaction, channel: str, outcomes: Sequence[CarryOutcome], hands: str, *, trip: bool) -> None:
    """See `Carryings.record_sent`. What was settled by a receipt meanwhile, or taken over, writes nothing; but what
    the other side has is written whoever has it in hand.
    """
    locked = _locked(transaction, [one.id for one in outcomes])
    mine = [
        one
        for one in outcomes
        if one.id in locked and (locked[one.id].in_hand_by == hands or one.state in (_C.CARRIED, _C.AWAITING))
    ]
    receipts = {
        one.id: transaction.means.blobs.keep(one.carriage.receipt) for one in mine if one.carriage.receipt is not None
    }
    contents.put(transaction, receipts.values())
    _UPDATE.run(
        transaction.connection, [_tried(transaction, one, locked[one.id], receipts.get(one.id)) for one in mine]
    )
    told = [one for one in mine if one.tried or one.state != _C.WAITING]
    events.record(transaction, [_told(one, locked[one.id], receipts.get(one.id)) for one in told])
    there = [locked[one.id] for one in mine if one.state is _C.CARRIED]
    sendings.lock(transaction, [one.subject for one in there if one.kind == "interchange"])
    for one in there:
        sendings.carried(transaction, one)
    if trip:
        CHANNELS.pause(transaction, channel)
    else:
        _wake(transaction, channel, mine)


def _locked(transaction: Transaction, ids: Sequence[str]) -> Mapping[str, Any]:
    table = CARRYING
    among = transaction.means.database.among(table.c.id, ids)
    statement = (
        select(table).where(among, table.c.state == "waiting").order_by(table.c.id).with_for_update(key_share=True)
    )
    return {one.id: one for one in transaction.connection.execute(statement)}


def _tried(transaction: Transaction, outcome: CarryOutcome, one: Any, receipt: Content | None) -> dict[str, Any]:
    now, carriage, tried = transaction.now, outcome.carriage, outcome.tried
    taken = outcome.state in (_C.CARRIED, _C.AWAITING)
    return {
        "key": one.id,
        "state": str(outcome.state),
        "reason": outcome.reason if tried or outcome.reason else one.reason,
        "attempts": one.attempts + tried,
        "doubt": outcome.doubt,
        "next_at": outcome.next_at or now,
        "state_at": now if outcome.state != one.state else one.state_at,
        "first_tried_at": one.first_tried_at or (now if tried else None),
        "last_tried_at": now if tried else one.last_tried_at,
        "in_hand_by": None,
        "in_hand_at": None,
        "taken_at": (one.taken_at or now) if taken else one.taken_at,
        "answer_due_at": carriage.answer_due_at if outcome.state is _C.AWAITING else None,
        "answered_at": now if receipt is not None else one.answered_at,
        "answer": receipt.sha256 if receipt is not None else one.answer,
        "disposition": carriage.disposition or one.disposition,
        "notes": dict(one.notes) | dict(carriage.notes),
    }


def _told(outcome: CarryOutcome, one: Any, receipt: Content | None) -> Change:
    """With the hash of the receipt: the row has that of the last one only."""
    told = {
        "receipt": receipt.sha256 if receipt is not None else "",
        "channel": one.channel,
        "via": one.via if one.via != one.channel else "",
        "attempt": str(one.attempts + outcome.tried),
        "outcome": outcome.carriage.kind if outcome.tried else "",
        "again": "yes" if one.doubt else "",
        "disposition": outcome.carriage.disposition,
        "name": one.name,
    }
    return _change(one._mapping, LIFE.event(_C.WAITING, outcome.state), told, why=outcome.reason)


def _change(one: Any, kind: str, told: Mapping[str, str], *, why: str = "", who: str = "") -> Change:
    """The event stands with what is carried: its history is in one place."""
    detail = {name: value for name, value in told.items() if value}
    return Change(
        transmission=one["transmission_id"], subject=one["subject"], kind=kind, why=why, who=who, detail=detail
    )


def _wake(transaction: Transaction, channel: str, outcomes: Sequence[CarryOutcome]) -> None:
    """One piece of work for each second at which something is to be tried, or a receipt is overdue."""
    times = {
        one.next_at if one.state is _C.WAITING else one.carriage.answer_due_at
        for one in outcomes
        if one.state in (_C.WAITING, _C.AWAITING)
    }
    delays = {math.ceil(max(0.0, (at - transaction.now).total_seconds())) for at in times if at is not None}
    for delay in sorted(delays):
        work.send(transaction, [channel], float(delay))


# ---------------------------------------------------------------------------------------------- the sweep


def stranded(transaction: Transaction, older_than: datetime) -> int:
    """Wake channels that have something to do since before then, of which no work knows. Returns how many files."""
    table = CARRYING
    forgotten = (table.c.state == "waiting") & (table.c.next_at < older_than)
    forgotten &= table.c.in_hand_by.is_(None) | (table.c.in_hand_at < transaction.now - IN_HAND_FOR)
    overdue = (table.c.state == "awaiting") & (table.c.answer_due_at < older_than)
    paused = select(OUTBOUND_CHANNEL.c.name).where(OUTBOUND_CHANNEL.c.paused)
    counted = (
        select(table.c.via, func.count().label("files"))
        .where(or_(forgotten, overdue), table.c.via.not_in(paused))
        .group_by(table.c.via)
    )
    rows = transaction.connection.execute(counted).all()
    work.send(transaction, [one.via for one in rows])
    return sum(int(one.files) for one in rows)
