"""Documents made from a guide alone: as short as they may be, with what a test wants to see in them or gone from them.

Values are the first that do: what matters here is which segment stands where.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from gateway.x12.guide import ElementUse, Guide, LoopSpec, Note, SegmentDefinition, SegmentSpec

BOTH = (
    *("180", "204", "210", "214", "810", "812", "820", "824", "830", "832", "846", "850", "855", "856", "860", "861"),
    *("862", "864", "865", "875", "880", "940", "943", "944", "945", "947", "990", "997"),
)
GUIDES = [*((set_id, "004010") for set_id in BOTH), *((set_id, "005010") for set_id in (*BOTH, "999", "753", "754"))]
"""Every set and release that we have a guide for."""

Spec = SegmentSpec | LoopSpec
Path = tuple[Spec, ...]
"""From the root's child down to a place: loops, then the segment, which for a trigger is the loop's first child."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What differs from the shortest document: `path` is in it, `times` of its last entry, without its segment."""

    path: Path
    times: int = 1
    dropped: bool = False

    @property
    def place(self) -> SegmentSpec:
        """The segment the wish is about."""
        last = self.path[-1]
        assert isinstance(last, SegmentSpec)
        return last

    @property
    def trigger_of(self) -> LoopSpec | None:
        """The loop that the segment starts, if it starts one."""
        above = self.path[-2] if len(self.path) > 1 else None
        return above if isinstance(above, LoopSpec) and above.children[0] is self.path[-1] else None

    def __str__(self) -> str:
        return "/".join(spec.id for spec in self.path)


def places(guide: Guide) -> Iterator[Path]:
    """The path of every segment of a guide but ST and SE, in order of writing."""
    for path in _paths(guide.root, ()):
        if path[-1].id not in ("ST", "SE"):
            yield path


def document(guide: Guide, wish: Wish | None = None) -> list[str]:
    """A set, ST to SE, that holds what is mandatory and what is wished for."""
    writer = _Writer(guide, wish or Wish(()))
    writer.write(guide.root, ())
    body = writer.segments[1:-1]
    return [f"ST*{guide.set_id}*0001", *body, f"SE*{len(body) + 2}*0001"]


class _Writer:
    def __init__(self, guide: Guide, wish: Wish) -> None:
        self.segments: list[str] = []
        self._guide = guide
        self._wish = wish
        self._count: Counter[str] = Counter()
        self._bounds: list[str] = []

    def write(self, loop: LoopSpec, path: Path) -> None:
        """The children of an open loop: those that must be there, and those on the way to what is wished for."""
        for child in loop.children:
            here = (*path, child)
            wished = self._wish.path[: len(here)] == here
            if child.requirement != "M" and not wished:
                continue
            for _ in range(self._times(here)):
                if isinstance(child, LoopSpec):
                    self.write(child, here)
                elif not (self._wish.dropped and wished):
                    self.segments.append(self._segment(child.id, path))

    def _times(self, here: Path) -> int:
        """A loop is repeated with its trigger, any other segment by itself."""
        wished = self._wish.path
        repeated = wished[:-1] if wished and self._wish.trigger_of else wished
        return self._wish.times if here == repeated else 1

    def _segment(self, name: str, path: Path) -> str:
        definition = self._guide.segment(name)
        assert definition is not None
        self._count[name] += 1
        values = shortest(definition)
        if name == "HL":
            values[1:4] = [str(self._count["HL"]), "", "S"]
        if name == "LX":
            values[1] = str(self._count["LX"])
        if name == "CTT" and self._count[self._guide.line_item]:
            values[1] = str(self._count[self._guide.line_item])
        if name in ("LS", "LE"):
            values[1] = next(child.id for child in path[-1].children if isinstance(child, LoopSpec))  # type: ignore[union-attr]  # LS is a loop
        return "*".join(values)


def shortest(definition: SegmentDefinition) -> list[str]:
    """A segment's values with what is mandatory and what its notes then ask for, trailing empty ones left out."""
    there = {use.position for use in definition.elements if use.requirement == "M"}
    while True:
        more = {position for note in definition.notes for position in _asked_for(note, there)} - there
        if not more:
            break
        there.add(min(more))
    values = [_value(use) if use.position in there else "" for use in definition.elements]
    return [definition.id, *values[: max(there, default=0)]]


def _paths(loop: LoopSpec, above: Path) -> Iterator[Path]:
    for child in loop.children:
        if isinstance(child, LoopSpec):
            yield from _paths(child, (*above, child))
        else:
            yield (*above, child)


def _asked_for(note: Note, there: set[int]) -> set[int]:
    first, *others = note.positions
    match note.kind:
        case "P" if there & set(note.positions):
            return set(note.positions)
        case "R" if not there & set(note.positions):
            return {first}
        case "C" if first in there:
            return set(others)
        case "L" if first in there and not there & set(others):
            return {others[0]}
    return set()


def _value(use: ElementUse) -> str:
    if use.composite is not None:
        needed = [part for part in use.composite.elements if part.requirement == "M"]
        return ":".join(_value(part) for part in needed)
    element = use.element
    assert element is not None
    match element.kind:
        case "DT":
            return "20240131"[8 - element.maximum :]
        case "TM":
            return "1200"
        case "N" | "R":
            return "1".zfill(element.minimum)
    return min(element.codes) if element.codes else "A" * element.minimum
