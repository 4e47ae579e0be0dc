"""The draft in the guide's order: what a mapping does not say. Running numbers and counts are made here, too."""

from collections.abc import Callable
from typing import Final, TypeVar

from gateway.mapping.draft import DraftLoop, DraftSegment, put
from gateway.x12.guide import Guide, LoopSpec
from gateway.x12.write import OutboundSegment

Each = TypeVar("Each")
Emit = Callable[[DraftLoop, list[OutboundSegment]], None]

KNOWN_LIMIT: Final = 1_000
"""Combinations of segments and loops kept per loop; real partners have a handful."""

Order = tuple[tuple[str, int | None, Emit | None], ...]
"""Ids in order, how many stand at that place (None: all that are left), and for loops how one is written."""


class Layout:
    """Writes drafts of one set of one release. `counts` says whether CTT01 is made: no mapping's field gives it."""

    def __init__(self, guide: Guide, *, counts: bool) -> None:
        self._emit = _emitter(guide.root)
        self._counted = guide.line_item if counts and guide.root.find("CTT") is not None else ""

    def segments(self, root: DraftLoop) -> tuple[OutboundSegment, ...]:
        """Everything between ST and SE."""
        if self._counted:
            _count(root, self._counted)
        found: list[OutboundSegment] = []
        self._emit(root, found)
        return tuple(found)


def _emitter(spec: LoopSpec) -> Emit:
    places = _places(spec)
    known: dict[tuple[str, ...], Order] = {}

    def emit(loop: DraftLoop, out: list[OutboundSegment]) -> None:
        segments, loops, put = loop.segments, loop.loops, out.append
        key = (*segments, "", *loops) if loops else (*segments,)
        order = known.get(key)
        if order is None:
            order = tuple(place for place in places if place[0] in (loops if place[2] else segments))
            if len(known) >= KNOWN_LIMIT:
                known.clear()
            known[key] = order
        for name, limit, inner in order:
            if inner is None:
                for segment in segments[name] if limit is None else _taken(segments, name, limit):
                    while segment[-1] == "":
                        segment.pop()
                    put(tuple(segment))
            else:
                for child in loops[name] if limit is None else _taken(loops, name, limit):
                    inner(child, out)

    if spec.id == "LS":
        return _bounded(emit)
    return _numbered(emit, spec) if any(child.id == "LX" for child in spec.children) else emit


def _places(spec: LoopSpec) -> Order:
    """Every child with the most that may stand there, where the same id has another place later on."""
    places: list[tuple[str, int | None, Emit | None]] = []
    for at, child in enumerate(spec.children):
        again = any(other.id == child.id and type(other) is type(child) for other in spec.children[at + 1 :])
        limit = child.maximum if again else None
        places.append((child.id, limit, _emitter(child) if isinstance(child, LoopSpec) else None))
    return tuple(places)


def _taken(found: dict[str, list[Each]], name: str, limit: int) -> list[Each]:
    """What stands at one place of several: as many as may, the rest being left for the next place of the id."""
    each = found[name]
    found[name] = each[limit:]
    return each[:limit]


def _numbered(emit: Emit, spec: LoopSpec) -> Emit:
    """LX01, the running number, where the mapping gives none (X12 element 554)."""
    looped = any(isinstance(child, LoopSpec) and child.id == "LX" for child in spec.children)

    def emit_numbered(loop: DraftLoop, out: list[OutboundSegment]) -> None:
        heads = [inner.head for inner in loop.loops.get("LX", ())] if looped else loop.segments.get("LX", [])
        for number, head in enumerate(heads, start=1):
            if len(head) < 2 or head[1] == "":
                put(head, 1, 0, str(number))
        emit(loop, out)

    return emit_numbered


def _bounded(emit: Emit) -> Emit:
    """LS and LE around loops: both name the first of them (X12 element 447)."""

    def emit_bounded(loop: DraftLoop, out: list[OutboundSegment]) -> None:
        if len(loop.head) < 2 and loop.loops:
            put(loop.head, 1, 0, next(iter(loop.loops)))
        if "LE" not in loop.segments:
            loop.segments["LE"] = [["LE", *loop.head[1:2]]]
        emit(loop, out)

    return emit_bounded


def _count(root: DraftLoop, counted: str) -> None:
    """CTT01, the number of line items (X12 element 354)."""
    number = str(_occurrences(root, counted))
    loops = root.loops.get("CTT")
    segments = [loop.head for loop in loops] if loops else root.segments.get("CTT")
    if segments is None:
        segments = [["CTT"]]
        _add_count(root, segments[0])
    for segment in segments:
        if len(segment) < 2 or segment[1] == "":
            put(segment, 1, 0, number)


def _add_count(root: DraftLoop, segment: DraftSegment) -> None:
    # As a loop and as a segment: only the one that the guide has is ever written.
    root.segments["CTT"] = [segment]
    root.loops["CTT"] = [DraftLoop("CTT", segment)]


def _occurrences(loop: DraftLoop, name: str) -> int:
    here = len(loop.loops.get(name, ()))
    return here + sum(_occurrences(inner, name) for inners in loop.loops.values() for inner in inners)
