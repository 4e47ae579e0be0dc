"""What a segment must hold, compiled: a quick yes for good segments, a full diagnosis for all others.

The quick way keys on the *shape* of a segment (which elements are there). The first good segment of a shape compiles
one regular expression for exactly these elements; from then on a segment of that shape costs one match and a set
look-up per coded element and date. Whatever the quick way does not recognise goes through `faults`, which decides.
"""

import re
from collections.abc import Callable, Container, Iterable, Mapping
from functools import lru_cache
from operator import contains
from typing import NamedTuple

from gateway.x12.guide import (
    CompositeDefinition,
    ElementDefinition,
    ElementUse,
    Note,
    Release,
    SegmentDefinition,
    release_of,
)
from gateway.x12.interchange import Delimiters, Segment, Terms
from gateway.x12.notes import broken, sentence, trigger
from gateway.x12.values import BASIC, EXTENDED, is_real_date, shown, wrong_value

SHAPES_LIMIT = 32
"""Shapes compiled per segment id; real partners use a handful, and a hostile one may not make us compile for ever."""

DATES_LIMIT = 10_000
"""Good dates remembered; some 27 years of them."""

GOOD_LIMIT = 10_000
"""Good segments remembered per rules, about 3 MB."""

GOOD_LENGTH = 32
"""Characters of a segment worth remembering: DTM, PO4, REF or TD5 repeat, longer ones (PO1, PID, N3) hardly do."""

COMBINATIONS_LIMIT = 4_000
"""Combinations of codes and dates remembered per shape."""

DOUBTFUL: Segment = ("",)
"""What vetting answers for a segment that needs a diagnosis: no place of any set is called ""."""

_Match = Callable[[str], "re.Match[str] | None"]


def _never(_raw: str) -> "re.Match[str] | None":
    return None


class Fault(NamedTuple):
    """One wrong element. `code` is AK403 with its value or a warning; positions count from 1, 0 when not applying."""

    code: str
    element: int
    component: int
    repeat: int
    reference: str
    value: str
    text: str
    structural: bool
    trigger: int = 0
    """The position, of an element or (where `component` is given) of a component, that made a broken note apply."""


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
        self.strict = agreed.charset != ""
        taken = set(delimiters.element + delimiters.component + delimiters.segment + delimiters.repetition)
        self.characters = (BASIC if agreed.charset == "basic" else EXTENDED) - taken
        self.dates: set[str] = set()
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


class Shape(NamedTuple):
    """What was compiled for segments with the same elements there.

    `match` recognises the whole segment, `sets` are what its groups must be in, `combinations` the groups known good.
    """

    match: _Match
    sets: tuple[Container[str], ...]
    combinations: set[tuple[str, ...]]


