"""Canonical to X12: each test writes one small document through one small mapping."""

from decimal import Decimal

import pytest

from gateway.mapping.reading import Problem
from gateway.mapping.written import Written
from tests.unit.mapping.orders import a_library, a_mapping, an_order

pytestmark = pytest.mark.usefixtures("either_way")
Document = dict[str, object]
ORDER: Document = {"purpose": "00", "type": "SA", "po_number": "4500", "order_date": "2026-01-02"}
LINE: Document = {"quantity": Decimal(2)}


def write(mapping: str, said: Document | None = None, *, line: Document | None = None, **of: object) -> Written:
    document = {**ORDER, **(said or {}), "lines": [{**LINE, **(line or {})}]}
    version, carried = str(of.get("version", "004010")), of.get("carried")
    assert carried is None or isinstance(carried, dict)
    return a_library(mapping).compile("x12/850@1").write(document, version=version, carried=carried)


def texts(written: Written) -> list[str]:
    """Segments as text, parts of composites joined with a colon; BEG, the PO1 of nothing but a quantity and the count
    of lines are left out.
    """
    shown = ["*".join(":".join(part) if isinstance(part, tuple) else str(part) for part in s) for s in written.segments]
    return [text for text in shown if not text.startswith("BEG*") and text not in {"PO1**2", "CTT*1"}]


def only(written: Written) -> Problem:
    assert len(written.problems) == 1, written.problems
    return written.problems[0]


# --------------------------------------------------------------------------------------------- fields and segments


def test_a_plain_document_becomes_segments_in_the_guides_order() -> None:
    written = write(a_mapping())

    assert written.problems == ()
    assert written.segments == (
        ("BEG", "00", "SA", "4500", "", "20260102"),
        ("PO1", "", "2"),
        ("CTT", "1"),
    )


def test_the_order_of_map_and_document_does_not_matter() -> None:
    mapping = a_mapping(
        "totals: {in: CTT, line_count: CTT01}\nship_from: {in: N1(SF), name: N102}\ndepartment: REF(DP).02"
    )
    backwards = {"totals": {"line_count": 1}, "ship_from": {"name": "YARD"}, "department": "031"}

    assert texts(write(mapping, backwards)) == ["REF*DP*031", "N1*SF*YARD"]


def test_conditions_are_written_and_of_two_values_the_first() -> None:
    assert texts(write(a_mapping("department: REF(DP|19).02"), {"department": "031"})) == ["REF*DP*031"]


def test_fields_with_equal_conditions_share_a_segment_and_others_have_their_own() -> None:
    mapping = a_mapping("requested_pickup: DTM(118).02\nrequested_pickup_time: DTM(118).03\ncancel_after: DTM(001).02")
    said = {"requested_pickup": "2026-01-12", "requested_pickup_time": "13:30", "cancel_after": "2026-01-31"}

    assert texts(write(mapping, said)) == ["DTM*118*20260112*1330", "DTM*001*20260131"]


def test_pairs_take_the_next_free_places_in_the_order_of_the_map() -> None:
    mapping = a_mapping(lines="buyer_sku: PO1<IN>\nupc: PO1<UP>\nvendor_sku: PO1<VN>")

    assert texts(write(mapping, line={"vendor_sku": "V-1", "buyer_sku": "B-1"})) == ["PO1**2****IN*B-1*VN*V-1"]


def test_a_slot_is_kept_for_its_pair() -> None:
    mapping = a_mapping(lines="buyer_sku: PO1<IN>\nupc: {at: PO1<UP>, slot: 8}\nvendor_sku: {at: PO1<VN>, slot: 6}")

    written = write(mapping, line={"buyer_sku": "B-1", "upc": "012345678905", "vendor_sku": "V-1"})

    assert texts(written) == ["PO1**2****VN*V-1*UP*012345678905*IN*B-1"]


def test_the_first_alternative_the_guide_has_is_written() -> None:
    notes = 'notes: {each: N9, kind: N901, reference: N902, text: {at: [MTX02, MSG01], join: "\\n"}}'
    mapping = a_mapping(notes, versions='"004010", "005010"')
    said = {"notes": [{"kind": "ZZ", "reference": "1", "text": "DOCK 4\nRING"}]}

    assert texts(write(mapping, said)) == ["N9*ZZ*1", "MSG*DOCK 4", "MSG*RING"]


def test_a_path_makes_the_loop_it_goes_through() -> None:
    mapping = a_mapping(lines="upc: PID(F)/PID05\ngtin: PID(F)/PID04")

    assert texts(write(mapping, line={"upc": "POT", "gtin": "77"})) == ["PO1**2", "PID*F***77*POT"][1:]


