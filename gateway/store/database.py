"""The database: one engine that writes, one that only reads, and the migrations between them and the tables.

SQLite: one writing connection per process, every transaction BEGIN IMMEDIATE, WAL with synchronous=FULL; readers have
connections of their own and never wait for the writer. PostgreSQL: two pools of psycopg connections.
"""

import json
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar

import sqlalchemy
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import ColumnElement, Connection, Engine, Integer, Text, any_, event, func, literal, make_url, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.pool import QueuePool

from gateway.errors import Collided, MachineError, SettingsError
from gateway.store.locks import Lock

MIGRATIONS = Path(__file__).with_name("migrations")

BUSY_TIMEOUT_MILLISECONDS = 30_000
"""How long SQLite waits for another process (a command, a backup) that is writing."""

READ_TIMEOUT_MILLISECONDS = 15_000
"""PostgreSQL ends a question that takes longer: a screen must not hold back vacuum."""

CONNECT_TIMEOUT_SECONDS = 5

Insert = sqlite.Insert | postgresql.Insert
_SENT_BACK = ("40P01", "40001")
"""PostgreSQL's SQLSTATEs of a deadlock and of a serialization failure: class 40, transaction rollback."""

TRIES = 3
"""Of one transaction that the database sends back: who locks in one order hardly ever needs the second."""

Value = TypeVar("Value")
_REFUSALS = (
    sqlalchemy.exc.OperationalError,
    sqlalchemy.exc.InterfaceError,
    sqlalchemy.exc.InternalError,
    sqlalchemy.exc.TimeoutError,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """Engines of one database. `write` is shared with the durable engine; `read` never waits for a writer."""

    url: str
    kind: Literal["sqlite", "postgresql"]
    write: Engine
    read: Engine

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """One writing transaction: committed at the end, rolled back by any exception. Raises MachineError, Collided.

        Never open another inside: SQLite has one writing connection, and the second would wait for the first.
        """
        with _refusals(), self.write.connect() as connection:
            if self.kind == "sqlite":  # the driver would begin at the first INSERT only: after we have looked
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection
            connection.commit()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that only reads, and sees one state of the database. Raises MachineError."""
        with _refusals(), self.read.connect() as connection:
            if self.kind == "sqlite":
                connection.exec_driver_sql("BEGIN")
            yield connection

    def insert(self, table: sqlalchemy.Table) -> Insert:
        """An INSERT that knows ON CONFLICT in this database's dialect."""
        return sqlite.insert(table) if self.kind == "sqlite" else postgresql.insert(table)

    def among(self, column: ColumnElement[Any], ids: Sequence[str] | Sequence[int]) -> ColumnElement[bool]:
        """`column in ids` as one parameter, whatever their number: one prepared statement instead of hundreds."""
        if self.kind == "sqlite":
            listed = func.json_each(json.dumps(list(ids))).table_valued("value")
            return column.in_(select(listed.c.value))
        numbers = bool(ids) and isinstance(ids[0], int)
        return column == any_(literal(list(ids), ARRAY(Integer() if numbers else Text())))

    def migrate(self) -> None:
        """Create or update the tables; does nothing when they are current. Raises MachineError."""
        with self._unchecked(), self.begin() as connection:
            if self.kind == "postgresql":
                connection.execute(select(func.pg_advisory_xact_lock(Lock.MIGRATION.value)))
            at = _at(connection)
            if at == _needs():
                return
            if is_later(at):
                raise MachineError(unfit(at))
            upgrade(connection, "head")
            _check_references(connection)

    @contextmanager
    def _unchecked(self) -> Iterator[None]:
        """SQLite alters a table by writing it anew and dropping the old one, which the references to it forbid: as its
        documentation asks, they are not looked at meanwhile. Its one writing connection is the one of the migration.
        """
        self._check_as_written(False)
        try:
            yield
        finally:
            self._check_as_written(True)

    def _check_as_written(self, on: bool) -> None:
        if self.kind == "sqlite":
            with _refusals(), self.write.connect() as connection:
                connection.exec_driver_sql("PRAGMA foreign_keys=ON" if on else "PRAGMA foreign_keys=OFF")

    def status(self) -> Mapping[str, str]:
        """`kind`, the migration the tables are `at` ("" when there are none) and the one this version `needs`."""
        with _refusals(), _readable(), self.read.connect() as connection:
            return {"kind": self.kind, "at": _at(connection), "needs": _needs()}

    def close(self) -> None:
        """Close every connection."""
        self.write.dispose()
        self.read.dispose()


def open_database(url: str) -> Database:
    """Engines for a SQLAlchemy URL: `sqlite:///PATH` or `postgresql+psycopg://...`. Connects only when used.

    Raises SettingsError for any other kind of database.
    """
    backend = _backend(url)
    if backend == "sqlite":
        return Database(url=url, kind="sqlite", write=_sqlite(url, size=1), read=_sqlite(url, size=8, reads=True))
    options = f"-c default_transaction_read_only=on -c statement_timeout={READ_TIMEOUT_MILLISECONDS}"
    return Database(url=url, kind="postgresql", write=_postgresql(url, 20), read=_postgresql(url, 10, options=options))


def _backend(url: str) -> Literal["sqlite", "postgresql"]:
    try:
        name = make_url(url).get_backend_name()
    except sqlalchemy.exc.ArgumentError as wrong:
        raise SettingsError("database: the URL cannot be read; write postgresql://user@host/name") from wrong
    if name not in ("sqlite", "postgresql"):
        raise SettingsError(f"database: {name!r} is not supported; use sqlite or postgresql")
    return "sqlite" if name == "sqlite" else "postgresql"


def _sqlite(url: str, *, size: int, reads: bool = False) -> Engine:
    engine = sqlalchemy.create_engine(
        url,
        poolclass=QueuePool,
        pool_size=size,
        max_overflow=0,
        pool_timeout=60,
        connect_args={"check_same_thread": False},
    )
    pragmas = [f"busy_timeout={BUSY_TIMEOUT_MILLISECONDS}", "synchronous=FULL", "foreign_keys=ON"]
    pragmas += ["cache_size=-32000", "temp_store=MEMORY"]
    if reads:
        pragmas.append("query_only=ON")

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: object) -> None:
        connection.isolation_level = "IMMEDIATE"  # for the durable engine, which leaves BEGIN to the driver
        _keep_write_ahead_log(connection)
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    return engine


