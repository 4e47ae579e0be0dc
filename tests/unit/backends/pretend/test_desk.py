"""The rules of the pretend ERP: what it hands in because of what it is given."""

from typing import Any

import pytest

from gateway.app.demo.trade.wanted import completed
from gateway.backends.pretend.desk import Desk, Errand
from gateway.canonical.gs1 import is_sscc
from gateway.canonical.schemas import SCHEMAS
from tests.unit.backends.pretend.orders import a_desk, a_line, a_report, an_envelope, an_order


def bodies(errands: list[Errand]) -> dict[str, Any]:
    """By type; each is a good document of it."""
    for errand in errands:
        SCHEMAS[errand.posted["schema"]].model_validate(errand.posted["body"])
    return {errand.posted["schema"].partition(".")[0]: errand.posted["body"] for errand in errands}


def shipped(desk: Desk, *lines: dict[str, Any]) -> dict[str, Any]:
    return bodies(desk.took("SO-2", an_envelope(a_report(*lines), "warehouse_shipment.v1", "northgate")))


def test_an_order_is_answered_and_goes_on_to_the_warehouse() -> None:
    errands = a_desk().took("SO-1", an_envelope(an_order()))

    assert [(one.key, one.posted["partner"]) for one in errands] == [
        ("order_response SO-1", "acme"),
        ("warehouse_order SO-1", "northgate"),
    ]
    assert errands[0].posted["in_answer_to"] == "D1"
    assert "in_answer_to" not in errands[1].posted
    assert bodies(errands)["warehouse_order"]["lines"][0]["quantity"] == "24"


def test_a_line_without_a_price_is_rejected_and_never_shipped() -> None:
    found = bodies(a_desk().took("SO-1", an_envelope(an_order(a_line("001"), a_line("002", price=None)))))

    answers = [line["answers"][0]["status"] for line in found["order_response"]["lines"]]
    assert (found["order_response"]["answer"], answers) == ("accepted_with_changes", ["accepted", "rejected"])
    assert [line["number"] for line in found["warehouse_order"]["lines"]] == ["001"]


def test_an_order_of_which_nothing_can_be_sold_is_refused_and_nothing_follows() -> None:
    errands = a_desk().took("SO-1", an_envelope(an_order(a_line(price=None))))

    assert bodies(errands)["order_response"]["answer"] == "rejected"
    assert len(errands) == 1


def test_an_order_that_is_no_new_one_waits_for_a_person() -> None:
    desk = a_desk()

    assert desk.took("SO-1", an_envelope(an_order(purpose="cancellation"))) == []
    assert desk.notes == ["order 71-1 says cancellation: a person decides"]


def test_what_the_warehouse_shipped_is_announced_and_invoiced_and_not_what_was_ordered() -> None:
    desk = a_desk()
    desk.took("SO-1", an_envelope(an_order(a_line("001"), a_line("002", price="1.00"))))

    found = shipped(desk, {"number": "001", "shipped": "20"}, {"number": "002", "shipped": "0"})

    assert [(one["po_line_number"], one["quantity"]) for one in found["shipment"]["lines"]] == [("001", "20")]
    assert [(one["number"], one["quantity"]) for one in found["invoice"]["lines"]] == [("001", "20")]
    assert found["invoice"]["totals"]["amount"] == "1480.00"
    assert found["invoice"]["lines"][0]["shipped_parts"][0]["difference"] == "-4"


def test_goods_of_one_line_in_two_packages_are_two_lines_of_the_notice_and_one_of_the_invoice() -> None:
    desk = a_desk()
    desk.took("SO-1", an_envelope(an_order()))

    found = shipped(desk, {"number": "001", "shipped": "20"}, {"number": "001", "shipped": "4"})

    assert [one["quantity"] for one in found["shipment"]["lines"]] == ["20", "4"]
    assert [one["quantity"] for one in found["invoice"]["lines"]] == ["24"]


