"""Delivery, acknowledgement and business in one sentence."""

import pytest

from gateway.ledger.acks import AcknowledgementState
from gateway.ledger.business import BusinessState
from gateway.ledger.document import DocumentState, OutboundState
from gateway.ledger.headline import headline


@pytest.mark.parametrize(
    ("direction", "state", "acknowledgement", "business", "begins"),
    [
        ("outbound", "held", "", "", "Not sent"),
        ("outbound", "sealed", "awaited", "", "Numbered"),
        ("outbound", "sealed", "rejected", "", "The partner refused it"),
        ("outbound", "sent", "", "", "The partner has it"),
        ("outbound", "sent", "accepted", "", "The partner accepted it"),
        ("outbound", "sent", "accepted", "disputed", "Contested"),
        ("outbound", "sent", "overdue", "paid", "Paid."),
        ("outbound", "superseded", "rejected", "disputed", "Another took its place"),
        ("inbound", "delivered", "A", "", "Our system has it"),
        ("inbound", "delivered", "A", "declined", "The seller does not deliver"),
        ("inbound", "closed", "A", "", "A person looked at it"),
        ("inbound", "closed", "A", "declined", "The seller does not deliver"),
        ("inbound", "held", "A", "declined", "Waits for a person"),
    ],
)
def test_the_last_on_the_road_tells_most(
    direction: str, state: str, acknowledgement: str, business: str, begins: str
) -> None:
    assert headline(direction, state, acknowledgement, business).startswith(begins)


def test_there_is_a_sentence_for_everything() -> None:
    for acknowledgement in AcknowledgementState:
        for business in BusinessState:
            assert all(headline("outbound", state, acknowledgement, business) for state in OutboundState)
            assert all(headline("inbound", state, acknowledgement, business) for state in DocumentState)
