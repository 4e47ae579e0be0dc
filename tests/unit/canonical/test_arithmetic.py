"""An invoice adds up to the cent, or someone is told which number is wrong and how it was reckoned."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.canonical.arithmetic import Fault, faults, rounded

Body = dict[str, Any]


def an_invoice(total: str, *lines: Body, **more: Any) -> Body:
    return {"lines": list(lines), "totals": {"amount": total}, **more}


def a_line(quantity: str, price: str, **more: Any) -> Body:
    return {"number": "1", "quantity": quantity, "unit": "each", "price": price, **more}


def only_fault(invoice: Body, **options: Any) -> Fault:
    (fault,) = faults(invoice, **options)
    return fault


def test_lines_less_allowances_plus_charges_and_taxes_make_the_total() -> None:
    invoice = an_invoice(
        "1071.50",
        a_line("100", "10.00", allowances_charges=[{"indicator": "allowance", "code": "F800", "amount": "20.00"}]),
        allowances_charges=[{"indicator": "charge", "code": "D240", "amount": "25.00", "handling": "paid_by_customer"}],
        taxes=[{"kind": "ST", "amount": "66.50"}],
    )

    assert faults(invoice) == ()


def test_a_cent_too_much_is_told_with_both_numbers_and_the_way_there() -> None:
    invoice = an_invoice("124.81", a_line("24", "5.20"))

    fault = only_fault(invoice)

    assert (fault.code, fault.field) == ("differs", "totals.amount")
    assert (fault.stated, fault.reckoned) == (Decimal("124.81"), Decimal("124.80"))
    assert "stated as 124.81 and comes to 124.80 (0.01 too much" in fault.message
    assert fault.steps == ("line 1: 24 x 5.20 = 124.80",)


def test_half_a_cent_is_rounded_up() -> None:
    assert faults(an_invoice("0.13", a_line("1", "0.125"))) == ()
    assert faults(an_invoice("-0.13", a_line("-1", "0.125"))) == ()


def test_rounding_per_line_and_of_the_total_are_told_apart() -> None:
    lines = [a_line("1", "0.005"), a_line("1", "0.005"), a_line("1", "0.005")]

    assert faults(an_invoice("0.03", *lines), rounding="line") == ()
    assert faults(an_invoice("0.02", *lines), rounding="total") == ()
    assert only_fault(an_invoice("0.02", *lines), rounding="line").reckoned == Decimal("0.03")


@pytest.mark.parametrize(
    ("basis", "total"), [("hundred", "31.25"), ("thousand", "3.13"), ("each", "3125.00"), ("contract", "3125.00")]
)
def test_a_price_per_hundred_or_thousand_is_reckoned_as_such(basis: str, total: str) -> None:
    assert faults(an_invoice(total, a_line("250", "12.50", price_basis=basis))) == ()


def test_a_price_per_pound_holds_for_a_line_in_pounds_only() -> None:
    in_pounds = a_line("12.5", "3.00", unit="pound", price_basis="pound")
    in_cases = a_line("12", "3.00", unit="case", price_basis="pound")

    assert faults(an_invoice("37.50", in_pounds)) == ()
    fault = only_fault(an_invoice("36.00", in_cases))
    assert (fault.code, fault.field) == ("not-reckonable", "lines[0].price_basis")
    assert "priced per 'pound' and invoiced in 'case'" in fault.message


@pytest.mark.parametrize("missing", ["quantity", "price"])
def test_a_line_without_price_or_quantity_is_told_and_not_guessed(missing: str) -> None:
    line = a_line("3", "2.00")
    del line[missing]

    fault = only_fault(an_invoice("6.00", line))

    assert (fault.code, fault.field) == ("not-reckonable", f"lines[0].{missing}")


def test_a_stated_line_amount_stands_in_for_what_is_missing_and_is_held_to_what_is_not() -> None:
    without_price = {"number": "1", "quantity": "3", "extension": "6.00"}
    wrong = a_line("3", "2.00", extension="6.50")

    assert faults(an_invoice("6.00", without_price)) == ()
    assert only_fault(an_invoice("6.00", wrong)).field == "lines[0].extension"


def test_a_percentage_of_nothing_stated_is_told_and_the_total_is_not_judged() -> None:
    invoice = an_invoice(
        "1.00", a_line("3", "2.00"), allowances_charges=[{"indicator": "allowance", "code": "C310", "percent": "5"}]
    )

    fault = only_fault(invoice)

    assert (fault.code, fault.field) == ("not-reckonable", "allowances_charges[0].percent")


def test_a_percentage_of_a_stated_base_is_reckoned() -> None:
    extras = [{"indicator": "allowance", "percent": "2.5", "base": "100.20"}]

    assert faults(an_invoice("97.69", a_line("1", "100.20"), allowances_charges=extras)) == ()


def test_a_rate_takes_its_own_quantity_or_that_of_its_line() -> None:
    own = a_line("10", "1.00", allowances_charges=[{"indicator": "allowance", "rate": "0.10", "quantity": "4"}])
    of_line = a_line("10", "1.00", allowances_charges=[{"indicator": "allowance", "rate": "0.10"}])
    same_unit = a_line("10", "1.00", allowances_charges=[{"indicator": "allowance", "rate": "0.10", "unit": "each"}])
    other_unit = a_line("10", "1.00", allowances_charges=[{"indicator": "allowance", "rate": "0.10", "unit": "pallet"}])

    assert faults(an_invoice("9.60", own)) == ()
    assert faults(an_invoice("9.00", of_line)) == ()
    assert faults(an_invoice("9.00", same_unit)) == ()
    assert only_fault(an_invoice("9.00", other_unit)).field == "lines[0].allowances_charges[0].rate"


@pytest.mark.parametrize("handling", ["bill_back", "check_to_customer", "credit_to_customer", "paid_by_vendor"])
def test_what_is_settled_apart_does_not_count_on_the_invoice(handling: str) -> None:
    extras = [{"indicator": "allowance", "code": "C310", "amount": "5.00", "handling": handling}]

    assert faults(an_invoice("10.00", a_line("1", "10.00"), allowances_charges=extras)) == ()


@pytest.mark.parametrize("entry", [{"indicator": "promotion"}, {"indicator": "charge", "handling": "07"}])
def test_what_does_not_say_whether_it_counts_is_told(entry: Body) -> None:
    invoice = an_invoice("10.00", a_line("1", "10.00"), allowances_charges=[{"amount": "5.00", **entry}])

    assert only_fault(invoice).code == "not-reckonable"


def test_an_included_tax_is_not_added_again() -> None:
    taxes = [{"kind": "VA", "amount": "1.60", "relationship": "included"}]

    assert faults(an_invoice("10.00", a_line("1", "10.00"), taxes=taxes)) == ()


def test_the_tax_on_a_charge_counts() -> None:
    extras = [{"indicator": "charge", "amount": "10.00", "taxes": [{"kind": "ST", "amount": "0.83"}]}]

    assert faults(an_invoice("20.83", a_line("1", "10.00"), allowances_charges=extras)) == ()


@pytest.mark.parametrize("value", ["x", "1E+999999", "NaN", 1.5j])
def test_what_is_no_number_is_told(value: object) -> None:
    invoice = an_invoice("10.00", {"quantity": value, "price": "1"})

    assert only_fault(invoice).field == "lines[0].quantity"


MONEY = st.decimals(min_value=-99999, max_value=99999, places=4)
QUANTITY = st.decimals(min_value=0, max_value=9999, places=3)


@given(
    lines=st.lists(st.tuples(QUANTITY, MONEY), max_size=6),
    charge=MONEY,
    off=st.decimals(min_value="0.01", max_value="5", places=2),
)
def test_the_exact_sum_has_no_fault_and_any_other_has_one(
    lines: list[tuple[Decimal, Decimal]], charge: Decimal, off: Decimal
) -> None:
    amounts = [rounded(quantity * price) for quantity, price in lines] + [rounded(charge)]
    total = sum(amounts, Decimal(0))
    body = an_invoice(
        format(total, "f"),
        *[a_line(format(quantity, "f"), format(price, "f")) for quantity, price in lines],
        allowances_charges=[{"indicator": "charge", "amount": format(charge, "f")}],
    )

    assert faults(body) == ()
    assert only_fault(body | {"totals": {"amount": total + off}}).stated == total + off