def _keep_write_ahead_log(connection: Any) -> None:
    """WAL is a property of the file. Two processes that turn it on at once get "locked" without being made to wait."""
    for left in reversed(range(100)):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            if not left:
                raise
            time.sleep(0.05)


def _postgresql(url: str, size: int, *, options: str = "") -> Engine:
    return sqlalchemy.create_engine(
        url,
        pool_size=size,
        max_overflow=size // 2,
        pool_timeout=30,
        pool_pre_ping=True,
        use_native_hstore=False,  # no column is of that type: to ask each new connection for it is half of its start
        connect_args={"connect_timeout": CONNECT_TIMEOUT_SECONDS} | ({"options": options} if options else {}),
    )


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except _REFUSALS as refused:
        if getattr(getattr(refused, "orig", None), "sqlstate", "") in _SENT_BACK:
            said = f"{_first_line(refused)}: somebody wrote the same at that moment. Nothing was done: do it once more"
            raise Collided(f"database: {said}") from refused
        raise MachineError(f"database: {_first_line(refused)}") from refused


def unless_collided(action: Callable[[], Value]) -> Value:
    """Run what is one transaction, again at once where the database sends it back in favour of another. Raises what
    `action` raises, Collided after some tries.
    """
    for _ in range(TRIES - 1):
        with suppress(Collided):
            return action()
    return action()


@contextmanager
def _readable() -> Iterator[None]:
    """A file that is no database is the machine's trouble; elsewhere such an error is about what was to be written."""
    try:
        yield
    except sqlalchemy.exc.DatabaseError as refused:
        raise MachineError(f"database: {_first_line(refused)}") from refused


def lost_connection(error: BaseException) -> bool:
    """True when the connection broke: what was being committed may or may not be stored."""
    cause = error.__cause__ if isinstance(error, MachineError) else error
    return isinstance(cause, sqlalchemy.exc.DBAPIError) and cause.connection_invalidated


def _first_line(error: sqlalchemy.exc.SQLAlchemyError) -> str:
    # Never the statement with its parameters: they are somebody's documents.
    original = getattr(error, "orig", None) or error
    return (str(original).strip() or type(original).__name__).splitlines()[0]


def upgrade(connection: Connection, revision: str) -> None:
    """Bring the tables to a migration, in the transaction of this connection; "head" is the newest."""
    config = _alembic()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def migration_scripts() -> ScriptDirectory:
    """Every migration that this version knows."""
    return ScriptDirectory.from_config(_alembic())


def unfit(at: str) -> str:
    """Why the tables of this migration are not those that this version needs, and what to do; "" when they are."""
    if at == _needs():
        return ""
    if is_later(at):
        return (
            f"the database is at {at}, which a later version of the gateway made: this version needs {_needs()}, and "
            "no way leads back; start that version, or restore a backup of before"
        )
    return f"the database is at {at or 'nothing'}, this version needs {_needs()}: gateway database migrate"


def is_later(at: str) -> bool:
    """Whether this version does not know a migration."""
    return bool(at) and at not in {script.revision for script in migration_scripts().walk_revisions()}


def _check_references(connection: Connection) -> None:
    """What a migration wrote anew is held to its references, all at once. Raises MachineError."""
    if connection.dialect.name == "sqlite" and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
        raise MachineError("database: the migration would leave references that lead nowhere; nothing was changed")


def _at(connection: Connection) -> str:
    return MigrationContext.configure(connection).get_current_revision() or ""


@cache
def _needs() -> str:
    return migration_scripts().get_current_head() or ""


def _alembic() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
