"""Cross references kept: added, retired, listed. Rows are never changed, and each knows who added it and when."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update

from gateway.crossref.factors import factor_text
from gateway.crossref.rows import Fault, Row, conflicts
from gateway.errors import NotInOrder, UsageError
from gateway.store import audit, crossref_waiting
from gateway.store.crossref_days import Days, Wanted, beside, days_in_utc
from gateway.store.crossref_known import as_row
from gateway.store.crossref_tables import CROSSREF_CHANGE, CROSSREF_ROW, CROSSREF_UNMAPPED
from gateway.store.means import Means, Transaction
from gateway.store.rows import ManyRows
from gateway.store.tables import DOCUMENT

_INSERT = ManyRows(lambda insert: insert(CROSSREF_ROW))


class Refused(NotInOrder):
    """New rows do not go together with each other or with those there are; `faults` say which, and why."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(fault.sentence for fault in faults[:5]))
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a change came to: numbers of rows `added`, rows `present` before, documents that go on and that wait.

    `unsettled`: what nobody can say any more since a row is retired, in sentences. `late`: documents that came before
    the day a row begins, and do not go on, in sentences, at most `crossref_waiting.MOST_SAID`.
    """

    added: tuple[int, ...] = ()
    present: int = 0
    replayed: tuple[str, ...] = ()
    waiting: int = 0
    unsettled: tuple[str, ...] = ()
    late: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A value that no row knows, and how many held documents wait for it: inbound it is theirs, outbound ours.

    `late` says in a sentence when the first of them came, where a row begins on a later day; otherwise "".
    """

    partner: str
    table: str
    direction: str
    value: str
    item: str
    documents: int
    first_seen: datetime
    last_seen: datetime
    late: str = ""


