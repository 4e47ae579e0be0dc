"""What of a file `gateway x12 explain` shows, and what all of it came to."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from gateway.x12.explained import (
    Advice,
    GroupClosing,
    GroupOpening,
    InterchangeClosing,
    InterchangeOpening,
    Loose,
    Part,
    Passed,
    SetText,
    heaviest,
)
from gateway.x12.findings import Effect, Finding

NAMED = 20
"""Places with findings that the ending names."""

_STATUS = {Effect.REJECT: "R", Effect.NOTE: "E"}


class Named(NamedTuple):
    """A set, an envelope or other bytes with findings, and the gravest of them that comes first.

    `place` is as it came, `status` A, E, P or R.
    """

    place: str
    status: str
    finding: Finding


class Choice:
    """Passes on the parts that are wanted, while it counts all. An envelope is shown with the first thing inside it.

    `number` wants one set alone, by its place in the file; `only_findings` what something was found in. Read `faulty`,
    `sets`, `accepted`, `errors`, `warnings`, `found` and `named` when the parts have all come: all of the whole file.
    """

    def __init__(self, number: int | None = None, *, only_findings: bool = False) -> None:
        self.sets = self.accepted = self.errors = self.warnings = 0
        self.faulty = self.found = False
        self.named: list[Named] = []
        self._number = number
        self._only = only_findings
        self._pending: list[Part] = []
        self._group = self._interchange = 0
        self._places = {"group": "", "interchange": ""}

    def chosen(self, parts: Iterable[Part]) -> Iterator[Part]:
        """The parts to show, each as soon as it is known that it is one."""
        for part in parts:
            self._count(part)
            if isinstance(part, InterchangeOpening | GroupOpening):
                self._pending.append(part)
                if self._wanted(part):
                    yield from self._released()
            elif isinstance(part, GroupClosing | InterchangeClosing):
                if self._wanted(part):
                    yield from self._released()
                if not self._withheld(GroupOpening if isinstance(part, GroupClosing) else InterchangeOpening):
                    yield part
            elif self._wanted(part):
                yield from self._released()
                yield part

    def _wanted(self, part: Part) -> bool:
        if self._number is not None:
            return isinstance(part, SetText) and part.ordinal == self._number
        if not self._only:
            return True
        match part:
            case SetText():
                return bool(part.findings)
            case GroupClosing() | InterchangeClosing():
                return part.verdict.status != "A" or bool(part.advice)
            case InterchangeOpening() | GroupOpening() | Loose():
                return any(part.segment.all_advice)
            case Passed():
                return bool(part.advice)

    def _released(self) -> Iterator[Part]:
        yield from self._pending
        self._pending.clear()

    def _withheld(self, kind: type[Part]) -> bool:
        """Whether the opening of what now closes was not shown; it is let go."""
        waiting = [one for one in self._pending if isinstance(one, kind)]
        if waiting:
            self._pending.remove(waiting[-1])
        return bool(waiting)

    def _count(self, part: Part) -> None:
        match part:
            case SetText():
                self._count_set(part)
            case InterchangeOpening():
                self._places["interchange"] = f"Interchange {part.header.control_number}"
                self._count_envelope(self._places["interchange"], part.segment.all_advice)
            case GroupOpening():
                self._places["group"] = f"Group {part.header.control_number}"
                self._count_envelope(self._places["group"], part.segment.all_advice)
            case GroupClosing():
                self._count_envelope(self._places["group"], closing_advice(part))
                self.faulty = self.faulty or part.verdict.status != "A"
                self._interchange += 0 if part.verdict.status == "R" else self._group
                self._group = 0
            case InterchangeClosing():
                self._count_envelope(self._places["interchange"], closing_advice(part))
                self.faulty = self.faulty or part.verdict.status != "A"
                self.accepted += 0 if part.verdict.status == "R" else self._interchange
                self._interchange = 0
            case Passed():
                self._count_envelope(f"Byte {part.offset:,}", part.advice)
                self.faulty = self.faulty or heaviest(part.advice) is Effect.REJECT

    def _count_set(self, part: SetText) -> None:
        self.sets += 1
        self.errors += part.wrong
        self.warnings += part.warnings
        self.found = self.found or part.ordinal == self._number
        self.faulty = self.faulty or part.verdict.status != "A"
        self._group += part.verdict.status != "R"
        self._name(f"Set {part.ordinal}, {part.header.id} {part.header.control_number}", part.findings)

    def _count_envelope(self, place: str, advice: Iterable[Advice]) -> None:
        findings = [one.finding for one in advice]
        self.warnings += sum(one.effect is Effect.WARN for one in findings)
        self.errors += sum(one.effect is not Effect.WARN for one in findings)
        self._name(place, findings)

    def _name(self, place: str, findings: Sequence[Finding]) -> None:
        """Keep where the gravest finding is, if it is more than a warning."""
        for effect, status in _STATUS.items():
            first = next((one for one in findings if one.effect is effect), None)
            if first is not None:
                if len(self.named) < NAMED:
                    self.named.append(Named(place, status, first))
                return


def closing_advice(part: GroupClosing | InterchangeClosing) -> Iterator[Advice]:
    """What is said where a group or an interchange ends."""
    yield from part.advice
    if part.segment is not None:
        yield from part.segment.all_advice
