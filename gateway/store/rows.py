"""One statement for many rows, prepared once and handed to the driver as it takes it.

SQLAlchemy's own way names every value of every row and looks every column's type up again: a third of what writing
costs at hundreds of documents a second. Statements and types stay SQLAlchemy's; only the walk over rows is ours.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Dialect, Executable, Insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.compiler import SQLCompiler

MakeInsert = Callable[..., sqlite.Insert] | Callable[..., postgresql.Insert]
Row = Mapping[str, Any]

_INSERTS: Mapping[str, MakeInsert] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


@dataclass(frozen=True, slots=True)
class _Prepared:
    """Its text, and per place in it the name of the value and the converter of its type."""

    text: str
    places: Sequence[tuple[str, Callable[[Any], Any] | None]]
    by_name: bool

    def run(self, connection: Connection, rows: Sequence[Row]) -> None:
        values: list[Any]
        if self.by_name:
            values = [{name: _converted(row[name], convert) for name, convert in self.places} for row in rows]
        else:
            values = [tuple(_converted(row[name], convert) for name, convert in self.places) for row in rows]
        connection.exec_driver_sql(self.text, values)


def _converted(value: Any, convert: Callable[[Any], Any] | None) -> Any:
    return value if convert is None else convert(value)


class ManyRows:
    """A statement run for lists of rows, each a mapping with the same keys. Safe to share between threads.

    `make` is given the database's own `insert`, which knows ON CONFLICT.
    """

    def __init__(self, make: Callable[[MakeInsert], Executable]) -> None:
        self._make = make
        self._prepared: dict[tuple[str, tuple[str, ...]], _Prepared] = {}

    def run(self, connection: Connection, rows: Sequence[Row]) -> None:
        """Run it for every row, in order. Every column that has a default in Python must be in them.

        Raises KeyError for a row without one of the keys.
        """
        if not rows:
            return
        key = (connection.dialect.name, tuple(rows[0]))
        prepared = self._prepared.get(key)
        if prepared is None:
            prepared = self._prepared[key] = self._prepare(connection.dialect, key[1])
        prepared.run(connection, rows)

    def _prepare(self, dialect: Dialect, columns: tuple[str, ...]) -> _Prepared:
        statement = self._make(_INSERTS[dialect.name])
        keys = list(columns) if isinstance(statement, Insert) else None
        compiled: SQLCompiler = statement.compile(dialect=dialect, column_keys=keys, for_executemany=True)  # type: ignore[attr-defined]
        order = compiled.positiontup if compiled.positional else list(compiled.binds)
        return _Prepared(
            text=str(compiled),
            places=[(name, _converter(compiled, name, dialect)) for name in order or ()],
            by_name=not compiled.positional,
        )


def _converter(compiled: SQLCompiler, name: str, dialect: Dialect) -> Callable[[Any], Any] | None:
    convert: Callable[[Any], Any] | None = compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect)
    return convert
