"""What is held in doubt while a set is read: the last segment that was told as a fault, until what follows proves it.

When a second fault comes close behind it, and there is a way to read all segments since so that one fault explains
them, that one is told instead.
"""

from collections.abc import Iterable, Sequence

from gateway.x12.findings import Finding
from gateway.x12.growth import Growth, Step
from gateway.x12.interchange import Loop
from gateway.x12.replay import REPLAY_LIMIT
from gateway.x12.report import Report
from gateway.x12.reread import Reading, Turn, repeated, reread
from gateway.x12.walk import LoopPlace, Move, Place, Plan

REREAD_LIMIT = 50
"""How often in one set that is tried: it costs a look at every segment since."""


class Doubts:
    """The last turn of a walk, and a second look at it.

    `opened` are loops that were found to lack their trigger, with the loop around them and what was told of it;
    `headless` is the one that the last second look opened, if it did.
    """

    def __init__(self, plan: Plan, growth: Growth, report: Report) -> None:
        self.opened: list[tuple[Loop, LoopPlace, Finding]] = []
        self.headless: Loop | None = None
        self._plan = plan
        self._growth = growth
        self._report = report
        self._turn: Turn | None = None
        self._tried = 0
        self._habits: set[Place] = set()

    def hold(self, turn: Turn) -> None:
        """Doubt a turn from now on; the one before it stands."""
        self._turn = turn._replace(headless=self._lately_opened())

    def drop(self) -> None:
        """Doubt nothing: what was told stands."""
        self._turn = None

    def likely(self) -> bool:
        """Whether the turn is more likely to be read another way, whatever else explains it: as one like it was
        before, or as a loop that comes again where one of its id is to come later.
        """
        turn = self._turn
        if turn is None or turn.kind != "missing":
            return False
        name = self._growth.segments[turn.position - 1][0]
        late = turn.stray is not None and turn.stray.place in self._habits
        return late or turn.headless in turn.owners or repeated(turn.place, name) is not None

    def settled(self, name: str, position: int) -> Move | None:
        """The move to a segment that would be a second fault, when the first one explains it; None when it does not.

        Then the tree, and what was told of it, are as that reading has them.
        """
        return self._settled(position, [name])

    def retaken(self, position: int) -> Place | None:
        """The same for the last segment, which has a place but comes too often there: its new place."""
        move = self._settled(position, [])
        return None if move is None else move.place

    def _settled(self, position: int, more: Sequence[str]) -> Move | None:
        turn = self._turn
        if turn is None or position - turn.position > REPLAY_LIMIT or self._tried >= REREAD_LIMIT:
            return None
        if any(_apart(finding, turn) for finding in self._report.findings.all()):
            return None
        self._tried += 1
        names = [*(segment[0] for segment in self._growth.segments[turn.position - 1 :]), *more]
        reading = reread(self._plan, turn, names)
        if reading is None:
            return None
        move = self._plan.find(reading.place, names[-1])
        if not more and move is not None and move.limit == 1 and move.place is reading.place:
            return None  # it would come too often there as well
        steps = reading.steps if more else [*reading.steps, Step(len(names) - 1, move)]
        self._growth.retake(turn.mark, steps)
        self._relocate(turn, steps)
        self._tell(turn, reading)
        return move

    def _relocate(self, turn: Turn, steps: Iterable[Step]) -> None:
        """What was found in elements was found in the loops that the segments are in now."""
        for step in steps:
            if step.way is not None and step.offset >= 0:
                self._report.findings.relocate(turn.position + step.offset, step.way.place.loop.id)

    def _tell(self, turn: Turn, reading: Reading) -> None:
        """Tell the one fault; that all loops of a kind lack their trigger is told at the first."""
        self._turn = turn if turn.kind in ("unknown", "foreign") else None
        finding, entry = turn.findings[0], reading.opened
        around = turn.mark.stack[-1 - entry.leave] if entry is not None else None
        self.headless = around.loops[entry.enter][-1] if around is not None and entry is not None else None
        if reading.code:
            for one in turn.findings:
                self._report.findings.withdraw(one)
            if entry is not None and self._lately_opened() is entry.place.loop:
                return
            finding = self._told(turn, reading)
        if around is not None and entry is not None:
            self.opened.append((around, entry.place.loop, finding))
        elif reading.code == "AK304:2":
            self._turn = turn._replace(kind="homeless", findings=(finding,))
        elif reading.code == "AK304:4":
            self._turn = turn._replace(findings=(finding,))

    def _lately_opened(self) -> LoopPlace | None:
        return self.opened[-1][1] if self.opened else None

    def _told(self, turn: Turn, reading: Reading) -> Finding:
        """The one finding in place of those that said what is missing."""
        name = self._growth.segments[turn.position - 1][0]
        text, loop = f"{name} has no place here: the loop it belongs to is not open", turn.place.loop.id
        if reading.code == "AK304:7" and turn.stray is not None:
            self._habits.add(turn.stray.place)
            text, loop = f"{name} comes too late", turn.stray.place.loop.id
        elif reading.code == "AK304:4":
            text, loop = f"loop {name} comes more than 1 times", name
        return self._report.segment(reading.code, name, text, loop, turn.position)


def _apart(finding: Finding, turn: Turn) -> bool:
    """Whether a finding says that another fault came since the turn."""
    if finding.level != "segment" or finding.code.startswith("W:") or finding.position < turn.position:
        return False
    return not any(finding is one for one in turn.findings)
