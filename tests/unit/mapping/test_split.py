"""One document for several places is one for each, and they are the whole again: nothing lost, nothing twice."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.canonical import SCHEMAS, arithmetic
from gateway.mapping.combine import combine
from gateway.mapping.differ import changes
from gateway.mapping.split import MOST_PARTS, Split, Wins, split
from tests.unit.mapping.orders import a_library, a_mapping, an_overlay, flaws
from tests.unit.mapping.orders import an_order as a_set

BY_STORE = Split("lines.destinations")
CROSS_DOCK = Split("lines.destinations", "mark_for", many=False)
BY_SHIP_TO = Split("lines.ship_tos")
BY_HEADING = Split("ship_tos")

ORDER: Mapping[str, Any] = {"purpose": "original", "type": "stand_alone", "po_number": "1", "order_date": "2026-03-02"}


def an_order(*lines: Mapping[str, Any], **heading: Any) -> dict[str, Any]:
    return {**ORDER, **heading, "lines": [{"number": str(at), **line} for at, line in enumerate(lines, start=1)]}


def for_stores(quantity: str, **stores: str) -> dict[str, Any]:
    """A line with shares: `for_stores("5", A="2", B="3")`."""
    shares = [{"location": name, "quantity": share, "unit": "each"} for name, share in stores.items()]
    return {"quantity": quantity, "unit": "each", "destinations": shares}


def parts_of(document: Mapping[str, Any], rule: Split = BY_STORE) -> list[Any]:
    divided = split(document, rule)
    assert divided.problems == ()
    return list(divided.documents)


def codes(document: Mapping[str, Any], rule: Split = BY_STORE) -> list[tuple[str, str, str]]:
    divided = split(document, rule)
    assert divided.documents == (document,)
    return [(one.code, one.field, one.effect) for one in divided.problems]


def whole_of(parts: Sequence[Mapping[str, Any]], rule: Split = BY_STORE) -> dict[str, Any]:
    combined = combine(parts, rule)
    assert combined.problems == ()
    return combined.document


# ---------------------------------------------------------------------------------------------- dividing


def test_each_store_gets_its_shares_and_nothing_of_lines_it_has_no_share_of() -> None:
    first, second = parts_of(an_order(for_stores("5", A="2", B="3"), for_stores("4", B="4")))

    assert (first["part"], second["part"]) == ({"number": 1, "of": 2, "key": "A"}, {"number": 2, "of": 2, "key": "B"})
    assert (first["ship_tos"], second["ship_tos"]) == ([{"id": "A"}], [{"id": "B"}])
    assert first["lines"] == [{"number": "1", "quantity": "2", "unit": "each"}]
    assert [(line["number"], line["quantity"]) for line in second["lines"]] == [("1", "3"), ("2", "4")]
    assert "destinations" not in second["lines"][0]


def test_a_part_is_a_document_of_the_same_type() -> None:
    for part in parts_of(an_order(for_stores("5", A="2", B="3"), totals={"line_count": 1})):
        assert SCHEMAS["order.v1"].model_validate(part).model_dump()["part"]["of"] == 2


def test_a_place_that_the_heading_describes_keeps_its_name_and_address() -> None:
    stores = [{"id": "B", "name": "Store B", "city": "Salem"}, {"id": "A", "name": "Store A"}]

    first, second = parts_of(an_order(for_stores("5", A="2", B="3"), ship_tos=stores))

    assert (first["ship_tos"], second["ship_tos"]) == ([stores[1]], [stores[0]])


def test_the_same_number_of_another_kind_is_another_place() -> None:
    line = for_stores("5", A="2", B="3")
    line["destinations"][0] |= {"location": "7", "location_qualifier": "gln"}
    line["destinations"][1] |= {"location": "7", "location_qualifier": "duns"}

    parts = parts_of(an_order(line))

    assert [part["ship_tos"] for part in parts] == [
        [{"id": "7", "id_qualifier": "gln"}],
        [{"id": "7", "id_qualifier": "duns"}],
    ]
    assert [part["part"]["key"] for part in parts] == ["7 (gln)", "7 (duns)"]
    assert whole_of(parts)["lines"][0]["destinations"] == line["destinations"]


def test_a_cross_dock_stays_the_ship_to_of_every_part_and_the_store_is_its_mark() -> None:
    dock = {"name": "Dock 4", "id": "900"}

    parts = parts_of(an_order(for_stores("5", A="2", B="3"), ship_tos=[dock]), CROSS_DOCK)

    assert [(part["ship_tos"], part["mark_for"]) for part in parts] == [([dock], {"id": "A"}), ([dock], {"id": "B"})]


def test_a_line_without_places_of_its_own_goes_to_the_one_ship_to_of_the_order() -> None:
    line = {"quantity": "4", "unit": "each", "ship_tos": [{"id": "B", "name": "Store B"}]}

    first, second = parts_of(an_order({"quantity": "2"}, line, ship_tos=[{"id": "A"}]), BY_SHIP_TO)

    assert (first["ship_tos"], [each["quantity"] for each in first["lines"]]) == ([{"id": "A"}], ["2"])
    assert (second["ship_tos"], [each["quantity"] for each in second["lines"]]) == (
        [{"id": "B", "name": "Store B"}],
        ["4"],
    )


@pytest.mark.parametrize("rule", [BY_STORE, CROSS_DOCK, BY_SHIP_TO, BY_HEADING])
def test_a_document_that_names_no_shares_is_one_document_as_it_is(rule: Split) -> None:
    order = an_order({"quantity": "2"}, ship_tos=[{"id": "A"}], totals={"line_count": 1})

    assert parts_of(order, rule) == [order]


def test_money_stated_as_an_amount_counts_once_and_a_rate_in_every_part() -> None:
    freight, percent = {"indicator": "charge", "amount": "9.00"}, {"indicator": "allowance", "percent": "2"}
    line = {**for_stores("5", A="2", B="3"), "allowances_charges": [freight, percent]}

    first, second = parts_of(an_order(line, allowances_charges=[freight, percent], taxes=[{"kind": "ST"}]))

    assert (first["allowances_charges"], second["allowances_charges"]) == ([freight, percent], [percent])
    assert [part["lines"][0]["allowances_charges"] for part in (first, second)] == [[freight, percent], [percent]]
    assert first["taxes"] == second["taxes"] == [{"kind": "ST"}]


RATED = {"indicator": "allowance", "grocery_code": "54", "rate": "0.10", "quantity": "5", "unit": "each"}
TAXED = {"kind": "ST", "percent": "5", "base": "100.00"}


def test_a_rate_of_a_stated_quantity_and_a_percentage_of_a_stated_base_count_once() -> None:
    line = {**for_stores("5", A="2", B="3"), "allowances_charges": [RATED]}
    whole = an_order(line, allowances_charges=[RATED], taxes=[TAXED])

    first, second = parts_of(whole)

    assert (first["allowances_charges"], first["taxes"]) == ([RATED], [TAXED])
    assert first["lines"][0]["allowances_charges"] == [RATED]
    assert not {"allowances_charges", "taxes"} & {*second, *second["lines"][0]}


def test_a_rate_for_a_range_of_quantities_stands_in_every_part() -> None:
    ranged = {**RATED, "quantity_to": "50"}

    assert [
        part["allowances_charges"]
        for part in parts_of(an_order(for_stores("5", A="2", B="3"), allowances_charges=[ranged]))
    ] == [[ranged]] * 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("answers", [{"status": "accepted", "quantity": "5"}]),
        ("shipped_parts", [{"quantity": "5"}]),
        ("serial_numbers", ["S-1"]),
        ("ordered", "9"),
        ("extension", "12.50"),
    ],
)
def test_what_is_said_of_a_whole_line_is_no_store_s_and_parks_the_document(name: str, value: object) -> None:
    assert codes(an_order({**for_stores("5", A="2", B="3"), name: value})) == [
        ("split-sum", f"lines[0].{name}", "park")
    ]
    assert len(parts_of(an_order({**for_stores("5", A="5"), name: value}))) == 1


@pytest.mark.parametrize("rule", [BY_STORE, BY_SHIP_TO])
def test_a_line_of_nothing_for_nobody_is_not_lost(rule: Split) -> None:
    shares = (
        {"quantity": "5", "ship_tos": [{"id": "A", "quantity": "5"}]} if rule == BY_SHIP_TO else for_stores("5", A="5")
    )

    assert codes(an_order(shares, {"quantity": "0"}), rule) == [("split-sum", f"lines[1].{rule.shares}", "park")]


def test_the_charge_of_a_line_stands_in_the_first_part_that_has_the_line() -> None:
    charge = {"indicator": "charge", "amount": "9.00"}
    later = {**for_stores("3", B="1", C="2"), "allowances_charges": [charge]}

    parts = parts_of(an_order(for_stores("2", A="2"), later))

    charges = {part["part"]["key"]: [line.get("allowances_charges") for line in part["lines"]] for part in parts}
    assert charges == {"A": [None], "B": [[charge]], "C": [None]}


def test_no_part_claims_to_add_up_to_the_whole() -> None:
    claims: dict[str, Any] = {
        "totals": {"line_count": 1},
        "amounts": [{"kind": "TT", "amount": "5"}],
        "shipped_totals": [{"quantity": "5", "unit": "each"}],
    }

    assert all(not claims.keys() & part for part in parts_of(an_order(for_stores("5", A="2", B="3"), **claims)))


@pytest.mark.parametrize(
    ("line", "field"),
    [
        (for_stores("6", A="2", B="3"), "lines[0].destinations"),
        (for_stores("5.0000000000000000000000000001", A="2", B="3"), "lines[0].destinations"),
        ({"unit": "each", "destinations": [{"location": "A", "quantity": "2"}]}, "lines[0].destinations"),
        ({**for_stores("5", A="2", B="3"), "unit": "case"}, "lines[0].destinations[0]"),
        ({**for_stores("5", A="2", B="3"), "schedule": [{"quantity": "5"}]}, "lines[0].schedule"),
    ],
)
def test_shares_that_are_not_the_line_park_the_document_whole(line: Mapping[str, Any], field: str) -> None:
    assert codes(an_order(line)) == [("split-sum", field, "park")]


def test_a_line_without_shares_beside_lines_with_them_parks_the_document() -> None:
    assert codes(an_order(for_stores("5", A="5"), {"quantity": "2"})) == [
        ("split-sum", "lines[1].destinations", "park")
    ]


def test_a_ship_to_that_gets_nothing_parks_the_document() -> None:
    order = an_order(for_stores("5", A="5"), ship_tos=[{"id": "A"}, {"id": "Z"}])

    assert codes(order) == [("split-place", "ship_tos[1]", "park")]


def test_several_ship_tos_that_no_line_names_park_the_document() -> None:
    order = an_order({"quantity": "2"}, ship_tos=[{"id": "A"}, {"id": "B"}])

    assert codes(order, BY_HEADING) == [("split-place", "ship_tos", "park")]


def test_a_document_for_more_places_than_can_be_handed_on_is_parked() -> None:
    def order(places: int) -> dict[str, Any]:
        return an_order(for_stores(str(places), **{f"S{n}": "1" for n in range(places)}))

    assert len(parts_of(order(MOST_PARTS))) == MOST_PARTS
    assert codes(order(MOST_PARTS + 1)) == [("split-parts", "lines", "park")]


# ---------------------------------------------------------------------------------------------- combining


def test_parts_that_come_in_any_order_are_the_whole_by_their_numbers() -> None:
    order = an_order(for_stores("5", A="2", B="3"), for_stores("4", B="4"))
    parts = parts_of(order)

    found = whole_of(parts[::-1])

    assert found == {**order, "lines": [{**line, "quantity": Decimal(line["quantity"])} for line in order["lines"]]} | {
        "lines": [{**order["lines"][0], "quantity": Decimal(5)}, order["lines"][1]]
    }
    assert "part" not in found


def a_bill(number: int, *lines: Mapping[str, Any], total: str, **about: Any) -> dict[str, Any]:
    part = {"number": number, "of": 2, "key": f"S{number}"}
    heading = {"invoice_number": "HP-1", "invoice_date": "2026-03-02", "ship_tos": [{"id": f"S{number}"}]}
    return {"part": part, **heading, "lines": list(lines), "totals": {"amount": total}, **about}


@pytest.mark.parametrize("stated", [{}, {"extension": "1.26"}])
def test_bills_that_are_right_to_the_cent_are_so_together(stated: Mapping[str, str]) -> None:
    line = {"number": "1", "quantity": "1", "unit": "each", "price": "1.255", **stated}
    bills = [a_bill(number, line, total="1.26") for number in (1, 2)]

    whole = whole_of(bills, BY_HEADING)

    assert [arithmetic.faults(bill) for bill in bills] == [(), ()]
    assert arithmetic.faults(whole) == ()
    assert whole["lines"] == [line, line]


def test_bills_of_whole_cents_have_one_line_for_an_article() -> None:
    line = {"number": "1", "quantity": "2", "unit": "each", "price": "1.25"}

    whole = whole_of([a_bill(number, line, total="2.50") for number in (1, 2)], BY_HEADING)

    assert (whole["lines"], arithmetic.faults(whole)) == ([{**line, "quantity": Decimal(4)}], ())


def test_an_allowance_by_rate_in_each_of_two_bills_counts_twice() -> None:
    line = {"number": "1", "quantity": "5", "unit": "each", "price": "1.00"}
    bills = [a_bill(number, line, total="4.50", allowances_charges=[RATED]) for number in (1, 2)]

    whole = whole_of(bills, BY_HEADING)

    assert whole["allowances_charges"] == [RATED, RATED]
    assert arithmetic.faults(whole) == ()


def test_what_the_truck_has_is_said_alike_in_every_part_and_stands_once() -> None:
    truck = [{"packaging": "CTN25", "quantity": 3}]
    first, second = parts_of(an_order(for_stores("5", A="2", B="3"), lading=truck))

    assert whole_of([first, second])["lading"] == truck
    [problem] = combine([first, {**second, "lading": [{"packaging": "CTN25", "quantity": 2}]}], BY_STORE).problems
    assert problem.field == "lading"


def test_two_parts_for_one_place_are_not_put_together() -> None:
    first, second = parts_of(an_order(for_stores("5", A="2", B="3")))
    again = {**first, "part": {**second["part"], "key": "A"}}

    found = [(one.code, one.field, one.effect) for one in combine([first, again], BY_STORE).problems]

    assert found == [("parts-differ", "part.key", "refuse")]


def test_two_parts_of_one_number_are_not_put_together() -> None:
    first, second = parts_of(an_order(for_stores("5", A="2", B="3")))

    [problem] = combine([first, {**second, "part": {**second["part"], "number": 1}}], BY_STORE).problems

    assert problem.message == "'part.number' its parts have number 1 more than once"


def test_answers_to_one_line_are_added_up_where_they_are_alike() -> None:
    def answer(store: str, number: int, *answers: tuple[str, str]) -> dict[str, Any]:
        said = [{"status": status, "quantity": quantity} for status, quantity in answers]
        line = {"number": "1", "quantity": "5", "unit": "each", "answers": said}
        part = {"number": number, "of": 2, "key": store}
        return {"purpose": "original", "po_number": "1", "order_date": "2026-03-02", "part": part, "lines": [line]}

    whole = whole_of([answer("A", 1, ("accepted", "5")), answer("B", 2, ("accepted", "2"), ("backordered", "3"))])

    [line] = whole["lines"]
    assert line["quantity"] == Decimal(10)
    assert line["answers"] == [
        {"status": "accepted", "quantity": Decimal(7)},
        {"status": "backordered", "quantity": "3"},
    ]
    assert [(share["location"], share["quantity"]) for share in line["destinations"]] == [("A", "5"), ("B", "5")]


def test_lines_that_differ_stay_apart() -> None:
    def part(number: int, price: str) -> dict[str, Any]:
        line = {"number": "1", "quantity": "2", "price": price}
        return {"part": {"number": number, "of": 2, "key": str(number)}, "lines": [line]}

    assert [line["price"] for line in whole_of([part(1, "1.00"), part(2, "1.05")])["lines"]] == ["1.00", "1.05"]


def test_parts_that_say_different_things_of_the_whole_are_a_problem_that_names_the_field() -> None:
    parts = [{"part": {"number": n, "of": 2, "key": str(n)}, "po_number": str(n)} for n in (1, 2)]

    [problem] = combine(parts, BY_STORE).problems

    assert (problem.code, problem.field, problem.effect) == ("parts-differ", "po_number", "refuse")
    assert "1 and 2" in problem.message


def test_invoices_add_up_with_what_is_put_on_each_of_them() -> None:
    def invoice(number: int, freight: str, amount: str) -> dict[str, Any]:
        return {
            "part": {"number": number, "of": 2, "key": str(number)},
            "ship_tos": [{"id": str(number)}],
            "lines": [{"number": "1", "quantity": "2", "price": "1.00", "extension": "2.00"}],
            "allowances_charges": [{"indicator": "charge", "amount": freight}],
            "totals": {"amount": amount, "line_count": 1},
        }

    whole = whole_of([invoice(1, "5.00", "7.00"), invoice(2, "5.00", "7.00")], BY_HEADING)

    assert whole["totals"] == {"amount": Decimal("14.00")}
    assert [charge["amount"] for charge in whole["allowances_charges"]] == ["5.00", "5.00"]
    assert [(line["quantity"], line["extension"]) for line in whole["lines"]] == [(Decimal(4), Decimal("4.00"))]
    assert whole["ship_tos"] == [{"id": "1"}, {"id": "2"}]
    assert "destinations" not in whole["lines"][0]


def test_totals_that_only_some_parts_state_are_a_problem() -> None:
    parts: list[dict[str, Any]] = [
        {"part": {"number": 1, "of": 2, "key": "A"}, "totals": {"weight": "3"}},
        {"part": {"number": 2, "of": 2}},
    ]

    assert [(one.field, one.effect) for one in combine(parts, BY_STORE).problems] == [("totals.weight", "refuse")]


CASES = {"quantity": "3", "unit": "case"}
PIECES = {"quantity": "24", "unit": "each"}


def a_claim(number: int, *units: str, **claims: Any) -> dict[str, Any]:
    """A part with a line in each unit, and what it says it adds up to."""
    lines = [{"number": str(at), "quantity": "3", "unit": unit} for at, unit in enumerate(units, start=1)]
    return {"part": {"number": number, "of": 2, "key": str(number)}, "lines": lines, **claims}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"shipped_totals": [CASES]}, {}),
        ({}, {"shipped_totals": [CASES]}),
        ({"shipped_totals": [CASES, PIECES]}, {"shipped_totals": [CASES]}),
        ({"shipped_totals": [CASES]}, {"shipped_totals": [{**CASES, "weight": "5", "weight_unit": "pound"}]}),
        ({"amounts": [{"kind": "TT", "amount": "5"}]}, {}),
        ({"amounts": [{"kind": "TT", "amount": "5"}]}, {"amounts": [{"kind": "N", "amount": "5"}]}),
    ],
)
def test_a_sum_that_only_one_part_states_is_never_sent_as_that_of_the_whole(
    first: Mapping[str, Any], second: Mapping[str, Any]
) -> None:
    parts = [a_claim(1, "case", "each", **first), a_claim(2, "case", "each", **second)]

    [problem] = combine(parts, BY_HEADING).problems

    assert (problem.code, problem.effect) == ("parts-differ", "refuse")
    assert problem.field in ("amounts", "shipped_totals")
    assert "do not all state it alike" in problem.message


def test_a_store_that_gets_nothing_in_a_unit_adds_nothing_to_its_total() -> None:
    parts = [a_claim(1, "case", "each", shipped_totals=[CASES, PIECES]), a_claim(2, "case", shipped_totals=[CASES])]

    whole = whole_of(parts, BY_HEADING)

    assert whole["shipped_totals"] == [{"quantity": Decimal(6), "unit": "case"}, PIECES]


@pytest.mark.parametrize("stated", [{"extension": "2.00"}, {"shipped_quantity": "2"}, {"amounts": [{"amount": "1"}]}])
def test_a_number_that_only_one_of_two_lines_states_does_not_stand_for_both(stated: Mapping[str, Any]) -> None:
    line = {"number": "1", "quantity": "2", "unit": "each", "price": "1.00"}
    lines = [{**line, **stated}, line]

    whole = whole_of([a_bill(number, one, total="2.00") for number, one in enumerate(lines, 1)], BY_HEADING)

    assert whole["lines"] == lines


def test_cartons_that_parts_made_up_names_for_stay_different_cartons() -> None:
    def notice(number: int) -> dict[str, Any]:
        return {
            "part": {"number": number, "of": 2, "key": str(number)},
            "orders": [{"id": "PO-1", "po_number": "PO-1"}],
            "packages": [{"id": "#1", "order": "PO-1"}],
            "lines": [{"order": "PO-1", "package": "#1", "quantity": "2", "unit": "each", "packages": ["#1"]}],
        }

    whole = whole_of([notice(1), notice(2)])

    assert [entry["id"] for entry in whole["orders"]] == ["PO-1"]
    names = [entry["id"] for entry in whole["packages"]]
    assert len(set(names)) == 2
    assert [(line["package"], line["packages"]) for line in whole["lines"]] == [(name, [name]) for name in names]


def test_what_is_known_of_a_store_beside_its_number_is_said_to_be_lost_where_shares_have_no_room() -> None:
    parts = [
        {
            "part": {"number": 1, "of": 1, "key": "A"},
            "mark_for": {"id": "A", "name": "Store A"},
            "lines": [{"number": "1", "quantity": "2", "unit": "each"}],
        }
    ]

    combined = combine(parts, CROSS_DOCK)

    assert "mark_for" not in combined.document
    assert [(one.code, one.field, one.effect) for one in combined.problems] == [("not-written", "mark_for", "warn")]


# ---------------------------------------------------------------------------------------------- both

STORES = ("A", "B", "C", "D")
MONEY: st.SearchStrategy[dict[str, str]] = st.sampled_from(
    [{"indicator": "charge", "amount": "9.00"}, {"indicator": "allowance", "percent": "2"}, {"indicator": "charge"}]
)


@st.composite
def divisible(draw: st.DrawFn, shares: str) -> dict[str, Any]:
    """Orders whose lines name their shares; places of the heading are those of the lines, with a name."""
    lines, named = [], set()
    for number in range(1, draw(st.integers(1, 5)) + 1):
        stores = draw(st.lists(st.sampled_from(STORES), min_size=1, max_size=4, unique=True))
        quantities = [Decimal(draw(st.integers(0, 10**6))).scaleb(-draw(st.integers(0, 3))) for _ in stores]
        named |= set(stores)
        line: dict[str, Any] = {
            "number": str(number),
            "quantity": sum(quantities),
            "unit": "each",
            "vendor_sku": draw(st.text("ab")),
        }
        if shares == "destinations":
            line[shares] = [
                {"location": store, "location_qualifier": "92", "quantity": quantity, "unit": "each"}
                for store, quantity in zip(stores, quantities, strict=True)
            ]
        else:
            line[shares] = [
                {"id": store, "name": f"Store {store}", "quantity": quantity}
                for store, quantity in zip(stores, quantities, strict=True)
            ]
        if draw(st.booleans()):
            line["allowances_charges"] = draw(st.lists(MONEY, min_size=1, max_size=3, unique_by=str))
        lines.append({name: value for name, value in line.items() if value != ""})
    order: dict[str, Any] = {**ORDER, "lines": lines}
    if shares == "destinations":
        known = draw(st.lists(st.sampled_from(sorted(named)), unique=True))
        order["ship_tos"] = [{"id": store, "id_qualifier": "92", "name": f"Store {store}"} for store in known]
    if draw(st.booleans()):
        order["allowances_charges"] = draw(st.lists(MONEY, min_size=1, max_size=3, unique_by=str))
    return {name: value for name, value in order.items() if value != []}


def in_any_order(document: Mapping[str, Any]) -> Any:
    """Places, shares and charges are sets: their order says nothing."""
    if isinstance(document, Mapping):
        return {name: in_any_order(value) for name, value in document.items()}
    if isinstance(document, list | tuple):
        return sorted((in_any_order(one) for one in document), key=repr)
    return document.normalize() if isinstance(document, Decimal) else document


@pytest.mark.parametrize("rule", [BY_STORE, BY_SHIP_TO], ids=["destinations", "ship-tos"])
@given(data=st.data())
def test_the_parts_of_any_order_are_the_order_again(rule: Split, data: st.DataObject) -> None:
    order = data.draw(divisible(rule.shares))

    assert in_any_order(whole_of(parts_of(order, rule), rule)) == in_any_order(order)


@given(divisible("destinations"))
def test_the_parts_of_any_order_add_up_to_every_line(order: dict[str, Any]) -> None:
    parts = parts_of(order)

    for line in order["lines"]:
        mine = [each for part in parts for each in part["lines"] if each["number"] == line["number"]]
        assert sum(each["quantity"] for each in mine) == line["quantity"]
    assert [part["part"]["number"] for part in parts] == list(range(1, len(parts) + 1))


# ---------------------------------------------------------------------------------------------- what a mapping says

LINES = """\
number: PO101
destinations: {pairs: SDQ, from: "3", as: {location: text, quantity: decimal}, unit: SDQ01}
unit: PO103
"""


def said(split: str, *, lines: str = LINES) -> list[tuple[str, int, str]]:
    found = flaws(a_mapping(lines=lines, rest=f"split: {split}\ndirection: read\n"))
    return [(flaw.code, flaw.place.line, flaw.sentence) for flaw in found]


def test_a_set_is_read_whole_and_divided_as_its_mapping_says() -> None:
    library = a_library(a_mapping(lines=LINES, rest="direction: read\nsplit: {by: lines.destinations}\n"))
    compiled = library.compile("x12/850@1")
    reading = compiled.read(a_set(lines=("PO1*1*5*EA", "SDQ*EA**A*2*B*3", "PO1*2*4*EA", "SDQ*EA**B*4")))

    parts = compiled.parts(reading)

    assert len(reading.document["lines"]) == 2  # type: ignore[arg-type]
    assert [(part.document["part"], len(part.document["lines"])) for part in parts] == [  # type: ignore[arg-type]
        ({"number": 1, "of": 2, "key": "A"}, 1),
        ({"number": 2, "of": 2, "key": "B"}, 2),
    ]


def test_what_is_parked_or_refused_stays_whole() -> None:
    library = a_library(a_mapping(lines=LINES, rest="direction: read\nsplit: {by: lines.destinations}\n"))
    compiled = library.compile("x12/850@1")
    unsummed = compiled.read(a_set(lines=("PO1*1*6*EA", "SDQ*EA**A*2*B*3")))
    refused = compiled.read(a_set(lines=("PO1*1*X*EA", "SDQ*EA**A*2*B*3")))

    assert [(part.document, part.effect) for part in compiled.parts(unsummed)] == [(unsummed.document, "park")]
    assert compiled.parts(refused) == (refused,)


def test_a_mapping_without_split_never_divides() -> None:
    compiled = a_library(a_mapping(lines=LINES, rest="direction: read\n")).compile("x12/850@1")
    reading = compiled.read(a_set(lines=("PO1*1*5*EA", "SDQ*EA**A*2*B*3")))

    assert compiled.parts(reading) == (reading,)


def test_an_overlay_says_it_for_its_partner() -> None:
    library = a_library(
        a_mapping(lines=LINES, rest="direction: read\n"),
        an_overlay("split: {by: lines.destinations, into: mark_for}\n"),
    )

    assert library.compile("acme/850@1").split == CROSS_DOCK
    assert library.compile("x12/850@1").split is None


@pytest.mark.parametrize(
    ("split", "words"),
    [
        ("{by: lines.destination}", "not 'lines.destination'; did you mean 'lines.destinations'?"),
        ("{into: mark_for}", "by is one of ship_tos, lines.destinations, lines.ship_tos, not ''"),
        ("{by: lines.destinations, into: mark_fro}", "not 'mark_fro'; did you mean 'mark_for'?"),
        ("{by: lines.destinations, key: x}", "'key' is no key of split: there are by, into and differ"),
        ("{by: lines.destinations, differ: order_date}", "differ is a table, like {response_date: latest}"),
        ("{by: lines.destinations, differ: {order_dat: latest}}", "did you mean 'order_date'?"),
        ("{by: lines.destinations, differ: {lines: latest}}", "'lines' is no date or text above the lines"),
        ("{by: lines.destinations, differ: {order_date: first}}", "stands the latest or the earliest"),
        ("{by: lines.destinations, differ: {type: latest}}", "'type' is a list of the words that may differ"),
        ("{by: lines.destinations, differ: {type: [a, a]}}", "'type' is a list of the words that may differ"),
    ],
)
def test_a_split_that_cannot_be_is_told_with_what_was_meant(split: str, words: str) -> None:
    [(code, line, sentence)] = said(split)

    assert (code, line) == ("E192", 7)
    assert words in sentence


def test_a_split_by_what_nothing_maps_is_told() -> None:
    [(code, _, sentence)] = said("{by: lines.destinations}", lines="number: PO101\n")

    assert code == "E192"
    assert "nothing maps lines.destinations" in sentence


def test_who_compares_two_versions_hears_that_one_divides() -> None:
    library = a_library(
        a_mapping(lines=LINES, rest="direction: read\n"),
        an_overlay("split: {by: lines.destinations, into: mark_for}\n"),
    )

    found = changes(library.resolved("x12/850@1"), library.resolved("acme/850@1"))

    assert [str(change) for change in found] == ["split: by lines.destinations into mark_for is new"]


# ------------------------------------------------------------------------------------------- what parts may differ in


def two_parts(first: Mapping[str, Any], second: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {"part": {"number": at, "of": 2, "key": name}, **heading, "lines": []}
        for at, (name, heading) in enumerate((("A", first), ("B", second)), start=1)
    ]


@pytest.mark.parametrize(("wins", "day"), [("latest", "2026-03-03"), ("earliest", "2026-02-28")])
def test_parts_with_different_dates_are_one_with_the_date_that_wins(wins: Wins, day: str) -> None:
    rule = replace(BY_STORE, differ=(("response_date", wins),))
    days = [{"response_date": "2026-03-03"}, {"response_date": "2026-02-28"}]

    assert combine(two_parts(*days), rule).document["response_date"] == day
    assert combine(two_parts(*reversed(days)), rule).document["response_date"] == day
    assert combine(two_parts(*days), rule).problems == ()


def test_of_words_that_may_differ_the_first_that_a_part_says_stands() -> None:
    rule = replace(BY_STORE, differ=(("answer", ("changed", "taken")),))

    both = combine(two_parts({"answer": "taken"}, {"answer": "changed"}), rule)
    alike = combine(two_parts({"answer": "taken"}, {"answer": "taken"}), rule)

    assert (both.document["answer"], both.problems) == ("changed", ())
    assert (alike.document["answer"], alike.problems) == ("taken", ())


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"answer": "taken"}, {"answer": "refused"}),
        ({"answer": "taken"}, {}),
        ({"response_date": "2026-03-03"}, {}),
        ({"po_number": "1"}, {"po_number": "2"}),
    ],
)
def test_what_nobody_said_of_parts_that_differ_still_keeps_the_whole_from_being_sent(
    first: Mapping[str, Any], second: Mapping[str, Any]
) -> None:
    rule = replace(BY_STORE, differ=(("answer", ("changed", "taken")), ("response_date", "latest")))

    assert [problem.code for problem in combine(two_parts(first, second), rule).problems] == ["parts-differ"]


def test_a_mapping_says_what_parts_may_differ_in() -> None:
    rest = "direction: read\nsplit: {by: lines.destinations, differ: {order_date: latest, type: [SA, NE]}}\n"
    library = a_library(
        a_mapping(lines=LINES, rest="direction: read\nsplit: {by: lines.destinations}\n"),
        an_overlay("split: {by: lines.destinations, differ: {order_date: latest, type: [SA, NE]}}\n"),
    )

    rule = a_library(a_mapping(lines=LINES, rest=rest)).compile("x12/850@1").split
    found = changes(library.resolved("x12/850@1"), library.resolved("acme/850@1"))

    assert rule is not None
    assert rule.differ == (("order_date", "latest"), ("type", ("SA", "NE")))
    assert [str(change) for change in found] == ["split: differ: order_date (latest), type (SA before NE) is new"]
