"""One look of a report: some partners' day, in one state of the database."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    Text,
    case,
    cast,
    func,
    literal,
    select,
)
from sqlalchemy import column as named
from sqlalchemy.dialects.postgresql import ARRAY, JSON

from gateway.pipeline.reconciling import Span
from gateway.store.database import Database
from gateway.store.tables import DOCUMENT, INTERCHANGE, OUTBOUND_INTERCHANGE

TEST = "T"


@dataclass(frozen=True, slots=True)
class Look:
    """Partners that share a day's span, and the usage that is looked at."""

    database: Database
    connection: Connection
    partners: Sequence[str]
    span: Span
    usage: str

    def of(self, partner: ColumnElement[str], at: ColumnElement[Any], usage: ColumnElement[str]) -> list[Any]:
        """The conditions that columns are of these partners, in the span and of the usage."""
        here = [self.database.among(partner, self.partners), at >= self.span.start, at < self.span.end]
        return [*here, self.of_usage(usage)]

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

    def rows(self, statement: Any) -> Iterator[Any]:
        """What it finds."""
        yield from self.connection.execute(statement)

    def listed(self, names: Sequence[str], rows: Sequence[Sequence[str]]) -> FromClause:
        """Rows of texts as a table, as one parameter (PostgreSQL: one for each column), whatever their number."""
        if self.database.kind == "sqlite":
            each = func.json_each(json.dumps(rows)).table_valued("value").c.value
            cells = (func.json_extract(each, f"$[{at}]").label(name) for at, name in enumerate(names))
            return select(*cells).subquery()
        arrays = (literal(list(cells), ARRAY(Text())) for cells in zip(*rows, strict=True))
        return func.unnest(*arrays).table_valued(*(named(name, Text()) for name in names)).render_derived()

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


@contextmanager
def steady(database: Database) -> Iterator[Connection]:
    """A connection that sees one moment, however many statements are asked: what comes meanwhile is no difference."""
    with database.reading() as connection:
        if database.kind == "postgresql":
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield connection


def names(connection: Connection) -> set[str]:
    """Every partner that something came from or went to, each found by one step into an index."""
    found: set[str] = set()
    for column, *where in (
        (INTERCHANGE.c.partner,),
        (OUTBOUND_INTERCHANGE.c.partner,),
        (DOCUMENT.c.partner, DOCUMENT.c.direction == "outbound"),
    ):
        steps = select(func.min(column).label("name")).where(*where).cte(recursive=True)
        after = select(func.min(column)).where(column > steps.c.name, *where).scalar_subquery()
        steps = steps.union_all(select(after).where(steps.c.name.is_not(None)))
        found.update(name for name in connection.execute(select(steps.c.name)).scalars() if name is not None)
    return found
