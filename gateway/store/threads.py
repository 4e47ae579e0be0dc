"""What is remembered of the business a document belongs to: the `Threads` port."""

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from gateway.errors import MachineError
from gateway.pipeline.ports import CameIn
from gateway.store.blobs import FileBlobs
from gateway.store.columns import cleaned, indexed
from gateway.store.contents import from_row
from gateway.store.database import Database
from gateway.store.tables import CANONICAL, CONTENT, COUNTED, DOCUMENT, DOCUMENT_KEY

LOOKED_AT = 50
"""Documents of one order number: the order, its changes, what was sent again."""

_ORDERS = "order.v"
_SEEN = (DOCUMENT.c.id, DOCUMENT.c.usage, DOCUMENT.c.canonical_type, DOCUMENT.c.thread)


@dataclass(frozen=True, slots=True)
class StoreThreads:
    """The `Threads` port over the tables."""

    database: Database
    blobs: FileBlobs

    def orders(self, partner: str, usage: str, thread: Mapping[str, str]) -> Sequence[CameIn]:
        """Orders that came in from the partner for this usage under this number, newest first."""
        number = thread.get("order", "")
        if not number:
            return ()
        with self.database.reading() as connection:
            rows = connection.execute(_under(partner, usage, number)).all()
            return tuple(self._came_in(connection, row) for row in rows if _same(row.thread, thread))

    def answered(self, partner: str, document: str) -> CameIn | None:
        """The document with this id, if it came in from the partner."""
        wanted = (DOCUMENT.c.id == cleaned(document), DOCUMENT.c.partner == partner, DOCUMENT.c.direction == "inbound")
        with self.database.reading() as connection:
            row = connection.execute(select(*_SEEN).where(*wanted)).first()
            return None if row is None else self._came_in(connection, row)

    def _came_in(self, connection: Connection, row: Any) -> CameIn:
        return CameIn(
            id=row.id,
            usage=row.usage,
            name=row.canonical_type.partition(".")[0],
            thread=row.thread,
            body=self._body(connection, row.id),
        )

    def _body(self, connection: Connection, document: str) -> Mapping[str, object] | None:
        statement = (
            select(CANONICAL.c.body.label("canonical"), CONTENT)
            .outerjoin(CONTENT, CONTENT.c.sha256 == CANONICAL.c.sha256)
            .where(CANONICAL.c.document_id == document)
            .order_by(CANONICAL.c.generation.desc())
            .limit(1)
        )
        row = connection.execute(statement).first()
        if row is None:
            return None
        with contextlib.suppress(MachineError):  # a lost file takes nothing but what would have been filled in
            return dict(json.loads(b"".join(self._chunks(row))))
        return None

    def _chunks(self, row: Any) -> Iterator[bytes]:
        if row.canonical is not None:
            yield bytes(row.canonical)
        else:
            yield from self.blobs.chunks(from_row(self.blobs, row))


def _under(partner: str, usage: str, number: str) -> Any:
    return (
        select(*_SEEN)
        .where(
            DOCUMENT.c.id.in_(
                select(DOCUMENT_KEY.c.document_id)
                .where(DOCUMENT_KEY.c.value == indexed(number), DOCUMENT_KEY.c.name.not_in(COUNTED))
                .distinct()
            ),
            DOCUMENT.c.partner == partner,
            DOCUMENT.c.usage == usage,
            DOCUMENT.c.direction == "inbound",
            DOCUMENT.c.state != "rejected",
            DOCUMENT.c.canonical_type.startswith(_ORDERS),
        )
        .order_by(DOCUMENT.c.id.desc())
        .limit(LOOKED_AT)
    )


def _same(known: Mapping[str, str], thread: Mapping[str, str]) -> bool:
    releases = (known.get("release", ""), thread.get("release", ""))
    return known.get("order") == thread.get("order") and (not all(releases) or releases[0] == releases[1])
