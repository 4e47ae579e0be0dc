"""Keys of what goes out: where each location looks among what was written, and what it passes by."""

from typing import Any

import pytest

from gateway.mapping.written import Written
from tests.unit.mapping.orders import a_library, a_mapping

BUYER = "buyer: {in: N1(BY), name: N102, id_qualifier: N103, id: N104}\n"
PLACES = "ship_from: {in: N1(SF), name: N102, address1: N3(#1).01, address3: N3(#2).01}\n"
ORDER: dict[str, Any] = {"purpose": "00", "type": "SA", "po_number": "4500", "order_date": "2026-01-02"}


def write(rest: str, fields: str = "", of_line: str = "", **said: Any) -> Written:
    document = {**ORDER, "lines": [{"quantity": "2"}], **said}
    written = (
        a_library(a_mapping(fields, lines=of_line, rest=rest)).compile("x12/850@1").write(document, version="004010")
    )
    assert written.problems == ()
    return written


def key(location: str, fields: str = "", of_line: str = "", **said: Any) -> str | None:
    """What is found at a location, None for nothing."""
    return write(f"search: {{key: '{location}'}}\n", fields, of_line, **said).search.get("key")


def test_a_key_of_a_nested_loop_is_that_of_the_loop_that_is_meant() -> None:
    said = {"buyer": {"name": "ACME", "id_qualifier": "92", "id": "77"}, "ship_from": {"name": "YARD"}}

    assert key("N1(SF)/N102", BUYER + PLACES, **said) == "YARD"
    assert key("N1(BY)/N102", BUYER + PLACES, **said) == "ACME"
    assert key("N1(ST)/N102", BUYER + PLACES, **said) is None
    assert key("N1(#2)/N102", BUYER + PLACES, **said) == "YARD"
    assert key("N1(#3)/N102", BUYER + PLACES, **said) is None


def test_a_key_of_the_second_segment_is_not_that_of_the_first() -> None:
    said = {"ship_from": {"name": "YARD", "address1": "1 PLAZA", "address3": "GATE 7"}}

    assert key("N1(SF)/N3(#2).01", PLACES, **said) == "GATE 7"
    assert key("N1(SF)/N3(#1).01", PLACES, **said) == "1 PLAZA"
    assert key("N1(SF)/N301", PLACES, **said) == "1 PLAZA"


def test_a_key_under_a_condition_is_that_of_the_segment_that_meets_it() -> None:
    fields = "department: REF(DP).02\nvendor_number: REF(IA).02"

    assert key("REF(IA).02", fields, department="031", vendor_number="77") == "77"
    assert key("REF(DP).02", fields, vendor_number="77") is None


def test_a_key_of_a_pair_is_the_value_beside_its_qualifier() -> None:
    of_line = "number: PO101\nbuyer_sku: PO1<IN>\nupc: PO1<UP>"
    said = {"lines": [{"number": "1", "quantity": "2", "buyer_sku": "UP", "upc": "012345678905"}]}

    assert key("PO1/PO1<UP>", of_line=of_line, **said) == "012345678905"
    assert key("PO1/PO1<IN>", of_line=of_line, **said) == "UP"
    assert key("PO1/PO1<VN>", of_line=of_line, **said) is None


def test_a_key_of_a_component_is_that_component() -> None:
    fields = 'measurements: {each: MEA, reference: MEA01, value: "MEA04:2", unit: "MEA04:1"}'
    said = {"measurements": [{"reference": "PD", "value": "3", "unit": "LB"}]}

    assert key("MEA04:2", fields, **said) == "3"
    assert key("MEA04:1", fields, **said) == "LB"
    assert key("MEA04:3", fields, **said) is None


def test_what_only_the_envelope_says_is_no_key_of_what_goes_out() -> None:
    assert key("GS02") is None


def test_the_business_number_is_the_first_key_that_is_written_and_empty_where_none_is() -> None:
    department = {"fields": "department: REF(DP).02", "department": "031"}

    assert write("search: {po: BEG03, dept: REF(DP).02}\n", **department).business_number == "4500"
    assert write("search: {dept: REF(DP).02, po: BEG03}\n", **department).business_number == "031"
    assert write("search: {dept: REF(DP).02}\n").business_number == ""
    assert write("").business_number == ""


def test_a_field_that_is_a_key_itself_is_found_too_and_goes_behind_those_of_the_set() -> None:
    fields = "department: {at: REF(DP).02, search: dept}\nvendor_number: {at: REF(IA).02, search: po}"

    written = write("search: {po: BEG03}\n", fields, department="031", vendor_number="77")

    assert written.search == {"po": "4500", "dept": "031"}


def test_what_several_places_hold_is_found_by_each_and_keys_of_search_come_first() -> None:
    parties = {"other_parties": [{"role": "BY", "name": "ACME"}, {"role": "SF", "name": "YARD"}]}
    fields = "other_parties: {each: N1, role: N101, name: N102}"

    written = write("thread: {order: N1/N102}\nsearch: {party: N1/N101}\n", fields, **parties)

    assert (written.search, written.thread) == ({"party": "BY"}, {"order": "ACME"})
    assert written.also == (("party", "SF"), ("order", "YARD"))


@pytest.mark.parametrize(
    ("fields", "said", "count"),
    [
        ("", {}, "1"),
        ("totals: {in: CTT, line_count: CTT01}", {}, None),
        ("totals: {in: CTT, line_count: CTT01}", {"totals": {"line_count": 1}}, "1"),
        ("totals: {in: CTT, hash: CTT02}", {"totals": {"hash": "2"}}, "1"),
    ],
)
def test_lines_are_counted_unless_a_field_says_their_number(
    fields: str, said: dict[str, Any], count: str | None
) -> None:
    counts = [segment[1] for segment in write("", fields, **said).segments if segment[0] == "CTT"]

    assert counts == ([] if count is None else [count])
