"""The authored files that a gateway runs by, revision by revision, and the home that the database belongs to."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, Text
from sqlmodel import Field

from gateway.store.columns import Counter, Id, Moment, Words
from gateway.store.table_base import Rows


class ReleaseFileRow(Rows, table=True):
    """The text of an authored file, by its hash."""

    __tablename__ = "release_file"
    sha256: str = Field(sa_column=Column(Id, primary_key=True))
    body: str = Field(sa_column=Column(Text, nullable=False))


class ReleaseEntryRow(Rows, table=True):
    """Which file stands at which path in which revision."""

    __tablename__ = "release_entry"
    __table_args__ = (Index("ix_release_entry_kind_path", "kind", "path"),)
    revision: str = Field(sa_column=Column(Id, primary_key=True))
    kind: str = Field(sa_column=Column(Text, primary_key=True))
    path: str = Field(sa_column=Column(Text, primary_key=True))
    sha256: str = Field(sa_column=Column(Id, ForeignKey("release_file.sha256"), nullable=False))


class ReleaseRow(Rows, table=True):
    """Which revision became current when; the highest number is current."""

    __tablename__ = "release"
    number: int | None = Field(sa_column=Column(Counter, primary_key=True, autoincrement=True))
    revision: str = Field(sa_column=Column(Id, nullable=False))
    published_at: datetime = Field(sa_column=Column(Moment, nullable=False))


class HomeRow(Rows, table=True):
    """The one home of this database, in its one row.

    `token` names the mark that the last start left in the home, "" until the first has; `folder`, `node` and
    `marked_at` say where and when that was.
    """

    __tablename__ = "home"
    __table_args__ = (CheckConstraint("number = 1", name="one"),)
    number: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    id: str = Field(sa_column=Column(Id, nullable=False))
    token: str = Field(sa_column=Column(Id, nullable=False))
    folder: str = Field(sa_column=Column(Words, nullable=False))
    node: str = Field(sa_column=Column(Words, nullable=False))
    marked_at: datetime = Field(sa_column=Column(Moment, nullable=False))
