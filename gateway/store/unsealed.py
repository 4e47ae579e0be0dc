"""Which translated documents may be sealed now, and what they are sealed from."""

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from gateway.pipeline.outbound.seal import Unsealed
from gateway.pipeline.outbound.stage import SealingTerms, segments_from_plain
from gateway.pipeline.outbound.waiting import Waiting
from gateway.store import waits
from gateway.store.means import Means
from gateway.store.tables import CONTENT, DOCUMENT, UNSEALED_SET

MOST = 500
"""Documents of one round: so many are numbered and written in one transaction."""


def sealable(means: Means) -> list[Unsealed]:
    """Translated documents whose interchange is full or due, the most urgent and then the oldest first, at most `MOST`.

    Of an interchange that is due all that waits comes, due by itself or not.
    """
    rows: list[Any] = []
    with means.database.reading() as connection:
        for envelope in connection.execute(_ready(means)).scalars():
            statement = (
                select(UNSEALED_SET, DOCUMENT.c.state_at, CONTENT.c.size, CONTENT.c.body.label("content_body"))
                .join(DOCUMENT, DOCUMENT.c.id == UNSEALED_SET.c.document_id)
                .outerjoin(CONTENT, CONTENT.c.sha256 == UNSEALED_SET.c.sha256)
                .where(UNSEALED_SET.c.envelope == envelope, DOCUMENT.c.state == "translated")
                .order_by(UNSEALED_SET.c.document_id)
                .limit(MOST - len(rows))
            )
            rows += connection.execute(statement).all()
            if len(rows) >= MOST:
                break
    return waits.readable(means, [_Named(row.document_id, row) for row in rows], lambda one: _unsealed(means, one.row))


@dataclass(frozen=True, slots=True)
class _Named:
    """A row under the document's id."""

    id: str
    row: Any


def _ready(means: Means) -> Any:
    """Envelopes with something due, or enough to be full, in the order in which they go."""
    table, now = UNSEALED_SET, means.now()
    return (
        select(table.c.envelope)
        .where(table.c.opens_at <= now)
        .group_by(table.c.envelope)
        .having((func.min(table.c.due_at) <= now) | (func.count() >= func.min(table.c.most_sets)))
        .order_by(func.min(table.c.lane), func.min(table.c.document_id))
        .limit(MOST)
    )


def waiting(connection: Connection, document: str) -> Waiting | None:
    """Until when and why a document waits to be sealed; None when it does not."""
    table = UNSEALED_SET
    mine = connection.execute(
        select(table.c.envelope, table.c.opens_at, table.c.most_sets).where(table.c.document_id == document)
    ).first()
    if mine is None:
        return None
    together = select(func.count(), func.min(table.c.due_at)).where(table.c.envelope == mine.envelope)
    here, due_at = connection.execute(together).one()
    return Waiting(opens_at=mine.opens_at, due_at=due_at, here=here, most_sets=mine.most_sets)


def _unsealed(means: Means, row: Any) -> Unsealed:
    body = row.body
    if body is None:
        body = b"".join(means.blobs.chunks(means.blobs.stored(row.sha256, row.size, row.content_body)))
    return Unsealed(
        id=row.document_id,
        envelope=row.envelope,
        terms=SealingTerms.from_plain(row.terms),
        segments=segments_from_plain(json.loads(body)),
        since=row.state_at,
        due_at=row.due_at,
    )
