"""The outbox in rows: events followed without a gap, notices made once, sent until they are taken."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, func, or_, select, update

from gateway.ledger.events import NOTICE_GIVEN_UP, NOTICE_GONE
from gateway.pipeline.notices.values import (
    Choosing,
    Due,
    NoticeState,
    Settlement,
    TargetState,
)
from gateway.store import events
from gateway.store.event_tail import EventTail
from gateway.store.events import Change
from gateway.store.means import Means, Transaction
from gateway.store.notice_facts import Carries, Facts
from gateway.store.notice_making import make
from gateway.store.notice_tables import NOTICE, NOTICE_ATTEMPT, NOTICE_FOLLOWER, NOTICE_TARGET
from gateway.store.tables import EVENT

LOOKED_AT: Final = 20_000
"""Events passed over in one look: those that nobody asks about are only counted."""

KEPT_IN_MIND: Final = 100_000
"""Events without interest that are passed before that is written down: until then a restart looks at them again."""

FORGOTTEN_AT_ONCE: Final = 1_000
"""Notices of each state that are deleted in one go."""

GIVEN_UP_AT_ONCE: Final = 10_000
"""Notices that one transaction gives up: who stood still for weeks while a target was away has any number of them."""

_OPEN: Final = (NoticeState.GATHERING.value, NoticeState.WAITING.value)
_G, _W = NoticeState.GATHERING.value, NoticeState.WAITING.value


@dataclass
class StoreOutbox:
    """The `Outbox` port over the tables. `carries` tells the partners of a channel."""

    means: Means
    carries: Carries
    _tail: EventTail = field(init=False)
    _facts: Facts = field(init=False)
    _passed: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._tail = EventTail(self.means.database)
        self._facts = Facts(self.means.database, self.carries)

    # ------------------------------------------------------------------------------------------ following

    def stand_up(self, addresses: Mapping[str, str]) -> None:
        """Begin to follow."""
        now, final = self.means.now(), self._tail.final()
        insert = self.means.database.insert
        with self.means.database.begin() as connection:
            first = insert(NOTICE_FOLLOWER).values(number=1, position=final, at=now)
            connection.execute(first.on_conflict_do_nothing())
            for name, address in sorted(addresses.items()):
                new = _new_target(name, address)
                connection.execute(insert(NOTICE_TARGET).values(new).on_conflict_do_nothing())
                moved = (NOTICE_TARGET.c.name == name, NOTICE_TARGET.c.address != address)
                connection.execute(update(NOTICE_TARGET).where(*moved).values(new))
            if self.means.database.kind == "sqlite":  # nobody else can have anything in hand
                held = NOTICE.c.state.in_(_OPEN) & NOTICE.c.in_hand_by.is_not(None)
                connection.execute(update(NOTICE).where(held).values(in_hand_by=None, next_at=now))

    def stand_down(self) -> None:
        """Nobody wants to know anything."""
        with self.means.database.reading() as connection:
            if connection.execute(select(NOTICE_FOLLOWER.c.number)).first() is None:
                return
        with self.means.database.begin() as connection:
            connection.execute(NOTICE_FOLLOWER.delete())

    def follow(self, choosing: Choosing, *, most: int) -> tuple[int, bool]:
        """Make notices of the events that came."""
        final = self._tail.final()
        with self.means.database.reading() as connection:
            stored = connection.execute(select(NOTICE_FOLLOWER.c.position)).scalar()
            if stored is None:
                return 0, False
            position = max(int(stored), self._passed)
            if position >= final:
                return 0, False
            end = min(final, position + LOOKED_AT)
            rows = _events(connection, position, end, choosing.kinds, most)
            happened = self._facts.of(connection, rows)
        if len(rows) == most:
            end = rows[-1].number
        if rows or end - int(stored) >= KEPT_IN_MIND:
            chosen = choosing.choose(happened)
            with self.means.database.begin() as connection:
                transaction = Transaction(self.means, connection, self.means.now())
                moved = update(NOTICE_FOLLOWER).where(NOTICE_FOLLOWER.c.position == stored)
                if not connection.execute(moved.values(position=end, at=transaction.now)).rowcount:
                    return 0, True  # another node was quicker: what it looked at it made notices of
                make(transaction, choosing, chosen)
        self._passed = end
        return len(rows), end < final

    # ------------------------------------------------------------------------------------------ sending

    def due(self) -> Sequence[str]:
        """Targets with something to send now."""
        now = self.means.now()
        table, target = NOTICE, NOTICE_TARGET
        wanted = select(table.c.target).distinct().outerjoin(target, target.c.name == table.c.target)
        wanted = wanted.where(table.c.state.in_(_OPEN), table.c.next_at <= now, _may_be_asked(now))
        with self.means.database.reading() as connection:
            return list(connection.execute(wanted.order_by(table.c.target)).scalars())

    def take(self, target: str, *, most: int, lease_seconds: float) -> Sequence[Due]:
        """Notices of a target that are due. An alert that gathers is closed by being taken."""
        now = self.means.now()
        with self.means.database.begin() as connection:
            chosen = (
                select(NOTICE)
                .where(NOTICE.c.target == target, NOTICE.c.state.in_(_OPEN), NOTICE.c.next_at <= now)
                .order_by(NOTICE.c.next_at, NOTICE.c.id)
                .limit(most)
                .with_for_update(skip_locked=True, key_share=True)
            )
            rows = connection.execute(chosen).all()
            if not rows:
                return ()
            held = {"state": _W, "in_hand_by": self.means.node, "next_at": now + timedelta(seconds=lease_seconds)}
            among = self.means.database.among(NOTICE.c.id, [row.id for row in rows])
            connection.execute(update(NOTICE).where(among).values(held))
            if any(row.state == _G for row in rows):
                self._known(connection, target)
                named = update(NOTICE_TARGET).where(NOTICE_TARGET.c.name == target)
                connection.execute(named.values(alerted_at=now))
        return [_due(row) for row in rows]

    def settle(self, settled: Sequence[Settlement]) -> None:
        """Write down what came of tries."""
        if not settled:
            return
        with self.means.database.begin() as connection:
            transaction = Transaction(self.means, connection, self.means.now())
            for target in sorted({one.target for one in settled}):
                self._known(connection, target)
            self._lock(connection, settled)
            changes = [change for one in settled for change in _settle(transaction, one)]
            events.record(transaction, changes)

    def _lock(self, connection: Connection, settled: Sequence[Settlement]) -> None:
        """All notices first, then all targets, as who takes them does."""
        for table, column, mine in (
            (NOTICE, NOTICE.c.id, {one.notice for one in settled}),
            (NOTICE_TARGET, NOTICE_TARGET.c.name, {one.target for one in settled}),
        ):
            among = self.means.database.among(column, sorted(mine))
            wanted = select(column).select_from(table).where(among).order_by(column)
            connection.execute(wanted.with_for_update(key_share=True)).all()

    def _known(self, connection: Connection, target: str) -> None:
        new = self.means.database.insert(NOTICE_TARGET).values(_new_target(target, ""))
        connection.execute(new.on_conflict_do_nothing())

    def let_go(self, ids: Sequence[str]) -> None:
        """Notices that were taken and not tried."""
        if not ids:
            return
        with self.means.database.begin() as connection:
            among = self.means.database.among(NOTICE.c.id, list(ids))
            ours = (among, NOTICE.c.state == _W, NOTICE.c.in_hand_by == self.means.node)
            connection.execute(update(NOTICE).where(*ours).values(in_hand_by=None, next_at=self.means.now()))

    def expire(self, older_than: datetime) -> int:
        """Give up what was made before a time and never taken; one event for each target, or for each
        `GIVEN_UP_AT_ONCE` of what a target left behind in a long time. Returns how many.
        """
        given_up = 0
        while count := self._give_up(older_than):
            given_up += count
        return given_up

    def _give_up(self, older_than: datetime) -> int:
        old = (NOTICE.c.state.in_(_OPEN), NOTICE.c.created_at < older_than)
        with self.means.database.reading() as connection:
            if connection.execute(select(NOTICE.c.id).where(*old).limit(1)).first() is None:
                return 0
        with self.means.database.begin() as connection:
            transaction = Transaction(self.means, connection, self.means.now())
            over = select(NOTICE.c.id, NOTICE.c.target).where(*old).order_by(NOTICE.c.id).limit(GIVEN_UP_AT_ONCE)
            by_target: dict[str, list[str]] = {}
            for row in connection.execute(over.with_for_update(key_share=True)):
                by_target.setdefault(row.target, []).append(row.id)
            given_up = {"state": NoticeState.GIVEN_UP.value, "settled_at": transaction.now, "in_hand_by": None}
            ids = [one for theirs in by_target.values() for one in theirs]
            among = self.means.database.among(NOTICE.c.id, ids)
            connection.execute(update(NOTICE).where(among).values(given_up))
            changes = [
                Change(
                    transmission="",
                    subject=theirs[0],
                    kind=NOTICE_GIVEN_UP,
                    why=f"{len(theirs)} notices for {target} were not taken in the time allowed",
                    detail={"target": target, "count": str(len(theirs))},
                )
                for target, theirs in sorted(by_target.items())
            ]
            events.record(transaction, changes)
        return len(ids)

    def forget(self, before: datetime) -> int:
        """Delete notices that were settled before a time, with their tries; at most some thousand."""
        states, among = (NoticeState.SENT, NoticeState.SUPERSEDED, NoticeState.GIVEN_UP), self.means.database.among
        with self.means.database.reading() as connection:
            ids = [one for state in states for one in _forgettable(connection, state, before)]
        if ids:
            with self.means.database.begin() as connection:
                # Asked again: a person may have had one of them sent once more meanwhile.
                still = (among(NOTICE.c.id, ids), NOTICE.c.state.in_([one.value for one in states]))
                mine = select(NOTICE.c.id).where(*still).order_by(NOTICE.c.id).with_for_update(key_share=True)
                ids = list(connection.execute(mine).scalars())
                connection.execute(NOTICE_ATTEMPT.delete().where(among(NOTICE_ATTEMPT.c.notice_id, ids)))
                connection.execute(NOTICE.delete().where(among(NOTICE.c.id, ids)))
        return len(ids)


def _forgettable(connection: Connection, state: NoticeState, before: datetime) -> list[str]:
    """Ids of a state that were settled before a time, of the oldest there are."""
    oldest = select(NOTICE.c.id, NOTICE.c.settled_at).where(NOTICE.c.state == state.value)
    rows = connection.execute(oldest.order_by(NOTICE.c.id).limit(FORGOTTEN_AT_ONCE)).all()
    return [row.id for row in rows if row.settled_at is not None and row.settled_at < before]


def _may_be_asked(now: datetime) -> Any:
    target = NOTICE_TARGET
    paused = or_(target.c.paused_until.is_(None), target.c.paused_until <= now)
    return or_(target.c.name.is_(None), (target.c.state != TargetState.GONE.value) & paused)


def _new_target(name: str, address: str) -> dict[str, Any]:
    about = {"name": name, "address": address, "state": TargetState.WORKING.value, "failures": 0}
    return about | {"last_error": "", "paused_until": None}


def _events(connection: Connection, after: int, until: int, kinds: frozenset[str], most: int) -> Sequence[Any]:
    wanted = select(EVENT).where(EVENT.c.number > after, EVENT.c.number <= until, EVENT.c.kind.in_(sorted(kinds)))
    return connection.execute(wanted.order_by(EVENT.c.number).limit(most)).all()


def _due(row: Any) -> Due:
    return Due(
        id=row.id,
        kind=row.kind,
        target=row.target,
        subject=row.subject,
        event=row.event_number,
        body=json.loads(row.body),
        attempts=row.attempts,
        since=row.created_at,
        first_attempt_at=row.first_tried_at,
    )


def _settle(transaction: Transaction, one: Settlement) -> list[Change]:
    """One try, its notice and its target. A notice that meanwhile is nobody's to move any more is left alone."""
    now, connection, told = transaction.now, transaction.connection, one.told
    values: dict[str, Any] = {"state": one.state.value, "attempts": NOTICE.c.attempts + 1, "in_hand_by": None}
    values |= {"last_error": "" if told.kind == "taken" else told.detail}
    values |= {"first_tried_at": func.coalesce(NOTICE.c.first_tried_at, now)}
    values |= {"next_at": one.next_at or now, "settled_at": None if one.state is NoticeState.WAITING else now}
    connection.execute(update(NOTICE).where(NOTICE.c.id == one.notice, NOTICE.c.state == _W).values(values))
    attempt = {"notice_id": one.notice, "at": now, "milliseconds": one.milliseconds, "outcome": told.kind}
    connection.execute(NOTICE_ATTEMPT.insert().values(attempt | {"status": told.status, "detail": told.detail}))
    changes = _target(transaction, one)
    if one.state is NoticeState.GIVEN_UP:
        detail = {"target": one.target, "count": "1"}
        changes.append(Change(transmission="", subject=one.notice, kind=NOTICE_GIVEN_UP, why=one.reason, detail=detail))
    return changes


def _target(transaction: Transaction, one: Settlement) -> list[Change]:
    """How a target does after a try; an event when it wants nothing any more."""
    told, connection = one.told, transaction.connection
    values: dict[str, Any] = {}
    match told.kind:
        case "taken" | "refused":  # a refusal is an answer: it works
            values = {"state": TargetState.WORKING.value, "failures": 0, "last_error": "", "paused_until": None}
            values |= {"sent_at": transaction.now} if told.kind == "taken" else {}
        case "failed":
            values = {"last_error": told.detail}
        case "down":
            values = {"state": TargetState.FAILING.value, "failures": NOTICE_TARGET.c.failures + 1}
            values |= {"last_error": told.detail, "paused_until": one.paused_until}
        case "gone":
            values = {"state": TargetState.GONE.value, "last_error": told.detail}
    named = (NOTICE_TARGET.c.name == one.target, NOTICE_TARGET.c.state != TargetState.GONE.value)
    moved = connection.execute(update(NOTICE_TARGET).where(*named).values(values)).rowcount
    if told.kind != "gone" or not moved:
        return []
    detail = {"target": one.target}
    return [Change(transmission="", subject=one.notice, kind=NOTICE_GONE, why=told.detail, detail=detail)]