@dataclass(frozen=True, slots=True)
class CrossReferenceBook:
    """Everything a person may do to cross references; each change is one transaction.

    `days` says the day of a moment where a partner is: rows have to hold on the day that a document came.
    """

    means: Means

    def add(
        self,
        rows: Sequence[Row],
        *,
        who: str,
        days: Days = days_in_utc,
        named: Callable[[int], str] | None = None,
        only_look: bool = False,
    ) -> Done:
        """Add rows, and let documents that waited for them go on. Rows that are there already are left alone.

        `named` says an index of `rows` in words. Raises Refused when they overlap; then nothing is added. Documents go
        on for rows that were there before, too: where the partner is may be said otherwise since.
        """
        if not rows:
            return Done()
        with self.means.database.begin() as connection:
            transaction = Transaction(self.means, connection, self.means.now())
            crossref_waiting.lock(transaction)
            known = _beside(transaction, rows)
            there = {row.said for row in known}
            new = [(at, row) for at, row in enumerate(rows) if row.said not in there]
            said = named or (lambda at: "the new row" if len(rows) == 1 else f"new row {at + 1}")
            faults = conflicts([row for _, row in new], known, lambda at: said(new[at][0]))
            if faults:
                raise Refused([replace(fault, index=new[fault.index][0]) for fault in faults])
            present = len(rows) - len(new)
            if only_look:
                return Done(present=present)
            numbers: Sequence[int] = ()
            if new:
                stamp = _stamp(transaction, {row.partner for _, row in new})
                numbers = _insert(transaction, [row for _, row in new], stamp, who)
            why = _why([row for _, row in new], rows)
            released = crossref_waiting.release(transaction, {row.partner for row in rows}, days, who=who, why=why)
            if numbers or released.gone:
                detail = {"rows": list(numbers), "went_on": list(released.gone)}
                about = sorted({row.partner for row in rows})
                audit.record(transaction, "crossref.add", about, who=who, reason=why, detail=detail)
        done = Done(added=tuple(numbers), present=present)
        return replace(done, replayed=released.gone, waiting=released.waiting, late=released.late)

    def retire(
        self,
        number: int,
        *,
        reason: str,
        who: str,
        until: date | None = None,
        days: Days = days_in_utc,
    ) -> tuple[Row, Done]:
        """Take a row out of use, at once or from the day `until` on. Returns it as it was, and what that came to:
        documents go on that waited because several rows were left to choose from. Raises UsageError.
        """
        if not reason.strip():
            raise UsageError("a reason is needed: it is kept with the row")
        table = CROSSREF_ROW
        with self.means.database.begin() as connection:
            transaction = Transaction(self.means, connection, self.means.now())
            crossref_waiting.lock(transaction)
            found = connection.execute(
                select(table).where(table.c.number == number).with_for_update(key_share=True)
            ).first()
            if found is None:
                raise UsageError(f"there is no row {number}: `gateway crossref list` shows them")
            row = as_row(found)
            if row.retired_at is not None:
                raise UsageError(f"row {number} was retired on {row.retired_at:%Y-%m-%d} by {found.retired_by}")
            if until is not None and not _lies_inside(until, row):
                raise UsageError(f"row {number} holds {row.period}: --until {until} is not a day inside that")
            stamp = _stamp(transaction, {row.partner})
            retired = {"retired_at": stamp, "retired_by": who, "retired_why": reason}
            connection.execute(update(table).where(table.c.number == number).values(retired))
            if until is not None:
                _insert(transaction, [replace(row, valid_to=until)], stamp, who)
            unsettled = _unsettled(transaction, row)
            why = f"cross reference retired: {_words(row)}"
            released = crossref_waiting.release(transaction, {row.partner}, days, who=who, why=why)
            detail = {"row": number, "until": until.isoformat() if until else "", "went_on": list(released.gone)}
            audit.record(transaction, "crossref.retire", [row.partner], who=who, reason=reason, detail=detail)
        return row, Done(replayed=released.gone, waiting=released.waiting, unsettled=unsettled)

    def rows(
        self, *, partner: str = "", table: str = "", value: str = "", retired: bool = False, limit: int = 50
    ) -> Sequence[tuple[Row, Mapping[str, str]]]:
        """The newest rows first, each with who retired it and why. `value` is theirs or ours, exactly."""
        rows = CROSSREF_ROW
        statement = select(rows).order_by(rows.c.number.desc()).limit(limit)
        for column, wanted in ((rows.c.partner, partner), (rows.c.table_name, table)):
            statement = statement.where(column == wanted) if wanted else statement
        if value:
            statement = statement.where((rows.c.theirs == value) | (rows.c.ours == value))
        if not retired:
            statement = statement.where(rows.c.retired_at.is_(None))
        with self.means.database.reading() as connection:
            found = connection.execute(statement).all()
        return [(as_row(row), {"by": row.retired_by or "", "why": row.retired_why or ""}) for row in found]

    def missing(
        self, *, partner: str = "", table: str = "", limit: int = 50, days: Days = days_in_utc
    ) -> Sequence[Missing]:
        """Values that held documents wait for: those that most wait for first."""
        waits = CROSSREF_UNMAPPED
        key = (waits.c.partner, waits.c.table_name, waits.c.direction, waits.c.value, waits.c.item)
        count = func.count(waits.c.document_id.distinct())
        seen = (func.min(waits.c.seen_at).label("first_seen"), func.max(waits.c.seen_at).label("last_seen"))
        statement = (
            select(*key, count.label("documents"), *seen, func.min(DOCUMENT.c.received_at).label("received_at"))
            .join(DOCUMENT, DOCUMENT.c.id == waits.c.document_id)
            .where(DOCUMENT.c.state == "held")
            .group_by(*key)
            .order_by(count.desc(), *key)
            .limit(limit)
        )
        for column, wanted in ((waits.c.partner, partner), (waits.c.table_name, table)):
            statement = statement.where(column == wanted) if wanted else statement
        with self.means.database.reading() as connection:
            found = connection.execute(statement).all()
            values = beside(connection, self.means.database, found, lambda row: days(row.partner, row.received_at))
        return [_missing(one) for one in values]


