"""Content in the database: rows by hash, small bodies inside."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select

from gateway.parcel import INLINE_LIMIT, Content
from gateway.store.blobs import FileBlobs
from gateway.store.database import Database
from gateway.store.means import Transaction
from gateway.store.rows import ManyRows
from gateway.store.tables import CONTENT

_INSERT = ManyRows(lambda insert: insert(CONTENT).on_conflict_do_nothing())


def put(transaction: Transaction, contents: Iterable[Content]) -> None:
    """Make rows for contents that have none. Their files must be durable already."""
    by_hash = {content.sha256: content for content in contents}
    # Sorted: two nodes that store the same hashes in another order would wait for each other.
    rows = [
        {"sha256": sha256, "size": content.size, "body": content.inline} for sha256, content in sorted(by_hash.items())
    ]
    _INSERT.run(transaction.connection, rows)


def body_or_hash(blobs: FileBlobs, data: bytes) -> tuple[bytes | None, Content | None]:
    """(body, None) for what fits in a row, (None, content) for what does not."""
    return (data, None) if len(data) <= INLINE_LIMIT else (None, blobs.keep(data))


def from_row(blobs: FileBlobs, row: Any) -> Content:
    """Content of a row that has `sha256`, `size` and `body`."""
    return blobs.stored(row.sha256, row.size, row.body)


def sweep_orphans(database: Database, blobs: FileBlobs) -> int:
    """Set files aside that no row refers to and that are old enough to be nobody's upload. Returns how many.

    For the start, before doors open.
    """

    def known(names: Sequence[str]) -> Sequence[str]:
        with database.reading() as connection:
            return (
                connection.execute(select(CONTENT.c.sha256).where(database.among(CONTENT.c.sha256, names)))
                .scalars()
                .all()
            )

    return blobs.sweep(known)
