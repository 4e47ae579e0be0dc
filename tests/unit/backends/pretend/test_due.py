"""What a buyer owes by its own order is worked out apart from the bill: a mistake in the bill is found."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.backends.pretend import due, reckoning
from gateway.backends.pretend.buying import Purchase
from gateway.backends.pretend.reckoning import Invoiced, allowances_and_charges, price_of_one, total
from tests.unit.backends.pretend.orders import a_line, an_order

DEAL = {"indicator": "allowance", "grocery_code": "97", "handling": "off_invoice"}


def judged(order: dict[str, Any], *extras: dict[str, Any], amount: str) -> tuple[bool, str]:
    """Whether a buyer pays the whole of its order, billed with these allowances and charges."""
    purchase = Purchase(order)
    lines = order["lines"]
    purchase.announced({"shipment_number": "S-1", "lines": lines})
    heading = {"invoice_number": "INV-1", "shipment_number": "S-1", "totals": {"amount": amount}}
    purchase.billed({**heading, "lines": lines, "allowances_charges": list(extras)})
    ((_, good, words),) = purchase.judged()
    return good, words


def test_a_rate_for_a_hundred_of_the_cases_ordered_is_not_one_for_all_of_them() -> None:
    order = an_order(
        a_line("1", quantity="100", price="8.40"),
        a_line("2", quantity="48", price="13.75"),
        allowances_charges=[{**DEAL, "rate": "0.25", "quantity": "100", "unit": "case"}],
    )

    right = judged(order, {**DEAL, "amount": "25.00"}, amount="1475.00")
    wrong = judged(order, {**DEAL, "amount": "37.00"}, amount="1463.00")

    assert right == (True, "invoice INV-1 agrees with order and shipment to the cent: 1475.00 to pay")
    assert wrong[0] is False
    assert "allowance 97 of 25.00 was ordered and is not billed so" in wrong[1]
    assert "allowance 97 of 37.00 is billed and was not ordered" in wrong[1]


def test_a_charge_that_nobody_ordered_is_not_paid() -> None:
    freight = {"indicator": "charge", "code": "D240", "handling": "off_invoice", "amount": "5.00"}

    good, words = judged(an_order(), freight, amount="1781.00")

    assert (good, words.partition(": ")[2]) == (False, "charge D240 of 5.00 is billed and was not ordered")


def test_what_is_settled_apart_or_says_no_money_is_none_of_the_invoice() -> None:
    apart = [{**DEAL, "handling": "bill_back", "amount": "25.00"}, {**DEAL, "description": "AS AGREED"}]

    assert judged(an_order(allowances_charges=apart), amount="1776.00")[0]


def test_an_invoice_reckoned_wrong_is_not_paid(monkeypatch: pytest.MonkeyPatch) -> None:
    deal = {**DEAL, "rate": "0.25", "quantity": "10", "unit": "case"}
    order = an_order(allowances_charges=[deal])
    monkeypatch.setattr(reckoning, "_amount", lambda _entry, _lines: Decimal("6.00"))
    lines = [Invoiced(line, Decimal(line["quantity"])) for line in order["lines"]]
    extras = allowances_and_charges(order, lines)

    assert not judged(order, *extras, amount=str(total(lines, extras)))[0]


ENTRIES = st.fixed_dictionaries(
    {"indicator": st.sampled_from(["allowance", "charge"]), "handling": st.sampled_from(["off_invoice", "bill_back"])},
    optional={
        "amount": st.decimals("0", "99", places=2).map(str),
        "rate": st.decimals("0", "9", places=3).map(str),
        "percent": st.decimals("0", "50", places=1).map(str),
        "base": st.decimals("1", "999", places=2).map(str),
        "quantity": st.integers(1, 99).map(str),
        "quantity_to": st.just("999"),
        "unit": st.sampled_from(["case", "each"]),
    },
)
LINES = st.fixed_dictionaries(
    {
        "quantity": st.integers(1, 999).map(str),
        "price": st.decimals("0.0001", "99", places=4).map(str),
        "price_basis": st.sampled_from([None, "each", "hundred", "thousand"]),
        "unit": st.sampled_from(["case", "each"]),
        "packs": st.sampled_from([[], [{"packs": 6}], [{"size": "2"}]]),
    }
)


@given(st.lists(LINES, min_size=1, max_size=4), st.lists(ENTRIES, max_size=3))
def test_two_who_reckon_apart_come_to_the_same_cent(lines: list[dict[str, Any]], deals: list[dict[str, Any]]) -> None:
    order = an_order(*lines, allowances_charges=deals)
    invoiced = [Invoiced(line, Decimal(line["quantity"])) for line in lines]
    told = allowances_and_charges(order, invoiced)

    owed = due.goods(lines) + sum(cents for _, cents in due.extras(order, lines))

    assert [due.unit_price(line) for line in lines] == [price_of_one(line) for line in lines]
    assert due.shown(owed) == str(total(invoiced, told))
