"""Column types that mean the same on SQLite and PostgreSQL."""

import json
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, Text, TypeDecorator

LONGEST_INDEXED = 255
"""Characters of partner data kept in an indexed column: PostgreSQL refuses index rows over some 2,700 bytes."""

Id = Text().with_variant(Text(collation="C"), "postgresql")
"""Ids sort by their bytes, that is by time, whatever the database's locale."""

Counter = BigInteger().with_variant(Integer(), "sqlite")
"""A number the database counts up by itself; SQLite does so for INTEGER only."""


_PLACES = 4
_CENT = Decimal("0.01")
_COMPACT = json.JSONEncoder(separators=(",", ":")).encode


class Moment(TypeDecorator[datetime]):
    """An aware time in UTC. Naive times are refused: nobody can say later what they meant."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC; SQLite keeps no zone, so all its times are UTC by this rule."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone was about to be stored")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """From the database, aware again."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Amount(TypeDecorator[Decimal]):
    """Money as a whole number of ten-thousandths, so that databases add it up exactly."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        """Ten-thousandths, what is finer rounded half up."""
        return None if value is None else int(value.scaleb(_PLACES).to_integral_value(ROUND_HALF_UP))

    def process_result_value(self, value: int | Decimal | None, dialect: Dialect) -> Decimal | None:
        """The amount, in cents unless it is finer."""
        if value is None:
            return None
        amount = Decimal(value).scaleb(-_PLACES)
        return amount if amount % _CENT else amount.quantize(_CENT)


class Words(TypeDecorator[str]):
    """Text that came from outside. PostgreSQL stores neither NUL nor lone surrogates, and one such character must
    not keep a whole batch from being written: both become U+FFFD.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Cleaned text."""
        return None if value is None else cleaned(value)


class Name(Words):
    """Words in an indexed column, cut to `LONGEST_INDEXED` characters."""

    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Cleaned and cut."""
        return None if value is None else indexed(value)


class Json(TypeDecorator[Any]):
    """A JSON value as ASCII text, so that every character of partner data may be in it."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """Compact JSON."""
        return None if value is None else _COMPACT(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """The value."""
        return None if value is None else json.loads(value)


def cleaned(text: str) -> str:
    """Text as `Words` stores it."""
    if text.isascii() and "\0" not in text:
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\0", "\ufffd")


def indexed(text: str) -> str:
    """Text as `Name` stores it."""
    return cleaned(text)[:LONGEST_INDEXED]
