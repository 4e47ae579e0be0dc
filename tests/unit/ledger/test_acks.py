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


def test_a_sending_goes_these_ways_and_no_others() -> None:
    assert {before: dict(to) for before, to in SENDING.moves.items()} == {
        None: {"offered": "sending.offered"},
        "offered": {
            "fetched": "sending.fetched",
            "confirmed": "sending.confirmed",
            "carried": "sending.carried",
        },
        "fetched": {"confirmed": "sending.confirmed"},
        "confirmed": {},
        "carried": {},
    }


def test_an_acknowledgement_goes_these_ways_and_no_others() -> None:
    said = dict.fromkeys(
        ["accepted", "accepted_with_errors", "partially_accepted", "rejected"], "document.acknowledged"
    )

    assert {before: dict(to) for before, to in ACKNOWLEDGEMENT.moves.items()} == {
        None: {"": "document.sealed", "awaited": "document.sealed"},
        "": {"awaited": "document.sealed", **said},
        "awaited": {
            **said,
            "overdue": "document.overdue",
            "assumed_accepted": "document.assumed-accepted",
            "waived": "document.waived",
        },
        "overdue": {"awaited": "document.resent", **said, "waived": "document.waived"},
        "assumed_accepted": {"awaited": "document.resent", **said},
        "waived": said,
        "accepted": {other: event for other, event in said.items() if other != "accepted"},
        **{
            answer: {**{other: event for other, event in said.items() if other != answer}, "waived": "document.waived"}
            for answer in said
            if answer != "accepted"
        },
    }


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


@pytest.mark.parametrize("before", [A.OVERDUE, A.ASSUMED, A.WAIVED])
def test_what_comes_late_counts_whatever_was_assumed_or_waived(before: AcknowledgementState) -> None:
    assert all(ACKNOWLEDGEMENT.lawful(before, answer) for answer in ANSWERS)


def test_what_was_accepted_cannot_be_waived_and_nobody_is_said_to_be_late_twice() -> None:
    assert not ACKNOWLEDGEMENT.lawful(A.ACCEPTED, A.WAIVED)
    assert not ACKNOWLEDGEMENT.lawful(A.WAIVED, A.OVERDUE)
    assert ACKNOWLEDGEMENT.sources(A.OVERDUE) == {A.AWAITED}


def test_every_state_has_a_headline() -> None:
    assert set(HEADLINES) == {state.value for state in A}
    assert all(sentence[:1].isupper() and sentence.endswith(".") for sentence in HEADLINES.values())


def test_every_status_of_the_standard_is_an_answer() -> None:
    assert {
        "A": "accepted",
        "E": "accepted_with_errors",
        "P": "partially_accepted",
        **dict.fromkeys("RMWX", "rejected"),
    } == STATUSES


def test_a_pickup_is_never_taken_back() -> None:
    assert SENDING.final(S.CONFIRMED)
    assert SENDING.sources(S.FETCHED) == {S.OFFERED}
    assert SENDING.sources(S.CONFIRMED) == {S.OFFERED, S.FETCHED}
