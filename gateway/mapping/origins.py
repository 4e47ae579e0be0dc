"""Which line of a mapping wrote a place in a set: asked when a partner finds fault with it.

It is told only where no other line can have written it; people mend what they are pointed at.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from gateway.mapping.explain import NEVER_WRITTEN, Explained
from gateway.mapping.location import Location, NotALocation, Step, parse_loop, parse_value
from gateway.x12.guide import Guide, LoopSpec, SegmentSpec
from gateway.x12.interchange import Segment


@dataclass(frozen=True, slots=True)
class _Line:
    """A field that is written: the loops and segments it goes through, its own segment last, and its element."""

    steps: tuple[Step, ...]
    target: Location
    origin: str


def origin(rows: Sequence[Explained], guide: Guide, segments: Sequence[Segment], *, position: int, element: int) -> str:
    """Where a mapping says what it writes at one element of a set: "acme/810/v1.map.yaml:70".

    Args:
        rows: the mapping, explained.
        guide: of the set.
        segments: the set as it was written, ST first.
        position: of the segment, counted from 1.
        element: counted from 1.

    Returns "" where it cannot be told, or several lines might have written it.
    """
    if not (1 <= position <= len(segments) and element > 0):
        return ""
    at = position - 1
    around = _loops_around(guide, segments, at)
    found = {
        line: _fit(line, segments, at, around)
        for line in _lines(rows)
        if line.target.segment.id == segments[at][0] and _names(line.target, segments[at], element)
    }
    best = max(found.values(), default=0)
    origins = {line.origin for line, fit in found.items() if fit == best}
    return origins.pop() if best and len(origins) == 1 else ""


# ---------------------------------------------------------------------------------------------- the mapping


def _lines(rows: Sequence[Explained]) -> Iterator[_Line]:
    entered: dict[str, tuple[Step, ...]] = {}
    for row in rows:
        around = next((entered[path] for path in _prefixes(row.field) if path in entered), ())
        word, _, text = row.location.partition(" ")
        if word in ("each", "in", "level", "group"):
            entered[row.field] = next((_steps(around, one) for one in _parsed(text, whole=True)), around)
        elif row.written != NEVER_WRITTEN:
            yield from (_Line(_steps(around, one), one, row.origin) for one in _parsed(row.location, whole=False))


def _steps(around: tuple[Step, ...], one: Location) -> tuple[Step, ...]:
    return (around[:-1] if one.outside else around) + one.steps


def _prefixes(field: str) -> Iterator[str]:
    """The objects that a field is in, innermost first."""
    parts = field.split(".")
    return (".".join(parts[:size]) for size in range(len(parts) - 1, 0, -1))


def _parsed(text: str, *, whole: bool) -> Iterator[Location]:
    """The locations that a line of an explanation begins with."""
    for one in text.partition(", ")[0].split(" or "):
        try:
            yield parse_loop(one) if whole else parse_value(one)
        except NotALocation:
            return


# ---------------------------------------------------------------------------------------------- the set


def _names(target: Location, segment: Segment, element: int) -> bool:
    """Whether a location is of this element; a pair is a qualifier and the value behind it."""
    if not target.pair:
        return target.element == element
    places = [place for place, value in enumerate(segment) if place and value == target.pair]
    return any(element in (place, place + 1) for place in places)


def _loops_around(guide: Guide, segments: Sequence[Segment], at: int) -> set[int]:
    """Where the loops begin that a segment is in: everything from there on can be in such a loop."""
    found = set()
    for loop in _loops(guide.root):
        starts = loop.children[0].id
        inside = {spec.id for _, spec in loop.walk() if isinstance(spec, SegmentSpec)}
        index = next((place for place in range(at, -1, -1) if segments[place][0] == starts), None)
        if index is not None and all(segment[0] in inside for segment in segments[index : at + 1]):
            found.add(index)
    return found


def _loops(loop: LoopSpec) -> Iterator[LoopSpec]:
    return (child for _, child in loop.walk() if isinstance(child, LoopSpec) and child is not loop)


def _fit(line: _Line, segments: Sequence[Segment], at: int, around: Iterable[int]) -> int:
    """How much of a line fits this segment: 0 when it writes elsewhere, more the more it says."""
    anchors: dict[int, Step] = {}
    for step in line.steps:
        index = next((place for place in range(at, -1, -1) if segments[place][0] == step.id), None)
        if index is None or not _holds(step, segments[index]):
            return 0
        same = sum(segment[0] == step.id for segment in segments[max(anchors, default=0) : index + 1])
        if step.occurrence not in (0, same):
            return 0
        anchors[index] = step
    if {*anchors, at} != {*around, at}:
        return 0
    return 1 + sum(len(step.conditions) for step in line.steps)


def _holds(step: Step, segment: Segment) -> bool:
    return all(_any(segment, condition.element, condition.values) for condition in step.conditions)


def _any(segment: Segment, element: int, values: tuple[str, ...]) -> bool:
    """Whether an element holds one of the values; 0 is the qualifier, whichever it is."""
    if element:
        return element < len(segment) and segment[element] in values
    return any(value in values for value in segment[1:])
