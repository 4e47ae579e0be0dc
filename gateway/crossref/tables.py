"""Looking values up: what holds for one partner on one day, by what was known at one time."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from gateway.crossref.rows import ANY, Row

_Key = tuple[str, str, str, str]


class Tables:
    """Rows of any number of partners, ready to be looked up. Never changed: safe to share between threads.

    `beside` are further rows, of other partners than these: those of all partners are then held once for everybody.
    """

    def __init__(self, rows: Iterable[Row], beside: "Tables | None" = None) -> None:
        self._beside = beside
        self._reads: dict[_Key, list[Row]] = {}
        self._writes: dict[_Key, list[Row]] = {}
        for row in rows:
            self._reads.setdefault((row.partner, row.table, row.item, row.theirs), []).append(row)
            self._writes.setdefault((row.partner, row.table, row.item, row.ours), []).append(row)

    def at(self, partner: str, on: date, known_at: datetime | None = None) -> "Known":
        """What holds for `partner` on this day, as it was known at `known_at` (None: as it is known now)."""
        return Known(self, partner, on, known_at)

    def rows(self, key: _Key, *, back: bool) -> list[Row]:
        """Every row of a partner, table, item and value, whenever it holds."""
        found = (self._writes if back else self._reads).get(key)
        if found is None:
            return [] if self._beside is None else self._beside.rows(key, back=back)
        return found


@dataclass(frozen=True, slots=True)
class Known:
    """Look-ups for one partner on one day. A partner's own rows go before those of all partners, and rows of one
    item before those of every item.
    """

    tables: Tables
    partner: str
    on: date
    known_at: datetime | None

    def find(self, table: str, value: str, *, back: bool = False, item: str = "") -> str | None:
        """Our value for theirs, or theirs for ours when `back`; None when no row says it."""
        row = self._row(table, value, item, back=back)
        if row is None:
            return None
        return row.theirs if back else row.ours

    def factor(self, table: str, unit: str, *, back: bool = False, item: str = "") -> tuple[str, Fraction] | None:
        """The other unit, and the factor that turns a quantity of theirs into ours, whichever way is asked.

        None when no row says it, or the row has no factor.
        """
        row = self._row(table, unit, item, back=back)
        if row is None or row.factor is None:
            return None
        return (row.theirs if back else row.ours), row.factor

    def _row(self, table: str, value: str, item: str, *, back: bool) -> Row | None:
        for key in self._keys(table, value, item):
            found = [row for row in self.tables.rows(key, back=back) if row.holds(self.on) and row.known(self.known_at)]
            if len(found) == 1:
                return found[0]
            if found:  # several of theirs for one of ours: which is written was said
                return next((row for row in found if row.preferred), None)
        return None

    def _keys(self, table: str, value: str, item: str) -> Iterator[_Key]:
        for partner in (self.partner, ANY):
            if item:
                yield partner, table, item, value
            yield partner, table, ANY, value
