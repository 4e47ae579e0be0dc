"""Migrations: from nothing to what the tables say, again without effect, and by several nodes at once."""

import asyncio

import pytest
import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from gateway.errors import ConfigurationError, MachineError
from gateway.store.database import open_database
from gateway.store.tables import METADATA


def test_an_empty_database_is_brought_to_what_the_tables_say(empty_url: str) -> None:
    database = open_database(empty_url)
    before = database.status()

    database.migrate()

    after = database.status()
    with database.write.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), METADATA)
    database.close()
    assert (before["at"], after["at"]) == ("", after["needs"])
    assert differences == []


def test_migrating_again_changes_nothing(empty_url: str) -> None:
    database = open_database(empty_url)
    database.migrate()
    with database.begin() as connection:
        connection.execute(METADATA.tables["release"].insert(), [{"revision": "x", "published_at": _noon()}])

    database.migrate()

    with database.reading() as connection:
        kept = connection.execute(sqlalchemy.select(METADATA.tables["release"].c.revision)).scalars().all()
    database.close()
    assert kept == ["x"]


async def test_nodes_that_start_together_migrate_one_after_the_other(empty_url: str) -> None:
    databases = [open_database(empty_url) for _ in range(3)]

    await asyncio.gather(*(asyncio.to_thread(database.migrate) for database in databases))

    assert {database.status()["at"] for database in databases} == {databases[0].status()["needs"]}
    for database in databases:
        database.close()


def test_a_database_that_is_not_there_is_a_machine_error() -> None:
    for url in ("sqlite:////nowhere/at/all/gateway.db", "postgresql+psycopg://nobody@127.0.0.1:1/nothing"):
        database = open_database(url)
        with pytest.raises(MachineError):
            database.status()
        database.close()


@pytest.mark.parametrize("url", ["mysql://somewhere/else", "not a url"])
def test_another_kind_of_database_is_a_configuration_error(url: str) -> None:
    with pytest.raises(ConfigurationError):
        open_database(url)


def test_sqlite_syncs_every_commit_and_keeps_a_write_ahead_log(shop_url: str) -> None:
    database = open_database(shop_url)
    with database.write.connect() as connection:
        settings = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    database.close()
    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000}


@pytest.fixture
def shop_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"sqlite:///{tmp_path_factory.mktemp('sqlite')}/gateway.db"


def _noon() -> object:
    from tests.contract.store.clock import Clock

    return Clock()()
