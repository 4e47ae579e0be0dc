"""Which loops each segment of a set stands in, by the guide's diagram; HL loops under their parents (X12.6, 3.9).

The same moves as `walk` gives the validator. A segment that has no place stands where the reading stood.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from gateway.x12.explained import Step
from gateway.x12.interchange import Segment
from gateway.x12.walk import Place, Plan

DEPTH_LIMIT = 16
"""Levels of nesting shown; the deepest real HL tree has six. A security limit: paths are as long as they are deep."""

HIERARCHY = "HL"

Naming = Callable[[str, int, Sequence[Segment]], tuple[str, str]]
"""Name and title of a loop, by its id, its occurrence and the segments from its trigger on."""

AHEAD = 40
"""Segments that a title may look at."""


@dataclass(slots=True)
class _Standing:
    """Where the reading stands: the open loops of the diagram, and the place in the innermost one."""

    stack: list[Step]
    place: Place


class Outline:
    """Places segments one after the other. `naming` is asked once per loop occurrence."""

    def __init__(self, plan: Plan, naming: Naming) -> None:
        self._plan = plan
        self._naming = naming
        self._at = _Standing([], plan.start)
        self._back: _Standing | None = None
        self._counts: dict[str, int] = {}
        self._levels: dict[str, Step] = {}

    def steps(self, segments: Sequence[Segment]) -> Iterator[Step | None]:
        """For each segment, ST first, the innermost loop it stands in; None outside of loops."""
        for index, segment in enumerate(segments):
            if index == 0:
                yield None
                continue
            yield self._step(segment, segments[index : index + AHEAD])

    def _step(self, segment: Segment, ahead: Sequence[Segment]) -> Step | None:
        name = segment[0]
        back, self._back = self._back, None
        move = self._at.place.moves.get(name) or self._plan.find(self._at.place, name)
        if move is None and back is not None:
            # What comes right behind a late segment stands where that one stands, as in CheckedSet.
            move = self._plan.find(back.place, name)
            self._at = back if move is not None else self._at
        stack = self._at.stack
        if move is not None:
            del stack[len(stack) - move.leave :]
            if move.enter:
                stack.append(self._enter(move.enter, segment, ahead, stack))
            self._at.place = move.place
            return stack[-1] if stack else None
        return self._late(segment, ahead)

    def _late(self, segment: Segment, ahead: Sequence[Segment]) -> Step | None:
        stack = self._at.stack
        stray = self._plan.stray(self._at.place, segment[0])
        if stray is None:
            return stack[-1] if stack else None
        outer = stack[: len(stack) - stray.depth]
        if stray.enter:
            outer.append(self._enter(stray.enter, segment, ahead, outer))
            self._at = _Standing(outer, stray.place)
        else:
            self._back = _Standing(list(outer), stray.place)
        return outer[-1] if outer else None

    def _enter(self, loop: str, segment: Segment, ahead: Sequence[Segment], stack: list[Step]) -> Step:
        number = self._counts[loop] = self._counts.get(loop, 0) + 1
        name, title = self._naming(loop, number, ahead)
        above = self._above(segment, stack) if loop == HIERARCHY else stack[-1].path if stack else ()
        step = Step(id=loop, name=name, title=title, number=number, above=above[:DEPTH_LIMIT])
        if loop == HIERARCHY and len(segment) > 1:
            self._levels.setdefault(segment[1], step)
        return step

    def _above(self, segment: Segment, stack: list[Step]) -> tuple[Step, ...]:
        """HL02 names the parent; without one, or with one that did not come, a level stands by itself."""
        parent = self._levels.get(segment[2]) if len(segment) > 2 else None
        return parent.path if parent is not None else stack[-1].path if stack else ()
