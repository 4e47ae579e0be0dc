"""Notices for people: listed, shown, put back to be sent again, targets opened. Each act is one transaction."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, func, select, update

from gateway.errors import UsageError
from gateway.ledger.events import NOTICE_REPLAYED
from gateway.pipeline.notices.values import Attempt, NoticeRow, NoticeState, TargetRow, TargetState
from gateway.store import audit, events
from gateway.store.beginnings import find
from gateway.store.events import Change
from gateway.store.means import Means, Transaction
from gateway.store.notice_tables import NOTICE, NOTICE_ATTEMPT, NOTICE_TARGET

MOST: Final = 1_000
"""Rows of one answer, and notices of one replay."""

_OPEN: Final = (NoticeState.GATHERING.value, NoticeState.WAITING.value)
_SETTLED: Final = (NoticeState.SENT.value, NoticeState.GIVEN_UP.value)
_SHOWN: Final = (
    *("id", "kind", "target", "subject", "state", "attempts", "created_at", "next_at", "settled_at", "last_error"),
)


@dataclass(frozen=True, slots=True)
class NoticeDesk:
    """What commands ask of the outbox, and do to it."""

    means: Means

    def notices(
        self, *, state: str = "", kind: str = "", target: str = "", subject: str = "", limit: int = 50
    ) -> Sequence[NoticeRow]:
        """Newest first, without their bodies."""
        statement = select(NOTICE).order_by(NOTICE.c.id.desc()).limit(min(limit, MOST))
        for name, value in {"state": state, "kind": kind, "target": target, "subject": subject}.items():
            if value:
                statement = statement.where(NOTICE.c[name] == value)
        with self.means.database.reading() as connection:
            return [_row(row) for row in connection.execute(statement)]

    def notice(self, notice: str) -> NoticeRow | None:
        """One notice with its body and tries. Raises UsageError when several ids begin so."""
        with self.means.database.reading() as connection:
            row = find(connection, NOTICE, notice)
            if row is None:
                return None
            tried = select(NOTICE_ATTEMPT).where(NOTICE_ATTEMPT.c.notice_id == row.id)
            tries = connection.execute(tried.order_by(NOTICE_ATTEMPT.c.number).limit(MOST)).all()
            return _row(row, body=json.loads(row.body), tries=[_attempt(one) for one in tries])

    def targets(self) -> Sequence[TargetRow]:
        """Every target that was ever used or is named in the files."""
        waiting = (
            select(NOTICE.c.target, func.count().label("waiting"))
            .where(NOTICE.c.state.in_(_OPEN))
            .group_by(NOTICE.c.target)
            .subquery()
        )
        joined = NOTICE_TARGET.outerjoin(waiting, waiting.c.target == NOTICE_TARGET.c.name)
        statement = select(NOTICE_TARGET, waiting.c.waiting).select_from(joined).order_by(NOTICE_TARGET.c.name)
        with self.means.database.reading() as connection:
            return [_target(row) for row in connection.execute(statement)]

    def replay(self, ids: Sequence[str], *, reason: str, who: str) -> Sequence[str]:
        """Have notices that were sent or given up sent once more, each under its own id. Returns their ids.

        Raises UsageError when one is unknown, or waits still.
        """
        with self.means.database.begin() as connection:
            found = sorted({_found(connection, one).id for one in ids})
            rows = self._locked(connection, self.means.database.among(NOTICE.c.id, found))
            _check(found, rows)
            return self._put_back(Transaction(self.means, connection, self.means.now()), rows, reason, who)

    def replay_all(self, target: str, *, reason: str, who: str) -> Sequence[str]:
        """The same for what was given up for a target, the oldest `MOST`."""
        given_up = (NOTICE.c.target == target, NOTICE.c.state == NoticeState.GIVEN_UP.value)
        with self.means.database.begin() as connection:
            rows = self._locked(connection, *given_up, most=MOST)
            return self._put_back(Transaction(self.means, connection, self.means.now()), rows, reason, who)

    def _locked(self, connection: Connection, *where: Any, most: int | None = None) -> Sequence[Any]:
        """As they are now: of two who ask for the same at once, one has it sent."""
        wanted = select(NOTICE).where(*where).order_by(NOTICE.c.id).limit(most)
        return connection.execute(wanted.with_for_update(key_share=True)).all()

    def _put_back(self, transaction: Transaction, rows: Sequence[Any], reason: str, who: str) -> Sequence[str]:
        ids = [row.id for row in rows]
        if not ids:
            return ()
        now = transaction.now
        values = {"state": NoticeState.WAITING.value, "next_at": now, "settled_at": None, "last_error": ""}
        values |= {"in_hand_by": None, "first_tried_at": None, "created_at": now}  # its patience begins anew
        among = self.means.database.among(NOTICE.c.id, ids)
        transaction.connection.execute(update(NOTICE).where(among).values(values))
        changes = [
            Change(
                transmission="",
                subject=row.id,
                kind=NOTICE_REPLAYED,
                why=reason,
                who=who,
                detail={"target": row.target},
            )
            for row in rows
        ]
        events.record(transaction, changes)
        audit.record(transaction, "notices.replay", ids, who=who, reason=reason)
        return ids

    def opened(self, target: str) -> None:
        """A target took a test: nothing keeps what waits for it any more."""
        values = {"state": TargetState.WORKING.value, "failures": 0, "last_error": "", "paused_until": None}
        with self.means.database.begin() as connection:
            connection.execute(update(NOTICE_TARGET).where(NOTICE_TARGET.c.name == target).values(values))


def counts(connection: Connection) -> dict[str, int]:
    """`notice.<state>`, and `notice_targets_down`: targets that fail or are gone."""
    counted = select(NOTICE.c.state, func.count()).group_by(NOTICE.c.state)
    found = {f"notice.{state}": int(number) for state, number in connection.execute(counted)}
    down = select(func.count()).select_from(NOTICE_TARGET).where(NOTICE_TARGET.c.state != TargetState.WORKING.value)
    return found | {"notice_targets_down": int(connection.execute(down).scalar_one())}


def _found(connection: Connection, notice: str) -> Any:
    row = find(connection, NOTICE, notice)
    if row is None:
        raise _unknown(notice)
    return row


def _unknown(notice: str) -> UsageError:
    return UsageError(f"there is no notice {notice!r}; `gateway notices list` shows them")


def _check(wanted: Sequence[str], rows: Sequence[Any]) -> None:
    for gone in sorted(set(wanted) - {row.id for row in rows}):
        raise _unknown(gone)
    for row in rows:
        if row.state not in _SETTLED:
            raise UsageError(f"notice {row.id} is {row.state}: only what was sent or given up is sent again")


def _row(row: Any, **more: Any) -> NoticeRow:
    return NoticeRow(**{name: getattr(row, name) for name in _SHOWN}, event=row.event_number, **more)


def _attempt(row: Any) -> Attempt:
    return Attempt(at=row.at, milliseconds=row.milliseconds, outcome=row.outcome, status=row.status, detail=row.detail)


def _target(row: Any) -> TargetRow:
    return TargetRow(
        name=row.name,
        state=row.state,
        failures=row.failures,
        waiting=row.waiting or 0,
        last_error=row.last_error,
        paused_until=row.paused_until,
        sent_at=row.sent_at,
    )