def test_the_second_of_a_segment_stands_behind_the_first() -> None:
    mapping = a_mapping("buyer: {in: N1(BY), address3: N3(#2).01, address1: N3(#1).01, name: N102}")

    written = write(mapping, {"buyer": {"name": "ACME", "address3": "GATE 7", "address1": "1 PLAZA"}})

    assert texts(written) == ["N1*BY*ACME", "N3*1 PLAZA", "N3*GATE 7"]
    assert written.problems == ()


def test_a_second_without_a_first_moves_up_and_it_is_said() -> None:
    mapping = a_mapping("buyer: {in: N1(BY), address1: N3(#1).01, address3: N3(#2).01}")

    written = write(mapping, {"buyer": {"address3": "GATE 7"}})

    assert texts(written) == ["N1*BY", "N3*GATE 7"]
    assert (only(written).code, only(written).effect, only(written).field) == ("moved", "warn", "buyer.address3")
    assert (only(written).position, only(written).message[-8:]) == (0, "number 1")


def test_components_of_a_composite_are_put_together() -> None:
    mapping = a_mapping('measurements: {each: MEA, dimension: MEA02, value: MEA03, unit: "MEA04:1", reference: MEA01}')
    said = {"measurements": [{"reference": "PD", "dimension": "WT", "value": "12.5", "unit": "LB"}]}

    assert texts(write(mapping, said)) == ["MEA*PD*WT*12.5*LB"]


def test_a_later_component_leaves_the_earlier_ones_empty() -> None:
    mapping = a_mapping('measurements: {each: MEA, reference: MEA01, value: "MEA04:2", unit: "MEA04:1"}')

    assert texts(write(mapping, {"measurements": [{"value": "3"}, {"value": "3", "unit": "LB"}]})) == [
        "MEA****:3",
        "MEA****LB:3",
    ]


# ------------------------------------------------------------------------------------------------ objects and lists


def test_one_segment_or_loop_for_each_entry() -> None:
    mapping = a_mapping("references: {each: REF, kind: REF01, value: REF02}\ndepartment: REF(DP).02")
    said = {"references": [{"kind": "IA", "value": "7"}, {"kind": "PD", "value": "8"}], "department": "031"}

    assert texts(write(mapping, said)) == ["REF*DP*031", "REF*IA*7", "REF*PD*8"]


def test_loops_keep_their_own_segments_together() -> None:
    mapping = a_mapping(
        "ship_tos: {each: N1(ST), name: N102, city: N401, contacts: {each: PER, function: PER01, name: PER02}}"
    )
    parties = [
        {"city": "WACO", "name": "ONE", "contacts": [{"name": "A"}, {"name": "B", "function": "RE"}]},
        {"name": "TWO"},
    ]

    written = write(mapping, {"ship_tos": parties})

    assert texts(written) == ["N1*ST*ONE", "N4*WACO", "PER**A", "PER*RE*B", "N1*ST*TWO"]


def test_a_group_writes_into_the_loop_around_it() -> None:
    mapping = a_mapping("buyer: {name: N1(BY)/N102, id: N1(BY)/N104}\ntotals: {line_count: CTT/CTT01}")

    written = write(mapping, {"buyer": {"name": "ACME", "id": "77"}, "totals": {"line_count": 1}})

    assert texts(written) == ["N1*BY*ACME**77"]


def test_two_objects_in_one_place_share_it() -> None:
    mapping = a_mapping("buyer: {in: N1(BY), name: N102}\nsold_to: {in: N1(BY), id: N104}")

    assert texts(write(mapping, {"sold_to": {"id": "99"}, "buyer": {"name": "ACME"}})) == ["N1*BY*ACME**99"]


def test_an_object_and_a_field_in_one_segment_share_it() -> None:
    mapping = a_mapping("currency: CUR02\nbuyer: {in: CUR, id_qualifier: CUR01}\nsold_to: {in: CUR, name: CUR03}")
    said = {"buyer": {"id_qualifier": "BY"}, "sold_to": {"name": "1.0000"}}

    assert texts(write(mapping, {"currency": "USD", **said})) == ["CUR*BY*USD*1.0000"]
    assert texts(write(mapping, said)) == ["CUR*BY**1.0000"]


def test_an_object_of_which_nothing_is_written_leaves_no_segment() -> None:
    mapping = a_mapping("buyer: {in: N1(BY), name: N102}")

    written = write(mapping, {"buyer": {"city": "WACO"}})

    assert texts(written) == []
    assert (only(written).code, only(written).field) == ("not-written", "buyer.city")


