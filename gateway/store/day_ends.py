"""Days of partners that do not add up, told as events: each once, whatever node looked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select, update

from gateway.ledger.events import PARTNER_DAY_DIFFERS
from gateway.pipeline.day_ends import Differs
from gateway.store import events
from gateway.store.day_end_tables import DAY_END
from gateway.store.events import Change
from gateway.store.means import Means, Transaction
from gateway.store.rows import ManyRows

_BEGIN = ManyRows(lambda insert: insert(DAY_END).on_conflict_do_nothing())


@dataclass(frozen=True, slots=True)
class StoreDayEnds:
    """The `DayEnds` port over the tables."""

    means: Means

    def looked(self) -> Mapping[str, date]:
        """One row for each partner."""
        with self.means.database.reading() as connection:
            return {row.partner: row.day for row in connection.execute(select(DAY_END))}

    def begin(self, days: Mapping[str, date]) -> None:
        """Of two nodes the first says where."""
        if days:
            with self.means.database.begin() as connection:
                _BEGIN.run(connection, [{"partner": partner, "day": day} for partner, day in sorted(days.items())])

    def done(self, partner: str, day: date, differs: Differs | None) -> bool:
        """Whoever moves the row tells it, in one transaction: a second node finds it moved."""
        table = DAY_END.c
        with self.means.database.begin() as connection:
            move = update(DAY_END).where(table.partner == partner, table.day < day).values(day=day)
            moved = connection.execute(move).rowcount == 1
            if moved and differs is not None:
                events.record(Transaction(self.means, connection, self.means.now()), [_change(differs)])
        return moved


def _change(one: Differs) -> Change:
    detail = {"day": one.day.isoformat(), "differences": str(one.number), "command": one.command}
    detail |= {f"difference_{number}": words for number, words in enumerate(one.words, 1)}
    return Change(transmission="", subject=one.partner, kind=PARTNER_DAY_DIFFERS, why=one.sentence, detail=detail)
