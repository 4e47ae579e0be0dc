"""Locations found in a guide: which loops to walk, which segment, which element, of which type.

A location is text until here; from here on it is numbers and sets of values, for one X12 version.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import pairwise

from gateway.flaws import did_you_mean
from gateway.mapping.location import ENVELOPE, Location, Step
from gateway.x12.guide import ElementDefinition, Guide, LoopSpec, SegmentDefinition, SegmentSpec, envelope
from gateway.x12.where import Condition

PAIRED = {"235": "234", "365": "364", "128": "127", "66": "67"}
"""Qualifier elements and the element whose value they qualify: product ids, contact numbers, references, parties."""


class NotInGuide(ValueError):
    """A location that the guide does not have at that place; `code` is the flaw's."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True, slots=True)
class Test:
    """An element (from 1) that holds one of some values; `first` is the one that is written."""

    element: int
    values: frozenset[str]
    first: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Hop:
    """A loop to enter or a segment to look at: those whose (first) segment meets all tests, or the n-th of them."""

    id: str
    tests: tuple[Test, ...] = ()
    occurrence: int = 0


@dataclass(frozen=True, slots=True)
class Target:
    """One value's place. `elements` is its position, or for a `pair` the positions of all qualifiers in the segment.

    `definition` is the data element, None only for the envelope. `envelope` is "ISA", "GS" or "ST" for those.
    """

    text: str
    loops: tuple[Hop, ...]
    segment: Hop
    elements: tuple[int, ...]
    component: int = 0
    pair: str = ""
    envelope: str = ""
    repeats: bool = False
    definition: ElementDefinition | None = field(default=None, compare=False)

    @property
    def key(self) -> tuple[object, ...]:
        """Equal for two locations that mean the same element of the same loop."""
        return (self.loops, self.segment, self.elements, self.component, self.pair, self.envelope)


@dataclass(frozen=True, eq=False)
class Scope:
    """Where relative locations start: a loop, or one segment (`loop` None).

    Those of a guide are made once and keep what was found in them: most mappings of a set name the same places.
    """

    guide: Guide
    where: str
    loop: LoopSpec | None
    only: str = ""
    targets: "dict[Location, Target]" = field(default_factory=dict, repr=False)

    @cached_property
    def loops(self) -> "Mapping[str, Scope]":
        """Scopes of nested loops by id; of two with the same id the first."""
        children = [child for child in self.loop.children if isinstance(child, LoopSpec)] if self.loop else []
        return {child.id: Scope(self.guide, f"{self.where}/{child.id}", child) for child in reversed(children)}

    @cached_property
    def segments(self) -> Mapping[str, SegmentDefinition]:
        """Segments of this loop itself by id."""
        if self.loop is None:
            ids = [self.only]
        else:
            ids = [child.id for child in self.loop.children if isinstance(child, SegmentSpec)]
        return {name: definition for name in ids if (definition := self.guide.segment(name)) is not None}

    def enter(self, name: str) -> "Scope":
        """The scope of a nested loop. Raises KeyError."""
        return self.loops[name]


@dataclass(frozen=True, slots=True)
class Entrance:
    """What `each:` and `in:` enter: `hops` from the current loop, the last being a loop or a segment."""

    text: str
    hops: tuple[Hop, ...]
    is_loop: bool
    scope: Scope


@lru_cache(maxsize=128)
def top(guide: Guide) -> Scope:
    """The scope of a whole transaction set."""
    return Scope(guide, guide.set_id, guide.root)


def find_entrance(location: Location, scope: Scope) -> Entrance:
    """Resolve a loop or segment location. Raises NotInGuide."""
    _inside(location)
    hops, inner = _walk(location.steps[:-1], scope)
    last = location.steps[-1]
    if last.id in inner.loops:
        entered = inner.enter(last.id)
        return Entrance(str(location), (*hops, _loop_hop(last, entered)), True, entered)
    definition = inner.segments.get(last.id)
    if definition is None:
        raise NotInGuide("E121", _missing(last.id, inner))
    segment = Scope(inner.guide, f"{inner.where}/{last.id}", None, last.id)
    return Entrance(str(location), (*hops, _hop(last, definition)), False, segment)


def find_target(location: Location, scope: Scope) -> Target:
    """Resolve a value location. Raises NotInGuide."""
    found = scope.targets.get(location)
    if found is None:
        found = scope.targets[location] = _found(location, scope)
    return found


def _found(location: Location, scope: Scope) -> Target:
    _inside(location)
    step = location.segment
    if len(location.steps) == 1 and step.id in ENVELOPE and not step.conditions:
        return _enveloped(location, scope)
    hops, inner = _walk(location.steps[:-1], scope)
    definition = inner.segments.get(step.id)
    if definition is None:
        if step.id in inner.loops:
            raise NotInGuide("E121", f"{step.id} is a loop in {inner.where}: write {_through_loop(location)}")
        raise NotInGuide("E121", _missing(step.id, inner))
    hop = _hop(step, definition)
    if location.pair:
        positions = pair_positions(definition)
        value = definition.elements[positions[0]].element
        return Target(str(location), hops, hop, positions, pair=location.pair, definition=value)
    return _element(location, hops, hop, definition)


