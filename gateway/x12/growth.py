"""The tree of a set, grown from the moves of its walk: when somebody asks for it, or when a fault has to look at it.

A good set is judged by its walk alone; most are never looked at as a tree. What may come only so often is counted by
moves, and the tree decides in which loop it came too often.
"""

from typing import NamedTuple

from gateway.x12.interchange import Loop, Segment
from gateway.x12.walk import Move, Place


class Excess(NamedTuple):
    """A segment or loop that comes too often: AK304 5, or 4 when it starts a loop. `position` counts from 1."""

    code: str
    place: Place
    position: int


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
        self._made: dict[Move, int] = {}
        self._exceeded: set[tuple[int, str]] = set()
        self._excess: list[Excess] = []

    def add(self, segment: Segment, move: Move | None = None) -> None:
        """The next segment and the move that leads to it."""
        self.segments.append(segment)
        self.moves.append(move)

    def often(self, move: Move) -> bool:
        """Count a move that may repeat only so often in one loop; True when it did so in the whole set."""
        count = self._made[move] = self._made.get(move, 0) + 1
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

    def excess(self) -> list[Excess]:
        """What `grow` found too often since it was asked last: per loop occurrence the first one too many."""
        found, self._excess = self._excess, []
        return found

    def _exceed(self, code: str, place: Place, loop: Loop, position: int) -> None:
        key = (id(loop), code + place.id)
        if key not in self._exceeded:
            self._exceeded.add(key)
            self._excess.append(Excess(code, place, position))
