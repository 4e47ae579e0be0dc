"""Archiving: documents with all that belongs to them, as plain files. What is archived stays where it is, too."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, or_, select, true

from gateway.errors import MachineError, UsageError
from gateway.store.archive_form import README, write_manifest
from gateway.store.blobs import FileBlobs
from gateway.store.contents import from_row
from gateway.store.database import Database
from gateway.store.lineage import Belongings, Family, belongings, content_columns, families
from gateway.store.tables import (
    ACKNOWLEDGEMENT,
    CANONICAL,
    CARRYING,
    CONTENT,
    DOCUMENT,
    EVENT,
    OUTBOUND_INTERCHANGE,
    TRANSMISSION,
)
from gateway.store.threading_tables import THREAD, THREAD_DOCUMENT

PAGE = 200
"""Documents whose families are written at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which documents: received in a `year` (UTC), before a time, of a partner, of a set; each where it is given."""

    year: int | None = None
    before: datetime | None = None
    partner: str = ""
    set_id: str = ""

    @property
    def condition(self) -> ColumnElement[bool]:
        """The same as a condition on documents."""
        column = DOCUMENT.c
        found: list[ColumnElement[bool]] = [true()]
        if self.year is not None:
            first = datetime(self.year, 1, 1, tzinfo=UTC)
            found += [column.received_at >= first, column.received_at < first.replace(year=self.year + 1)]
        if self.before is not None:
            found.append(column.received_at < self.before)
        if self.partner:
            found.append(column.partner == self.partner)
        if self.set_id:
            found.append(column.set_id == self.set_id)
        return and_(*found)

    @property
    def told(self) -> Mapping[str, Any]:
        """The same for the manifest."""
        before = self.before.isoformat() if self.before else None
        return {"year": self.year, "before": before, "partner": self.partner, "set": self.set_id}


@dataclass(slots=True)
class Archive:
    """One archive being written into `folder`. `missing` are contents that the home does not have."""

    database: Database
    blobs: FileBlobs
    folder: Path
    documents: int = 0
    missing: list[str] = field(default_factory=list)
    _done: set[str] = field(default_factory=set)
    _threads: set[str] = field(default_factory=set)

    def write(self, wanted: Wanted, *, made: datetime) -> str:
        """Write what is wanted, and all that belongs to it. Returns the last link of the manifest's chain.

        Raises UsageError when the folder has something in it, MachineError.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if any(self.folder.iterdir()):
                raise UsageError(f"{self.folder}: it is not empty; each archive has a folder of its own")
            for name in ("tables", "content", "canonical"):
                (self.folder / name).mkdir(mode=0o700)
            (self.folder / "README.txt").write_text(README, "utf-8")
            for page in self._pages(wanted):
                self._page(page)
            about = {"made": made.isoformat(), "documents": self.documents, "missing": self.missing, **wanted.told}
            return write_manifest(self.folder, about)
        except OSError as refused:
            raise MachineError(f"{refused.filename or self.folder}: {refused.strerror}") from refused

    def _pages(self, wanted: Wanted) -> Iterator[Sequence[str]]:
        """Ids of the transmissions of wanted documents."""
        last = ""
        while True:
            found = select(DOCUMENT.c.id, DOCUMENT.c.transmission_id).where(DOCUMENT.c.id > last, wanted.condition)
            with self.database.reading() as connection:
                page = connection.execute(found.order_by(DOCUMENT.c.id).limit(PAGE)).all()
            if not page:
                return
            yield sorted({row.transmission_id for row in page} - self._done)
            last = page[-1].id

    def _page(self, roots: Sequence[str]) -> None:
        if not roots:
            return
        with self.database.reading() as connection:
            fresh = [self._fresh(one) for one in families(self.database, connection, roots)]
            theirs = belongings(self.database, connection, fresh)
            named: set[str] = set()
            for table, condition in theirs.conditions:
                rows = connection.execute(select(table).where(condition).order_by(*table.primary_key.columns)).all()
                named |= {value for column in content_columns(table) for row in rows if (value := row._mapping[column])}
                self._rows(table.name, rows)
                self.documents += len(rows) if table is DOCUMENT else 0
                if table is CANONICAL:
                    self._canonicals(rows)
                if table is THREAD_DOCUMENT:
                    self._written_threads(connection, {row.thread_id for row in rows})
            self._rows("event", _events(self.database, connection, theirs))
            self._contents(connection, sorted(named))

    def _fresh(self, family: Family) -> Family:
        """What of a family was not written with an earlier one."""
        found = Family(
            transmissions=[one for one in family.transmissions if one not in self._done],
            interchanges=[one for one in family.interchanges if one not in self._done],
            messages=[one for one in family.messages if one not in self._done],
        )
        self._done.update(found.transmissions, found.interchanges, found.messages)
        return found

    def _rows(self, name: str, rows: Sequence[Any]) -> None:
        if rows:
            with (self.folder / "tables" / f"{name}.jsonl").open("a", encoding="utf-8") as file:
                file.writelines(f"{_json(row._mapping)}\n" for row in rows)

    def _written_threads(self, connection: Connection, ids: set[str]) -> None:
        """What documents are members of; others that are not wanted may be, too."""
        fresh = sorted(ids - self._threads)
        self._threads.update(fresh)
        wanted = select(THREAD).where(self.database.among(THREAD.c.id, fresh)).order_by(THREAD.c.id)
        self._rows(THREAD.name, connection.execute(wanted).all())

    def _canonicals(self, rows: Sequence[Any]) -> None:
        """Small ones; a large one is content, and its row says which."""
        for row in rows:
            if row.body is not None:
                (self.folder / "canonical" / f"{row.document_id}.{row.generation}.json").write_bytes(row.body)

    def _contents(self, connection: Connection, sha256s: Sequence[str]) -> None:
        among = self.database.among(CONTENT.c.sha256, sha256s)
        for row in connection.execute(select(CONTENT).where(among).order_by(CONTENT.c.sha256)):
            target = self.folder / "content" / row.sha256[:2] / row.sha256
            if target.exists():
                continue
            target.parent.mkdir(exist_ok=True, mode=0o700)
            try:
                with target.open("xb") as file:
                    file.writelines(self.blobs.chunks(from_row(self.blobs, row)))
            except MachineError:
                target.unlink()
                self.missing.append(row.sha256)


def _events(database: Database, connection: Connection, theirs: Belongings) -> Sequence[Any]:
    subjects = [one for of in (DOCUMENT, ACKNOWLEDGEMENT, OUTBOUND_INTERCHANGE, CARRYING) for one in theirs.ids[of]]
    about = or_(
        database.among(EVENT.c.transmission_id, theirs.ids[TRANSMISSION]), database.among(EVENT.c.subject, subjects)
    )
    return connection.execute(select(EVENT).where(about).order_by(EVENT.c.number)).all()


def _json(row: Mapping[Any, Any]) -> str:
    """One row; bytes are files of their own, so they are left out."""
    return json.dumps({key: _plain(value) for key, value in row.items() if not isinstance(value, bytes)})


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")  # as a number it would lose its cents in many a reader
    return value.isoformat() if isinstance(value, datetime | date) else value
