"""What every table of the store has in common: one set of metadata with names for its constraints."""

from sqlalchemy import Index, MetaData, text
from sqlmodel import SQLModel


class Rows(SQLModel, defer_build=True):
    """The base of every table. Rows are never held to models, so nothing is built for that."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
        }
    )


def only(name: str, *columns: str, where: str) -> Index:
    """A partial index: small, because only what waits is in it."""
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))
