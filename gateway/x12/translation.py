"""From one set of delimiters to another, on the text of a segment."""

import re

from gateway.x12.interchange import Delimiters


class Translation:
    """From one set of delimiters to another. Every delimiter is exchanged at once, so that two may change places."""

    def __init__(self, old: Delimiters, new: Delimiters, replacement: str) -> None:
        were = old.element + old.component + old.repetition
        become = new.element + new.component + (new.repetition if old.repetition else "")
        clash = sorted(set(new.element + new.component + new.segment + new.repetition) - set(were))
        self._table = {ord(one): other for one, other in zip(were, become, strict=True)}
        self._table.update({ord(one): replacement for one in clash if replacement})
        self._replacement = replacement
        self._clash = re.compile("[" + re.escape("".join(clash)) + "]") if clash else re.compile("(?!)")
        element, component = re.escape(old.element), re.escape(old.component)
        repetition = re.escape(old.repetition)
        inner = f"(?={element}|{repetition}|$)" if repetition else f"(?={element}|$)"
        # Empty components at the end of a composite, then empty repetitions at the end of an element (X12.6, 3.7.1).
        self._tidy = [re.compile(f"{component}+{inner}")]
        if repetition:
            self._tidy.append(re.compile(f"{repetition}+(?={element}|$)"))
        self._element = old.element
        untidy = "|".join([one.pattern for one in self._tidy] + [f"{element}$"])
        doubtful = f"{untidy}|{self._clash.pattern}" if clash else untidy
        self._doubtful = re.compile(f"{doubtful}|^B(?:IN|DS){element}").search

    def quick(self, raw: str) -> str | None:
        """The new text of a segment that is tidy and safe, None for any other."""
        return None if self._doubtful(raw) else raw.translate(self._table)

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
