"""Values of simple data elements: length, characters, dates, times and codes, each judged in that order.

X12.6: N and R count digits only, without sign and point; digits are ASCII. Lengths come first, so that nothing long
is ever looked at closely.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple

from gateway.x12.guide import ElementDefinition

BASIC = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 !\"&'()*+,-./:;?=")
"""The basic character set of X12.5."""

EXTENDED = BASIC | frozenset("abcdefghijklmnopqrstuvwxyz%~@[]_{}\\|<>#$")
"""The extended character set of X12.5, without its national characters."""

_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class Wrong(NamedTuple):
    """Why a value does not do: AK403 (or "W:word" for a warning) and what was found and allowed."""

    code: str
    text: str


def wrong_value(
    value: str, element: ElementDefinition, characters: frozenset[str], codes: frozenset[str] | None, *, strict: bool
) -> Wrong | None:
    """The first thing wrong with a value that is not empty, None when all is well.

    `characters` are those agreed on; one outside is AK403 6 when `strict`, else only a warning, unless it is a control
    character, which no character set holds. `codes` is the list in force, None where any value goes.
    """
    wrong = _wrong_length(value, element) or _CHECKS[element.kind](value)
    if wrong is not None:
        return wrong
    if element.kind in ("AN", "ID") and not characters.issuperset(value):
        outside = "".join(sorted(set(value) - characters))
        if strict or not outside.isprintable():
            return Wrong("AK403:6", f"{shown(value)} has characters outside the agreed set: {shown(outside)}")
        if codes is None or value in codes:
            word = "characters" if value.isascii() else "national-characters"
            return Wrong(f"W:{word}", f"{shown(value)} has characters outside the agreed set: {shown(outside)}")
    if codes is not None and value not in codes:
        return Wrong("AK403:7", f"{shown(value)} is not a code of {element.reference}")
    if codes is None and is_blank(value, element):
        return Wrong("W:blank", f"{shown(value)} holds only spaces")
    return None


def is_blank(value: str, element: ElementDefinition) -> bool:
    """True for a string or code of nothing but spaces: X12.6 wants at least one other character in it."""
    return element.kind in ("AN", "ID") and value != "" and not value.strip(" ")


def shown(value: str) -> str:
    """A value as a message quotes it: in double quotes, cut to 40 characters, control characters as points."""
    cut = value if len(value) <= 40 else value[:37] + "..."
    return f'"{printable(cut)}"'


def printable(text: str) -> str:
    """A text with control characters as points."""
    return text if text.isprintable() else "".join(one if one.isprintable() else "·" for one in text)


def decimal_value(text: str) -> Decimal | None:
    """The number an R element holds, exact; None when it is none (X12.6: ASCII digits, one point, a minus in front)."""
    return None if _decimal(text) is not None or len(text) > 40 else Decimal(text)


def is_real_date(value: str) -> bool:
    """True for an existing day as CCYYMMDD or YYMMDD (then of this century's leap years), in ASCII digits."""
    if len(value) not in (6, 8) or not (value.isascii() and value.isdigit()):
        return False
    year, month, day = int(value[:-4]), int(value[-4:-2]), int(value[-2:])
    if len(value) == 8 and year == 0:
        return False
    if not 1 <= month <= 12 or not 1 <= day <= _DAYS[month - 1]:
        return False
    return month != 2 or day < 29 or (year % 4 == 0 and (year % 100 != 0 or year % 400 == 0))


def is_time(value: str) -> bool:
    """True for HHMM, HHMMSS, HHMMSSD or HHMMSSDD in ASCII digits (X12.6, TM)."""
    if len(value) not in (4, 6, 7, 8) or not (value.isascii() and value.isdigit()):
        return False
    return value[:2] < "24" and value[2:4] < "60" and value[4:6] < "60"


def _wrong_length(value: str, element: ElementDefinition) -> Wrong | None:
    size = len(value)
    if element.kind in ("N", "R"):
        size -= value.startswith("-")
        if element.kind == "R" and "." in value:
            size -= 1
    if element.minimum <= size <= element.maximum:
        return None
    unit = "digits" if element.kind in ("N", "R") else "characters"
    if size > element.maximum:
        return Wrong("AK403:5", f"{shown(value)} has {size} {unit}, {element.reference} allows {element.maximum}")
    return Wrong("AK403:4", f"{shown(value)} has {size} {unit}, {element.reference} needs {element.minimum}")


def _any(_: str) -> Wrong | None:
    return None


def _integer(value: str) -> Wrong | None:
    digits = value[1:] if value.startswith("-") else value
    if digits.isascii() and digits.isdigit():
        return None
    return Wrong("AK403:6", f"{shown(value)} is not a whole number")


def _decimal(value: str) -> Wrong | None:
    digits = (value[1:] if value.startswith("-") else value).replace(".", "", 1)
    if digits.isascii() and digits.isdigit():
        return None
    return Wrong("AK403:6", f"{shown(value)} is not a decimal number")


def _date(value: str) -> Wrong | None:
    return None if is_real_date(value) else Wrong("AK403:8", f"{shown(value)} is not a date")


def _time(value: str) -> Wrong | None:
    return None if is_time(value) else Wrong("AK403:9", f"{shown(value)} is not a time")


_CHECKS: dict[str, Callable[[str], Wrong | None]] = {
    "AN": _any,
    "ID": _any,
    "N": _integer,
    "R": _decimal,
    "DT": _date,
    "TM": _time,
    "B": _any,
}
