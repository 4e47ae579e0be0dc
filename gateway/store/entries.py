"""Rows of mailboxes, as acknowledgements, notices and doors write them inside their own transactions."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Executable, select

from gateway.parcel import Content
from gateway.pipeline.ports import Entry, Folder
from gateway.store.means import Transaction
from gateway.store.rows import MakeInsert, ManyRows
from gateway.store.tables import ACKNOWLEDGEMENT, MAILBOX_ENTRY, OUTBOUND_INTERCHANGE

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


def taken_names(transaction: Transaction, wanted: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
    """Of these (channel, name), those that something we sealed has, or had: a file is never replaced by another."""
    channels, names = sorted({channel for channel, _ in wanted}), [name for _, name in wanted]
    among = transaction.means.database.among
    found: set[tuple[str, str]] = set()
    for table in (ACKNOWLEDGEMENT, OUTBOUND_INTERCHANGE):
        # The channel too: their index begins with it.
        statement = select(table.c.channel, table.c.name).where(
            among(table.c.channel, channels), among(table.c.name, names)
        )
        found |= {(row.channel, row.name) for row in transaction.connection.execute(statement)}
    return found


def free_name(taken: set[tuple[str, str]], channel: str, name: str, id: str) -> str:
    """This name, with the id in it when the channel has it already; from now on it is taken."""
    if (channel, name) in taken:
        stem, dot, suffix = name.rpartition(".")
        name = f"{stem}-{id}.{suffix}" if dot and stem else f"{name}-{id}"
    taken.add((channel, name))
    return name


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
