"""Proof of our own answers: a draft is written with placeholder numbers and read back as a partner would read it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from gateway.x12.draft import AcknowledgementDraft
from gateway.x12.errors import OutputRefused
from gateway.x12.findings import Effect, Finding
from gateway.x12.guide import envelope
from gateway.x12.interchange import GroupResult, InterchangeResult, SetResult, Terms, Unreadable
from gateway.x12.read import examine
from gateway.x12.response import response_guide
from gateway.x12.rules import Agreed, SegmentRule, rules_for
from gateway.x12.write import OutboundSegment

_PLACEHOLDER_TIME: Final = datetime(2000, 1, 1, tzinfo=UTC)
_ECHOED: Final = frozenset({"AK403:8", "AK403:9"})
"""TA102 and TA103 repeat the date and time that came, real or not: faults there are the partner's."""

REMEMBERED_DRAFTS: Final = 512
REMEMBERED_SEGMENTS: Final = 40
"""Answers remembered as good, and the segments of one worth remembering: some 5 MB in all."""


def check(draft: AcknowledgementDraft) -> tuple[Finding, ...]:
    """What our own reader would reject or note in the draft, sealed with placeholder numbers; () when it is clean.

    The ids of both sides and unknown versions are the partner's business: placeholders stand in for them here. Most
    answers differ in numbers alone: what was found clean is not read again with other digits in the same places.
    """
    stand_in = _stand_in(draft)
    size = sum(len(response) for group in draft.response_groups for response in group.responses)
    if size <= REMEMBERED_SEGMENTS and not _remembered(_plain(stand_in)):
        return ()
    return _faults(stand_in)


def _stand_in(draft: AcknowledgementDraft) -> AcknowledgementDraft:
    return replace(
        draft,
        sender_qualifier="ZZ",
        sender="SENDER",
        receiver_qualifier="ZZ",
        receiver="RECEIVER",
        response_groups=tuple(
            replace(
                group,
                sender="SENDER",
                receiver="RECEIVER",
                version=response_guide(group.version, group.kind).release.id,
            )
            for group in draft.response_groups
        ),
    )


def _plain(draft: AcknowledgementDraft) -> AcknowledgementDraft:
    """The same draft with zeros for the digits of numbers it repeats, and without what is not written at all.

    Only numbers that are judged by length and digits alone: AK102 (N0), AK202 (AN), TA101 to TA103.
    """
    groups = tuple(
        replace(group, responses=tuple(tuple(map(_plain_segment, response)) for response in group.responses))
        for group in draft.response_groups
    )
    ta1 = (*draft.ta1[:1], *map(_zeros, draft.ta1[1:4]), *draft.ta1[4:])
    return replace(draft, answers="", status="", note="", summary=(), response_groups=groups, ta1=ta1)


def _plain_segment(segment: OutboundSegment) -> OutboundSegment:
    if segment[0] in ("AK1", "AK2") and len(segment) > 2 and isinstance(segment[2], str):
        return (*segment[:2], _zeros(segment[2]), *segment[3:])
    return segment


def _zeros(text: str) -> str:
    return "0" * len(text) if text.isascii() and text.isdigit() else text


@lru_cache(maxsize=REMEMBERED_DRAFTS)
def _remembered(plain: AcknowledgementDraft) -> bool:
    """Whether a draft has faults."""
    return bool(_faults(plain))


def _faults(stand_in: AcknowledgementDraft) -> tuple[Finding, ...]:
    try:
        numbers = range(1, stand_in.groups + 1)
        sealed = stand_in.seal(interchange_number=1, group_numbers=numbers, now=_PLACEHOLDER_TIME)
    except OutputRefused as error:
        return (_fault(str(error)),)
    return tuple(finding for finding in _reread(sealed, stand_in) if finding.effect is not Effect.WARN)


def _reread(sealed: bytes, draft: AcknowledgementDraft) -> Iterator[Finding]:
    """Everything our own reader finds in an answer of ours, and what is not in it though it should be."""
    terms = Terms(extra_codes=_answered_codes(draft))
    expected = sum(len(group.responses) for group in draft.response_groups)
    for event in examine(sealed, lambda _interchange, _group, _set: terms):
        match event:
            case SetResult():
                expected -= 1
                yield from event.findings
            case GroupResult() | Unreadable():
                yield from event.findings
            case InterchangeResult():
                yield from event.findings
                if event.received_ta1 != ((draft.ta1,) if draft.ta1 else ()):
                    yield _fault("the TA1 does not read back as it was written")
    if expected:
        yield _fault(f"{expected} of the {draft.kind} do not read back")
    if draft.ta1:
        yield from _ta1_faults(draft)


def _answered_codes(draft: AcknowledgementDraft) -> dict[str, frozenset[str]]:
    """AK101 and AK201 repeat what came, in or out of the lists: elements 479 and 143 are the partner's there."""
    named: dict[str, set[str]] = {"AK1": set(), "AK2": set()}
    for group in draft.response_groups:
        for response in group.responses:
            for segment in response:
                if segment[0] in ("AK1", "AK2"):
                    named[str(segment[0])].add(str(segment[1]))
    return {"479": frozenset(named["AK1"]), "143": frozenset(named["AK2"])}


def _ta1_faults(draft: AcknowledgementDraft) -> Iterator[Finding]:
    rule = SegmentRule(envelope()["TA1"], rules_for("004010", draft.delimiters, Agreed("", ())))
    for fault in rule.faults(draft.ta1):
        if fault.code not in _ECHOED:
            yield _fault(f"TA1{fault.element:02}: {fault.text}")


def _fault(text: str) -> Finding:
    return Finding(level="interchange", code="TA105:024", effect=Effect.REJECT, message=text)
