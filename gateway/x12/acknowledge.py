"""Acknowledgements: what the sender of an interchange is told about it, drafted without numbers.

A draft is made from the result of reading alone, so that what we say is what we found. The pipeline numbers and seals
it in the transaction that stores it; before that, `check` holds it to our own guide.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

from gateway.x12.draft import (
    ACKNOWLEDGEMENT_GROUP,
    AcknowledgementDraft,
    AcknowledgementKind,
    GroupSummary,
    ResponseGroup,
)
from gateway.x12.echo import answer_characters, answer_delimiters, answer_usage, answer_version, identity
from gateway.x12.guide import Guide
from gateway.x12.interchange import GroupResult, InterchangeResult
from gateway.x12.proof import check
from gateway.x12.response import group_response, response_guide
from gateway.x12.ta1 import ta1_segment
from gateway.x12.values import EXTENDED

InterchangePolicy = Literal["always", "requested", "never"]
"""When a TA1 is sent: "requested" means ISA14 asks for it, or the interchange itself has an error."""


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
    return version if written else guide.release.id


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


__all__ = [
    "AcknowledgementDraft",
    "GroupSummary",
    "InterchangePolicy",
    "check",
    "functional_acknowledgement",
    "interchange_acknowledgement",
    "response_guide",
]
