"""One transaction set explained: each segment in its loops, with its names, meanings and findings in place.

A set that was not built into a tree (no guide, no SE, over the limits) is taken from its bytes, and shown as far as it
goes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

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
from gateway.x12.verdict import set_verdict
from gateway.x12.walk import plan_for

_MISSING = "AK304:3"
_TRUNCATED = "AK502:2"


def explained_set(
    result: SetResult,
    raw: str,
    *,
    ordinal: int,
    interchange: InterchangeHeader,
    group: GroupHeader | None,
    limits: Limits,
) -> SetText:
    """A set from its result and its text as it came, bytes read as Latin-1."""
    segments = result.content.segments if result.content is not None else _cut(raw, interchange.delimiters, limits)
    guide = _guide(result.header, group)
    steps = _steps(guide, segments, interchange.delimiters)
    listing = _Listing(guide, segments, steps, result, interchange.delimiters)
    wrong = sum(one.effect is not Effect.WARN for one in result.findings)
    return SetText(
        ordinal=ordinal,
        header=result.header,
        group=group,
        title=guide.title if guide is not None else "",
        release=guide.release.id if guide is not None else "",
        summary=_summary(guide, segments, steps, interchange, group),
        verdict=set_verdict(result, wrong, group.functional_id if group is not None else ""),
        wrong=wrong,
        warnings=len(result.findings) - wrong,
        size=len(segments),
        findings=result.findings,
        advice=listing.whole,
        troubled=listing.troubled(),
        segments=listing.segments(),
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


def _summary(
    guide: Guide | None,
    segments: Sequence[Segment],
    steps: Sequence[Step | None],
    interchange: InterchangeHeader,
    group: GroupHeader | None,
) -> Summary:
    if guide is not None:
        return summarize(Whole(guide, segments, steps, interchange.delimiters.component), interchange, group)
    version = group.version if group is not None else ""
    return Summary(
        sentence=f"We have no guide for this set in version {version or '(none)'}: its segments, as they came."
    )


class _Listing:
    """The segments of one set with the findings laid out: in front of, in and behind them; `whole` is about all."""

    def __init__(
        self,
        guide: Guide | None,
        segments: Sequence[Segment],
        steps: Sequence[Step | None],
        result: SetResult,
        delimiters: Delimiters,
    ) -> None:
        self._guide = guide
        self._segments = segments
        self._steps = steps
        self._delimiters = delimiters
        self._dissector = Dissector(delimiters)
        self._missing: dict[int, list[Finding]] = {}
        self._within: dict[int, list[Finding]] = {}
        self._cut_off: list[Finding] = []
        whole = []
        for finding in result.findings:
            if not self._place(finding):
                whole.append(advise(finding))
        self.whole: tuple[Advice, ...] = tuple(whole)

    def _place(self, finding: Finding) -> bool:
        """Lay a finding where it belongs; False for one about the whole set."""
        last = len(self._segments)
        if finding.code == _TRUNCATED:
            self._cut_off.append(finding)
        elif finding.code == _MISSING:
            self._missing.setdefault(min(finding.position, last + 1), []).append(finding)
        elif finding.position and last:
            self._within.setdefault(min(finding.position, last), []).append(finding)
        elif finding.position == 0 and control_element(finding, "ST"):
            self._within.setdefault(1, []).append(finding)
        elif finding.position == 0 and control_element(finding, "SE") and last and self._segments[-1][0] == "SE":
            self._within.setdefault(last, []).append(finding)
        else:
            return False
        return True

    def segments(self) -> Iterator[SegmentText]:
        for position, (segment, step) in enumerate(zip(self._segments, self._steps, strict=True), start=1):
            yield from (self._absent(one, step, position) for one in self._missing.get(position, ()))
            yield self._segment(segment, step, position)
        step = self._steps[-1] if self._steps else None
        for finding in [*self._missing.get(len(self._segments) + 1, ()), *self._cut_off]:
            yield self._absent(finding, step if finding.code == _MISSING else None, len(self._segments) + 1)

    def troubled(self) -> frozenset[Step]:
        """The loops that findings stand in."""
        positions = {min(one, len(self._steps)) for one in (*self._missing, *self._within)}
        steps = filter(None, (self._steps[position - 1] for position in positions if position))
        return frozenset(one for step in steps for one in step.path)

    def _segment(self, segment: Segment, step: Step | None, position: int) -> SegmentText:
        definition = self._definition(segment[0])
        findings = [self._pinned(one, segment[0]) for one in self._within.get(position, ())]
        return SegmentText(
            id=segment[0],
            name=definition.name if definition is not None else "",
            position=position,
            text=self._delimiters.element.join(segment),
            separator=self._delimiters.element,
            loops=step.path if step is not None else (),
            elements=self._dissector.elements(segment, definition, [one for one in findings if one.element]),
            advice=tuple(advise(one) for one in findings if not one.element),
        )

    def _pinned(self, finding: Finding, segment_id: str) -> Finding:
        element = finding.element or (control_element(finding, segment_id) if segment_id in ("ST", "SE") else 0)
        return finding if element == finding.element else replace(finding, element=element)

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
        return self._guide.segment(segment_id) if self._guide is not None else None
