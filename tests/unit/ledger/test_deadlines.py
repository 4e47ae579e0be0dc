"""Whatever is not done has a deadline, and what is done has none."""

from datetime import UTC, datetime, timedelta

import pytest

from gateway.ledger.acks import AcknowledgementState
from gateway.ledger.deadlines import STANDARD, WHO, WORDS, Due, StandardClocks, inbound, outbound
from gateway.ledger.document import DocumentState, OutboundState

DONE_INBOUND = {DocumentState.DELIVERED, DocumentState.RECONCILED, DocumentState.REJECTED, DocumentState.CLOSED}
DONE_OUTBOUND = {OutboundState.SUPERSEDED, OutboundState.COMBINED}
GOOD = {
    AcknowledgementState.NONE,
    AcknowledgementState.ACCEPTED,
    AcknowledgementState.ACCEPTED_WITH_ERRORS,
    AcknowledgementState.ASSUMED,
    AcknowledgementState.WAIVED,
}


@pytest.mark.parametrize("state", DocumentState)
def test_a_document_that_came_in_has_a_deadline_until_it_is_delivered_or_answered_for(state: DocumentState) -> None:
    assert (inbound(state) is Due.NONE) == (state in DONE_INBOUND)


@pytest.mark.parametrize("acknowledgement", AcknowledgementState)
@pytest.mark.parametrize("state", OutboundState)
@pytest.mark.parametrize("pushed", [True, False])
def test_a_document_of_ours_has_a_deadline_until_the_partner_can_use_it(
    state: OutboundState, acknowledgement: AcknowledgementState, pushed: bool
) -> None:
    waits_to_be_taken = state is OutboundState.SEALED and acknowledgement is AcknowledgementState.NONE
    done = state in DONE_OUTBOUND or (
        state in (OutboundState.SEALED, OutboundState.SENT) and acknowledgement in GOOD and not waits_to_be_taken
    )

    assert (outbound(state, acknowledgement, pushed=pushed) is Due.NONE) == done


@pytest.mark.parametrize(
    ("state", "acknowledgement", "pushed", "due"),
    [
        ("sealed", "awaited", False, "pickup"),
        ("sealed", "awaited", True, "receipt"),
        ("sealed", "", True, "receipt"),
        ("sealed", "rejected", False, "attention"),
        ("sent", "awaited", False, "acknowledgement"),
        ("sent", "overdue", True, "acknowledgement"),
        ("sent", "partially_accepted", True, "attention"),
        ("translated", "", True, "dispatch"),
    ],
)
def test_the_deadline_says_what_has_to_happen_next(state: str, acknowledgement: str, pushed: bool, due: str) -> None:
    assert outbound(state, acknowledgement, pushed=pushed) == due


def test_every_deadline_has_a_length_words_and_somebody_who_has_to_act() -> None:
    assert {*STANDARD} == {*WHO} == {*WORDS} == {*Due} - {Due.NONE}


def test_where_nothing_was_agreed_an_acknowledgement_may_take_a_day() -> None:
    start = datetime(2026, 11, 20, 9, tzinfo=UTC)

    assert StandardClocks().due_at(Due.ACKNOWLEDGEMENT, "acme", "acme/invoices", start) == start + timedelta(days=1)
    assert StandardClocks().due_at(Due.NONE, "acme", "acme/invoices", start) is None
