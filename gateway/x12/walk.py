"""Where a segment goes: the diagram of a set as places, and the search for the next place.

X12.59 and 6: segments follow the order of the diagram; a loop starts again with its trigger. A regular move is found
once and kept in the place it starts from, so that walking a good set is one dictionary look-up per segment.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from gateway.x12.guide import Guide, LoopSpec, SegmentSpec
from gateway.x12.interchange import Delimiters
from gateway.x12.rules import Agreed, Rules, SegmentRule, rules_for

UNBOUNDED = 1 << 60


@dataclass(slots=True, eq=False)
class LoopPlace:
    """A loop of the diagram. `ordinal` is its position among its parent's children, `limit` its maximum there."""

    id: str
    parent: "LoopPlace | None"
    ordinal: int
    limit: int
    mandatory: bool
    children: list["Place | LoopPlace"] = field(default_factory=list)

    @property
    def trigger(self) -> "Place":
        """The segment that starts an occurrence: always the first child."""
        first = self.children[0]
        assert isinstance(first, Place)  # noqa: S101  # every guide's loops start with a segment, a test holds it
        return first


@dataclass(slots=True, eq=False)
class Place:
    """A segment's place in the diagram. `moves` are the regular ways on from here, by segment id, found so far."""

    id: str
    loop: LoopPlace
    ordinal: int
    limit: int
    mandatory: bool
    rule: SegmentRule | None
    moves: dict[str, "Move"] = field(default_factory=dict)


class Missing(NamedTuple):
    """A mandatory child that a move passes by, in the loop `depth` above the one the move starts in."""

    depth: int
    child: Place | LoopPlace


class Move(NamedTuple):
    """A way to a segment's place: leave `leave` loops, then enter loop `enter` ("" for none) and stand at `place`."""

    leave: int
    enter: str
    place: Place
    missing: tuple[Missing, ...]


class Stray(NamedTuple):
    """A segment that comes too late (AK304 7): it belongs to the open loop `depth` above, `enter` as in Move."""

    depth: int
    enter: str
    place: Place


class Plan:
    """A guide made ready for reading under given delimiters and agreement: the diagram with the rules at its places.

    `owners` are all loops that a segment id stands in, at any depth; the set itself is none of them.
    """

    def __init__(self, guide: Guide, rules: Rules) -> None:
        self.guide = guide
        self.rules = rules
        self.owners: dict[str, frozenset[LoopPlace]] = {}
        self.root = self._build(guide.root, None, 0, UNBOUNDED)
        self.start = self.root.trigger
        last = self.root.children[-1]
        assert isinstance(last, Place)  # noqa: S101  # SE
        self.end = last

    def _build(self, spec: LoopSpec, parent: LoopPlace | None, ordinal: int, limit: int) -> LoopPlace:
        loop = LoopPlace(spec.id, parent, ordinal, limit, spec.requirement == "M")
        for number, child in enumerate(spec.children):
            if isinstance(child, LoopSpec):
                loop.children.append(self._build(child, loop, number, _loop_limit(spec, child)))
            else:
                loop.children.append(self._place(child, loop, number))
        return loop

    def _place(self, spec: SegmentSpec, loop: LoopPlace, ordinal: int) -> Place:
        self.owners[spec.id] = self.owners.get(spec.id, frozenset()).union(_around(loop))
        limit = UNBOUNDED if spec.maximum is None else spec.maximum
        return Place(spec.id, loop, ordinal, limit, spec.requirement == "M", self.rules.rule(spec.id))

    def find(self, place: Place, segment_id: str) -> Move | None:
        """The way from `place` to the next place of a segment id: forward in this loop, then in those around it.

        The first way that passes by nothing mandatory wins, else the first way at all.
        """
        if segment_id not in self.owners:
            return None
        first = None
        for move in _moves(place, segment_id):
            if not move.missing:
                return move
            first = first or move
        return first

    def stray(self, place: Place, segment_id: str) -> Stray | None:
        """The earlier place in an open loop that a segment should have stood at, nearest first."""
        if segment_id not in self.owners:
            return None
        depth, loop, before = 0, place.loop, place.ordinal
        while True:
            for child in reversed(loop.children[:before]):
                target = child.trigger if isinstance(child, LoopPlace) else child
                if target.id == segment_id:
                    return Stray(depth, child.id if isinstance(child, LoopPlace) else "", target)
            if loop.parent is None:
                return None
            depth, before, loop = depth + 1, loop.ordinal, loop.parent


def _moves(place: Place, segment_id: str) -> Iterator[Move]:
    loop, leave = place.loop, 0
    missing: list[Missing] = []
    if place.id == segment_id and place.ordinal > 0:
        yield Move(0, "", place, ())
    after = place.ordinal + 1
    while True:
        for child in loop.children[after:]:
            target = child.trigger if isinstance(child, LoopPlace) else child
            if target.id == segment_id:
                yield Move(leave, child.id if isinstance(child, LoopPlace) else "", target, tuple(missing))
            if child.mandatory:
                missing.append(Missing(leave, child))
        if loop.parent is None:
            return
        leave += 1
        if loop.trigger.id == segment_id:
            yield Move(leave, loop.id, loop.trigger, tuple(missing))
        after, loop = loop.ordinal + 1, loop.parent


def _around(loop: LoopPlace) -> Iterator[LoopPlace]:
    while loop.parent is not None:
        yield loop
        loop = loop.parent


def _loop_limit(parent: LoopSpec, child: LoopSpec) -> int:
    """Loops of one id side by side (753 in 005010 has two N1) share their limit: the tree does not tell them apart."""
    maxima = [item.maximum for item in parent.children if isinstance(item, LoopSpec) and item.id == child.id]
    return sum(UNBOUNDED if maximum is None else maximum for maximum in maxima)


@lru_cache(maxsize=64)
def plan_for(guide: Guide, delimiters: Delimiters, agreed: Agreed) -> Plan:
    """The plan of a guide, compiled once per delimiters and agreement and shared by every set read with them."""
    return Plan(guide, rules_for(guide.release.id, delimiters, agreed))
