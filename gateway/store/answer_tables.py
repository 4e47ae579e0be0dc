"""Our answers to what came in, and what lies in partners' folders."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Table, Text, UniqueConstraint
from sqlmodel import Field

from gateway.store.columns import Id, Json, Moment, Name
from gateway.store.table_base import Rows, only


class AcknowledgementRow(Rows, table=True):
    """A TA1, 997 or 999 of ours, sealed: one file per interchange and kind, whatever happens.

    state: offered -> fetched -> confirmed, and offered again when the same interchange comes again.
    """

    __tablename__ = "acknowledgement"
    __table_args__ = (
        UniqueConstraint("interchange_id", "kind"),
        UniqueConstraint("channel", "name"),
        only("ix_acknowledgement_unfetched", "interchange_id", where="state = 'offered' and carried_at is null"),
    )
    id: str = Field(sa_column=Column(Id, primary_key=True))
    interchange_id: str = Field(sa_column=Column(Id, ForeignKey("interchange.id"), nullable=False))
    transmission_id: str = Field(sa_column=Column(Id, nullable=False, index=True))
    kind: str = Field(sa_column=Column(Text, nullable=False))
    channel: str = Field(sa_column=Column(Name, nullable=False))
    name: str = Field(sa_column=Column(Name, nullable=False))
    interchange_number: int
    group_numbers: Any = Field(sa_column=Column(Json, nullable=False))
    sha256: str = Field(sa_column=Column(Id, ForeignKey("content.sha256"), nullable=False))
    size: int
    state: str = Field(sa_column=Column(Text, nullable=False))
    offers: int
    sealed_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    offered_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    fetched_at: datetime | None = Field(sa_column=Column(Moment))
    confirmed_at: datetime | None = Field(sa_column=Column(Moment))
    carried_at: datetime | None = Field(sa_column=Column(Moment))


class MailboxEntryRow(Rows, table=True):
    """One name in a channel's folder. What a partner removes goes; what it meant stays elsewhere."""

    __tablename__ = "mailbox_entry"
    __table_args__ = (
        UniqueConstraint("channel", "folder", "name"),
        Index("ix_mailbox_entry_state_modified_at", "state", "modified_at"),
        only("ix_mailbox_entry_staged", "channel", "size", where="state = 'staged'"),
    )
    id: str = Field(sa_column=Column(Id, primary_key=True))
    channel: str = Field(sa_column=Column(Name, nullable=False))
    folder: str = Field(sa_column=Column(Text, nullable=False))
    name: str = Field(sa_column=Column(Name, nullable=False))
    state: str = Field(sa_column=Column(Text, nullable=False))
    sha256: str = Field(sa_column=Column(Id, ForeignKey("content.sha256"), nullable=False))
    size: int = Field(sa_column=Column(BigInteger, nullable=False))
    modified_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    transmission_id: str | None = Field(sa_column=Column(Id))
    acknowledgement_id: str | None = Field(sa_column=Column(Id, index=True))
    outbound_interchange_id: str | None = Field(sa_column=Column(Id, index=True))


ACKNOWLEDGEMENT: Table = Rows.metadata.tables["acknowledgement"]
MAILBOX_ENTRY: Table = Rows.metadata.tables["mailbox_entry"]
