"""Reading and writing at their edges: what a mapping is not for, what a model has against a document, and keys."""

from decimal import Decimal
from typing import Any

import pytest

from gateway.canonical import SCHEMAS
from gateway.mapping.reading import Problem, Reading
from gateway.mapping.to_canonical import MAXIMUM_MODEL_PROBLEMS, CompiledMapping, dumps
from gateway.partners.guides import pinned
from gateway.x12.overlay import PartnerGuide
from tests.unit.mapping.orders import a_library, a_mapping, an_order, read

ORDER: dict[str, Any] = {"purpose": "00", "type": "SA", "po_number": "4500", "order_date": "2026-01-02"}
BY_STORE = "split: {by: lines.destinations}\n"
STORES = "unit: PO103\ndestinations: {pairs: SDQ, from: 3, as: {location: text, quantity: decimal}, unit: SDQ01}"


def compiled(mapping: str) -> CompiledMapping:
    return a_library(mapping).compile("x12/850@1")


def one_way(direction: str, **about: Any) -> CompiledMapping:
    return compiled(a_mapping(**about).replace("map:", f"direction: {direction}\nmap:"))


def refusal(message: str, *, value: str, position: int) -> Problem:
    return Problem(
        field="", location="ST01", position=position, code="version", value=value, effect="refuse", message=message
    )


# ------------------------------------------------------------------------------------------------- what a mapping is


def test_a_mapping_says_what_it_is() -> None:
    mapping = compiled(a_mapping(versions='"004010", "005010"'))

    assert (mapping.name, mapping.transaction, mapping.canonical) == ("x12/850@1", "850", "order.v1")
    assert mapping.versions == tuple(mapping.plans) == ("004010", "005010")
    assert mapping.tables == frozenset()


def test_unless_it_is_said_a_mapping_goes_both_ways_and_divides_nothing() -> None:
    known = compiled(a_mapping())

    made = CompiledMapping(known.name, known.transaction, known.canonical, SCHEMAS["order.v1"], known.plans)

    assert (made.direction, made.split) == ("both", None)
    assert (known.direction, known.split) == ("both", None)
    assert made.read(an_order()) == known.read(an_order())


# ---------------------------------------------------------------------------------------- what a mapping is not for


def test_a_set_of_another_release_is_refused_with_what_the_mapping_reads() -> None:
    mapping = compiled(a_mapping(versions='"004010", "005010"', lines="number: PO101"))
    reading = compiled(a_mapping(lines="number: PO101")).read(an_order(version="005010"))
    message = "mapping x12/850@1 reads 850 in 004010: this is 850 in 005010"

    assert mapping.read(an_order(version="005010")).problems == ()
    assert reading.problems == (refusal(message, value="850 005010", position=1),)
    assert reading.document == {}


def test_another_set_of_the_same_release_is_refused_with_the_releases_that_the_mapping_reads() -> None:
    mapping = compiled(a_mapping(versions='"004010", "005010"'))
    mapping.transaction = "855"

    reading = mapping.read(an_order())

    message = "mapping x12/850@1 reads 855 in 004010, 005010: this is 850 in 004010"
    assert reading.problems == (refusal(message, value="850 004010", position=1),)


def test_a_mapping_that_only_writes_says_so_to_what_it_should_read() -> None:
    mapping = one_way("write")
    message = "mapping x12/850@1 only writes (direction: write): this is 850 in 004010"

    assert mapping.read(an_order()).problems == (refusal(message, value="850 004010", position=1),)
    assert mapping.translate(an_order()).problems == mapping.read(an_order()).problems


def test_a_release_that_is_not_written_is_refused_with_those_that_are() -> None:
    written = compiled(a_mapping(versions='"004010", "005010"')).write(ORDER, version="003050")
    message = "mapping x12/850@1 writes 850 in 004010, 005010, not in 003050"

    assert written.problems == (refusal(message, value="003050", position=0),)
    assert written.segments == ()


def test_a_mapping_that_only_reads_says_so_to_what_it_should_write() -> None:
    mapping = one_way("read")
    message = "mapping x12/850@1 only reads (direction: read)"

    assert mapping.write(ORDER, version="004010").problems == (refusal(message, value="004010", position=0),)
    assert mapping.read(an_order()).problems == ()


def a_guide(release: str) -> PartnerGuide:
    head = f"guide: acme/850-{release}\nversion: 1\nowner: onboarding\nname: ACME\nrules:\n"
    found = pinned(f"acme/850-{release}@1", head + "  REF(DP): required\n", {})
    assert found is not None
    return found


def test_only_what_is_written_in_the_release_of_a_guide_is_held_against_it() -> None:
    assert compiled(a_mapping()).against(a_guide("004010"))
    assert compiled(a_mapping()).against(a_guide("005010")) == ()
    assert one_way("read").against(a_guide("004010")) == ()


def test_only_what_is_read_in_the_release_of_a_guide_is_held_against_what_a_partner_sends() -> None:
    assert compiled(a_mapping()).unread(a_guide("004010"))
    assert one_way("read").unread(a_guide("004010"))
    assert compiled(a_mapping()).unread(a_guide("005010")) == ()
    assert one_way("write").unread(a_guide("004010")) == ()


