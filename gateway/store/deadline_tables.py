"""The deadline that runs for each document that is not done, and how far events were looked at for it."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Integer, Table, Text
from sqlmodel import Field

from gateway.store.columns import Id, Moment
from gateway.store.table_base import Rows, only


class DeadlineRow(Rows, table=True):
    """What has to happen with a document until when; no row when nothing has to. Kinds: `gateway.ledger.deadlines.Due`.

    It is reckoned from `started_at`; `missed_at` is when somebody noticed that it was over.
    """

    __tablename__ = "deadline"
    __table_args__ = (
        only("ix_deadline_running", "due_at", where="missed_at is null"),
        only("ix_deadline_missed", "due", "due_at", where="missed_at is not null"),
    )
    document_id: str = Field(sa_column=Column(Id, ForeignKey("document.id"), primary_key=True))
    due: str = Field(sa_column=Column(Text, nullable=False))
    started_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    due_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    missed_at: datetime | None = Field(sa_column=Column(Moment))


class DeadlineFollowerRow(Rows, table=True):
    """Up to which event deadlines are set, and by which revision of the partner files, in its one row."""

    __tablename__ = "deadline_follower"
    __table_args__ = (CheckConstraint("number = 1", name="one"),)
    number: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    position: int = Field(sa_column=Column(BigInteger, nullable=False))
    revision: str = Field(sa_column=Column(Text, nullable=False))


DEADLINE: Table = Rows.metadata.tables["deadline"]
DEADLINE_FOLLOWER: Table = Rows.metadata.tables["deadline_follower"]
