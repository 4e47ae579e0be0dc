"""Partner guides: what a partner asks for beyond the standard, as rules that may only narrow a guide.

A rule is written for a place of the set and resolved against the standard guide once, when files are loaded. What
would widen the standard, or what nothing could satisfy, is an objection and never comes into force (`narrow`).
`departures` holds sets to the rules.
"""

from dataclasses import dataclass, field
from typing import Literal

from gateway.x12.findings import Effect
from gateway.x12.guide import Guide, LoopSpec, Note, SegmentDefinition

Use = Literal["", "required", "not used"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule as it is written; what is None or empty says nothing.

    `where` is a place (`gateway.x12.where`). `least` and `most` count occurrences of a loop, segment or repeating
    element; `shortest` and `longest` are lengths as the standard counts them. `forms` are pictures of a value (9 a
    digit, A a capital letter, X either, anything else itself), one of which must fit. `notes` are like "R0203". `when`
    ("BEG02=DS|SP") lets the rule apply only if an element of the same loop, or else of the set's own segments, has one
    of these values. `text` is for people, `example` a value or a whole segment.
    """

    where: str
    use: Use = ""
    least: int | None = None
    most: int | None = None
    codes: tuple[str, ...] | None = None
    shortest: int | None = None
    longest: int | None = None
    forms: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    when: str = ""
    severity: Effect = Effect.REJECT
    text: str = ""
    example: str = ""


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a rule cannot come into force: `kind` "place" (it leads nowhere), "wider" (than the standard) or "vain" (it
    contradicts the standard or itself). `key` is the part of the rule to blame, "" for its place.
    """

    kind: Literal["place", "wider", "vain"]
    key: str
    sentence: str


Test = tuple[tuple[int, frozenset[str]], ...]
"""Elements by position and the values one of which each must have; () always holds."""


@dataclass(frozen=True, slots=True)
class Branch:
    """A loop on the way to a place: its id, and which of its occurrences are meant."""

    id: str
    test: Test


@dataclass(frozen=True, slots=True)
class When:
    """The condition of a rule: a segment of the same loop, or (`outside`) one of the set's own."""

    segment: str
    element: int
    values: frozenset[str]
    outside: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """A rule in its place. `loops` lead to the loop it stands in, `around` is that loop.

    `id` is the segment, or with `whole_loop` the loop, that it is about, `test` which of them, `ordinal` its position
    among the children of `around`. `definition` is that of the segment, or of the loop's first. `element` and
    `component` are 0 when it is about the whole.
    """

    rule: Rule
    loops: tuple[Branch, ...]
    around: LoopSpec
    id: str
    test: Test
    whole_loop: bool
    ordinal: int
    definition: SegmentDefinition
    element: int = 0
    component: int = 0
    when: When | None = None
    notes: tuple[Note, ...] = ()

    @property
    def least(self) -> int:
        """How often it has to be there: 1 for what is required."""
        return self.rule.least or (1 if self.rule.use == "required" else 0)

    @property
    def qualified(self) -> bool:
        """True when it is about some occurrences only."""
        return bool(self.test or self.when or any(branch.test for branch in self.loops))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PartnerGuide:
    """A standard guide and a partner's rules for it, all of them sound.

    `name` is how it is known ("bolt/850-005010@1"), `partner` who asks, `document` the partner's own document, `text`
    what to know before all else. `digest` is a SHA-256 over its file.
    """

    name: str
    partner: str
    guide: Guide = field(repr=False)
    rules: tuple[Resolved, ...] = field(repr=False)
    document: str = ""
    text: str = ""
    digest: str = ""

    def fits(self, guide: Guide) -> bool:
        """Whether a set read under `guide` can be held to these rules."""
        return guide.set_id == self.guide.set_id and guide.release.id == self.guide.release.id
