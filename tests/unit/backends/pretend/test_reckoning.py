"""Money as the pretend ERP reckons it, held to the gateway's own reckoning."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.backends.pretend.consignment import Consignment, packed_by_ourselves
from gateway.backends.pretend.reckoning import Invoiced, allowances_and_charges, price_of_one, total
from gateway.backends.pretend.selling import Sale, invoice
from gateway.canonical.arithmetic import faults
from tests.unit.backends.pretend.orders import NOW, US, a_line, an_order


def invoiced(**about: Any) -> Invoiced:
    line = a_line(**about)
    return Invoiced(line, Decimal(line["quantity"]))


def test_half_a_cent_is_rounded_up_line_by_line() -> None:
    lines = [invoiced(quantity="1", price="0.125"), invoiced(quantity="1", price="0.125")]

    assert total(lines, []) == Decimal("0.26")


def test_a_price_for_a_thousand_is_for_one_a_thousandth() -> None:
    assert invoiced(quantity="12500", price="8.15", price_basis="thousand").amount == Decimal("101.88")


def test_a_case_priced_by_the_piece_costs_as_much_as_its_pieces() -> None:
    assert price_of_one(a_line(price="18.50", price_basis="each", packs=[{"packs": 4}])) == Decimal("74.00")


@pytest.mark.parametrize(
    ("entry", "amount"),
    [
        ({"amount": "25.00"}, "25.00"),
        ({"percent": "2"}, "35.52"),
        ({"rate": "0.25", "unit": "case"}, "6.00"),
        ({"rate": "0.25", "unit": "each"}, "0.00"),
        ({"rate": "0.25", "quantity": "10", "unit": "case"}, "2.50"),
        ({"rate": "0.25", "quantity": "10", "quantity_to": "99", "unit": "case"}, "6.00"),
        ({"percent": "2", "base": "100.00"}, "2.00"),
    ],
)
def test_an_allowance_is_an_amount_a_percentage_or_a_rate(entry: dict[str, str], amount: str) -> None:
    order = an_order(allowances_charges=[{"indicator": "allowance", "handling": "off_invoice", **entry}])

    (told,) = allowances_and_charges(order, [invoiced()])

    assert told["amount"] == amount
    assert total([invoiced()], [told]) == Decimal("1776.00") - Decimal(amount)


def test_what_is_settled_apart_is_not_on_the_invoice() -> None:
    order = an_order(allowances_charges=[{"indicator": "allowance", "handling": "bill_back", "amount": "25.00"}])

    assert allowances_and_charges(order, [invoiced()]) == []


quantities = st.decimals("1", "99999", places=0)
prices = st.decimals("0.0001", "9999", places=4)
bases = st.sampled_from([None, "each", "hundred", "thousand"])


@given(st.lists(st.tuples(quantities, prices, bases), min_size=1, max_size=5), st.decimals("0", "50", places=2))
def test_whatever_is_ordered_the_gateway_finds_the_invoice_right_to_the_cent(
    wanted: list[tuple[Decimal, Decimal, str | None]], percent: Decimal
) -> None:
    lines = [
        a_line(str(n), quantity=str(quantity), price=str(price), price_basis=basis, unit="each")
        for n, (quantity, price, basis) in enumerate(wanted, 1)
    ]
    deal = {"indicator": "allowance", "handling": "off_invoice", "percent": str(percent)}
    sale = Sale(number="SO-1", order=an_order(*lines, allowances_charges=[deal]), seller=US)
    packed = packed_by_ourselves(sale.lines, sale.sold, serial=1)
    goods = Consignment(number="S-1", shipped="2026-03-02", packed=packed, ship_from=US)

    assert faults(invoice(sale, goods, "INV-1", NOW.date())) == ()
