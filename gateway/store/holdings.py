"""Contents that are files: which of them a home has, and which files in it no content is. Looked at, never changed."""

import itertools
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from gateway.parcel import INLINE_LIMIT
from gateway.store.belonging import Holdings
from gateway.store.blobs import FileBlobs
from gateway.store.database import Database
from gateway.store.tables import CONTENT, TRANSMISSION

SAMPLE = 100
"""Contents and files looked at when a start or `doctor` must not take long; of contents half are the newest."""

NEWEST = 5_000
"""Transmissions among which the newest large ones are looked for."""

PAGE = 1_000


@dataclass(frozen=True, slots=True)
class StoreHoldings:
    """Holdings of one home and database."""

    database: Database
    blobs: FileBlobs

    def sampled(self, *, most: int = SAMPLE) -> Holdings:
        """A bounded look: the newest received, some at random, and the first files found."""
        with self.database.reading() as connection:
            rows = {row.sha256: row for row in (*_newest(connection, most // 2), *_random(connection, most))}
        chosen = list(rows.values())[:most]
        files = list(itertools.islice(self._files(), most))
        return Holdings(
            contents=len(chosen),
            missing=sum(not self.blobs.has(row.sha256, int(row.size)) for row in chosen),
            files=len(files),
            strange=self._strange(files),
        )

    def counted(self) -> Holdings:
        """Everything: as many questions as there are files."""
        contents = missing = 0
        for page in self._contents():
            contents += len(page)
            missing += sum(not self.blobs.has(row.sha256, int(row.size)) for row in page)
        files = strange = 0
        walk = self._files()
        while names := list(itertools.islice(walk, PAGE)):
            files += len(names)
            strange += self._strange(names)
        return Holdings(contents=contents, missing=missing, files=files, strange=strange)

    def _contents(self) -> Iterator[Sequence[Any]]:
        last = ""
        while True:
            with self.database.reading() as connection:
                page = connection.execute(_files_after(last).limit(PAGE)).all()
            if not page:
                return
            yield page
            last = page[-1].sha256

    def _files(self) -> Iterator[str]:
        folder = self.blobs.home / "blobs"
        return (path.name for path in folder.glob("??/??/*")) if folder.is_dir() else iter(())

    def _strange(self, names: Sequence[str]) -> int:
        statement = select(CONTENT.c.sha256).where(self.database.among(CONTENT.c.sha256, names))
        with self.database.reading() as connection:
            known = set(connection.execute(statement).scalars())
        return sum(name not in known for name in names)


def _newest(connection: Connection, most: int) -> Sequence[Any]:
    columns = (TRANSMISSION.c.id, TRANSMISSION.c.sha256, TRANSMISSION.c.size)
    newest = select(*columns).order_by(TRANSMISSION.c.id.desc()).limit(NEWEST).subquery()
    large = select(newest.c.sha256, newest.c.size).where(newest.c.size > INLINE_LIMIT)
    return connection.execute(large.order_by(newest.c.id.desc()).limit(most)).all()


def _random(connection: Connection, most: int) -> Sequence[Any]:
    start = secrets.token_hex(32)
    behind = connection.execute(_files_after(start).limit(most)).all()
    if len(behind) == most:
        return behind
    before = _files_after("").where(CONTENT.c.sha256 <= start)
    return [*behind, *connection.execute(before.limit(most - len(behind)))]


def _files_after(sha256: str) -> Any:
    """Contents kept as files, by their hash: the partial index holds exactly these."""
    columns = select(CONTENT.c.sha256, CONTENT.c.size)
    return columns.where(CONTENT.c.body.is_(None), CONTENT.c.sha256 > sha256).order_by(CONTENT.c.sha256)
