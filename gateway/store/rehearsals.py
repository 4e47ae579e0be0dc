"""Documents that came in, whatever became of them, read so that they can be mapped again without anything written."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from gateway.errors import MachineError
from gateway.pipeline.questions import DocumentRow
from gateway.pipeline.stage import Translatable
from gateway.store.envelopes import Envelopes
from gateway.store.means import Means
from gateway.store.questions import document_row
from gateway.store.tables import CANONICAL, CONTENT, DOCUMENT, INTERCHANGE, TRANSMISSION
from gateway.store.translations import as_translatable


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A document with what is known of it: `pins` of the last time it was mapped, `canonical` of then, None when there
    is none. `set` is what is mapped again, None when its bytes cannot be read just now, for which `why_not` says why.
    """

    row: DocumentRow
    pins: dict[str, str]
    canonical: bytes | None
    set: Translatable | None
    why_not: str = ""


def known(means: Means, ids: Sequence[str]) -> list[Known]:
    """Those of these documents that came in, in the order of their ids."""
    made = CANONICAL.alias()
    generations = select(func.max(made.c.generation)).where(made.c.document_id == DOCUMENT.c.id)
    newest = generations.correlate(DOCUMENT).scalar_subquery()
    mapped = (CANONICAL.c.document_id == DOCUMENT.c.id) & (CANONICAL.c.generation == newest)
    large = CONTENT.alias()
    statement = (
        select(
            *(DOCUMENT, INTERCHANGE.c.header, INTERCHANGE.c.byte_offset.label("interchange_offset"), CONTENT),
            *(CANONICAL.c.body.label("canonical"), large.c.sha256.label("large"), large.c.size.label("large_size")),
        )
        .join(INTERCHANGE, INTERCHANGE.c.id == DOCUMENT.c.interchange_id)
        .join(TRANSMISSION, TRANSMISSION.c.id == DOCUMENT.c.transmission_id)
        .join(CONTENT, CONTENT.c.sha256 == TRANSMISSION.c.sha256)
        .outerjoin(CANONICAL, mapped)
        .outerjoin(large, large.c.sha256 == CANONICAL.c.sha256)
        .where(means.database.among(DOCUMENT.c.id, ids), DOCUMENT.c.direction == "inbound")
        .order_by(DOCUMENT.c.id)
    )
    with means.database.reading() as connection:
        rows = connection.execute(statement).all()
    envelopes = Envelopes(means.blobs)
    return [_known(means, envelopes, row) for row in rows]


def _known(means: Means, envelopes: Envelopes, row: Any) -> Known:
    about = {"row": document_row(row), "pins": row.pins}
    try:
        canonical = row.canonical
        if canonical is None and row.large is not None:
            canonical = b"".join(means.blobs.chunks(means.blobs.stored(row.large, row.large_size, None)))
        whole = as_translatable(means, envelopes, row)
    except MachineError as refused:
        return Known(**about, canonical=None, set=None, why_not=f"its bytes cannot be read: {refused}")
    return Known(**about, canonical=canonical, set=whole)
