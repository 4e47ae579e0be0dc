"""Threads: one purchase order with all that followed, and which documents belong to it; and changes that wait for their
order.
"""

from datetime import datetime

from sqlalchemy import Column, ForeignKey, Index, Table, Text
from sqlmodel import Field

from gateway.store.columns import Id, Moment, Name, Words
from gateway.store.table_base import Rows


class ThreadRow(Rows, table=True):
    """One thread. Kinds: `gateway.ledger.thread.Kind`. `opened_at` and `last_at` are when its first and its last
    document came, by which it ends.
    """

    __tablename__ = "thread"
    __table_args__ = (Index("ix_thread_number", "number", "partner"), Index("ix_thread_last_at", "last_at"))
    id: str = Field(sa_column=Column(Id, primary_key=True))
    partner: str = Field(sa_column=Column(Name, nullable=False))
    usage: str = Field(sa_column=Column(Name, nullable=False))
    kind: str = Field(sa_column=Column(Text, nullable=False))
    number: str = Field(sa_column=Column(Name, nullable=False))
    release: str = Field(sa_column=Column(Name, nullable=False))
    ordered: bool
    opened_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    last_at: datetime = Field(sa_column=Column(Moment, nullable=False))


class ThreadDocumentRow(Rows, table=True):
    """A document belongs to a thread. `doubt` says what is not certain about it, "" when nothing is."""

    __tablename__ = "thread_document"
    thread_id: str = Field(sa_column=Column(Id, ForeignKey("thread.id"), primary_key=True))
    document_id: str = Field(sa_column=Column(Id, ForeignKey("document.id"), primary_key=True, index=True))
    doubt: str = Field(sa_column=Column(Words, nullable=False))


class OrderWaitRow(Rows, table=True):
    """A change of an order that is held until its order is delivered; gone when it goes on, or goes nowhere."""

    __tablename__ = "order_wait"
    document_id: str = Field(sa_column=Column(Id, ForeignKey("document.id"), primary_key=True))
    partner: str = Field(sa_column=Column(Name, nullable=False))
    usage: str = Field(sa_column=Column(Name, nullable=False))
    number: str = Field(sa_column=Column(Name, nullable=False, index=True))
    release: str = Field(sa_column=Column(Name, nullable=False))
    since: datetime = Field(sa_column=Column(Moment, nullable=False))


THREAD: Table = Rows.metadata.tables["thread"]
THREAD_DOCUMENT: Table = Rows.metadata.tables["thread_document"]
ORDER_WAIT: Table = Rows.metadata.tables["order_wait"]
