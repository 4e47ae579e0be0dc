"""What differs between two canonical documents, field by field, and between two sets, segment by segment."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from gateway.x12.write import OutboundSegment, Repeats

NOTHING = "nothing"
_LONGEST = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One difference; as text it is a whole sentence.

    `place` is a canonical path (`lines[0].unit`) or a segment by its number in the set, `expected` and `found` what
    stands there, "" where the sentence says all there is. `within` says which set or way it is about.
    """

    said: str
    place: str = ""
    expected: str = ""
    found: str = ""
    within: str = ""

    def __str__(self) -> str:
        return self.within + self.said

    def inside(self, within: str) -> "Difference":
        """The same, said to be about some set or way."""
        return replace(self, within=within + self.within)


def field_differences(wanted: object, found: object, path: str = "") -> Iterator[Difference]:
    """What differs between two values of plain JSON, at the deepest place that names it."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        for name in wanted | found:
            inner = f"{path}.{name}" if path else name
            if name not in found:
                yield _differs(inner, _short(wanted[name]), NOTHING)
            elif name not in wanted:
                yield _differs(inner, NOTHING, _short(found[name]))
            else:
                yield from field_differences(wanted[name], found[name], inner)
    elif isinstance(wanted, list) and isinstance(found, list):
        if len(wanted) != len(found):
            yield _differs(path, f"{len(wanted)} entries", str(len(found)))
        for at, (left, right) in enumerate(zip(wanted, found, strict=False)):
            yield from field_differences(left, right, f"{path}[{at}]")
    elif type(wanted) is not type(found) or wanted != found:
        yield _differs(path, _short(wanted), _short(found))


def _differs(path: str, expected: str, found: str) -> Difference:
    said = f"found {found}, expected nothing" if expected == NOTHING else f"expected {expected}, found {found}"
    return Difference(said=f"{path}: {said}", place=path, expected=expected, found=found)


def segment_differences(wanted: Sequence[OutboundSegment], found: Sequence[OutboundSegment]) -> Iterator[Difference]:
    """What differs between the segments of a file and those that were written, both between ST and SE."""
    for tag, start, end, first, last in SequenceMatcher(None, wanted, found, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        for number, each in enumerate(wanted[start:end], start=start + 2):
            text = as_text(each)
            said = f"segment {number} of the file is not written: {text}"
            yield Difference(said=said, place=f"segment {number}", expected=text, found=NOTHING)
        for number, each in enumerate(found[first:last], start=first + 2):
            text = as_text(each)
            said = f"segment {number} is not in the file: {text}"
            yield Difference(said=said, place=f"segment {number}", expected=NOTHING, found=text)


def trimmed(segment: OutboundSegment) -> OutboundSegment:
    """Without empty elements and components at the end, which say nothing (X12.6, 3.7.1)."""
    values = list(segment)
    while len(values) > 1 and values[-1] == "":
        values.pop()
    return tuple(values)


def as_text(segment: OutboundSegment) -> str:
    """A segment with the usual delimiters, for people."""
    return "*".join(_value(value) for value in segment)


def _value(value: object) -> str:
    if isinstance(value, Repeats):
        return "^".join(map(_value, value.values))
    return ":".join(value) if isinstance(value, tuple) else str(value)


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
