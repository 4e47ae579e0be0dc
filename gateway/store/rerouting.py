"""The second way: what waits for a channel that stays down goes by another, and comes back when the first works."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from gateway.ledger.events import CARRYING_REROUTED
from gateway.pipeline.outbound.send import Way
from gateway.store import events, work
from gateway.store.entries import free_name, taken_names
from gateway.store.events import Change
from gateway.store.means import Means, Transaction
from gateway.store.pausing import CHANNELS
from gateway.store.tables import CARRYING, OUTBOUND_CHANNEL


def reroute(transaction: Transaction, channel: str, fallbacks: Mapping[str, Way]) -> int:
    """Give files to the second channel of their partner, if this one has been paused for long enough and that one is
    not, and take back those whose second channel is down too. Returns how many were given.

    What may have gone through already stays: by another way nobody could tell that it is the same.
    """
    paused = select(OUTBOUND_CHANNEL.c.changed_at).where(
        OUTBOUND_CHANNEL.c.name == channel, OUTBOUND_CHANNEL.c.paused.is_(True)
    )
    since = transaction.connection.execute(paused).scalar()
    if since is None:
        return 0
    down = CHANNELS.among(transaction, sorted({way.channel for way in fallbacks.values()}))
    _take_back(transaction, channel, down, "{} is down too")
    ways = {
        partner: way.channel
        for partner, way in fallbacks.items()
        if way.channel != channel
        and way.channel not in down
        and transaction.now - since >= timedelta(minutes=way.after_minutes)
    }
    table = CARRYING
    waiting = (table.c.channel == channel) & (table.c.via == channel) & _movable()
    among = transaction.means.database.among(table.c.partner, sorted(ways))
    rows = transaction.connection.execute(
        select(table).where(waiting, among).order_by(table.c.id).with_for_update(skip_locked=True, key_share=True)
    ).all()
    why = f"{channel} has been down since {since:%Y-%m-%d %H:%M} UTC"
    _move(transaction, [(one, ways[one.partner]) for one in rows], why)
    return len(rows)


def resume(means: Means, channel: str) -> None:
    """Close the breaker; then, in a second transaction, take back what went another way, and send what waits."""
    with means.database.begin() as connection:
        CHANNELS.close(Transaction(means, connection, means.now()), channel)
    with means.database.begin() as connection:
        transaction = Transaction(means, connection, means.now())
        table = CARRYING
        _take_back(transaction, channel, None, f"{channel} works again")
        # Their time begins anew: what was put off because the channel was down goes now.
        waiting = (table.c.via == channel) & (table.c.state == "waiting")
        connection.execute(update(table).where(waiting).values(next_at=transaction.now))
        work.send(transaction, [channel])


def _take_back(transaction: Transaction, channel: str, ways: Collection[str] | None, why: str) -> None:
    """Files of this channel that wait for one of these others, or any other, wait here again; `why` may name it."""
    table = CARRYING
    elsewhere = (table.c.channel == channel) & (table.c.via != channel) & _movable()
    if ways is not None:
        elsewhere &= transaction.means.database.among(table.c.via, sorted(ways))
    statement = select(table).where(elsewhere).order_by(table.c.id).with_for_update(skip_locked=True, key_share=True)
    rows = transaction.connection.execute(statement).all()
    for way in sorted({one.via for one in rows}):
        _move(transaction, [(one, channel) for one in rows if one.via == way], why.format(way))


def _movable() -> Any:
    table = CARRYING
    return (table.c.state == "waiting") & table.c.doubt.is_(False) & table.c.in_hand_by.is_(None)


def _move(transaction: Transaction, moves: Sequence[tuple[Any, str]], why: str) -> None:
    """Each to its way, under a name that nothing of ours has there."""
    taken = taken_names(transaction, [(way, one.name) for one, way in moves if way != one.channel])
    changes = []
    for one, way in moves:
        name = one.name if way == one.channel else free_name(taken, way, one.name, one.id)
        values = {"via": way, "name": name, "next_at": transaction.now, "reason": why}
        transaction.connection.execute(update(CARRYING).where(CARRYING.c.id == one.id).values(values))
        told = {"from": one.via, "via": way, "name": name}
        about = {"transmission": one.transmission_id, "subject": one.subject, "why": why}
        changes.append(Change(kind=CARRYING_REROUTED, detail=told, **about))
    events.record(transaction, changes)
    work.send(transaction, {way for _, way in moves})