def test_a_list_of_plain_values_is_a_segment_each() -> None:
    mapping = a_mapping(lines="messages: MSG01")

    assert texts(write(mapping, line={"messages": ["ONE", "TWO"]})) == ["MSG*ONE", "MSG*TWO"]


@pytest.mark.parametrize("nothing", [None, "", [], {}])
def test_what_says_nothing_writes_nothing(nothing: object) -> None:
    mapping = a_mapping(
        "department: REF(DP).02\nreferences: {each: REF, rest: true, kind: REF01}\nbuyer: {in: N1(BY), name: N102}"
    )

    written = write(mapping, {"department": nothing, "references": nothing, "buyer": nothing, "vendor": nothing})

    assert texts(written) == []
    assert written.problems == ()


# ------------------------------------------------------------------------------------------------------------ codes

CODES = 'codes:\n  unit: {EA: each, CA: case, CS: !read case, "*": keep}\n'


@pytest.mark.parametrize(("word", "code"), [("each", "EA"), ("case", "CA"), ("ZZ", "ZZ")])
def test_code_lists_are_written_backwards(word: str, code: str) -> None:
    written = write(a_mapping(lines="unit: {at: PO103, code: unit}", rest=CODES), line={"unit": word})

    assert written.segments[1] == ("PO1", "", "2", code)


@pytest.mark.parametrize("answer", ["refuse", "park"])
def test_a_word_without_a_code_is_a_problem_of_the_declared_effect(answer: str) -> None:
    rest = CODES.replace("keep", answer)

    written = write(a_mapping(lines="unit: {at: PO103, code: unit}", rest=rest), line={"unit": "pallet"})

    assert (only(written).code, only(written).effect, only(written).field) == ("unmapped-code", answer, "lines[0].unit")


def test_a_word_that_is_only_read_is_never_written_as_it_stands() -> None:
    rest = 'codes:\n  unit: {EA: each, CS: !read case, "*": keep}\n'

    written = write(a_mapping(lines="unit: {at: PO103, code: unit}", rest=rest), line={"unit": "case"})

    assert (only(written).code, only(written).effect) == ("unmapped-code", "refuse")


@pytest.mark.parametrize("value", [["each"], {"code": "each"}])
def test_what_cannot_be_a_word_is_refused_and_never_raises(value: object) -> None:
    written = write(a_mapping(lines="unit: {at: PO103, code: unit}", rest=CODES), line={"unit": value})

    assert (only(written).code, only(written).effect, only(written).field) == ("wrong-form", "refuse", "lines[0].unit")


# --------------------------------------------------------------------------------------------------- what gets lost


def test_every_value_nobody_writes_is_said_once() -> None:
    document = {**ORDER, "vendor_number": "77", "lines": [{**LINE, "upc": "1", "price": "1"}, {**LINE, "upc": "2"}]}

    written = a_library(a_mapping()).compile("x12/850@1").write(document, version="004010")

    assert [(problem.code, problem.effect, problem.field) for problem in written.problems] == [
        ("not-written", "warn", "lines.price"),
        ("not-written", "warn", "lines.upc"),
        ("not-written", "warn", "vendor_number"),
    ]
    assert written.effect == "warn"


def test_keys_are_taken_from_what_was_written() -> None:
    rest = "search: {po: BEG03, dept: REF(DP).02}\nthread: {order: BEG03}\n"

    written = write(a_mapping("department: REF(DP).02", rest=rest), {"department": "031"})

    assert written.search == {"po": "4500", "dept": "031"}
    assert written.thread == {"order": "4500"}
    assert written.business_number == "4500"


def test_a_version_the_mapping_does_not_write_is_refused() -> None:
    written = write(a_mapping(), version="005010")

    assert written.segments == ()
    assert (only(written).code, only(written).effect) == ("version", "refuse")


def test_what_is_read_is_written_back() -> None:
    content = an_order("REF*DP*031", "N1*BY*ACME*92*77", "N4*WACO")
    mapping = a_mapping(
        "department: REF(DP).02\nbuyer: {in: N1(BY), name: N102, id_qualifier: N103, id: N104, city: N401}",
        lines="number: PO101\nunit: PO103\nprice: PO104\nupc: PO1<UP>",
    )
    compiled = a_library(mapping).compile("x12/850@1")

    written = compiled.write(compiled.read(content).document, version="004010")

    assert written.problems == ()
    assert [segment for segment in written.segments if segment[0] != "CTT"] == list(content.segments[1:-1])
