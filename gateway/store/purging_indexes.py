"""Indexes that only a purge needs: made when one begins, gone when it ends, so that nothing else pays for them.

Whether content may go is asked of every column that refers to content, by us and again by the database itself; without
an index each answer would read a whole table.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy
from sqlalchemy import Column, Connection, Index, MetaData, Table, Text
from sqlalchemy.schema import CreateIndex, DropIndex

from gateway.errors import MachineError
from gateway.store.database import Database
from gateway.store.lineage import content_columns
from gateway.store.tables import METADATA

_BESIDE = (("mailbox_entry", "transmission_id"), ("interchange_key", "transmission_id"), ("as2_sent", "carried_id"))
"""Columns by which belongings are found, and no constraint looks at."""


@contextmanager
def indexed(database: Database) -> Iterator[None]:
    """Have the indexes for the length of a block. PostgreSQL makes them beside what is written; SQLite needs its one
    writer for a second or two where there are millions of rows. Raises MachineError.
    """
    wanted = _wanted()
    _change(database, [DropIndex(one, if_exists=True) for one in wanted])  # a purge that was killed left them
    try:
        _change(database, [CreateIndex(one) for one in wanted])
        yield
    finally:
        _change(database, [DropIndex(one, if_exists=True) for one in wanted])


def _wanted() -> list[Index]:
    """Described apart from the tables, of which they are no part."""
    columns = [(table.name, column.name) for table in METADATA.sorted_tables for column in content_columns(table)]
    found = []
    for table, column in (*columns, *_BESIDE):
        apart = Table(table, MetaData(), Column(column, Text()))
        found.append(Index(f"ix_purging_{table}_{column}", apart.c[column], postgresql_concurrently=True))
    return found


def _change(database: Database, statements: list[CreateIndex] | list[DropIndex]) -> None:
    if database.kind == "sqlite":
        for statement in statements:
            with database.begin() as connection:
                connection.execute(statement)
        return
    try:
        with database.write.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            _execute(connection, statements)
    except sqlalchemy.exc.DBAPIError as refused:
        raise MachineError(f"database: {str(refused.orig).splitlines()[0]}") from refused


def _execute(connection: Connection, statements: list[CreateIndex] | list[DropIndex]) -> None:
    for statement in statements:
        connection.execute(statement)
