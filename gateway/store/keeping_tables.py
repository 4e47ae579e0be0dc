"""The tables of what is kept and what was not: legal holds, and the proof of every purge."""

from datetime import datetime
from typing import Any

from sqlalchemy import Column, Table, Text
from sqlmodel import Field

from gateway.store.columns import Counter, Id, Json, Moment, Name, Words
from gateway.store.table_base import Rows, only


class LegalHoldRow(Rows, table=True):
    """Nothing under it is purged until it is lifted. `kind` is partner, document or thread.

    `subject` is the id of a document, or the number by which the documents of a thread are found; "" for a partner.
    """

    __tablename__ = "legal_hold"
    __table_args__ = (only("ix_legal_hold_in_force", "number", where="lifted_at is null"),)
    number: int | None = Field(sa_column=Column(Counter, primary_key=True, autoincrement=True))
    kind: str = Field(sa_column=Column(Text, nullable=False))
    partner: str = Field(sa_column=Column(Name, nullable=False))
    subject: str = Field(sa_column=Column(Name, nullable=False))
    reason: str = Field(sa_column=Column(Words, nullable=False))
    who: str = Field(sa_column=Column(Words, nullable=False))
    at: datetime = Field(sa_column=Column(Moment, nullable=False))
    lifted_at: datetime | None = Field(sa_column=Column(Moment))
    lifted_by: str | None = Field(sa_column=Column(Words))
    lifted_why: str | None = Field(sa_column=Column(Words))


class PurgeRow(Rows, table=True):
    """One batch of a purge: what went, told by ids, dates and hashes. Only ever added to.

    `hash` is the SHA-256 over a canonical JSON of the row and the hash of the one before, so that none can be changed,
    left out or put in later without every following one.
    """

    __tablename__ = "purge"
    number: int = Field(sa_column=Column(Counter, primary_key=True, autoincrement=False))
    at: datetime = Field(sa_column=Column(Moment, nullable=False))
    who: str = Field(sa_column=Column(Words, nullable=False))
    reason: str = Field(sa_column=Column(Words, nullable=False))
    items: Any = Field(sa_column=Column(Json, nullable=False))
    contents: Any = Field(sa_column=Column(Json, nullable=False))
    previous: str = Field(sa_column=Column(Id, nullable=False))
    hash: str = Field(sa_column=Column(Id, nullable=False))


LEGAL_HOLD: Table = Rows.metadata.tables["legal_hold"]
PURGE: Table = Rows.metadata.tables["purge"]
