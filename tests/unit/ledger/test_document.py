"""The tables of lawful moves, against the texts that name the same states elsewhere."""

from enum import StrEnum
from typing import Any, get_args, get_type_hints

import pytest

from gateway.ledger import events
from gateway.ledger.document import (
    DOCUMENT,
    HEADLINES,
    INTERCHANGE,
    OUTBOUND,
    TRANSMISSION,
    DocumentState,
    InterchangeState,
    Life,
    OutboundState,
    TransmissionState,
    UnlawfulMove,
)
from gateway.pipeline import stage

D, T, OUT = DocumentState, TransmissionState, OutboundState
AnyLife = Life[Any]
AnyStates = type[StrEnum]
LIVES = [
    ("transmission", TRANSMISSION, T),
    ("interchange", INTERCHANGE, InterchangeState),
    ("document", DOCUMENT, D),
    ("outbound", OUTBOUND, OUT),
]
every_life = pytest.mark.parametrize(("kind", "life", "states"), LIVES, ids=[kind for kind, _, _ in LIVES])


@every_life
def test_every_state_has_a_row_and_can_be_reached(kind: str, life: AnyLife, states: AnyStates) -> None:
    reached = {after for moves in life.moves.values() for after in moves}

    assert set(life.moves) - {None} == set(states)
    assert reached == set(states)


@every_life
def test_every_state_has_a_headline(kind: str, life: AnyLife, states: AnyStates) -> None:
    assert {state for known, state in HEADLINES if known == kind} == {state.value for state in states}


@every_life
def test_every_move_is_told_by_an_event_that_is_explained(kind: str, life: AnyLife, states: AnyStates) -> None:
    told = {event for moves in life.moves.values() for event in moves.values()}

    assert told <= set(events.KINDS)
    assert {event.partition(".")[0] for event in told} == {"document" if kind == "outbound" else kind}


def test_what_stages_return_are_states_of_the_ledger_and_lawful() -> None:
    returned = get_args(get_type_hints(stage.DocumentOutcome)["state"])
    attempted = get_args(get_type_hints(stage.DeliveryOutcome)["state"])
    unsealed = get_args(get_type_hints(stage.TransmissionOutcome)["state"])

    assert all(DOCUMENT.lawful(None, D(state)) for state in returned)
    assert all(DOCUMENT.lawful(D.MAPPED, D(state)) for state in attempted)
    assert all(TRANSMISSION.lawful(T.RECEIVED, T(state)) for state in unsealed)


def test_a_rejected_document_never_moves_again() -> None:
    assert DOCUMENT.final(D.REJECTED)
    assert not any(DOCUMENT.lawful(D.REJECTED, state) for state in D)


def test_a_delivered_document_moves_only_by_a_replay() -> None:
    assert set(DOCUMENT.moves[D.DELIVERED].values()) == {events.DOCUMENT_REPLAYED}


def test_a_compare_and_set_learns_where_a_move_may_start() -> None:
    assert DOCUMENT.sources(D.DELIVERED) == {D.MAPPED}
    assert TRANSMISSION.sources(T.PROCESSED) == {T.RECEIVED}
    assert DOCUMENT.sources(D.MAPPED) == {D.VALIDATED, D.MAPPED, D.HELD, D.DEAD, D.DELIVERED}


def test_a_move_has_its_event_and_an_unlawful_one_is_an_error_that_names_it() -> None:
    assert DOCUMENT.event(D.MAPPED, D.DELIVERED) == "document.delivered"
    with pytest.raises(UnlawfulMove, match="rejected -> delivered"):
        DOCUMENT.event(D.REJECTED, D.DELIVERED)


def test_a_quarantined_transmission_comes_back_only_by_a_release() -> None:
    assert TRANSMISSION.moves[T.QUARANTINED] == {T.RECEIVED: events.TRANSMISSION_RELEASED}


def test_what_has_a_number_never_goes_back_to_where_it_had_none() -> None:
    numbered = {OUT.SEALED, OUT.SENT, OUT.SUPERSEDED}

    assert all(set(OUTBOUND.moves[state]) <= numbered for state in numbered)


def test_a_document_of_ours_is_replayed_only_as_long_as_it_has_no_number() -> None:
    assert OUTBOUND.sources(OUT.COLLECTED) == {OUT.HELD, OUT.DEAD}
    assert OUTBOUND.sources(OUT.SEALED) == {OUT.TRANSLATED}
