"""The last station: what one answer of one of our systems means for the document. Pure: the caller posts and waits.

An unknown outcome (time-out, cut line, garbage) is the hard case: the system may have the document. What may be done
then depends on what the destination promised: `key` (the same key again has one effect), `lookup` (it can be asked by
business number first) or `none` (a person has to look, because posting again might ship twice).
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, assert_never

from gateway.pipeline import retry
from gateway.pipeline.retry import Patience
from gateway.pipeline.stage import Deliverable, DeliveryOutcome, Reply

Idempotency = Literal["key", "lookup", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryTerms:
    """What a destination promises, and how patient we are with it. Waiting for a paused destination is no attempt."""

    idempotency: Idempotency = "key"
    patience: Patience = field(default_factory=Patience)


def must_look_up(document: Deliverable, terms: DeliveryTerms, *, doubtful: bool = False) -> bool:
    """True when the destination has to be asked for the document before it may be posted (again).

    `doubtful`: an earlier outcome is known to be unknown, though no attempt is counted for it.
    """
    return _can_be_looked_up(document, terms) and (doubtful or document.attempts > 0)


def _can_be_looked_up(document: Deliverable, terms: DeliveryTerms) -> bool:
    """Parts of a set share their business number: that the system has one says nothing about the others."""
    return terms.idempotency == "lookup" and not document.part


def decide(
    document: Deliverable, reply: Reply, terms: DeliveryTerms, *, now: datetime, random: float
) -> DeliveryOutcome:
    """The document's next state after one attempt was answered with `reply`.

    `document.attempts` are those before this one; `random` is uniform in [0, 1).
    """
    match reply.kind:
        case "delivered" | "known":
            return DeliveryOutcome(id=document.id, key=document.key, state="delivered", reply=reply)
        case "refused":
            return DeliveryOutcome(id=document.id, key=document.key, state="dead", reply=reply, reason=reply.detail)
        case "retry":
            return _again(document, reply, terms, now, random)
        case "unknown":
            return _after_unknown(document, reply, terms, now, random)
    assert_never(reply.kind)


def _after_unknown(
    document: Deliverable, reply: Reply, terms: DeliveryTerms, now: datetime, random: float
) -> DeliveryOutcome:
    blind = terms.idempotency == "lookup" and not (document.business_number and _can_be_looked_up(document, terms))
    if terms.idempotency == "none" or blind:
        reason = f"outcome unknown: ask the ERP before replaying ({reply.detail})"
        return DeliveryOutcome(id=document.id, key=document.key, state="held", reply=reply, reason=reason)
    # key: the same key again has one effect. lookup: `must_look_up` is true from the first attempt on.
    return _again(document, reply, terms, now, random)


def _again(document: Deliverable, reply: Reply, terms: DeliveryTerms, now: datetime, random: float) -> DeliveryOutcome:
    next_try = retry.decide(
        retry.Failure(detail=reply.detail, asked_seconds=reply.retry_after_seconds),
        terms.patience,
        attempts=document.attempts + 1,
        first_attempt_at=document.first_attempt_at,
        now=now,
        random=random,
    )
    match next_try:
        case retry.GiveUp(reason=reason):
            return DeliveryOutcome(id=document.id, key=document.key, state="dead", reply=reply, reason=reason)
        case retry.Again(delay_seconds=delay):
            return DeliveryOutcome(
                id=document.id, key=document.key, state="mapped", reply=reply, reason=reply.detail, delay_seconds=delay
            )
