"""How partners fare, as it was added up by day; and what is overdue at this moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import func, select

from gateway.ledger.deadlines import Due
from gateway.pipeline.reporting_scorecard import Day, FaultDay, Meant
from gateway.store.database import Database
from gateway.store.deadline_tables import DEADLINE
from gateway.store.pace_tables import PACE_DAY
from gateway.store.tables import DOCUMENT

_D = PACE_DAY.c
_SHOWN = tuple(column for column in _D if column.name != "usage")


@dataclass(frozen=True, slots=True)
class StorePaces:
    """The `Paces` port."""

    database: Database

    def days(self, meant: Meant) -> Sequence[Day]:
        """All sets of a day together, unless one is meant."""
        statement = select(*_SHOWN).where(*_where(meant), _D.set_id == meant.set_id)
        with self.database.reading() as connection:
            return [Day(**row._mapping) for row in connection.execute(statement)]

    def faults(self, meant: Meant, direction: Literal["outbound", "inbound"]) -> Sequence[FaultDay]:
        """Those with any fault, set by set."""
        sets = _D.set_id == meant.set_id if meant.set_id else _D.set_id != ""
        told = (*_where(meant), sets, _D.direction == direction, _D.refused + _D.noted > 0)
        statement = select(_D.day, _D.partner, _D.set_id, _D.faults).where(*told)
        with self.database.reading() as connection:
            return [FaultDay(*row) for row in connection.execute(statement)]

    def overdue(self, meant: Meant) -> Mapping[str, int]:
        """Acknowledgements that are overdue now, by partner."""
        wanted = [DEADLINE.c.due == Due.ACKNOWLEDGEMENT.value, DEADLINE.c.missed_at.is_not(None)]
        about = DOCUMENT.c
        for column, value in ((about.partner, meant.partner), (about.set_id, meant.set_id), (about.usage, meant.usage)):
            if value:
                wanted.append(column == value)
        statement = select(about.partner, func.count()).join(DEADLINE, DEADLINE.c.document_id == about.id)
        with self.database.reading() as connection:
            rows = connection.execute(statement.where(*wanted).group_by(about.partner))
            return {row[0]: row[1] for row in rows}


def _where(meant: Meant) -> list[Any]:
    wanted: list[Any] = [_D.day >= meant.first, _D.day <= meant.last]
    for column, value in ((_D.partner, meant.partner), (_D.usage, meant.usage)):
        if value:
            wanted.append(column == value)
    return wanted
