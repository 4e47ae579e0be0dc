"""What a terminal can show, and how an element's name, value and meaning are laid side by side on it."""

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

from gateway.cli.table import printable

VALUE_SHOWN = 300
"""Characters of a value that are shown; what is longer says how much longer."""

_ANSI = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36", "blue": "34"}

_SIGNS = {
    "bad": ("✗", "x"),
    "warn": ("!", "!"),
    "good": ("✓", "+"),
    "loop": ("▸", ">"),
    "bar": ("│", "|"),
    "line": ("─", "-"),
    "heavy": ("━", "="),
    "caret": ("▲", "^"),
    "none": ("—", "-"),
    "cut": ("…", "..."),
    "do": ("→", "->"),
}

_NARROW = 100
"""Columns below which names and values get less room."""

_LEAST = 16
"""Columns that a value gets however deep it stands."""


@dataclass(frozen=True, slots=True)
class Look:
    """What the terminal can show: `width` in columns; `plain` is ASCII, where it cannot show lines and arrows."""

    width: int = 100
    colour: bool = False
    plain: bool = False

    def paint(self, text: str, *styles: str) -> str:
        """The text in colour, where there is colour."""
        if not self.colour or not text or not styles:
            return text
        return f"\x1b[{';'.join(_ANSI[style] for style in styles)}m{text}\x1b[0m"

    def sign(self, name: str) -> str:
        """A sign by its name."""
        fine, simple = _SIGNS[name]
        return simple if self.plain else fine

    def shown(self, text: str, limit: int = VALUE_SHOWN) -> str:
        """Text from a file, safe to show: control characters escaped, cut to `limit` with its length told."""
        if len(text) <= limit:
            return text if text.isprintable() else printable(text)
        return f"{printable(text[:limit])}{self.sign('cut')} ({len(text):,} characters)"


def folded(text: str, width: int, hanging: str = "") -> list[str]:
    """The text in lines of `width`, at least one."""
    if len(text) <= width:
        return [text]
    return textwrap.wrap(text, max(width, 12), subsequent_indent=hanging, break_on_hyphens=False) or [""]


@dataclass(frozen=True, slots=True)
class Columns:
    """Name, value and meaning side by side, behind a lead of `used` columns."""

    look: Look
    used: int

    def lines(self, name: str, value: str, meaning: str, *styles: str) -> Iterator[str]:
        """The lines without their lead: what does not fit goes on below, in its column. `styles` are the value's."""
        names_width = 24 if self.look.width < _NARROW else 30
        names = folded(name, names_width)
        cells = list(self._cells(value, meaning, max(self.look.width - self.used - names_width - 2, _LEAST), styles))
        for row in range(max(len(names), len(cells))):
            left = names[row] if row < len(names) else ""
            right = cells[row] if row < len(cells) else ""
            yield f"{left.ljust(names_width)}  {right}" if right else left

    def _cells(self, value: str, meaning: str, room: int, styles: tuple[str, ...]) -> Iterator[str]:
        """Value and meaning in `room` columns: the meaning beside the value, or below it where it is too wide."""
        column = 14 if self.look.width < _NARROW else 20
        values = folded(value, room)
        whole = len(values) == 1 and len(value) <= column
        room_beside = room - (column if whole else len(values[-1])) - 2
        beside = room_beside >= len(meaning) or (whole and room_beside >= _LEAST)
        meanings = folded(meaning, room_beside if beside else room) if meaning else []
        yield from (self.look.paint(line, *styles) for line in values[:-1])
        last, first = values[-1], meanings.pop(0) if beside and meanings else ""
        pad = " " * ((column if whole else len(last)) - len(last) + 2)
        yield self.look.paint(last, *styles) + (pad + self.look.paint(first, "green") if first else "")
        under = " " * (room - room_beside if beside else 0)
        yield from (under + self.look.paint(line, "green") for line in meanings)
