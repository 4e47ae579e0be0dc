"""What a segment must hold, compiled: a quick yes for good segments, a full diagnosis for all others.

The quick way keys on the *shape* of a segment (which elements are there). The first good segment of a shape compiles
one regular expression for exactly these elements and the codes they had; from then on a segment of that shape costs one
match. Whatever the quick way does not recognise goes through `faults`, which decides.
"""

from collections.abc import Callable, Container, Mapping
from functools import lru_cache
from operator import contains
from re import Match as Found
from typing import NamedTuple

from gateway.x12.definitions import ElementDefinition, SegmentDefinition
from gateway.x12.faults import Fault, Judge
from gateway.x12.guide import Release, release_of
from gateway.x12.interchange import Delimiters, Segment, Terms
from gateway.x12.shapes import Match, Shapes
from gateway.x12.values import BASIC, EXTENDED

DATES_LIMIT = 10_000
"""Good dates remembered; some 27 years of them."""

GOOD_LIMIT = 10_000
"""Good segments remembered per rules, about 3 MB."""

GOOD_LENGTH = 32
"""Characters of a segment worth remembering: DTM, PO4, REF or TD5 repeat, longer ones (PO1, PID, N3) hardly do."""

COMBINATIONS_LIMIT = 4_000
"""Combinations of codes and dates remembered per shape."""

STRICT = frozenset({"basic", "extended"})
"""Agreed character sets that refuse all other characters (X12.5)."""

NATIONAL = frozenset({"latin-1", "utf-8"})
"""Agreed encodings: characters beyond ASCII are as good as any, and the bytes are read so."""

DOUBTFUL: Segment = ("",)
"""What vetting answers for a segment that needs a diagnosis: no place of any set is called ""."""


def _never(_raw: str) -> "Found[str] | None":
    return None


class Agreed(NamedTuple):
    """What changes the checks of values: the part of Terms that rules are compiled for."""

    charset: str
    extra_codes: tuple[tuple[str, frozenset[str]], ...]


def agreed(terms: Terms) -> Agreed:
    """The part of terms that rules are compiled for, in a form that can be compared and kept."""
    return Agreed(terms.charset, tuple(sorted((key, frozenset(codes)) for key, codes in terms.extra_codes.items())))


class Rules:
    """The rules of all segments of a release, compiled as they are met."""

    def __init__(self, release: Release, delimiters: Delimiters, agreed: Agreed) -> None:
        self.release = release
        self.delimiters = delimiters
        taken = set(delimiters.element + delimiters.component + delimiters.segment + delimiters.repetition)
        self.characters = (BASIC if agreed.charset == "basic" else EXTENDED) - taken
        self.dates: set[str] = set()
        self.judge = Judge(
            delimiters,
            self.characters,
            self.codes,
            strict=agreed.charset in STRICT,
            national=agreed.charset in NATIONAL,
            later=release.repeats,
        )
        self._extra: Mapping[str, frozenset[str]] = dict(agreed.extra_codes)
        self._rules: dict[str, SegmentRule] = {}
        self.good: dict[str, Segment] = {}
        self.vet = _vetting(self._rules, self.good, delimiters.element)
        self._codes: dict[str, frozenset[str] | None] = {}

    def rule(self, segment_id: str) -> "SegmentRule | None":
        """The rule of a segment id, None when the release at hand has no definition for it."""
        known = self._rules.get(segment_id)
        if known is None and segment_id in self.release.definitions:
            known = self._rules[segment_id] = SegmentRule(self.release.definitions[segment_id], self)
        return known

    def codes(self, element: ElementDefinition) -> frozenset[str] | None:
        """The code list in force for an element: the guide's and what the agreement adds."""
        if element.reference not in self._codes:
            extra = self._extra.get(element.reference, frozenset())
            self._codes[element.reference] = None if element.codes is None else element.codes | extra
        return self._codes[element.reference]

    def learn(self, date: str) -> None:
        """Remember a date that was looked at and is real."""
        if len(self.dates) >= DATES_LIMIT:
            self.dates.clear()
        self.dates.add(date)


class SegmentRule:
    """The rule of one segment: its definition, the shapes learned so far, and the shape that came last.

    A shape's expression matches no other shape, so trying the last one first needs no key: partners have habits.
    """

    __slots__ = ("_rules", "_shapes", "combinations", "definition", "match", "sets")

    def __init__(self, definition: SegmentDefinition, rules: "Rules") -> None:
        self.definition = definition
        self.match: Match = _never
        self.sets: tuple[Container[str], ...] = ()
        self.combinations: set[tuple[str, ...]] = set()
        self._shapes = Shapes(definition, rules.judge, rules.dates)
        self._rules = rules

    def turn(self, segment: Segment, raw: str) -> "Found[str] | None":
        """Try the shape that this segment has, and make it the last one; None when it does not match or is new."""
        shape = self._shapes.of(segment)
        if shape is None:
            return None
        self.match, self.sets, self.combinations, _ = shape
        return self.match(raw)

    def combine(self, values: tuple[str, ...]) -> bool:
        """Judge codes and dates that were not seen together yet, and remember them when they are good."""
        if not all(map(contains, self.sets, values)):
            return False
        if len(self.combinations) >= COMBINATIONS_LIMIT:
            self.combinations.clear()
        self.combinations.add(values)
        return True

    def faults(self, segment: Segment) -> list[Fault]:
        """Everything wrong with a segment, at most one fault per element, in order of position."""
        judge = self._rules.judge
        found = judge.faults(self.definition, segment)
        whole = not found
        found += judge.notes(self.definition, segment, found)
        if whole:
            for use, value in zip(self.definition.elements, segment[1:], strict=False):
                if value and use.element is not None and use.element.kind == "DT":
                    self._rules.learn(value)
            if not found:
                self._shapes.learn(segment)
        found.sort(key=lambda fault: fault.element)
        return found


def _vetting(rules: Mapping[str, SegmentRule], good: dict[str, Segment], separator: str) -> Callable[[str], Segment]:
    """The quick way: a function from a segment's text to the segment when it is surely good, else to `DOUBTFUL`.

    A closure, because it runs once per segment: it finds everything it needs in its cells. Short good segments are
    remembered in `good` for the caller to look there first: units, dates and qualifiers come over and over again.
    """

    def vet(raw: str) -> Segment:
        segment = tuple(raw.split(separator))
        rule = rules.get(segment[0])
        if rule is None:
            return DOUBTFUL
        found = rule.match(raw)
        if found is None:
            found = rule.turn(segment, raw)
            if found is None:
                return DOUBTFUL
        if rule.sets and (values := found.groups()) not in rule.combinations and not rule.combine(values):
            return DOUBTFUL
        if len(raw) <= GOOD_LENGTH:
            if len(good) >= GOOD_LIMIT:
                good.clear()
            good[raw] = segment
        return segment

    return vet


@lru_cache(maxsize=64)
def rules_for(release_id: str, delimiters: Delimiters, agreed: Agreed) -> Rules:
    """Rules for a release we have guides for, shared by all that read with the same delimiters and agreement."""
    release = release_of(release_id)
    if release is None:
        raise LookupError(f"no guides for release {release_id}")
    return Rules(release, delimiters, agreed)
