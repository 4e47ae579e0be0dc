"""An acknowledgement that is complete but for its numbers: what the pipeline stores, numbers and seals."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from gateway.x12.errors import OutputRefused
from gateway.x12.interchange import Delimiters
from gateway.x12.response import FunctionalKind
from gateway.x12.write import (
    OutboundEnvelope,
    OutboundGroup,
    OutboundSegment,
    OutboundSet,
    write_interchange,
)

AcknowledgementKind = Literal["997", "999", "TA1"]

ACKNOWLEDGEMENT_GROUP = "FA"
"""GS01 of a group of functional acknowledgements."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupSummary:
    """What one group received is told: `status` is AK901, the counts AK902-904."""

    functional_id: str
    control_number: str
    version: str
    status: str
    included: int
    received: int
    accepted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseGroup:
    """One FA group of an answer, one response per group received. `sender` is our application id, `version` GS08.

    `kind` is ST01 of each: "997", which is all that releases before 005010 have, or "999".
    """

    kind: FunctionalKind
    sender: str
    receiver: str
    version: str
    responses: tuple[tuple[OutboundSegment, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AcknowledgementDraft:
    """An answer to one interchange, without control numbers.

    The identities are those of the answer: `sender` is ours. `version` is ISA12, `usage` ISA15 as it came: T stays T.
    `answers` is the ISA13 answered; `status` and `note` are its TA104 and TA105, whatever the kind. `characters` may
    stand in its values. A "997" or "999" has `response_groups` and a `summary` of the groups it answers, a "TA1" has
    `ta1`.
    """

    kind: AcknowledgementKind
    answers: str
    status: str
    note: str
    sender_qualifier: str
    sender: str
    receiver_qualifier: str
    receiver: str
    version: str
    usage: str
    delimiters: Delimiters
    characters: frozenset[str]
    response_groups: tuple[ResponseGroup, ...] = ()
    summary: tuple[GroupSummary, ...] = ()
    ta1: tuple[str, ...] = ()

    @property
    def groups(self) -> int:
        """How many group numbers (GS06) sealing needs."""
        return len(self.response_groups)

    @property
    def group_pairs(self) -> tuple[tuple[str, str], ...]:
        """(our application id, theirs) of each group in order: GS06 is counted per pair."""
        return tuple((group.sender, group.receiver) for group in self.response_groups)

    def seal(self, *, interchange_number: int, group_numbers: Sequence[int], now: datetime) -> bytes:
        """The bytes to send. Pure: the same numbers and time give the same bytes.

        Args:
            interchange_number: ISA13, 1 to 999999999.
            group_numbers: as many GS06 as `groups`, each 1 to 999999999.
            now: aware, in the partner's time zone: its digits are ISA09, ISA10, GS04 and GS05.

        Raises OutputRefused when a number is out of range, too few or too many are given, or `now` is naive.
        """
        if len(group_numbers) != self.groups:
            raise OutputRefused(f"{len(group_numbers)} group numbers for {self.groups} groups")
        if now.utcoffset() is None:
            raise OutputRefused("a time without a time zone: give it in the partner's")
        return write_interchange(
            self._envelope(interchange_number, now),
            [_numbered(group, number) for group, number in zip(self.response_groups, group_numbers, strict=True)],
            acknowledgements=[self.ta1] if self.ta1 else [],
            characters=self.characters,
        )

    def _envelope(self, control_number: int, now: datetime) -> OutboundEnvelope:
        """ISA14 is 0: an acknowledgement that asked to be acknowledged would never end."""
        return OutboundEnvelope(
            sender_qualifier=self.sender_qualifier,
            sender=self.sender,
            receiver_qualifier=self.receiver_qualifier,
            receiver=self.receiver,
            version=self.version,
            usage=self.usage,
            control_number=control_number,
            at=now,
            delimiters=self.delimiters,
        )


def _numbered(group: ResponseGroup, control_number: int) -> OutboundGroup:
    # ST03 says what the set is written by (005010 999, ST03); it names the same as GS08, which it would override.
    convention = group.version if group.kind == "999" else ""
    return OutboundGroup(
        functional_id=ACKNOWLEDGEMENT_GROUP,
        sender=group.sender,
        receiver=group.receiver,
        version=group.version,
        control_number=control_number,
        sets=[OutboundSet(id=group.kind, segments=segments, implementation=convention) for segments in group.responses],
    )
