"""What explaining a file gives: its parts in order of reading, each in words that need no knowledge of EDI.

Plain values; `gateway/x12/explain.py` makes them, and each way of showing them (terminal, page, JSON) lays them out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from gateway.x12.findings import Effect, Finding
from gateway.x12.interchange import GroupHeader, InterchangeHeader, SetHeader

Who = Literal["partner", "us"]
"""Whose turn it is: the partner's, who sends, or ours, who receive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """A finding for a reader: `text` says what was found, `allowed` what may stand there ("" when `text` says it).

    `remedy` is what `who` has to do, as docs/errors.md has it; "" for a warning that asks for nothing.
    """

    finding: Finding
    text: str
    allowed: str
    who: Who
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementText:
    """An element, one of its repeats or a component. `place` is how people write it: "BEG05", "SN105-1".

    `meaning` is the value in words: a date, an amount, what a code stands for; "" when the value speaks for itself.
    `parts` are repeats and components, none for a simple value.
    """

    place: str
    position: int
    repeat: int = 0
    component: int = 0
    reference: str = ""
    name: str = ""
    value: str = ""
    meaning: str = ""
    parts: "tuple[ElementText, ...]" = ()
    advice: tuple[Advice, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Step:
    """One occurrence of a loop. `name` says what it is ("Ship to", "Line", "Order"), `title` which one it is.

    `number` counts occurrences of this loop in its set from 1. An HL loop's `path` runs through its parent levels.
    """

    id: str
    name: str
    title: str
    number: int
    above: "tuple[Step, ...]"

    @property
    def path(self) -> "tuple[Step, ...]":
        """The loops from the outermost to this one."""
        return (*self.above, self)


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentText:
    """A segment. `position` counts in its set from ST, 1; it is 0 outside of sets.

    `absent`: it should stand here and does not. `text` is the segment as it came, without its terminator, and
    `separator` what separates its elements.
    """

    id: str
    name: str
    position: int = 0
    text: str = ""
    separator: str = "*"
    absent: bool = False
    loops: tuple[Step, ...] = ()
    elements: tuple[ElementText, ...] = ()
    advice: tuple[Advice, ...] = ()

    @property
    def all_advice(self) -> Iterator[Advice]:
        """What is said of the segment, then of its elements in order."""
        yield from self.advice
        for element in self.elements:
            yield from element.advice
            for part in element.parts:
                yield from part.advice
                for component in part.parts:
                    yield from component.advice


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A set in a sentence, and as facts: (what, one or more values)."""

    sentence: str
    facts: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the acknowledgement will say. `status` is A, E, P or R; `word` the same for people, `text` in a sentence.

    `answer` is what says it to the partner: "997", "999" or "TA1", "" when nothing does.
    """

    status: str
    word: str
    text: str
    answer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """Bytes that belong to no interchange."""

    offset: int
    length: int
    sample: str
    advice: tuple[Advice, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class InterchangeOpening:
    """ISA. `ordinal` counts interchanges in the file from 1; `delimiters` are (character, what it does)."""

    ordinal: int
    header: InterchangeHeader
    segment: SegmentText
    summary: Summary
    delimiters: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupOpening:
    """GS."""

    ordinal: int
    header: GroupHeader
    segment: SegmentText
    summary: Summary


@dataclass(frozen=True, slots=True, kw_only=True)
class Loose:
    """A segment outside of sets that opens and closes nothing: TA1, or one that has no place there.

    `said` is what a TA1 says, in words.
    """

    segment: SegmentText
    said: str = ""


class Contents(Protocol):
    """What a set holds, each worked out when it is first asked for: most sets of a large file are never shown."""

    @property
    def summary(self) -> Summary:
        """The set in a sentence, and its facts."""
        ...

    @property
    def advice(self) -> tuple[Advice, ...]:
        """Findings about the set as a whole."""
        ...

    @property
    def troubled(self) -> frozenset[Step]:
        """The loops that findings stand in."""
        ...

    @property
    def size(self) -> int:
        """How many segments there are."""
        ...

    def segments(self) -> Iterator[SegmentText]:
        """The segments in order, each made as it is asked for, with its findings."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SetText:
    """One transaction set. Its `contents` can be asked until the next part is.

    `ordinal` counts sets in the file from 1. `title` is "" for a set without a guide; `release` is the one whose names
    are used, "" for none. `findings` are all of it, `wrong` and `warnings` count them.
    """

    ordinal: int
    header: SetHeader
    group: GroupHeader | None
    title: str
    release: str
    verdict: Verdict
    wrong: int
    warnings: int
    findings: tuple[Finding, ...]
    contents: Contents


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupClosing:
    """GE, or its absence (`segment` None)."""

    segment: SegmentText | None
    advice: tuple[Advice, ...]
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class InterchangeClosing:
    """IEA, or its absence (`segment` None), and what becomes of the interchange."""

    segment: SegmentText | None
    advice: tuple[Advice, ...]
    verdict: Verdict


Part = Passed | InterchangeOpening | GroupOpening | Loose | SetText | GroupClosing | InterchangeClosing


def heaviest(advice: Sequence[Advice]) -> Effect | None:
    """The gravest effect among them, None for none."""
    order = (Effect.REJECT, Effect.NOTE, Effect.WARN)
    return next((effect for effect in order if any(one.finding.effect is effect for one in advice)), None)