@pytest.mark.parametrize(
    "report",
    [a_report({"number": "009", "shipped": "1"}), a_report({"number": "001", "shipped": "1"}, order="SO-9")],
    ids=["a line that was not ordered", "an order that is not ours"],
)
def test_a_report_that_fits_nothing_waits_for_a_person(report: dict[str, Any]) -> None:
    desk = a_desk()
    desk.took("SO-1", an_envelope(an_order()))

    assert desk.took("SO-2", an_envelope(report, "warehouse_shipment.v1", "northgate")) == []
    assert "needs a person" in desk.notes[-1]


def test_a_customer_without_a_warehouse_is_shipped_to_by_ourselves() -> None:
    found = bodies(a_desk().took("SO-1", an_envelope(an_order(a_line("001"), a_line("002")), partner="fernhill")))

    assert found.keys() == {"order_response", "shipment", "invoice"}
    assert all(is_sscc(one["sscc"]) for one in found["shipment"]["packages"])
    assert len({one["sscc"] for one in found["shipment"]["packages"]}) == 2


def a_store(number: int, of: int = 2, **about: Any) -> dict[str, Any]:
    """What an order for several stores is for one of them."""
    store = {"id": f"ST-{number}", "id_qualifier": "assigned_by_buyer"}
    part = {"number": number, "of": of, "key": store["id"]}
    return an_envelope(an_order(**{"part": part, "ship_tos": [store], **about}), partner="bolt")


def of_schema(errands: list[Errand], schema: str) -> list[Any]:
    return [one.posted["body"] for one in errands if one.posted["schema"] == schema]


def test_the_orders_of_several_stores_wait_for_each_other_and_are_answered_shipped_and_billed_as_one() -> None:
    dock = {"name": "CROSS DOCK", "id": "D1", "id_qualifier": "assigned_by_buyer"}
    desk = a_desk(docks={"bolt": dock})

    assert desk.took("SO-000008", a_store(2)) == []
    errands = desk.took("SO-000009", a_store(1))

    bodies(errands)
    assert len({one.key for one in errands}) == len(errands) == 6
    answers, notices, bills = (of_schema(errands, f"{one}.v1") for one in ("order_response", "shipment", "invoice"))
    assert [one["part"]["number"] for one in answers] == [1, 2]
    assert {one["seller_order"] for one in (*answers, *bills)} == {"SO-000008"}
    assert {(one["shipment_number"], one["lading"][0]["quantity"]) for one in notices} == {("SHP-000008", 2)}
    assert [(one["ship_to"], one["mark_for"]["id"]) for one in notices] == [(dock, "ST-1"), (dock, "ST-2")]
    assert len({package["sscc"] for one in notices for package in one["packages"]}) == 2
    assert {one["invoice_number"] for one in bills} == {"INV-000008"}


PIECES = a_line("002", unit="each", quantity="60")


@pytest.mark.parametrize(
    ("second", "totals"),
    [
        (a_line("002"), [("48", "case"), ("24", "case")]),
        (PIECES, [("84", "UN"), ("24", "UN")]),
        ({**PIECES, "price": None}, [("24", "case"), ("24", "case")]),
    ],
)
def test_stores_that_are_billed_with_one_total_are_counted_in_what_can_be_added_up(
    second: dict[str, Any], totals: list[tuple[str, str]]
) -> None:
    desk = a_desk(one_total=["bolt"])
    desk.took("SO-1", a_store(1, lines=[a_line("001"), second]))

    bills = of_schema(desk.took("SO-2", a_store(2)), "invoice.v1")

    assert [(one["quantity"], one["unit"]) for bill in bills for one in bill["shipped_totals"]] == totals


def test_every_unit_of_an_invoice_has_its_total_and_who_has_room_for_one_gets_one() -> None:
    def totals(desk: Desk) -> Any:
        (bill,) = of_schema(
            desk.took("SO-1", an_envelope(an_order(a_line("001"), PIECES), partner="bolt")), "invoice.v1"
        )
        return bill["shipped_totals"]

    assert totals(a_desk()) == [{"quantity": "24", "unit": "case"}, {"quantity": "60", "unit": "each"}]
    assert totals(a_desk(one_total=["bolt"])) == [{"quantity": "84", "unit": "UN"}]


