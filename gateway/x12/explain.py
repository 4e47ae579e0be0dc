"""A file explained to somebody who never saw EDI: parts in order of reading, each made when it is asked for.

Reading and judging are `read.examine`'s; here its events are laid beside the bytes they were made from, so that also
what could not be read is shown. One transaction set is alive at a time.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from gateway.x12 import envelope, guide
from gateway.x12.advise import advise, control_element
from gateway.x12.delimiters import HEADER_LIMIT, read_header
from gateway.x12.dissect import Dissector
from gateway.x12.effects import default_effect
from gateway.x12.explained import (
    GroupClosing,
    GroupOpening,
    InterchangeClosing,
    InterchangeOpening,
    Loose,
    Part,
    Passed,
    SegmentText,
    SetText,
    Summary,
)
from gateway.x12.explained_set import explained_set
from gateway.x12.findings import Effect, Finding
from gateway.x12.interchange import (
    Delimiters,
    GroupHeader,
    GroupResult,
    InterchangeHeader,
    InterchangeResult,
    Segment,
    SetHeader,
    SetResult,
    Unreadable,
)
from gateway.x12.meaning import code_in_words, date_in_words, time_in_words
from gateway.x12.outcome import Agreements, interchange_finding
from gateway.x12.plainly import plainly
from gateway.x12.read import TermsFor, examine
from gateway.x12.readback import read_ta1
from gateway.x12.recording import Recording
from gateway.x12.titles import capital
from gateway.x12.tokens import BLANK, BYTE_ORDER_MARK, Limits
from gateway.x12.verdict import Answering, AnsweringFor, group_verdict, interchange_verdict

LOOSE_LIMIT = 200
"""Segments outside of sets that are shown between two sets."""

SAMPLE_LENGTH = 200


def explain(
    source: bytes | Iterable[bytes],
    terms: TermsFor | None = None,
    *,
    answering: AnsweringFor | None = None,
    limits: Limits | None = None,
) -> Iterator[Part]:
    """Everything in a source of bytes, in order, explained.

    Args:
        source: the bytes, or pieces of them of any size; read as they are needed.
        terms: what was agreed for a set, by its three headers; the standard's strictness without it.
        answering: what was agreed about answers, by the same headers; without it a 997, and a TA1 where one is due.
        limits: security limits of reading; see `Limits`.

    Yields what `explained.Part` names. A set's `segments` have to be read before the next part is asked for. The
    content of the source raises nothing; what `source`, `terms` and `answering` themselves raise comes through.
    """
    limits = limits or Limits()
    recording = Recording(source, 2 * limits.set_bytes)
    yield from _Explanation(recording, terms, answering, limits).parts()


@dataclass(slots=True)
class _Open:
    """The interchange at hand. `told` are findings already shown at ISA, `told_group` at the GS of the open group;
    `results` those of groups not closed yet. `numbers` are the GS06 it had, `agreed` what was agreed about answers.
    """

    header: InterchangeHeader
    dissector: Dissector
    told: set[tuple[str, str]]
    results: list[GroupResult] = field(default_factory=list)
    group: GroupHeader | None = None
    groups: int = 0
    told_group: list[Finding] = field(default_factory=list)
    numbers: set[str] = field(default_factory=set)
    agreements: Agreements = field(default_factory=Agreements)
    agreed: Answering | None = None

    @property
    def delimiters(self) -> Delimiters:
        return self.header.delimiters

    @property
    def answering(self) -> Answering:
        return self.agreed or Answering()


class _Explanation:
    def __init__(
        self, recording: Recording, terms: TermsFor | None, answering: AnsweringFor | None, limits: Limits
    ) -> None:
        self._recording = recording
        self._terms = terms
        self._answering = answering
        self._limits = limits
        self._at = 0
        self._interchanges = 0
        self._sets = 0
        self._open: _Open | None = None
        self._sealed: Segment | None = None

    def parts(self) -> Iterator[Part]:
        for event in examine(self._recording, self._terms, limits=self._limits):
            match event:
                case InterchangeHeader():
                    yield from self._begin(event)
                case SetResult():
                    yield from self._between(event.offset, event.header)
                    yield self._set(event)
                case GroupResult() if self._open is not None:
                    self._open.results.append(event)
                case InterchangeResult():
                    yield from self._end(event)
                case Unreadable():
                    yield self._passed(event)
            self._recording.forget(self._at)

    def _text(self, start: int, end: int) -> str:
        return self._recording.take(start, end).decode("latin-1")

    def _passed(self, event: Unreadable) -> Passed:
        self._at = max(self._at, event.offset + event.length)
        advice = map(advise, event.findings)
        return Passed(
            offset=event.offset,
            length=event.length,
            sample=self._text(event.offset, event.offset + min(event.length, SAMPLE_LENGTH)),
            # Where nothing came there is nothing to look at either.
            advice=tuple(one if event.length else replace(one, remedy="") for one in advice),
        )

    # ISA and IEA

    def _begin(self, header: InterchangeHeader) -> Iterator[Part]:
        before = self._text(self._at, header.offset)
        blank = before.removeprefix(BYTE_ORDER_MARK).strip(BLANK)
        if blank:
            yield Passed(offset=self._at, length=len(before), sample=blank[:SAMPLE_LENGTH])
        self._interchanges += 1
        found = read_header(self._text(header.offset, header.offset + HEADER_LIMIT), header.offset)
        length = found.length if found is not None else 0
        faults = list(envelope.interchange_faults(header))
        if found is not None:
            faults += [(f"TA105:{code}", text) for code, text in found.faults]
            faults += [(f"W:{word}", text) for word, text in found.notes]
        findings = [_pinned(interchange_finding(code, text, default_effect(code)), "ISA") for code, text in faults]
        opened = self._open = _Open(header, Dissector(header.delimiters), {(one.code, one.message) for one in findings})
        self._at = header.offset + length
        raw = self._text(header.offset, self._at - 1)
        yield InterchangeOpening(
            ordinal=self._interchanges,
            header=header,
            segment=self._segment(header.elements, opened, findings, raw=raw),
            summary=_interchange_summary(header),
            delimiters=_delimiters(header.delimiters, self._text(self._at, self._at + 2)),
        )

    def _end(self, result: InterchangeResult) -> Iterator[Part]:
        opened = self._open
        if opened is None:
            return
        yield from self._between(result.offset + result.length)
        if opened.group is not None:
            yield from self._close_group(None)
        findings = [one for one in result.findings if (one.code, one.message) not in opened.told]
        trailer, self._sealed = self._sealed, None
        ours = [_pinned(one, "IEA") for one in findings]
        yield InterchangeClosing(
            segment=None if trailer is None else self._segment(trailer, opened, [one for one in ours if one.element]),
            advice=tuple(advise(one) for one in ours if trailer is None or not one.element),
            verdict=interchange_verdict(result, opened.answering),
        )
        self._open = None

    # GS, GE and what stands loose between sets

    def _between(self, end: int, behind: SetHeader | None = None) -> Iterator[Part]:
        """Segments from where we are up to `end`, which belong to no set; `behind` them one begins."""
        opened = self._open
        if opened is None:
            return
        raws = self._text(self._at, end).split(opened.delimiters.segment)
        self._at = max(self._at, end)
        for raw in [one.strip(BLANK) for one in raws if one.strip(BLANK)][:LOOSE_LIMIT]:
            segment = tuple(raw.split(opened.delimiters.element, self._limits.elements))
            if segment[0] == "GS":
                yield from self._close_group(None)
                yield self._open_group(segment, opened, behind)
            elif segment[0] == "GE" and opened.group is not None:
                yield from self._close_group(segment)
            elif segment[0] == "IEA":
                yield from self._close_group(None)
                self._sealed = segment
            else:
                said = ". ".join(map(capital, plainly(read_ta1(segment)))) if segment[0] == "TA1" else ""
                yield Loose(segment=self._segment(segment, opened, ()), said=said)

    def _open_group(self, segment: Segment, opened: _Open, first: SetHeader | None) -> GroupOpening:
        header = opened.group = envelope.read_group(segment)
        opened.groups += 1
        opened.told_group = list(self._header_findings(header, opened, first))
        return GroupOpening(
            ordinal=opened.groups,
            header=header,
            segment=self._segment(segment, opened, opened.told_group),
            summary=_group_summary(header),
        )

    def _header_findings(self, header: GroupHeader, opened: _Open, first: SetHeader | None) -> Iterator[Finding]:
        """What is wrong in GS, by what was agreed for the `first` set: as a rule it holds for the whole group."""
        faults = envelope.group_faults(header, opened.numbers)
        if len(opened.numbers) < self._limits.groups:
            opened.numbers.add(envelope.plain_number(header.control_number))
        terms = self._terms(opened.header, header, first) if self._terms is not None and first is not None else None
        if terms is not None:
            opened.agreements.meet(terms)
        for code, text in faults:
            if code != "AK905:2" or terms is None or not terms.nearest:
                effect = opened.agreements.effect(code)
                yield _pinned(Finding(level="group", code=code, effect=effect, message=text), "GS")

    def _close_group(self, trailer: Segment | None) -> Iterator[Part]:
        opened = self._open
        if opened is None or opened.group is None:
            return
        opened.group = None
        if not opened.results:
            return
        result = opened.results.pop(0)
        told = {_key(one) for one in opened.told_group}
        findings = [_pinned(one, "GE") for one in result.findings if _key(one) not in told]
        yield GroupClosing(
            segment=None
            if trailer is None
            else self._segment(trailer, opened, [one for one in findings if one.element]),
            advice=tuple(advise(one) for one in findings if trailer is None or not one.element),
            verdict=group_verdict(result, opened.answering),
        )

    def _segment(
        self, segment: Segment, opened: _Open, findings: Sequence[Finding], *, raw: str | None = None
    ) -> SegmentText:
        """A segment of the envelope, or one that no guide knows."""
        definition = guide.envelope().get(segment[0])
        return SegmentText(
            id=segment[0],
            name=definition.name if definition is not None else "",
            text=opened.delimiters.element.join(segment) if raw is None else raw,
            separator=opened.delimiters.element,
            elements=opened.dissector.elements(segment, definition, [one for one in findings if one.element]),
            advice=tuple(advise(one) for one in findings if not one.element),
        )

    def _set(self, result: SetResult) -> SetText:
        opened = self._open
        assert opened is not None  # noqa: S101  # sets come only inside an interchange
        if opened.agreed is None and self._answering is not None and opened.group is not None:
            opened.agreed = self._answering(opened.header, opened.group, result.header)
        self._sets += 1
        raw = self._text(result.offset, result.offset + result.length)
        self._at = max(self._at, result.offset + result.length)
        return explained_set(
            result,
            raw,
            ordinal=self._sets,
            interchange=opened.header,
            group=opened.group,
            answering=opened.answering,
            limits=self._limits,
        )


def _key(finding: Finding) -> tuple[str, str, Effect]:
    """The same for one finding, shown at GS and in the group's result."""
    return finding.code, finding.message, finding.effect


