"""One transaction set explained: each segment in its loops, with its names, meanings and findings in place.

A set that was not built into a tree (no guide, no SE, over the limits) is taken from its bytes, and shown as far as it
goes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property, partial

from gateway.x12 import envelope
from gateway.x12.advise import advise, control_element
from gateway.x12.dissect import Dissector
from gateway.x12.explained import Advice, SegmentText, SetText, Step, Summary
from gateway.x12.findings import Effect, Finding
from gateway.x12.guide import Guide, SegmentDefinition, load, nearest
from gateway.x12.interchange import Delimiters, GroupHeader, InterchangeHeader, Segment, SetHeader, SetResult, Terms
from gateway.x12.outline import Outline
from gateway.x12.rules import agreed
from gateway.x12.summary import Whole, summarize
from gateway.x12.titles import naming
from gateway.x12.tokens import BLANK, Limits
from gateway.x12.verdict import Answering, set_verdict
from gateway.x12.walk import plan_for

_SAME_EVERYWHERE = ("ST", "SE")
"""Segments of sets without a guide that have names all the same: those of `_ANY_SET`."""

_ANY_SET = ("997", "005010")

_MISSING = "AK304:3"
_TRUNCATED = "AK502:2"


def explained_set(
    result: SetResult,
    raw: str,
    *,
    ordinal: int,
    interchange: InterchangeHeader,
    group: GroupHeader | None,
    answering: Answering,
    limits: Limits,
) -> SetText:
    """A set from its result and its text as it came, bytes read as Latin-1; answered as `answering` says."""
    guide = _guide(result.header, group)
    wrong = sum(one.effect is not Effect.WARN for one in result.findings)
    return SetText(
        ordinal=ordinal,
        header=result.header,
        group=group,
        title=guide.title if guide is not None else "",
        release=guide.release.id if guide is not None else "",
        verdict=set_verdict(result, group, answering),
        wrong=wrong,
        warnings=len(result.findings) - wrong,
        findings=result.findings,
        contents=_Contents(result, raw, guide, interchange, group, limits),
    )


def _cut(raw: str, delimiters: Delimiters, limits: Limits) -> list[Segment]:
    raws = (one.lstrip(BLANK) for one in raw.split(delimiters.segment))
    return [tuple(_national(one).split(delimiters.element, limits.elements)) for one in raws if one.strip(BLANK)]


def _national(raw: str) -> str:
    """Bytes beyond ASCII as UTF-8 where they are, else as Latin-1: as the validator reads them."""
    if raw.isascii():
        return raw
    try:
        return raw.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return raw


def _guide(header: SetHeader, group: GroupHeader | None) -> Guide | None:
    """The guide it was read with, else the nearest release's: names help even where nothing was agreed."""
    if group is None:
        return None
    known = envelope.guide_for(header, group)
    release = nearest(group.version)
    return known or (load(header.id, release.id) if release is not None else None)


def _steps(guide: Guide | None, segments: Sequence[Segment], delimiters: Delimiters) -> list[Step | None]:
    if guide is None:
        return [None] * len(segments)
    outline = Outline(plan_for(guide, delimiters, agreed(Terms())), partial(naming, guide, delimiters.component))
    return list(outline.steps(segments))


