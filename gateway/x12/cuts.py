"""Where text may be cut: the beginnings of segments that matter before their set is read, and what lies between.

`ISA` and `IEA` end what is cut with the delimiters at hand; `BIN` and `BDS` hold data in which delimiters are none.
"""

import re
from functools import lru_cache

from gateway.x12.delimiters import unwrapped

BLANK = " \t\r\n\x00\x1a"
"""What may stand between segments and interchanges without a word: line ends, and the Ctrl-Z and NUL of old hosts."""

BINARY = {"BIN": 1, "BDS": 2}
"""Segments that end with binary data, and the element that tells its length (X12 BIN01, BDS02)."""

_DIGITS = 15
"""Digits of a length (784)."""


def elements(raw: str, separator: str) -> tuple[str, ...]:
    """The elements of a segment, its id first; binary data is one, whatever is in it."""
    count = BINARY.get(raw[:3]) if raw[3:4] == separator else None
    return tuple(raw.split(separator) if count is None else raw.split(separator, count + 1))


ANY_HEADER = re.compile("ISA(?![A-Za-z0-9 \\t\\r\\n])")
"""What makes passed text worth a word: an "ISA" with a separator behind it."""

_HEADER = "([^A-Za-z0-9 \\t\\r\\n])" + "".join(rf"(?:(?!\1).){{0,{width}}} *\1" for width in (2, 20, 2, 20, 2))
"""The first five elements of a header. ISA02 and 04 have ten characters, each of which may have become two bytes."""


@lru_cache
def likely_header(*, wrapped: bool) -> re.Pattern[str]:
    """The beginning of an ISA by its first five elements: what is not like this is no header.

    `wrapped` also finds one with line ends in it, where the text before had them everywhere.
    """
    name = "I[\\r\\n]{0,2}S[\\r\\n]{0,2}A[\\r\\n]{0,2}" if wrapped else "ISA"
    return re.compile(name + _HEADER, re.DOTALL)


class Cuts:
    """How to find things in text under given delimiters. `wrapped`: line ends may stand anywhere and mean nothing."""

    def __init__(self, element: str, terminator: str, *, wrapped: bool) -> None:
        self._element = element
        self._terminator = terminator
        self._wrapped = wrapped
        blank, end = f"[{re.escape(BLANK.replace(terminator, ''))}]*", re.escape(terminator)
        between = "[\r\n]*" if wrapped else ""
        names = "|".join(between.join(name) for name in ("IEA", "ISA", *BINARY))
        stop = f"{blank}({names}){between}{re.escape(element)}"
        self._begins = re.compile(stop).match
        self._next = re.compile(end + stop).search
        self._empties = re.compile(f"({end}(?:{blank}{end}){{2,}})")

    def end(self, text: str, *, binary: bool) -> int:
        """How much of a text is whole segments that may go out together, 0 when nothing is.

        That ends behind the first IEA, before the first ISA, and with `binary` before the first segment of such data.
        """
        terminator = self._terminator
        first = self._begins(text)
        if first is not None and unwrapped(first[1]) not in BINARY:
            return text.find(terminator, first.end()) + 1
        found = self._next(text)
        while found is not None and not binary and found[1] in BINARY:
            found = self._next(text, found.end())
        if found is None:
            return text.rfind(terminator) + 1
        if unwrapped(found[1]) == "IEA":
            return text.find(terminator, found.end()) + 1 or found.start() + 1
        return found.start() + 1

    def binary_start(self, text: str) -> int:
        """Where a segment with binary data begins that only blanks stand before, -1 when there is none."""
        found = self._begins(text)
        return -1 if found is None or found[1] not in BINARY else found.start(1)

    def binary_length(self, text: str, start: int) -> int | None:
        """Characters of the binary segment at `start` without its terminator, by the length it tells.

        None when more text is needed to say; 0 when it tells no length.
        """
        count = BINARY[text[start : start + 3]]
        head = text[start : start + 3 + (count + 1) * (_DIGITS + 1)]
        parts = head.split(self._element, count + 1)
        if self._terminator in "".join(parts[: count + 1]):
            return 0
        if len(parts) < count + 2:
            return None if len(head) < 3 + (count + 1) * (_DIGITS + 1) else 0
        digits = parts[count]
        if not (digits.isascii() and digits.isdigit()):
            return 0
        return sum(map(len, parts[: count + 1])) + count + 1 + int(digits)

    def split(self, text: str) -> tuple[list[str], bool]:
        """The text at its terminators; True when of many empty segments in a row one was left, as long as all."""
        segments = text.split(self._terminator)
        if len(segments) <= len(text) // 4:
            return segments, False
        segments = []
        for number, part in enumerate(self._empties.split(text)):
            if number % 2:
                segments.append(part[1:-1])
            else:
                segments += part.split(self._terminator)
        return segments, True

    def within(self, segments: list[str], limit: int) -> int:
        """How many segments from the first on have at most `limit` characters."""
        if max(map(len, segments)) <= limit:
            return len(segments)
        long = (n for n, one in enumerate(segments) if len(one) > limit and self._terminator not in one)
        return next(long, len(segments))

    def bare(self, segments: list[str], text: str, *, terminated: bool, sparse: bool) -> list[str]:
        """Segments cut out of `text`, without blanks in front, and without those behind the last when nothing ends it.

        `sparse` as `split` said. In wrapped text they are without line ends as well.
        """
        raws = segments
        if self._wrapped:
            raws = list(map(unwrapped, raws))
        if "\n" in text or "\r" in text or not terminated or sparse:
            blanks = BLANK + self._terminator
            raws = [raw.lstrip(blanks) for raw in raws]
        if not terminated:
            raws[-1] = raws[-1].rstrip(BLANK)
        return raws


@lru_cache(maxsize=64)
def cuts_for(element: str, terminator: str, *, wrapped: bool) -> Cuts:
    """The cuts of an interchange."""
    return Cuts(element, terminator, wrapped=wrapped)
