"""Partners' servers that we look into, one row a channel."""

from datetime import datetime

from sqlalchemy import Column, Table, Text
from sqlmodel import Field

from gateway.store.columns import Moment, Name, Words
from gateway.store.table_base import Rows


class PollRow(Rows, table=True):
    """How looking into a partner's server goes. state: working, failing or stopped; `failures` are those in a row.

    `looked_at` is the last look, `seen_at` the last that succeeded, `taken_at` the last that brought `files`.
    """

    __tablename__ = "poll"
    channel: str = Field(sa_column=Column(Name, primary_key=True))
    state: str = Field(sa_column=Column(Text, nullable=False))
    reason: str = Field(sa_column=Column(Words, nullable=False))
    failures: int
    looked_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    seen_at: datetime | None = Field(sa_column=Column(Moment))
    taken_at: datetime | None = Field(sa_column=Column(Moment))
    files: int


POLL: Table = Rows.metadata.tables["poll"]
