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
from gateway.x12.response import FunctionalKind, group_response, kind_for, response_guide, said_of_group
from gateway.x12.ta1 import ta1_segment
from gateway.x12.values import EXTENDED

InterchangePolicy = Literal["always", "requested", "never"]
"""When a TA1 is sent: "requested" means ISA14 asks for it, or the interchange itself has an error."""


def functional_acknowledgement(
    result: InterchangeResult, *, kind: FunctionalKind = "997"
) -> AcknowledgementDraft | None:
    """A 997 or 999 for each group of an interchange, in one FA group per pair of application ids and version.

    Releases before 005010 have no 999: their groups are answered with a 997 whatever `kind` says, and the draft's own
    kind is "999" when any of its groups is. None when there is nothing to answer: the interchange is rejected as a
    whole (its TA1 says so), or holds no groups but acknowledgements, which are never acknowledged (X12.20, 997
    purpose).
    """
    answered = _answered(result)
    if result.status == "R" or not answered:
        return None
    draft = _draft(kind, result)
    groups = tuple(_response_groups(answered, kind, draft))
    return replace(
        draft,
        kind="999" if any(group.kind == "999" for group in groups) else "997",
        response_groups=groups,
        summary=tuple(_summary(group, kind_for(group.header.version, kind)) for group in answered),
    )


def interchange_acknowledgement(result: InterchangeResult, *, policy: InterchangePolicy) -> AcknowledgementDraft | None:
    """A TA1 for an interchange, None when `policy` asks for none or it only brought TA1 segments itself.

    An interchange that brings acknowledgements alone has one only when ISA14 asks for it or it cannot be used: without
    that "always" would answer answers for ever.
    """
    if policy == "never" or (result.received_ta1 and not result.groups):
        return None
    only_answers = bool(result.groups) and not _answered(result)
    wanted = policy == "always" and not only_answers
    due = wanted or result.header.acknowledgment_requested or result.status != "A"
    return replace(_draft("TA1", result), ta1=ta1_segment(result)) if due else None


def _answered(result: InterchangeResult) -> list[GroupResult]:
    """The groups that are answered: all but acknowledgements."""
    return [group for group in result.groups if group.header.functional_id != ACKNOWLEDGEMENT_GROUP]


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
    groups: list[GroupResult], wanted: FunctionalKind, draft: AcknowledgementDraft
) -> Iterator[ResponseGroup]:
    """One FA group per (GS02, GS03, GS08) received, in order of first appearance, ids swapped."""
    delimiters = draft.delimiters
    taken = delimiters.element + delimiters.component + delimiters.segment + delimiters.repetition
    together: dict[tuple[str, str, str], list[GroupResult]] = {}
    for group in groups:
        header = group.header
        together.setdefault((header.sender, header.receiver, header.version), []).append(group)
    for (sender, receiver, version), same in together.items():
        kind = kind_for(version, wanted)
        guide = response_guide(version, kind)
        characters = EXTENDED - frozenset(taken)
        yield ResponseGroup(
            kind=kind,
            sender=identity(receiver, 15) or draft.sender,
            receiver=identity(sender, 15) or draft.receiver,
            version=_group_version(version, guide),
            responses=tuple(group_response(group, guide, characters, kind) for group in same),
        )


def _group_version(version: str, guide: Guide) -> str:
    """GS08 of the answer: the inbound one where it is a version at all (industry suffix and all), else our own."""
    written = version[:6].isdigit() and len(version) <= 12 and version.isascii() and version.isalnum()
    return version if written else guide.release.id


def _summary(group: GroupResult, kind: FunctionalKind) -> GroupSummary:
    return GroupSummary(
        functional_id=group.header.functional_id,
        control_number=group.header.control_number,
        version=group.header.version,
        status=said_of_group(group, kind),
        included=group.included,
        received=group.received,
        accepted=group.accepted,
    )


__all__ = [
    "AcknowledgementDraft",
    "FunctionalKind",
    "GroupSummary",
    "InterchangePolicy",
    "check",
    "functional_acknowledgement",
    "interchange_acknowledgement",
    "response_guide",
]