class SegmentRule:
    """The rule of one segment: its definition, the shapes learned so far, and the shape that came last.

    A shape's expression matches no other shape, so trying the last one first needs no key: partners have habits.
    """

    __slots__ = ("_rules", "_shapes", "combinations", "definition", "match", "sets")

    def __init__(self, definition: SegmentDefinition, rules: "Rules") -> None:
        self.definition = definition
        self.match: _Match = _never
        self.sets: tuple[Container[str], ...] = ()
        self.combinations: set[tuple[str, ...]] = set()
        self._shapes: dict[tuple[bool, ...], Shape] = {}
        self._rules = rules

    def turn(self, segment: Segment, raw: str) -> "re.Match[str] | None":
        """Try the shape that this segment has, and make it the last one; None when it does not match or is new."""
        shape = self._shapes.get(tuple(map(bool, segment)))
        if shape is None:
            return None
        self.match, self.sets, self.combinations = shape
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
        found = list(self._element_faults(segment))
        if not found:
            self._learn(segment)
        blamed = {fault.element for fault in found if not fault.code.startswith("W:")}
        present = tuple(map(bool, segment))
        for note in self.definition.notes:
            problem = broken(note, present)
            if problem is not None and problem[1] not in blamed:
                blamed.add(problem[1])
                found.append(self._note_fault(note, problem, segment))
        found.sort(key=lambda fault: fault.element)
        return found

    def _element_faults(self, segment: Segment) -> Iterable[Fault]:
        elements = self.definition.elements
        for use, value in zip(elements, segment[1:], strict=False):
            if value:
                yield from self._value_faults(use, value)
            elif use.requirement == "M":
                yield self._missing(use)
        for use in elements[len(segment) - 1 :]:
            if use.requirement == "M":
                yield self._missing(use)
        if any(segment[len(elements) + 1 :]):
            text = f"{len(segment) - 1} elements, {self.definition.id} has {len(elements)}"
            yield Fault("AK403:3", len(elements) + 1, 0, 0, "", "", text, False)

    def _missing(self, use: ElementUse) -> Fault:
        name = use.element.name if use.element else use.composite.name if use.composite else ""
        return Fault("AK403:1", use.position, 0, 0, use.reference, "", f"{name} is mandatory and missing", False)

    def _note_fault(self, note: Note, problem: tuple[str, int], segment: Segment) -> Fault:
        code, position = problem
        reference = (
            self.definition.elements[position - 1].reference if position <= len(self.definition.elements) else ""
        )
        value = segment[position] if code == "AK403:10" else ""
        made = trigger(note, tuple(map(bool, segment)), position)
        return Fault(code, position, 0, 0, reference, value, sentence(note, self.definition.id), False, made)

    def _value_faults(self, use: ElementUse, value: str) -> Iterable[Fault]:
        """At most one fault of an element that is there: of its repeats, components or value, the first."""
        separator = self._rules.delimiters.repetition
        repeats = value.split(separator) if separator and separator in value else [value]
        for number, repeat in enumerate(repeats[: use.repeat], start=1):
            place = number if len(repeats) > 1 else 0
            fault = self._repeat_fault(use, repeat, place)
            if fault is not None:
                yield fault
                return
        if len(repeats) > use.repeat:
            text = f"{len(repeats)} repetitions, {use.repeat} allowed"
            yield Fault("AK403:12", use.position, 0, use.repeat + 1, use.reference, value, text, False)

    def _repeat_fault(self, use: ElementUse, value: str, repeat: int) -> Fault | None:
        if not value:
            return None
        if use.composite is not None:
            return self._composite_fault(use, use.composite, value, repeat)
        assert use.element is not None  # noqa: S101  # an ElementUse is one or the other
        rules = self._rules
        wrong = wrong_value(value, use.element, self._all_characters, rules.codes(use.element), strict=rules.strict)
        if wrong is not None and not wrong.code.startswith("W:"):
            structural = use.position in self.definition.structural
            return Fault(wrong.code, use.position, 0, repeat, use.reference, value, wrong.text, structural)
        if rules.delimiters.component in value:
            return self._too_many_components(use, value, repeat, 1)
        if wrong is not None:
            return Fault(wrong.code, use.position, 0, repeat, use.reference, value, wrong.text, False)
        if use.element.kind == "DT" and is_real_date(value):
            rules.learn(value)
        return None

    @property
    def _all_characters(self) -> frozenset[str]:
        """The agreed characters and the component separator, which is judged apart."""
        return self._rules.characters | {self._rules.delimiters.component}

    def _too_many_components(self, use: ElementUse, value: str, repeat: int, allowed: int) -> Fault:
        code = "AK403:13" if self._rules.release.repeats else "AK403:3"
        text = f"{shown(value)} has {value.count(self._rules.delimiters.component) + 1} components, {allowed} allowed"
        return Fault(code, use.position, 0, repeat, use.reference, value, text, False)

    def _composite_fault(
        self, use: ElementUse, composite: CompositeDefinition, value: str, repeat: int
    ) -> Fault | None:
        parts = value.split(self._rules.delimiters.component)
        for part_use in composite.elements:
            element = part_use.element
            part = parts[part_use.position - 1] if part_use.position <= len(parts) else ""
            if element is None:
                continue
            if not part and part_use.requirement == "M":
                text = f"{element.name} is mandatory and missing"
                return Fault("AK403:1", use.position, part_use.position, repeat, element.reference, "", text, False)
            if part:
                codes = self._rules.codes(element)
                wrong = wrong_value(part, element, self._rules.characters, codes, strict=self._rules.strict)
                if wrong is not None:
                    where = (use.position, part_use.position, repeat, element.reference)
                    return Fault(wrong.code, *where, part, wrong.text, False)
        if any(parts[len(composite.elements) :]):
            return self._too_many_components(use, value, repeat, len(composite.elements))
        present = (True, *map(bool, parts))
        for note in composite.notes:
            problem = broken(note, present)
            if problem is not None:
                reference = composite.elements[problem[1] - 1].reference
                text = sentence(note, f"{self.definition.id}{use.position:02}-")
                made = trigger(note, present, problem[1])
                return Fault(problem[0], use.position, problem[1], repeat, reference, "", text, False, made)
        return None

    def _learn(self, segment: Segment) -> None:
        """Compile the shape of a segment without wrong elements, when its notes hold too."""
        present = tuple(map(bool, segment))
        if (
            len(self._shapes) >= SHAPES_LIMIT
            or present in self._shapes
            or any(broken(note, present) for note in self.definition.notes)
        ):
            return
        patterns = [re.escape(segment[0])]
        sets: list[Container[str]] = []
        for use, there in zip(self.definition.elements, present[1:], strict=False):
            pattern, members = self._pattern(use) if there else ("", None)
            patterns.append(pattern)
            if members is not None:
                sets.append(members)
        patterns += [""] * (len(segment) - len(patterns))
        match = re.compile(re.escape(self._rules.delimiters.element).join(patterns)).fullmatch
        self._shapes[present] = Shape(match, tuple(sets), set())

    def _pattern(self, use: ElementUse) -> tuple[str, Container[str] | None]:
        """A pattern for values that are surely good, and the set its group must be in, if it has one.

        A composite is recognised when only its first component is there and that is enough.
        """
        element = use.element
        if use.composite is not None:
            first, *others = use.composite.elements
            if any(other.requirement == "M" for other in others) or first.element is None:
                return "(?!)", None
            element = first.element
        assert element is not None  # noqa: S101  # an ElementUse is one or the other
        low, high = element.minimum, element.maximum
        match element.kind:
            case "DT":
                return f"([0-9]{{{low},{high}}})", self._rules.dates
            case "TM":
                return "(?:[01][0-9]|2[0-3])[0-5][0-9](?:[0-5][0-9][0-9]{0,2})?", None
            case "N":
                return f"-?[0-9]{{{low},{high}}}", None
            case "R":
                behind = min(high // 2, 6)
                number = f"[0-9]{{{low},{high - behind}}}(?:\\.[0-9]{{0,{behind}}})?"
                return (f"-?(?:{number}|\\.[0-9]{{{low},{behind}}})" if behind >= low else f"-?{number}"), None
            case "B":
                return "(?!)", None
            case _:
                codes = self._rules.codes(element)
                text = f"{_character_class(self._rules.characters)}{{{low},{high}}}"
                return (f"({text})", codes) if codes is not None else (text, None)


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


@lru_cache(maxsize=64)
def _character_class(characters: frozenset[str]) -> str:
    return "[" + "".join(re.escape(character) for character in sorted(characters)) + "]"