def _pinned(finding: Finding, segment_id: str) -> Finding:
    """The finding with the element of the envelope that its message names."""
    return replace(finding, element=control_element(finding, segment_id)) if not finding.element else finding


def _interchange_summary(header: InterchangeHeader) -> Summary:
    day = " at ".join(filter(None, (date_in_words(header.date), time_in_words(header.time))))
    usage = {"P": "production data", "T": "test data"}.get(header.usage, "")
    told = f"{header.sender or 'Somebody'} sends to {header.receiver or 'nobody'}{' on ' + day if day else ''}"
    return Summary(
        sentence=f"{told}: interchange {header.control_number}{', ' + usage if usage else ''}.",
        facts=(
            ("Sender", (_identity(header.sender_qualifier, header.sender),)),
            ("Receiver", (_identity(header.receiver_qualifier, header.receiver),)),
        ),
    )


def _identity(qualifier: str, name: str) -> str:
    said = code_in_words("I05", qualifier)
    return f"{name or '(nobody)'}, {qualifier}" + (f": {said}" if said else "")


def _group_summary(header: GroupHeader) -> Summary:
    said = code_in_words("479", header.functional_id) or header.functional_id
    day = " at ".join(filter(None, (date_in_words(header.date), time_in_words(header.time))))
    told = f"Documents of one kind, {said}, from {header.sender} to {header.receiver}"
    return Summary(sentence=f"{told}, version {header.version}{', ' + day if day else ''}.")


def _delimiters(delimiters: Delimiters, behind: str) -> tuple[tuple[str, str], ...]:
    """Each delimiter with what it does; a line end behind the terminator is no delimiter, but part of the habit."""
    line_end = next((one for one in ("\r\n", "\n", "\r") if behind.startswith(one)), "")
    ends = "ends a segment" + (", a new line follows" if line_end and delimiters.segment not in "\r\n" else "")
    known = [
        (delimiters.element, "separates elements"),
        (delimiters.component, "separates the parts of a composite element"),
        (delimiters.repetition, "separates repetitions of an element"),
        (delimiters.segment, ends),
    ]
    return tuple((character, what) for character, what in known if character)
