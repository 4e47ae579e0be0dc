"""A backup becomes a database and a home again. Nothing here looks at what the rows mean: that is `after_restore`."""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import BigInteger, Connection, Integer, func, select, text

from gateway.errors import MachineError, NotInOrder, UsageError
from gateway.store.backup_form import CHUNK, Copied, Manifest, content_path, listed_contents, sha256_of
from gateway.store.database import Database, migration_scripts, open_database, upgrade
from gateway.store.snapshot import copying
from gateway.store.tables import METADATA

LIVES = ("gateway.db", "blobs", "marks", "spool", "set-aside")
"""What a home has in which a gateway ran. Secrets, keys and authored files may be there before."""

HALF = "gateway.db.restoring"
BEGUN = "restoring"
"""A file in the home, from the beginning of a restore to its end: names the backup, so that it may be begun again."""

_TABLES = text("select count(*) from pg_catalog.pg_tables where schemaname not in ('pg_catalog', 'information_schema')")


def require_known(manifest: Manifest) -> None:
    """Raises NotInOrder when a later version of the gateway made the backup."""
    known = {script.revision for script in migration_scripts().walk_revisions()}
    if manifest.migration not in known:
        raise NotInOrder(
            f"the backup is of gateway {manifest.version}, its tables at {manifest.migration}: this version does not "
            "know them; restore it with that version or a later one"
        )


def require_empty(database: Database, home: Path, manifest_hash: str) -> None:
    """Raises UsageError when there is anything that a restore would have to replace, MachineError."""
    begun = home / BEGUN
    again = begun.is_file() and begun.read_text("ascii", "replace").strip() == manifest_hash
    there = [name for name in LIVES if (home / name).exists() and not (again and name == "blobs")]
    if there:
        raise UsageError(
            f"{home}: it has {', '.join(there)}: a backup is restored into an empty home only; name another with "
            "GATEWAY_HOME, or move these away first"
        )
    if database.kind == "postgresql":
        with database.reading() as connection:
            if connection.execute(_TABLES).scalar_one():
                raise UsageError(
                    "the database has tables: a backup is restored into an empty one only; create another and name it "
                    "with GATEWAY_DATABASE_URL"
                )


@contextmanager
def in_hand(home: Path, manifest_hash: str) -> Iterator[None]:
    """Marks a home as being restored; the mark stays when that fails. Raises MachineError."""
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        (home / BEGUN).write_text(f"{manifest_hash}\n", "ascii")
    except OSError as refused:
        raise MachineError(f"{home}: {refused.strerror}") from refused
    yield
    (home / BEGUN).unlink(missing_ok=True)


def put_files(folder: Path, home: Path, manifest: Manifest) -> Sequence[str]:
    """Copy content and keys into the home, each held to its hash. What the home has of keys and secrets stays.

    Returns the paths that stayed as they were. Raises MachineError.
    """
    kept: list[str] = []
    try:
        missing = set(manifest.missing)
        for sha256, size in listed_contents(folder):
            if sha256 not in missing:
                _copy(folder / content_path(sha256), home / content_path(sha256), sha256, size)
        for one in manifest.files:
            if one.path.startswith("home/"):
                target = home / one.path.removeprefix("home/")
                if target.exists():
                    kept.append(one.path.removeprefix("home/"))
                else:
                    _copy(folder / one.path, target, one.sha256, one.size)
        os.sync()
    except OSError as refused:
        raise MachineError(f"{refused.filename or home}: {refused.strerror}") from refused
    return kept


def _copy(source: Path, target: Path, sha256: str, size: int) -> None:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = target.with_name(f".{target.name}.new")
    shutil.copyfile(source, unfinished)
    unfinished.chmod(0o600)
    if sha256_of(unfinished) != (sha256, size):
        unfinished.unlink()
        raise MachineError(f"{source}: read with other bytes than a moment ago; is the disk good?")
    unfinished.replace(target)


def put_sqlite(folder: Path, home: Path, then: Callable[[Database, Connection], None]) -> None:
    """Put the database file into the home, current, after `then` was done to it in one transaction.

    It has its name only then: a restore that is cut off leaves no database. Raises MachineError.
    """
    half = home / HALF
    for one in home.glob(f"{HALF}*"):
        one.unlink()
    try:
        shutil.copyfile(folder / "gateway.db", half)
        half.chmod(0o600)
    except OSError as refused:
        raise MachineError(f"{half}: {refused.strerror}") from refused
    database = open_database(f"sqlite:///{half}")
    try:
        database.migrate()
        with database.begin() as connection:
            then(database, connection)
    finally:
        database.close()
    _settle(half)
    half.replace(home / "gateway.db")
    os.sync()


def _settle(path: Path) -> None:
    """Everything into the one file: its log would not be found under another name."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode=DELETE")
    finally:
        connection.close()


def put_postgresql(
    folder: Path, database: Database, manifest: Manifest, then: Callable[[Database, Connection], None]
) -> None:
    """Make the tables as they were, fill them, bring them up to date and do `then`: all of it or nothing.

    Raises MachineError.
    """
    with database.begin() as connection:
        upgrade(connection, manifest.migration)
        driver = connection.connection.driver_connection
        for one in _in_order(manifest.tables):
            _fill(driver, one, folder / "tables" / one.name)
        upgrade(connection, "head")
        _count_on(connection)
        then(database, connection)


def _in_order(tables: Sequence[Copied]) -> list[Copied]:
    """What others refer to first."""
    place = {table.name: number for number, table in enumerate(METADATA.sorted_tables)}
    return sorted(tables, key=lambda one: place.get(one.name, len(place)))


def _fill(driver: Any, table: Copied, path: Path) -> None:
    try:
        with path.open("rb") as file, driver.cursor() as cursor:
            name = sql.Identifier(table.name)
            if cursor.execute(sql.SQL("select exists (select from {})").format(name)).fetchone()[0]:
                cursor.execute(sql.SQL("delete from {}").format(name))  # what a migration put there
            with cursor.copy(copying("copy {} ({}) from stdin", table.name, table.columns)) as copy:
                while chunk := file.read(CHUNK):
                    copy.write(chunk)
    except psycopg.Error as refused:
        raise MachineError(f"{path}: {str(refused).splitlines()[0]}") from refused


def _count_on(connection: Connection) -> None:
    """Numbers that the database counts up by itself go on behind the highest there is."""
    for table in METADATA.sorted_tables:
        for column in table.primary_key.columns:
            if column is table.autoincrement_column and isinstance(column.type, Integer | BigInteger):
                sequence = func.pg_get_serial_sequence(table.name, column.name)
                highest = select(func.max(column)).scalar_subquery()
                connection.execute(select(func.setval(sequence, func.coalesce(highest, 1), highest.is_not(None))))
