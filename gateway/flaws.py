"""What is wrong with a file that a person wrote (a mapping, a partner file), said so that its author finds it: file,
line, column, code, sentence.
"""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass

_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
"""Control characters, and what reading with `surrogateescape` leaves of bytes that are no UTF-8."""


_HINTS = (
    ("mapping values", "; is it indented as the lines around it? Text with a colon and a blank needs quotes"),
    ("could not find expected ':'", "; a key ends with a colon and a blank"),
    ("did not find expected ',' or", "; is every bracket closed, and a comma between all values?"),
    ("did not find expected", "; is it indented as the lines around it, and every quote and bracket closed?"),
    ("unexpected end of stream", "; is every quote closed?"),
    ("cannot start any token", "; text that begins with this character needs quotes"),
    ("while scanning an alias", "; text that begins with * needs quotes"),
)
"""Words of the YAML parser, and what they mostly mean."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A point in an authored file; `line` and `column` count from 1.

    `source` is the whole line, "" where it must not be shown: a secret that somebody wrote into a partner file must
    not travel on into logs and tickets.
    """

    file: str
    line: int = 1
    column: int = 1
    source: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"

    def shifted(self, columns: int) -> "Place":
        """The same line, some characters further right."""
        return Place(self.file, self.line, self.column + columns, self.source)


@dataclass(frozen=True, slots=True, order=True, kw_only=True)
class Flaw:
    """One mistake in an authored file."""

    place: Place
    code: str
    sentence: str

    def __str__(self) -> str:
        return self.shown()

    def shown(self, root: str = "") -> str:
        """`file:line:column: CODE: sentence`, then the line and a caret when the place has it; `root` is put before
        the file's name, so that a person can open it from where he stands.
        """
        place = self.place
        head = f"{root}{place.file}:{place.line}:{place.column}: {self.code}: {self.sentence}"
        if not place.source.strip():
            return head
        return f"{head}\n    {place.source}\n    {' ' * (place.column - 1)}^"


def no_text(file: str, text: str) -> tuple[Place, str] | None:
    """Where a file stops being text, and a sentence about it; None for text. Bytes that are no UTF-8 come as lone
    surrogates; control characters have no place in YAML (YAML 1.2, 5.1).
    """
    found = _NO_TEXT.search(text)
    if found is None:
        return None
    before = text[: found.start()]
    place = Place(file, before.count("\n") + 1, found.start() - (before.rfind("\n") + 1) + 1)
    if not "\ud800" <= found[0] <= "\udfff":
        return place, f"not readable: a control character (0x{ord(found[0]):02X}) stands here: take it out"
    byte = ord(found[0]) - 0xDC00
    said = f"byte 0x{byte:02X}" if 0x80 <= byte <= 0xFF else "half a surrogate pair"
    return place, f"not UTF-8: {said} is no character; save the file as UTF-8"


def unreadable(problem: str, text: str, place: Place) -> str:
    """Why a file is no YAML: the parser's `problem`, and what an author most likely did."""
    lines = text.splitlines()
    line = lines[place.line - 1] if 0 < place.line <= len(lines) else ""
    if "\t" in line[: len(line) - len(line.lstrip())] or line[place.column - 1 : place.column] == "\t":
        return "not readable as YAML: a tab stands here; indent with spaces"
    hint = next((hint for words, hint in _HINTS if words in problem), "")
    return f"not readable as YAML: {problem}{hint}"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?` when a known word is near, else nothing."""
    close = difflib.get_close_matches(word, list(known), 1)
    return f"; did you mean '{close[0]}'?" if close else ""
