"""One state of the database for several questions: each is asked as if it were the only one, and all see the same."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import Connection

from gateway.store.database import Database
from gateway.store.reports.looks import names, steady
from gateway.store.snapshot import Snapshot, snapshot


@dataclass(frozen=True, kw_only=True)
class Still(Database):
    """A database that stands still: whoever reads, reads the state that `connection` sees."""

    connection: Connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """The one connection, for as long as it stands still."""
        yield self.connection

    @cached_property
    def partners(self) -> frozenset[str]:
        """Every partner that something came from or went to."""
        return frozenset(names(self.connection))


@dataclass(frozen=True, kw_only=True)
class Moment(Still):
    """A state that may be held for long, and what is known of it."""

    held: Snapshot


@contextmanager
def standing_still(database: Database) -> Iterator[Still]:
    """Several questions about one state, for as long as a question may take. Raises MachineError."""
    with steady(database) as connection:
        yield Still(**_engines(database), connection=connection)


@contextmanager
def at_one_moment(database: Database, now: Callable[[], datetime]) -> Iterator[Moment]:
    """Hold one state for the length of a block; nobody else waits for it. Raises MachineError."""
    with snapshot(database, now) as held:
        yield Moment(**_engines(database), connection=held.connection, held=held)


def _engines(database: Database) -> dict[str, Any]:
    return {"url": database.url, "kind": database.kind, "write": database.write, "read": database.read}
