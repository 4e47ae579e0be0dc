"""A scheduler whose work is a table: enqueued in the caller's transaction, gone when that is rolled back."""

import json
from collections.abc import Sequence
from typing import cast

import sqlalchemy
from sqlalchemy import Column, Float, Integer, MetaData, Table, Text, insert, select

from gateway.pipeline.ports import Task
from gateway.store.database import Database

WORK = Table(
    "test_work",
    MetaData(),
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("task", Text),
    Column("arguments", Text),
    Column("delay", Float),
    Column("stable_id", Text, unique=True, nullable=True),
)


class TableScheduler:
    """The `Scheduler` port for tests."""

    def enqueue(
        self,
        connection: object,
        task: Task,
        arguments: Sequence[object],
        *,
        delay_seconds: float = 0.0,
        stable_id: str = "",
    ) -> None:
        """One row; none when its stable id was there before."""
        row = {"task": task, "arguments": json.dumps(arguments), "delay": delay_seconds, "stable_id": stable_id or None}
        open_connection = cast("sqlalchemy.Connection", connection)
        if stable_id:
            known = select(WORK.c.number).where(WORK.c.stable_id == stable_id)
            if open_connection.execute(known).first() is not None:
                return
        open_connection.execute(insert(WORK), [row])


def work(database: Database, task: Task | None = None) -> list[tuple[str, list[object]]]:
    """(task, arguments) enqueued so far, in order."""
    with database.reading() as connection:
        rows = connection.execute(select(WORK).order_by(WORK.c.number)).all()
    return [(row.task, json.loads(row.arguments)) for row in rows if task in (None, row.task)]


def delays(database: Database, task: Task) -> list[float]:
    """Delays of what is enqueued, in order."""
    with database.reading() as connection:
        return [
            row.delay for row in connection.execute(select(WORK).where(WORK.c.task == task).order_by(WORK.c.number))
        ]