# ------------------------------------------------------------------------------------- what the model has against it


def test_translating_alone_does_not_ask_the_model() -> None:
    content = an_order("REF*ZZ*SOON")
    mapping = a_mapping("requested_ship: {at: REF(ZZ).02, type: text}").replace("map:", "direction: read\nmap:")

    assert [problem.code for problem in compiled(mapping).read(content).problems] == ["model"]
    assert compiled(mapping).translate(content).problems == ()


def test_what_is_missing_is_said_with_where_it_was_looked_for() -> None:
    mapping = a_mapping("buyer: {in: N1(BY), name: N102}")
    absent = read(mapping, an_order(beg="BEG*00*SA***20260102", lines=("PO1*1**EA",))).problems

    assert [(one.field, one.location) for one in absent] == [("po_number", "BEG03"), ("lines[0].quantity", "PO102")]
    assert absent[0].message == "'po_number' is required: nothing was found at BEG03"
    assert absent[1].message.startswith("'lines[0].quantity' is required: nothing was found at PO102")
    assert {(one.code, one.value) for one in absent} == {("required", "")}


def test_what_is_missing_and_may_stand_in_several_places_is_said_with_all_of_them() -> None:
    mapping = a_mapping(versions='"004010", "005010"').replace(
        "quantity: PO102", "quantity: {at: [MTX02, MSG01], type: decimal}"
    )
    notes = mapping.replace("each: PO1", "each: N9").replace("owner: onboarding", "owner: onboarding\ndirection: read")

    problem = compiled(notes).read(an_order("N9*ZZ*1")).problems[0]

    assert (problem.field, problem.location) == ("lines[0].quantity", "MTX02 or MSG01")


def test_what_a_document_of_ours_lacks_is_missing_in_the_document() -> None:
    faults = compiled(a_mapping()).faults({**ORDER, "lines": [{"quantity": "2"}, {}]})

    assert [(one.field, one.code, one.location, one.message) for one in faults] == [
        ("lines[1].quantity", "required", "", "'lines[1].quantity' is required: nothing was found in the document")
    ]


def test_a_value_that_the_model_refuses_is_shown_with_its_digits() -> None:
    mapping = compiled(a_mapping())
    good = {**ORDER, "lines": [{"quantity": "2"}]}

    faults = mapping.faults({**good, "order_date": Decimal("12.50")})

    assert mapping.faults(good) == ()
    assert [(one.field, one.code, one.effect, one.value) for one in faults] == [
        ("order_date", "model", "refuse", "12.50")
    ]
    assert faults[0].message.startswith("'order_date': Value error, not a plain date")
    assert [one.value for one in mapping.faults({**good, "order_date": Decimal("1E+3")})] == ["1000"]
    assert [one.value for one in mapping.faults({**good, "order_date": "SOON"})] == ["SOON"]
    assert [one.value for one in mapping.faults({**good, "order_date": ["SOON"]})] == [""]


def test_of_endless_faults_a_hundred_are_told() -> None:
    faults = compiled(a_mapping()).faults({**ORDER, "lines": [{}] * 101})

    assert MAXIMUM_MODEL_PROBLEMS == 100
    assert len(faults) == 100


def test_what_reading_has_told_the_model_does_not_tell_again() -> None:
    content = an_order(lines=("PO1*1*TWO*EA", "PO1*2**EA"))

    told = [(one.code, one.field) for one in read(a_mapping(), content).problems]

    assert told == [("not-a-number", "lines[0].quantity"), ("required", "lines[1].quantity")]


# ---------------------------------------------------------------------------------------------- tables and the thread


def test_what_no_table_knows_is_carried_from_the_thread_all_the_same() -> None:
    fields = "vendor_number: {at: REF(IA).02, carry: order.vendor_number}"
    mapping = compiled(a_mapping(fields, lines="vendor_sku: {at: PO1<VN>, xref: sku}"))

    order = {**ORDER, "lines": [{"quantity": "2"}]}
    written = mapping.write(order, version="004010", carried={"order": {"vendor_number": "V-77"}})
    alone = mapping.write(order, version="004010")

    assert ("REF", "IA", "V-77") in written.segments
    assert [segment[0] for segment in alone.segments] == ["BEG", "PO1", "CTT"]
    assert (written.problems, alone.problems) == ((), ())


def test_what_is_carried_from_the_thread_is_looked_up_too() -> None:
    fields = "vendor_number: {at: REF(IA).02, carry: order.vendor_number, xref: partner_code}"
    order = {**ORDER, "lines": [{"quantity": "2"}]}

    written = compiled(a_mapping(fields)).write(order, version="004010", carried={"order": {"vendor_number": "V-77"}})

    assert [(one.table, one.value) for one in written.unmapped] == [("partner_code", "V-77")]


