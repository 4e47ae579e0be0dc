"""One transaction set, checked while it is read: order, presence, repetition, elements, totals; and its tree.

One fault gives one finding: a segment that has no place is passed over and the walk goes on where it stood, a mandatory
segment that turns up late was late and not missing, and segments of a loop whose trigger is missing are reported once.
"""

from collections.abc import Sequence
from itertools import islice

from gateway.x12.collect import Findings
from gateway.x12.effects import effect_of
from gateway.x12.findings import Finding, Level
from gateway.x12.interchange import Loop, Segment, Terms
from gateway.x12.rules import Fault
from gateway.x12.skim import CONTROL_IDS, SkimmedSet
from gateway.x12.tokens import BLANK, Limits
from gateway.x12.triggers import trigger_of
from gateway.x12.values import shown
from gateway.x12.walk import LoopPlace, Move, Place, Plan

VALUE_LIMIT = 99
"""Characters of a value that a finding copies: AK404 holds 1/99."""


class CheckedSet:
    """A set read under a guide. Feed it what follows ST; `tree` is None once it is over the limits."""

    def __init__(self, start: Segment, plan: Plan, terms: Terms, limits: Limits) -> None:
        self.ended = ""
        self.trailer: Segment = ()
        self.findings = Findings(limits.findings)
        self._plan = plan
        self._terms = terms
        self._limits = limits
        self._root = Loop("", start, {"ST": [start]}, {})
        self._stack = [self._root]
        self._segments = [start]
        self._beyond = 0
        self._size = 0
        self._place = plan.start
        self._missing: list[tuple[Loop, Place | LoopPlace, Finding]] = []
        self._lost: frozenset[LoopPlace] = frozenset()
        self._lost_at = 0
        self._lost_finding: Finding | None = None
        self._lost_for_sure = False
        self._resume: tuple[Loop, Place] | None = None
        self._resume_at = 0
        self._exceeded: set[tuple[int, str]] = set()
        self._check_ends(start, plan.start)

    @property
    def count(self) -> int:
        """Segments so far, ST and SE included."""
        return len(self._segments) + self._beyond

    @property
    def tree(self) -> Loop | None:
        """The whole set as its root loop, None when it was over the limits."""
        return None if self._beyond else self._root

    def segments(self) -> Sequence[Segment]:
        """ST to SE in order."""
        return self._segments

    def feed(self, raws: Sequence[str], index: int) -> int:  # noqa: C901  # unrolled: 120,000 turns for 3.5 MB
        """As `SetReading`: the hottest loop of the gateway. `_put` is the same placing, for what is irregular."""
        if self._over_limits():
            return self._count_only(raws, index)
        good, vet = self._plan.rules.good.get, self._plan.rules.vet
        append, stack = self._segments.append, self._stack
        place, moves = self._place, self._place.moves
        for raw in islice(raws, index, None):
            segment = good(raw) or vet(raw)
            move = moves.get(segment[0])
            if move is None:
                self._place = place
                if not self._irregular(raw):
                    return index + (self.ended == "SE")
                place, moves, index = self._place, self._place.moves, index + 1
                continue
            leave, enter, place, _ = move
            moves = place.moves
            if leave:
                del stack[-leave:]
            loop = stack[-1]
            if enter:
                inner = Loop(enter, segment, {segment[0]: [segment]}, {})
                same = loop.loops.get(enter)
                if same is None:
                    loop.loops[enter] = [inner]
                else:
                    same.append(inner)
                    if len(same) > place.loop.limit:
                        self._over(place.loop.limit, "AK304:4", segment, place, loop)
                stack.append(inner)
            elif (bucket := loop.segments.get(segment[0])) is None:
                loop.segments[segment[0]] = [segment]
            else:
                bucket.append(segment)
                if len(bucket) > place.limit:
                    self._over(place.limit, "AK304:5", segment, place, loop)
            append(segment)
            index += 1
        self._place = place
        return index

    # The irregular rest: one of these runs once per new move, and for each fault.

    def _irregular(self, raw: str) -> bool:
        """Place a doubtful segment, or one no known move leads to; False when the set ends before or with it."""
        stripped = raw.lstrip(BLANK)
        segment = tuple(stripped.split(self._plan.rules.delimiters.element))
        name = segment[0]
        if not stripped:
            if not raw:
                self._warn("empty-segment", "an empty segment between two terminators is passed over")
            return True
        if name in CONTROL_IDS:
            self.ended = "foreign"
            return False
        move = self._place.moves.get(name) or self._plan.find(self._place, name)
        if move is None:
            self._unplaced(segment)
            return True
        if move.place is self._plan.end:
            self._close(segment, move)
            return False
        if not move.missing:
            self._place.moves[name] = move
        self._report_missing(move)
        self._enter(segment, move)
        return True

    def _enter(self, segment: Segment, move: Move) -> None:
        """Put a segment at the place a move leads to, as the loop in `feed` does."""
        place = self._place = move.place
        segment = self._diagnose(segment, place)
        if move.leave:
            del self._stack[-move.leave :]
        self._put(segment, place, move.enter, self._stack[-1])
        self._segments.append(segment)

    def _put(self, segment: Segment, place: Place, enter: str, loop: Loop, *, late: bool = False) -> None:
        """Into the tree. A late segment is one fault already, however often it may come."""
        if enter:
            inner = Loop(enter, segment, {place.id: [segment]}, {})
            same_loops = loop.loops.setdefault(enter, [])
            same_loops.append(inner)
            self._stack.append(inner)
            if len(same_loops) > place.loop.limit and not late:
                self._over(place.loop.limit, "AK304:4", segment, place, loop)
            return
        bucket = loop.segments.setdefault(place.id, [])
        bucket.append(segment)
        if len(bucket) > place.limit and not late:
            self._over(place.limit, "AK304:5", segment, place, loop)

    def _unplaced(self, segment: Segment) -> None:
        """AK304 1, 2, 6 or 7 for a segment that cannot stand here; the walk stays where it is, or goes back for 7.

        Segments of one loop that come one after the other without its trigger are one fault, told at the first.
        """
        name = segment[0]
        owners = self._plan.owners.get(name)
        if owners is None:
            self._foreign(name)
            self._segments.append(segment[: self._limits.elements])
            return
        shared = owners & self._lost if self._lost_at == self.count else frozenset()
        orphan = shared and self._lost_for_sure
        if not orphan and self._resumed(segment):
            return
        stray = None if orphan else self._plan.stray(self._place, name)
        finding = self._lost_finding
        if stray is not None:
            finding = self._late(segment, stray.depth, stray.enter, stray.place)
            if stray.enter:
                return
        else:
            if not shared:
                text = f"{name} has no place here: the loop it belongs to is not open"
                finding = self._segment_finding("AK304:2", name, text)
            self._segments.append(segment[: self._limits.elements])
        self._lost = shared if shared and stray is None else owners
        self._lost_at, self._lost_finding, self._lost_for_sure = self.count, finding, stray is None

    def _foreign(self, name: str) -> None:
        if name in self._plan.guide.release.segment_ids:
            self._segment_finding("AK304:6", name, f"{name} is not in the {self._plan.guide.set_id}")
        else:
            text = f"{shown(name)} is not a segment of {self._plan.guide.release.id}"
            self._segment_finding("AK304:1", name, text)

    def _late(self, segment: Segment, depth: int, enter: str, place: Place) -> Finding:
        """AK304 7: what was reported missing was only late. A late loop is entered, so that its segments follow it."""
        loop = self._stack[-1 - depth]
        for missing in [entry for entry in self._missing if entry[0] is loop and entry[1].id == (enter or place.id)]:
            self.findings.withdraw(missing[2])
            self._missing.remove(missing)
        finding = self._segment_finding("AK304:7", segment[0], f"{segment[0]} comes too late", loop=place.loop.id)
        segment = self._diagnose(segment, place)
        if enter and depth:
            del self._stack[-depth:]
        if enter:
            self._place = place
        self._put(segment, place, enter, loop, late=True)
        self._segments.append(segment)
        self._resume, self._resume_at = (loop, place), self.count
        return finding

    def _resumed(self, segment: Segment) -> bool:
        """Place what comes right behind a late segment where that one stands, if it cannot stand where the walk is.

        When one segment or loop comes too early, what should have come before it is one fault and not many.
        """
        if self._resume is None or self._resume_at != self.count:
            return False
        loop, place = self._resume
        move = self._plan.find(place, segment[0])
        if move is None or not any(open_loop is loop for open_loop in self._stack):
            return False
        while self._stack[-1] is not loop:
            self._stack.pop()
        self._place = place
        self._report_missing(move)
        self._enter(segment, move)
        return True

    def _report_missing(self, move: Move) -> None:
        """AK304 3 for each mandatory child that a move passes by and that did not come out of turn before."""
        for missing in move.missing:
            loop = self._stack[-1 - missing.depth]
            child = missing.child
            there = loop.loops if isinstance(child, LoopPlace) else loop.segments
            if child.id in there:
                continue
            trigger = child.trigger if isinstance(child, LoopPlace) else child
            orphan = self._lost_finding if child in self._lost and self._lost_at == self.count else None
            if orphan is not None:
                # Its segments came without it: that they had no place was this fault.
                self.findings.withdraw(orphan)
            text = f"{trigger.id} is mandatory and missing before {orphan.segment if orphan else move.place.id}"
            place = orphan.position if orphan else 0
            finding = self._segment_finding("AK304:3", trigger.id, text, loop=trigger.loop.id, position=place)
            self._missing.append((loop, child, finding))

    def _over(self, limit: int, code: str, segment: Segment, place: Place, loop: Loop) -> None:
        """AK304 4 or 5, once per loop occurrence: the first one too many."""
        key = (id(loop), code + place.id)
        if key in self._exceeded:
            return
        self._exceeded.add(key)
        what = f"loop {place.loop.id}" if code == "AK304:4" else place.id
        self._segment_finding(code, segment[0], f"{what} comes more than {limit} times", loop=place.loop.id)

    def _close(self, segment: Segment, move: Move) -> None:
        """Take SE: what is still missing, its own elements, the totals."""
        self._report_missing(move)
        self._check_ends(segment, move.place)
        self._segments.append(segment[: self._limits.elements])
        self._place = move.place
        self._stack[1:] = []
        self._root.segments["SE"] = [segment]
        self.trailer = segment
        self.ended = "SE"
        self._check_total()

    def _check_ends(self, segment: Segment, place: Place) -> None:
        """ST and SE: their first two elements have codes of their own (AK502), the rest is checked like any."""
        if place.rule is not None and len(segment) > 3:
            for fault in place.rule.faults(segment[: self._limits.elements]):
                if fault.element > 2:
                    self._element_finding(fault, place, max(1, self.count + (place.id == "SE")))

    def _check_total(self) -> None:
        """CTT01 against the number of line items: only a warning, it is wrong too often; no line is a fault already."""
        line_item = self._plan.guide.line_item
        totals = [ctt for loop in self._root.loops.get("CTT", ()) for ctt in loop.segments["CTT"]]
        totals += self._root.segments.get("CTT", [])
        if not line_item or not totals or len(totals[0]) < 2:
            return
        claimed, counted = totals[0][1].lstrip("0"), len(self._root.loops.get(line_item, ()))
        if counted and claimed != str(counted):
            self._warn("total", f"CTT01 says {shown(totals[0][1])}, the set has {counted} {line_item}")

    def _diagnose(self, segment: Segment, place: Place) -> Segment:
        """Judge a segment the quick way did not pass; returns it as it is to be kept."""
        if len(segment) > self._limits.elements:
            segment = segment[: self._limits.elements]
        if not all(map(str.isascii, segment)):
            segment = self._national(segment)
        if place.rule is None:
            return segment
        position = self.count + 1
        for fault in place.rule.faults(segment):
            self._element_finding(fault, place, position)
        return segment

    def _national(self, segment: Segment) -> Segment:
        """A segment with bytes beyond ASCII: UTF-8 when it decodes as such, Latin-1 otherwise."""
        try:
            return tuple(value.encode("latin-1").decode("utf-8") for value in segment)
        except UnicodeError:
            return segment

    def _over_limits(self) -> bool:
        if self._beyond:
            return True
        if len(self._segments) <= self._limits.segments and self._size <= self._limits.set_bytes:
            return False
        text = f"the set has more than {self._limits.segments} segments or {self._limits.set_bytes} bytes"
        self._add("set", "AK502:5", text)
        return True

    def _count_only(self, raws: Sequence[str], index: int) -> int:
        """Behind the limits nothing is kept or judged: segments are counted up to the end of the set."""
        if not self._beyond:
            self._beyond, self._segments[:] = len(self._segments), []
            self._root, self._stack = Loop("", ()), []
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
        for index, segment in enumerate(islice(self._segments, since, None), start=since):
            if len(segment) > 1 and not segment[-1]:
                text = f"{segment[0]} ends with separators that separate nothing"
                self._add("segment", "W:trailing-separator", text, segment=segment[0], position=index + 1)
                return

    # Findings

    def _warn(self, word: str, text: str) -> None:
        self._add("segment", f"W:{word}", text, position=self.count + 1)

    def _segment_finding(
        self, code: str, name: str, text: str, *, loop: str | None = None, position: int = 0
    ) -> Finding:
        """A finding about a segment at `position`, the one at hand when 0."""
        innermost = self._place.loop.id if loop is None else loop
        position = position or self.count + 1
        where = f"{self._plan.guide.set_id}/{_printable(name)[:12]}[{position}]"
        return self._add("segment", code, f"{where}: {text}", segment=name, position=position, loop=innermost)

    def _element_finding(self, fault: Fault, place: Place, position: int) -> None:
        component = f"-{fault.component}" if fault.component else ""
        where = f"{self._plan.guide.set_id}/{place.id}[{position}]/{place.id}{fault.element:02}{component}"
        self.findings.add(
            Finding(
                level="element",
                code=fault.code,
                effect=effect_of(fault.code, self._terms, reference=fault.reference, structural=fault.structural),
                message=f"{where}: {fault.text}",
                segment=place.id,
                position=position,
                loop=place.loop.id,
                element=fault.element,
                component=fault.component,
                repeat=fault.repeat,
                reference=fault.reference,
                value=self._copied(fault.value),
                trigger=trigger_of(fault, place, position),
            )
        )

    def _add(
        self, level: Level, code: str, message: str, *, segment: str = "", position: int = 0, loop: str = ""
    ) -> Finding:
        finding = Finding(
            level=level,
            code=code,
            effect=effect_of(code, self._terms),
            message=message,
            segment=self._copied(segment),
            position=position,
            loop=loop,
        )
        self.findings.add(finding)
        return finding

    def _copied(self, value: str) -> str:
        """A value as an acknowledgement may copy it: cut, and nothing outside the agreed characters."""
        characters = self._plan.rules.characters
        cut = value[:VALUE_LIMIT]
        return cut if characters.issuperset(cut) else "".join(c if c in characters else "?" for c in cut)


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else "·" for character in text)