def _beside(transaction: Transaction, rows: Sequence[Row]) -> list[Row]:
    """Rows in use that have a value of theirs or ours with the new ones in common."""
    table, among = CROSSREF_ROW, transaction.means.database.among
    statement = select(table).where(
        table.c.retired_at.is_(None),
        among(table.c.partner, sorted({row.partner for row in rows})),
        among(table.c.table_name, sorted({row.table for row in rows})),
        among(table.c.theirs, sorted({row.theirs for row in rows}))
        | among(table.c.ours, sorted({row.ours for row in rows})),
    )
    return [as_row(row) for row in transaction.connection.execute(statement.order_by(table.c.number))]


def _missing(wanted: Wanted) -> Missing:
    row, begins = wanted.row, wanted.begins()
    came = f"the first document came on {wanted.on}, the row begins on {begins}: date it earlier if it held then"
    return Missing(
        partner=row.partner,
        table=row.table_name,
        direction=row.direction,
        value=row.value,
        item=row.item,
        documents=row.documents,
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        late=came if begins is not None else "",
    )


def _unsettled(transaction: Transaction, row: Row) -> tuple[str, ...]:
    """Without the one that was written, several others of theirs may be left for one of ours."""
    left = [one for one in _beside(transaction, [row]) if one.ours == row.ours]
    faults = conflicts(left, [], lambda at: f"row {left[at].number}")
    return tuple(fault.sentence for fault in faults)


def _stamp(transaction: Transaction, partners: set[str]) -> datetime:
    """The time of this change, later than that of every change before it, whatever the clocks of nodes say."""
    last = transaction.connection.execute(select(func.max(CROSSREF_CHANGE.c.changed_at))).scalar()
    stamp = transaction.now if last is None else max(transaction.now, last + timedelta(microseconds=1))
    insert = transaction.means.database.insert(CROSSREF_CHANGE)
    for partner in sorted(partners):
        statement = insert.values(partner=partner, changed_at=stamp)
        changed = {"changed_at": statement.excluded.changed_at}
        transaction.connection.execute(statement.on_conflict_do_update(index_elements=["partner"], set_=changed))
    return stamp


def _insert(transaction: Transaction, rows: Sequence[Row], stamp: datetime, who: str) -> list[int]:
    """Write rows; their numbers."""
    _INSERT.run(transaction.connection, [_columns(row, stamp, who) for row in rows])
    table = CROSSREF_ROW
    statement = select(table.c.number).where(table.c.recorded_at == stamp).order_by(table.c.number)
    return list(transaction.connection.execute(statement).scalars())


def _columns(row: Row, stamp: datetime, who: str) -> dict[str, Any]:
    return {
        "partner": row.partner,
        "table_name": row.table,
        "theirs": row.theirs,
        "ours": row.ours,
        "item": row.item,
        "factor": None if row.factor is None else factor_text(row.factor),
        "valid_from": row.valid_from,
        "valid_to": row.valid_to,
        "preferred": row.preferred,
        "note": row.note,
        "owner": row.owner,
        "recorded_at": stamp,
        "recorded_by": who,
        "retired_at": None,
        "retired_by": None,
        "retired_why": None,
    }


def _lies_inside(day: date, row: Row) -> bool:
    return (row.valid_from or date.min) < day and (row.valid_to is None or day < row.valid_to)


def _why(new: Sequence[Row], rows: Sequence[Row]) -> str:
    """Why documents go on, for their events."""
    said = new or rows
    more = f" and {len(said) - 1} more" if len(said) > 1 else ""
    return f"cross reference {'added' if new else 'there already'}: {_words(said[0])}{more}"


def _words(row: Row) -> str:
    return f"{row.table} '{row.theirs}' of {row.partner} is '{row.ours}'"
