"""The last station: what one answer of one of our systems means for the document. Pure: the caller posts and waits.

An unknown outcome (time-out, cut line, garbage) is the hard case: the system may have the document. What may be done
then depends on what the destination promised: `key` (the same key again has one effect), `lookup` (it can be asked by
business number first) or `none` (a person has to look, because posting again might ship twice).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, assert_never

from gateway.pipeline.stage import Deliverable, DeliveryOutcome, Reply

Idempotency = Literal["key", "lookup", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryTerms:
    """What a destination promises, and how patient we are with it.

    Delays in seconds grow from `first_delay_seconds` by doubling to `longest_delay_seconds`, with jitter. A document is
    given up after `most_attempts` or `longest_age`, whichever comes first; waiting for a paused destination is no
    attempt.
    """

    idempotency: Idempotency = "key"
    first_delay_seconds: float = 2.0
    longest_delay_seconds: float = 900.0
    most_attempts: int = 12
    longest_age: timedelta = timedelta(days=3)


def must_look_up(document: Deliverable, terms: DeliveryTerms, *, doubtful: bool = False) -> bool:
    """True when the destination has to be asked for the document before it may be posted (again).

    `doubtful`: an earlier outcome is known to be unknown, though no attempt is counted for it.
    """
    return terms.idempotency == "lookup" and (doubtful or document.attempts > 0)


def decide(
    document: Deliverable, reply: Reply, terms: DeliveryTerms, *, now: datetime, random: float
) -> DeliveryOutcome:
    """The document's next state after one attempt was answered with `reply`.

    `document.attempts` are those before this one; `random` is uniform in [0, 1).
    """
    match reply.kind:
        case "delivered" | "known":
            return DeliveryOutcome(id=document.id, state="delivered", reply=reply)
        case "refused":
            return DeliveryOutcome(id=document.id, state="dead", reply=reply, reason=reply.detail)
        case "retry":
            return _again(document, reply, terms, now, random)
        case "unknown":
            return _after_unknown(document, reply, terms, now, random)
    assert_never(reply.kind)


def _after_unknown(
    document: Deliverable, reply: Reply, terms: DeliveryTerms, now: datetime, random: float
) -> DeliveryOutcome:
    blind = terms.idempotency == "lookup" and not document.business_number
    if terms.idempotency == "none" or blind:
        reason = f"outcome unknown: ask the ERP before replaying ({reply.detail})"
        return DeliveryOutcome(id=document.id, state="held", reply=reply, reason=reason)
    # key: the same key again has one effect. lookup: `must_look_up` is true from the first attempt on.
    return _again(document, reply, terms, now, random)


def _again(document: Deliverable, reply: Reply, terms: DeliveryTerms, now: datetime, random: float) -> DeliveryOutcome:
    attempts = document.attempts + 1
    age = now - (document.first_attempt_at or now)
    if attempts >= terms.most_attempts or age >= terms.longest_age:
        reason = f"given up after {attempts} attempts in {_in_words(age)}; the last: {reply.detail}"
        return DeliveryOutcome(id=document.id, state="dead", reply=reply, reason=reason)
    delay = delay_seconds(attempts, terms, asked=reply.retry_after_seconds, random=random)
    return DeliveryOutcome(id=document.id, state="mapped", reply=reply, reason=reply.detail, delay_seconds=delay)


def delay_seconds(attempts: int, terms: DeliveryTerms, *, asked: float | None, random: float) -> float:
    """Seconds to the next attempt after `attempts`: between half and all of the doubled delay, never before `asked`."""
    doubled = terms.first_delay_seconds * 2.0 ** min(attempts - 1, 30)
    delay = min(doubled, terms.longest_delay_seconds) * (0.5 + random / 2)
    # What everybody was asked to wait is spread over a tenth more, or all come back in the same second.
    return max(delay, (asked or 0.0) * (1 + random / 10))


def _in_words(age: timedelta) -> str:
    seconds = int(age.total_seconds())
    for size, name in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds // size} {name}"
    return f"{seconds} seconds"
