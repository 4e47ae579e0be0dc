"""What held documents wait for, by the day that each of them came: they are mapped for that day, whenever that is."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, select

from gateway.crossref.rows import ANY, Row
from gateway.crossref.tables import Tables
from gateway.store.crossref_known import as_row
from gateway.store.crossref_tables import CROSSREF_ROW, CROSSREF_UNMAPPED
from gateway.store.database import Database
from gateway.store.tables import DOCUMENT

Days = Callable[[str, datetime], date]
"""The day of a moment where a partner is."""

_FIND = {"inbound": False, "outbound": True}


def days_in_utc(partner: str, moment: datetime) -> date:
    """The day of a moment, where nobody knows where a partner is."""
    return moment.astimezone(UTC).date()


@dataclass(frozen=True, slots=True)
class Wanted:
    """One value that is waited for: `row` names partner, table, direction, value and item, `on` the day that counts.

    `rows` are all in use that may say something of it.
    """

    row: Any
    on: date
    rows: Sequence[Row]
    tables: Tables

    def known(self, on: date | None = None) -> bool:
        """Whether a row says it, on another day if that is given."""
        row, back = self.row, _FIND[self.row.direction]
        known = self.tables.at(row.partner, on or self.on)
        if known.find(row.table_name, row.value, back=back, item=row.item) is None:
            return False
        # A value with an item is a unit; one without may be either, and then any row will do.
        return not row.item or known.factor(row.table_name, row.value, back=back, item=row.item) is not None

    def begins(self) -> date | None:
        """The first later day on which a row says it; None where one does already, and where none ever does."""
        if self.known():
            return None
        days = {one.valid_from for one in self.rows if one.valid_from is not None and one.valid_from > self.on}
        return next((day for day in sorted(days) if self.known(day)), None)


def wanted(connection: Connection, database: Database, ids: Sequence[str], day: Callable[[Any], date]) -> list[Wanted]:
    """What each of these documents waits for, in order of their ids. `day` says the one that counts, for a row that has
    `document_id`, `partner` and `received_at`.
    """
    table = CROSSREF_UNMAPPED
    statement = select(table, DOCUMENT.c.received_at).join(DOCUMENT, DOCUMENT.c.id == table.c.document_id)
    statement = statement.where(database.among(table.c.document_id, ids)).order_by(table.c.document_id)
    return beside(connection, database, connection.execute(statement).all(), day)


def beside(
    connection: Connection, database: Database, entries: Sequence[Any], day: Callable[[Any], date]
) -> list[Wanted]:
    """Rows of values, each with what may say them."""
    values: dict[str, set[str]] = defaultdict(set)
    for row in entries:
        values[row.partner].add(row.value)
    known: dict[str, tuple[Mapping[str, Sequence[Row]], Tables]] = {}
    for partner, those in values.items():
        rows = _rows_with(connection, database, partner, those)
        known[partner] = (_by_value(rows), Tables(rows))
    return [Wanted(row, day(row), known[row.partner][0].get(row.value, ()), known[row.partner][1]) for row in entries]


def satisfied(values: Iterable[Wanted]) -> list[str]:
    """Documents all of whose values a row knows on their day."""
    known: dict[str, bool] = {}
    for one in values:
        known[one.row.document_id] = known.get(one.row.document_id, True) and one.known()
    return sorted(document for document, is_known in known.items() if is_known)


def late(values: Iterable[Wanted]) -> Iterator[str]:
    """In words, which documents came before the row begins that they wait for."""
    for one in values:
        if (begins := one.begins()) is not None:
            said = f"the row of {one.row.table_name} '{one.row.value}' begins on {begins}"
            yield f"document {one.row.document_id} came on {one.on}, {said}: date it earlier if it held then"


def _by_value(rows: Iterable[Row]) -> Mapping[str, Sequence[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        for value in {row.theirs, row.ours}:
            found[value].append(row)
    return found


def _rows_with(connection: Connection, database: Database, partner: str, values: Iterable[str]) -> Sequence[Row]:
    """Rows in use that may say something of these values to a partner: not all of them, for writers wait meanwhile."""
    table, those = CROSSREF_ROW, sorted(values)
    statement = select(table).where(
        table.c.partner.in_((partner, ANY)),
        table.c.retired_at.is_(None),
        database.among(table.c.theirs, those) | database.among(table.c.ours, those),
    )
    return [as_row(row) for row in connection.execute(statement)]
