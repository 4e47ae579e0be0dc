"""Regular expressions that recognise good segments, one for each shape: which elements of a segment are there.

Codes are written into the expression as they are met ("EA|CA"): partners use a handful, and comparing them in C costs
less than looking them up. Where one uses many, and for dates, the expression has a group that is looked up instead.
"""

import re
from collections.abc import Callable, Container
from functools import lru_cache
from typing import NamedTuple

from gateway.x12.definitions import ElementDefinition, ElementUse, SegmentDefinition
from gateway.x12.faults import Judge
from gateway.x12.interchange import Segment

SHAPES_LIMIT = 32
"""Shapes compiled per segment id; real partners use a handful, and a hostile one may not make us compile for ever."""

COMPILED_LIMIT = 200
"""Expressions compiled per segment id, at about a millisecond each: shapes, and again for codes that are new."""

CODES_LIMIT = 6
"""Codes of one element that are written into an expression; with more of them looking up is faster."""

Match = Callable[[str], "re.Match[str] | None"]


class Shape(NamedTuple):
    """What was compiled for segments with the same elements there.

    `match` recognises the whole segment, `sets` are what its groups must be in, `combinations` the groups known good.
    `codes` counts the codes that were known when it was compiled.
    """

    match: Match
    sets: tuple[Container[str], ...]
    combinations: set[tuple[str, ...]]
    codes: int


class Shapes:
    """The shapes learned of one segment from good ones."""

    def __init__(self, definition: SegmentDefinition, judge: Judge, dates: set[str]) -> None:
        self._definition = definition
        self._judge = judge
        self._dates = dates
        self._shapes: dict[tuple[bool, ...], Shape] = {}
        self._codes: dict[int, set[str]] = {}
        self._known = 0
        self._compiled = 0

    def of(self, segment: Segment) -> Shape | None:
        """The shape that a segment has, None when it is new."""
        return self._shapes.get(tuple(map(bool, segment)))

    def learn(self, segment: Segment) -> None:
        """Compile the shape of a good segment, or compile it again for codes that are new."""
        shape = self.of(segment)
        self._learn_codes(segment)
        if (
            self._compiled >= COMPILED_LIMIT
            or (shape is None and len(self._shapes) >= SHAPES_LIMIT)
            or (shape is not None and shape.codes == self._known)
        ):
            return
        self._compiled += 1
        self._shapes[tuple(map(bool, segment))] = self._compile(segment)

    def _learn_codes(self, segment: Segment) -> None:
        for use, value in zip(self._definition.elements, segment[1:], strict=False):
            if value and use.element is not None and self._judge.codes(use.element) is not None:
                known = self._codes.setdefault(use.position, set())
                if value not in known and len(known) <= CODES_LIMIT:
                    known.add(value)
                    self._known += 1

    def _compile(self, segment: Segment) -> Shape:
        patterns = [re.escape(segment[0])]
        sets: list[Container[str]] = []
        for use, value in zip(self._definition.elements, segment[1:], strict=False):
            pattern, members = self._pattern(use) if value else ("", None)
            patterns.append(pattern)
            if members is not None:
                sets.append(members)
        patterns += [""] * (len(segment) - len(patterns))
        match = re.compile(re.escape(self._judge.delimiters.element).join(patterns)).fullmatch
        return Shape(match, tuple(sets), set(), self._known)

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
        known = self._codes.get(use.position, ())
        if known and len(known) <= CODES_LIMIT:
            return f"(?:{'|'.join(map(re.escape, sorted(known)))})", None
        codes = self._judge.codes(element)
        if element.kind == "DT":
            return f"({_text(element, self._judge)})", self._dates
        return (_text(element, self._judge), None) if codes is None else (f"({_text(element, self._judge)})", codes)


def _text(element: ElementDefinition, judge: Judge) -> str:
    """A pattern for values of an element's type and length."""
    low, high = element.minimum, element.maximum
    match element.kind:
        case "DT":
            return f"[0-9]{{{low},{high}}}"
        case "TM":
            return "(?:[01][0-9]|2[0-3])[0-5][0-9](?:[0-5][0-9][0-9]{0,2})?"
        case "N":
            return f"-?[0-9]{{{low},{high}}}"
        case "R":
            behind = min(high // 2, 6)
            number = f"[0-9]{{{low},{high - behind}}}(?:\\.[0-9]{{0,{behind}}})?"
            return f"-?(?:{number}|\\.[0-9]{{{low},{behind}}})" if behind >= low else f"-?{number}"
        case "B":
            return "(?!)"
        case _:
            return _string(judge.characters, low, high)


def _string(characters: frozenset[str], low: int, high: int) -> str:
    """A pattern for strings that are more than spaces. Few begin with a space, so the look ahead is the second try."""
    any_of, no_space = _character_class(characters), _character_class(characters - {" "})
    return f"(?:{no_space}{any_of}{{{max(low - 1, 0)},{high - 1}}}|(?= +{no_space}){any_of}{{{low},{high}}})"


@lru_cache(maxsize=64)
def _character_class(characters: frozenset[str]) -> str:
    return "[" + "".join(re.escape(character) for character in sorted(characters)) + "]"
