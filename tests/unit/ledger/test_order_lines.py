"""The ledger of an order adds up what was ordered, changed, confirmed, shipped and invoiced, and guesses nothing."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import count
from typing import Any

import pytest

from gateway.ledger.order_lines import Counted, LedgerLine, counting
from gateway.ledger.order_lines import ledger as added_up

_SETS = count()


def said(name: str, *lines: dict[str, Any], set_: str = "", number: str = "", **body: Any) -> Counted:
    """A document with these lines."""
    return Counted(name=name, set=set_ or f"s{next(_SETS)}", number=number, body={"lines": list(lines)} | body)


def line(number: str = "1", quantity: str | None = "10", **more: Any) -> dict[str, Any]:
    return {"number": number, "quantity": quantity, "unit": "each"} | more


def notice(*lines: dict[str, Any], number: str = "S-1", set_: str = "", **body: Any) -> Counted:
    mine = [{"order": "4711", "po_line_number": one["number"]} | one for one in lines]
    orders = [{"id": "4711", "po_number": "4711"}, {"id": "4712", "po_number": "4712"}]
    return said("shipment", *mine, set_=set_, number=number, orders=orders, **body)


def ledger(number: str, documents: Sequence[Counted]) -> Sequence[LedgerLine]:
    return added_up(number, counting(documents))


def only(*documents: Counted) -> LedgerLine:
    [found] = ledger("4711", documents)
    return found


def test_what_was_never_said_is_not_zero() -> None:
    found = only(said("order", line()))

    assert (found.ordered, found.changed, found.confirmed, found.shipped) == (Decimal(10), None, None, None)
    assert (found.to_ship, found.to_invoice) == (Decimal(10), None)


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        (said("order_change", line(quantity="8", change="quantity_decreased")), 8),
        (said("order_change", line(quantity="5", change="item_deleted")), 0),
        (said("order_change", purpose="cancellation"), 0),
        (said("order_change", line(quantity=None, change="price_changed")), 10),
        (said("order_change", line("2", "3", change="item_added")), 10),
    ],
)
def test_a_change_says_what_holds_from_now_on_whenever_it_came(change: Counted, wanted: int) -> None:
    order = said("order", line())

    assert ledger("4711", [order, change])[0].wanted == wanted
    assert ledger("4711", [change, order])[0].wanted == wanted


@pytest.mark.parametrize(
    ("response", "confirmed"),
    [
        (said("order_response", answer="accepted"), 10),
        (said("order_response", answer="rejected"), 0),
        (said("order_response", line(quantity="7"), answer="accepted_with_changes"), 7),
        (said("order_response", line(answers=[{"status": "accepted"}])), 10),
        (
            said("order_response", line(answers=[{"status": "accepted", "quantity": "6"}, {"status": "backordered"}])),
            6,
        ),
        (said("order_response", line(answers=[{"status": "rejected_unit", "quantity": "10"}])), 0),
    ],
)
def test_an_answer_confirms_what_will_be_delivered(response: Counted, confirmed: int) -> None:
    assert only(said("order", line()), response).confirmed == confirmed


def test_ship_notices_add_up_and_only_this_orders_lines_count() -> None:
    other = line(quantity="99") | {"order": "4712"}

    found = only(said("order", line()), notice(line(quantity="4"), other), notice(line(quantity="5"), number="S-2"))

    assert (found.shipped, found.to_ship) == (Decimal(9), Decimal(1))


def test_a_later_notice_of_the_same_number_takes_the_place_of_the_first_and_parts_of_one_set_add_up() -> None:
    first = notice(line(quantity="4"))
    parts = [notice(line(quantity="3"), set_="one"), notice(line(quantity="2"), set_="one")]

    assert only(said("order", line()), first, *parts).shipped == 5


def test_a_credit_memo_takes_off() -> None:
    billed = said("invoice", line(quantity="10"), number="I-1")
    back = said("invoice", line(quantity="2"), number="C-1", type="credit_memo")

    found = only(said("order", line()), notice(line(quantity="10")), billed, back)

    assert (found.invoiced, found.to_invoice) == (Decimal(8), Decimal(2))


def test_units_are_never_converted() -> None:
    found = only(said("order", line()), notice(line(quantity="2", unit="case")))

    assert (found.to_ship, found.note) == (None, "in different units: each, case")


def test_a_line_is_told_by_its_number_or_by_its_article_and_never_by_a_number_of_another_article() -> None:
    order = said("order", line("001", buyer_sku="A"), line("002", buyer_sku="B"))
    swapped = said("invoice", line("1", "3", buyer_sku="B"), line("9", "4", buyer_sku="A"), number="I-1")

    first, second = ledger("4711", [order, swapped])

    assert (first.invoiced, second.invoiced) == (Decimal(4), Decimal(3))


def test_what_nobody_ordered_is_a_line_of_its_own() -> None:
    order = said("order", line(buyer_sku="A"))

    _, extra = ledger("4711", [order, said("invoice", line("1", "5", buyer_sku="Z"), number="I-1")])

    assert (extra.ordered, extra.invoiced, extra.to_invoice, extra.note) == (None, 5, -5, "not ordered")


def test_a_second_order_is_not_added_to_the_first_and_parts_of_the_first_are() -> None:
    parts = [said("order", line(quantity="4"), set_="one"), said("order", line(quantity="6"), set_="one")]

    assert only(*parts, said("order", line(quantity="10"))).ordered == 10


def test_an_order_that_replaces_the_first_says_what_holds_from_then_on() -> None:
    first = said("order", line(quantity="10"), line("2", "5"))
    change = said("order_change", line(quantity="8"))
    again = [said("order", line(quantity=each), line("3", "1"), purpose="replace", set_="two") for each in ("2", "4")]

    lines = ledger("4711", [first, change, *again])

    assert [(one.ordered, one.wanted) for one in lines] == [(10, 6), (5, 0), (None, 2)]
    assert ledger("4711", [first, *again, change])[0].wanted == 8


def test_an_order_that_cancels_the_first_takes_all_of_it_away() -> None:
    assert only(said("order", line()), said("order", line(), purpose="cancellation")).wanted == 0


@pytest.mark.parametrize("quantity", ["NaN", "Infinity", "many", "1e99", ["1"], None, True])
def test_what_is_no_quantity_counts_for_nothing(quantity: Any) -> None:
    found = only(said("order", line()), said("invoice", line(quantity=quantity), number="I-1"))

    assert found.invoiced is None


@pytest.mark.parametrize("lines", [None, "no", {"a": 1}, [None, 3, "x"]])
def test_a_body_that_is_not_as_it_should_be_is_passed_over(lines: Any) -> None:
    odd = Counted(name="invoice", set="s", number="I-1", body={"lines": lines, "orders": lines})

    assert len(ledger("4711", [odd, Counted(name="shipment", set="t", number="S-1", body=odd.body)])) == 0
