"""Notices as they are made: in the transaction that moves the follower past their events."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from gateway.pipeline.notices.bodies import alert_of, as_json
from gateway.pipeline.notices.values import (
    Alerted,
    Choosing,
    Chosen,
    Gathered,
    Line,
    NewNotice,
    NoticeState,
    TargetState,
)
from gateway.store.means import Transaction
from gateway.store.notice_tables import NOTICE, NOTICE_TARGET
from gateway.store.rows import ManyRows

_INSERT = ManyRows(lambda insert: insert(NOTICE))


def make(transaction: Transaction, choosing: Choosing, chosen: Chosen) -> None:
    """Write what was chosen. What would go to a target that is gone is not made."""
    gone = _gone(transaction.connection)
    notices = [one for one in chosen.notices if one.target not in gone]
    _supersede(transaction, [one for one in notices if one.kind == "status"])
    _INSERT.run(transaction.connection, [_row(transaction, one) for one in notices])
    for alerted in chosen.alerts:
        if alerted.target not in gone:
            _gather(transaction, choosing, alerted)


def _gone(connection: Connection) -> frozenset[str]:
    names = select(NOTICE_TARGET.c.name).where(NOTICE_TARGET.c.state == TargetState.GONE.value)
    return frozenset(connection.execute(names).scalars())


def _supersede(transaction: Transaction, statuses: Sequence[NewNotice]) -> None:
    """Of the statuses of a document only the last one that waits goes out; one that is in hand may be there already."""
    by_target: dict[str, list[str]] = {}
    for one in statuses:
        by_target.setdefault(one.target, []).append(one.subject)
    for target, subjects in by_target.items():
        among = transaction.means.database.among(NOTICE.c.subject, subjects)
        waits = (NOTICE.c.state == NoticeState.WAITING.value, NOTICE.c.in_hand_by.is_(None))
        values = {"state": NoticeState.SUPERSEDED.value, "settled_at": transaction.now}
        statement = update(NOTICE).where(among, NOTICE.c.target == target, NOTICE.c.kind == "status", *waits)
        transaction.connection.execute(statement.values(values))


def _row(transaction: Transaction, one: NewNotice) -> dict[str, Any]:
    about = {"kind": one.kind, "target": one.target, "subject": one.subject, "event_number": one.event}
    return _new(transaction, NoticeState.WAITING, transaction.now) | about | {"body": json.dumps(one.body)}


def _new(transaction: Transaction, state: NoticeState, next_at: datetime) -> dict[str, Any]:
    return {
        "id": transaction.means.new_id(),
        "state": state.value,
        "attempts": 0,
        "created_at": transaction.now,
        "next_at": next_at,
        "in_hand_by": None,
        "first_tried_at": None,
        "settled_at": None,
        "last_error": "",
    }


# ---------------------------------------------------------------------------------------------- alerts


def _gather(transaction: Transaction, choosing: Choosing, alerted: Alerted) -> None:
    """More lines for the open alert of a target, or a new one."""
    connection, target = transaction.connection, alerted.target
    is_open = (NOTICE.c.target == target, NOTICE.c.state == NoticeState.GATHERING.value)
    row = connection.execute(select(NOTICE).where(*is_open).with_for_update(key_share=True)).first()
    before = gathered(json.loads(row.body), row.next_at) if row is not None else None
    last = connection.execute(select(NOTICE_TARGET.c.alerted_at).where(NOTICE_TARGET.c.name == target)).scalar()
    made = choosing.gather(target, before, last, alerted.lines, transaction.now)
    values = {"body": json.dumps(as_json(alert_of(made))), "next_at": made.due_at}
    values["event_number"] = alerted.lines[-1].event
    if row is not None:
        connection.execute(update(NOTICE).where(NOTICE.c.id == row.id).values(values))
        return
    about = {"kind": alerted.kind, "target": target, "subject": made.role}
    _INSERT.run(connection, [_new(transaction, NoticeState.GATHERING, made.due_at) | about | values])


def gathered(body: Mapping[str, Any], due_at: datetime) -> Gathered:
    """An alert as it stands in its row."""
    data = body["data"]
    lines = [Line(**(one | {"at": datetime.fromisoformat(one["at"])})) for one in data["lines"]]
    return Gathered(
        role=data["role"],
        count=data["count"],
        severity=data["severity"],
        since=datetime.fromisoformat(data["since"]),
        until=datetime.fromisoformat(data["until"]),
        by_rule=data["by_rule"],
        lines=lines,
        due_at=due_at,
    )
