"""What a person has said about a document that is no state of it: that they hold it."""

from datetime import datetime

from sqlalchemy import Column, ForeignKey, Table, Text
from sqlmodel import Field

from gateway.store.columns import Id, Moment, Words
from gateway.store.table_base import Rows


class DocumentHoldRow(Rows, table=True):
    """A document that a person keeps from going on; gone when it is let go. `was` is the state that it goes on from."""

    __tablename__ = "document_hold"
    document_id: str = Field(sa_column=Column(Id, ForeignKey("document.id"), primary_key=True))
    was: str = Field(sa_column=Column(Text, nullable=False))
    who: str = Field(sa_column=Column(Words, nullable=False))
    why: str = Field(sa_column=Column(Words, nullable=False))
    at: datetime = Field(sa_column=Column(Moment, nullable=False))


DOCUMENT_HOLD: Table = Rows.metadata.tables["document_hold"]
