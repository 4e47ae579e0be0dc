"""Every test of this folder runs on SQLite and on PostgreSQL, each in an empty, migrated database of its own."""

import shutil
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy

from gateway.store.blobs import FileBlobs
from gateway.store.database import Database, open_database
from gateway.store.identifiers import Identifiers
from gateway.store.means import Means
from gateway.store.tables import METADATA
from tests.contract.store.clock import Clock
from tests.contract.store.postgresql import Server, running
from tests.contract.store.rows import WORK, TableScheduler
from tests.contract.store.shop import Shop


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """One PostgreSQL for the session."""
    with running() as server:
        yield server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("template") / "gateway.db"
    _prepare(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgresql_url(server: Server) -> str:
    """The URL of a migrated PostgreSQL database that tests use one after the other."""
    server.execute("create database gateway")
    _prepare(server.url("gateway"))
    return server.url("gateway")


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    """Which database."""
    return str(request.param)


@pytest.fixture
def url(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a migrated, empty database."""
    if kind == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "gateway.db")
        yield f"sqlite:///{tmp_path / 'gateway.db'}"
        return
    url = request.getfixturevalue("postgresql_url")
    yield url
    _empty(url)


@pytest.fixture
def empty_url(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without any table."""
    if kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server: Server = request.getfixturevalue("server")
    name = f"empty_{uuid.uuid4().hex}"
    server.execute(f"create database {name}")
    yield server.url(name)
    server.execute(f"drop database {name} with (force)")


@pytest.fixture
def opened(url: str) -> Iterator[Callable[[], Database]]:
    """Opens the test's database once more, as another process would."""
    databases: list[Database] = []

    def open_another() -> Database:
        databases.append(open_database(url))
        return databases[-1]

    yield open_another
    for database in databases:
        database.close()


@pytest.fixture
def means(opened: Callable[[], Database], tmp_path: Path) -> Means:
    """What the store is made of, with a clock to turn."""
    clock = Clock()
    blobs = FileBlobs(tmp_path / "home")
    blobs.prepare()
    return Means(
        database=opened(),
        blobs=blobs,
        scheduler=TableScheduler(),
        now=clock,
        new_id=Identifiers(now=clock),
        node="one",
    )


@pytest.fixture
def shop(means: Means) -> Shop:
    """The store with everything a test does to it."""
    return Shop(means)


def _prepare(url: str) -> None:
    database = open_database(url)
    database.migrate()
    with database.begin() as connection:
        WORK.create(connection)
    if database.kind == "sqlite":
        with database.write.connect() as connection:
            connection.execute(sqlalchemy.text("PRAGMA wal_checkpoint(TRUNCATE)"))
    database.close()


def _empty(url: str) -> None:
    """Ten times faster than a new database. The audit trail has a trigger, as nobody empties it otherwise."""
    tables = [f"delete from {table.name}" for table in (*reversed(METADATA.sorted_tables), WORK)]
    database = open_database(url)
    with database.begin() as connection:
        connection.exec_driver_sql(
            "; ".join(["alter table audit disable trigger user", *tables, "alter table audit enable trigger user"])
        )
    database.close()
