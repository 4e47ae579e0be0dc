"""Files that we push, read for people: by what is in them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, func, select

from gateway.pipeline.carrying import CarryingRow
from gateway.store.database import Database
from gateway.store.tables import CARRYING, OUTBOUND_CHANNEL

_SAME = (
    *("id", "subject", "channel", "via", "name", "state", "reason", "attempts", "doubt", "message_id", "since"),
    *("taken_at", "answer_due_at", "answered_at", "disposition"),
)


def of(database: Database, connection: Connection, subjects: Sequence[str]) -> list[CarryingRow]:
    """The files that hold these interchanges and acknowledgements of ours, the first laid out first."""
    if not subjects:
        return []
    among = database.among(CARRYING.c.subject, list(subjects))
    return [_row(one) for one in connection.execute(select(CARRYING).where(among).order_by(CARRYING.c.id))]


def counts(connection: Connection) -> dict[str, int]:
    """`carrying.<state>`, and `paused_channels`."""
    counted = select(CARRYING.c.state, func.count()).group_by(CARRYING.c.state)
    paused = select(func.count()).select_from(OUTBOUND_CHANNEL).where(OUTBOUND_CHANNEL.c.paused)
    found = {f"carrying.{state}": int(number) for state, number in connection.execute(counted)}
    return found | {"paused_channels": int(connection.execute(paused).scalar_one())}


def _row(one: Any) -> CarryingRow:
    return CarryingRow(
        **{name: getattr(one, name) for name in _SAME},
        in_hand=one.in_hand_by is not None,
        next_try_at=one.next_at if one.state == "waiting" else None,
    )
