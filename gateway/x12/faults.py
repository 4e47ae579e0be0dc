"""What is wrong with a segment, element by element: the full diagnosis, whatever the quick way of `rules` may know."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from gateway.x12.definitions import CompositeDefinition, ElementDefinition, ElementUse, Note, SegmentDefinition
from gateway.x12.interchange import Delimiters, Segment
from gateway.x12.notes import broken, sentence, trigger
from gateway.x12.values import Wrong, is_blank, shown, wrong_value


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


Codes = Callable[[ElementDefinition], frozenset[str] | None]
"""The code list in force for an element, None where any value goes."""


class Judge:
    """Judges segments under given delimiters and agreed characters.

    `strict` makes other characters a fault, `national` has nothing against those beyond ASCII; `later` is True for
    releases that know repeats (AK403 12, 13).
    """

    def __init__(
        self,
        delimiters: Delimiters,
        characters: frozenset[str],
        codes: Codes,
        *,
        strict: bool,
        national: bool,
        later: bool,
    ) -> None:
        self.delimiters = delimiters
        self.characters = characters
        self.codes = codes
        self._in_elements = characters | {delimiters.component}
        self._strict = strict
        self._national = national
        self._later = later

    def faults(self, definition: SegmentDefinition, segment: Segment) -> list[Fault]:
        """Everything wrong with the elements of a segment, at most one fault per element, in order of position."""
        return list(self._elements(definition, segment)) or list(_binary(definition, segment))

    def notes(self, definition: SegmentDefinition, segment: Segment, found: Iterable[Fault]) -> list[Fault]:
        """The syntax notes a segment breaks, but for those about elements that were found wrong already."""
        blamed = {fault.element for fault in found if not fault.code.startswith("W:")}
        present = tuple(map(bool, segment))
        faults = []
        for note in definition.notes:
            problem = broken(note, present)
            if problem is not None and problem[1] not in blamed:
                blamed.add(problem[1])
                faults.append(_note_fault(definition, note, problem, segment))
        return faults

    def _elements(self, definition: SegmentDefinition, segment: Segment) -> Iterable[Fault]:
        elements = definition.elements
        for use, value in zip(elements, segment[1:], strict=False):
            if use.element is not None and use.requirement == "M" and self._only_spaces(value, use.element):
                yield _missing(use, f"{shown(value)} holds only spaces: ")
            elif value:
                yield from self._value(definition, use, value)
            elif use.requirement == "M":
                yield _missing(use)
        for use in elements[len(segment) - 1 :]:
            if use.requirement == "M":
                yield _missing(use)
        if any(segment[len(elements) + 1 :]):
            text = f"{len(segment) - 1} elements, {definition.id} has {len(elements)}"
            yield Fault("AK403:3", len(elements) + 1, 0, 0, "", "", text, False)

    def _value(self, definition: SegmentDefinition, use: ElementUse, value: str) -> Iterable[Fault]:
        """At most one fault of an element that is there: of its repeats, components or value, the first."""
        if use.element is not None and use.element.kind == "B":
            return
        separator = self.delimiters.repetition
        repeats = value.split(separator) if separator and separator in value else [value]
        for number, repeat in enumerate(repeats[: use.repeat], start=1):
            fault = self._repeat(definition, use, repeat, number if len(repeats) > 1 else 0)
            if fault is not None:
                yield fault
                return
        if len(repeats) > use.repeat:
            text = f"{len(repeats)} repetitions, {use.repeat} allowed"
            yield Fault("AK403:12", use.position, 0, use.repeat + 1, use.reference, value, text, False)

    def _repeat(self, definition: SegmentDefinition, use: ElementUse, value: str, repeat: int) -> Fault | None:
        if not value:
            return None
        if use.composite is not None:
            return self._composite(definition, use, use.composite, value, repeat)
        assert use.element is not None  # noqa: S101  # an ElementUse is one or the other
        wrong = self._wrong(value, use.element, self._in_elements)
        if wrong is not None and not wrong.code.startswith("W:"):
            structural = use.position in definition.structural
            return Fault(wrong.code, use.position, 0, repeat, use.reference, value, wrong.text, structural)
        if self.delimiters.component in value:
            return self._too_many_components(use, value, repeat, 1)
        if wrong is not None:
            return Fault(wrong.code, use.position, 0, repeat, use.reference, value, wrong.text, False)
        return None

    def _composite(
        self, definition: SegmentDefinition, use: ElementUse, composite: CompositeDefinition, value: str, repeat: int
    ) -> Fault | None:
        parts = value.split(self.delimiters.component)
        for part_use in composite.elements:
            part = parts[part_use.position - 1] if part_use.position <= len(parts) else ""
            fault = self._component(use, part_use, part, repeat)
            if fault is not None:
                return fault
        if any(parts[len(composite.elements) :]):
            return self._too_many_components(use, value, repeat, len(composite.elements))
        present = (True, *map(bool, parts))
        for note in composite.notes:
            problem = broken(note, present)
            if problem is not None:
                reference = composite.elements[problem[1] - 1].reference
                text = sentence(note, f"{definition.id}{use.position:02}-")
                made = trigger(note, present, problem[1])
                return Fault(problem[0], use.position, problem[1], repeat, reference, "", text, False, made)
        return None

    def _component(self, use: ElementUse, part_use: ElementUse, part: str, repeat: int) -> Fault | None:
        element = part_use.element
        if element is None:
            return None
        where = (use.position, part_use.position, repeat, element.reference)
        if not part:
            text = f"{element.name} is mandatory and missing"
            return Fault("AK403:1", *where, "", text, False) if part_use.requirement == "M" else None
        if part_use.requirement == "M" and self._only_spaces(part, element):
            text = f"{shown(part)} holds only spaces: {element.name} is mandatory and missing"
            return Fault("AK403:1", *where, "", text, False)
        wrong = self._wrong(part, element, self.characters)
        return None if wrong is None else Fault(wrong.code, *where, part, wrong.text, False)

    def _only_spaces(self, value: str, element: ElementDefinition) -> bool:
        """Blanks where any text goes; where there is a code list, they are no code of it (AK403 7)."""
        return is_blank(value, element) and self.codes(element) is None

    def _wrong(self, value: str, element: ElementDefinition, characters: frozenset[str]) -> Wrong | None:
        wrong = wrong_value(value, element, characters, self.codes(element), strict=self._strict)
        agreed = wrong is not None and wrong.code == "W:national-characters" and self._national
        return None if agreed else wrong

    def _too_many_components(self, use: ElementUse, value: str, repeat: int, allowed: int) -> Fault:
        text = f"{shown(value)} has {value.count(self.delimiters.component) + 1} components, {allowed} allowed"
        code = "AK403:13" if self._later else "AK403:3"
        return Fault(code, use.position, 0, repeat, use.reference, value, text, False)


def _missing(use: ElementUse, before: str = "") -> Fault:
    name = use.element.name if use.element else use.composite.name if use.composite else ""
    return Fault("AK403:1", use.position, 0, 0, use.reference, "", f"{before}{name} is mandatory and missing", False)


def _note_fault(definition: SegmentDefinition, note: Note, problem: tuple[str, int], segment: Segment) -> Fault:
    code, position = problem
    reference = definition.elements[position - 1].reference if position <= len(definition.elements) else ""
    value = segment[position] if code == "AK403:10" else ""
    made = trigger(note, tuple(map(bool, segment)), position)
    return Fault(code, position, 0, 0, reference, value, sentence(note, definition.id), False, made)


def _binary(definition: SegmentDefinition, segment: Segment) -> Iterable[Fault]:
    """Binary data that is not as long as the element before it says (X12, BIN and BDS). The data is never copied."""
    for use, said, data in zip(definition.elements[1:], segment[1:], segment[2:], strict=False):
        if said and use.element is not None and use.element.kind == "B" and len(data) != int(said):
            code = "AK403:5" if len(data) > int(said) else "AK403:4"
            text = f"{len(data)} bytes of binary data, the element before says {said}"
            yield Fault(code, use.position, 0, 0, use.reference, "", text, False)