def find_around(location: Location, scope: Scope) -> Entrance | None:
    """The loop that a location goes through last, None when it goes through none. Raises NotInGuide."""
    hops, inner = _walk(location.steps[:-1], scope)
    return Entrance("/".join(map(str, location.steps[:-1])), hops, True, inner) if hops else None


def _inside(location: Location) -> None:
    if location.outside:
        where = "the fields of a list whose each: goes through a loop, like LX/W01"
        raise NotInGuide("E121", f"{location} starts outside of the current loop: that is for {where}")


def _walk(steps: tuple[Step, ...], scope: Scope) -> tuple[tuple[Hop, ...], Scope]:
    hops: list[Hop] = []
    for step in steps:
        if step.id not in scope.loops:
            if step.id in scope.segments:
                raise NotInGuide("E121", f"{step.id} is a segment in {scope.where}, not a loop to go through")
            raise NotInGuide("E121", _missing(step.id, scope))
        scope = scope.enter(step.id)
        hops.append(_loop_hop(step, scope))
    return tuple(hops), scope


def _loop_hop(step: Step, entered: Scope) -> Hop:
    assert entered.loop is not None  # noqa: S101 - told to mypy: `enter` always gives a loop
    trigger = entered.guide.segment(entered.loop.children[0].id)
    if trigger is None:
        raise NotInGuide("E121", f"the guide does not describe the first segment of {entered.where}")
    return _hop(step, trigger)


def _hop(step: Step, definition: SegmentDefinition) -> Hop:
    bare = iter(definition.qualifiers)
    tests = tuple(_test(condition, step, definition, next(bare, 0)) for condition in step.conditions)
    return Hop(step.id, tests, step.occurrence)


def _test(condition: Condition, step: Step, definition: SegmentDefinition, qualifier: int) -> Test:
    element = condition.element or qualifier
    if not element:
        many = len(definition.qualifiers)
        said = f"declares {many} qualifier element{'s' if many != 1 else ''}" if many else "declares no qualifier"
        raise NotInGuide("E123", f"{step.id} {said}: name the element, like {step.id}(02={condition.values[0]})")
    if element > len(definition.elements):
        raise NotInGuide("E122", f"{step.id} has {len(definition.elements)} elements, no {element:02d}")
    return Test(element, frozenset(condition.values), condition.values[0])


def _element(location: Location, hops: tuple[Hop, ...], hop: Hop, definition: SegmentDefinition) -> Target:
    name = f"{definition.id}{location.element:02d}"
    if location.element > len(definition.elements):
        raise NotInGuide("E122", f"{definition.id} has {len(definition.elements)} elements, no {location.element:02d}")
    use = definition.elements[location.element - 1]
    element = use.element
    if use.composite is not None:
        components = use.composite.elements
        if not 0 < location.component <= len(components):
            said = f"{name} is a composite of {len(components)} components"
            raise NotInGuide("E122", f"{said}: write {name}:1 to {name}:{len(components)}")
        element = components[location.component - 1].element
    elif location.component:
        raise NotInGuide("E122", f"{name} is not a composite: it has no component {location.component}")
    return Target(
        str(location),
        hops,
        hop,
        (location.element,),
        location.component,
        repeats=use.repeat > 1,
        definition=element,
    )


def pair_positions(definition: SegmentDefinition) -> tuple[int, ...]:
    """The elements of a segment that qualify the element behind them. Raises NotInGuide when there are none."""
    uses = definition.elements
    found = tuple(use.position for use, following in pairwise(uses) if PAIRED.get(use.reference) == following.reference)
    if not found:
        raise NotInGuide("E122", f"{definition.id} has no pairs of qualifier and value")
    return found


def _enveloped(location: Location, scope: Scope) -> Target:
    name = location.segment.id
    definition = scope.guide.segment("ST") if name == "ST" else envelope().get(name)
    elements = definition.elements if definition else ()
    if location.pair or location.component or not 0 < location.element <= len(elements):
        raise NotInGuide("E122", f"{name} has elements {name}01 to {name}{len(elements):02d}, no {location}")
    element = elements[location.element - 1].element
    return Target(str(location), (), Hop(name), (location.element,), envelope=name, definition=element)


def _missing(name: str, scope: Scope) -> str:
    known = {*scope.segments, *scope.loops}
    return f"there is no {name} in {scope.where}{did_you_mean(name, known)}"


def _through_loop(location: Location) -> str:
    step = location.segment
    value = f"<{location.pair}>" if location.pair else f"{location.element:02d}"
    return "/".join([*(str(before) for before in location.steps[:-1]), str(step), f"{step.id}{value}"])
