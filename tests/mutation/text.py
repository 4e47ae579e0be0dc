"""The text of a module, in which a change is a piece of it replaced by another."""

import ast
import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Change:
    """Bytes `start` to `end` become `text`. `shown` is what people read, before and after, where not whole lines."""

    start: int
    end: int
    text: str
    shown: tuple[str, str] | None = None


class Text:
    """A source as `ast` counts in it: lines from 1, columns in bytes of UTF-8."""

    def __init__(self, source: str) -> None:
        self._bytes = source.encode()
        self._lines = [0, 0]
        for line in self._bytes.splitlines(keepends=True):
            self._lines.append(self._lines[-1] + len(line))

    def span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        """From where to where a node stands."""
        assert node.end_lineno is not None and node.end_col_offset is not None
        return self._lines[node.lineno] + node.col_offset, self._lines[node.end_lineno] + node.end_col_offset

    def between(self, start: int, end: int) -> str:
        """A piece of the text."""
        return self._bytes[start:end].decode()

    def of(self, node: ast.expr | ast.stmt) -> str:
        """What a node stands as."""
        return self.between(*self.span(node))

    def changed(self, change: Change) -> str:
        """All of it, with the change."""
        return (self._bytes[: change.start] + change.text.encode() + self._bytes[change.end :]).decode()

    def shown(self, change: Change) -> tuple[str, str]:
        """The lines that a change touches before and after it, each as one line."""
        if change.shown is not None:
            return _flat(change.shown[0]), _flat(change.shown[1])
        start = self._bytes.rfind(b"\n", 0, change.start) + 1
        end = self._bytes.find(b"\n", change.end)
        before, after = (
            self.between(start, change.start),
            self.between(change.end, end if end >= 0 else len(self._bytes)),
        )
        return _flat(before + self.between(change.start, change.end) + after), _flat(before + change.text + after)


def _flat(text: str) -> str:
    """One line without comments, so that a better comment does not make another mutant of it."""
    return re.sub(r"\s+", " ", re.sub(r"(?m)(^\s*|  )# .*$", "", text)).strip()
