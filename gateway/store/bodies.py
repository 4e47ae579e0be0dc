"""Canonical bodies of some documents, for those who only look at them."""

import contextlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, func, select

from gateway.errors import MachineError
from gateway.store.blobs import FileBlobs
from gateway.store.contents import from_row
from gateway.store.database import Database
from gateway.store.tables import CANONICAL, CONTENT

LARGEST: Final = 16_000_000
"""Bytes of a body that is looked into: larger ones are taken as if they could not be read."""


def bodies(
    database: Database, connection: Connection, blobs: FileBlobs, ids: Sequence[str]
) -> dict[str, Mapping[str, Any]]:
    """The newest body of each, by its id; none where there is none, or its file cannot be read."""
    among = database.among(CANONICAL.c.document_id, ids)
    newest = select(CANONICAL.c.document_id, func.max(CANONICAL.c.generation).label("generation"))
    last = newest.where(among).group_by(CANONICAL.c.document_id).subquery()
    here = (CANONICAL.c.document_id == last.c.document_id) & (CANONICAL.c.generation == last.c.generation)
    statement = (
        select(CANONICAL.c.document_id, CANONICAL.c.body.label("canonical"), CONTENT)
        .join(last, here)
        .outerjoin(CONTENT, CONTENT.c.sha256 == CANONICAL.c.sha256)
    )
    found: dict[str, Mapping[str, Any]] = {}
    for row in connection.execute(statement):
        with contextlib.suppress(MachineError, ValueError):
            body = json.loads(_bytes(blobs, row))
            if isinstance(body, dict):
                found[row.document_id] = body
    return found


def _bytes(blobs: FileBlobs, row: Any) -> bytes:
    if row.canonical is not None:
        return bytes(row.canonical)
    return b"" if row.size > LARGEST else b"".join(blobs.chunks(from_row(blobs, row)))
