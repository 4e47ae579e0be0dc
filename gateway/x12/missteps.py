"""Segments that do not stand where the diagram has them (AK304 1, 2, 3, 6 and 7): one fault, one finding.

A segment without a place is passed over and the walk goes on where it stood, a mandatory segment that turns up late was
late and not missing, and segments of a loop whose trigger is missing are reported once.
"""

from functools import cached_property
from typing import Literal

from gateway.x12.absences import Absences, Misplaced, occurrences
from gateway.x12.doubts import Doubts
from gateway.x12.findings import Finding
from gateway.x12.growth import Growth
from gateway.x12.interchange import Loop, Segment
from gateway.x12.replay import Replayed, replay
from gateway.x12.report import Report
from gateway.x12.reread import Turn
from gateway.x12.values import shown
from gateway.x12.walk import LoopPlace, Move, Place, Plan, Stray, around

EXPLANATIONS_LIMIT = 50
"""How often in one set that is tried."""


class Missteps:
    """What a set has had of them. `elements` limits how much of a segment is looked at and kept."""

    def __init__(self, plan: Plan, growth: Growth, report: Report, elements: int) -> None:
        self._plan = plan
        self._growth = growth
        self._report = report
        self._elements = elements
        self._absences = Absences(growth, report)
        self._lost: frozenset[LoopPlace] = frozenset()
        self._lost_behind = 0
        self._lost_for_sure = False
        self._resume: tuple[Loop, Place] | None = None
        self._resume_behind = 0
        self._headless: Loop | None = None
        self._blamed: Finding | None = None
        self._tried = 0

    @cached_property
    def _doubts(self) -> Doubts:
        """Made when it is needed: a good set has none."""
        return Doubts(self._plan, self._growth, self._report)

    def passing(self, move: Move, place: Place, position: int) -> Move:
        """A move from `place` that passes by mandatory children; another one, when an earlier fault explains it."""
        if not self._absences.lacking(move):
            return move
        name = move.place.id
        instead = self._settled(name, position)
        if instead is not None:
            return instead
        mark = self._growth.mark()
        found = self._absences.tell(move, position)
        if found and all(one.position == position for one in found):
            stray, owners = self._plan.stray(place, name), self._plan.owners[name]
            if stray is not None and stray.place is stray.place.loop.trigger and not stray.enter:
                stray = None  # the trigger of the open loop stands there already
            self._doubts.hold(Turn("missing", position, place, stray, owners, mark, found))
        return move

    def settle(self) -> None:
        """At the end of the set: where a mandatory loop never had a trigger, that one is missing is the fault."""
        for parent, loop, finding in self._doubts.opened:
            if loop.mandatory and not occurrences(parent, loop) and self._report.findings.withdraw(finding):
                text = f"{loop.trigger.id} is mandatory and missing before {finding.segment}"
                self._report.segment("AK304:3", loop.trigger.id, text, loop.id, finding.position)

    def unplaced(self, segment: Segment, place: Place, position: int) -> Place:
        """Take a segment to which no move leads from `place`; the place from which the walk goes on.

        Segments of one loop that come one after the other without its trigger are one fault, told at the first.
        """
        name, growth = segment[0], self._growth
        owners = self._plan.owners.get(name)
        if owners is None:
            finding = self._foreign(name, place, position)
            return self._misspelt(segment[: self._elements], place, finding)
        growth.grow()
        shared = owners & self._lost if self._lost_behind == position - 1 else frozenset()
        orphan = shared and self._lost_for_sure
        if not orphan:
            resumed = self._resumed(segment, position)
            if resumed is not None:
                return resumed
        stack = tuple(growth.stack)
        explained = self._explained(segment, position) or self._again(segment, place, stack, position)
        if explained is not None:
            return explained
        stray = None if orphan else self._plan.stray(place, name)
        if not orphan and (self._doubts.likely() or not self._absences.only_late(name, stray, position)):
            instead = self._settled(name, position)
            if instead is not None:
                return self._taken(segment, instead, position)
        mark = growth.mark()
        if stray is not None:
            finding = self._late(segment, stray, position)
            self._absences.misplaced = Misplaced(finding, position, place, stack, owners)
            self._doubts.hold(Turn("late", position, place, stray, owners, mark, (finding,)))
            if stray.enter:
                return stray.place
        else:
            if not shared:
                finding = self._homeless(name, place, position)
                self._absences.misplaced = Misplaced(finding, position, place, stack, owners)
                self._doubts.hold(Turn("homeless", position, place, None, owners, mark, (finding,)))
            growth.add(segment[: self._elements])
        self._lost = shared if shared and stray is None else owners
        self._lost_behind, self._lost_for_sure = position, stray is None
        return place

    def _settled(self, name: str, position: int) -> Move | None:
        """The move to a segment when the last fault explains what would be another one here."""
        move = self._doubts.settled(name, position)
        if move is not None:
            self._absences.forget_withdrawn()
            if self._doubts.headless is not None:
                self._headless, self._blamed = self._doubts.headless, self._doubts.opened[-1][2]
        return move

    def _taken(self, segment: Segment, move: Move, position: int) -> Place:
        self._growth.add(self._report.judged(segment, move.place, position, self._elements), move)
        self._growth.grow()
        return move.place

    def _homeless(self, name: str, place: Place, position: int) -> Finding:
        """AK304 2; or 7, when it was just reported missing and comes behind the end of its loop."""
        loop = self._absences.came_behind(name, position)
        if loop is not None:
            return self._report.segment("AK304:7", name, f"{name} comes too late", loop, position)
        text = f"{name} has no place here: the loop it belongs to is not open"
        return self._report.segment("AK304:2", name, text, place.loop.id, position)

    def explains(self, position: int) -> Place | None:
        """Where the walk stands when a trigger missing before the last misplaced segment explains all segments since.

        Asked when the last segment, at `position`, comes too often. The open loops are then those of the new place.
        """
        replayed = self._replay(position)
        if replayed is None:
            return self._doubts.retaken(position)
        entry, loop, moves = replayed
        self._open(entry, loop, moves[-1].place)
        return moves[-1].place

    def too_often(self, finding: Finding) -> None:
        """Told that a segment came too often: when it is missing in a loop that begins right behind, it came early."""
        self._absences.too_often = finding
        self._doubts.drop()

    def _explained(self, segment: Segment, position: int) -> Place | None:
        """Take a segment that has its place when a trigger was missing before the last misplaced one."""
        replayed = self._replay(position - 1, segment[0])
        if replayed is None:
            return None
        entry, loop, moves = replayed
        self._open(entry, loop, moves[-2].place if len(moves) > 1 else loop.trigger)
        self._growth.add(self._report.judged(segment, moves[-1].place, position, self._elements), moves[-1])
        self._growth.grow()
        return moves[-1].place

    def _again(self, segment: Segment, place: Place, stack: tuple[Loop, ...], position: int) -> Place | None:
        """The same for a loop that had no trigger the last time: that all of them lack it is one fault."""
        headless = {loop.id for loop in stack if loop is self._headless}
        owners = frozenset(loop for loop in self._plan.owners[segment[0]] if loop.id in headless)
        if not owners or self._blamed is None:
            return None
        self._absences.misplaced = Misplaced(self._blamed, position, place, stack, owners)
        return self._explained(segment, position)

    def _replay(self, upto: int, *more: str) -> "Replayed | None":
        """What a trigger missing before the last misplaced segment makes of the segments since, up to a position."""
        one = self._absences.misplaced
        if one is None or self._tried >= EXPLANATIONS_LIMIT:
            return None
        self._tried += 1
        since = [segment[0] for segment in self._growth.segments[one.position - 1 : upto]]
        return replay(self._plan, one.place, one.owners, [*since, *more])

    def _open(self, entry: Move, loop: LoopPlace, place: Place) -> None:
        """Open loop `loop`, which had no trigger, and those in it down to a place."""
        one, stack = self._absences.misplaced, self._growth.stack
        assert one is not None  # noqa: S101  # what was replayed began there
        stack[:] = one.stack[: len(one.stack) - entry.leave]
        self._blamed = one.finding
        self._doubts.opened.append((stack[-1], loop, one.finding))
        chain = list(around(place.loop))
        for inner in reversed(chain[: chain.index(loop) + 1]):
            headless = Loop(inner.id, (inner.trigger.id,))
            stack[-1].loops.setdefault(inner.id, []).append(headless)
            stack.append(headless)
            self._headless = headless if inner is loop else self._headless
        self._growth.displaced = True
        self._absences.misplaced = None
        self._doubts.drop()

    def _foreign(self, name: str, place: Place, position: int) -> Finding:
        guide = self._plan.guide
        if name in guide.release.segment_ids:
            code, text = "AK304:6", f"{name} is not in the {guide.set_id}"
        else:
            code, text = "AK304:1", f"{shown(name)} is not a segment that we know in {guide.release.id}"
        return self._report.segment(code, name, text, place.loop.id, position)

    def _misspelt(self, segment: Segment, place: Place, finding: Finding) -> Place:
        """Go on as if an unknown segment were the one its id was meant to be, so that what follows it has its place."""
        meant = segment[0].upper()
        for name in (meant, meant.replace("0", "O"), meant.replace("O", "0"), meant.replace("I", "1")):
            move = self._plan.find(place, name)
            if move is not None and name != segment[0]:
                self._absences.tell(move, finding.position)
                self._growth.add(segment, move)
                return move.place
        self._growth.grow()
        kind: Literal["unknown", "foreign"] = "unknown" if finding.code == "AK304:1" else "foreign"
        mark = self._growth.mark()
        self._doubts.hold(Turn(kind, finding.position, place, None, frozenset(), mark, (finding,)))
        self._growth.add(segment)
        return place

    def _late(self, segment: Segment, stray: Stray, position: int) -> Finding:
        """AK304 7: what was reported missing was only late. A late loop is entered, so that its segments follow it."""
        stack, place = self._growth.stack, stray.place
        loop = stack[-1 - stray.depth]
        self._absences.came_late(loop, stray)
        finding = self._report.segment("AK304:7", segment[0], f"{segment[0]} comes too late", place.loop.id, position)
        segment = self._report.judged(segment, place, position, self._elements)
        if stray.enter and stray.depth:
            del stack[-stray.depth :]
        self._growth.add(segment)
        self._growth.grow()
        self._growth.put(segment, place, stray.enter, loop)
        self._growth.displaced = True
        self._resume, self._resume_behind = (loop, place), position
        return finding

    def _resumed(self, segment: Segment, position: int) -> Place | None:
        """Place what comes right behind a late segment where that one stands, if it cannot stand where the walk is.

        When one segment or loop comes too early, what should have come before it is one fault and not many.
        """
        if self._resume is None or self._resume_behind != position - 1:
            return None
        loop, place = self._resume
        stack = self._growth.stack
        move = self._plan.find(place, segment[0])
        if move is None or not any(one is loop for one in stack):
            return None
        while stack[-1] is not loop:
            stack.pop()
        self._absences.tell(move, position)
        return self._taken(segment, move, position)
