"""The JSON of a document that is handed in, within limits: what could be read in two ways is not read at all. Pure.

Texts come without the blanks at their end. X12 has none there, so nothing that is read from a partner has any; what a
system of ours pads is the same text. Blanks at the beginning are kept, as X12 keeps them.
"""

import json
from collections.abc import Iterator
from typing import Any, Final

MOST_DIGITS: Final = 28
"""Of a number without quotes: as many as canonical numbers have, which are text. No count of anything has more."""

_BODY: Final = "body."


class Unreadable(Exception):
    """Why it cannot be read, in our words."""


class TooLong(Exception):
    """Fields whose number has more than `MOST_DIGITS` digits, with how many it has."""

    def __init__(self, fields: dict[str, int]) -> None:
        super().__init__(fields)
        self.fields = fields


class _Digits(str):
    """A whole number as it stands there, too long to be one."""

    __slots__ = ()


def loads(content: bytes) -> Any:
    """The value, texts without the blanks at their end. Raises Unreadable, TooLong; nothing else for what is in it."""
    try:
        text = content.decode("utf-8-sig")
        value = json.loads(
            text, object_pairs_hook=_each_key_once, parse_constant=_no_such_number, parse_int=_whole_number
        )
        # Half of a surrogate pair is text in Python and nowhere else.
        json.dumps(value, ensure_ascii=False).encode("utf-8")
        long = dict(_too_long(value, ""))
        if not long:
            return _trimmed(value)
    except UnicodeError:
        raise Unreadable("the text is not UTF-8, or holds half a character") from None
    except json.JSONDecodeError as error:
        raise Unreadable(f"not JSON: {error.msg} at line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise Unreadable("nested deeper than any document") from None
    raise TooLong(long)


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(key for n, (key, _) in enumerate(pairs) if key in dict(pairs[:n]))
        raise Unreadable(f"'{twice[:60]}' stands twice in one object: nobody could say which counts")
    return found


def _no_such_number(name: str) -> Any:
    raise Unreadable(f"{name} is not a number in JSON")


def _whole_number(text: str) -> int | _Digits:
    return int(text) if len(text) <= MOST_DIGITS else _Digits(text)


def _too_long(value: Any, path: str) -> Iterator[tuple[str, int]]:
    """Paths of the numbers that are too long, those in the body counted from there, with how many digits they have."""
    if isinstance(value, _Digits):
        yield path.removeprefix(_BODY) or "body", len(value.lstrip("-"))
    elif isinstance(value, dict):
        for name, one in value.items():
            yield from _too_long(one, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for at, one in enumerate(value):
            yield from _too_long(one, f"{path}[{at}]")


def _trimmed(value: Any) -> Any:
    if isinstance(value, str):
        return value.rstrip(" ")
    if isinstance(value, dict):
        return {name: _trimmed(one) for name, one in value.items()}
    return [_trimmed(one) for one in value] if isinstance(value, list) else value
