"""What an answer of a destination means for a document."""

from datetime import timedelta

import pytest

from gateway.pipeline.inbound.deliver import DeliveryTerms, decide, must_look_up
from gateway.pipeline.retry import Patience
from gateway.pipeline.stage import DeliveryOutcome, Reply
from tests.documents import NOON, a_document

KEY = DeliveryTerms(
    idempotency="key", patience=Patience(first_delay_seconds=2, longest_delay_seconds=60, most_attempts=4)
)
LOOKUP = DeliveryTerms(idempotency="lookup")
NONE = DeliveryTerms(idempotency="none")
LOST = Reply(kind="unknown", detail="no answer within the time-out")


def decided(reply: Reply, terms: DeliveryTerms = KEY, *, attempts: int = 0) -> DeliveryOutcome:
    return decide(a_document(attempts=attempts, first_attempt_at=NOON), reply, terms, now=NOON, random=0.5)


@pytest.mark.parametrize("kind", ["delivered", "known"])
def test_what_the_system_has_is_delivered(kind: str) -> None:
    reply = Reply(kind=kind, external_id="SO-1")  # type: ignore[arg-type]

    outcome = decided(reply)

    assert (outcome.state, outcome.reply.external_id) == ("delivered", "SO-1")


def test_a_refused_document_is_dead_with_the_systems_reason() -> None:
    outcome = decided(Reply(kind="refused", detail="HTTP 400: the system refused it: unknown item"))

    assert outcome.state == "dead"
    assert "unknown item" in outcome.reason


def test_a_busy_system_gets_the_document_again_after_the_time_it_asked_for() -> None:
    outcome = decided(Reply(kind="retry", retry_after_seconds=120.0))

    assert outcome.state == "mapped"
    assert 120 <= outcome.delay_seconds <= 132


def test_the_last_allowed_attempt_makes_the_document_dead() -> None:
    outcome = decided(Reply(kind="retry", detail="HTTP 500"), attempts=3)

    assert outcome.state == "dead"
    assert "4 attempts" in outcome.reason
    assert "HTTP 500" in outcome.reason


def test_a_document_that_waited_longer_than_allowed_is_dead() -> None:
    document = a_document(attempts=1, first_attempt_at=NOON - timedelta(days=3))

    outcome = decide(document, Reply(kind="retry", detail="HTTP 503"), KEY, now=NOON, random=0.0)

    assert outcome.state == "dead"


def test_an_unknown_outcome_is_tried_again_where_the_key_protects() -> None:
    outcome = decided(LOST)

    assert outcome.state == "mapped"
    assert outcome.delay_seconds > 0


def test_an_unknown_outcome_is_held_for_a_person_where_nothing_protects() -> None:
    outcome = decided(LOST, NONE)

    assert outcome.state == "held"
    assert "ask the ERP before replaying" in outcome.reason


def test_a_certain_no_for_now_is_tried_again_even_where_nothing_protects() -> None:
    outcome = decided(Reply(kind="retry", detail="no connection"), NONE)

    assert outcome.state == "mapped"


def test_after_an_unknown_outcome_a_lookup_destination_is_asked_first() -> None:
    outcome = decided(LOST, LOOKUP)

    assert outcome.state == "mapped"
    assert must_look_up(a_document(attempts=1), LOOKUP)


def test_a_first_attempt_is_posted_without_asking() -> None:
    assert not must_look_up(a_document(attempts=0), LOOKUP)


def test_a_destination_that_knows_the_key_is_never_asked() -> None:
    assert not must_look_up(a_document(attempts=5), KEY)


def test_without_a_business_number_there_is_nothing_to_ask_by_and_a_person_decides() -> None:
    outcome = decide(a_document(business_number=""), LOST, LOOKUP, now=NOON, random=0.0)

    assert outcome.state == "held"
