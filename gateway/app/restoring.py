"""A backup made of what the settings name, and put back into what they name."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from gateway import __version__
from gateway.app.memory import Memory, compose_memory, existing, require_current, utc_now
from gateway.errors import ConfigurationError, NotInOrder
from gateway.partners.book import load
from gateway.settings import Places
from gateway.store import after_restore, audit
from gateway.store.after_restore import Precautions, Taken
from gateway.store.backup import Backup
from gateway.store.backup_form import Manifest, read_manifest, verify
from gateway.store.database import Database, open_database
from gateway.store.later import Later
from gateway.store.means import Means, Transaction
from gateway.store.releases import authored_on
from gateway.store.restore import in_hand, put_files, put_postgresql, put_sqlite, require_empty, require_known


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What a restore came to: `home` is the id of the new home, `kept` the files of it that stayed as they were."""

    manifest: Manifest
    home: str
    taken: Taken
    kept: tuple[str, ...]


def back_up(memory: Memory, folder: Path, *, who: str, secrets: bool, link: bool) -> tuple[Manifest, str]:
    """Make a backup. Returns its manifest and the hash of that. Raises UsageError, MachineError."""
    backup = Backup(memory.database, memory.blobs, utc_now, __version__)
    manifest, sha256 = backup.write(folder, secrets=secrets, link=link)
    about = {"moment": manifest.told, "secrets": secrets}
    audit.acted(memory.means, "database.backup", [sha256], who=who, folder=str(folder), about=about)
    return manifest, sha256


def later_database(name: str) -> Database:
    """The database of a home, or of a URL, that only is read. Close it. Raises SettingsError, MachineError."""
    is_url = "://" in name
    places = Places.model_construct(home=Path() if is_url else Path(name), database_url=name if is_url else "")
    database = open_database(existing(places.url))
    try:
        require_current(database)
    except BaseException:
        database.close()
        raise
    return database


def restore(folder: Path, places: Places, *, who: str, ahead: int, later: Later | None) -> Restored:
    """Put a backup into the home and database of `places`, which must be empty.

    Every file is held to its hash before anything is written. Raises NotInOrder, UsageError, MachineError.
    """
    manifest, manifest_hash = read_manifest(folder)
    require_known(manifest)
    memory = compose_memory(places.url, places.home, "command")
    try:
        if memory.database.kind != manifest.kind:
            raise NotInOrder(f"the backup is of {manifest.kind}, GATEWAY_DATABASE_URL names {memory.database.kind}")
        require_empty(memory.database, places.home, manifest_hash)
        verify(folder)
        taken: list[Taken] = []

        def then(database: Database, connection: Connection) -> None:
            known = Precautions(moment=manifest.told, ahead=ahead, promises=_promises(connection), later=later)
            means = _means(memory.means, database)
            transaction = Transaction(means, connection, means.now())
            home = str(places.home.resolve())
            taken.append(after_restore.take(transaction, known, who=who, home=home, manifest=manifest_hash))

        with in_hand(places.home, manifest_hash):
            kept = put_files(folder, places.home, manifest)
            if manifest.kind == "sqlite":
                put_sqlite(folder, places.home, then)
            else:
                put_postgresql(folder, memory.database, manifest, then)
            memory.blobs.prepare()
            home = memory.home.adopt(who=who)
        return Restored(manifest=manifest, home=home, taken=taken[0], kept=tuple(kept))
    finally:
        memory.close()


def _means(means: Means, database: Database) -> Means:
    return Means(
        database=database,
        blobs=means.blobs,
        scheduler=means.scheduler,
        now=means.now,
        new_id=means.new_id,
        node=means.node,
    )


def _promises(connection: Connection) -> Mapping[str, str]:
    """What each destination promised by the partner files that were in force; nothing when they cannot be read."""
    authored = authored_on(connection)
    try:
        book = load(authored.partners) if authored is not None else None
    except ConfigurationError:  # files of an older version that this one would not take
        book = None
    return {name: one.idempotency for name, one in book.destinations.items()} if book else {}
