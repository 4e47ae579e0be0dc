"""The table of AS2 messages of ours, as they were made and sent."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, ForeignKey, Table
from sqlmodel import Field

from gateway.store.columns import Id, Json, Moment, Name, Words
from gateway.store.table_base import Rows


class As2SentRow(Rows, table=True):
    """One message of ours: `headers` and body as they go over the wire, at every try the same.

    `carried_id` is the message id of the file in `carrying`; the receipt stands with the file. `security` names the
    certificates it was signed with and encrypted for: with the receipt that proves what the partner took.
    """

    __tablename__ = "as2_sent"
    channel: str = Field(sa_column=Column(Name, primary_key=True))
    carried_id: str = Field(sa_column=Column(Id, primary_key=True))
    message_id: str = Field(sa_column=Column(Words, nullable=False))
    headers: Any = Field(sa_column=Column(Json, nullable=False))
    sha256: str = Field(sa_column=Column(Id, ForeignKey("content.sha256"), nullable=False))
    mics: Any = Field(sa_column=Column(Json, nullable=False))
    packed_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    security: Any = Field(sa_column=Column(Json, nullable=False))


AS2_SENT: Table = Rows.metadata.tables["as2_sent"]
