"""What was said of the business in documents, and the numbers that documents are meant by when something is said."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from sqlalchemy import Column, Date, ForeignKey, Index, Table, Text, text
from sqlmodel import Field

from gateway.store.columns import Amount, Id, Json, Moment, Name, Words
from gateway.store.table_base import Rows, only


class BusinessNumberRow(Rows, table=True):
    """The number a document is meant by: of an invoice its own, of an order the buyer's. `normal` is it as it is
    compared when it is written otherwise (`gateway.ledger.meant.normal`).
    """

    __tablename__ = "business_number"
    __table_args__ = (Index("ix_business_number_normal", "partner", "normal"),)
    document_id: str = Field(sa_column=Column(Id, ForeignKey("document.id"), primary_key=True))
    partner: str = Field(sa_column=Column(Name, nullable=False))
    number: str = Field(sa_column=Column(Name, nullable=False))
    normal: str = Field(sa_column=Column(Name, nullable=False))


class BusinessFactRow(Rows, table=True):
    """One statement of a set: line `line` of document `document_id` says something of document `subject_id`.

    It belongs to its subject and is kept as long; `document_id` may be purged before. state: matched, early (its
    subject is not known to be sent), unmatched, ambiguous, or closed by a person; only matched ones have a subject, the
    others a `reason`. `said` is what `gateway.ledger.settling.Said` is made of, `claim` what it says it is about,
    `lookup` the number that is looked up by, normal. `heard_of` is when the canonical body was made that it was read
    from.
    """

    __tablename__ = "business_fact"
    __table_args__ = (
        only("ix_business_fact_subject", "subject_id", where="subject_id is not null"),
        only("ix_business_fact_open", "partner", "lookup", where="state in ('early', 'unmatched', 'ambiguous')"),
        only("ix_business_fact_left", "document_id", "line", where="state in ('early', 'unmatched', 'ambiguous')"),
    )
    document_id: str = Field(sa_column=Column(Id, primary_key=True))
    line: int = Field(primary_key=True)
    subject_id: str | None = Field(sa_column=Column(Id, ForeignKey("document.id")))
    state: str = Field(sa_column=Column(Text, nullable=False))
    reason: str = Field(sa_column=Column(Words, nullable=False))
    partner: str = Field(sa_column=Column(Name, nullable=False))
    usage: str = Field(sa_column=Column(Words, nullable=False))
    direction: str = Field(sa_column=Column(Text, nullable=False))
    set_id: str = Field(sa_column=Column(Words, nullable=False))
    kind: str = Field(sa_column=Column(Text, nullable=False))
    by: str = Field(sa_column=Column(Words, nullable=False))
    number: str = Field(sa_column=Column(Words, nullable=False))
    lookup: str = Field(sa_column=Column(Name, nullable=False))
    amount: Decimal | None = Field(sa_column=Column(Amount))
    currency: str = Field(sa_column=Column(Words, nullable=False))
    dated: date | None = Field(sa_column=Column(Date))
    words: str = Field(sa_column=Column(Words, nullable=False))
    claim: Any = Field(sa_column=Column(Json))
    said: Any = Field(sa_column=Column(Json, nullable=False))
    at: datetime = Field(sa_column=Column(Moment, nullable=False))
    heard_of: datetime = Field(sa_column=Column(Moment, nullable=False))


class BusinessBookingRow(Rows, table=True):
    """A person said that line `line` of document `document_id` is about document `subject_id`. `kind`, `number` and
    `amount` are those of the statement then: another is not what was booked. `was` is why it waited before.
    """

    __tablename__ = "business_booking"
    document_id: str = Field(sa_column=Column(Id, ForeignKey("document.id"), primary_key=True))
    line: int = Field(primary_key=True)
    subject_id: str = Field(sa_column=Column(Id, ForeignKey("document.id"), nullable=False, index=True))
    kind: str = Field(sa_column=Column(Text, nullable=False))
    number: str = Field(sa_column=Column(Words, nullable=False))
    amount: Decimal | None = Field(sa_column=Column(Amount))
    was: str = Field(sa_column=Column(Words, nullable=False))
    who: str = Field(sa_column=Column(Words, nullable=False))
    why: str = Field(sa_column=Column(Words, nullable=False))
    at: datetime = Field(sa_column=Column(Moment, nullable=False))


BUSINESS_BOOKING: Table = Rows.metadata.tables["business_booking"]
BUSINESS_NUMBER: Table = Rows.metadata.tables["business_number"]
BUSINESS_FACT: Table = Rows.metadata.tables["business_fact"]
OPEN = ("early", "unmatched", "ambiguous")
"""States of facts that wait for what they are about, or for a person."""
STILL_OPEN = text("business_fact.state in ('early', 'unmatched', 'ambiguous')")
"""The same as a condition written out, by which SQLite sees that an index of these has them all."""

NOTHING_SAID: Mapping[str, Any] = MappingProxyType(
    {"business": "", "business_at": None, "business_words": "", "business_open": None}
)
"""Of a document that takes another's place, or stands beside it: what was said of that one becomes its own, with an
event, when it is followed.
"""
