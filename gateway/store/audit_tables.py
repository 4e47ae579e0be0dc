"""The table of the audit trail, which triggers keep as it is, and the one row that says where it ends."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Column, Integer, Table, Text
from sqlmodel import Field

from gateway.store.columns import Id, Json, Moment, Name, Words
from gateway.store.table_base import Rows


class AuditRow(Rows, table=True):
    """One act of a person. `number` is given by us, without gaps: the database's own counting leaves some out."""

    __tablename__ = "audit"
    number: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    at: datetime = Field(sa_column=Column(Moment, nullable=False))
    who: str = Field(sa_column=Column(Name, nullable=False, index=True))
    verb: str = Field(sa_column=Column(Text, nullable=False, index=True))
    subjects: Any = Field(sa_column=Column(Json, nullable=False))
    reason: str = Field(sa_column=Column(Words, nullable=False))
    detail: Any = Field(sa_column=Column(Json, nullable=False))
    previous: str = Field(sa_column=Column(Id, nullable=False))
    hash: str = Field(sa_column=Column(Id, nullable=False, unique=True))


class AuditSubjectRow(Rows, table=True):
    """Which entries are about what: an index, and no more than that; entries themselves say it, too."""

    __tablename__ = "audit_subject"
    subject: str = Field(sa_column=Column(Name, primary_key=True))
    number: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))


class AuditHeadRow(Rows, table=True):
    """The last entry: locked by whoever writes the next, so that two nodes write one after the other."""

    __tablename__ = "audit_head"
    __table_args__ = (CheckConstraint("one = 1", name="one"),)
    one: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    number: int = Field(sa_column=Column(BigInteger, nullable=False))
    hash: str = Field(sa_column=Column(Id, nullable=False))


AUDIT: Table = Rows.metadata.tables["audit"]
AUDIT_SUBJECT: Table = Rows.metadata.tables["audit_subject"]
AUDIT_HEAD: Table = Rows.metadata.tables["audit_head"]
