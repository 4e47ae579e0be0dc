"""HL levels read into flat lists: what stood above or below becomes links."""

import pytest

from gateway.mapping.library import Library
from gateway.mapping.reading import Reading
from tests.unit.mapping.shipments import SMALL, a_notice, an_sscc, entries, shaped, told

A, B, C = an_sscc(1), an_sscc(2), an_sscc(3)


def read(*segments: str) -> Reading:
    return shaped("SOTPI").read(a_notice(*segments))


def item(number: int, parent: int, quantity: int = 1) -> tuple[str, ...]:
    return f"HL*{number}*{parent}*I", "LIN**VN*HP-1", f"SN1**{quantity}*EA"


PACK_UNDER_ORDER = (
    "HL*1**S", "HL*2*1*O", "PRF*4500",
    "HL*3*2*P", f"MAN*GM*{A}", *item(4, 3, 10),
    "HL*5*2*P", f"MAN*GM*{B}", *item(6, 5, 20),
)  # fmt: skip
ORDER_UNDER_PACK = (
    "HL*1**S", "HL*2*1*P", f"MAN*GM*{A}", "HL*3*2*O", "PRF*4500", *item(4, 3, 10),
    "HL*5*1*P", f"MAN*GM*{B}", "HL*6*5*O", "PRF*4500", *item(7, 6, 20),
)  # fmt: skip
PACK_UNDER_ITEM = (
    "HL*1**S", "HL*2*1*O", "PRF*4500",
    *item(3, 2, 10), "HL*4*3*P", f"MAN*GM*{A}",
    *item(5, 2, 20), "HL*6*5*P", f"MAN*GM*{B}",
)  # fmt: skip


@pytest.mark.parametrize("notice", [PACK_UNDER_ORDER, ORDER_UNDER_PACK, PACK_UNDER_ITEM], ids=["SOPI", "SPOI", "SOIP"])
def test_the_document_is_the_same_whatever_the_order_of_levels(notice: tuple[str, ...]) -> None:
    reading = read(*notice)

    assert reading.problems == ()
    assert entries(reading, "orders") == [{"po_number": "4500", "id": "4500"}]
    assert entries(reading, "packages") == [
        {"sscc": A, "id": A, "order": "4500"},
        {"sscc": B, "id": B, "order": "4500"},
    ]
    assert [(line["package"], str(line["quantity"]), line["order"]) for line in entries(reading, "lines")] == [
        (A, "10", "4500"),
        (B, "20", "4500"),
    ]


def test_a_pallet_is_linked_to_from_cartons_and_lines() -> None:
    reading = read(
        "HL*1**S", "HL*2*1*O", "PRF*4500", "HL*3*2*T", f"MAN*GM*{A}", "HL*4*3*P", f"MAN*GM*{B}", *item(5, 4)
    )  # fmt: skip

    assert entries(reading, "pallets") == [{"sscc": A, "id": A, "order": "4500"}]
    assert entries(reading, "packages")[0]["pallet"] == A
    assert entries(reading, "lines")[0]["pallet"] == A


def test_a_carton_of_two_orders_is_one_entry_and_its_lines_say_the_orders() -> None:
    reading = read(
        "HL*1**S",
        "HL*2*1*O", "PRF*4500", "HL*3*2*P", f"MAN*GM*{A}", *item(4, 3),
        "HL*5*1*O", "PRF*4600", "HL*6*5*P", f"MAN*GM*{A}", *item(7, 6),
    )  # fmt: skip

    assert reading.problems == ()
    assert entries(reading, "packages") == [{"sscc": A, "id": A}]
    assert [line["order"] for line in entries(reading, "lines")] == ["4500", "4600"]


def test_a_level_that_says_more_the_second_time_is_one_entry_with_all_of_it() -> None:
    reading = read(
        "HL*1**S",
        "HL*2*1*O", "PRF*4500", "HL*3*2*P", f"MAN*GM*{A}", *item(4, 3),
        "HL*5*1*O", "PRF*4600", "HL*6*5*P", "PO4******6*LB", f"MAN*GM*{A}", *item(7, 6),
    )  # fmt: skip

    assert reading.problems == ()
    assert [(package["id"], str(package["weight"])) for package in entries(reading, "packages")] == [(A, "6")]


def test_one_order_number_with_two_stores_is_two_orders_and_a_warning() -> None:
    reading = read(
        "HL*1**S",
        "HL*2*1*O", "PRF*4500", "N1*BY*STORE*92*0112", "HL*3*2*P", f"MAN*GM*{A}", *item(4, 3),
        "HL*5*1*O", "PRF*4500", "N1*BY*STORE*92*0240", "HL*6*5*P", f"MAN*GM*{B}", *item(7, 6),
        "HL*8*1*O", "PRF*4500", "N1*BY*STORE*92*0240", "HL*9*8*P", f"MAN*GM*{C}", *item(10, 9),
    )  # fmt: skip

    assert told(reading.problems) == [("levels-differ", "orders[1].id", "warn")]
    assert [(order["id"], order["po_number"]) for order in entries(reading, "orders")] == [
        ("4500", "4500"),
        ("4500#2", "4500"),
    ]
    assert [line["order"] for line in entries(reading, "lines")] == ["4500", "4500#2", "4500#2"]


