"""The last station on the way out: a file of ours goes through a door that we push through. Values and decisions; pure.

Every file is carried until the other side says that it has it, says no, or the time allowed is over. What was perhaps
carried (a cut answer, a node that died) is tried with `again`: the door then asks first, or sends under the same name
or message id, by which the other side knows it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, assert_never

from gateway.ledger.carrying import CarryingState
from gateway.parcel import Content
from gateway.pipeline import retry
from gateway.pipeline.retry import Patience

CarriedKind = Literal["interchange", "acknowledgement"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """One sealed file to carry through `channel`, the one that is in use (`via`).

    `name` is the file's name: made by us, unique in its channel, safe as a file name. `message_id` has letters, digits
    and hyphens: doors that need more write `<message_id@our-domain>`; it stays the same over all tries of one sending.
    `lane` is 0 urgent, 1 normal, 2 bulk; `usage` ISA15. `attempts` are those before this one, `since` when it was laid
    out. `again`: an earlier try may have had its effect, so ask first where that can be asked. `notes` are what the
    door noted of it before (MICs it has to find in the receipt), by words of its own. `reason` is why it waits, as the
    last try left it.
    """

    id: str
    kind: CarriedKind
    subject: str
    partner: str
    channel: str
    name: str
    content: Content
    message_id: str
    lane: int
    usage: str
    attempts: int
    since: datetime
    again: bool = False
    notes: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Carriage:
    """What one try came to.

    "carried": the other side has it and, where a receipt was agreed, said so; "awaiting": it took it, and its receipt
    is due at the aware time `answer_due_at`; "refused": a no that trying again cannot change; "retry": certainly not
    there (connection refused, busy, no room); "unknown": it may be there or not (time-out, cut line).
    `detail` is one sentence for people; `receipt` the raw answer kept as evidence, `disposition` its verdict in the
    words of its standard. `notes` are kept for later tries and for who reads a late receipt.
    """

    kind: Literal["carried", "awaiting", "refused", "retry", "unknown"]
    detail: str = ""
    retry_after_seconds: float | None = None
    receipt: bytes | None = None
    disposition: str = ""
    answer_due_at: datetime | None = None
    notes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a receipt says that comes by itself, minutes or days after the file was taken."""

    kind: Literal["carried", "refused"]
    detail: str = ""
    receipt: bytes | None = None
    disposition: str = ""


Settled = Literal["settled", "known", "nothing"]
"""Of a receipt: it counted; it says nothing new; nothing of ours has this id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Awaited:
    """What a door needs to judge a receipt: of which file it is, by which channel it went, what was noted of it.

    `earlier` is 0 when `message_id` is what was asked for; else that was the message id of its copy so numbered, from
    1, and the file went again since, under `message_id`.
    """

    id: str
    message_id: str
    channel: str
    partner: str
    state: CarryingState
    content: Content
    notes: Mapping[str, str]
    earlier: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CarryOutcome:
    """Where a file stands after one try. `tried` false: nothing was tried, it is only put off to `next_at`.

    `doubt`: it may be there all the same, so the next try is one with `again`.
    """

    id: str
    state: CarryingState
    carriage: Carriage
    reason: str = ""
    next_at: datetime | None = None
    tried: bool = True
    doubt: bool = False


@dataclass(frozen=True, slots=True)
class Way:
    """Another channel, for when the first has been down for so long."""

    channel: str
    after_minutes: int


BY_THE_CLOCK = Patience(
    first_delay_seconds=5.0, longest_delay_seconds=900.0, most_attempts=1_000_000, longest_age=timedelta(hours=72)
)
"""Files are given up by the clock, not by a count: partners are down for a weekend."""


def decide(carried: Carried, carriage: Carriage, patience: Patience, *, now: datetime, random: float) -> CarryOutcome:
    """What follows from one try. `random` is uniform in [0, 1)."""
    match carriage.kind:
        case "carried":
            return CarryOutcome(id=carried.id, state=CarryingState.CARRIED, carriage=carriage, reason=carriage.detail)
        case "awaiting":
            return CarryOutcome(id=carried.id, state=CarryingState.AWAITING, carriage=carriage, reason=carriage.detail)
        case "refused":
            return CarryOutcome(id=carried.id, state=CarryingState.REFUSED, carriage=carriage, reason=carriage.detail)
        case "retry" | "unknown":
            return _again(carried, carriage, patience, now, random)
    assert_never(carriage.kind)


def _again(carried: Carried, carriage: Carriage, patience: Patience, now: datetime, random: float) -> CarryOutcome:
    doubt = carried.again or carriage.kind == "unknown"
    next_try = retry.decide(
        retry.Failure(detail=carriage.detail, asked_seconds=carriage.retry_after_seconds),
        patience,
        attempts=carried.attempts + 1,
        first_attempt_at=carried.since,
        now=now,
        random=random,
    )
    match next_try:
        case retry.GiveUp(reason=reason):
            state = CarryingState.GIVEN_UP
            return CarryOutcome(id=carried.id, state=state, carriage=carriage, reason=reason, doubt=doubt)
        case retry.Again(delay_seconds=delay):
            return CarryOutcome(
                id=carried.id,
                state=CarryingState.WAITING,
                carriage=carriage,
                reason=carriage.detail,
                next_at=now + timedelta(seconds=delay),
                doubt=doubt,
            )


def put_off(carried: Carried, until: datetime, why: str) -> CarryOutcome:
    """Nothing is tried before then: the channel is closed, or nobody here can push through it."""
    return CarryOutcome(
        id=carried.id,
        state=CarryingState.WAITING,
        carriage=Carriage(kind="retry", detail=why),
        reason=why,
        next_at=until,
        tried=False,
        doubt=carried.again,
    )


def too_late(carried: Carried, patience: Patience, now: datetime) -> CarryOutcome | None:
    """Given up without another try when its time is over; None while there is some left."""
    if now - carried.since < patience.longest_age:
        return None
    hours = patience.longest_age.total_seconds() / 3600
    reason = f"not carried within {hours:g} hours, in {carried.attempts} attempts"
    reason += f"; the last: {carried.reason}" if carried.reason else ""
    carriage = Carriage(kind="retry", detail=reason)
    return CarryOutcome(
        id=carried.id,
        state=CarryingState.GIVEN_UP,
        carriage=carriage,
        reason=reason,
        tried=False,
        doubt=carried.again,
    )
