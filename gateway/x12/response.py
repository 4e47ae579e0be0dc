"""The answer to one functional group: AK1 to AK9 of a 997 or 999, from what checking it found.

Everything here is asked of the answer's own guide (which codes a release has, how long an element may be), so that the
answer is valid whatever it answers. Warnings have no part in it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from gateway.x12.echo import Fitting
from gateway.x12.findings import Effect, Finding, Trigger
from gateway.x12.guide import ElementUse, Guide, load
from gateway.x12.interchange import GroupResult, SetResult
from gateway.x12.nearest import code_in, of_guide, silent
from gateway.x12.write import Composite, OutboundSegment

FunctionalKind = Literal["997", "999"]
"""What a group is answered with: the functional or the implementation acknowledgement."""

IMPLEMENTATION_SINCE: Final = "005010"
"""The first release with a 999 at hand: before, there is only the 997."""

CODES_LIMIT: Final = 5
"""AK502-06 and AK905-09: five codes each."""

SEGMENT_NOTES_LIMIT: Final = 999_999
"""AK3 per set, and at the same time the largest position AK302 can say in 004010 (element 719 is N0 1/6)."""

ELEMENT_NOTES_LIMIT: Final = 99
"""AK4 per AK3; the 999 has no limit of its own, and no segment has more elements."""

CONTEXTS_LIMIT: Final = 10
"""CTX per IK3 and per IK4."""

COUNT_LIMIT: Final = 999_999
"""Elements 97, 123 and 2 are N0 1/6."""

SITUATIONAL_TRIGGER: Final = "SITUATIONAL TRIGGER"
"""CTX01 of what made a broken rule apply (999, CTX)."""

_NO_COPY: Final = frozenset({"1", "2", "3", "6", "12", "13", "I9", "I11"})
"""Values of AK403 and IK403 without a copy: nothing is there, it must not be repeated (6; X12 997, note on AK404), or
it is as a whole held together by delimiters, which may not stand in a copy.
"""

_SEGMENTS_IN_ERROR: Final = "5"
_ELEMENTS_IN_ERROR: Final = "8"


@dataclass(frozen=True, slots=True)
class _Form:
    """How a kind of answer calls its segments about a segment, an element and the end of a set."""

    segment: str
    element: str
    trailer: str
    implementation: bool


_FORMS: Final[Mapping[FunctionalKind, _Form]] = {
    "997": _Form("AK3", "AK4", "AK5", False),
    "999": _Form("IK3", "IK4", "IK5", True),
}


def kind_for(version: str, wanted: FunctionalKind) -> FunctionalKind:
    """What a group of this GS08 can be answered with: a 999 was wanted, but releases before 005010 have none."""
    return "997" if version[:6].isdigit() and version[:6] < IMPLEMENTATION_SINCE else wanted


def response_guide(version: str, kind: FunctionalKind = "997") -> Guide:
    """The guide of the answer to a GS08: its own release's, else the nearest of ours that is not newer (or the oldest).

    A 999 for a GS08 that is no version at all is one of 005010.
    """
    newer = version[:6].isdigit() and version[:6] >= IMPLEMENTATION_SINCE
    release = IMPLEMENTATION_SINCE if newer or kind == "999" else "004010"
    guide = load(kind, version) or load(kind, release)
    if guide is None:
        raise LookupError(f"no {kind} guide for {release}")
    return guide


def said_of_set(result: SetResult, kind: FunctionalKind) -> str:
    """AK501 or IK501. A 997 does not speak of what a partner guide only notes: such a set is accepted there."""
    if result.status != "E" or _FORMS[kind].implementation:
        return result.status
    noted = [finding for finding in result.findings if finding.effect is Effect.NOTE]
    return "A" if noted and all(map(of_guide, noted)) else "E"


def said_of_group(group: GroupResult, kind: FunctionalKind) -> str:
    """AK901, with its sets as they are answered."""
    if group.status != "E" or any(finding.effect is Effect.NOTE for finding in group.findings):
        return group.status
    said = [said_of_set(result, kind) for result in group.sets]
    return "A" if said and "E" not in said else "E"


def group_response(
    group: GroupResult, guide: Guide, characters: frozenset[str], kind: FunctionalKind = "997"
) -> tuple[OutboundSegment, ...]:
    """The segments between ST and SE of the answer to one group; `characters` may stand in it.

    AK2 to AK5 come for every set, accepted ones too, in the order received: what is not named was not seen.
    """
    return tuple(_Response(guide, Fitting(characters), kind, _FORMS[kind]).segments(group))


@dataclass(frozen=True, slots=True)
class _Response:
    guide: Guide
    fitting: Fitting
    kind: FunctionalKind
    form: _Form

    def segments(self, group: GroupResult) -> Iterator[OutboundSegment]:
        header, fitting = group.header, self.fitting
        version = fitting.name(header.version, 0, 12) if self._has("AK1", 3) else ""
        yield ("AK1", fitting.name(header.functional_id, 2, 2), fitting.digits(header.control_number, 1, 9), version)
        for result in group.sets:
            yield from self._set(result)
        counts = (str(min(count, COUNT_LIMIT)) for count in (group.included, group.received, group.accepted))
        codes = self._codes("AK9", 5, group.findings)[:CODES_LIMIT]
        yield ("AK9", said_of_group(group, self.kind), *counts, *codes)

    def _set(self, result: SetResult) -> Iterator[OutboundSegment]:
        header, fitting = result.header, self.fitting
        number = fitting.text(header.control_number.replace(" ", ""), 4, 9, fill="0")
        convention = fitting.text(header.implementation, 0, 35) if self._has("AK2", 3) else ""
        yield ("AK2", fitting.name(header.id, 3, 3), number, convention)
        notes, status = 0, said_of_set(result, self.kind)
        told = [one for one in result.findings if not silent(one, implementation=self.form.implementation)]
        for findings in list(_by_segment(told))[:SEGMENT_NOTES_LIMIT]:
            yield from self._segment(findings, result.business_unit)
            notes += 1
        codes = self._codes(self.form.trailer, 2, told)
        if notes or (not codes and status != "A"):
            codes.append(_SEGMENTS_IN_ERROR)
        yield (self.form.trailer, status, *list(dict.fromkeys(codes))[:CODES_LIMIT])

    def _segment(self, findings: list[Finding], unit: tuple[str, str]) -> Iterator[OutboundSegment]:
        """AK3 with the gravest, else first, of its segment codes, and an AK4 for each of its elements in error."""
        name, first = self.form.segment, findings[0]
        own = [finding for finding in findings if self._code(name, 4, finding)]
        own.sort(key=lambda finding: finding.effect is not Effect.REJECT)
        elements = [finding for finding in findings if self._code(self.form.element, 3, finding)]
        code = self._code(name, 4, own[0]) if own else _ELEMENTS_IN_ERROR if elements else ""
        loop = self.fitting.name(first.loop, 0, self._maximum(name, 3))
        yield (name, self.fitting.name(first.segment, 2, 3), _position(first.position), loop, code)
        if self.form.implementation:
            yield from self._contexts(own[:1], unit)
        for finding in elements[:ELEMENT_NOTES_LIMIT]:
            yield self._element(finding)
            if self.form.implementation:
                yield from self._contexts([finding], ("", ""))

    def _element(self, finding: Finding) -> OutboundSegment:
        name = self.form.element
        code = self._code(name, 3, finding)
        copy = "" if code in _NO_COPY or finding.altered else self._copy(finding.value)
        place = self._place(finding.element, finding.component, finding.repeat)
        return (name, place, _reference(finding.reference), code, copy)

    def _contexts(self, findings: Sequence[Finding], unit: tuple[str, str]) -> Iterator[OutboundSegment]:
        """CTX: what made a broken rule apply, then the business unit that the segment is in (999, CTX)."""
        for trigger in [finding.trigger for finding in findings if finding.trigger][: CONTEXTS_LIMIT - 1]:
            yield self._trigger(trigger)
        name, value = unit
        if name and value.strip() and len(value) <= self._maximum_of_context() and self._writable(value):
            yield ("CTX", (name, value))

    def _trigger(self, trigger: Trigger) -> OutboundSegment:
        loop = self.fitting.name(trigger.loop, 0, self._maximum("CTX", 4))
        place: Composite = ()
        if trigger.element:
            place = self._place(trigger.element, trigger.component, trigger.repeat)
        segment = self.fitting.name(trigger.segment, 2, 3)
        reference = (_reference(trigger.reference),) if trigger.element else ()
        return ("CTX", (SITUATIONAL_TRIGGER,), segment, _position(trigger.position), loop, place, reference)

    def _place(self, element: int, component: int, repeat: int) -> Composite:
        """AK401: position in the segment, in the composite and, since 00402, the repetition, each in its own place."""
        within = str(min(component, 99)) if component else ""
        repetition = str(min(repeat, 9999)) if repeat and self._repeats() else ""
        return (str(min(max(element, 1), 99)), within, repetition)

    def _copy(self, value: str) -> str:
        """AK404: at most 99 characters, and nothing at all rather than a character that may not be written."""
        cut = value[: self._maximum(self.form.element, 4)]
        return cut if cut.strip() and self._writable(cut) else ""

    def _writable(self, value: str) -> bool:
        return self.fitting.characters.issuperset(value)

    def _codes(self, segment: str, position: int, findings: Iterable[Finding]) -> list[str]:
        """The different codes that findings have for an element, in order, and as many as there are."""
        codes = (self._code(segment, position, one) for one in findings if one.effect is not Effect.WARN)
        return list(dict.fromkeys(filter(None, codes)))

    def _code(self, segment: str, position: int, finding: Finding) -> str:
        """The finding's code as this element of the answer says it, "" when it has none for it."""
        element = self._use(segment, position).element
        return code_in(finding, f"{segment}{position:02}", element.codes if element is not None else None)

    def _use(self, segment: str, position: int) -> ElementUse:
        definition = self.guide.segment(segment)
        if definition is None:
            raise LookupError(f"the {self.kind} of {self.guide.release.id} has no {segment}")
        return definition.elements[position - 1]

    def _has(self, segment: str, position: int) -> bool:
        definition = self.guide.segment(segment)
        return definition is not None and len(definition.elements) >= position

    def _maximum(self, segment: str, position: int) -> int:
        element = self._use(segment, position).element
        return element.maximum if element is not None else 0

    def _maximum_of_context(self) -> int:
        composite = self._use("CTX", 1).composite
        element = composite.elements[1].element if composite is not None else None
        return element.maximum if element is not None else 0

    def _repeats(self) -> bool:
        composite = self._use(self.form.element, 1).composite
        return composite is not None and len(composite.elements) >= 3


def _position(position: int) -> str:
    return str(min(max(position, 1), SEGMENT_NOTES_LIMIT))


def _reference(text: str) -> str:
    """Element 725 is N0 1/4: the id of a composite does not go there."""
    return text if 1 <= len(text) <= 4 and text.isascii() and text.isdigit() else ""


def _by_segment(findings: Iterable[Finding]) -> Iterator[list[Finding]]:
    """Findings about segments, gathered per segment they are about, in order of position.

    A missing segment has the position it is missed at, where another one stands: so id and loop tell them apart.
    """
    gathered: dict[tuple[int, str, str], list[Finding]] = {}
    for finding in findings:
        if finding.code[1:6] in ("K304:", "K403:"):
            gathered.setdefault((finding.position, finding.segment, finding.loop), []).append(finding)
    yield from (gathered[key] for key in sorted(gathered, key=lambda key: key[0]))
