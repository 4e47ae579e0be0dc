"""From one set of delimiters to another, on the text of segments."""

import re

from gateway.x12.interchange import Delimiters
from gateway.x12.write import BINARY_IDS


class Translation:
    """From one set of delimiters to another. Every delimiter is exchanged at once, so that two may change places."""

    def __init__(self, old: Delimiters, new: Delimiters, replacement: str, *, newline: bool) -> None:
        were = old.element + old.component + old.repetition
        become = new.element + new.component + (new.repetition if old.repetition else "")
        clash = sorted(set(new.element + new.component + new.segment + new.repetition) - set(were + old.segment))
        self._table = {ord(one): other for one, other in zip(were, become, strict=True)}
        self._table.update({ord(one): replacement for one in clash if replacement})
        self._bytes = bytes.maketrans(_latin(were + old.segment), _latin(become + new.segment))
        self._replacement = replacement
        self._clash = re.compile("[" + re.escape("".join(clash)) + "]") if clash else re.compile("(?!)")
        self._element, self._terminator = old.element, old.segment
        self._end = _latin(new.segment + ("\n" if newline and new.segment != "\n" else ""))
        self._tidy = _tidy(old)
        # What may follow a separator that stands at an end, in text with terminators.
        ends: tuple[str, ...] = (old.element + old.segment, old.component + old.element, old.component + old.segment)
        if old.repetition:
            ends += (old.component + old.repetition, old.repetition + old.element, old.repetition + old.segment)
        binary = (f"{old.segment}{name}{old.element}" for name in BINARY_IDS)
        self._doubtful = (*ends, *clash, *binary)

    def plain(self, raws: list[str]) -> bytes:
        """The bytes of segments that are all tidy and safe, terminators included; b"" when one of them is not."""
        end = self._terminator
        text = f"{end}{end.join(raws)}{end}"
        if any(one in text for one in self._doubtful):
            return b""
        written = _latin(text)[1:].translate(self._bytes)
        return written.replace(self._end[:1], self._end) if len(self._end) > 1 else written

    def ended(self, text: str) -> bytes:
        """The bytes of a segment in its new form."""
        return _latin(text) + self._end

    def careful(self, raw: str) -> tuple[str | None, int]:
        """The new text without empty ends, and how many characters were replaced; None when that is not allowed."""
        clashes = len(self._clash.findall(raw))
        if clashes and not self._replacement:
            return None, 0
        for pattern in self._tidy:
            raw = pattern.sub("", raw)
        return raw.rstrip(self._element).translate(self._table), clashes

    def clashes(self, text: str) -> str:
        """The first character of data that would be a delimiter, "" when there is none."""
        found = self._clash.search(text)
        return found[0] if found else ""


def _tidy(old: Delimiters) -> list[re.Pattern[str]]:
    """Empty components at the end of a composite, then empty repetitions at the end of an element (X12.6, 3.7.1)."""
    element, component, repetition = map(re.escape, (old.element, old.component, old.repetition))
    if not repetition:
        return [re.compile(f"{component}+(?={element}|$)")]
    return [re.compile(f"{component}+(?={element}|{repetition}|$)"), re.compile(f"{repetition}+(?={element}|$)")]


def _latin(text: str) -> bytes:
    return text.encode("latin-1")
