"""Levels written: each node of the tree that `nest` makes is one HL, with HL01, HL02 and HL04 (X12 HL, notes A-D)."""

import re
from collections.abc import Callable, Sequence

from gateway.mapping.address import Hop, Test
from gateway.mapping.draft import DraftLoop, DraftSegment, opening, put
from gateway.mapping.language import ObjectForm
from gateway.mapping.levels import LEVEL_ELEMENT, LOOP
from gateway.mapping.nest import Body, Entry, Nest, Node
from gateway.mapping.plan import PlannedField, PlannedObject
from gateway.mapping.put import Numbers, Step
from gateway.mapping.written import Run
from gateway.x12.guide import Guide, SegmentSpec

Fill = Callable[[object, DraftLoop, Run], bool]

STRUCTURES = {
    "0004": frozenset({"SO", "OI"}),
    "0001": frozenset({"SO", "OP", "PP", "OI", "PI"}),
    "0002": frozenset({"SO", "OI", "IP", "PP"}),
    "0003": frozenset({"SP", "PP", "PO", "OI"}),
}
"""X12 element 1005: which level stands under which, tares (T) and packs (P) being packaging alike. The first that has
room for a notice names it: without packages it is 0004, with a carton that belongs to no order it has no name.
"""

STRUCTURE_ELEMENT = "1005"
_MADE = re.compile(r"#[1-9]\d*")


def levels_step(planned: PlannedObject, writers: Sequence[tuple[PlannedObject, Fill]], numbers: Numbers) -> Step:
    """A step that writes all lists of a document that are levels, behind everything that stands at the top level."""
    levels = planned.form.levels
    nest = Nest(levels, [child.form for child, _ in writers])
    top = Hop(LOOP, (Test(LEVEL_ELEMENT, frozenset({levels[0]}), levels[0]),))
    number = numbers.of(top)
    out = {child.form.level: _Level(child, fill) for child, fill in writers}
    structure = _structure_place(writers[0][0], planned)

    def step(body: Body, loop: DraftLoop, run: Run) -> bool:
        tree = nest.group(body, run)
        head = loop.named.get(number)
        if not isinstance(head, DraftLoop):
            head = loop.named[number] = DraftLoop(LOOP, opening(top))
            loop.add_loop(head)
        pairs = _write_tree(tree, head, out, body, loop, run)
        if structure is not None:
            _write_structure(loop, structure, pairs)
        return bool(tree.children)

    return step


class _Level:
    """How one entry of a level becomes an HL loop."""

    def __init__(self, planned: PlannedObject, fill: Fill) -> None:
        assert planned.entrance is not None  # noqa: S101 - told to mypy: levels always enter their HL
        self.form: ObjectForm = planned.form
        self._hop = planned.entrance.hops[-1]
        self._fill = fill
        self._links = frozenset(link.name for link in planned.form.links)
        self._writes_key = any(
            isinstance(child, PlannedField) and child.form.name == planned.form.key and _is_written(child)
            for child in planned.fields
        )

    def write(self, entry: Entry, body: Body, run: Run) -> DraftLoop:
        """The loop of one entry, HL01, HL02 and HL04 still missing."""
        loop = DraftLoop(LOOP, opening(self._hop))
        name, (_, at) = self.form.name, entry
        before = len(run.problems)
        self._fill(self._own(_entry(body, name, at)), loop, run)
        if len(run.problems) > before:
            run.prefix(before, f"{name}[{at}].")
        return loop

    def _own(self, said: object) -> object:
        """The entry without what the tree says: its links, and its key unless that stands in the document too."""
        if not isinstance(said, dict):
            return said
        left = {name: value for name, value in said.items() if name not in self._links}
        key = left.get(self.form.key)
        if not self._writes_key or (isinstance(key, str) and _MADE.fullmatch(key)):
            left.pop(self.form.key, None)
        return left


def _is_written(child: PlannedField) -> bool:
    return child.target is not None and (child.form.read is None or child.form.write is not None)


def _entry(body: Body, name: str, at: int) -> object:
    entries = body.get(name)
    return entries[at] if isinstance(entries, list | tuple) else None


def _write_tree(tree: Node, head: DraftLoop, out: dict[str, _Level], body: Body, loop: DraftLoop, run: Run) -> set[str]:
    """All nodes as HL loops, in the order of the tree; returns which level stands under which."""
    numbers = {id(tree): "1"}
    top = str(head.head[LEVEL_ELEMENT])
    pairs: set[str] = set()
    _identify(head.head, "1", "", tree)
    for count, (node, parent) in enumerate(tree.walk(), start=2):
        level, _ = node.entry
        made = out[level].write(node.entry, body, run)
        numbers[id(node)] = str(count)
        _identify(made.head, str(count), numbers[id(parent)], node)
        loop.add_loop(made)
        pairs.add(_packaging(parent.entry[0] or top) + _packaging(level))
    return pairs


def _packaging(level: str) -> str:
    return "P" if level == "T" else level


def _identify(segment: DraftSegment, number: str, parent: str, node: Node) -> None:
    put(segment, 1, 0, number)
    put(segment, 2, 0, parent)
    put(segment, 4, 0, "1" if node.children else "0")


def _structure_place(leveled: PlannedObject, planned: PlannedObject) -> tuple[str, int] | None:
    """Segment and element that name the order of levels (BSN05), unless a field of the mapping has its place."""
    assert leveled.entrance is not None  # noqa: S101 - told to mypy: levels always enter their HL
    found = _named_by(leveled.entrance.scope.guide)
    for child in planned.fields:
        if isinstance(child, PlannedField) and child.target is not None and found is not None:
            target = child.target
            if not target.loops and (target.segment.id, target.elements[0]) == found:
                return None
    return found


def _named_by(guide: Guide) -> tuple[str, int] | None:
    for spec in guide.root.children:
        definition = guide.segment(spec.id) if isinstance(spec, SegmentSpec) else None
        for use in definition.elements if definition is not None else ():
            if use.reference == STRUCTURE_ELEMENT:
                return spec.id, use.position
    return None


def _write_structure(loop: DraftLoop, place: tuple[str, int], pairs: set[str]) -> None:
    name, element = place
    code = next((code for code, allowed in STRUCTURES.items() if pairs <= allowed), None)
    for segment in loop.segments.get(name, ()):
        if code is not None and pairs:
            put(segment, element, 0, code)
