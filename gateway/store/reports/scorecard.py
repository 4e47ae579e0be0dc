"""How partners fare: counted along one index that holds all there is to count."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, func, or_, select

from gateway.ledger.acks import AcknowledgementState
from gateway.ledger.deadlines import Due
from gateway.pipeline.reporting_scorecard import Counts, Meant
from gateway.store.database import Database
from gateway.store.deadline_tables import DEADLINE
from gateway.store.pace_tables import DOCUMENT_PACE
from gateway.store.tables import DOCUMENT

_T, _A = DOCUMENT_PACE.c, AcknowledgementState
_REFUSED = (_A.REJECTED.value, _A.PARTIALLY_ACCEPTED.value)
_SUMMED = (*("sent", "answered", "refused", "noted", "late", "not_taken", "received", "refused_by_us", "noted_by_us"),)
_ANSWERED = (*_REFUSED, _A.ACCEPTED.value, _A.ACCEPTED_WITH_ERRORS.value)


@dataclass(frozen=True, slots=True)
class StorePaces:
    """The `Paces` port."""

    database: Database

    def counts(self, meant: Meant) -> Sequence[Counts]:
        """By partner, in their order."""
        where = _where(meant)
        with self.database.reading() as connection:
            found = _added(connection.execute(_counted(where)))
            overdue = _overdue(connection, meant)
            answered = _ranked(connection, where, _T.answered_after)
            fetched = _ranked(connection, where, _T.fetched_after)
        for partner in overdue:
            found.setdefault(partner, Counts(partner=partner))
        return [
            _with_times(replace(found[partner], overdue=overdue.get(partner, 0)), answered, fetched)
            for partner in sorted(found)
        ]


def _where(meant: Meant) -> ColumnElement[bool]:
    wanted = [_T.day >= meant.first, _T.day <= meant.last]
    for column, value in ((_T.partner, meant.partner), (_T.set_id, meant.set_id), (_T.usage, meant.usage)):
        if value:
            wanted.append(column == value)
    return and_(*wanted)


def _counted(where: ColumnElement[bool]) -> Any:
    ours, theirs = _T.direction == "outbound", _T.direction == "inbound"

    def many(*conditions: ColumnElement[bool]) -> Any:
        return func.count(case((and_(*conditions), 1)))

    return (
        select(
            _T.day,
            _T.partner,
            many(ours).label("sent"),
            many(ours, _T.verdict.in_(_ANSWERED)).label("answered"),
            many(ours, _T.verdict.in_(_REFUSED)).label("refused"),
            many(ours, _T.verdict == _A.ACCEPTED_WITH_ERRORS.value).label("noted"),
            many(ours, _T.late).label("late"),
            func.sum(_T.refusals).label("not_taken"),
            many(theirs).label("received"),
            many(theirs, _T.verdict == "R").label("refused_by_us"),
            many(theirs, _T.verdict == "E").label("noted_by_us"),
        )
        .where(where)
        .group_by(_T.day, _T.partner)
    )


def _added(rows: Iterable[Any]) -> dict[str, Counts]:
    """Each partner's days together: by day they come in the order of the index, and nothing has to be sorted."""
    counts: dict[str, Counter[str]] = {}
    heard: dict[str, set[date]] = {}
    for row in rows:
        sums = counts.setdefault(row.partner, Counter())
        for name in _SUMMED:
            sums[name] += int(getattr(row, name) or 0)
        if row.received:
            heard.setdefault(row.partner, set()).add(row.day)
    return {
        partner: Counts(partner=partner, days_heard=frozenset(heard.get(partner, ())), **sums)
        for partner, sums in counts.items()
    }


def _overdue(connection: Connection, meant: Meant) -> Mapping[str, int]:
    """Acknowledgements that are overdue now, by partner."""
    wanted = [DEADLINE.c.due == Due.ACKNOWLEDGEMENT.value, DEADLINE.c.missed_at.is_not(None)]
    columns = ((DOCUMENT.c.partner, meant.partner), (DOCUMENT.c.set_id, meant.set_id), (DOCUMENT.c.usage, meant.usage))
    wanted += [column == value for column, value in columns if value]
    statement = select(DOCUMENT.c.partner, func.count()).join(DEADLINE, DEADLINE.c.document_id == DOCUMENT.c.id)
    rows = connection.execute(statement.where(*wanted).group_by(DOCUMENT.c.partner))
    return {row[0]: row[1] for row in rows}


def _ranked(connection: Connection, where: ColumnElement[bool], value: Any) -> Mapping[tuple[str, str], Sequence[int]]:
    """Median and 95th percentile, each a time that was measured (nearest rank), by partner and direction."""
    each = (_T.partner, _T.direction)
    ranked = (
        select(
            _T.partner,
            _T.direction,
            value.label("value"),
            func.row_number().over(order_by=value, partition_by=each).label("rank"),
            func.count().over(partition_by=each).label("many"),
        )
        .where(where, value.is_not(None))
        .subquery()
        .c
    )
    middle, high = (ranked.many + 1) // 2, (ranked.many * 95 + 99) // 100
    wanted = (
        select(ranked.partner, ranked.direction, ranked.value)
        .where(or_(ranked.rank == middle, ranked.rank == high))
        .order_by(ranked.partner, ranked.direction, ranked.rank)
    )
    found: dict[tuple[str, str], list[int]] = {}
    for partner, direction, measured in connection.execute(wanted):
        found.setdefault((partner, direction), []).append(measured)
    return found


def _with_times(
    one: Counts,
    answered: Mapping[tuple[str, str], Sequence[int]],
    fetched: Mapping[tuple[str, str], Sequence[int]],
) -> Counts:
    ours, theirs = answered.get((one.partner, "outbound"), ()), answered.get((one.partner, "inbound"), ())
    fetching = fetched.get((one.partner, "outbound"), ())
    return replace(
        one,
        answer_median=_first(ours),
        answer_95=_last(ours),
        fetch_median=_first(fetching),
        our_answer_median=_first(theirs),
        our_answer_95=_last(theirs),
    )


def _first(values: Sequence[int]) -> int | None:
    return values[0] if values else None


def _last(values: Sequence[int]) -> int | None:
    return values[-1] if values else None
