"""A channel's four folders, as rows: what partners see over SFTP and HTTP."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, func, select, true, update

from gateway.errors import UsageError
from gateway.ledger.acks import SendingState
from gateway.ledger.events import ACKNOWLEDGEMENT_CONFIRMED, ACKNOWLEDGEMENT_FETCHED
from gateway.parcel import Content
from gateway.pipeline.ports import Entry, Folder, Waiting
from gateway.store import contents, events, sendings, tending
from gateway.store.entries import as_entry, entry_row, put_entries
from gateway.store.events import Change
from gateway.store.means import Means, Transaction
from gateway.store.tables import ACKNOWLEDGEMENT, CONTENT, MAILBOX_ENTRY, OUTBOUND_INTERCHANGE
from gateway.store.tending import ARCHIVED, SHOWN_ACCEPTED

_WAITS = ("ready", "listed")
"""States of what lies in outbound and was not fetched."""

Shut = Callable[[str, datetime], Sequence[str]]
"""(channel, now) -> the partners that it offers nothing to at that time."""


def _never(_channel: str, _now: datetime) -> Sequence[str]:
    return ()


@dataclass(frozen=True, slots=True)
class StoreMailbox:
    """The `Mailbox` port over the tables. Outside the hours that `shut` tells, what we send is not there."""

    means: Means
    shut: Shut = _never

    def entries(self, channel: str, folder: Folder, *, limit: int = 10_000) -> Sequence[Entry]:
        """The names of a folder, oldest first, without their bytes: ten thousand of those would fill the memory."""
        table = MAILBOX_ENTRY
        statement = select(table).where(self._shown(channel, folder)).order_by(table.c.modified_at, table.c.id)
        with self.means.database.reading() as connection:
            rows = connection.execute(statement.limit(limit)).all()
        return [as_entry(row, Content(sha256=row.sha256, size=row.size)) for row in rows]

    def entry(self, channel: str, folder: Folder, name: str) -> Entry | None:
        """One name, or None."""
        table = MAILBOX_ENTRY
        statement = (
            select(table, CONTENT.c.body)
            .join(CONTENT, CONTENT.c.sha256 == table.c.sha256)
            .where(self._shown(channel, folder), table.c.name == name)
        )
        with self.means.database.reading() as connection:
            row = connection.execute(statement).first()
        return None if row is None else as_entry(row, contents.from_row(self.means.blobs, row))

    def stage(self, channel: str, name: str, content: Content) -> None:
        """Keep an upload under a temporary name; it replaces what had the name."""
        with self.means.database.begin() as connection:
            transaction = self._transaction(connection)
            contents.put(transaction, [content])
            row = entry_row(transaction, channel=channel, folder="inbound", name=name, state="staged", content=content)
            put_entries(transaction, [row])

    def rename(self, channel: str, old: str, new: str) -> None:
        """Give a staged upload another temporary name, in place of what has it. Raises UsageError when it is gone."""
        with self.means.database.begin() as connection:
            staged = _named(channel, "inbound", old) & (MAILBOX_ENTRY.c.state == "staged")
            found = connection.execute(
                select(MAILBOX_ENTRY.c.id).where(staged).with_for_update(key_share=True)
            ).scalar()
            if found is None:
                raise UsageError(f"no upload waits under the name {old!r}")
            if new == old:
                return
            connection.execute(delete(MAILBOX_ENTRY).where(_named(channel, "inbound", new)))
            connection.execute(update(MAILBOX_ENTRY).where(MAILBOX_ENTRY.c.id == found).values(name=new))

    def fetched(self, channel: str, entry: Entry) -> None:
        """Record a pickup, once per offer: a second reading changes nothing."""
        here = (MAILBOX_ENTRY.c.id == entry.id) & (MAILBOX_ENTRY.c.channel == channel)
        ready = (MAILBOX_ENTRY.c.folder == "outbound") & MAILBOX_ENTRY.c.state.in_(_WAITS)
        same = MAILBOX_ENTRY.c.sha256 == entry.content.sha256
        with self.means.database.begin() as connection:
            statement = update(MAILBOX_ENTRY).where(here & ready & same).values(state="fetched")
            row = connection.execute(statement.returning(*MAILBOX_ENTRY.c)).first()
            if row is not None:
                self._picked_up(self._transaction(connection), row, "fetched", ACKNOWLEDGEMENT_FETCHED)

    def remove(self, channel: str, folder: Folder, name: str) -> bool:
        """outbound: to the archive; elsewhere the name goes. What was accepted stays stored. False when unknown."""
        with self.means.database.begin() as connection:
            transaction = self._transaction(connection)
            if folder == "outbound":
                return self._archive(transaction, channel, name)
            gone = delete(MAILBOX_ENTRY).where(_named(channel, folder, name)).returning(MAILBOX_ENTRY.c.id)
            return connection.execute(gone).first() is not None

    def listed(self, channel: str, entries: Sequence[Entry]) -> None:
        """The partner was shown these names of outbound: recorded once per offer."""
        tending.listed(self.means, channel, entries)

    def waiting(self, channel: str) -> Waiting:
        """What came in by a channel and was not processed, uploads under temporary names too."""
        return tending.waiting(self.means, channel)

    def tend(self) -> Sequence[tuple[str, str]]:
        """Forget names that are shown no more; (channel, name) of uploads newly found left under temporary names."""
        return tending.tend(self.means)

    def offer_again(self, channel: str, name: str, *, reason: str, who: str) -> None:
        """A person puts a fetched or archived file into outbound again. Raises UsageError, NotInOrder."""
        tending.offer_again(self.means, channel, name, reason=reason, who=who)

    def _archive(self, transaction: Transaction, channel: str, name: str) -> bool:
        table, connection = MAILBOX_ENTRY, transaction.connection
        shown = self._shown(channel, "outbound") & (table.c.name == name)
        row = connection.execute(select(table).where(shown).with_for_update(of=table, key_share=True)).first()
        if row is None:
            return False
        connection.execute(delete(table).where(_named(channel, "archive", name)))
        # Its time there is that of the removal: from it the days of the archive are counted.
        there = {"folder": "archive", "state": "confirmed", "modified_at": transaction.now}
        connection.execute(update(table).where(table.c.id == row.id).values(there))
        self._picked_up(transaction, row, "confirmed", ACKNOWLEDGEMENT_CONFIRMED)
        return True

    def _picked_up(self, transaction: Transaction, row: Any, state: str, kind: str) -> None:
        """The interchange or acknowledgement behind an entry moves on; the time of its first pickup stays."""
        if row.outbound_interchange_id is not None:
            sendings.picked_up(transaction, row, SendingState(state))
        if row.acknowledgement_id is None:
            return
        table, column = ACKNOWLEDGEMENT, f"{state}_at"
        first = func.coalesce(table.c[column], transaction.now)
        statement = update(table).where(table.c.id == row.acknowledgement_id).values({"state": state, column: first})
        transaction.connection.execute(statement)
        change = Change(
            transmission=row.transmission_id or "",
            subject=row.acknowledgement_id,
            kind=kind,
            who=f"channel/{row.channel}",
            detail={"name": row.name},
        )
        events.record(transaction, [change])

    def _shown(self, channel: str, folder: Folder) -> ColumnElement[bool]:
        table = MAILBOX_ENTRY
        here = (table.c.channel == channel) & (table.c.folder == folder)
        if folder == "outbound":
            return here & self._offered(channel)
        if folder == "archive":
            return here & (table.c.modified_at > self.means.now() - ARCHIVED)
        if folder != "inbound":
            return here
        return here & ((table.c.state == "staged") | (table.c.modified_at > self.means.now() - SHOWN_ACCEPTED))

    def _offered(self, channel: str) -> ColumnElement[bool]:
        """Answers to what the partner sent always, documents of ours inside its hours. What was fetched stays: it was
        offered, and clients remove it when they are sure of it.
        """
        partners = self.shut(channel, self.means.now())
        if not partners:
            return true()
        sending, table = OUTBOUND_INTERCHANGE, MAILBOX_ENTRY
        behind = (sending.c.id == table.c.outbound_interchange_id) & sending.c.partner.in_(partners)
        return table.c.state.not_in(_WAITS) | ~exists(select(sending.c.id).where(behind))

    def _transaction(self, connection: Any) -> Transaction:
        return Transaction(self.means, connection, self.means.now())


def _named(channel: str, folder: Folder, name: str) -> ColumnElement[bool]:
    table = MAILBOX_ENTRY
    return (table.c.channel == channel) & (table.c.folder == folder) & (table.c.name == name)
