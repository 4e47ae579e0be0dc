"""What is remembered of the business a document belongs to: the `Threads` port."""

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from gateway.errors import MachineError
from gateway.store.blobs import FileBlobs
from gateway.store.columns import cleaned, indexed
from gateway.store.contents import from_row
from gateway.store.database import Database
from gateway.store.tables import CANONICAL, CONTENT, DOCUMENT, DOCUMENT_KEY

LOOKED_AT = 50
"""Documents of one order number: the order, its changes, what was sent again."""

_ORDERS = "order.v"


@dataclass(frozen=True, slots=True)
class StoreThreads:
    """The `Threads` port over the tables."""

    database: Database
    blobs: FileBlobs

    def carried(self, partner: str, thread: Mapping[str, str], in_answer_to: str) -> Mapping[str, Mapping[str, object]]:
        """Bodies by name: the newest order of the thread, and the document that is answered, which counts more."""
        found: dict[str, Mapping[str, object]] = {}
        with self.database.reading() as connection:
            for row in (self._order(connection, partner, thread), _answered(connection, partner, in_answer_to)):
                body = None if row is None else self._body(connection, row.id)
                if row is not None and body is not None:
                    found[row.canonical_type.partition(".")[0]] = body
        return found

    def received(self, partner: str, document: str) -> bool:
        """Whether a document with this id came in from the partner."""
        with self.database.reading() as connection:
            return _answered(connection, partner, document) is not None

    def _order(self, connection: Connection, partner: str, thread: Mapping[str, str]) -> Any:
        """The newest that came in from the partner under this order number, and release where both name one."""
        number = thread.get("order", "")
        if not number:
            return None
        rows = connection.execute(_under(partner, number))
        return next((row for row in rows if _same(row.thread, thread)), None)

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


def _under(partner: str, number: str) -> Any:
    return (
        select(DOCUMENT.c.id, DOCUMENT.c.canonical_type, DOCUMENT.c.thread)
        .where(
            DOCUMENT.c.id.in_(
                select(DOCUMENT_KEY.c.document_id).where(DOCUMENT_KEY.c.value == indexed(number)).distinct()
            ),
            DOCUMENT.c.partner == partner,
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


def _answered(connection: Connection, partner: str, document: str) -> Any:
    if not document:
        return None
    wanted = (DOCUMENT.c.id == cleaned(document), DOCUMENT.c.partner == partner, DOCUMENT.c.direction == "inbound")
    return connection.execute(select(DOCUMENT.c.id, DOCUMENT.c.canonical_type).where(*wanted)).first()
