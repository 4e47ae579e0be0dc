"""Authored files as the road runs them: by their hashes, only ever added to."""

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, insert, select

from gateway.flaws import Flaw, Place
from gateway.mapping.diagnosis import MappingError
from gateway.mapping.lock import edited
from gateway.pipeline.ports import Authored
from gateway.store.database import Database
from gateway.store.tables import RELEASE, RELEASE_ENTRY, RELEASE_FILE

Kind = Literal["partners", "mappings"]
VERSIONED = (".map.yaml", ".guide.yaml")
"""Files whose name carries their version: what is released under it never changes."""


@dataclass(slots=True)
class _Cache:
    authored: Authored | None = None


@dataclass(frozen=True, slots=True)
class StoreReleases:
    """The `Releases` port over the tables."""

    database: Database
    _cache: _Cache = field(default_factory=_Cache, init=False)

    def publish(self, partners: Mapping[str, str], mappings: Mapping[str, str], *, now: datetime) -> Authored:
        """Store a revision and make it current; publishing what is current changes nothing.

        Raises MappingError (E004), naming each mapping and partner guide whose released version has other text.
        """
        authored = Authored(revision=_revision(partners, mappings), partners=dict(partners), mappings=dict(mappings))
        with self.database.begin() as connection:
            if _newest(connection) == authored.revision:
                return authored
            self._check_unchanged(connection, authored)
            files, entries = [], []
            for kind, path, text in _files(authored):
                sha256 = _sha256(text)
                files.append({"sha256": sha256, "body": text})
                entries.append({"revision": authored.revision, "kind": kind, "path": path, "sha256": sha256})
            for table, rows in ((RELEASE_FILE, sorted(files, key=lambda row: row["sha256"])), (RELEASE_ENTRY, entries)):
                if rows:
                    connection.execute(self.database.insert(table).on_conflict_do_nothing(), rows)
            connection.execute(insert(RELEASE), [{"revision": authored.revision, "published_at": now}])
        return authored

    def current(self) -> Authored | None:
        """The current revision; its files are read again only when it has changed."""
        with self.database.reading() as connection:
            revision = _newest(connection)
            known = self._cache.authored
            if revision is None or (known is not None and known.revision == revision):
                return known if revision is not None else None
            self._cache.authored = _read(connection, revision)
        return self._cache.authored

    def mapping_text(self, sha256: str) -> str | None:
        """A mapping file by its hash."""
        with self.database.reading() as connection:
            return connection.execute(select(RELEASE_FILE.c.body).where(RELEASE_FILE.c.sha256 == sha256)).scalar()

    def _check_unchanged(self, connection: Connection, authored: Authored) -> None:
        versioned = {(kind, path): _sha256(text) for kind, path, text in _files(authored) if path.endswith(VERSIONED)}
        table = RELEASE_ENTRY
        among = self.database.among(table.c.path, [path for _, path in versioned])
        known = select(table.c.kind, table.c.path, table.c.sha256).where(among).distinct()
        changed = sorted(
            {
                (kind, path)
                for kind, path, sha256 in connection.execute(known)
                if versioned.get((kind, path)) not in (None, sha256)
            }
        )
        if changed:
            raise MappingError(_edited(kind, path, versioned) for kind, path in changed)


def authored_on(connection: Connection) -> Authored | None:
    """The current revision as one transaction sees it, None when nothing was published."""
    revision = _newest(connection)
    return None if revision is None else _read(connection, revision)


def _read(connection: Connection, revision: str) -> Authored:
    statement = (
        select(RELEASE_ENTRY.c.kind, RELEASE_ENTRY.c.path, RELEASE_FILE.c.body)
        .join(RELEASE_FILE, RELEASE_FILE.c.sha256 == RELEASE_ENTRY.c.sha256)
        .where(RELEASE_ENTRY.c.revision == revision)
    )
    texts: dict[str, dict[str, str]] = {"partners": {}, "mappings": {}}
    for kind, path, text in connection.execute(statement):
        texts[kind][path] = text
    return Authored(revision=revision, partners=texts["partners"], mappings=texts["mappings"])


def _edited(kind: Kind, path: str, versioned: Collection[tuple[Kind, str]]) -> Flaw:
    """The fault that `released.lock` tells of as well: under the same code, in the same words."""
    folder, _, file = path.rpartition("/")
    number, _, suffix = file[1:].partition(".")
    numbers = [_number(other) for of, other in versioned if of == kind and other.rpartition("/")[0] == folder]
    name = f"{folder.removeprefix('guides/')}@{number}"
    next_version = f"{kind}/{folder}/v{max(numbers) + 1}.{suffix}"
    return edited(name, Place(f"{kind}/{path}"), "this gateway has run it", next_version)


def _number(path: str) -> int:
    """Of a version's file: `v2.map.yaml`."""
    number = path.rpartition("/")[2][1:].partition(".")[0]
    return int(number) if number.isdecimal() else 0


def _newest(connection: Connection) -> str | None:
    return connection.execute(select(RELEASE.c.revision).order_by(RELEASE.c.number.desc()).limit(1)).scalar()


def _files(authored: Authored) -> Iterator[tuple[Kind, str, str]]:
    for path, text in sorted(authored.partners.items()):
        yield "partners", path, text
    for path, text in sorted(authored.mappings.items()):
        yield "mappings", path, text


def _revision(partners: Mapping[str, str], mappings: Mapping[str, str]) -> str:
    names = [{path: _sha256(text) for path, text in sorted(texts.items())} for texts in (partners, mappings)]
    return _sha256(json.dumps(names))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