class _Contents:
    """As `Contents`. Findings are laid out in front of, in and behind the segments, or about the whole."""

    def __init__(
        self,
        result: SetResult,
        raw: str,
        guide: Guide | None,
        interchange: InterchangeHeader,
        group: GroupHeader | None,
        limits: Limits,
    ) -> None:
        self._result = result
        self._raw = raw
        self._guide = guide
        self._interchange = interchange
        self._group = group
        self._limits = limits
        self._delimiters = interchange.delimiters

    @cached_property
    def _segments(self) -> Sequence[Segment]:
        content = self._result.content
        return content.segments if content is not None else _cut(self._raw, self._delimiters, self._limits)

    @cached_property
    def _steps(self) -> list[Step | None]:
        return _steps(self._guide, self._segments, self._delimiters)

    @cached_property
    def _laid(self) -> "_Laid":
        return _Laid(self._result.findings, self._segments)

    @cached_property
    def summary(self) -> Summary:
        if self._guide is not None:
            whole = Whole(self._guide, self._segments, self._steps, self._delimiters.component)
            return summarize(whole, self._interchange, self._group)
        version = self._group.version if self._group is not None else ""
        told = f"We have no guide for this set in version {version or '(none)'}: its segments, as they came."
        return Summary(sentence=told)

    @property
    def size(self) -> int:
        return len(self._segments)

    @property
    def advice(self) -> tuple[Advice, ...]:
        return tuple(map(advise, self._laid.whole))

    @property
    def troubled(self) -> frozenset[Step]:
        positions = {min(one, self.size) for one in (*self._laid.missing, *self._laid.within)}
        steps = filter(None, (self._steps[position - 1] for position in positions if position))
        return frozenset(one for step in steps for one in step.path)

    def segments(self) -> Iterator[SegmentText]:
        missing = self._laid.missing
        for position, (segment, step) in enumerate(zip(self._segments, self._steps, strict=True), start=1):
            yield from (self._absent(one, step, position) for one in missing.get(position, ()))
            yield self._segment(segment, step, position)
        step = self._steps[-1] if self._steps else None
        for finding in (*missing.get(self.size + 1, ()), *self._laid.cut_off):
            yield self._absent(finding, step if finding.code == _MISSING else None, self.size + 1)

    def _segment(self, segment: Segment, step: Step | None, position: int) -> SegmentText:
        definition = self._definition(segment[0])
        findings = [_pinned(one, segment[0]) for one in self._laid.within.get(position, ())]
        elements = [one for one in findings if one.element]
        return SegmentText(
            id=segment[0],
            name=definition.name if definition is not None else "",
            position=position,
            text=self._delimiters.element.join(segment),
            separator=self._delimiters.element,
            loops=step.path if step is not None else (),
            elements=Dissector(self._delimiters).elements(segment, definition, elements),
            advice=tuple(advise(one) for one in findings if not one.element),
        )

    def _absent(self, finding: Finding, step: Step | None, position: int) -> SegmentText:
        """Where a segment is missing: in the loop that the finding names, as far as that one is open."""
        path = step.path if step is not None else ()
        while finding.code == _MISSING and path and path[-1].id != finding.loop:
            path = path[:-1]
        name = finding.segment or "SE"
        definition = self._definition(name)
        return SegmentText(
            id=name,
            name=definition.name if definition is not None else "",
            position=position,
            separator=self._delimiters.element,
            absent=True,
            loops=path,
            advice=(advise(finding),),
        )

    def _definition(self, segment_id: str) -> SegmentDefinition | None:
        guide = self._guide
        if guide is None and segment_id in _SAME_EVERYWHERE:
            guide = load(*_ANY_SET)
        return guide.segment(segment_id) if guide is not None else None


class _Laid:
    """Findings by where they are shown: `missing` in front of a position, `within` a segment, `cut_off` at the end."""

    def __init__(self, findings: Sequence[Finding], segments: Sequence[Segment]) -> None:
        self.missing: dict[int, list[Finding]] = {}
        self.within: dict[int, list[Finding]] = {}
        self.cut_off: list[Finding] = []
        self.whole: list[Finding] = []
        self._last = len(segments)
        self._closed = bool(segments) and segments[-1][0] == "SE"
        for finding in findings:
            self._place(finding).append(finding)

    def _place(self, finding: Finding) -> list[Finding]:
        if finding.code == _TRUNCATED:
            return self.cut_off
        if finding.code == _MISSING:
            return self.missing.setdefault(min(finding.position, self._last + 1), [])
        if finding.position and self._last:
            return self.within.setdefault(min(finding.position, self._last), [])
        if control_element(finding, "ST") and self._last:
            return self.within.setdefault(1, [])
        if control_element(finding, "SE") and self._closed:
            return self.within.setdefault(self._last, [])
        return self.whole


def _pinned(finding: Finding, segment_id: str) -> Finding:
    """A finding of the set with the element of ST or SE that its message names."""
    element = finding.element or (control_element(finding, segment_id) if segment_id in ("ST", "SE") else 0)
    return finding if element == finding.element else replace(finding, element=element)
