"""How far the events are final: up to which number nothing can come any more.

On SQLite one transaction writes at a time, so numbers become visible in their order. On PostgreSQL a number is drawn
when an event is written and seen when its transaction commits: a later number may be seen first, and a reader that went
by the highest it saw would skip the others for ever. Whoever writes an event holds a lock on the table from before it
draws the number until after its commit is seen. So: read the highest number, then who holds such a lock; when all of
those are gone, every number up to that one is there, or will never be.
"""

import threading
import time
from typing import Final

from sqlalchemy import func, select, text

from gateway.store.database import Database
from gateway.store.tables import EVENT

_WRITERS = text(
    "select virtualtransaction from pg_locks where locktype = 'relation' and granted"
    " and relation = cast('event' as regclass)"
    " and database = (select oid from pg_database where datname = current_database())"
    " and mode in ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')"
)
"""Vacuum and those who only read hold other modes."""

TRIES: Final = 4
BETWEEN_SECONDS: Final = 0.02
"""Transactions that write events take some milliseconds: one look more is mostly enough."""


class EventTail:
    """Asked again and again by one follower at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._final = 0
        self._pending: tuple[int, frozenset[str]] | None = None

    def final(self) -> int:
        """The highest number below which, itself included, no event can come any more. Raises MachineError."""
        if self._database.kind == "sqlite":
            return self._highest()
        with self._lock:
            for left in reversed(range(TRIES)):
                if self._look() or not left:
                    break
                time.sleep(BETWEEN_SECONDS)
            return self._final

    def _look(self) -> bool:
        """Whether all who wrote when the pending number was seen are gone; then that number is final."""
        if self._pending is None:
            highest = self._highest()
            if highest <= self._final:
                return True
            self._pending = (highest, self._writers())  # in this order: who comes later draws a higher number
        number, wrote = self._pending
        if wrote:
            wrote &= self._writers()
        if wrote:
            self._pending = (number, wrote)
            return False
        self._final, self._pending = number, None
        return True

    def _highest(self) -> int:
        with self._database.reading() as connection:
            return int(connection.execute(select(func.max(EVENT.c.number))).scalar() or 0)

    def _writers(self) -> frozenset[str]:
        with self._database.reading() as connection:
            return frozenset(connection.execute(_WRITERS).scalars())
