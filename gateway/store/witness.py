"""PostgreSQL: nodes that run tell a node that starts whether its home is theirs, and look whether it still is.

A home that was copied a minute ago has every mark that the one it was copied from has. So whoever starts makes a new
mark and asks; each running node looks into its own home. Notifications only: nothing is left in a table. A node that
was paused could not answer; when it goes on it sees that the database names another home by now, and has to end.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar, cast

import psycopg
import sqlalchemy
import structlog
from sqlalchemy import text

from gateway.errors import MachineError
from gateway.store.home import Answer, StoreHome
from gateway.store.locks import Lock

log = structlog.get_logger("gateway.store")

_ASK, _TELL = "gateway_home_asked", "gateway_home_told"
_LISTEN_TO_ASKED, _LISTEN_TO_TOLD = text("listen gateway_home_asked"), text("listen gateway_home_told")
_NOTIFY = text("select pg_notify(:channel, :words)")
_HOLD = text("select pg_advisory_lock_shared(cast(:key as bigint))")
_HOLDERS = text(
    "select count(*) from pg_locks where locktype = 'advisory' and granted and classid = 0 and objsubid = 1 "
    "and objid = cast(:key as oid) "
    "and database = (select oid from pg_database where datname = current_database())"
)

PATIENCE_SECONDS = 5.0
"""How long an answer is waited for. A dead node's lock is gone at once, so only a paused machine takes so long."""

SECOND_LOOK_SECONDS = 2.0
"""How long a running node looks before it says that a mark is missing: file systems may be slow to tell."""

LOOK_SECONDS = 30.0
"""How often a running node looks whether its home is still the one that the database names."""

_TURN_SECONDS = 0.25

Value = TypeVar("Value")


class RunningNodes:
    """The nodes that run on one PostgreSQL database, asked over a connection of our own."""

    def __init__(self, url: str, *, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._engine = _engine(url)
        self._patience = patience_seconds

    def running(self) -> int:
        """How many there are. Raises MachineError."""
        with _connected(self._engine) as connection:
            return _holders(connection)

    def see(self, token: str) -> Answer:
        """Ask until one answers, none is left or patience ends; the first answer counts. Raises MachineError."""
        with _connected(self._engine) as connection:
            connection.execute(_LISTEN_TO_TOLD)
            deadline = time.monotonic() + self._patience
            while _holders(connection):
                connection.execute(_NOTIFY, {"channel": _ASK, "words": token})
                for words in _notices(connection, _TURN_SECONDS):
                    about, _, answer = words.partition(" ")
                    if about == token:
                        return "seen" if answer == "seen" else "missing"
                if time.monotonic() > deadline:
                    return "silent"
        return "nobody"


class Witness:
    """Answers for this node while it runs. A lost connection is made anew: without one we count as not running.

    `lost` is called once, from a thread of its own, with the reason why this node must not go on.
    """

    def __init__(
        self, url: str, home: StoreHome, lost: Callable[[str], None], *, look_seconds: float = LOOK_SECONDS
    ) -> None:
        self._engine, self._home, self._lost, self._every = _engine(url), home, lost, look_seconds
        self._stop = threading.Event()
        self._standing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="witness", daemon=True)

    def start(self) -> None:
        """Returns once whoever starts next will find us, or the database cannot be reached just now."""
        self._thread.start()
        self._standing.wait(PATIENCE_SECONDS)

    def stop(self) -> None:
        """No more answers."""
        self._stop.set()
        self._thread.join(timeout=10)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with _connected(self._engine) as connection:
                    connection.execute(_LISTEN_TO_ASKED)
                    connection.execute(_HOLD, {"key": Lock.LIVE.value})
                    self._standing.set()
                    self._stand(connection)
            except MachineError as broken:
                log.warning("witness.connection", error=str(broken))
                self._stop.wait(0.3)

    def _stand(self, connection: sqlalchemy.Connection) -> None:
        due = 0.0  # at once: nobody could ask us while we had no connection
        while not self._stop.is_set():
            if time.monotonic() >= due:
                self._look()
                due = time.monotonic() + self._every
            for token in set(_notices(connection, _TURN_SECONDS)):
                if not self._tell(connection, token):
                    due = 0.0

    def _look(self) -> None:
        """End this node when its home is not the database's any more; what cannot be looked at proves nothing."""
        try:
            wrong = self._until("", self._home.objection)
        except MachineError as refused:
            log.warning("home.unverified", found=str(refused))
            return
        if wrong and not self._stop.is_set():
            log.error("home.lost", found=wrong)
            self._stop.set()
            self._lost(wrong)

    def _tell(self, connection: sqlalchemy.Connection, token: str) -> bool:
        seen = self._until(True, lambda: self._home.marks.has(token))
        if not seen:
            log.error("home.other", found="a node that starts on this database has another home than this one")
        words = f"{token} {'seen' if seen else 'missing'}"
        connection.execute(_NOTIFY, {"channel": _TELL, "words": words})
        return seen

    def _until(self, good: Value, look: Callable[[], Value]) -> Value:
        """Look until it is good, or patience ends. Returns what was seen last."""
        deadline = time.monotonic() + SECOND_LOOK_SECONDS
        while (seen := look()) != good:
            if time.monotonic() > deadline or self._stop.wait(_TURN_SECONDS):
                break
        return seen


def _engine(url: str) -> sqlalchemy.Engine:
    return sqlalchemy.create_engine(url, poolclass=sqlalchemy.pool.NullPool, isolation_level="AUTOCOMMIT")


@contextmanager
def _connected(engine: sqlalchemy.Engine) -> Iterator[sqlalchemy.Connection]:
    try:
        with engine.connect() as connection:
            yield connection
    except (sqlalchemy.exc.SQLAlchemyError, psycopg.Error) as refused:
        raise MachineError(f"database: {type(refused).__name__}") from refused


def _holders(connection: sqlalchemy.Connection) -> int:
    return int(connection.execute(_HOLDERS, {"key": Lock.LIVE.value}).scalar_one())


def _notices(connection: sqlalchemy.Connection, seconds: float) -> Iterator[str]:
    """Payloads that come within these seconds; ends after the first that came, with all that came beside it."""
    driver = cast("psycopg.Connection[Any]", connection.connection.driver_connection)
    for notice in driver.notifies(timeout=seconds, stop_after=1):
        yield notice.payload
