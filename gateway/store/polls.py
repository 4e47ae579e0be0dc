"""Partners' servers that we look into: who of us does, how it goes, what was received already.

On PostgreSQL a node that looks holds an advisory lock for each of its channels, on one connection: when it dies, or
the connection breaks, another may have them. On SQLite there is one process. Should two look at once all the same, what
both fetch is received once: the message id decides.
"""

import contextlib
import threading
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

import sqlalchemy
from sqlalchemy import Connection, Engine, select, text, update

from gateway.errors import MachineError
from gateway.ledger.events import CHANNEL_FAILING, CHANNEL_LEFT, CHANNEL_STOPPED, CHANNEL_WORKS
from gateway.pipeline.polling import Look, Polled
from gateway.store import events
from gateway.store.events import Change
from gateway.store.means import Means, Transaction
from gateway.store.tables import POLL, TRANSMISSION

TELL_EVERY: Final = timedelta(seconds=30)
"""A channel that is looked into every second and is quiet needs no row written every second."""

_TRY_LOCK = text("select pg_try_advisory_lock(hashtext('gateway.poll'), hashtext(:channel))")
_UNLOCK = text("select pg_advisory_unlock(hashtext('gateway.poll'), hashtext(:channel))")
_UNLOCK_ALL = text("select pg_advisory_unlock_all()")
_KINDS: Final = {"working": CHANNEL_WORKS, "failing": CHANNEL_FAILING, "stopped": CHANNEL_STOPPED}
_AT_ONCE: Final = 1_000


class StorePolls:
    """The `Polls` port. `close` gives every channel back."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self._lock = threading.Lock()
        self._held: set[str] = set()
        self._engine: Engine | None = None
        self._connection: Connection | None = None

    # ------------------------------------------------------------------------------------------ whose turn it is

    def hold(self, channel: str) -> bool:
        """Take the channel, or see that it is still ours."""
        if self._means.database.kind == "sqlite":
            return True
        with self._lock:
            try:
                connection = self._connected()
                if channel in self._held:
                    connection.execute(text("select 1"))
                    return True
                held = bool(connection.execute(_TRY_LOCK, {"channel": channel}).scalar())
            except sqlalchemy.exc.DBAPIError as lost:
                self._drop()
                raise MachineError(f"the connection that holds the channels we look into: {lost.orig}") from lost
            if held:
                self._held.add(channel)
            return held

    def let_go(self, channel: str) -> None:
        """Another node may have it."""
        with self._lock:
            if channel in self._held and self._connection is not None:
                self._held.discard(channel)
                try:
                    self._connection.execute(_UNLOCK, {"channel": channel})
                except sqlalchemy.exc.DBAPIError:
                    self._drop()

    def close(self) -> None:
        """Give everything back, at once: a server notices a connection that ended only a moment later."""
        with self._lock:
            if self._connection is not None:
                with contextlib.suppress(sqlalchemy.exc.DBAPIError):
                    self._connection.execute(_UNLOCK_ALL)
            self._drop()
            if self._engine is not None:
                self._engine.dispose()
                self._engine = None

    def _connected(self) -> Connection:
        """One connection for all locks: they live as long as it does."""
        if self._engine is None:
            url = self._means.database.url
            self._engine = sqlalchemy.create_engine(
                url, poolclass=sqlalchemy.pool.NullPool, isolation_level="AUTOCOMMIT"
            )
        if self._connection is None:
            self._connection = self._engine.connect()
        return self._connection

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        self._held.clear()
        if connection is not None:
            with contextlib.suppress(sqlalchemy.exc.DBAPIError):
                connection.invalidate()
                connection.close()

    # ------------------------------------------------------------------------------------------ how it goes

    def looked(self, channel: str, look: Look) -> None:
        """Write down how a look ended; an event when that is another state than before."""
        before = self._row(channel)
        now = self._means.now()
        same = before is not None and (before.state, before.reason) == (look.state, look.reason)
        if before is not None and same and not look.files and before.looked_at > now - TELL_EVERY:
            return
        with self._means.database.begin() as connection:
            transaction = Transaction(self._means, connection, now)
            row = _next(before, channel, look, now)
            insert = self._means.database.insert(POLL).values(row)
            connection.execute(insert.on_conflict_do_nothing())
            connection.execute(update(POLL).where(POLL.c.channel == channel).values(row))
            was = before.state if before is not None else "working"
            if was != look.state:
                change = Change(transmission="", subject=channel, kind=_KINDS[look.state], why=look.reason)
                events.record(transaction, [change])

    def goes_on(self, channel: str) -> None:
        """It is working when it was stopped; nothing is written otherwise."""
        before = self._row(channel)
        if before is not None and before.state == "stopped":
            self.looked(channel, Look(state="working"))

    def left(self, channel: str, name: str, why: str) -> None:
        """An event: this file stays at the partner's server."""
        with self._means.database.begin() as connection:
            transaction = Transaction(self._means, connection, self._means.now())
            change = Change(transmission="", subject=channel, kind=CHANNEL_LEFT, why=why, detail={"name": name})
            events.record(transaction, [change])

    def polled(self) -> Sequence[Polled]:
        """Every channel that was ever looked into."""
        with self._means.database.reading() as connection:
            rows = connection.execute(select(POLL).order_by(POLL.c.channel)).all()
        return [Polled(**row._mapping) for row in rows]

    def _row(self, channel: str) -> Any | None:
        with self._means.database.reading() as connection:
            return connection.execute(select(POLL).where(POLL.c.channel == channel)).first()

    # ------------------------------------------------------------------------------------------ what was received

    def known(self, channel: str, message_ids: Sequence[str]) -> set[str]:
        """Those under which something was received by this channel."""
        table, found = TRANSMISSION, set[str]()
        for start in range(0, len(message_ids), _AT_ONCE):
            among = self._means.database.among(table.c.message_id, message_ids[start : start + _AT_ONCE])
            with self._means.database.reading() as connection:
                statement = select(table.c.message_id).where(table.c.channel == channel, among)
                found |= set(connection.execute(statement).scalars())
        return found


def _next(before: Any | None, channel: str, look: Look, now: Any) -> dict[str, Any]:
    works = look.state == "working"
    return {
        "channel": channel,
        "state": look.state,
        "reason": look.reason,
        "failures": 0 if works else (before.failures if before is not None else 0) + 1,
        "looked_at": now,
        "seen_at": now if works else (before.seen_at if before is not None else None),
        "taken_at": now if look.files else (before.taken_at if before is not None else None),
        "files": (before.files if before is not None else 0) + look.files,
    }
