"""`match:`: what an element may look like, as a pattern of RE2, which takes linear time whatever the text is.

Python's own `re` is not used for patterns that an author writes: one unlucky pattern would stop the road.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from gateway.mapping.translate import Refused, Translate

MAXIMUM_LENGTH: Final = 500
"""Characters of a pattern."""

MAXIMUM_MEMORY: Final = 1 << 20
"""Bytes that RE2 may spend on one pattern, its automata included."""


class NotAPattern(ValueError):
    """The text is no pattern of RE2, or a larger one than is allowed; the message says what is wrong."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern that a whole value has to match."""

    text: str
    compiled: Any = field(compare=False, repr=False)

    def check(self, value: str) -> None:
        """Raises Refused for a value that does not match as a whole."""
        # RE2 counts bytes: what is no UTF-8 (a lone surrogate) matches nothing.
        try:
            matched = self.compiled.fullmatch(value) is not None
        except UnicodeEncodeError:
            matched = False
        if not matched:
            raise Refused("pattern", "refuse", f"'{value[:40]}' does not match {self.text[:60]}")


@cache
def _options() -> tuple[Any, Any]:
    # Three milliseconds, for the mappings that have a pattern only.
    import re2  # type: ignore[import-untyped]

    options = re2.Options()
    options.log_errors = False
    options.max_mem = MAXIMUM_MEMORY
    return re2, options


def pattern(text: str) -> Pattern:
    """A pattern ready to be asked. Raises NotAPattern."""
    if len(text) > MAXIMUM_LENGTH:
        raise NotAPattern(f"a pattern has at most {MAXIMUM_LENGTH} characters, this one {len(text)}")
    re2, options = _options()
    try:
        return Pattern(text, re2.compile(text, options))
    except re2.error as error:
        said = error.args[0] if error.args else ""
        words = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
        raise NotAPattern(f"not a pattern: {words} (RE2: no look-around, no back references)") from None
    except UnicodeEncodeError:
        raise NotAPattern("not a pattern: it is no UTF-8") from None


def reading(match: Pattern | None, translate: Translate | None) -> Translate | None:
    """`translate` of what matches: what does not is refused before it is understood."""
    if match is None:
        return translate
    check = match.check

    def checked(text: str) -> object:
        check(text)
        return text if translate is None else translate(text)

    return checked


def writing(match: Pattern | None, encode: Callable[[object], str]) -> Callable[[object], str]:
    """`encode`, its text refused where it does not match."""
    if match is None:
        return encode
    check = match.check

    def checked(value: object) -> str:
        text = encode(value)
        check(text)
        return text

    return checked
