"""Flat lists written as HL levels, in whatever order a partner wants them."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.canonical.schemas import SCHEMAS
from gateway.mapping.prove import proven
from gateway.mapping.to_canonical import dumps
from gateway.mapping.written import Written
from gateway.x12.interchange import SetResult
from gateway.x12.read import examine
from tests.unit.mapping.flat_shipments import by_key, carried, shipments
from tests.unit.mapping.shipments import FIXTURES, SHAPES, an_sscc, back, shaped, texts, told

A, B, C = an_sscc(1), an_sscc(2), an_sscc(3)
PALLET = an_sscc(9)


def a_shipment(*lines: dict[str, Any], **lists: list[dict[str, Any]]) -> dict[str, Any]:
    head = {"purpose": "original", "shipment_number": "SHP-1", "created": "2026-01-12", "created_time": "14:05"}
    return head | lists | {"lines": list(lines)}


def a_line(quantity: int, **links: Any) -> dict[str, Any]:
    return {"quantity": str(quantity), "unit": "each", "vendor_sku": "HP-1"} | links


def an_order(number: str) -> dict[str, Any]:
    return {"id": number, "po_number": number}


def a_package(sscc: str, **links: str) -> dict[str, Any]:
    return {"id": sscc, "sscc": sscc} | links


TWO_ORDERS = a_shipment(
    a_line(10, order="4500", package=A),
    a_line(4, order="4500", package=B),
    a_line(6, order="4600", package=B),
    orders=[an_order("4500"), an_order("4600")],
    packages=[a_package(A, pallet=PALLET), a_package(B, pallet=PALLET)],
    pallets=[{"id": PALLET, "sscc": PALLET}],
)
"""Two orders on one pallet, the second carton holding goods of both."""


def write(document: dict[str, Any], shape: str) -> Written:
    return shaped(shape).write(document, version="004010")


def tree(written: Written) -> list[str]:
    """HL01 to HL04 of every level, with what tells it apart."""
    return [text.removeprefix("HL*") for text in texts(back(written), "HL")]


# ------------------------------------------------------------------------------------------------- orders of levels


def test_cartons_stand_under_their_orders() -> None:
    written = write(TWO_ORDERS, "SOPI")

    assert texts(back(written), "BSN", "HL", "PRF", "MAN", "SN1") == [
        "BSN*00*SHP-1*20260112*1405*0001",
        "HL*1**S*1",
        "HL*2*1*O*1", "PRF*4500",
        "HL*3*2*P*1", f"MAN*GM*{A}",
        "HL*4*3*I*0", "SN1**10*EA",
        "HL*5*2*P*1", f"MAN*GM*{B}",
        "HL*6*5*I*0", "SN1**4*EA",
        "HL*7*1*O*1", "PRF*4600",
        "HL*8*7*P*1", f"MAN*GM*{B}",
        "HL*9*8*I*0", "SN1**6*EA",
    ]  # fmt: skip


def test_orders_stand_under_their_cartons() -> None:
    written = write(TWO_ORDERS, "SPOI")

    assert texts(back(written), "BSN")[0].endswith("*0003")
    assert tree(written) == [
        "1**S*1", "2*1*P*1", "3*2*O*1", "4*3*I*0", "5*1*P*1", "6*5*O*1", "7*6*I*0", "8*5*O*1", "9*8*I*0",
    ]  # fmt: skip


def test_a_pallet_stands_between_order_and_carton() -> None:
    written = write(TWO_ORDERS, "SOTPI")

    assert texts(back(written), "BSN")[0].endswith("*0001")
    assert [text.split("*")[2] for text in tree(written)] == ["S", "O", "T", "P", "I", "P", "I", "O", "T", "P", "I"]


def test_cartons_stand_under_their_lines() -> None:
    written = write(TWO_ORDERS, "SOIP")

    assert texts(back(written), "BSN")[0].endswith("*0002")
    assert [text.split("*")[2] for text in tree(written)] == ["S", "O", "I", "P", "I", "P", "O", "I", "P"]


def test_a_line_in_several_cartons_stands_above_all_of_them() -> None:
    document = a_shipment(
        a_line(40, order="4500", packages=[A, B]), orders=[an_order("4500")], packages=[a_package(A), a_package(B)]
    )

    assert [text.split("*")[2] for text in tree(write(document, "SOIP"))] == ["S", "O", "I", "P", "P"]


@pytest.mark.parametrize("shape", SHAPES)
def test_lists_that_no_notice_has_leave_just_lines(shape: str) -> None:
    written = write(a_shipment(a_line(1)), shape)

    assert written.problems == ()
    assert tree(written) == ["1**S*1", "2*1*I*0"]


def test_a_shipment_without_lines_is_still_a_shipment() -> None:
    assert tree(write(a_shipment(), "SOPI")) == ["1**S*0"]


def test_ctt_counts_the_levels() -> None:
    assert texts(back(write(TWO_ORDERS, "SOPI")), "CTT") == ["CTT*9"]


# ------------------------------------------------------------------------------------------------- links


def test_a_line_without_a_package_stands_one_level_higher() -> None:
    document = a_shipment(
        a_line(1, order="4500"), a_line(2, order="4500", package=A), orders=[an_order("4500")], packages=[a_package(A)]
    )

    assert tree(write(document, "SOPI")) == ["1**S*1", "2*1*O*1", "3*2*I*0", "4*2*P*1", "5*4*I*0"]


def test_a_line_need_not_repeat_what_its_package_says() -> None:
    document = a_shipment(
        a_line(1, package=A), orders=[an_order("4500")], packages=[a_package(A, order="4500", pallet=PALLET)],
        pallets=[{"id": PALLET, "sscc": PALLET}],
    )  # fmt: skip

    assert [text.split("*")[2] for text in tree(write(document, "SOTPI"))] == ["S", "O", "T", "P", "I"]


def test_lines_of_one_carton_stand_together_wherever_they_are_in_the_list() -> None:
    document = a_shipment(
        a_line(1, package=A), a_line(2, package=B), a_line(3, package=A), packages=[a_package(A), a_package(B)]
    )

    assert texts(back(write(document, "SOPI")), "MAN", "SN1") == [
        f"MAN*GM*{A}", "SN1**1*EA", "SN1**3*EA", f"MAN*GM*{B}", "SN1**2*EA",
    ]  # fmt: skip


def test_an_empty_carton_follows_under_what_it_is_linked_to() -> None:
    document = a_shipment(
        a_line(1, order="4500", package=A),
        orders=[an_order("4500"), an_order("4600")],
        packages=[a_package(C), a_package(B, order="4500"), a_package(A)],
    )

    written = write(document, "SOPI")

    assert written.problems == ()
    assert texts(back(written), "HL", "MAN", "PRF") == [
        "HL*1**S*1",
        "HL*2*1*O*1", "PRF*4500",
        "HL*3*2*P*1", f"MAN*GM*{A}",
        "HL*4*3*I*0",
        "HL*5*2*P*0", f"MAN*GM*{B}",
        "HL*6*1*P*0", f"MAN*GM*{C}",
        "HL*7*1*O*0", "PRF*4600",
    ]  # fmt: skip


def test_a_package_stands_in_the_package_that_holds_it() -> None:
    document = a_shipment(
        a_line(1, package=C), orders=[an_order("4500")],
        packages=[a_package(A, order="4500"), a_package(B, package=A), a_package(C, package=A)],
    )  # fmt: skip

    written = write(document, "SOPI")

    assert tree(written) == ["1**S*1", "2*1*O*1", "3*2*P*1", "4*3*P*1", "5*4*I*0", "6*3*P*0"]
    assert texts(back(written), "MAN") == [f"MAN*GM*{A}", f"MAN*GM*{C}", f"MAN*GM*{B}"]


def test_packages_that_hold_each_other_refuse_the_shipment() -> None:
    document = a_shipment(a_line(1, package=A), packages=[a_package(A, package=B), a_package(B, package=A)])

    assert told(write(document, "SOPI").problems) == [("broken-link", "packages[0].package", "refuse")]


def test_a_long_chain_of_packages_is_refused_and_not_followed() -> None:
    packages = [a_package(str(number), package=str(number + 1)) for number in range(3_000)]
    document = a_shipment(a_line(1, package="0"), packages=[*packages, a_package("3000")])

    written = write(document, "SOPI")

    assert ("broken-link", "packages[0].package", "refuse") in told(written.problems)


def test_keys_that_stand_nowhere_in_the_notice_are_never_written() -> None:
    document = a_shipment(a_line(1, order="o-1", package="c-1"), orders=[an_order("4500") | {"id": "o-1"}])
    document["packages"] = [{"id": "c-1", "weight": "4", "weight_unit": "pound"}]

    written = write(document, "SOPI")

    assert written.problems == ()
    assert not [text for text in texts(back(written)) if "o-1" in text or "c-1" in text]


# ------------------------------------------------------------------------------------------------- what is told


def test_what_an_order_of_levels_has_no_place_for_is_told_by_list() -> None:
    written = write(TWO_ORDERS, "SOI")

    assert told(written.problems) == [("not-carried", "pallets", "warn"), ("not-carried", "packages", "warn")]
    assert "S-O-I cannot carry it: it has no level P (2 in the document)" in written.problems[1].message
    assert [text.split("*")[2] for text in tree(written)] == ["S", "O", "I", "I", "O", "I"]


def test_a_carton_across_two_orders_is_told_where_it_stands_under_both() -> None:
    found = told(write(TWO_ORDERS, "SOTPI").problems)

    assert found == [("package-spans-orders", "pallets[0]", "warn"), ("package-spans-orders", "packages[1]", "warn")]


@pytest.mark.parametrize("shape", ["SPOI", "SOIP"])
def test_a_carton_above_its_orders_or_below_its_lines_spans_them_without_a_word(shape: str) -> None:
    assert told(write(TWO_ORDERS, shape).problems) == [("not-carried", "pallets", "warn")]


def test_a_line_that_names_a_carton_twice_over_stands_above_it_once() -> None:
    document = a_shipment(a_line(1, package=A, packages=[A, B]), packages=[a_package(A), a_package(B)])

    assert texts(back(write(document, "SOIP")), "MAN") == [f"MAN*GM*{A}", f"MAN*GM*{B}"]


def test_a_line_in_several_cartons_is_told_where_it_can_stand_in_one_only() -> None:
    document = a_shipment(a_line(40, packages=[A, B]), packages=[a_package(A), a_package(B)])

    assert told(write(document, "SOPI").problems) == [("not-carried", "lines[0].packages", "warn")]


def test_an_empty_carton_is_told_where_cartons_stand_below_lines() -> None:
    document = a_shipment(a_line(1, order="4500"), orders=[an_order("4500")], packages=[a_package(A), a_package(B)])

    (problem,) = write(document, "SOIP").problems

    assert (problem.code, problem.field) == ("not-carried", "packages[0]")
    assert "'packages[0]' and 1 more" in problem.message


def test_a_packages_order_that_its_lines_contradict_is_told() -> None:
    document = a_shipment(
        a_line(1, order="4500", package=A),
        orders=[an_order("4500"), an_order("4600")],
        packages=[a_package(A, order="4600")],
    )

    assert told(write(document, "SOPI").problems) == [("not-carried", "packages[0].order", "warn")]


def test_a_link_to_nothing_refuses_the_shipment_once() -> None:
    document = a_shipment(a_line(1, order="4501"), orders=[an_order("4500")])

    assert told(write(document, "SOPI").problems) == [("broken-link", "lines[0].order", "refuse")]


def test_a_key_that_stands_twice_refuses_the_shipment() -> None:
    document = a_shipment(a_line(1, package=A), packages=[a_package(A), a_package(A)])

    assert ("broken-link", "packages[1].id", "refuse") in told(write(document, "SOPI").problems)


@pytest.mark.parametrize("field", ["orders", "packages", "lines"])
@pytest.mark.parametrize("value", [None, 1, "text", {}, [None], ["text"], [{"id": 1}], [{"order": []}]])
def test_nothing_in_a_document_makes_writing_raise(field: str, value: object) -> None:
    document = TWO_ORDERS | {field: value}

    for shape in SHAPES:
        write(document, shape)


def test_the_structure_is_written_as_told_where_the_mapping_has_a_field_for_it() -> None:
    compiled = shaped("SOPI", "  structure: BSN05\n")

    written = compiled.write(TWO_ORDERS | {"structure": "0010"}, version="004010")

    assert texts(back(written), "BSN") == ["BSN*00*SHP-1*20260112*1405*0010"]


# ------------------------------------------------------------------------------------------------- both ways


@pytest.mark.parametrize(
    ("shape", "file"),
    [
        ("SOPI", "retail-4010"),
        ("SOTPI", "pallets-5010"),
        ("SOI", "no-packages-4010"),
        ("SPOI", "pack-first-4010"),
        ("SOIP", "item-first-5010"),
    ],
)
def test_a_partners_notice_is_written_back_segment_by_segment(shape: str, file: str) -> None:
    source = (FIXTURES / f"{file}.edi").read_bytes()
    (content,) = (event.content for event in examine(source) if isinstance(event, SetResult))
    assert content is not None
    compiled = shaped(shape)

    written = compiled.write(compiled.read(content).document, version=content.release)

    found = proven("856", content.release, written.segments)
    assert found.findings == ()
    assert found.content is not None
    assert texts(found.content) == texts(content)


@pytest.mark.parametrize("shape", SHAPES)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_what_was_written_reads_back_as_far_as_the_levels_carry_it(shape: str, data: st.DataObject) -> None:
    document = data.draw(shipments(shape=shape))
    compiled = shaped(shape)

    content = back(compiled.write(document, version="004010"))
    reading = compiled.read(content)

    assert reading.problems == ()
    assert by_key(reading.document) == carried(document, shape)
    SCHEMAS["shipment.v1"].model_validate(reading.document)
    assert texts(back(compiled.write(reading.document, version="004010"))) == texts(content)


@settings(max_examples=60, deadline=None)
@given(document=shipments(shape="SOTPI"), one=st.sampled_from(SHAPES), other=st.sampled_from(SHAPES))
def test_a_document_goes_from_one_order_of_levels_to_another(document: dict[str, Any], one: str, other: str) -> None:
    read = json.loads(dumps(shaped(one).read(back(write(document, one))).document))
    there = shaped(other).read(back(write(read, other))).document

    assert by_key(there) == carried({name: [] for name in document} | read, other)
