"""Values: X12 text to canonical values, exactly. Numbers keep their scale, dates are checked against the calendar."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final

from gateway.mapping.shape import Kind
from gateway.x12.guide import ElementDefinition

Convert = Callable[[str], object]

CENTURY_PIVOT: Final = 50
"""Two-digit years below it are 20xx. X12 sets have had eight-digit dates since 004010; six-digit ones are habit."""

MAXIMUM_DIGITS: Final = 28
"""What a canonical number keeps."""

NUMERALS: Final = "-.0123456789"
"""The characters of a number that is written out."""

_NUMBER = re.compile(r"-?(?:[0-9]{1,28}(?:\.[0-9]{0,28})?|\.[0-9]{1,28})", re.ASCII).fullmatch
_WHOLE = re.compile(r"-?[0-9]{1,28}", re.ASCII).fullmatch
_TIME = re.compile(r"([01][0-9]|2[0-3])([0-5][0-9])(?:([0-5][0-9])([0-9]{1,2})?)?", re.ASCII).fullmatch


class Unconvertible(ValueError):
    """The value is not of the kind asked for; `code` is the problem's."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


def converter(kind: Kind, definition: ElementDefinition | None) -> Convert | None:
    """The function from an element's text to a canonical value, None where the text is the value."""
    decimals = definition.decimals if definition and definition.kind == "N" else 0
    if kind == "decimal":
        return _implied(decimals) if decimals else to_decimal
    return {"integer": to_integer, "date": to_date, "time": to_time, "boolean": to_boolean}.get(kind)


def canonical_value(text: str, kind: Kind) -> object:
    """A `default:` or `const:`, written as canonical JSON writes it. Raises Unconvertible."""
    if kind == "date":
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError as error:
            raise Unconvertible("not-a-date", f"'{text}' is not a date like 2026-01-31") from error
    if kind == "time":
        return to_time(text.replace(":", ""))
    if kind == "decimal":
        return to_decimal(text)
    if kind == "integer":
        return to_integer(text)
    return to_boolean(text) if kind == "boolean" else text


def to_decimal(text: str) -> Decimal:
    """A type R value: an exact Decimal with the scale it was sent with. Exponents are refused: no partner means one."""
    # Of these characters Decimal takes what the pattern takes, and asking for them costs a quarter of the pattern.
    if len(text) <= MAXIMUM_DIGITS and not text.strip(NUMERALS):
        try:
            return Decimal(text)
        except InvalidOperation:
            pass
    if not _NUMBER(text):
        raise Unconvertible("not-a-number", f"'{text[:40]}' is not a decimal number")
    return Decimal(text)


def to_integer(text: str) -> int:
    """A whole number."""
    if not _WHOLE(text):
        raise Unconvertible("not-an-integer", f"'{text[:40]}' is not a whole number")
    return int(text)


def to_date(text: str) -> str:
    """A DT value of 8 or 6 digits as an ISO date."""
    digits = text
    if len(text) == 6 and text.isascii() and text.isdigit():
        digits = ("20" if int(text[:2]) < CENTURY_PIVOT else "19") + text
    if len(digits) == 8 and digits.isascii() and digits.isdigit():
        try:
            return date.fromisoformat(digits).isoformat()
        except ValueError:
            pass
    raise Unconvertible("not-a-date", f"'{text[:40]}' is not a date of 8 or 6 digits in the calendar")


def to_time(text: str) -> str:
    """A TM value, HHMM[SS[d[d]]], as HH:MM[:SS[.d[d]]]."""
    match = _TIME(text)
    if not match:
        raise Unconvertible("not-a-time", f"'{text[:40]}' is not a time of day")
    hours, minutes, seconds, fraction = match.groups()
    return f"{hours}:{minutes}" + (f":{seconds}" if seconds else "") + (f".{fraction}" if fraction else "")


def to_boolean(text: str) -> bool:
    """Y or N (X12 element 1073), or true and false out of a code list."""
    if text in {"Y", "true"}:
        return True
    if text in {"N", "false"}:
        return False
    raise Unconvertible("not-a-boolean", f"'{text[:40]}' is neither Y nor N")


def pad_scale(value: object, decimals: int) -> object:
    """A Decimal with at least so many decimals; never fewer than it came with."""
    if isinstance(value, Decimal):
        exponent = value.as_tuple().exponent
        missing = decimals + exponent if isinstance(exponent, int) else 0
        if missing > 0:
            sign, digits, _ = value.as_tuple()
            return Decimal((sign, digits + (0,) * missing, -decimals))
    return value


def _implied(decimals: int) -> Convert:
    """Type Nn: digits with a point that nobody writes. One that is written is refused: it is money, and unclear."""
    suffix = f"E-{decimals}"

    def convert(text: str) -> Decimal:
        if not _WHOLE(text):
            raise Unconvertible("not-a-number", f"'{text[:40]}' is not digits with {decimals} implied decimals")
        return Decimal(text + suffix)

    return convert
