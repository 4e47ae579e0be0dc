"""The outbox: notices to be sent, every try, how their targets do, and how far the events were followed."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Integer, Table, Text, text
from sqlmodel import Field

from gateway.store.columns import Counter, Id, Moment, Name, Words
from gateway.store.table_base import Rows, only

_OPEN = "state in ('gathering', 'waiting')"


class NoticeRow(Rows, table=True):
    """One notice to one target. States: `gateway.pipeline.notices.values.NoticeState`.

    `body` is the JSON that is sent, of an alert that which it is written from. Not sent before `next_at`; while it is
    in somebody's hands that is when the lease is over. `event_number` is that of the last event that is in it.
    """

    __tablename__ = "notice"
    __table_args__ = (
        only("ix_notice_open", "target", "next_at", where=_OPEN),
        Index(
            "uq_notice_gathering",
            "target",
            unique=True,
            sqlite_where=text("state = 'gathering'"),
            postgresql_where=text("state = 'gathering'"),
        ),
        Index("ix_notice_state_id", "state", "id"),
        Index("ix_notice_subject", "subject"),
    )
    id: str = Field(sa_column=Column(Id, primary_key=True))
    kind: str = Field(sa_column=Column(Text, nullable=False))
    target: str = Field(sa_column=Column(Name, nullable=False))
    subject: str = Field(sa_column=Column(Name, nullable=False))
    event_number: int = Field(sa_column=Column(BigInteger, nullable=False))
    body: str = Field(sa_column=Column(Text, nullable=False))
    state: str = Field(sa_column=Column(Text, nullable=False))
    attempts: int
    created_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    next_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    in_hand_by: str | None = Field(sa_column=Column(Words))
    first_tried_at: datetime | None = Field(sa_column=Column(Moment))
    settled_at: datetime | None = Field(sa_column=Column(Moment))
    last_error: str = Field(sa_column=Column(Words, nullable=False))


class NoticeAttemptRow(Rows, table=True):
    """One try of one notice, as it ended. A try whose end nobody saw has no row."""

    __tablename__ = "notice_attempt"
    number: int | None = Field(sa_column=Column(Counter, primary_key=True, autoincrement=True))
    notice_id: str = Field(sa_column=Column(Id, ForeignKey("notice.id"), nullable=False, index=True))
    at: datetime = Field(sa_column=Column(Moment, nullable=False))
    milliseconds: int
    outcome: str = Field(sa_column=Column(Text, nullable=False))
    status: int
    detail: str = Field(sa_column=Column(Words, nullable=False))


class NoticeTargetRow(Rows, table=True):
    """How a target does, one row for each that was ever used. `address` is a hash of its url: a gone one that has
    another is opened again. `alerted_at` is when the last alert was closed, to be sent.
    """

    __tablename__ = "notice_target"
    name: str = Field(sa_column=Column(Name, primary_key=True))
    address: str = Field(sa_column=Column(Id, nullable=False))
    state: str = Field(sa_column=Column(Text, nullable=False))
    failures: int
    last_error: str = Field(sa_column=Column(Words, nullable=False))
    paused_until: datetime | None = Field(sa_column=Column(Moment))
    sent_at: datetime | None = Field(sa_column=Column(Moment))
    alerted_at: datetime | None = Field(sa_column=Column(Moment))


class NoticeFollowerRow(Rows, table=True):
    """The number of the last event that was looked at for notices, in its one row; no row while nobody asks."""

    __tablename__ = "notice_follower"
    __table_args__ = (CheckConstraint("number = 1", name="one"),)
    number: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    position: int = Field(sa_column=Column(BigInteger, nullable=False))
    at: datetime = Field(sa_column=Column(Moment, nullable=False))


_TABLES = Rows.metadata.tables

NOTICE: Table = _TABLES["notice"]
NOTICE_ATTEMPT: Table = _TABLES["notice_attempt"]
NOTICE_TARGET: Table = _TABLES["notice_target"]
NOTICE_FOLLOWER: Table = _TABLES["notice_follower"]
