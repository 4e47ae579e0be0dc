"""A segment taken apart: elements, repeats and components with their names and what they say."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from gateway.x12.advise import advise
from gateway.x12.explained import Advice, ElementText
from gateway.x12.findings import Finding
from gateway.x12.guide import ElementDefinition, ElementUse, SegmentDefinition
from gateway.x12.interchange import Delimiters, Segment
from gateway.x12.meaning import code_in_words, kind_in_words, period_in_words, value_in_words

ELEMENTS_LIMIT = 200
"""Elements taken apart of one segment; no guide has more than 30."""

PARTS_LIMIT = 100
"""Repeats or components taken apart of one element."""

FORM_OF_PERIOD = "1250"
PERIOD = "1251"


class Dissector:
    """Takes segments of one interchange apart, under its delimiters."""

    def __init__(self, delimiters: Delimiters) -> None:
        self._delimiters = delimiters

    def elements(
        self, segment: Segment, definition: SegmentDefinition | None, findings: Sequence[Finding] = ()
    ) -> tuple[ElementText, ...]:
        """The elements that are there or that a finding is about, in order, each with its findings."""
        about: dict[int, list[Finding]] = {}
        for finding in findings:
            about.setdefault(finding.element, []).append(finding)
        last = max([min(len(segment) - 1, ELEMENTS_LIMIT), *about])
        return tuple(
            self._element(segment, definition, position, about.get(position, []))
            for position in range(1, last + 1)
            if (position < len(segment) and segment[position]) or position in about
        )

    def _element(
        self, segment: Segment, definition: SegmentDefinition | None, position: int, findings: Sequence[Finding]
    ) -> ElementText:
        use = None
        if definition is not None and position <= len(definition.elements):
            use = definition.elements[position - 1]
        value = segment[position] if position < len(segment) else ""
        whole = ElementText(
            place=f"{segment[0]}{position:02}",
            position=position,
            reference=use.reference if use is not None else "",
            name=_name(use),
            value=value,
            meaning=_meaning(segment, definition, use, position),
        )
        parts = tuple(self._repeats(whole, use)) if value else ()
        if parts:
            whole = replace(whole, parts=parts, meaning="")
        return _attach(whole, tuple(advise(finding, use) for finding in findings))

    def _repeats(self, whole: ElementText, use: ElementUse | None) -> Iterator[ElementText]:
        """The element's repeats, or the components of a single one; nothing for a simple value."""
        separator = self._delimiters.repetition
        # ISA11 is the repetition separator itself (X12.5): nothing in an ISA repeats.
        if use is None or not separator or separator not in whole.value or whole.place.startswith("ISA"):
            yield from self._components(whole, use)
            return
        for number, value in enumerate(whole.value.split(separator)[:PARTS_LIMIT], start=1):
            meaning = value_in_words(use.element, value) if use.element is not None else ""
            one = replace(whole, repeat=number, value=value, meaning=meaning)
            yield replace(one, parts=tuple(self._components(one, use)))

    def _components(self, whole: ElementText, use: ElementUse | None) -> Iterator[ElementText]:
        if use is None or use.composite is None or (self._delimiters.component not in whole.value):
            return
        values = whole.value.split(self._delimiters.component)[:PARTS_LIMIT]
        known = use.composite.elements
        for number, value in enumerate(values, start=1):
            element = known[number - 1].element if number <= len(known) else None
            yield ElementText(
                place=f"{whole.place}-{number}",
                position=whole.position,
                repeat=whole.repeat,
                component=number,
                reference=element.reference if element is not None else "",
                name=element.name if element is not None else "",
                value=value,
                meaning=_component_meaning(known, values, number, element),
            )


def _name(use: ElementUse | None) -> str:
    if use is None:
        return ""
    return use.element.name if use.element is not None else use.composite.name if use.composite is not None else ""


def _meaning(segment: Segment, definition: SegmentDefinition | None, use: ElementUse | None, position: int) -> str:
    if use is None or definition is None or position >= len(segment) or not segment[position]:
        return ""
    value = segment[position]
    if use.element is None:
        # A composite of which only the first component came; others are taken apart.
        first = use.composite.elements[0].element if use.composite is not None else None
        return value_in_words(first, value) if first is not None else ""
    if use.reference == PERIOD:
        return period_in_words(segment[position - 1], value)
    said = value_in_words(use.element, value)
    kind = kind_in_words(definition, segment, position)
    return ", ".join(filter(None, (said, kind)))


def _component_meaning(
    known: Sequence[ElementUse], values: Sequence[str], number: int, element: ElementDefinition | None
) -> str:
    if element is None:
        return ""
    before = known[number - 2].element if number > 1 else None
    if element.reference == "127" and before is not None and before.reference == "128":
        return code_in_words("128", values[number - 2])
    return value_in_words(element, values[number - 1])


def _attach(element: ElementText, advice: tuple[Advice, ...]) -> ElementText:
    """The element with its findings: on the very component or repeat where there is one, else on itself."""
    if not advice:
        return element
    parts = tuple(
        _attach(part, tuple(one for one in advice if _within(one.finding, part)))
        if any(_within(one.finding, part) for one in advice)
        else part
        for part in element.parts
    )
    rest = tuple(one for one in advice if not any(_within(one.finding, part) for part in element.parts))
    return replace(element, parts=parts, advice=rest)


def _within(finding: Finding, part: ElementText) -> bool:
    return (not part.repeat or finding.repeat in (0, part.repeat)) and (
        part.component in (0, finding.component) and (bool(part.component) or bool(finding.repeat))
    )
