"""Rows of mailboxes, as acknowledgements, notices and doors write them inside their own transactions."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Executable

from gateway.parcel import Content
from gateway.pipeline.ports import Entry, Folder
from gateway.store.means import Transaction
from gateway.store.rows import MakeInsert, ManyRows
from gateway.store.tables import MAILBOX_ENTRY

_NAMED = ("channel", "folder", "name")
_REFERENCES = ("transmission_id", "acknowledgement_id", "outbound_interchange_id")
_REPLACED = ("id", "state", "sha256", "size", "modified_at", *_REFERENCES)


def _upsert(insert: MakeInsert) -> Executable:
    statement = insert(MAILBOX_ENTRY)
    replaced = {column: statement.excluded[column] for column in _REPLACED}
    return statement.on_conflict_do_update(index_elements=list(_NAMED), set_=replaced)


_UPSERT = ManyRows(_upsert)


def entry_row(
    transaction: Transaction,
    *,
    channel: str,
    folder: Folder,
    name: str,
    state: str,
    content: Content,
    transmission: str | None = None,
    acknowledgement: str | None = None,
    sending: str | None = None,
) -> dict[str, Any]:
    """One row of `mailbox_entry`, new at the time of the transaction; `sending` is an interchange of ours."""
    return {
        "id": transaction.means.new_id(),
        "channel": channel,
        "folder": folder,
        "name": name,
        "state": state,
        "sha256": content.sha256,
        "size": content.size,
        "modified_at": transaction.now,
        "transmission_id": transmission,
        "acknowledgement_id": acknowledgement,
        "outbound_interchange_id": sending,
    }


def put_entries(transaction: Transaction, rows: Sequence[dict[str, Any]]) -> None:
    """Write entries; what has the same name in the same folder is replaced, as in any folder."""
    by_name = {(row["channel"], row["folder"], row["name"]): row for row in rows}
    _UPSERT.run(transaction.connection, [row for _, row in sorted(by_name.items())])


def as_entry(row: Any, content: Content) -> Entry:
    """An entry from its row."""
    return Entry(
        id=row.id,
        folder=row.folder,
        name=row.name,
        state=row.state,
        content=content,
        modified_at=row.modified_at,
    )