def test_unless_tables_are_given_every_value_that_has_to_be_looked_up_is_unknown() -> None:
    mapping = compiled(a_mapping(lines="vendor_sku: {at: PO1<VN>, xref: sku}"))

    reading = mapping.read(an_order(lines=("PO1*1*2*EA***VN*AB-1",)))
    order = {**ORDER, "vendor_number": "77", "lines": [{"quantity": "2", "vendor_sku": "SKU-1"}]}
    written = mapping.write(order, version="004010")

    assert [one.code for one in written.problems] == ["unmapped-reference", "not-written"]
    assert [one.value for one in reading.unmapped] == ["AB-1"]
    assert mapping.translate(an_order(lines=("PO1*1*2*EA***VN*AB-1",))) == reading
    assert [one.value for one in written.unmapped] == ["SKU-1"]
    assert (reading.effect, written.effect) == ("park", "park")


# -------------------------------------------------------------------------------------------------- keys and parts


def test_the_business_number_is_the_first_key_and_empty_where_the_set_lacks_it() -> None:
    keys = "search: {dept: REF(DP).02, po: BEG03}\n"

    assert read(a_mapping(rest=keys), an_order("REF*DP*3")).business_number == "3"
    assert read(a_mapping(rest=keys), an_order()).business_number == ""


def test_a_key_of_the_set_goes_before_a_field_that_is_the_same_key() -> None:
    fields = "department: {at: REF(DP).02, search: po}"

    assert read(a_mapping(fields, rest="search: {po: BEG03}\n"), an_order("REF*DP*3")).search == {"po": "4500"}


def test_blanks_are_no_key_and_none_around_one_belong_to_it() -> None:
    keys = "search: {dept: REF(DP).02, vendor: REF(IA).02}\n"

    reading = read(a_mapping(rest=keys), an_order("REF*DP*   ", "REF*DP* 7 ", "REF*DP*8", "REF*IA*  "))

    assert reading.search == {"dept": "7"}
    assert reading.also == (("dept", "8"),)


def test_what_several_places_hold_is_found_by_each_and_keys_of_search_come_first() -> None:
    keys = "thread: {order: N1/N102}\nsearch: {party: N1/N101}\n"

    reading = read(a_mapping(rest=keys), an_order("N1*BY*ACME", "N1*SF*YARD"))

    assert (reading.search, reading.thread) == ({"party": "BY"}, {"order": "ACME"})
    assert reading.also == (("party", "SF"), ("order", "YARD"))


def the_parts(*segments: str, ordered: str = "5") -> tuple[CompiledMapping, Reading]:
    mapping = a_mapping("requested_ship: DTM(010).02\ndepartment: REF(DP).02", lines=STORES, rest=BY_STORE)
    lines = (f"PO1*1*{ordered}*EA", "SDQ*EA**A*2*B*3")
    dividing = compiled(mapping.replace("map:", "direction: read\nmap:"))
    return dividing, dividing.read(an_order(*segments, lines=lines))


def test_a_set_for_several_stores_is_a_document_for_each_with_what_was_said_of_the_whole() -> None:
    mapping, reading = the_parts("REF*DP*1", "REF*DP*1")
    parts = mapping.parts(reading)

    assert [part.document["part"] for part in parts] == [
        {"number": 1, "of": 2, "key": "A"},
        {"number": 2, "of": 2, "key": "B"},
    ]
    assert [one.effect for one in reading.problems] == ["warn"]
    assert all(part.problems == reading.problems for part in parts)
    assert all(part.business_number == reading.business_number for part in parts)


@pytest.mark.parametrize(
    ("segments", "effect"), [(("DTM*010*20261340",), "refuse"), (("REF*DP*1", "REF*DP*2"), "park")]
)
def test_what_cannot_be_delivered_stays_whole(segments: tuple[str, ...], effect: str) -> None:
    mapping, reading = the_parts(*segments)

    assert reading.effect == effect
    assert mapping.parts(reading) == (reading,)


def test_what_cannot_be_divided_is_the_whole_with_the_reason_beside_what_reading_found() -> None:
    mapping, reading = the_parts("REF*DP*1", "REF*DP*1", ordered="6")
    (whole,) = mapping.parts(reading)

    assert whole.document == reading.document
    assert [one.effect for one in reading.problems] == ["warn"]
    assert [one.effect for one in whole.problems] == ["warn", "park"]


def test_a_mapping_that_does_not_divide_leaves_the_reading_as_it_is() -> None:
    reading = read(a_mapping(), an_order())

    assert compiled(a_mapping()).parts(reading) == (reading,)


# ------------------------------------------------------------------------------------------------------------ JSON


def test_json_keeps_letters_and_digits_and_is_one_line_unless_asked() -> None:
    assert dumps({"name": "Café", "price": Decimal("12.50")}) == '{"name": "Café", "price": "12.50"}'
    assert dumps({"price": Decimal("1E+3")}, indent=1) == '{\n "price": "1000"\n}'


def test_json_refuses_what_no_reading_yields_and_says_what_it_was() -> None:
    with pytest.raises(TypeError, match=r"^set has no place in a canonical document$"):
        dumps({"lines": {1}})
    with pytest.raises(ValueError, match="not JSON compliant"):
        dumps({"price": float("nan")})
