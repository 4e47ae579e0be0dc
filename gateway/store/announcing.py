"""What was received becomes work a group at a time, though it is committed at once.

A commit costs the disk some milliseconds, a piece of work costs the engine more, and the engine begins so many a second
only. So the first of a burst is enqueued in the transaction that stores it; what follows within the pace is written
down as unannounced in the transaction that stores it, and the next announcement takes all of it. A process that dies
in between leaves the rows: the next start, or another process, announces them.
"""

import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select

from gateway.store import work
from gateway.store.means import Means, Transaction
from gateway.store.rows import ManyRows
from gateway.store.tables import UNANNOUNCED

LEFT_SECONDS: Final = 5.0
"""A process that lives announces within the pace; what is unannounced after this was left by one that does not."""

_GRACE: Final = 1.2
"""Of the pace: what comes in by then takes along what waits, and saves it a commit of its own."""

_AT_ONCE: Final = 1_000
_INSERT = ManyRows(lambda insert: insert(UNANNOUNCED).on_conflict_do_nothing())


class Announcer:
    """Says when what was received becomes work. For the writer's thread only."""

    def __init__(self, means: Means, pace_seconds: float) -> None:
        self._means, self._pace = means, pace_seconds
        self._later: list[str] = []
        self._last = self._looked = 0.0

    def put(self, transaction: Transaction, ids: Sequence[str]) -> bool:
        """In the transaction that stores these: make them work with all that waits, or have them wait.

        True when they are to be handed to `waits` once the transaction is committed, else call `announced` then.
        """
        if not ids:
            return True
        if time.monotonic() - self._last < self._pace:
            _INSERT.run(transaction.connection, [{"transmission_id": id, "at": transaction.now} for id in sorted(ids)])
            return True
        work.process(transaction, [*_taken(transaction, self._later), *ids])
        return False

    def waits(self, ids: Sequence[str]) -> None:
        """These were stored unannounced."""
        self._later += ids

    def announced(self) -> None:
        """All that waited is work."""
        self._later, self._last = [], time.monotonic()

    def seconds_left(self, most: float) -> float:
        """Until what waits has to be announced; `most` when nothing does."""
        return max(0.0, min(most, self._last + self._pace * _GRACE - time.monotonic())) if self._later else most

    def announce(self) -> None:
        """Make what waits work now. Raises MachineError; then it waits on."""
        if self._later:
            with self._means.database.begin() as connection:
                transaction = Transaction(self._means, connection, self._means.now())
                work.process(transaction, _taken(transaction, self._later))
            self.announced()

    def take_up(self, left_seconds: float = LEFT_SECONDS) -> None:
        """Announce what a process left that is no more; looks once in `LEFT_SECONDS`. Raises MachineError."""
        if self._looked and time.monotonic() - self._looked < LEFT_SECONDS:
            return
        self._looked = time.monotonic()
        before = self._means.now() - timedelta(seconds=left_seconds)
        while self._take_up(before) == _AT_ONCE:
            pass

    def _take_up(self, before: datetime) -> int:
        table = UNANNOUNCED
        left = select(table.c.transmission_id).where(table.c.at <= before).limit(_AT_ONCE)
        with self._means.database.reading() as connection:  # nearly always there is nothing
            if connection.execute(left).first() is None:
                return 0
        with self._means.database.begin() as connection:
            transaction = Transaction(self._means, connection, self._means.now())
            ids = connection.execute(left.with_for_update(skip_locked=True, key_share=True)).scalars().all()
            work.process(transaction, _taken(transaction, ids))
        return len(ids)


def _taken(transaction: Transaction, ids: Sequence[str]) -> list[str]:
    """Those of them that nobody has announced yet; they are not unannounced any more."""
    if not ids:
        return []
    table = UNANNOUNCED
    gone = delete(table).where(transaction.means.database.among(table.c.transmission_id, ids))
    return sorted(transaction.connection.execute(gone.returning(table.c.transmission_id)).scalars())
