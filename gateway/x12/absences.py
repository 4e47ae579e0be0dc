"""Mandatory segments and loops that a walk passes by (AK304 3), unless what came out of turn before was the fault."""

from collections.abc import Iterator
from typing import NamedTuple

from gateway.x12.findings import Finding
from gateway.x12.growth import Growth
from gateway.x12.interchange import Loop
from gateway.x12.report import Report
from gateway.x12.walk import LoopPlace, Move, Place, Stray


class Misplaced(NamedTuple):
    """The last segment that had no place where it came.

    `place` is where the walk stood, `stack` the loops that were open, `owners` the loops it may belong to.
    """

    finding: Finding
    position: int
    place: Place
    stack: tuple[Loop, ...]
    owners: frozenset[LoopPlace]


class _Absent(NamedTuple):
    """A child of a loop that was told to be missing."""

    loop: Loop
    child: Place | LoopPlace
    finding: Finding


class Absences:
    """What was told to be missing in a set. `misplaced` is the last segment that had no place, `too_often` what was
    last told of one that came too often.
    """

    def __init__(self, growth: Growth, report: Report) -> None:
        self.misplaced: Misplaced | None = None
        self.too_often: Finding | None = None
        self._growth = growth
        self._report = report
        self._told: list[_Absent] = []

    def lacking(self, move: Move) -> bool:
        """Whether a move passes by something mandatory that is missing then."""
        self._growth.grow()
        return any(True for _ in self._lacking(move))

    def tell(self, move: Move, position: int) -> tuple[Finding, ...]:
        """AK304 3 for each mandatory child that a move passes by and that did not come out of turn before."""
        if not move.missing:
            return ()
        self._growth.grow()
        return tuple(self._tell(loop, child, move.place.id, position) for loop, child in self._lacking(move))

    def only_late(self, name: str, stray: Stray | None, position: int) -> bool:
        """Whether a late segment is all that was told to be missing where it was: that is the one fault then."""
        loop = self._growth.stack[-1 - stray.depth] if stray is not None else None
        late = [*self._at_end(name, position), *(self._of(loop, stray) if loop is not None and stray else ())]
        return bool(late) and sum(one.finding.position == late[0].finding.position for one in self._told) == 1

    def came_late(self, loop: Loop, stray: Stray) -> None:
        """What was told to be missing in a loop was only late."""
        self._withdraw(self._of(loop, stray))

    def came_behind(self, name: str, position: int) -> str | None:
        """The same for a segment right behind the end of its loop; that loop's id, None when it was not missing."""
        late = self._at_end(name, position)
        self._withdraw(late)
        return late[0].finding.loop if late else None

    def forget_withdrawn(self) -> None:
        """What was taken back was not missing."""
        self._told = [one for one in self._told if self._report.findings.holds(one.finding)]

    def _lacking(self, move: Move) -> Iterator[tuple[Loop, Place | LoopPlace]]:
        for missing in move.missing:
            loop, child = self._growth.stack[-1 - missing.depth], missing.child
            if occurrences(loop, child) > child.before or self._came_early(loop, child):
                continue
            if not self._came_once_more(loop, child):
                yield loop, child

    def _tell(self, loop: Loop, child: Place | LoopPlace, before: str, position: int) -> Finding:
        trigger = child.trigger if isinstance(child, LoopPlace) else child
        orphan = self._orphan(loop, child)
        if orphan is not None:
            # Its segments came without it: that they had no place was this fault.
            self._report.findings.withdraw(orphan)
            before, position = orphan.segment, orphan.position
        text = f"{trigger.id} is mandatory and missing before {before}"
        finding = self._report.segment("AK304:3", trigger.id, text, trigger.loop.id, position)
        self._told.append(_Absent(loop, child, finding))
        return finding

    def _came_early(self, loop: Loop, child: Place | LoopPlace) -> bool:
        """Whether a segment stood right before the trigger of the loop it belongs to: that was the fault."""
        one = self.misplaced
        return (
            one is not None
            and isinstance(child, Place)
            and one.finding.code == "AK304:2"
            and one.finding.segment == child.id
            and not any(open_loop is loop for open_loop in one.stack)
        )

    def _came_once_more(self, loop: Loop, child: Place | LoopPlace) -> bool:
        """The same for one that came too often in the loop before: it is told as what it was."""
        one = self.too_often
        if one is None or one.segment != child.id or isinstance(child, LoopPlace):
            return False
        if self._growth.segments[one.position] is not loop.head:
            return False
        if self._report.findings.withdraw(one):
            text = f"{one.segment} has no place here: the loop it belongs to is not open"
            self._report.segment("AK304:2", one.segment, text, one.loop, one.position)
        return True

    def _orphan(self, loop: Loop, child: Place | LoopPlace) -> Finding | None:
        """The finding about a segment that came without the loop which is missing."""
        one = self.misplaced
        if one is None or child not in one.owners or not any(open_loop is loop for open_loop in one.stack):
            return None
        return one.finding

    def _of(self, loop: Loop, stray: Stray) -> list[_Absent]:
        return [one for one in self._told if one.loop is loop and one.child.id == (stray.enter or stray.place.id)]

    def _at_end(self, name: str, position: int) -> list[_Absent]:
        return [one for one in self._told if one.child.id == name and one.finding.position == position - 1]

    def _withdraw(self, late: list[_Absent]) -> None:
        for one in late:
            self._report.findings.withdraw(one.finding)
            self._told.remove(one)


def occurrences(loop: Loop, child: Place | LoopPlace) -> int:
    """How often a child came in a loop; inner loops that had no trigger do not count."""
    if isinstance(child, Place):
        return len(loop.segments.get(child.id, ()))
    return sum(child.trigger.id in inner.segments for inner in loop.loops.get(child.id, ()))
