"""Migrations: from nothing to what the tables say, again without effect, and by several nodes at once."""

import asyncio
from pathlib import Path

import pytest
import sqlalchemy
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext

from gateway.app.memory import require_current
from gateway.errors import ConfigurationError, MachineError
from gateway.store.blobs import FileBlobs
from gateway.store.database import MIGRATIONS, Database, open_database
from gateway.store.identifiers import Identifiers
from gateway.store.means import Means
from gateway.store.tables import METADATA
from tests.contract.store.clock import Clock
from tests.contract.store.rows import WORK, TableScheduler
from tests.contract.store.shop import Shop
from tests.contract.store.test_order_waits import WHO, change, followed, mapped_again


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


def test_the_tables_of_a_later_version_are_refused_in_words_and_left_alone(empty_url: str) -> None:
    database = open_database(empty_url)
    database.migrate()
    with database.begin() as connection:
        connection.exec_driver_sql("update alembic_version set version_num = '9999'")

    with pytest.raises(MachineError, match=r"at 9999, which a later version of the gateway made.*no way leads back"):
        database.migrate()
    with pytest.raises(MachineError, match="start that version, or restore a backup"):
        require_current(database)

    assert database.status()["at"] == "9999"
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


def test_documents_of_the_version_before_keep_all_they_had_when_their_table_is_altered(empty_url: str) -> None:
    database = open_database(empty_url)
    with database.begin() as connection:
        _upgrade(connection, "0002")
        for statement in _OLD_ROWS:
            connection.execute(sqlalchemy.text(statement))

    database.migrate()

    with database.reading() as connection:
        document = connection.execute(sqlalchemy.select(METADATA.tables["document"])).one()
        key = connection.execute(sqlalchemy.select(METADATA.tables["document_key"])).one()
        waiting = {one["name"] for one in sqlalchemy.inspect(connection).get_indexes("document")}
    with pytest.raises(sqlalchemy.exc.IntegrityError), database.begin() as connection:
        connection.execute(METADATA.tables["document_key"].insert(), [{"document_id": "X", "name": "n", "value": "v"}])
    database.close()
    assert (document.id, document.interchange_id, document.state) == ("D", "I", "mapped")
    assert (document.acknowledgement, document.acknowledgement_detail, document.outbound_group_id) == ("", [], None)
    assert key.document_id == "D"
    assert {"ix_document_waiting", "ix_document_untranslated", "ix_document_collected"} <= waiting


def _upgrade(connection: sqlalchemy.Connection, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


_OLD_ROWS = (
    "insert into content (sha256, size, body) values ('S', 1, null)",
    "insert into transmission (id, channel, door, sha256, size, state, received_at, state_at)"
    " values ('T', 'acme', 'http', 'S', 1, 'processed', '2026-01-02 03:04:05', '2026-01-02 03:04:05')",
    "insert into interchange (id, transmission_id, ordinal, state, reason, partner, sender, receiver, usage,"
    " control_number, header, findings, byte_offset, byte_length, sha256, recorded_at)"
    " values ('I', 'T', 1, 'accepted', '', 'acme', 'a', 'b', 'P', '1', '{}', '[]', 0, 1, 'S', '2026-01-02 03:04:05')",
    "insert into document (id, transmission_id, interchange_id, ordinal, direction, channel, partner, agreement, usage,"
    " set_id, version, interchange_control_number, group_control_number, set_control_number, byte_offset, byte_length,"
    " state, reason, told, findings, pins, search, thread, destination, canonical_type, business_number, original,"
    " generation, attempts, external_id, received_at, state_at) values ('D', 'T', 'I', 1, 'inbound', 'acme', 'acme',"
    " 'acme/850', 'P', '850', '004010', '1', '1', '1', 0, 1, 'mapped', '', 'A', '[]', '{}', '{}', '{}', 'erp', 'order',"
    " 'PO', true, 1, 0, '', '2026-01-02 03:04:05', '2026-01-02 03:04:05')",
    "insert into document_key (document_id, name, value) values ('D', 'business number', 'PO')",
)
"""One of each that refers to another, as the version before wrote them."""


async def test_orders_and_changes_of_a_version_that_knew_no_waiting_are_waited_for_and_wait_like_any_other(
    empty_url: str, tmp_path: Path
) -> None:
    database = open_database(empty_url)
    with database.begin() as connection:
        _upgrade(connection, "0019")
        for statement in (*_OLD_ROWS, *_OLD_ORDERS):
            connection.execute(sqlalchemy.text(statement))
    database.migrate()
    shop = _shop(database, tmp_path)

    followed(shop)
    before = _states(shop)
    behind = [await change(shop, number=number) for number in ("4711", "4712")]
    shop.operator.replay("HELD-CHANGE", mode="current", again=False, **WHO)
    shop.journal.record_translated([mapped_again("HELD-CHANGE")])

    states = _states(shop)
    database.close()
    assert before == {"D": "mapped", "OLD-ORDER": "delivered", "HELD-ORDER": "held", "HELD-CHANGE": "held"}
    assert states == before | {"HELD-CHANGE": "mapped"} | dict.fromkeys(behind, "held")  # each behind what came before


def _states(shop: Shop) -> dict[str, str]:
    return {row.id: row.state for row in shop.all(METADATA.tables["document"])}


def _shop(database: Database, home: Path) -> Shop:
    blobs, clock = FileBlobs(home / "home"), Clock()
    blobs.prepare()
    with database.begin() as connection:
        WORK.create(connection)
    new_id = Identifiers(now=clock)
    return Shop(Means(database=database, blobs=blobs, scheduler=TableScheduler(), now=clock, new_id=new_id, node="one"))


_OLD_DOCUMENT = (
    "insert into document (id, transmission_id, interchange_id, ordinal, direction, channel, partner, agreement, usage,"
    " set_id, version, interchange_control_number, group_control_number, set_control_number, byte_offset, byte_length,"
    " state, reason, told, findings, pins, search, thread, destination, canonical_type, business_number, original,"
    " generation, attempts, external_id, received_at, state_at) values ('{id}', 'T', 'I', {place}, 'inbound', 'acme',"
    " 'acme', 'acme/{set_id}', 'P', '{set_id}', '004010', '1', '1', '{place}', 0, 1, '{state}', '', 'A', '[]', '{{}}',"
    """ '{{"po_number":"{order}"}}', '{{"order":"{order}"}}', 'erp', '{type}.v1', '{order}', true, 1, 0, '',"""
    " '2026-01-02 03:04:0{place}', '2026-01-02 03:04:05')"
)
_OLD_ORDERS = tuple(
    statement
    for place, (id_, set_id, type_, state, order) in enumerate(
        (
            ("OLD-ORDER", "850", "order", "delivered", "4711"),
            ("HELD-ORDER", "850", "order", "held", "4712"),
            ("HELD-CHANGE", "860", "order_change", "held", "4711"),
        ),
        start=2,
    )
    for statement in (
        _OLD_DOCUMENT.format(id=id_, set_id=set_id, type=type_, state=state, order=order, place=place),
        f"insert into document_key (document_id, name, value) values ('{id_}', 'po_number', '{order}')",
        "insert into event (at, transmission_id, subject, kind, who, why, detail)"
        f" values ('2026-01-02 03:04:05', 'T', '{id_}', 'document.{state}', 'gateway', '', '{{}}')",
    )
)
"""An order that our system has, one that is held, and a change that is held for an unknown value."""


@pytest.fixture
def shop_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"sqlite:///{tmp_path_factory.mktemp('sqlite')}/gateway.db"


def _noon() -> object:
    return Clock()()
