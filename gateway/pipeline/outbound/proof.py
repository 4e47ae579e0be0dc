"""Our own output is held to what we hold partners to: written with placeholder numbers, read back, judged, and told in
plain words. Pure.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from gateway.pipeline.outbound.stage import SealingTerms
from gateway.x12.answers import ElementNote, SegmentNote, SetAnswer, Where
from gateway.x12.errors import OutputRefused
from gateway.x12.findings import Effect, Finding, Trigger
from gateway.x12.interchange import (
    GroupResult,
    InterchangeResult,
    Segment,
    SetResult,
    Terms,
    TransactionSet,
    Unreadable,
)
from gateway.x12.plainly import notes_plainly
from gateway.x12.read import examine
from gateway.x12.values import BASIC, EXTENDED
from gateway.x12.write import (
    OutboundEnvelope,
    OutboundGroup,
    OutboundSegment,
    OutboundSet,
    write_interchange,
)

PLACEHOLDER: Final = 1
"""ISA13 and GS06 of what is only looked at; its sets begin with ST02 0001 as all do."""

_ANY_TIME: Final = datetime(2000, 1, 1, tzinfo=UTC)
_IN_ERROR: Final = "8"
"""AK304 of a segment whose elements are at fault."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What our own reader says of a set of ours: all findings, and those that hold it back, a sentence each.

    `content` is the set as a partner reads it, None where nothing could be read.
    """

    findings: tuple[Finding, ...]
    faults: tuple[str, ...]
    content: TransactionSet | None = None


def prove(segments: Sequence[OutboundSegment], sealing: SealingTerms, terms: Terms) -> Proof:
    """Hold one set to the standard and to the partner's guide. Warnings hold nothing back; whatever a partner would
    reject or note does.
    """
    try:
        data = write(sealing, [segments], interchange_number=PLACEHOLDER, group_number=PLACEHOLDER, now=_ANY_TIME)
    except OutputRefused as refused:
        return Proof((), (str(refused),))
    findings: list[Finding] = []
    content: TransactionSet | None = None
    for event in examine(data, lambda _interchange, _group, _set: terms):
        match event:
            case SetResult():
                findings += event.findings
                content = event.content
            case GroupResult() | InterchangeResult() | Unreadable():
                findings += event.findings
    grave = [finding for finding in findings if finding.effect is not Effect.WARN]
    document = content.segments if content is not None else ()
    return Proof(tuple(findings), tuple(_in_words(grave, document, sealing)), content)


def write(
    sealing: SealingTerms,
    sets: Sequence[Sequence[OutboundSegment]],
    *,
    interchange_number: int,
    group_number: int,
    now: datetime,
) -> bytes:
    """One interchange with one group of these sets. `now` is in the partner's time zone.

    Raises OutputRefused when a value cannot be written.
    """
    envelope = OutboundEnvelope(
        sender_qualifier=sealing.sender_qualifier,
        sender=sealing.sender,
        receiver_qualifier=sealing.receiver_qualifier,
        receiver=sealing.receiver,
        version=sealing.interchange_version,
        usage=sealing.usage,
        control_number=interchange_number,
        at=now,
        delimiters=sealing.delimiters,
        acknowledgment_requested=sealing.ta1_requested,
    )
    group = OutboundGroup(
        functional_id=sealing.functional_id,
        sender=sealing.gs_sender,
        receiver=sealing.gs_receiver,
        version=sealing.version,
        control_number=group_number,
        sets=[OutboundSet(id=sealing.set_id, segments=segments) for segments in sets],
    )
    return write_interchange(envelope, [group], characters=BASIC if sealing.characters == "basic" else EXTENDED)


def _in_words(findings: Sequence[Finding], document: Sequence[Segment], sealing: SealingTerms) -> Iterator[str]:
    """A sentence for each place, named as a person would: "line 3: quantity invoiced (IT1-02) is missing"."""
    for finding in findings:
        note = _note(finding)
        if note is None:
            yield finding.message
            continue
        answer = SetAnswer(set_id=sealing.set_id, control_number="", notes=(note,))
        yield from notes_plainly(answer, sealing.version, lambda _set, _number: document)


def _note(finding: Finding) -> SegmentNote | None:
    """A finding as an acknowledgement would say it, None for what is about no segment."""
    element, _, code = finding.code.partition(":")
    triggers = () if finding.trigger is None else (_trigger(finding.trigger),)
    where = Where(segment=finding.segment, position=finding.position, loop=finding.loop)
    if element in ("AK304", "IK304"):
        return SegmentNote(where=where, code=code, triggers=triggers, which=finding.which)
    if element not in ("AK403", "IK403"):
        return None
    place = Where(
        segment=finding.segment,
        position=finding.position,
        loop=finding.loop,
        element=finding.element,
        component=finding.component,
        repeat=finding.repeat,
        reference=finding.reference,
    )
    note = ElementNote(where=place, code=code, value=finding.value, triggers=triggers)
    return SegmentNote(where=where, code=_IN_ERROR, elements=(note,))


def _trigger(trigger: Trigger) -> Where:
    return Where(
        segment=trigger.segment,
        position=trigger.position,
        loop=trigger.loop,
        element=trigger.element,
        component=trigger.component,
        repeat=trigger.repeat,
        reference=trigger.reference,
    )
