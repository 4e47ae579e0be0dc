"""Up to which day partners' days were looked at."""

from datetime import date

from sqlalchemy import Column, Date, Table
from sqlmodel import Field

from gateway.store.columns import Name
from gateway.store.table_base import Rows


class DayEndRow(Rows, table=True):
    """The last day of a partner of which somebody looked whether it adds up: none up to it is looked at again."""

    __tablename__ = "day_end"
    partner: str = Field(sa_column=Column(Name, primary_key=True))
    day: date = Field(sa_column=Column(Date, nullable=False))


DAY_END: Table = Rows.metadata.tables["day_end"]
