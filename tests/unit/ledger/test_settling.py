"""What was said of a document comes to one state, whatever the order in which it was heard."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.ledger.business import BusinessState
from gateway.ledger.settling import Said, Standing, stand

B = BusinessState
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def said(kind: Any = "payment", *, hours: int = 0, document: str = "", **about: Any) -> Said:
    about = {name: Decimal(value) if name in _MONEY else value for name, value in about.items()}
    return Said(
        document=document or f"D{hours:03}", line=1, kind=kind, at=NOON + timedelta(hours=hours), by="820 WT", **about
    )


_MONEY = ("amount", "stated", "discount", "allowed")
HUNDRED = Decimal(100)
PAYMENTS = st.lists(
    st.builds(
        lambda cents, more, trace, hours: said(
            amount=Decimal(cents) / 100, more=more, trace=trace, hours=hours, document=f"D{hours}"
        ),
        st.integers(-5_000, 15_000),
        st.booleans(),
        st.sampled_from(["", "T1", "T2"]),
        st.integers(0, 5),
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda one: one.document,
)


@given(PAYMENTS, st.randoms())
def test_payments_in_any_order_give_the_same_state(payments: list[Said], random: Any) -> None:
    shuffled = list(payments)
    random.shuffle(shuffled)

    assert stand(shuffled, worth=HUNDRED) == stand(payments, worth=HUNDRED)


@given(PAYMENTS)
def test_what_is_open_is_what_is_owed_less_what_counts(payments: list[Said]) -> None:
    latest = {one.trace: one.document for one in sorted(payments, key=lambda one: one.at) if one.trace}
    counts = sum((one.amount for one in payments if not one.trace or latest[one.trace] == one.document), Decimal())

    found = stand(payments, worth=HUNDRED)

    assert found.open == HUNDRED - counts
    assert (found.state is B.PAID) == (counts == HUNDRED)
    assert (found.state is B.OVERPAID) == (counts > HUNDRED)


@given(PAYMENTS)
def test_a_credit_memo_mirrors_an_invoice(payments: list[Said]) -> None:
    turned = [
        said(amount=-one.amount, more=one.more, trace=one.trace, hours=0, document=one.document) for one in payments
    ]
    plain = [
        said(amount=one.amount, more=one.more, trace=one.trace, hours=0, document=one.document) for one in payments
    ]

    assert stand(turned, worth=HUNDRED, credit=True).state is stand(plain, worth=HUNDRED).state


def test_nothing_said_is_not_known() -> None:
    assert stand([]) == Standing()


def test_an_adjustment_changes_what_is_owed_and_payments_are_held_beside_that() -> None:
    debit = said("adjustment", state=B.ADJUSTED, amount="-10")

    assert stand([debit], worth=HUNDRED).open == 90
    assert stand([debit], worth=HUNDRED).state is B.ADJUSTED
    assert stand([debit, said(amount="90", hours=1)], worth=HUNDRED).state is B.PAID


@pytest.mark.parametrize(
    ("said_of_it", "state"),
    [
        ([said("advice", state=B.CONFIRMED), said("advice", state=B.DISPUTED, hours=1)], B.DISPUTED),
        ([said("advice", state=B.DISPUTED), said("advice", state=B.CONFIRMED, hours=1)], B.CONFIRMED),
        ([said("advice", state=B.DISPUTED), said(amount="100", hours=1)], B.PAID),
        ([said(amount="100"), said("advice", state=B.DISPUTED, hours=1)], B.DISPUTED),
        ([said(amount="100"), said("advice", state=B.CONFIRMED, hours=1)], B.PAID),
        ([said("advice", state=B.CONFIRMED), said("advice", state=B.DISPUTED, document="D001")], B.DISPUTED),
    ],
)
def test_an_advice_counts_by_its_time_and_of_two_in_one_moment_the_refusal(
    said_of_it: list[Said], state: BusinessState
) -> None:
    assert stand(said_of_it, worth=HUNDRED).state is state


def test_a_rejection_after_payment_says_both() -> None:
    found = stand([said(amount="100"), said("advice", state=B.DISPUTED, hours=1, words="not ours")], worth=HUNDRED)

    assert "not ours" in found.words
    assert "100 of 100 paid" in found.words


def test_what_a_person_closed_is_closed_until_more_comes() -> None:
    short, closed = said(amount="90"), said("closed", state=B.CLOSED, hours=1, words="written off")

    assert stand([short, closed], worth=HUNDRED).state is B.CLOSED
    assert stand([short, closed, said(amount="10", hours=2)], worth=HUNDRED).state is B.PAID


def test_lines_that_are_answered_apart_come_to_one_answer() -> None:
    first = said("answer", state=B.CONFIRMED, lines={"1": B.CONFIRMED, "2": B.DECLINED})
    second = said("answer", state=B.CONFIRMED, lines={"3": B.CONFIRMED}, hours=1)
    third = said("answer", state=B.CONFIRMED, lines={"2": B.CONFIRMED}, hours=2)

    assert stand([first, second]).state is B.CHANGED
    assert stand([first, second, third]).state is B.CONFIRMED


def test_money_for_what_states_no_amount_is_held_beside_what_the_payer_takes_it_for() -> None:
    assert stand([said(amount="90", stated="90")]).state is B.PAID
    assert stand([said(amount="90")]).state is B.PARTLY_PAID
