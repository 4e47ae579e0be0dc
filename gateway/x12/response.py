"""The answer to one functional group: AK1 to AK9, from what checking it found.

Everything here is asked of the 997's own guide (which codes a release has, how long an element may be), so that the
answer is valid whatever it answers. Warnings have no part in it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from gateway.x12.echo import Fitting
from gateway.x12.findings import Effect, Finding
from gateway.x12.guide import ElementUse, Guide, load
from gateway.x12.interchange import GroupResult, SetResult
from gateway.x12.write import Composite, OutboundSegment

CODES_LIMIT: Final = 5
"""AK502-06 and AK905-09: five codes each."""

SEGMENT_NOTES_LIMIT: Final = 999_999
"""AK3 per set, and at the same time the largest position AK302 can say in 004010 (element 719 is N0 1/6)."""

ELEMENT_NOTES_LIMIT: Final = 99
"""AK4 per AK3."""

COUNT_LIMIT: Final = 999_999
"""Elements 97, 123 and 2 are N0 1/6."""

_NO_COPY: Final = frozenset({"1", "2", "6"})
"""AK403 values without AK404: nothing is there, or what is there must not be repeated (X12 997, note on AK404)."""

_SEGMENTS_IN_ERROR: Final = "5"
_ELEMENTS_IN_ERROR: Final = "8"


def response_guide(version: str) -> Guide:
    """The 997 to answer a GS08 with: its own release's, else the nearest of ours that is not newer (or the oldest)."""
    release = "005010" if version[:6].isdigit() and version[:6] >= "005010" else "004010"
    guide = load("997", version) or load("997", release)
    if guide is None:
        raise LookupError(f"no 997 guide for {release}")
    return guide


def group_response(group: GroupResult, guide: Guide, characters: frozenset[str]) -> tuple[OutboundSegment, ...]:
    """The segments between ST and SE of the 997 for one group; `characters` may stand in it.

    AK2 to AK5 come for every set, accepted ones too, in the order received: what is not named was not seen.
    """
    return tuple(_Response(guide, Fitting(characters)).segments(group))


@dataclass(frozen=True, slots=True)
class _Response:
    guide: Guide
    fitting: Fitting

    def segments(self, group: GroupResult) -> Iterator[OutboundSegment]:
        header, fitting = group.header, self.fitting
        version = fitting.name(header.version, 0, 12) if self._has("AK1", 3) else ""
        yield ("AK1", fitting.name(header.functional_id, 2, 2), fitting.digits(header.control_number, 1, 9), version)
        for result in group.sets:
            yield from self._set(result)
        counts = (str(min(count, COUNT_LIMIT)) for count in (group.included, group.received, group.accepted))
        yield ("AK9", group.status, *counts, *self._codes("AK905", group.findings)[:CODES_LIMIT])

    def _set(self, result: SetResult) -> Iterator[OutboundSegment]:
        header, fitting = result.header, self.fitting
        number = fitting.text(header.control_number.replace(" ", ""), 4, 9, fill="0")
        convention = fitting.text(header.implementation, 0, 35) if self._has("AK2", 3) else ""
        yield ("AK2", fitting.name(header.id, 3, 3), number, convention)
        notes = 0
        for findings in list(_by_segment(result.findings))[:SEGMENT_NOTES_LIMIT]:
            yield from self._segment(findings)
            notes += 1
        codes = self._codes("AK502", result.findings)
        if notes or (not codes and result.status != "A"):
            codes.append(_SEGMENTS_IN_ERROR)
        yield ("AK5", result.status, *dict.fromkeys(codes[:CODES_LIMIT]))

    def _segment(self, findings: list[Finding]) -> Iterator[OutboundSegment]:
        """AK3 with the gravest, else first, of its segment codes, and an AK4 for each of its elements in error."""
        first = findings[0]
        own = [finding for finding in findings if self._value("AK304", finding)]
        own.sort(key=lambda finding: finding.effect is not Effect.REJECT)
        elements = [finding for finding in findings if self._value("AK403", finding)][:ELEMENT_NOTES_LIMIT]
        code = self._value("AK304", own[0]) if own else _ELEMENTS_IN_ERROR if elements else ""
        position = str(min(max(first.position, 1), SEGMENT_NOTES_LIMIT))
        loop = self.fitting.name(first.loop, 0, self._maximum("AK3", 3))
        yield ("AK3", self.fitting.name(first.segment, 2, 3), position, loop, code)
        for finding in elements:
            yield self._element(finding)

    def _element(self, finding: Finding) -> OutboundSegment:
        code = self._value("AK403", finding)
        reference = finding.reference if _is_number(finding.reference, 4) else ""
        return ("AK4", self._place(finding), reference, code, "" if code in _NO_COPY else self._copy(finding.value))

    def _place(self, finding: Finding) -> Composite:
        """AK401: position in the segment, in the composite and, since 00402, the repetition, each in its own place."""
        component = str(min(finding.component, 99)) if finding.component else ""
        repeat = str(min(finding.repeat, 9999)) if finding.repeat and self._repeats() else ""
        return (str(min(max(finding.element, 1), 99)), component, repeat)

    def _copy(self, value: str) -> str:
        """AK404: at most 99 characters, and nothing at all rather than a character that may not be written."""
        cut = value[: self._maximum("AK4", 4)]
        return cut if cut.strip() and self.fitting.characters.issuperset(cut) else ""

    def _codes(self, element: str, findings: Iterable[Finding]) -> list[str]:
        """The different values of AK502 or AK905 among findings that count, in order."""
        values = (self._value(element, finding) for finding in findings)
        return [value for value in dict.fromkeys(values) if value]

    def _value(self, element: str, finding: Finding) -> str:
        """The finding's value for this element of the 997, "" when it has none in this release or only warns."""
        name, _, value = finding.code.partition(":")
        if name != element or finding.effect is Effect.WARN:
            return ""
        codes = self._use(element[:3], int(element[3:])).element
        return value if codes is None or codes.codes is None or value in codes.codes else ""

    def _use(self, segment: str, position: int) -> ElementUse:
        definition = self.guide.segment(segment)
        if definition is None:
            raise LookupError(f"the 997 of {self.guide.release.id} has no {segment}")
        return definition.elements[position - 1]

    def _has(self, segment: str, position: int) -> bool:
        definition = self.guide.segment(segment)
        return definition is not None and len(definition.elements) >= position

    def _maximum(self, segment: str, position: int) -> int:
        element = self._use(segment, position).element
        return element.maximum if element is not None else 0

    def _repeats(self) -> bool:
        composite = self._use("AK4", 1).composite
        return composite is not None and len(composite.elements) >= 3


def _is_number(text: str, digits: int) -> bool:
    """Element 725 is N0 1/4: the id of a composite does not go there."""
    return 1 <= len(text) <= digits and text.isascii() and text.isdigit()


def _by_segment(findings: Iterable[Finding]) -> Iterator[list[Finding]]:
    """Findings that count, gathered per segment they are about, in order of position.

    A missing segment has the position it is missed at, where another one stands: so id and loop tell them apart.
    """
    gathered: dict[tuple[int, str, str], list[Finding]] = {}
    for finding in findings:
        if finding.effect is not Effect.WARN and finding.code.startswith(("AK304:", "AK403:")):
            gathered.setdefault((finding.position, finding.segment, finding.loop), []).append(finding)
    yield from (gathered[key] for key in sorted(gathered, key=lambda key: key[0]))
