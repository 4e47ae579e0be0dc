"""Tables of cross references: rows that are only ever added to, when they changed, and what documents wait for."""

from datetime import date, datetime

from sqlalchemy import Boolean, CheckConstraint, Column, Date, ForeignKey, Index, Table, Text
from sqlmodel import Field

from gateway.store.columns import Counter, Id, Moment, Name, Words
from gateway.store.table_base import Rows


class CrossReferenceRow(Rows, table=True):
    """What a partner calls a thing, and what we do. Only `retired_*` are ever changed, once.

    `partner` and `item` may be "*", `factor` is a fraction as text. `recorded_at`, `retired_at`: times of changes.
    """

    __tablename__ = "crossref_row"
    __table_args__ = (
        CheckConstraint("valid_from < valid_to", name="period"),
        Index("ix_crossref_row_theirs", "partner", "table_name", "theirs"),
        Index("ix_crossref_row_ours", "partner", "table_name", "ours"),
    )
    number: int | None = Field(sa_column=Column(Counter, primary_key=True, autoincrement=True))
    partner: str = Field(sa_column=Column(Name, nullable=False))
    table_name: str = Field(sa_column=Column(Name, nullable=False))
    theirs: str = Field(sa_column=Column(Name, nullable=False))
    ours: str = Field(sa_column=Column(Name, nullable=False))
    item: str = Field(sa_column=Column(Name, nullable=False))
    factor: str | None = Field(sa_column=Column(Text))
    valid_from: date | None = Field(sa_column=Column(Date))
    valid_to: date | None = Field(sa_column=Column(Date))
    preferred: bool = Field(sa_column=Column(Boolean, nullable=False))
    note: str = Field(sa_column=Column(Words, nullable=False))
    owner: str = Field(sa_column=Column(Words, nullable=False))
    recorded_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    recorded_by: str = Field(sa_column=Column(Words, nullable=False))
    retired_at: datetime | None = Field(sa_column=Column(Moment))
    retired_by: str | None = Field(sa_column=Column(Words))
    retired_why: str | None = Field(sa_column=Column(Words))


class CrossReferenceChangeRow(Rows, table=True):
    """When rows of a partner (or of all, "*") were last added or retired. No two changes have the same time."""

    __tablename__ = "crossref_change"
    partner: str = Field(sa_column=Column(Name, primary_key=True))
    changed_at: datetime = Field(sa_column=Column(Moment, nullable=False))


class CrossReferenceUnmappedRow(Rows, table=True):
    """A value that a document waits for. `direction` is inbound (theirs) or outbound (ours), `item` ours or ""."""

    __tablename__ = "crossref_unmapped"
    document_id: str = Field(sa_column=Column(Id, ForeignKey("document.id"), primary_key=True))
    table_name: str = Field(sa_column=Column(Name, primary_key=True))
    direction: str = Field(sa_column=Column(Text, primary_key=True))
    value: str = Field(sa_column=Column(Name, primary_key=True))
    item: str = Field(sa_column=Column(Name, primary_key=True))
    partner: str = Field(sa_column=Column(Name, nullable=False, index=True))
    seen_at: datetime = Field(sa_column=Column(Moment, nullable=False))


CROSSREF_ROW: Table = Rows.metadata.tables["crossref_row"]
CROSSREF_CHANGE: Table = Rows.metadata.tables["crossref_change"]
CROSSREF_UNMAPPED: Table = Rows.metadata.tables["crossref_unmapped"]
