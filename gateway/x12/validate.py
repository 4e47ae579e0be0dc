"""One transaction set, checked while it is read: order, presence, repetition, elements, levels, totals; and its tree.

A good segment costs one look at its text and one at the moves known from where the walk stands. Everything else is the
irregular rest: it runs once per new move, and for each fault.
"""

from collections.abc import Sequence
from itertools import islice
from operator import itemgetter, length_hint

from gateway.x12 import hl, totals
from gateway.x12.cuts import elements
from gateway.x12.growth import Growth
from gateway.x12.guide import Guide
from gateway.x12.interchange import Loop, Segment, Terms
from gateway.x12.missteps import Missteps
from gateway.x12.report import Report
from gateway.x12.skim import CONTROL_IDS, SkimmedSet
from gateway.x12.tokens import BLANK, Limits
from gateway.x12.walk import Move, Place, Plan


class CheckedSet:
    """A set read under a guide. Feed it what follows ST; `whole` is False once it is over the limits."""

    def __init__(self, start: Segment, plan: Plan, terms: Terms, limits: Limits) -> None:
        self.ended = ""
        self.trailer: Segment = ()
        self._plan = plan
        self._terms = terms
        self._limits = limits
        self._report = Report(plan, terms, limits.findings)
        self.findings = self._report.findings
        self._growth = Growth(start)
        self._missteps = Missteps(plan, self._growth, self._report, limits.elements)
        self._place = plan.start
        self._beyond = 0
        self._size = 0
        self._check_ends(start, plan.start, 1)

    @property
    def count(self) -> int:
        """Segments so far, ST and SE included."""
        return self._beyond or len(self._growth.segments)

    @property
    def whole(self) -> bool:
        """False when the set was over the limits."""
        return not self._beyond

    def grow(self) -> Loop:
        """The whole set as its root loop, made when it is asked for."""
        root = self._growth.grow()
        if self.trailer:
            root.segments["SE"] = [self.trailer]
        return root

    def segments(self) -> Sequence[Segment]:
        """ST to SE in order."""
        return self._growth.segments

    def feed(self, raws: Sequence[str], index: int) -> int:
        """As `SetReading`: the hottest loop of the gateway."""
        if self._over_limits():
            return self._count_only(raws, index)
        good, vet = self._plan.rules.good.get, self._plan.rules.vet
        growth = self._growth
        append, record = growth.segments.append, growth.moves.append
        place, moves = self._place, self._place.moves
        waiting = iter(raws[index:])
        for raw in waiting:
            segment = good(raw) or vet(raw)
            move = moves.get(segment[0])
            if move is None:
                self._place = place
                if not self._irregular(raw):
                    return len(raws) - length_hint(waiting) - (self.ended != "SE")
                place, moves = self._place, self._place.moves
                continue
            place, moves = move.place, move.moves
            append(segment)
            record(move)
            if move.limit and growth.often(move):
                self._place = place
                self._check_excess()
                place, moves = self._place, self._place.moves
        self._place = place
        return len(raws)

    def _irregular(self, raw: str) -> bool:
        """Place a doubtful segment, or one no known move leads to; False when the set ends before or with it."""
        stripped = raw.lstrip(BLANK)
        segment = elements(stripped, self._plan.rules.delimiters.element)
        name, position = segment[0], self.count + 1
        if not stripped:
            text = "an empty segment between two terminators is passed over"
            self._report.warn("empty-segment", text, position)
            return True
        if name in CONTROL_IDS:
            self.ended = "foreign"
            return False
        if self.findings.full and name != self._plan.end.id:
            self._growth.add(segment[: self._limits.elements])
            return True
        move = self._place.moves.get(name) or self._plan.find(self._place, name)
        if move is None:
            self._place = self._missteps.unplaced(segment, self._place, position)
            self._report_excess()
            return True
        if move.missing:
            move = self._missteps.passing(move, self._place, position)
        elif move.place is not self._plan.end:
            self._place.learn(name, move)
        if move.place is self._plan.end:
            self._close(segment, move, position)
            return False
        self._place = move.place
        self._growth.add(self._report.judged(segment, move.place, position, self._limits.elements), move)
        if move.limit and self._growth.often(move):
            self._check_excess()
        return True

    def _check_excess(self) -> None:
        """AK304 4 or 5 for what the tree says came too often."""
        self._growth.grow()
        self._report_excess()

    def _report_excess(self) -> None:
        """Report it, unless it comes from another fault: of a trigger, or of a walk that had to go back."""
        for code, place, position in self._growth.excess():
            move = self._growth.moves[position - 1]
            elsewhere = self._missteps.explains(position) if position == self.count else None
            if elsewhere is not None:
                self._place = elsewhere
            if elsewhere is not None or move is None or not move.limit:
                continue
            limit = place.loop.limit if code == "AK304:4" else place.limit
            what = f"loop {place.loop.id}" if code == "AK304:4" else place.id
            text = f"{what} comes more than {limit} times"
            self._missteps.too_often(self._report.segment(code, place.id, text, place.loop.id, position))

    def _close(self, segment: Segment, move: Move, position: int) -> None:
        """Take SE: its own elements, and what it takes the whole set to judge."""
        self._check_ends(segment, move.place, position)
        self._growth.add(segment[: self._limits.elements])
        self._place = move.place
        self.trailer = segment
        self.ended = "SE"
        if self._growth.displaced:
            self._check_excess()
            self._missteps.settle()
        self._check_whole()

    def _check_ends(self, segment: Segment, place: Place, position: int) -> None:
        """ST and SE: their first two elements have codes of their own (AK502), the rest is checked like any."""
        if place.rule is not None and len(segment) > 3:
            for fault in place.rule.faults(segment[: self._limits.elements]):
                if fault.element > 2:
                    self._report.element(fault, place, position)

    def _check_whole(self) -> None:
        """Levels and bounded loops against each other, CTT against what it counts."""
        plan, segments = self._plan, self._growth.segments
        there = set(map(itemgetter(0), segments))
        if "HL" in there:
            for index, fault in hl.level_faults(plan.guide.set_id, segments, self._doubtful("HL"), self._strays("HL")):
                self._report.element(fault, self._place_of(index), index + 1)
        if "LE" in there:
            for index, fault in totals.bound_faults(segments, self._doubtful("LS", "LE")):
                self._report.element(fault, self._place_of(index), index + 1)
        if "CTT" in there and not self._growth.displaced and not self._unknown():
            self._check_totals(plan.guide, segments)

    def _check_totals(self, guide: Guide, segments: Sequence[Segment]) -> None:
        """CTT01 and CTT02: only warnings, they are wrong too often."""
        text = totals.total_warning(segments, guide.line_item, self._growth)
        if text:
            self._report.warn("total", text, _last(segments, "CTT"), "CTT")
        text = totals.hash_warning(segments, guide.line_item, guide.hash_total) if self._terms.hash_totals else ""
        if text:
            self._report.warn("hash-total", text, _last(segments, "CTT"), "CTT")

    def _doubtful(self, *names: str) -> frozenset[int]:
        """Indices of segments with one of these ids that have a finding already; a warning leaves no doubt."""
        found = (finding for finding in self.findings.all() if not finding.code.startswith("W:"))
        return frozenset(finding.position - 1 for finding in found if finding.segment in names)

    def _strays(self, trigger: str) -> list[int]:
        """Indices, in order, of segments found out of place that a loop with this trigger may hold, or that may be one
        with its id misspelt.
        """
        odd = [finding for finding in self.findings.all() if finding.code in ("AK304:1", "AK304:2", "AK304:7")]
        owners = ((one, self._plan.owners.get(one.segment, ())) for one in odd)
        return [
            one.position - 1
            for one, loops in owners
            if one.code == "AK304:1" or any(loop.trigger.id == trigger for loop in loops)
        ]

    def _unknown(self) -> bool:
        """Whether an id is not known: its segment may be one that CTT counts."""
        return any(finding.code == "AK304:1" for finding in self.findings.all())

    def _place_of(self, index: int) -> Place:
        move = self._growth.moves[index]
        return self._plan.end if move is None else move.place

    def _over_limits(self) -> bool:
        if self._beyond:
            return True
        if self.count <= self._limits.segments and self._size <= self._limits.set_bytes:
            return False
        text = f"the set has more than {self._limits.segments} segments or {self._limits.set_bytes} bytes"
        self._report.add("set", "AK502:5", text)
        return True

    def _count_only(self, raws: Sequence[str], index: int) -> int:
        """Behind the limits nothing is kept or judged: segments are counted up to the end of the set."""
        if not self._beyond:
            self._beyond = self.count
            self._growth.clear()
        skim = SkimmedSet(self._plan.rules.delimiters.element, self._limits)
        index = skim.feed(raws, index)
        self._beyond += skim.count - 1
        self.ended, self.trailer = skim.ended, skim.trailer
        return index

    def grew(self, size: int) -> None:
        """Told by the reader how many bytes the last feed took."""
        self._size += size

    def warn_trailing(self, since: int) -> None:
        """Warn when a segment from index `since` on ends with empty elements, which X12.6 wants left out."""
        for index, segment in enumerate(islice(self._growth.segments, since, None), start=since):
            if len(segment) > 1 and not segment[-1]:
                text = f"{segment[0]} ends with separators that separate nothing"
                self._report.warn("trailing-separator", text, index + 1, segment[0])
                return


def _last(segments: Sequence[Segment], name: str) -> int:
    """The position of the last segment with an id, which is there."""
    return max(index for index, segment in enumerate(segments, start=1) if segment[0] == name)
