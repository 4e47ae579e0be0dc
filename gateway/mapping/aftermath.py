"""What mistaken lines were to write: while all mistakes are told at once, nobody is told that this is missing, too."""

import re
from collections.abc import Iterable, Mapping

from gateway.flaws import Flaw

_LOST = frozenset({"E101", "E102", "E110", "E115", "E120", "E121", "E122", "E123"})
"""Mistakes that leave a field or object out of the plan."""

_WORD = re.compile(r"[A-Z][A-Z0-9]+")


class Aftermath:
    """The ids of segments that stand in lines with mistakes, with everything indented under them.

    `files` are the texts of all mappings by path.
    """

    def __init__(self, flaws: Iterable[Flaw], files: Mapping[str, str]) -> None:
        self._words: set[str] = set()
        for flaw in flaws:
            if flaw.code in _LOST:
                # The sentence has the nearest name: `BGE03` was to write BEG.
                said = _block(files.get(flaw.place.file, ""), flaw.place.line) + flaw.sentence
                self._words.update(_WORD.findall(said.upper()))

    def has(self, segment: str) -> bool:
        """Whether a mistaken line speaks of a segment."""
        return any(word.startswith(segment) for word in self._words)


def _block(text: str, line: int) -> str:
    """A line, counted from 1, and the lines behind it that are indented further."""
    lines = text.splitlines()[line - 1 :]
    if not lines:
        return ""
    depth = _indentation(lines[0])
    inside = 1
    while inside < len(lines) and (not lines[inside].strip() or _indentation(lines[inside]) > depth):
        inside += 1
    return "\n".join(lines[:inside])


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
