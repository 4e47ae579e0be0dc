"""The simple values canonical documents are made of, and the base class of every canonical model.

Exactness is decided here: a number is a decimal string with its scale kept, a date is a plain calendar date, and
what a partner did not say is absent.
"""

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, StringConstraints, WithJsonSchema
from pydantic_core import CoreSchema, core_schema

NUMBER_PATTERN = r"^-?([0-9]{1,28}(\.[0-9]{0,28})?|\.[0-9]{1,28})$"
"""What a number may look like coming in; X12 type R leaves the zero before the point out. Going out there is always a
digit before it. The widest X12 number has 20 characters; 28 digits is what decimal arithmetic keeps exact by default.
"""

NUMBER_DIGITS = 28
"""Digits before and after the point, as in the pattern: Decimal("1E+999999") would be a megabyte when written out."""

DATE_PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"

TIME_PATTERN = r"^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,2})?)?$"

_number = re.compile(NUMBER_PATTERN, re.ASCII).fullmatch
_date = re.compile(DATE_PATTERN, re.ASCII).fullmatch


class _Plain:
    """Teaches pydantic a value that is read by one function and written to JSON by another."""

    def __init__(self, read: Callable[[Any], Any], write: Callable[[Any], Any]) -> None:
        self._schema = core_schema.no_info_plain_validator_function(
            read,
            serialization=core_schema.plain_serializer_function_ser_schema(write, when_used="json-unless-none"),
        )

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> CoreSchema:
        return self._schema


def _read_number(value: object) -> Decimal:
    if isinstance(value, Decimal):
        if not value.is_finite() or abs(value.adjusted()) > NUMBER_DIGITS:
            raise ValueError("not a finite number of a size that occurs in trade")
        return value
    if type(value) is str:
        if not _number(value):
            raise ValueError("not a decimal number written out, such as 12.50")
        return Decimal(value)
    raise ValueError("a number is a decimal or a string, never a float: floats do not keep cents")


def _write_number(value: Decimal) -> str:
    # Never "1.5E+3": readers would take that for a float.
    return format(value, "f")


def _read_date(value: object) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if type(value) is str and _date(value):
        return date.fromisoformat(value)
    raise ValueError("not a plain date such as 2026-01-31")


def _read_whole(value: object) -> int:
    if type(value) is int:
        return value
    if isinstance(value, Decimal) and value.is_finite() and value == value.to_integral_value():
        return int(value)
    raise ValueError("not a whole number")


Text = Annotated[str, StringConstraints(min_length=1)]
"""Characters as the partner sent them; what is empty is absent instead."""

Code = Annotated[str, StringConstraints(min_length=1)]
"""One of our words where the mapping has one for the partner's code, else the partner's code itself."""

Number = Annotated[
    Decimal,
    _Plain(_read_number, _write_number),
    WithJsonSchema({"type": "string", "pattern": NUMBER_PATTERN, "examples": ["12.50"]}),
]
"""An exact decimal: a string in JSON, its scale as sent ("12.50" stays "12.50"). Never a float."""

Whole = Annotated[int, _Plain(_read_whole, int), WithJsonSchema({"type": "integer"})]
"""A count or a number of days: an integer in JSON."""

BusinessDate = Annotated[
    date,
    _Plain(_read_date, date.isoformat),
    WithJsonSchema({"type": "string", "format": "date", "pattern": DATE_PATTERN}),
]
"""A calendar date as the partner wrote it, in the partner's own calendar: never shifted between time zones."""

ClockTime = Annotated[str, StringConstraints(pattern=TIME_PATTERN)]
"""A time of day as the partner wrote it, "14:30" or "14:30:05": local to the place it is about, no zone implied."""


class Canonical(BaseModel):
    """Base of every canonical model: frozen, and closed to fields that have no definition.

    What checks a document is built with the first of its type: a start has no time for those that never come.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", revalidate_instances="never", defer_build=True)

    def body(self) -> dict[str, Any]:
        """Return the JSON-ready form: decimals and dates as strings, and nothing at all for what was not said."""
        return self.model_dump(mode="json", exclude_defaults=True)

    def body_json(self) -> bytes:
        """Return `body` as UTF-8 JSON, in field order, so that equal documents are equal bytes."""
        return self.__pydantic_serializer__.to_json(self, exclude_defaults=True)
