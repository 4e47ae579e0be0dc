"""Values: canonical values to X12 text, exactly. Nothing is rounded and nothing is cut unless the mapping says so."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Final

from gateway.mapping.codes import CodeList
from gateway.mapping.convert import MAXIMUM_DIGITS, NUMERALS, Unconvertible, pad_scale, to_decimal
from gateway.mapping.fit import CHECKED, wrong_number
from gateway.mapping.shape import Kind
from gateway.mapping.translate import Refused
from gateway.x12.guide import ElementDefinition

Encode = Callable[[object], str]
"""A canonical value to an element's text, never empty. Raises Refused."""

_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9])(?:\.([0-9]{1,2}))?)?", re.ASCII).fullmatch
_WHOLE = re.compile(r"-?[0-9]{1,28}", re.ASCII).fullmatch
_PLAIN = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?", re.ASCII).fullmatch
_LONG_DATE: Final = 8
_HUGE: Final = 10**MAXIMUM_DIGITS


def encoder(
    kind: Kind,
    definition: ElementDefinition | None,
    codes: CodeList | None = None,
    decimals: int | None = None,
    fit: str = "",
) -> Encode:
    """The function for one field: its text, translated by the code list, in the form and length of the element."""
    to_text = _coded(codes, kind) if codes is not None else _by_kind(kind, definition, decimals)
    if definition is None:
        return to_text
    numeric = definition.kind in {"N", "R"} and codes is None and kind in {"decimal", "integer"}
    low, high = definition.minimum, definition.maximum
    name, cut, check = definition.reference, fit == "cut", fit if fit in CHECKED else ""

    def encode(value: object) -> str:
        text = to_text(value)
        if check and (wrong := wrong_number(check, text)):
            raise Refused("check-digit", "refuse", wrong)
        if numeric:
            return _sized_number(text, low, high, name)
        text = text.rstrip(" ")
        if low <= len(text) <= high:
            return text
        if cut and len(text) > high and (shorter := text[:high].rstrip(" ")):
            return shorter
        raise wrong_length(text, low, high, name)

    if numeric and definition.kind == "R" and decimals is None and low <= 1:
        return _quick_number(high, encode)
    return encode


def usual_words(codes: CodeList, definition: ElementDefinition, encode: Encode) -> Encode:
    """`encode`, with the usual words at the speed of a dictionary. What cannot be hashed is a TypeError."""
    low, high = definition.minimum, definition.maximum
    return _Codes({word: code for word, code in codes.writes.items() if low <= len(code) <= high}, encode).__getitem__


class _Codes(dict[object, str]):
    """The usual words of a code list, looked up without a call of ours; anything else the long way."""

    __slots__ = ("encode",)

    def __init__(self, writes: Mapping[str, str], encode: Encode) -> None:
        super().__init__(writes.items())
        self.encode = encode

    def __missing__(self, value: object) -> str:
        return self.encode(value)


def _quick_number(high: int, encode: Encode) -> Encode:
    """The usual number, as it stands; anything else the long way."""

    def quick(value: object) -> str:
        if type(value) is Decimal:
            # Python writes it as we do, unless there are letters in it (an exponent, an infinity).
            text = str(value)
            return text if len(text) <= high and not text.strip(NUMERALS) else encode(value)
        if type(value) is str and len(value) <= high and _PLAIN(value):
            return value
        return encode(value)

    return quick


def wrong_length(text: str, low: int, high: int, name: str) -> Refused:
    """The refusal of a text that is too short or too long for element `name`."""
    said = f"'{text[:40]}' has {len(text)} character{'s' if len(text) != 1 else ''}"
    if len(text) < low:
        return Refused("too-short", "refuse", f"{said}, {name} needs {low}")
    return Refused("too-long", "refuse", f"{said}, {name} allows {high}")