def test_a_store_of_which_nothing_can_be_sold_is_answered_and_nobody_waits_for_its_share() -> None:
    desk = a_desk()
    desk.took("SO-1", a_store(1, lines=[a_line(price=None)]))

    errands = desk.took("SO-2", a_store(2))

    answers = of_schema(errands, "order_response.v1")
    assert {one["answer"] for one in answers} == {"accepted_with_changes"}
    assert [one["part"]["of"] for one in answers] == [2, 2]
    assert [one["part"]["of"] for one in of_schema(errands, "shipment.v1")] == [1]


def test_what_an_order_does_not_say_our_own_files_know_and_what_it_says_counts() -> None:
    desk = a_desk(completed=completed)

    errands = desk.took("SO-1", an_envelope(an_order(buyer={"name": "BOLT INC"}), partner="bolt"))

    (bill,) = of_schema(errands, "invoice.v1")
    assert (bill["terms"][0]["net_days"], bill["buyer"]) == (30, {"name": "BOLT INC"})
    assert bill["lines"][0]["descriptions"] == [{"form": "free", "text": "ARTICLE HP-001"}]


def test_a_further_shipment_of_an_order_is_billed_under_a_number_of_its_own() -> None:
    desk = a_desk()
    desk.took("SO-1", an_envelope(an_order()))

    numbers = [shipped(desk, {"number": "001", "shipped": "4"})["invoice"]["invoice_number"] for _ in range(2)]

    assert numbers == ["INV-000001", "INV-000001-2"]


def test_a_corrected_invoice_has_its_number_another_key_and_what_was_left_out() -> None:
    place = {"name": "DC 3", "id": "DC03", "id_qualifier": "assigned_by_buyer"}
    desk = a_desk(names_places=False)
    _, _, first = desk.took("SO-1", an_envelope(an_order(ship_tos=[place]), partner="fernhill"))

    again = desk.corrected("INV-000001")

    assert first.posted["body"]["ship_tos"] == [{"name": "DC 3"}]
    assert again.posted["body"] == {**first.posted["body"], "ship_tos": [place]}
    assert again.key != first.key


WANTED = {"lines": [a_line("1", quantity="10", price="2.50")]}


def bought(**billed: str) -> Desk:
    """A purchase of ten, of which eight are on their way, and its invoice."""
    desk = a_desk()
    desk.buy("kestrel", "PO-7", WANTED)
    notice = {
        "shipment_number": "K-1",
        "orders": [{"po_number": "PO-7"}],
        "lines": [{"po_line_number": "1", "quantity": "8"}],
    }
    line = {"number": "1", "quantity": "8", "price": "2.50", **billed}
    invoice = {"invoice_number": "KI-1", "po_number": "PO-7", "shipment_number": "K-1", "lines": [line]}
    desk.took("1", an_envelope({**invoice, "totals": {"amount": "20.00"}}, "invoice.v1", "kestrel"))
    assert desk.paid == {}
    desk.took("2", an_envelope(notice, "shipment.v1", "kestrel"))
    return desk


def test_an_invoice_waits_for_its_ship_notice_and_is_paid_when_all_agrees() -> None:
    desk = bought()

    assert desk.paid == {"KI-1": True}
    assert desk.notes[-1] == "invoice KI-1 agrees with order and shipment to the cent: 20.00 to pay"


@pytest.mark.parametrize(
    ("billed", "why"),
    [
        ({"quantity": "10"}, "bills 10, shipped were 8"),
        ({"price": "2.51"}, "costs 2.51, ordered at 2.50"),
        ({"number": "3"}, "line 3 was not ordered"),
        ({"quantity": "7"}, "it comes to 17.50"),
    ],
)
def test_an_invoice_that_does_not_agree_is_not_paid_and_says_why(billed: dict[str, str], why: str) -> None:
    desk = bought(**billed)

    assert desk.paid == {"KI-1": False}
    assert why in desk.notes[-1]
