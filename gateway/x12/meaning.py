"""Values in words: what a date, an amount or a code says, and what may stand in an element."""

from collections.abc import Sequence

from gateway.x12.guide import ElementDefinition, SegmentDefinition
from gateway.x12.labels import label
from gateway.x12.values import is_real_date, is_time

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

CENTURY_TURNS = 70
"""Two-digit years from here on are of the last century; nobody trades that far ahead."""

CODES_SHOWN = 8
"""A code list up to this long is shown whole."""

CODES_SAMPLED = 120
"""From a list up to this long some are shown; a few of a longer one say nothing."""

PAIRS = {
    "67": "66", "81": "187", "87": "88", "127": "128", "234": "235", "310": "309", "365": "364",
    "739": "738", "782": "522",
}  # fmt: skip
"""Elements whose kind the coded element before them tells: a number and the kind of number."""


def date_in_words(value: str) -> str:
    """ "3 Jan 2026" for CCYYMMDD or YYMMDD; "" when it is no date."""
    if not is_real_date(value):
        return ""
    year = int(value[:-4])
    if len(value) == 6:
        year += 1900 if year >= CENTURY_TURNS else 2000
    return f"{int(value[-2:])} {MONTHS[int(value[-4:-2]) - 1]} {year}"


def time_in_words(value: str) -> str:
    """ "09:15" or "09:15:30" for HHMM and longer; "" when it is no time."""
    if not is_time(value):
        return ""
    return ":".join((value[:2], value[2:4], value[4:6])) if len(value) > 4 else f"{value[:2]}:{value[2:4]}"


def number_in_words(value: str, decimals: int) -> str:
    """A whole number with implied decimals as people write it: "12345" with 2 is "123.45"."""
    sign, digits = ("-", value[1:]) if value.startswith("-") else ("", value)
    if not decimals or not (digits.isascii() and digits.isdigit()) or len(digits) > 40:
        return ""
    digits = digits.rjust(decimals + 1, "0")
    whole = digits[:-decimals].lstrip("0") or "0"
    return f"{sign}{whole}.{digits[-decimals:]}"


def code_in_words(reference: str, value: str) -> str:
    """What a code stands for, "" when we have no words for it."""
    return label(reference, value) or ""


def value_in_words(element: ElementDefinition, value: str) -> str:
    """What a simple value says, "" when it speaks for itself."""
    if not value:
        return ""
    match element.kind:
        case "DT":
            return date_in_words(value)
        case "TM":
            return time_in_words(value)
        case "N":
            return number_in_words(value, element.decimals)
        case "ID":
            return code_in_words(element.reference, value)
        case _:
            return ""


def kind_in_words(definition: SegmentDefinition, values: Sequence[str], position: int) -> str:
    """What kind of number the value at `position` is, as the coded element before it says; "" without one."""
    here, before = definition.elements[position - 1].element, None
    kind = PAIRS.get(here.reference) if here is not None else None
    if kind is None or position < 2:
        return ""
    before = definition.elements[position - 2].element
    if before is None or before.reference != kind:
        return ""
    return code_in_words(kind, values[position - 1])


def period_in_words(form: str, value: str) -> str:
    """A date or a range of dates under a form (element 1250): D8, RD8, DT, TM; "" for others."""
    parts = value.split("-")
    if form == "RD8" and len(parts) == 2:
        first, last = map(date_in_words, parts)
        return f"{first} to {last}" if first and last else ""
    if form == "DT" and len(value) == 12:
        day, time = date_in_words(value[:8]), time_in_words(value[8:])
        return f"{day} {time}" if day and time else ""
    return {"D8": date_in_words, "D6": date_in_words, "TM": time_in_words}.get(form, lambda _: "")(value)


def allowed(element: ElementDefinition) -> str:
    """What may stand in an element: "a date, CCYYMMDD", "1 to 22 characters", "one of: 00 original, 06 ..."."""
    match element.kind:
        case "DT":
            return "a date, written CCYYMMDD" if element.maximum == 8 else "a date, written YYMMDD"
        case "TM":
            return "a time, written HHMM" if element.maximum == 4 else "a time, written HHMM or HHMMSS"
        case "N" if element.decimals:
            return (
                f"a number of {_length(element, 'digit')} without a point, the last {element.decimals} being decimals"
            )
        case "N":
            return f"a whole number of {_length(element, 'digit')}"
        case "R":
            return f"a number of {_length(element, 'digit')}, with a point where it has decimals"
        case _ if element.codes:
            return _codes(element)
        case "ID":
            return f"a code of {_length(element, 'character')}"
        case _:
            return _length(element, "character")


def _length(element: ElementDefinition, unit: str) -> str:
    if element.minimum == element.maximum:
        return f"{element.maximum} {unit}{'' if element.maximum == 1 else 's'}"
    return f"{element.minimum} to {element.maximum} {unit}s"


def _codes(element: ElementDefinition) -> str:
    codes = sorted(element.codes or ())
    if len(codes) > CODES_SAMPLED:
        return f"a code from a list of {len(codes)}"
    if len(codes) > CODES_SHOWN:
        # Those we have words for are the ones in use.
        known = [code for code in codes if code_in_words(element.reference, code)][:CODES_SHOWN]
        names = ", ".join(_named(element.reference, code) for code in known or codes[:CODES_SHOWN])
        return f"one of {len(codes)} codes, such as {names}"
    return "one of: " + ", ".join(_named(element.reference, code) for code in codes)


def _named(reference: str, code: str) -> str:
    words = code_in_words(reference, code)
    return f"{code} {words}" if words else code
