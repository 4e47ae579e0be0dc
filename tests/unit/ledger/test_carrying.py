"""A file that we carry to a partner: every lawful move, written a second time, and a sentence for each state."""

from gateway.ledger.carrying import CARRYING, HEADLINES, CarryingState


def test_a_file_that_is_carried_goes_these_ways_and_no_others() -> None:
    ends = {"carried": "carrying.carried", "refused": "carrying.refused", "given_up": "carrying.given-up"}
    again = {"waiting": "carrying.again"}

    assert {before: dict(to) for before, to in CARRYING.moves.items()} == {
        None: {"waiting": "carrying.waits"},
        "waiting": {"waiting": "carrying.deferred", "awaiting": "carrying.awaits", **ends},
        "awaiting": {"waiting": "carrying.overdue", **ends},
        "carried": again,
        "refused": again,
        "given_up": {**again, "carried": "carrying.carried", "refused": "carrying.refused"},
    }


def test_every_state_has_a_headline() -> None:
    assert set(HEADLINES) == {state.value for state in CarryingState}
    assert all(sentence[:1].isupper() and sentence.endswith(".") for sentence in HEADLINES.values())
