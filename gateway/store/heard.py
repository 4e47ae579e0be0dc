"""Answers of partners on their way through the store: what was heard, and what became of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from gateway.pipeline.reconcile import PartnerAnswer
from gateway.pipeline.stage import DocumentOutcome, InterchangeOutcome
from gateway.x12.answers import InterchangeAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One answer: a TA1, or the 997 or 999 that `document` is. `received` is the row of its transmission."""

    received: Any
    interchange: InterchangeOutcome
    answer: InterchangeAnswer | PartnerAnswer
    document: DocumentOutcome | None = None

    @property
    def at(self) -> datetime:
        """When it came."""
        at: datetime = self.received.received_at
        return at

    @property
    def who(self) -> str:
        """Who says so, in events."""
        return f"channel/{self.received.channel}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heeded:
    """What became of a 997 or 999: "reconciled" or "held", and what it says, line by line."""

    state: Literal["reconciled", "held"]
    reason: str
    lines: Sequence[Mapping[str, Any]]
