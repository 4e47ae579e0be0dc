"""Rows of cross references as look-ups, kept in memory until they change: the `CrossReferences` port."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, select

from gateway.crossref.factors import stored_factor
from gateway.crossref.rows import ANY, Row
from gateway.crossref.tables import Tables
from gateway.pipeline.knowledge import NOTHING_YET, Knowledge
from gateway.store.crossref_tables import CROSSREF_CHANGE, CROSSREF_ROW
from gateway.store.database import Database

_Stamps = Mapping[str, datetime]


@dataclass(frozen=True, slots=True)
class _Kept:
    """Rows of one partner, or of all, by their numbers, as of these changes, and the rows of all beside them."""

    stamps: _Stamps
    rows: Mapping[int, Row]
    tables: Tables


_NOTHING = _Kept({}, {}, Tables(()))


@dataclass(frozen=True, slots=True)
class StoreCrossReferences:
    """The `CrossReferences` port over the tables. One small question per document; only rows that changed are read.

    All rows of a partner are held in memory, and once those of all partners: some 100 MB for 100,000 of them.
    """

    database: Database
    _kept: dict[str, _Kept] = field(default_factory=dict)

    def current(self, partner: str, on: date) -> Knowledge:
        """What is known now."""
        kept = self._now(partner)
        as_of = newest(kept.stamps)
        # Rows may be younger than the stamps that were read before them: what is used is exactly what is pinned.
        return Knowledge(lookups=kept.tables.at(partner, on, as_of), on=on, as_of=as_of)

    def pinned(self, partner: str, on: date, as_of: datetime) -> Knowledge:
        """What was known after the change at `as_of`, and nothing of what came later."""
        tables = self._now(partner).tables
        return Knowledge(lookups=tables.at(partner, on, as_of), on=on, as_of=as_of, pinned=True)

    def _now(self, partner: str) -> _Kept:
        with self.database.reading() as connection:
            stamps = changes(connection, partner)
            common = self._refreshed(connection, ANY, {name: at for name, at in stamps.items() if name == ANY})
            return self._refreshed(connection, partner, stamps, common)

    def _refreshed(self, connection: Connection, name: str, stamps: _Stamps, common: _Kept | None = None) -> _Kept:
        kept = self._kept.get(name, _NOTHING)
        if kept.stamps != stamps or kept is _NOTHING:
            # Rows may be younger than the stamps: then they are read once more next time, and that is all.
            rows = {**kept.rows, **{row.number: row for row in _changed(connection, name, newest(kept.stamps))}}
            tables = Tables(rows.values(), common.tables if common is not None else None)
            kept = self._kept[name] = _Kept(stamps, rows, tables)
        return kept


def changes(connection: Connection, partner: str) -> _Stamps:
    """When rows of the partner, and of all partners, changed last."""
    table = CROSSREF_CHANGE
    found = connection.execute(select(table).where(table.c.partner.in_((partner, ANY))))
    return {row.partner: row.changed_at for row in found}


def newest(stamps: _Stamps) -> datetime:
    """The last of all changes."""
    return max(stamps.values(), default=NOTHING_YET)


def _changed(connection: Connection, partner: str, since: datetime) -> Sequence[Row]:
    """Rows of a partner, or of all, that were added or retired after the change at `since`, retired ones too.

    Changes are made one after the other, each later than all before: none comes between those that are known.
    """
    table = CROSSREF_ROW
    statement = select(table).where(table.c.partner == partner).order_by(table.c.number)
    if since != NOTHING_YET:
        statement = statement.where((table.c.recorded_at > since) | (table.c.retired_at > since))
    return [as_row(row) for row in connection.execute(statement)]


def as_row(row: Any) -> Row:
    """A row of the table as a value."""
    return Row(
        number=row.number,
        partner=row.partner,
        table=row.table_name,
        theirs=row.theirs,
        ours=row.ours,
        item=row.item,
        factor=stored_factor(row.factor) if row.factor is not None else None,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        preferred=row.preferred,
        note=row.note,
        owner=row.owner,
        recorded_at=row.recorded_at,
        recorded_by=row.recorded_by,
        retired_at=row.retired_at,
    )
