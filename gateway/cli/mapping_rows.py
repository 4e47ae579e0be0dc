"""Rows of cross references for trying a mapping out: from a CSV file beside it, without a database."""

from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

from gateway.crossref.rows import conflicts
from gateway.crossref.sheet import read_sheet
from gateway.crossref.tables import Known, Tables
from gateway.errors import NotInOrder, UsageError
from gateway.x12.interchange import TransactionSet


def lookups(file: Path, mapping: str, content: TransactionSet | None = None) -> Known:
    """What the rows of a file say to the partner that owns the mapping, `acme` of `acme/850@2`.

    They have to hold on the day of the set's group (GS04), or today without a set. Raises UsageError for a file that
    is not there, NotInOrder with every mistake in it.
    """
    return _tables(file).at(mapping.partition("/")[0], _day(content))


@cache
def _tables(file: Path) -> Tables:
    try:
        sheet = read_sheet(str(file), file.read_bytes())
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror or error}") from error
    said = [str(mistake) for mistake in sheet.mistakes]
    if not said:
        faults = conflicts(sheet.rows, (), lambda at: f"line {sheet.lines[at]}")
        said = [f"{file}:{sheet.lines[fault.index]}: {fault.sentence}" for fault in faults]
    if said:
        raise NotInOrder("\n".join(said[:100]))
    return Tables(sheet.rows)


def _day(content: TransactionSet | None) -> date:
    today = datetime.now(UTC).date()
    if content is None:
        return today
    try:
        return datetime.strptime(content.group.date, "%Y%m%d").replace(tzinfo=UTC).date()
    except ValueError:
        return today
