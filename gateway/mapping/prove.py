"""Segments that a mapping wrote, held against the standard: in an envelope made up for it, read as if they arrived."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from gateway.x12.errors import OutputRefused
from gateway.x12.findings import Effect
from gateway.x12.guide import load
from gateway.x12.interchange import Delimiters, SetResult, TransactionSet
from gateway.x12.read import examine
from gateway.x12.write import (
    OutboundEnvelope,
    OutboundGroup,
    OutboundSegment,
    OutboundSet,
    write_interchange,
    write_segment,
)

_AT: Final = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)
"""The date of the envelope. Nothing that is looked at depends on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A set in an envelope: its segments ST to SE as text, what a 997 would say of it, and the set as it reads.

    `refusal` says why it could not be written at all, "" when it could.
    """

    lines: tuple[str, ...]
    findings: tuple[str, ...] = ()
    refusal: str = ""
    content: TransactionSet | None = None


def proven(set_id: str, version: str, segments: Sequence[OutboundSegment]) -> Proof:
    """A set between ST and SE, written and read again. Never raises for what is in it."""
    guide = load(set_id, version)
    repeats = guide is not None and guide.release.repeats
    delimiters = Delimiters(repetition="^" if repeats else "")
    try:
        lines = texts(set_id, segments, delimiters)
        envelope = OutboundEnvelope(
            sender_qualifier="ZZ",
            sender="SENDER",
            receiver_qualifier="ZZ",
            receiver="RECEIVER",
            version="00501" if repeats else "00401",
            usage="T",
            control_number=1,
            at=_AT,
            delimiters=delimiters,
        )
        group = OutboundGroup(
            functional_id=guide.functional_id if guide is not None else "ZZ",
            sender="SENDER",
            receiver="RECEIVER",
            version=version,
            control_number=1,
            sets=[OutboundSet(id=set_id, segments=segments)],
        )
        content = write_interchange(envelope, [group])
    except OutputRefused as error:
        return Proof(lines=(), refusal=str(error))
    results = [event for event in examine(content) if isinstance(event, SetResult)]
    found = tuple(
        finding.message for result in results for finding in result.findings if finding.effect is not Effect.WARN
    )
    return Proof(lines=lines, findings=found, content=results[0].content if results else None)


def texts(set_id: str, segments: Sequence[OutboundSegment], delimiters: Delimiters) -> tuple[str, ...]:
    """ST to SE as text, with number 0001. Raises OutputRefused."""
    whole = [("ST", set_id, "0001"), *segments, ("SE", str(len(segments) + 2), "0001")]
    return tuple(write_segment(segment, delimiters) for segment in whole)
