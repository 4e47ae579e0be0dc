"""Rows of cross references as look-ups, kept in memory until they change: the `CrossReferences` port."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, select

from gateway.crossref.factors import read_factor
from gateway.crossref.rows import ANY, Row
from gateway.crossref.tables import Tables
from gateway.pipeline.knowledge import NOTHING_YET, Knowledge
from gateway.store.crossref_tables import CROSSREF_CHANGE, CROSSREF_ROW
from gateway.store.database import Database

_Stamps = Mapping[str, datetime]


@dataclass(frozen=True, slots=True)
class StoreCrossReferences:
    """The `CrossReferences` port over the tables. One small question per document; rows are read when they changed.

    All rows of a partner, and those of all partners, are held in memory: some 100 MB for 100,000 of them.
    """

    database: Database
    _kept: dict[str, tuple[_Stamps, Tables]] = field(default_factory=dict)

    def current(self, partner: str, on: date) -> Knowledge:
        """What is known now."""
        stamps, tables = self._tables(partner)
        return Knowledge(lookups=tables.at(partner, on), on=on, as_of=newest(stamps))

    def pinned(self, partner: str, on: date, as_of: datetime) -> Knowledge:
        """What was known after the change at `as_of`, and nothing of what came later."""
        _, tables = self._tables(partner)
        return Knowledge(lookups=tables.at(partner, on, as_of), on=on, as_of=as_of, pinned=True)

    def _tables(self, partner: str) -> tuple[_Stamps, Tables]:
        with self.database.reading() as connection:
            stamps = changes(connection, partner)
            kept = self._kept.get(partner)
            if kept is None or kept[0] != stamps:
                # Rows may be younger than the stamps: then they are read once more next time, and that is all.
                kept = self._kept[partner] = (stamps, Tables(rows_of(connection, partner)))
        return kept


def changes(connection: Connection, partner: str) -> _Stamps:
    """When rows of the partner, and of all partners, changed last."""
    table = CROSSREF_CHANGE
    found = connection.execute(select(table).where(table.c.partner.in_((partner, ANY))))
    return {row.partner: row.changed_at for row in found}


def newest(stamps: _Stamps) -> datetime:
    """The last of all changes."""
    return max(stamps.values(), default=NOTHING_YET)


def rows_of(connection: Connection, partner: str) -> Sequence[Row]:
    """Every row that may concern a partner, retired ones too."""
    table = CROSSREF_ROW
    found = connection.execute(select(table).where(table.c.partner.in_((partner, ANY))).order_by(table.c.number))
    return [as_row(row) for row in found]


def as_row(row: Any) -> Row:
    """A row of the table as a value."""
    return Row(
        number=row.number,
        partner=row.partner,
        table=row.table_name,
        theirs=row.theirs,
        ours=row.ours,
        item=row.item,
        factor=read_factor(row.factor) if row.factor is not None else None,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        preferred=row.preferred,
        note=row.note,
        owner=row.owner,
        recorded_at=row.recorded_at,
        recorded_by=row.recorded_by,
        retired_at=row.retired_at,
    )
