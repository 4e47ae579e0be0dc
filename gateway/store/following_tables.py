"""How far each follower of the events has come."""

from sqlalchemy import BigInteger, Column, Table
from sqlmodel import Field

from gateway.store.columns import Name
from gateway.store.table_base import Rows


class FollowerRow(Rows, table=True):
    """Up to which event a follower has looked."""

    __tablename__ = "follower"
    name: str = Field(sa_column=Column(Name, primary_key=True))
    position: int = Field(sa_column=Column(BigInteger, nullable=False))


FOLLOWER: Table = Rows.metadata.tables["follower"]
