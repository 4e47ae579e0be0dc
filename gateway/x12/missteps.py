"""Segments that do not stand where the diagram has them (AK304 1, 2, 3, 6 and 7): one fault, one finding.

A segment without a place is passed over and the walk goes on where it stood, a mandatory segment that turns up late was
late and not missing, and segments of a loop whose trigger is missing are reported once.
"""

from gateway.x12.findings import Finding
from gateway.x12.growth import Growth
from gateway.x12.interchange import Loop, Segment
from gateway.x12.report import Report
from gateway.x12.values import shown
from gateway.x12.walk import LoopPlace, Move, Place, Plan, Stray


class Missteps:
    """What a set has had of them. `elements` limits how much of a segment is looked at and kept."""

    def __init__(self, plan: Plan, growth: Growth, report: Report, elements: int) -> None:
        self._plan = plan
        self._growth = growth
        self._report = report
        self._elements = elements
        self._missing: list[tuple[Loop, Place | LoopPlace, Finding]] = []
        self._lost: frozenset[LoopPlace] = frozenset()
        self._lost_behind = 0
        self._lost_finding: Finding | None = None
        self._lost_for_sure = False
        self._resume: tuple[Loop, Place] | None = None
        self._resume_behind = 0

    def missing(self, move: Move, position: int) -> None:
        """AK304 3 for each mandatory child that a move passes by and that did not come out of turn before."""
        if not move.missing:
            return
        self._growth.grow()
        for missing in move.missing:
            loop = self._growth.stack[-1 - missing.depth]
            child = missing.child
            there = loop.loops if isinstance(child, LoopPlace) else loop.segments
            if len(there.get(child.id, ())) > child.before:
                continue
            trigger = child.trigger if isinstance(child, LoopPlace) else child
            orphan = self._lost_finding if child in self._lost and self._lost_behind == position - 1 else None
            if orphan is not None:
                # Its segments came without it: that they had no place was this fault.
                self._report.findings.withdraw(orphan)
            text = f"{trigger.id} is mandatory and missing before {orphan.segment if orphan else move.place.id}"
            at = orphan.position if orphan else position
            finding = self._report.segment("AK304:3", trigger.id, text, trigger.loop.id, at)
            self._missing.append((loop, child, finding))

    def unplaced(self, segment: Segment, place: Place, position: int) -> Place:
        """Take a segment to which no move leads from `place`; the place from which the walk goes on.

        Segments of one loop that come one after the other without its trigger are one fault, told at the first.
        """
        name, growth = segment[0], self._growth
        owners = self._plan.owners.get(name)
        if owners is None:
            self._foreign(name, place, position)
            growth.add(segment[: self._elements])
            return place
        growth.grow()
        shared = owners & self._lost if self._lost_behind == position - 1 else frozenset()
        orphan = shared and self._lost_for_sure
        if not orphan:
            resumed = self._resumed(segment, position)
            if resumed is not None:
                return resumed
        stray = None if orphan else self._plan.stray(place, name)
        finding = self._lost_finding
        if stray is not None:
            finding = self._late(segment, stray, position)
            if stray.enter:
                return stray.place
        else:
            if not shared:
                text = f"{name} has no place here: the loop it belongs to is not open"
                finding = self._report.segment("AK304:2", name, text, place.loop.id, position)
            growth.add(segment[: self._elements])
        self._lost = shared if shared and stray is None else owners
        self._lost_behind, self._lost_finding, self._lost_for_sure = position, finding, stray is None
        return place

    def _foreign(self, name: str, place: Place, position: int) -> None:
        guide = self._plan.guide
        if name in guide.release.segment_ids:
            code, text = "AK304:6", f"{name} is not in the {guide.set_id}"
        else:
            code, text = "AK304:1", f"{shown(name)} is not a segment of {guide.release.id}"
        self._report.segment(code, name, text, place.loop.id, position)

    def _late(self, segment: Segment, stray: Stray, position: int) -> Finding:
        """AK304 7: what was reported missing was only late. A late loop is entered, so that its segments follow it."""
        stack, place = self._growth.stack, stray.place
        loop = stack[-1 - stray.depth]
        for missing in [one for one in self._missing if one[0] is loop and one[1].id == (stray.enter or place.id)]:
            self._report.findings.withdraw(missing[2])
            self._missing.remove(missing)
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
        self.missing(move, position)
        self._growth.add(self._report.judged(segment, move.place, position, self._elements), move)
        self._growth.grow()
        return move.place