def plain(value: object) -> str:
    """A canonical value as canonical JSON writes it, for code lists. Raises Refused."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return decimal_text(value)
    raise Refused("wrong-form", "refuse", f"a {type(value).__name__} is no simple value")


def decimal_text(value: object) -> str:
    """A number written out with its scale, a digit before the point. Raises Refused."""
    if type(value) is str:
        try:
            value = to_decimal(value)
        except Unconvertible as error:
            raise Refused(error.code, "refuse", str(error)) from error
    elif type(value) is int:
        value = Decimal(value)
    if not isinstance(value, Decimal) or not value.is_finite() or abs(value.adjusted()) > MAXIMUM_DIGITS:
        raise Refused("not-a-number", "refuse", f"'{shown(value)}' is not a decimal number")
    return format(value, "f")


def _by_kind(kind: Kind, definition: ElementDefinition | None, decimals: int | None) -> Encode:
    if kind == "decimal":
        implied = definition.decimals if definition is not None and definition.kind == "N" else None
        return _implied(implied) if implied is not None else _real(decimals)
    if kind == "date":
        return _date(definition is not None and definition.maximum < _LONG_DATE)
    return {"integer": _integer, "time": _time, "boolean": _boolean}.get(kind, _text)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise Refused("wrong-form", "refuse", f"'{shown(value)}' is not text")
    return value


def _real(decimals: int | None) -> Encode:
    """Type R: the point where it is, the scale kept or padded (X12.6, decimal numeric)."""
    if decimals is None:
        return decimal_text

    def encode(value: object) -> str:
        return format(pad_scale(Decimal(decimal_text(value)), decimals), "f")

    return encode


def _implied(decimals: int) -> Encode:
    """Type Nn: the digits without their point. More decimals than n are refused unless they are zeros."""

    def encode(value: object) -> str:
        text = decimal_text(value)
        whole, _, fraction = text.partition(".")
        kept = fraction[:decimals].ljust(decimals, "0")
        if fraction[decimals:].strip("0"):
            raise Refused("too-precise", "refuse", f"{text[:40]} has more than {decimals} decimals")
        digits = (whole + kept).lstrip("-").lstrip("0") or "0"
        return f"-{digits}" if whole.startswith("-") and digits != "0" else digits

    return encode


def _integer(value: object) -> str:
    if type(value) is int and abs(value) < _HUGE:
        return str(value)
    if isinstance(value, Decimal) and value.is_finite() and abs(value.adjusted()) <= MAXIMUM_DIGITS:
        text = format(value, "f")
        if not text.partition(".")[2].strip("0"):
            return text.partition(".")[0]
    if isinstance(value, str) and _WHOLE(value):
        return str(int(value))
    raise Refused("not-an-integer", "refuse", f"'{shown(value)}' is not a whole number")


def _date(short: bool) -> Encode:
    def encode(value: object) -> str:
        text = value.isoformat() if type(value) is date else value
        try:
            if isinstance(text, str) and len(text) == 10:
                date.fromisoformat(text)
                return text[2 if short else 0 : 4] + text[5:7] + text[8:]
        except ValueError:
            pass
        raise Refused("not-a-date", "refuse", f"'{shown(value)}' is not a date like 2026-01-31")

    return encode


def _time(value: object) -> str:
    match = _TIME(value) if isinstance(value, str) else None
    if not match:
        raise Refused("not-a-time", "refuse", f"'{shown(value)}' is not a time like 14:30 or 14:30:05")
    return "".join(part for part in match.groups() if part)


def _boolean(value: object) -> str:
    if isinstance(value, bool):
        return "Y" if value else "N"
    raise Refused("not-a-boolean", "refuse", f"'{shown(value)}' is neither true nor false")


def _coded(codes: CodeList, kind: Kind) -> Encode:
    writes, unknown, name = codes.writes, codes.unknown, codes.name
    one_way = set(codes.reads.values()) - set(writes)

    def encode(value: object) -> str:
        word = plain(value)
        code = writes.get(word)
        if code is not None:
            return code
        if word in one_way:
            raise Refused("unmapped-code", "refuse", f"code list '{name}' reads '{word[:40]}' and never writes it")
        if unknown != "keep":
            known = ", ".join(list(writes)[:20])
            raise Refused("unmapped-code", unknown, f"code list '{name}' has no code for '{word[:40]}', only {known}")
        return word

    return encode


def _sized_number(text: str, low: int, high: int, name: str) -> str:
    """Digits count, sign and point do not (X12.6): zeros in front as far as the shortest form needs them."""
    digits = len(text) - text.startswith("-") - ("." in text)
    if low <= digits <= high:
        return text
    sign, bare = ("-", text[1:]) if text.startswith("-") else ("", text)
    if digits < low:
        return sign + "0" * (low - digits) + bare
    if digits == high + 1 and bare.startswith("0."):
        return sign + bare[1:]
    raise Refused("too-long", "refuse", f"{text[:40]} has {digits} digits, {name} allows {high}")


def shown(value: object) -> str:
    """A value as a message quotes it, whatever it is: short, and never an error of its own."""
    if isinstance(value, int) and abs(value) > _HUGE:
        return "a huge number"
    return str(value)[:40] if isinstance(value, str | int | float | Decimal) else f"a {type(value).__name__}"