def test_cartons_without_a_mark_are_numbered_and_stay_apart() -> None:
    reading = read("HL*1**S", "HL*2*1*O", "PRF*4500", "HL*3*2*P", *item(4, 3), "HL*5*2*P", *item(6, 5))

    assert [package["id"] for package in entries(reading, "packages")] == ["#1", "#2"]
    assert [line["package"] for line in entries(reading, "lines")] == ["#1", "#2"]


def test_an_empty_carton_without_a_mark_has_a_key_all_the_same() -> None:
    reading = read("HL*1**S", "HL*2*1*O", "PRF*4500", "HL*3*2*P", "PO4******6*LB")

    assert reading.problems == ()
    assert [package["id"] for package in entries(reading, "packages")] == ["#1"]


def test_a_made_key_is_none_that_a_partner_sent() -> None:
    reading = read("HL*1**S", "HL*2*1*O", "PRF*4500", "HL*3*2*P", "MAN*CP*#2", *item(4, 3), "HL*5*2*P", *item(6, 5))

    assert [package["id"] for package in entries(reading, "packages")] == ["#2", "#3"]


def test_a_line_above_several_cartons_names_them_all() -> None:
    reading = read(
        "HL*1**S", "HL*2*1*O", "PRF*4500", *item(3, 2, 40),
        "HL*4*3*P", f"MAN*GM*{A}", "HL*5*3*P", f"MAN*GM*{B}",
    )  # fmt: skip

    (line,) = entries(reading, "lines")
    assert line["packages"] == [A, B]
    assert "package" not in line


def test_without_a_list_for_them_several_cartons_of_a_line_park_the_notice() -> None:
    notice = a_notice(
        "HL*1**S", "HL*2*1*O", "PRF*4500", *item(3, 2), "HL*4*3*P", f"MAN*GM*{A}", "HL*5*3*P", f"MAN*GM*{B}"
    )  # fmt: skip

    reading = Library({"x12/856/v1.map.yaml": SMALL}).compile("x12/856@1").read(notice)

    assert told(reading.problems) == [("ambiguous", "lines[0].package", "park")]


def test_packages_within_packages_name_the_one_they_are_in() -> None:
    reading = read(
        "HL*1**S", "HL*2*1*O", "PRF*4500", "HL*3*2*P", f"MAN*GM*{A}", "HL*4*3*P", f"MAN*GM*{B}", *item(5, 4)
    )  # fmt: skip

    assert [package.get("package") for package in entries(reading, "packages")] == [None, A]
    assert entries(reading, "lines")[0]["package"] == B


def test_a_level_the_mapping_has_nothing_for_parks_the_notice_once() -> None:
    reading = read(
        "HL*1**S", "HL*2*1*O", "PRF*4500", *item(3, 2), "HL*4*3*F", "LIN**VN*HP-9", "HL*5*3*F", "LIN**VN*HP-8"
    )  # fmt: skip

    assert told(reading.problems) == [("unmapped-level", "", "park")]
    assert reading.problems[0].value == "F"


def test_what_stands_below_an_unmapped_level_is_linked_past_it() -> None:
    reading = read("HL*1**S", "HL*2*1*O", "PRF*4500", "HL*3*2*Q", *item(4, 3))

    assert entries(reading, "lines")[0]["order"] == "4500"


def test_two_shipments_in_one_set_park_it() -> None:
    reading = read("HL*1**S", "HL*2*1*O", "PRF*4500", *item(3, 2), "HL*4**S")

    assert [problem for problem in told(reading.problems) if problem[1] == ""] == [("ambiguous", "", "park")]


def test_a_problem_inside_a_level_names_the_entry_of_its_list() -> None:
    reading = read(
        "HL*1**S", "HL*2*1*O", "PRF*4500", "HL*3*2*P", f"MAN*GM*{A}", *item(4, 3),
        "HL*5*2*P", "MAN*GM*00004123450000000019", "HL*6*5*I", "LIN**VN*HP-1", "SN1**X*EA",
    )  # fmt: skip

    assert told(reading.problems)[:2] == [
        ("check-digit", "packages[1].sscc", "warn"),
        ("not-a-number", "lines[1].quantity", "refuse"),
    ]


def test_a_notice_without_orders_or_packages_is_just_lines() -> None:
    reading = read("HL*1**S", *item(2, 1))

    assert reading.problems == ()
    assert set(reading.document) == {"purpose", "shipment_number", "created", "created_time", "lines"}


def test_a_parent_that_is_nowhere_leaves_an_entry_without_links() -> None:
    reading = read("HL*1**S", "HL*2*1*O", "PRF*4500", "HL*3*99*I", "LIN**VN*HP-1", "SN1**1*EA")

    assert "order" not in entries(reading, "lines")[0]


def test_packages_nested_without_end_are_read_in_time() -> None:
    levels = [f"HL*{number}*{number - 1}*P" for number in range(2, 4_000)]
    leaves = [f"HL*{number}*3999*I" for number in range(4_000, 8_000)]

    reading = read("HL*1**S", *levels, *leaves)

    assert len(entries(reading, "packages")) == 3_998
    assert entries(reading, "lines")[-1]["package"] == "#3998"
