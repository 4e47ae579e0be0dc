"""What lists and reports say of a document is its own word, or nothing."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from gateway.canonical.facts import NOTHING, Facts, facts

LINES = [
    {"number": "1", "quantity": "40", "unit": "case", "price": "32.40"},
    {"number": "2", "quantity": "18", "unit": "each", "price": "9.995"},
]


def test_an_invoice_is_worth_what_it_states_and_dated_as_it_says() -> None:
    invoice = {"invoice_date": "2026-03-02", "order_date": "2026-02-01", "currency": "USD"}

    assert facts("invoice.v1", invoice | {"totals": {"amount": "4120.00"}, "lines": LINES}) == Facts(
        Decimal("4120.00"), "USD", date(2026, 3, 2)
    )


def test_a_remittance_has_its_amount_at_the_top() -> None:
    said = facts("remittance.v1", {"amount": Decimal("10.5"), "effective_date": date(2026, 3, 2)})

    assert said == Facts(Decimal("10.5"), "", date(2026, 3, 2))


def test_a_credit_or_debit_note_has_its_amount_at_the_top_and_its_own_date() -> None:
    note = {"amount": "118.79", "currency": "CAD", "adjustment_date": "2026-03-09", "invoice_date": "2026-01-21"}

    assert facts("adjustment.v1", note) == Facts(Decimal("118.79"), "CAD", date(2026, 3, 9))


def test_an_application_advice_is_worth_nothing_itself() -> None:
    advice = {"advice_date": "2026-03-09", "answers": [{"amounts": [{"kind": "total", "amount": "64.90"}]}]}

    assert facts("application_advice.v1", advice) == Facts(None, "", date(2026, 3, 9))


@pytest.mark.parametrize("canonical", ["order.v1", "order_change.v1", "order_response.v1"])
def test_an_order_without_a_total_is_worth_its_lines(canonical: str) -> None:
    assert facts(canonical, {"lines": LINES, "totals": {"line_count": 2}}).amount == Decimal("1475.91")


@pytest.mark.parametrize(
    "line",
    [
        {"quantity": "2", "price": "3", "price_basis": "each", "unit": "case"},
        {"quantity": "1"},
        {"quantity": "1", "price": "2", "price_basis": "XX", "unit": "each"},
        {"price": "x"},
    ],
)
def test_an_order_of_which_one_line_has_no_worth_has_none_itself(line: dict[str, Any]) -> None:
    assert facts("order.v1", {"lines": [*LINES, line]}).amount is None


@pytest.mark.parametrize("canonical", ["invoice.v1", "shipment.v1", "warehouse_order.v1"])
def test_what_states_no_total_and_is_no_order_is_worth_nothing_that_anybody_knows(canonical: str) -> None:
    assert facts(canonical, {"lines": LINES}).amount is None


@pytest.mark.parametrize("amount", ["", "x", "NaN", "Infinity", "1e30", None, True, [], {}])
def test_what_is_no_amount_is_not_stated(amount: object) -> None:
    assert facts("invoice.v1", {"totals": {"amount": amount}}) == NOTHING


def test_what_is_no_date_is_not_stated() -> None:
    assert facts("invoice.v1", {"invoice_date": "2026-02-30"}) == NOTHING
    assert facts("unheard_of.v1", {}) == NOTHING
