"""Transmissions that were stored a moment ago and that no work knows of yet."""

from datetime import datetime

from sqlalchemy import Column, Table
from sqlmodel import Field

from gateway.store.columns import Id, Moment
from gateway.store.table_base import Rows


class UnannouncedRow(Rows, table=True):
    """One of them: here for some milliseconds, or until the next start when its process died."""

    __tablename__ = "unannounced"
    transmission_id: str = Field(sa_column=Column(Id, primary_key=True))
    at: datetime = Field(sa_column=Column(Moment, nullable=False))


UNANNOUNCED: Table = Rows.metadata.tables["unannounced"]
