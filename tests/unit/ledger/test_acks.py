"""What a partner may say of what we sent, and in which order."""

from enum import StrEnum

import pytest

from gateway.ledger import events
from gateway.ledger.acks import (
    ACKNOWLEDGEMENT,
    HEADLINES,
    SENDING,
    STATUSES,
    AcknowledgementState,
    SendingState,
)
from gateway.ledger.document import Life

A, S = AcknowledgementState, SendingState
ANSWERS = [A.ACCEPTED, A.ACCEPTED_WITH_ERRORS, A.PARTIALLY_ACCEPTED, A.REJECTED]


@pytest.mark.parametrize(("life", "states"), [(SENDING, S), (ACKNOWLEDGEMENT, A)], ids=["sending", "acknowledgement"])
def test_every_state_has_a_row_and_can_be_reached_by_an_explained_event(
    life: Life[StrEnum], states: type[StrEnum]
) -> None:
    told = {event for moves in life.moves.values() for event in moves.values()}

    assert set(life.moves) - {None} == set(states)
    assert {after for moves in life.moves.values() for after in moves} == set(states)
    assert told <= set(events.KINDS)


@pytest.mark.parametrize("answer", ANSWERS)
def test_what_is_awaited_may_come_as_any_answer_and_is_never_awaited_again(answer: AcknowledgementState) -> None:
    assert ACKNOWLEDGEMENT.lawful(A.AWAITED, answer)
    assert not ACKNOWLEDGEMENT.lawful(answer, A.AWAITED)
    assert not ACKNOWLEDGEMENT.lawful(answer, A.NONE)


def test_a_partner_may_correct_its_answer_but_the_same_again_is_no_move() -> None:
    assert ACKNOWLEDGEMENT.lawful(A.ACCEPTED, A.REJECTED)
    assert not any(ACKNOWLEDGEMENT.lawful(answer, answer) for answer in ANSWERS)


def test_an_answer_nobody_asked_for_counts() -> None:
    assert all(ACKNOWLEDGEMENT.lawful(A.NONE, answer) for answer in ANSWERS)


def test_every_state_has_a_headline() -> None:
    assert set(HEADLINES) == {state.value for state in A}


def test_every_status_of_the_standard_is_an_answer() -> None:
    assert set(STATUSES) == set("AEPRMWX")
    assert set(STATUSES.values()) == set(ANSWERS)


def test_a_pickup_is_never_taken_back() -> None:
    assert SENDING.final(S.CONFIRMED)
    assert SENDING.sources(S.FETCHED) == {S.OFFERED}
    assert SENDING.sources(S.CONFIRMED) == {S.OFFERED, S.FETCHED}
