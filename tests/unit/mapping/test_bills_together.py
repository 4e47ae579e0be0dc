"""Bills of single stores that are right to the cent are one bill that is: no amount lost, doubled or rounded anew."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gateway.canonical import arithmetic
from gateway.mapping.combine import combine
from gateway.mapping.split import Split


def numbers(places: int, most: int) -> st.SearchStrategy[str]:
    return st.integers(1, most).map(lambda number: str(Decimal(number).scaleb(-places)))


WAY = {"indicator": st.sampled_from(["charge", "allowance"])}
CHARGES = st.one_of(
    st.fixed_dictionaries({**WAY, "amount": numbers(2, 500)}),
    st.fixed_dictionaries({**WAY, "rate": numbers(3, 500), "quantity": numbers(0, 20)}),
    st.fixed_dictionaries({**WAY, "percent": numbers(1, 200), "base": numbers(2, 5000)}),
)
LINES = st.fixed_dictionaries(
    {
        "number": st.sampled_from("12"),
        "quantity": numbers(0, 9),
        "unit": st.just("each"),
        "price": st.sampled_from(["1.255", "1.25", "0.3335"]),
    },
    optional={
        "allowances_charges": st.lists(CHARGES | st.fixed_dictionaries({**WAY, "rate": numbers(3, 500)}), max_size=2),
        "taxes": st.lists(
            st.fixed_dictionaries({"kind": st.just("ST"), "percent": numbers(1, 100), "base": numbers(2, 900)}),
            max_size=1,
        ),
    },
)
STORES = st.lists(st.tuples(st.lists(LINES, min_size=1, max_size=3), st.lists(CHARGES, max_size=2)), min_size=2)
Store = tuple[list[dict[str, Any]], list[dict[str, Any]]]


def a_bill(number: int, lines: Sequence[Mapping[str, Any]], charges: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A bill of one store, with the total that it comes to."""
    part = {"number": number, "of": 9, "key": f"S{number}"}
    bill = {"part": part, "invoice_number": "HP-1", "ship_tos": [{"id": f"S{number}"}]}
    bill |= {"lines": lines, "allowances_charges": charges}
    wrong = [fault.reckoned for fault in arithmetic.faults({**bill, "totals": {"amount": "0.00"}})]
    return {**bill, "totals": {"amount": str(wrong[0]) if wrong else "0.00"}}


def ordered(bills: Sequence[Mapping[str, Any]]) -> Decimal:
    return sum((Decimal(str(line["quantity"])) for bill in bills for line in bill["lines"]), Decimal(0))


@given(STORES, st.sampled_from([Split("ship_tos"), Split("lines.destinations")]))
def test_bills_that_add_up_add_up_together(stores: list[Store], rule: Split) -> None:
    bills = [a_bill(number, *store) for number, store in enumerate(stores, start=1)]

    whole = combine(bills, rule)

    assert [arithmetic.faults(bill) for bill in bills] == [()] * len(bills)
    assert whole.problems == ()
    assert arithmetic.faults(whole.document) == ()
    assert ordered([whole.document]) == ordered(bills)
