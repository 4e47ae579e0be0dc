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
    """A loop of the diagram. `ordinal` is its position among its parent's children, `limit` its maximum there.

    Loops of one id side by side (753 in 005010 has two N1) are not told apart by the tree: `before` is how many may
    come from the earlier ones, `limit` counts these in, and the earlier one does not repeat when it comes `once`.
    """

    id: str
    parent: "LoopPlace | None"
    ordinal: int
    limit: int
    mandatory: bool
    before: int = 0
    once: bool = False
    children: list["Place | LoopPlace"] = field(default_factory=list)

    @property
    def trigger(self) -> "Place":
        """The segment that starts an occurrence: always the first child."""
        first = self.children[0]
        assert isinstance(first, Place)  # noqa: S101  # every guide's loops start with a segment, a test holds it
        return first


@dataclass(slots=True, eq=False)
class Place:
    """A segment's place in the diagram.

    `moves` are the regular ways on from here, by segment id, found so far; `ways` also those that miss something.
    """

    id: str
    loop: LoopPlace
    ordinal: int
    limit: int
    mandatory: bool
    rule: SegmentRule | None
    before: int = 0
    moves: dict[str, "Move"] = field(default_factory=dict)
    ways: dict[str, "Move | None"] = field(default_factory=dict)

    def learn(self, segment_id: str, move: "Move") -> None:
        """Remember a move that passes by nothing mandatory: it is right whatever came before."""
        if not move.missing:
            self.moves[segment_id] = move


class Missing(NamedTuple):
    """A mandatory child that a move passes by, in the loop `depth` above the one the move starts in."""

    depth: int
    child: Place | LoopPlace


@dataclass(slots=True, eq=False)
class Move:
    """A way to a segment's place: leave `leave` loops, then enter loop `enter` ("" for none) and stand at `place`.

    `limit` is not 0 when the move repeats what may come only so often in one loop. `moves` are those of `place`.
    """

    leave: int
    enter: str
    place: Place
    missing: tuple[Missing, ...] = ()
    limit: int = 0
    moves: "dict[str, Move]" = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.moves = self.place.moves


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
        self.root = self._build(guide.root, None, 0)
        self.start = self.root.trigger
        last = self.root.children[-1]
        assert isinstance(last, Place)  # noqa: S101  # SE
        self.end = last

    def _build(self, spec: LoopSpec, parent: LoopPlace | None, ordinal: int) -> LoopPlace:
        limit = UNBOUNDED if parent is None else _limit(spec)
        loop = LoopPlace(spec.id, parent, ordinal, limit, spec.requirement == "M")
        for number, child in enumerate(spec.children):
            if isinstance(child, SegmentSpec):
                loop.children.append(self._place(child, loop, number))
                continue
            inner = self._build(child, loop, number)
            twins = [one for one in spec.children if isinstance(one, LoopSpec) and one.id == child.id]
            earlier = [one for one in spec.children[:number] if one in twins]
            inner.before = sum(map(_limit, earlier))
            inner.limit += inner.before
            inner.once = child.maximum == 1 and len(earlier) + 1 < len(twins)
            loop.children.append(inner)
        return loop

    def _place(self, spec: SegmentSpec, loop: LoopPlace, ordinal: int) -> Place:
        self.owners[spec.id] = self.owners.get(spec.id, frozenset()).union(around(loop))
        return Place(spec.id, loop, ordinal, _limit(spec), spec.requirement == "M", self.rules.rule(spec.id))

    def find(self, place: Place, segment_id: str) -> Move | None:
        """The way from `place` to the next place of a segment id: forward in this loop, then in those around it.

        The first way that passes by nothing mandatory wins, else the first way at all.
        """
        if segment_id not in self.owners:
            return None
        if segment_id not in place.ways:
            moves = list(_moves(place, segment_id))
            place.ways[segment_id] = next((move for move in moves if not move.missing), moves[0] if moves else None)
        return place.ways[segment_id]

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
        yield Move(0, "", place, (), _bounded(place.limit))
    after = place.ordinal + 1
    while True:
        for child in loop.children[after:]:
            target = child.trigger if isinstance(child, LoopPlace) else child
            if target.id == segment_id:
                if isinstance(child, LoopPlace):
                    limit = _bounded(child.limit) if child.before else 0
                    yield Move(leave, child.id, target, tuple(missing), limit)
                else:
                    yield Move(leave, "", target, tuple(missing))
            if child.mandatory:
                missing.append(Missing(leave, child))
        if loop.parent is None:
            return
        leave += 1
        if loop.trigger.id == segment_id and not loop.once:
            yield Move(leave, loop.id, loop.trigger, tuple(missing), _bounded(loop.limit))
        after, loop = loop.ordinal + 1, loop.parent


def _bounded(limit: int) -> int:
    return 0 if limit >= UNBOUNDED else limit


def around(loop: LoopPlace) -> Iterator[LoopPlace]:
    while loop.parent is not None:
        yield loop
        loop = loop.parent


def _limit(spec: SegmentSpec | LoopSpec) -> int:
    return UNBOUNDED if spec.maximum is None else spec.maximum


@lru_cache(maxsize=64)
def plan_for(guide: Guide, delimiters: Delimiters, agreed: Agreed) -> Plan:
    """The plan of a guide, compiled once per delimiters and agreement and shared by every set read with them."""
    return Plan(guide, rules_for(guide.release.id, delimiters, agreed))
