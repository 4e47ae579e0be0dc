"""One look of a report: the day of each of some partners, in one state of the database."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    Select,
    Text,
    case,
    cast,
    func,
    literal,
    select,
    union,
)
from sqlalchemy import column as named
from sqlalchemy.dialects.postgresql import ARRAY, JSON

from gateway.pipeline.reconciling import Span
from gateway.store.columns import Moment
from gateway.store.database import Database
from gateway.store.tables import DOCUMENT, INTERCHANGE, OUTBOUND_INTERCHANGE

TEST = "T"


@dataclass(frozen=True)
class Look:
    """Partners with their spans of one day, wherever they are, and the usage that is looked at."""

    database: Database
    connection: Connection
    spans: Mapping[str, Span]
    usage: str

    @cached_property
    def days(self) -> FromClause:
        """The spans as a table of partner, start and end: all are asked for at once."""
        rows = [(name, span.start, span.end) for name, span in self.spans.items()]
        return self.listed(("partner", "start", "end"), rows)

    def of(self, partner: ColumnElement[str], at: ColumnElement[Any], usage: ColumnElement[str]) -> list[Any]:
        """The conditions that columns are of these partners, each in its span, and of the usage."""
        day, spans = self.days.c, self.spans.values()
        about = (at >= min(one.start for one in spans), at < max(one.end for one in spans))  # what PostgreSQL plans by
        return [partner == day.partner, at >= day.start, at < day.end, *about, self.of_usage(usage)]

    def of_usage(self, usage: ColumnElement[str]) -> ColumnElement[bool]:
        """The condition that a column is of the usage: what is no test is looked at with production."""
        return usage == TEST if self.usage == TEST else usage != TEST

    def interchanges(self) -> list[Any]:
        """Conditions for interchanges that came in. What was released is there once more, as it was read again."""
        table = INTERCHANGE.c
        return [*self.of(table.partner, table.received_at, table.usage), table.state != "released"]

    def sealed(self) -> list[Any]:
        """Conditions for interchanges of ours."""
        table = OUTBOUND_INTERCHANGE.c
        return self.of(table.partner, table.sealed_at, table.usage)

    def handed_in(self) -> list[Any]:
        """Conditions for documents of ours."""
        table = DOCUMENT.c
        return [*self.of(table.partner, table.received_at, table.usage), table.direction == "outbound"]

    def rows(self, statement: Any) -> Sequence[Any]:
        """What it finds, taken at once: row by row takes twice as long."""
        return self.connection.execute(statement).all()

    def listed(self, names: Sequence[str], rows: Sequence[Sequence[str | datetime]]) -> FromClause:
        """Rows of texts and moments (at least one) as a table, as one parameter (PostgreSQL: one for each column),
        whatever their number.
        """
        if self.database.kind == "sqlite":
            each = func.json_each(json.dumps(rows, default=_stored)).table_valued("value").c.value
            cells = (func.json_extract(each, f"$[{at}]").label(name) for at, name in enumerate(names))
            return select(*cells).subquery()
        kinds = [Moment() if isinstance(cell, datetime) else Text() for cell in rows[0]]
        columns = zip(kinds, zip(*rows, strict=True), strict=True)
        arrays = (literal(list(cells), ARRAY(kind)) for kind, cells in columns)
        typed = (named(name, kind) for name, kind in zip(names, kinds, strict=True))
        return func.unnest(*arrays).table_valued(*typed).render_derived()

    def siblings(self) -> ColumnElement[int]:
        """Of the first part of a set that was divided: how many more parts there have to be; 0 of anything else."""
        return case(
            (DOCUMENT.c.part.is_(None), 0),
            (self._part("number") == 1, self._part("of") - 1),
            else_=0,
        )

    def _part(self, name: str) -> ColumnElement[int]:
        if self.database.kind == "sqlite":
            return cast(func.json_extract(DOCUMENT.c.part, f"$.{name}"), Integer)
        return cast(cast(DOCUMENT.c.part, JSON)[name].astext, Integer)


def _stored(moment: datetime) -> str:
    """As SQLite has a moment."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


@contextmanager
def steady(database: Database) -> Iterator[Connection]:
    """A connection that sees one moment, however many statements are asked: what comes meanwhile is no difference."""
    with database.reading() as connection:
        if database.kind == "postgresql":
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield connection


def names(connection: Connection) -> set[str]:
    """Every partner that something came from or went to, each found by one step into an index."""
    walks = (
        _each(INTERCHANGE.c.partner),
        _each(OUTBOUND_INTERCHANGE.c.partner),
        _each(DOCUMENT.c.partner, DOCUMENT.c.direction == "outbound"),
    )
    return {name for name in connection.execute(union(*walks)).scalars() if name is not None}


def _each(column: ColumnElement[str], *where: ColumnElement[bool]) -> Select[Any]:
    steps = select(func.min(column).label("name")).where(*where).cte(recursive=True)
    after = select(func.min(column)).where(column > steps.c.name, *where).scalar_subquery()
    steps = steps.union_all(select(after).where(steps.c.name.is_not(None)))
    return select(steps.c.name)
