"""The tables of the AS2 door: messages as they came with what was answered, and receipts for what we sent.

Both keep the bytes as they came over the wire, with their headers: with the keys that were in force then, either proves
who said what (non-repudiation).
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Table, Text, text
from sqlmodel import Field

from gateway.store.columns import Id, Json, Moment, Name, Words
from gateway.store.table_base import Rows, only


class As2MessageRow(Rows, table=True):
    """One message of a partner, and the receipt for it. state: taken, refused, conflict.

    `message_key` is the SHA-256 of the Message-ID, which is too long for an index; of taken ones there is one per
    channel. `mic` is the SHA-256 MIC of a message that was opened: the same again is the same message. `mics` are by
    every digest. `sha256` is null where what was refused was too large to be kept.

    mdn_state: "" none was asked for, answered (on the same connection), waiting -> sent | given_up. `mdn_next_at` is
    when it is tried next, or when the node that has it in hand is taken for dead.
    """

    __tablename__ = "as2_message"
    __table_args__ = (
        Index(
            "uq_as2_message_key",
            "channel",
            "message_key",
            unique=True,
            sqlite_where=text("state = 'taken'"),
            postgresql_where=text("state = 'taken'"),
        ),
        only("ix_as2_message_mdn_next_at", "mdn_next_at", where="mdn_state = 'waiting'"),
        Index("ix_as2_message_state", "state", "id"),
    )
    id: str = Field(sa_column=Column(Id, primary_key=True))
    channel: str = Field(sa_column=Column(Name, nullable=False))
    message_key: str = Field(sa_column=Column(Id, nullable=False))
    message_id: str = Field(sa_column=Column(Words, nullable=False))
    as2_from: str = Field(sa_column=Column(Words, nullable=False))
    as2_to: str = Field(sa_column=Column(Words, nullable=False))
    remote: str = Field(sa_column=Column(Words, nullable=False))
    received_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    state: str = Field(sa_column=Column(Text, nullable=False))
    reason: str = Field(sa_column=Column(Words, nullable=False))
    headers: Any = Field(sa_column=Column(Json, nullable=False))
    sha256: str | None = Field(sa_column=Column(Id, ForeignKey("content.sha256")))
    size: int = Field(sa_column=Column(BigInteger, nullable=False))
    mic: str = Field(sa_column=Column(Text, nullable=False))
    mics: Any = Field(sa_column=Column(Json, nullable=False))
    security: Any = Field(sa_column=Column(Json, nullable=False))
    disposition: str = Field(sa_column=Column(Words, nullable=False))
    mdn_state: str = Field(sa_column=Column(Text, nullable=False))
    mdn_headers: Any = Field(sa_column=Column(Json, nullable=False))
    mdn_sha256: str | None = Field(sa_column=Column(Id, ForeignKey("content.sha256")))
    mdn_url: str = Field(sa_column=Column(Words, nullable=False))
    mdn_attempts: int
    mdn_next_at: datetime | None = Field(sa_column=Column(Moment))
    mdn_at: datetime | None = Field(sa_column=Column(Moment))
    mdn_reason: str = Field(sa_column=Column(Words, nullable=False))


class As2PartRow(Rows, table=True):
    """One payload of a message, which is a transmission of its own; `ordinal` counts from 0."""

    __tablename__ = "as2_part"
    transmission_id: str = Field(sa_column=Column(Id, ForeignKey("transmission.id"), primary_key=True))
    as2_message_id: str = Field(sa_column=Column(Id, ForeignKey("as2_message.id"), nullable=False, index=True))
    ordinal: int
    content_type: str = Field(sa_column=Column(Words, nullable=False))


class As2ReceiptRow(Rows, table=True):
    """One receipt that a partner sent for a message of ours, whatever it was worth.

    `outcome` says what: confirmed, refused, mismatch, unsigned, unknown, unreadable, or earlier: about a copy of what
    went again since. `subject` is the id of the file of ours that it is about, "" for none.
    """

    __tablename__ = "as2_receipt"
    id: str = Field(sa_column=Column(Id, primary_key=True))
    channel: str = Field(sa_column=Column(Name, nullable=False))
    remote: str = Field(sa_column=Column(Words, nullable=False))
    received_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    headers: Any = Field(sa_column=Column(Json, nullable=False))
    sha256: str = Field(sa_column=Column(Id, ForeignKey("content.sha256"), nullable=False))
    original_message_id: str = Field(sa_column=Column(Words, nullable=False))
    disposition: str = Field(sa_column=Column(Words, nullable=False))
    mic: str = Field(sa_column=Column(Words, nullable=False))
    signed_by: str = Field(sa_column=Column(Text, nullable=False))
    outcome: str = Field(sa_column=Column(Text, nullable=False))
    reason: str = Field(sa_column=Column(Words, nullable=False))
    subject: str = Field(sa_column=Column(Id, nullable=False, index=True))


_TABLES = Rows.metadata.tables

AS2_MESSAGE: Table = _TABLES["as2_message"]
AS2_PART: Table = _TABLES["as2_part"]
AS2_RECEIPT: Table = _TABLES["as2_receipt"]
