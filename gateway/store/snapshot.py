"""One state of the whole database, held while it is copied: a backup keeps no writer from writing.

SQLite: a reading transaction pins the state, and the online backup API copies the pages of that state. PostgreSQL: one
repeatable-read transaction, and each table streamed out of it by COPY.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from alembic.migration import MigrationContext
from psycopg import sql
from sqlalchemy import Connection, Table, func, select, text

from gateway.errors import MachineError
from gateway.store.backup_form import Copied
from gateway.store.database import Database
from gateway.store.tables import CONTENT, EVENT, METADATA

PAGES = 4_096
"""SQLite pages copied at a time: 16 MB."""

PAGE = 10_000

_NO_LIMIT = text("set local statement_timeout = 0")
_ONLY_READS = text("set transaction isolation level repeatable read, read only")


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One state of a database: all that was committed before `moment`, and perhaps a little more."""

    database: Database
    connection: Connection
    moment: datetime

    def last_event(self) -> int:
        """The highest number of an event."""
        return int(self.connection.execute(select(func.coalesce(func.max(EVENT.c.number), 0))).scalar_one())

    def migration(self) -> str:
        """Where the tables stand."""
        return MigrationContext.configure(self.connection).get_current_revision() or ""

    def rows(self) -> dict[str, int]:
        """How many rows each table has."""
        counted = ((table, select(func.count()).select_from(table)) for table in METADATA.sorted_tables)
        return {table.name: int(self.connection.execute(count).scalar_one()) for table, count in counted}

    def contents(self) -> Iterator[tuple[str, int]]:
        """(SHA-256, size) of each content that is a file, by its hash."""
        last = ""
        while True:
            wanted = select(CONTENT.c.sha256, CONTENT.c.size).where(CONTENT.c.body.is_(None), CONTENT.c.sha256 > last)
            page = self.connection.execute(wanted.order_by(CONTENT.c.sha256).limit(PAGE)).all()
            if not page:
                return
            yield from ((row.sha256, int(row.size)) for row in page)
            last = page[-1].sha256

    def copy_file(self, target: Path) -> None:
        """SQLite: the database as one file. Raises MachineError."""
        try:
            _copy_pages(self._driver, target)
        except sqlite3.Error as refused:
            raise MachineError(f"{target}: {refused}") from refused

    def copy_tables(self, folder: Path) -> Sequence[Copied]:
        """PostgreSQL: each table as a file of its name, streamed. Raises MachineError."""
        try:
            return [self._copy_table(table, folder / table.name) for table in METADATA.sorted_tables]
        except psycopg.Error as refused:
            raise MachineError(f"database: {refused}") from refused

    def _copy_table(self, table: Table, target: Path) -> Copied:
        columns = tuple(column.name for column in table.columns)
        with target.open("xb") as file, self._driver.cursor() as cursor:
            with cursor.copy(copying("copy {} ({}) to stdout", table.name, columns)) as copy:
                for data in copy:
                    file.write(data)
            return Copied(name=table.name, columns=columns, rows=max(cursor.rowcount, 0))

    @property
    def _driver(self) -> Any:
        return self.connection.connection.driver_connection


def copying(form: Any, table: str, columns: Sequence[str]) -> sql.Composed:
    """A COPY statement of this form, "copy {} ({}) ...", with its names quoted."""
    return sql.SQL(form).format(sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns)))


@contextmanager
def snapshot(database: Database, now: Callable[[], datetime]) -> Iterator[Snapshot]:
    """Hold one state of the database for the length of a block. Raises MachineError."""
    moment = now()  # before the state is pinned: whoever had a yes by then is in it
    if database.kind == "sqlite":
        with database.reading() as connection:
            held = Snapshot(database=database, connection=connection, moment=moment)
            held.last_event()  # SQLite takes the state at the first reading, not at BEGIN
            yield held
        return
    with database.begin() as connection:
        connection.execute(_ONLY_READS)
        connection.execute(_NO_LIMIT)
        held = Snapshot(database=database, connection=connection, moment=moment)
        held.last_event()
        yield held


def _copy_pages(source: sqlite3.Connection, target: Path) -> None:
    copy = sqlite3.connect(target, isolation_level=None)
    try:
        source.backup(copy, pages=PAGES, sleep=0.0)
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
        found = copy.execute("PRAGMA quick_check(1)").fetchone()
        if found != ("ok",):
            raise sqlite3.DatabaseError(f"the copy is damaged: {found}")
    finally:
        copy.close()
