"""Rows by their id or the beginning of it, as people type it."""

from typing import Any

from sqlalchemy import Connection, Table, func, select

from gateway.errors import UsageError
from gateway.store.columns import cleaned
from gateway.store.identifiers import LENGTH

SHORTEST = 6
"""Characters of an id that may stand for the whole; fewer name a day, not a document."""

_NAMED = 3
"""Ids told of when several begin so."""

_AFTER_ALL = "~"
"""Sorts behind every character of an id."""


def find(connection: Connection, table: Table, beginning: str) -> Any | None:
    """The row whose id begins so, None when there is none.

    Raises UsageError for a beginning of fewer than `SHORTEST` characters, and for one that several ids have: it names
    the first few.
    """
    wanted = cleaned(beginning).upper()
    if len(wanted) < SHORTEST:
        raise UsageError(f"{beginning!r} is too short: at least the first {SHORTEST} of {LENGTH} characters")
    between = (table.c.id >= wanted) & (table.c.id < wanted + _AFTER_ALL)
    rows = connection.execute(select(table).where(between).order_by(table.c.id).limit(_NAMED + 1)).all()
    if len(rows) <= 1:
        return next(iter(rows), None)
    number = connection.execute(select(func.count()).select_from(table).where(between)).scalar_one()
    named = ", ".join(row.id for row in rows[:_NAMED])
    more = f" and {number - _NAMED} more" if number > _NAMED else ""
    raise UsageError(f"{beginning!r} matches {number}: {named}{more}")
