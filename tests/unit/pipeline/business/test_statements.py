"""What sets say of other documents, as the fixtures of the mappings have them and as nobody would wish them."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.pipeline.business.compare import answers_all, beside_order, offered
from gateway.pipeline.business.statement import Statement
from gateway.pipeline.business.statements import statements
from gateway.store.business_words import by_line, outcomes

MAPPINGS = Path(__file__).parents[4] / "mappings"


def said(type_: str, fixture: str) -> list[Statement]:
    body = json.loads((MAPPINGS / fixture).read_text())
    return list(statements(f"{type_}.v1", fixture.split("/")[1], body))


def test_an_order_response_says_line_by_line_what_becomes_of_the_order() -> None:
    [answer] = said("order_response", "acme/855/fixtures/changes.json")

    assert answer.claim is not None
    assert (answer.claim.number, answer.claim.dated, answer.state) == ("71-230118", date(2026, 1, 5), "changed")
    assert [(one["line"], one["outcome"]) for one in answer.lines] == [
        ("001", "changed"),
        ("002", "confirmed"),
        ("003", "changed"),
        ("004", "declined"),
    ]
    assert answer.lines[0]["said"] == "48 accepted scheduled ship 2026-01-12, 12 backordered scheduled ship 2026-01-26"


def test_a_remittance_names_invoices_what_is_contested_and_what_is_left_over() -> None:
    item, claim = said("remittance", "x12/820/fixtures/claims-5010.json")

    assert item.claim is not None
    assert (item.claim.number, item.amount, item.stated) == ("HP-90588", Decimal("112.79"), Decimal("118.79"))
    assert item.contested == (
        "quantity contested (06) -4.00, TEN BOLTS MISSING, HP-90588",
        "not accepted, damaged (04) -2.00",
    )
    assert claim.claim is None
    assert claim.reason.startswith("an adjustment of no invoice")


def test_a_debit_note_of_a_buyer_takes_something_off_and_an_advice_speaks_of_sets_and_groups() -> None:
    [note] = said("adjustment", "x12/812/fixtures/chargeback-4010.json")
    assert note.claim is not None
    assert (note.claim.number, note.amount, note.state) == ("HP-90512", Decimal("-41.80"), "adjusted")

    group, invoice, rejected, item = said("application_advice", "x12/824/fixtures/batch-4010.json")
    assert (group.claim, group.reason[:31]) == (None, "it says group accepted in part ")
    assert invoice.claim is not None
    assert (invoice.claim.number, invoice.group, invoice.set_number, invoice.state) == (
        *("HP-90588", "816", "0002"),
        "disputed",
    )
    assert (rejected.of_group, rejected.group) == (True, "817")
    assert item.state == "disputed"


@pytest.mark.parametrize("handling", ["announcement", "notification"])
def test_a_payment_that_is_only_announced_pays_nothing(handling: str) -> None:
    items = [{"items": [{"kind": "invoice", "number": "HP-1", "paid": "10.00"}]}]
    body = {"handling": handling, "direction": "credit", "amount": "10.00", "entities": items}

    [statement] = statements("remittance.v1", "820", body)

    assert statement.claim is None
    assert "announces" in statement.reason


def test_amounts_beyond_all_money_are_nobodys() -> None:
    items = [{"items": [{"number": f"HP-{number}", "paid": "99999999999999"} for number in range(3)]}]
    body = {"direction": "credit", "amount": "-99999999999999", "entities": items}

    *_, rest = statements("remittance.v1", "820", body)

    assert rest.amount is None
    [huge] = statements("remittance.v1", "820", {"direction": "credit", "entities": [{"items": [{"paid": "9" * 28}]}]})
    assert huge.amount is None


JSON: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["1.00", "2026-03-02", "credit"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["lines", "answers", "entities", "items", "adjustments", "paid", "amount", "number", "status"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(st.sampled_from(["order_response", "remittance", "adjustment", "application_advice"]), JSON)
def test_nothing_that_may_stand_in_a_body_stops_the_reading(type_: str, body: Any) -> None:
    for statement in statements(f"{type_}.v1", "820", body if isinstance(body, dict) else {}):
        assert statement.claim is not None or statement.reason


# ---------------------------------------------------------------------------------------------- beside


ORDER = {
    "lines": [{"number": "001", "quantity": "10", "unit": "each", "price": "2.00"}],
    "requested_ship": "2026-03-05",
}


@pytest.mark.parametrize(
    ("answer", "differs"),
    [
        ({"line": "1", "quantity": "10", "unit": "each", "price": "2.000"}, None),
        ({"line": "1", "quantity": "8"}, "quantity 8, ordered 10"),
        ({"line": "1", "quantity": "1", "unit": "case"}, "unit case, ordered in each"),
        ({"line": "1", "price": "2.50"}, "price 2.50, ordered at 2.00"),
        ({"line": "1", "ship": "2026-03-06"}, "leaves 2026-03-06, wanted by 2026-03-05"),
        ({"line": "1", "ship": "2026-03-04"}, None),
        ({"line": "2"}, "no line of the order has this number"),
    ],
)
def test_an_answer_is_held_beside_the_line_it_answers(answer: dict[str, str], differs: str | None) -> None:
    [found] = beside_order([{**answer, "outcome": "confirmed"}], ORDER)

    assert (found.get("differs"), found["outcome"]) == (differs, "changed" if differs else "confirmed")
    assert answers_all([answer], ORDER) == (answer["line"] == "1")


def test_lines_without_numbers_are_known_by_their_articles() -> None:
    rye = {"buyer_sku": "330088", "vendor_sku": "HP-4412", "quantity": "87", "price": "13.75"}
    oats = {"buyer_sku": "330071", "vendor_sku": "HP-4410", "quantity": "5", "price": "8.40"}
    grocery = {"lines": [oats, rye]}
    answer = {**oats, "outcome": "confirmed"}

    assert beside_order([answer], grocery) == [answer]
    assert not answers_all([oats], grocery)
    assert answers_all([rye, oats], grocery)
    assert beside_order([{**answer, "quantity": "4"}], grocery)[0]["differs"] == "quantity 4, ordered 5"
    assert beside_order([{"buyer_sku": "1", "outcome": "confirmed"}], grocery)[0]["outcome"] == "changed"
    assert beside_order([{"buyer_sku": "330071", "quantity": "9"}], {"lines": [oats, oats]})[0]["differs"] == (
        "no line of the order has this article, or several have it"
    )
    assert beside_order([answer], {"lines": [{**oats, "number": "001"}]}) == [{**answer, "line": "001"}]


def test_one_line_that_is_declined_is_not_lost_behind_another_without_a_number() -> None:
    lines = [{"buyer_sku": "330071", "outcome": "declined"}, {"buyer_sku": "330088", "outcome": "confirmed"}]
    assert outcomes(lines) == {"330071": "declined", "330088": "confirmed"}
    assert list(outcomes([{"outcome": "declined"}, {"outcome": "confirmed"}]).values()) == ["declined", "confirmed"]
    assert by_line(lines) == "line 330071: declined"


@pytest.mark.parametrize(
    ("terms", "day", "discount"),
    [
        ([], 10, "0"),
        ([{"discount_percent": "2", "discount_days": 10}], 10, "2.00"),
        ([{"discount_percent": "2", "discount_days": 10}], 20, "0"),
        ([{"discount_percent": "2", "discount_date": "2026-03-15"}], 20, "0"),
        ([{"discount_percent": "2", "discount_days": 10, "basis_date": "delivery_date"}], 20, "2.00"),
        ([{"discount_amount": "3.00"}], 10, "3.00"),
        ([{"discounted": "95.00"}], 10, "5.00"),
    ],
)
def test_a_discount_is_agreed_as_the_invoice_offers_it_and_until_it_is_over(
    terms: list[dict[str, Any]], day: int, discount: str
) -> None:
    invoice = {"invoice_date": "2026-03-01", "totals": {"amount": "100.00"}, "terms": terms}

    assert offered(invoice, date(2026, 3, day)) == Decimal(discount)
