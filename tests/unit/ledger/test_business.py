"""Where the business of a document may stand, and which moves lead there."""

from gateway.ledger import events
from gateway.ledger.business import ADVISED, BUSINESS, EVENTS, HEADLINES, ORDERED, SETTLED, BusinessState, steps

B = BusinessState


def test_every_state_has_a_row_a_sentence_and_an_event_of_its_own() -> None:
    assert set(BUSINESS.moves) - {None} == set(B) == set(HEADLINES) == set(EVENTS)
    assert len(set(EVENTS.values())) == len(B)
    assert set(EVENTS.values()) <= set(events.KINDS)
    assert all(HEADLINES.values())


def test_what_is_not_known_is_never_called_good() -> None:
    assert "no approval" in HEADLINES[""]


def test_an_order_is_never_paid_and_an_invoice_never_confirmed_after_it_was_paid() -> None:
    for ordered in (B.PENDING, B.CHANGED, B.DECLINED):
        assert not any(BUSINESS.lawful(ordered, paid) for paid in SETTLED)
    for paid in (B.SHORT_PAID, B.PARTLY_PAID, B.PAID, B.OVERPAID):
        assert not any(BUSINESS.lawful(paid, said) for said in (*ORDERED, B.NOTED))
        assert BUSINESS.lawful(paid, B.DISPUTED)


def test_everything_may_be_contested_closed_and_taken_back_and_what_comes_later_counts() -> None:
    for state in B:
        assert BUSINESS.lawful(state, B.CLOSED) or state is B.NONE or state is B.CLOSED
        assert BUSINESS.lawful(state, B.DISPUTED)
        assert BUSINESS.lawful(state, B.NONE) or state is B.NONE
    assert all(BUSINESS.lawful(B.CLOSED, state) for state in (*ORDERED, *ADVISED, *SETTLED))


def test_where_no_move_leads_what_was_said_is_taken_back_first() -> None:
    assert steps(B.PAID, B.CONFIRMED) == ((B.PAID, B.NONE), (B.NONE, B.CONFIRMED))
    assert steps(B.NONE, B.PAID) == ((B.NONE, B.PAID),)
    for before in B:
        for after in set(B) - {B.NONE}:
            assert all(BUSINESS.lawful(*step) for step in steps(before, after))
