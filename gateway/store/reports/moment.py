"""One state of the database for several questions: each is asked as if it were the only one, and all see the same."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from gateway.store.database import Database
from gateway.store.snapshot import Snapshot, snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment(Database):
    """A database that stands still: whoever reads, reads the state that `held` holds."""

    held: Snapshot

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """The one connection of the moment."""
        yield self.held.connection


@contextmanager
def at_one_moment(database: Database, now: Callable[[], datetime]) -> Iterator[Moment]:
    """Hold one state for the length of a block; nobody else waits for it. Raises MachineError."""
    with snapshot(database, now) as held:
        yield Moment(url=database.url, kind=database.kind, write=database.write, read=database.read, held=held)
