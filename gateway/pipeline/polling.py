"""What is remembered of partners' servers that we look into, as a port; and how that looks to people. Pure.

What was taken needs no memory of its own: a transmission is known by its message id, made of the file's name, size,
time and bytes, so that the same file fetched twice is received once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from gateway.errors import GatewayError

PollState = Literal["working", "failing", "stopped"]
"""Looks succeed; the last one failed, and there will be another; nothing more until a person has looked."""


class NotOurTurn(GatewayError):
    """Another node looks after this channel now: leave off."""

    may_retry = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How one look into a partner's server ended; `reason` is one sentence unless it is working."""

    state: PollState
    reason: str = ""
    files: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """One channel, as it stands: when we looked last, when that last succeeded, when a file was last taken."""

    channel: str
    state: PollState
    reason: str
    failures: int
    looked_at: datetime
    seen_at: datetime | None
    taken_at: datetime | None
    files: int


class Polls(Protocol):
    """The memory of polling. Synchronous; all may raise MachineError."""

    def hold(self, channel: str) -> bool:
        """Whether this node may look after the channel now: only one may at a time. Holds until `let_go`, or death."""

    def let_go(self, channel: str) -> None:
        """Give a channel that is held to whoever asks next."""

    def looked(self, channel: str, look: Look) -> None:
        """Write down how a look ended; an event says when a channel begins to fail, stops, or works again."""

    def goes_on(self, channel: str) -> None:
        """It can be reached: it is working when it was stopped, and nothing is written otherwise."""

    def left(self, channel: str, name: str, why: str) -> None:
        """An event: a file stays at the partner's server, and somebody has to look."""

    def known(self, channel: str, message_ids: Sequence[str]) -> set[str]:
        """Those of these message ids under which something was received by the channel."""
