"""The tree of a set, grown from the moves of its walk: when somebody asks for it, or when a fault has to look at it.

A good set is judged by its walk alone; most are never looked at as a tree. What may come only so often is counted by
moves, and the tree decides in which loop it came too often.
"""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple, TypeVar

from gateway.x12.interchange import Loop, Segment
from gateway.x12.walk import Move, Place, Stray

_Kept = TypeVar("_Kept", Loop, Segment)


class Excess(NamedTuple):
    """A segment or loop that comes too often: AK304 5, or 4 when it starts a loop. `position` counts from 1."""

    code: str
    place: Place
    position: int


AHEAD: Final = -1
AFTER: Final = -2
"""Offsets of a step that is about no segment: one that is missing, or none at all."""


class Mark(NamedTuple):
    """How far the tree had grown: segments, the open loops, how many of each segment and loop were in these, and how
    often something had come too often.
    """

    grown: int
    stack: tuple[Loop, ...]
    counts: tuple[tuple[Mapping[str, int], Mapping[str, int]], ...]
    exceeded: int


class Step(NamedTuple):
    """How the segment `offset` behind a mark is taken again; None for a segment without a place.

    `returns` says that the loops that were open at the mark are open again before it.
    """

    offset: int
    way: Move | Stray | None
    returns: bool = False


class Growth:
    """The segments of a set with the move that led to each, and the tree as far as it has been asked for.

    `segments` and `moves` go side by side, ST first; a segment that found no place, or was put into the tree by `put`,
    has None for a move. `stack` are the open loops behind `grow`, up to the next segment. `displaced` says that the
    walk went back once: from then on only the tree can count.
    """

    def __init__(self, start: Segment) -> None:
        self.segments: list[Segment] = [start]
        self.moves: list[Move | None] = [None]
        self.root = Loop("", start, {"ST": [start]}, {})
        self.stack = [self.root]
        self.displaced = False
        self._grown = 1
        self._made: dict[Place, int] = {}
        self._exceeded: dict[tuple[int, str], None] = {}
        self._excess: list[Excess] = []
        self._undone: list[Loop] = []

    def add(self, segment: Segment, move: Move | None = None) -> None:
        """The next segment and the move that leads to it."""
        self.segments.append(segment)
        self.moves.append(move)

    def often(self, move: Move) -> bool:
        """Count a move that may repeat only so often in one loop; True when it did so in the whole set.

        Counted by where it leads: a loop is entered again from its first segment, its last, or any between.
        """
        count = self._made[move.place] = self._made.get(move.place, 0) + 1
        return count >= move.limit

    def occurrences(self, loop: str) -> int:
        """How often a loop of the set itself came, when nothing was displaced."""
        return sum(move.enter == loop for move in self.moves if move is not None)

    def clear(self) -> None:
        """Let go of everything: the set is larger than we take."""
        self.segments.clear()
        self.moves.clear()
        self.root = Loop("", ())
        self.stack = [self.root]

    def grow(self) -> Loop:
        """The tree of all segments so far."""
        stack = self.stack
        for index in range(self._grown, len(self.segments)):
            move = self.moves[index]
            if move is not None:
                if move.leave:
                    del stack[-move.leave :]
                self.put(self.segments[index], move.place, move.enter, stack[-1], index + 1)
        self._grown = len(self.segments)
        return self.root

    def put(self, segment: Segment, place: Place, enter: str, loop: Loop, position: int = 0) -> None:
        """Into an open loop, or as a new loop in it. Without a position it is not counted: it is a fault already."""
        if enter:
            inner = Loop(enter, segment, {place.id: [segment]}, {})
            same = loop.loops.setdefault(enter, [])
            same.append(inner)
            self.stack.append(inner)
            if position and len(same) > place.loop.limit:
                self._exceed("AK304:4", place, loop, position)
            return
        bucket = loop.segments.setdefault(place.id, [])
        bucket.append(segment)
        if position and len(bucket) > place.limit:
            self._exceed("AK304:5", place, loop, position)

    def mark(self) -> Mark:
        """Where the tree stands now, to come back to."""
        counts = [(_lengths(loop.segments), _lengths(loop.loops)) for loop in self.stack]
        return Mark(self._grown, tuple(self.stack), tuple(counts), len(self._exceeded))

    def retake(self, mark: Mark, steps: Iterable[Step]) -> None:
        """Take the segments behind a mark another way; those that no step is about find no place."""
        for loop, (segments, loops) in zip(mark.stack, mark.counts, strict=True):
            _cut(loop.segments, segments)
            # Excess is known by the identity of its loop: it must not become that of another one.
            self._undone.extend(_cut(loop.loops, loops))
        while len(self._exceeded) > mark.exceeded:
            self._exceeded.popitem()
        self._excess = [one for one in self._excess if one.position <= mark.grown]
        self.stack[:] = mark.stack
        self.moves[mark.grown :] = [None] * (len(self.moves) - mark.grown)
        for step in steps:
            self._retaken(step, mark)
        self._grown = len(self.segments)
        self.displaced = True

    def _retaken(self, step: Step, mark: Mark) -> None:
        if step.returns:
            self.stack[:] = mark.stack
        way = step.way
        if way is None:
            return
        leave = way.depth if isinstance(way, Stray) else way.leave
        if leave:
            del self.stack[-leave:]
        if step.offset == AHEAD:
            headless = Loop(way.enter, (way.place.id,))
            self.stack[-1].loops.setdefault(way.enter, []).append(headless)
            self.stack.append(headless)
            return
        index = mark.grown + step.offset
        late = isinstance(way, Stray)
        self.moves[index] = None if isinstance(way, Stray) else way
        self.put(self.segments[index], way.place, way.enter, self.stack[-1], 0 if late else index + 1)

    def excess(self) -> list[Excess]:
        """What `grow` found too often since it was asked last: per loop occurrence the first one too many."""
        found, self._excess = self._excess, []
        return found

    def _exceed(self, code: str, place: Place, loop: Loop, position: int) -> None:
        key = (id(loop), code + place.id)
        if key not in self._exceeded:
            self._exceeded[key] = None
            self._excess.append(Excess(code, place, position))


def _lengths(buckets: Mapping[str, list[Loop]] | Mapping[str, list[Segment]]) -> Mapping[str, int]:
    return {name: len(bucket) for name, bucket in buckets.items()}


def _cut(buckets: dict[str, list[_Kept]], lengths: Mapping[str, int]) -> list[_Kept]:
    """Shorten buckets to what they held; what is taken out of them."""
    gone: list[_Kept] = []
    for name, bucket in list(buckets.items()):
        length = lengths.get(name, 0)
        gone += bucket[length:]
        del bucket[length:]
        if not bucket:
            del buckets[name]
    return gone
