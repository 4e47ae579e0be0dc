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
    TOLD_AS,
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


# Before, after, event. Written a second time, so that no move comes or goes by a slip of the hand.
LAWFUL = """
nothing      received     transmission.received
received     processed    transmission.processed
received     refused      transmission.refused
received     quarantined  transmission.quarantined
received     dead         transmission.dead
processed    received     transmission.released
quarantined  received     transmission.released
dead         received     transmission.replayed

nothing      accepted     interchange.accepted
nothing      rejected     interchange.rejected
nothing      duplicate    interchange.duplicate
nothing      quarantined  interchange.quarantined
quarantined  released     interchange.released

nothing      validated    document.validated
nothing      mapped       document.mapped
nothing      reconciled   document.reconciled
nothing      rejected     document.rejected
nothing      held         document.held
nothing      dead         document.dead
validated    mapped       document.mapped
validated    held         document.held
validated    dead         document.dead
mapped       delivered    document.delivered
mapped       mapped       document.deferred
mapped       held         document.held
mapped       dead         document.dead
held         validated    document.replayed
held         mapped       document.replayed
held         closed       document.closed
held         delivered    document.delivered
held         held         document.held
held         dead         document.dead
dead         validated    document.replayed
dead         mapped       document.replayed
dead         closed       document.closed
closed       validated    document.replayed
closed       mapped       document.replayed
closed       delivered    document.delivered
delivered    validated    document.replayed
delivered    mapped       document.replayed

nothing      collected    document.collected
collected    translated   document.translated
collected    held         document.held
collected    dead         document.dead
collected    combined     document.combined
collected    superseded   document.superseded
translated   sealed       document.sealed
translated   held         document.held
sealed       sent         document.sent
sealed       superseded   document.superseded
sent         superseded   document.superseded
held         collected    document.replayed
dead         collected    document.replayed
held         superseded   document.superseded
dead         superseded   document.superseded
"""
LAWFUL_OF = dict(zip([kind for kind, _, _ in LIVES], LAWFUL.strip().split("\n\n"), strict=True))


@every_life
def test_these_moves_are_lawful_and_no_others(kind: str, life: AnyLife, states: AnyStates) -> None:
    moves = {(before or "nothing", after, event) for before, to in life.moves.items() for after, event in to.items()}

    assert moves == {tuple(line.split()) for line in LAWFUL_OF[kind].splitlines()}


@every_life
def test_every_state_has_a_row_and_can_be_reached(kind: str, life: AnyLife, states: AnyStates) -> None:
    reached = {after for moves in life.moves.values() for after in moves}

    assert set(life.moves) - {None} == set(states)
    assert reached == set(states)


@every_life
def test_every_state_has_a_headline(kind: str, life: AnyLife, states: AnyStates) -> None:
    assert {state for known, state in HEADLINES if known == kind} == {state.value for state in states}
    assert all(sentence[:1].isupper() and sentence.endswith(".") for sentence in HEADLINES.values())


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
    assert DOCUMENT.sources(D.DELIVERED) == {D.MAPPED, D.HELD, D.CLOSED}
    assert TRANSMISSION.sources(T.PROCESSED) == {T.RECEIVED}
    assert DOCUMENT.sources(D.MAPPED) == {D.VALIDATED, D.MAPPED, D.HELD, D.DEAD, D.DELIVERED, D.CLOSED}


def test_a_move_has_its_event_and_an_unlawful_one_is_an_error_that_names_it() -> None:
    assert DOCUMENT.event(D.MAPPED, D.DELIVERED) == "document.delivered"
    with pytest.raises(UnlawfulMove, match=r"^rejected -> delivered$"):
        DOCUMENT.event(D.REJECTED, D.DELIVERED)
    with pytest.raises(UnlawfulMove, match=r"^nothing -> delivered$"):
        DOCUMENT.event(None, D.DELIVERED)


def test_a_quarantined_transmission_comes_back_only_by_a_release() -> None:
    assert TRANSMISSION.moves[T.QUARANTINED] == {T.RECEIVED: events.TRANSMISSION_RELEASED}


def test_what_has_a_number_never_goes_back_to_where_it_had_none() -> None:
    numbered = {OUT.SEALED, OUT.SENT, OUT.SUPERSEDED}

    assert all(set(OUTBOUND.moves[state]) <= numbered for state in numbered)


def test_a_document_of_ours_is_replayed_only_as_long_as_it_has_no_number() -> None:
    assert OUTBOUND.sources(OUT.COLLECTED) == {OUT.HELD, OUT.DEAD}
    assert OUTBOUND.sources(OUT.SEALED) == {OUT.TRANSLATED}


def test_a_move_told_in_words_of_its_own_is_one_of_the_tables() -> None:
    kinds = {kind for life in (DOCUMENT, OUTBOUND) for to in life.moves.values() for kind in to.values()}
    assert TOLD_AS == {
        events.DOCUMENT_BEFORE_ORDER: events.DOCUMENT_HELD,
        events.DOCUMENT_AFTER_ORDER: events.DOCUMENT_REPLAYED,
        events.DOCUMENT_RELEASED: events.DOCUMENT_REPLAYED,
    }
    assert set(TOLD_AS.values()) <= kinds
    assert not set(TOLD_AS) & kinds
