"""Which segments, elements and codes senders really use, and how often: what a mapping and a partner guide start from.

Counts only, with bounds on everything: a file of a million different values weighs no more than a few hundred.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from gateway.x12.definitions import ElementUse, SegmentDefinition
from gateway.x12.guide import Guide, load
from gateway.x12.interchange import Delimiters, Loop, Segment, TransactionSet
from gateway.x12.write import binary_place

VALUES_LIMIT = 200
"""Different values kept of one element; beyond, only their number is known to be larger."""

PLACES_LIMIT = 20_000
"""Places (loop, segment and element) kept of all sets together."""

SHOWN_LENGTH = 99
"""Characters kept of a value."""

CODE_LENGTH = 3
"""Characters up to which a value of an element nobody defined is taken for a code."""

_NAMED_BY = {"N1": 1, "HL": 3}
"""Loops that are told apart by a code of their first segment: whose address, which level."""


@dataclass(slots=True)
class ElementUsed:
    """One element, or one component of a composite, at one place. Lengths are in characters, of one repetition."""

    times: int = 0
    shortest: int = 1 << 30
    longest: int = 0
    values: dict[str, int] = field(default_factory=dict)
    more: bool = False

    def meet(self, value: str) -> None:
        """Count a value; what is kept of it is cut to `SHOWN_LENGTH` characters."""
        self.times += 1
        size = len(value)
        if size < self.shortest:
            self.shortest = size
        if size > self.longest:
            self.longest = size
        if size > SHOWN_LENGTH:
            value = value[:SHOWN_LENGTH]
        count = self.values.get(value)
        if count is not None:
            self.values[value] = count + 1
        elif len(self.values) < VALUES_LIMIT:
            self.values[value] = 1
        else:
            self.more = True


@dataclass(slots=True)
class SegmentUsed:
    """One segment at one place: how often, and in how many sets."""

    times: int = 0
    sets: int = 0
    last: int = 0
    elements: dict[tuple[int, int], ElementUsed] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageLine:
    """What is told of one place: a segment (`element` 0) in a loop, or one of its elements.

    `loop` is a path like "N1(ST)/PER", "" outside loops. `sets` counts those that have the segment there.
    `values` are codes with how often each came, the most frequent first; empty where values are no codes. `different`
    counts values, `more` says that there were more than could be kept. `example` is one of them.
    """

    set: str
    version: str
    loop: str
    segment: str
    name: str
    element: int = 0
    component: int = 0
    reference: str = ""
    times: int = 0
    sets: int = 0
    shortest: int = 0
    longest: int = 0
    values: Mapping[str, int] = field(default_factory=dict)
    different: int = 0
    more: bool = False
    example: str = ""


class Usage:
    """Counts over all sets that are shown to it; `lines` tells the result."""

    def __init__(self) -> None:
        self.truncated = False
        self._sets: dict[tuple[str, str], dict[tuple[str, str], SegmentUsed]] = {}
        self._totals: dict[tuple[str, str], int] = {}
        self._releases: dict[tuple[str, str], str] = {}
        self._places = 0

    def tree(self, content: TransactionSet) -> None:
        """Count a set with its loops."""
        places, ordinal = self._begin(content.header.id, content.group.version)
        self._releases[content.header.id, content.group.version] = content.release
        self._loop(content.tree, "", places, ordinal, content.interchange.delimiters)

    def flat(self, set_id: str, version: str, segments: Iterable[Segment], delimiters: Delimiters) -> None:
        """Count a set without a guide: its segments are known, its loops are not."""
        places, ordinal = self._begin(set_id, version)
        for segment in segments:
            self._segment(segment, "", places, ordinal, delimiters)

    def total(self, set_id: str, version: str) -> int:
        """Sets of a kind that were counted."""
        return self._totals.get((set_id, version), 0)

    def lines(self) -> Iterator[UsageLine]:
        """Everything, set by set in order of their ids, each in the order of its guide."""
        for (set_id, version), places in sorted(self._sets.items(), key=lambda item: item[0]):
            guide = load(set_id, self._releases.get((set_id, version), ""))
            order = _order(guide)
            for loop, segment in sorted(places, key=lambda place: _rank(place, order)):
                yield from _lines(set_id, version, loop, segment, places[loop, segment], guide)

    def _begin(self, set_id: str, version: str) -> tuple[dict[tuple[str, str], SegmentUsed], int]:
        key = (set_id, version)
        self._totals[key] = self._totals.get(key, 0) + 1
        return self._sets.setdefault(key, {}), self._totals[key]

    def _loop(
        self,
        loop: Loop,
        path: str,
        places: dict[tuple[str, str], SegmentUsed],
        ordinal: int,
        delimiters: Delimiters,
    ) -> None:
        for same_segments in loop.segments.values():
            for segment in same_segments:
                self._segment(segment, path, places, ordinal, delimiters)
        for name, same_loops in loop.loops.items():
            for inner in same_loops:
                self._loop(inner, _below(path, name, inner.head), places, ordinal, delimiters)

    def _segment(
        self,
        segment: Segment,
        path: str,
        places: dict[tuple[str, str], SegmentUsed],
        ordinal: int,
        delimiters: Delimiters,
    ) -> None:
        used = places.get((path, segment[0]))
        if used is None:
            if not self._room():
                return
            used = places[path, segment[0]] = SegmentUsed()
        used.times += 1
        if used.last != ordinal:
            used.sets += 1
            used.last = ordinal
        binary = binary_place(segment[0])
        for position in range(1, len(segment)):
            value = segment[position]
            if value and position != binary:
                self._element(value, position, used, delimiters)

    def _element(self, value: str, position: int, used: SegmentUsed, delimiters: Delimiters) -> None:
        separator = delimiters.repetition
        if separator and separator in value:
            for repeat in value.split(separator):
                self._element(repeat, position, used, Delimiters(component=delimiters.component))
            return
        if delimiters.component in value:
            for component, part in enumerate(value.split(delimiters.component), start=1):
                if part:
                    self._meet(part, (position, component), used)
            return
        self._meet(value, (position, 0), used)

    def _meet(self, value: str, place: tuple[int, int], used: SegmentUsed) -> None:
        element = used.elements.get(place)
        if element is None:
            if not self._room():
                return
            element = used.elements[place] = ElementUsed()
        element.meet(value)

    def _room(self) -> bool:
        self._places += 1
        self.truncated = self.truncated or self._places > PLACES_LIMIT
        return self._places <= PLACES_LIMIT


def _below(path: str, name: str, head: Segment) -> str:
    """The path of a loop, with the code it is told apart by."""
    position = _NAMED_BY.get(name, 0)
    if position and len(head) > position and head[position]:
        name = f"{name}({head[position][:CODE_LENGTH]})"
    return f"{path}/{name}" if path else name


def _rank(place: tuple[str, str], order: Mapping[tuple[str, ...], int]) -> list[tuple[int, str]]:
    """Where a place stands in the order of its guide, loops of one code together."""
    ranks: list[tuple[int, str]] = []
    path: tuple[str, ...] = ()
    for step in (*filter(None, place[0].split("/")), place[1]):
        name, _, code = step.partition("(")
        path = (*path, name)
        ranks.append((order.get(path, len(order)), code))
    return ranks


def _order(guide: Guide | None) -> dict[tuple[str, ...], int]:
    """Places of every path of a guide; a loop stands where its first segment does."""
    order: dict[tuple[str, ...], int] = {}
    for number, (path, _) in enumerate(guide.root.walk() if guide is not None else ()):
        order.setdefault(path, number)
    return order


def _lines(
    set_id: str, version: str, loop: str, segment: str, used: SegmentUsed, guide: Guide | None
) -> Iterator[UsageLine]:
    definition = guide.segment(segment) if guide is not None else None
    name = definition.name if definition is not None else ""
    yield UsageLine(
        set=set_id, version=version, loop=loop, segment=segment, name=name, times=used.times, sets=used.sets
    )
    for (position, component), element in sorted(used.elements.items()):
        use = _use(definition, position, component)
        simple = use.element if use is not None else None
        coded = simple.kind == "ID" if simple is not None else element.longest <= CODE_LENGTH
        ranked = sorted(element.values.items(), key=lambda item: (-item[1], item[0]))
        yield UsageLine(
            set=set_id,
            version=version,
            loop=loop,
            segment=segment,
            name=simple.name if simple is not None else use.composite.name if use and use.composite else "",
            element=position,
            component=component,
            reference=use.reference if use is not None else "",
            times=element.times,
            shortest=element.shortest,
            longest=element.longest,
            values=dict(ranked) if coded else {},
            different=len(ranked),
            more=element.more,
            example=ranked[0][0] if ranked else "",
        )


def _use(definition: SegmentDefinition | None, position: int, component: int) -> ElementUse | None:
    """The definition of an element or component, None when it has none. A lone value of a composite is its first."""
    if definition is None or position > len(definition.elements):
        return None
    use = definition.elements[position - 1]
    if use.composite is None:
        return use
    parts = use.composite.elements
    return parts[max(component, 1) - 1] if max(component, 1) <= len(parts) else None
