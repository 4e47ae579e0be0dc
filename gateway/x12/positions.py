"""Where the segments of a tree stand in their set. Asked only when something is wrong, so that good sets do not pay.

Equal segments of an interchange may be one object. The tree and the list of segments are in the same order, so that the
first occurrence of such an object in one is the first in the other.
"""

from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

from gateway.x12.guide import LoopSpec
from gateway.x12.interchange import Loop, Segment


class At(NamedTuple):
    """A segment of the tree: the loop it is in, its id, and its number among those of its id there, from 0 on."""

    loop: Loop
    id: str
    number: int

    @property
    def segment(self) -> Segment:
        """The segment itself."""
        return self.loop.segments[self.id][self.number]


def head_of(loop: Loop) -> At:
    """The segment that starts a loop."""
    return At(loop, loop.head[0], 0)


class Positions:
    """Positions in one set, counted from 1, ST being the first."""

    def __init__(self, root: Loop, spec: LoopSpec, segments: Sequence[Segment]) -> None:
        self._root, self._spec, self._segments = root, spec, segments
        self._known: dict[tuple[int, str, int], int] = {}

    def of(self, at: At) -> int:
        """The position of a segment, 0 when it is not in the list."""
        if not self._known:
            waiting: dict[int, deque[int]] = {}
            for number, segment in enumerate(self._segments, start=1):
                waiting.setdefault(id(segment), deque()).append(number)
            self._visit(self._root, self._spec, waiting)
        return self._known.get((id(at.loop), at.id, at.number), 0)

    def end(self, loop: Loop) -> int:
        """The position of a loop's last segment, inner loops included."""
        own = [self.of(At(loop, name, len(same) - 1)) for name, same in loop.segments.items()]
        return max(own + [self.end(same[-1]) for same in loop.loops.values()])

    def behind(self, loop: Loop, spec: LoopSpec, ordinal: int) -> int:
        """The position of the last segment that stands before or at a child's place in a loop."""
        last = self.of(head_of(loop))
        for child in spec.children[: ordinal + 1]:
            if isinstance(child, LoopSpec):
                last = max([last, *(self.end(one) for one in loop.loops.get(child.id, ())[-1:])])
            elif child.id in loop.segments:
                last = max(last, self.of(At(loop, child.id, len(loop.segments[child.id]) - 1)))
        return last

    def _visit(self, loop: Loop, spec: LoopSpec, waiting: dict[int, deque[int]]) -> None:
        for child in spec.children:
            if isinstance(child, LoopSpec):
                for inner in loop.loops.get(child.id, ()):
                    if (id(inner), inner.head[0], 0) not in self._known:
                        self._visit(inner, child, waiting)
                continue
            for index, segment in enumerate(loop.segments.get(child.id, ())):
                there = waiting.get(id(segment))
                if there and (id(loop), child.id, index) not in self._known:
                    self._known[id(loop), child.id, index] = there.popleft()
