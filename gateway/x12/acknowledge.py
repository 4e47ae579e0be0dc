"""Acknowledgements: what the sender of an interchange is told about it, drafted without numbers.

A draft is made from the result of reading alone, so that what we say is what we found. The pipeline numbers and seals
it in the transaction that stores it; before that, `check` holds it to our own guide.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final, Literal

from gateway.x12.draft import (
    ACKNOWLEDGEMENT_GROUP,
    AcknowledgementDraft,
    AcknowledgementKind,
    GroupSummary,
    ResponseGroup,
)
from gateway.x12.echo import answer_characters, answer_delimiters, answer_usage, answer_version, identity
from gateway.x12.errors import OutputRefused
from gateway.x12.findings import Effect, Finding
from gateway.x12.guide import Guide, envelope, load, release_of
from gateway.x12.interchange import GroupResult, InterchangeResult, SetResult, Terms, Unreadable
from gateway.x12.read import examine
from gateway.x12.response import group_response
from gateway.x12.rules import Agreed, SegmentRule, rules_for
from gateway.x12.ta1 import ta1_segment
from gateway.x12.values import EXTENDED

InterchangePolicy = Literal["always", "requested", "never"]
"""When a TA1 is sent: "requested" means ISA14 asks for it, or the interchange itself has an error."""

_PLACEHOLDER_TIME: Final = datetime(2000, 1, 1, tzinfo=UTC)
_ECHOED: Final = frozenset({"AK403:8", "AK403:9"})
"""TA102 and TA103 repeat the date and time that came, real or not: faults there are the partner's."""


def functional_acknowledgement(result: InterchangeResult) -> AcknowledgementDraft | None:
    """A 997 for each group of an interchange, in one FA group per pair of application ids and version.

    None when there is nothing to answer: the interchange is rejected as a whole (its TA1 says so), or holds no groups
    but acknowledgements, which are never acknowledged (X12.20, 997 purpose).
    """
    answered = [group for group in result.groups if group.header.functional_id != ACKNOWLEDGEMENT_GROUP]
    if result.status == "R" or not answered:
        return None
    draft = _draft("997", result)
    return replace(
        draft,
        response_groups=tuple(_response_groups(answered, result, draft)),
        summary=tuple(map(_summary, answered)),
    )


def interchange_acknowledgement(result: InterchangeResult, *, policy: InterchangePolicy) -> AcknowledgementDraft | None:
    """A TA1 for an interchange, None when `policy` asks for none or it only brought TA1 segments itself."""
    only_answers = bool(result.received_ta1) and not result.groups
    due = policy == "always" or (
        policy == "requested" and (result.header.acknowledgment_requested or result.status != "A")
    )
    return replace(_draft("TA1", result), ta1=ta1_segment(result)) if due and not only_answers else None


def check(draft: AcknowledgementDraft) -> tuple[Finding, ...]:
    """What our own reader would reject or note in the draft, sealed with placeholder numbers; () when it is clean.

    The ids of both sides and unknown versions are the partner's business: placeholders stand in for them here.
    """
    stand_in = replace(
        draft,
        sender_qualifier="ZZ",
        sender="SENDER",
        receiver_qualifier="ZZ",
        receiver="RECEIVER",
        response_groups=tuple(
            replace(group, sender="SENDER", receiver="RECEIVER", version=response_guide(group.version).release.id)
            for group in draft.response_groups
        ),
    )
    try:
        numbers = range(1, draft.groups + 1)
        sealed = stand_in.seal(interchange_number=1, group_numbers=numbers, now=_PLACEHOLDER_TIME)
    except OutputRefused as error:
        return (_fault(str(error)),)
    return tuple(finding for finding in _reread(sealed, draft) if finding.effect is not Effect.WARN)


def response_guide(version: str) -> Guide:
    """The 997 to answer a GS08 with: its own release's, else the nearest of ours that is not newer (or the oldest)."""
    release = "005010" if version[:6].isdigit() and version[:6] >= "005010" else "004010"
    guide = load("997", version) or load("997", release)
    if guide is None:
        raise LookupError(f"no 997 guide for {release}")
    return guide


def _draft(kind: AcknowledgementKind, result: InterchangeResult) -> AcknowledgementDraft:
    """The envelope of an answer: ids swapped, everything else as it came."""
    header = result.header
    version = answer_version(header)
    return AcknowledgementDraft(
        kind=kind,
        answers=header.control_number,
        status=result.status,
        note=result.note,
        sender_qualifier=identity(header.receiver_qualifier, 2),
        sender=identity(header.receiver, 15),
        receiver_qualifier=identity(header.sender_qualifier, 2),
        receiver=identity(header.sender, 15),
        version=version,
        usage=answer_usage(header),
        delimiters=answer_delimiters(result, version),
        characters=answer_characters(result),
    )


def _response_groups(
    groups: list[GroupResult], result: InterchangeResult, draft: AcknowledgementDraft
) -> Iterator[ResponseGroup]:
    """One FA group per (GS02, GS03, GS08) received, in order of first appearance, ids swapped."""
    delimiters = draft.delimiters
    taken = delimiters.element + delimiters.component + delimiters.segment + delimiters.repetition
    together: dict[tuple[str, str, str], list[GroupResult]] = {}
    for group in groups:
        header = group.header
        together.setdefault((header.sender, header.receiver, header.version), []).append(group)
    for (sender, receiver, version), same in together.items():
        guide = response_guide(version)
        yield ResponseGroup(
            sender=identity(receiver, 15) or draft.sender,
            receiver=identity(sender, 15) or draft.receiver,
            version=_group_version(version, guide),
            responses=tuple(group_response(group, guide, EXTENDED - frozenset(taken)) for group in same),
        )


def _group_version(version: str, guide: Guide) -> str:
    """GS08 of the answer: the inbound one where it is a version at all (industry suffix and all), else our own."""
    written = version[:6].isdigit() and len(version) <= 12 and version.isascii() and version.isalnum()
    return version if release_of(version) is not None or written else guide.release.id


def _summary(group: GroupResult) -> GroupSummary:
    return GroupSummary(
        functional_id=group.header.functional_id,
        control_number=group.header.control_number,
        version=group.header.version,
        status=group.status,
        included=group.included,
        received=group.received,
        accepted=group.accepted,
    )


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
        yield _fault(f"{expected} of the 997 do not read back")
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


__all__ = [
    "AcknowledgementDraft",
    "GroupSummary",
    "InterchangePolicy",
    "check",
    "functional_acknowledgement",
    "interchange_acknowledgement",
    "response_guide",
]
