"""What happened with what is known of its subject, the notices that follow, and the port of the outbox.

A notice is one message to one target: a status to one of our systems, an event to a webhook, an alert to a mailbox or
webhook. It is made once, in the transaction that moves the follower past its event, and sent until it is taken or
given up. Its id never changes, so that whoever gets it twice can tell.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Literal, Protocol

NoticeKind = Literal["status", "webhook", "alert", "mail"]
"""A document's status for one of our systems; an event for a webhook; an alert for a webhook; an alert by mail."""


class NoticeState(StrEnum):
    """Where a notice stands."""

    GATHERING = "gathering"  # an alert that takes in what follows, until its time comes
    WAITING = "waiting"  # to be sent, or sent again after a failure
    SENT = "sent"  # whoever it is for has it
    SUPERSEDED = "superseded"  # a later status of the same document took its place before it went
    GIVEN_UP = "given_up"  # refused for good, or not taken in the time allowed


class TargetState(StrEnum):
    """How a target does."""

    WORKING = "working"  # took the last notice, or was never tried
    FAILING = "failing"  # does not answer as it should: asked again later and later
    GONE = "gone"  # answered 410: nothing more goes there until its url changes or a person opens it again


# ---------------------------------------------------------------------------------------------- what happened


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFacts:
    """A document as it stands when its event is looked at, which may be later than the event. `said` is all that the
    partner says of ours, `telling` the line of it that tells most.
    """

    id: str
    transmission: str
    direction: str
    arrived_by: str
    partner: str
    set_id: str
    version: str
    stage: str
    canonical_type: str
    business_number: str
    control_numbers: str
    state: str
    reason: str
    acknowledgement: str
    said: Sequence[str]
    destination: str
    external_id: str
    received_at: datetime
    state_at: datetime
    delivered_at: datetime | None
    acknowledged_at: datetime | None
    telling: str = ""
    business: str = ""
    business_words: str = ""
    business_open: Decimal | None = None
    amount: Decimal | None = None
    currency: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """One event. `partners` are those it is about: of a channel all that it carries, none where nobody knows."""

    number: int
    at: datetime
    kind: str
    subject: str
    correlation: str
    who: str
    why: str
    detail: Mapping[str, str]
    partners: frozenset[str] = frozenset()
    document: DocumentFacts | None = None


# ---------------------------------------------------------------------------------------------- what follows


@dataclass(frozen=True, slots=True, kw_only=True)
class NewNotice:
    """A notice to make. `body` is the JSON to send; the outbox gives the id, which bodies of events carry too."""

    kind: NoticeKind
    target: str
    subject: str
    event: int
    body: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One event as a line of an alert."""

    at: datetime
    rule: str
    severity: str
    event: int
    subject: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """An alert: how many events in all and by rule, the first of them as lines, and when it goes."""

    role: str
    count: int
    severity: str
    since: datetime
    until: datetime
    by_rule: Mapping[str, int]
    lines: Sequence[Line]
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerted:
    """Events for one alert target, in order."""

    kind: NoticeKind
    target: str
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What follows from a batch of events."""

    notices: Sequence[NewNotice] = ()
    alerts: Sequence[Alerted] = ()


class Choosing(Protocol):
    """Who wants to know what; pure."""

    @property
    def kinds(self) -> frozenset[str]:
        """Kinds of events that anybody wants to know of."""

    def choose(self, happened: Sequence[Happened]) -> Chosen:
        """What follows from these events."""

    def gather(
        self, target: str, before: Gathered | None, last_at: datetime | None, lines: Sequence[Line], now: datetime
    ) -> Gathered:
        """The open alert of a target with more lines; `last_at` is when the one before it was to go."""


# ---------------------------------------------------------------------------------------------- sending


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A notice in hand, to be sent. `attempts` counts those before this one."""

    id: str
    kind: NoticeKind
    target: str
    subject: str
    event: int
    body: Mapping[str, object]
    attempts: int
    since: datetime
    first_attempt_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What came of one try.

    taken: it has it. refused: it will never take this one. failed: this one is tried again, others are not to blame.
    down: the target takes nothing now. gone: it wants nothing ever again.
    """

    kind: Literal["taken", "refused", "failed", "down", "gone"]
    detail: str
    status: int = 0
    asked_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What is written down of one try. `next_at` is when the notice is tried again; with neither that nor a state it
    stays as it is, untried. `paused_until` is about its target.
    """

    notice: str
    target: str
    told: Told
    milliseconds: int
    state: NoticeState
    next_at: datetime | None = None
    paused_until: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try, for people."""

    at: datetime
    milliseconds: int
    outcome: str
    status: int
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRow:
    """One notice, for people."""

    id: str
    kind: str
    target: str
    subject: str
    event: int
    state: str
    attempts: int
    created_at: datetime
    next_at: datetime
    settled_at: datetime | None
    last_error: str
    body: Mapping[str, object] = field(default_factory=dict)
    tries: Sequence[Attempt] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetRow:
    """How one target does, for people. `waiting` counts what is to go there."""

    name: str
    state: str
    failures: int
    waiting: int
    last_error: str
    paused_until: datetime | None
    sent_at: datetime | None


class Outbox(Protocol):
    """Notices in rows. All methods may raise MachineError."""

    def stand_up(self, addresses: Mapping[str, str]) -> None:
        """Begin to follow: from now on when nobody did. `addresses` tells each target's address as a hash: one that was
        gone and has another address now is opened again. On SQLite what was in hand when the process died is free.
        """

    def stand_down(self) -> None:
        """Nobody wants to know anything: whoever asks later begins with what happens then."""

    def follow(self, choosing: Choosing, *, most: int) -> tuple[int, bool]:
        """Make notices of the events that came, at most so many. Returns how many were looked at, and whether there
        may be more.
        """

    def due(self) -> Sequence[str]:
        """Targets with something to send now."""

    def take(self, target: str, *, most: int, lease_seconds: float) -> Sequence[Due]:
        """Notices of a target that are due, the oldest first, for so long in nobody else's hands."""

    def settle(self, settled: Sequence[Settlement]) -> None:
        """Write down what came of tries."""

    def let_go(self, ids: Sequence[str]) -> None:
        """Notices that were taken and not tried are due again at once."""

    def expire(self, older_than: datetime) -> int:
        """Give up what was made before a time and never taken; how many there were."""

    def forget(self, before: datetime) -> int:
        """Delete notices that were settled before a time, some thousand at most; how many there were."""


Choose = Callable[[Sequence[Happened]], Chosen]
