import json
from decimal import Decimal

import pytest

from gateway.mapping.to_canonical import Problem, Reading, dumps
from tests.unit.mapping.orders import a_library, a_mapping, an_order, an_overlay, read


def _first_line(reading: Reading) -> dict[str, object]:
    lines = reading.document["lines"]
    assert isinstance(lines, list)
    line: dict[str, object] = lines[0]
    return line


def _only(reading: Reading) -> Problem:
    assert len(reading.problems) == 1, reading.problems
    return reading.problems[0]


# ------------------------------------------------------------------------------------------------- values


def test_a_plain_order_becomes_the_document() -> None:
    reading = read(a_mapping(), an_order())

    assert reading.problems == ()
    assert reading.document == {
        "purpose": "00",
        "type": "SA",
        "po_number": "4500",
        "order_date": "2026-01-02",
        "lines": [{"quantity": Decimal(2)}],
    }


def test_numbers_keep_their_scale_into_json() -> None:
    reading = read(a_mapping(lines="price: PO104"), an_order())

    assert json.loads(dumps(reading.document))["lines"][0]["price"] == "1.50"


def test_implied_decimals_come_from_the_guide() -> None:
    fields = "allowances_charges: {each: SAC, indicator: SAC01, amount: SAC05}"

    reading = read(a_mapping(fields), an_order("SAC*C*D240***12345"))

    assert reading.document["allowances_charges"] == [{"indicator": "C", "amount": Decimal("123.45")}]


def test_trailing_blanks_are_no_part_of_a_value() -> None:
    reading = read(a_mapping(), an_order(beg="BEG*00*SA*4500  **20260102"))

    assert reading.document["po_number"] == "4500"


def test_json_refuses_floats() -> None:
    with pytest.raises(TypeError):
        dumps({"price": Decimal("1.50"), "other": {1.5j}})


# ---------------------------------------------------------------------------------------------- locations


def test_a_bare_condition_means_the_element_the_guide_declares() -> None:
    fields = "measurements: {each: MEA(WT), value: MEA03}"

    reading = read(a_mapping(fields), an_order("MEA*PD*WT*12.5*LB", "MEA*PD*HT*3*IN"))

    assert reading.document["measurements"] == [{"value": Decimal("12.5")}]


def test_a_qualifier_picks_its_segment() -> None:
    reading = read(a_mapping("department: REF(DP|19).02"), an_order("REF*IA*77", "REF*19*031"))

    assert reading.document["department"] == "031"


def test_pairs_are_found_wherever_they_stand() -> None:
    lines = ("PO1*1*2*EA*1.50**UP*012345678905*VN*V-1*IN*B-9",)

    line = _first_line(read(a_mapping(lines="buyer_sku: PO1<IN>\nupc: PO1<UP>"), an_order(lines=lines)))

    assert (line["upc"], line["buyer_sku"]) == ("012345678905", "B-9")


def test_a_value_that_looks_like_a_qualifier_is_not_one() -> None:
    lines = ("PO1*1*2*EA*1.50**VN*UP*IN*B-9",)

    line = _first_line(read(a_mapping(lines="upc: PO1<UP>\nvendor_sku: PO1<VN>"), an_order(lines=lines)))

    assert "upc" not in line
    assert line["vendor_sku"] == "UP"


def test_a_location_addresses_the_current_loop_only() -> None:
    lines = ("PO1*1*2*EA*1.50", "REF*CT*LINE")

    reading = read(a_mapping("contract: REF(CT).02", lines="contract: REF(CT).02"), an_order(lines=lines))

    assert "contract" not in reading.document
    assert _first_line(reading)["contract"] == "LINE"


def test_a_path_goes_through_nested_loops() -> None:
    lines = ("PO1*1*2*EA*1.50", "SAC*A*C310***500", "SAC*C*D240***700")

    reading = read(a_mapping(lines="number: SAC(C,D240)/SAC01\nprice: SAC(C,D240)/SAC05"), an_order(lines=lines))

    assert (_first_line(reading)["number"], _first_line(reading)["price"]) == ("C", Decimal("7.00"))


def test_an_occurrence_counts_those_that_meet_the_conditions() -> None:
    fields = "buyer: {in: N1(BY), address1: N3(#1).01, address3: N3(#2).01}"

    reading = read(a_mapping(fields), an_order("N1*BY*ACME", "N3*ONE*ONE B", "N3*TWO"))

    assert reading.document["buyer"] == {"address1": "ONE", "address3": "TWO"}


def test_components_are_split_with_the_interchange_s_own_separator() -> None:
    fields = 'measurements: {each: MEA, value: MEA03, unit: "MEA04:1"}'

    reading = read(a_mapping(fields), an_order("MEA*PD*WT*12.5*LB>1"))

    assert reading.document["measurements"] == [{"value": Decimal("12.5"), "unit": "LB"}]


def test_the_envelope_can_be_read_from_any_loop() -> None:
    reading = read(a_mapping("vendor_number: ISA08", lines="contract: GS02\nnumber: ST02"), an_order())

    assert reading.document["vendor_number"] == "RECEIVER"
    assert (_first_line(reading)["contract"], _first_line(reading)["number"]) == ("SENDERGS", "0001")


def test_of_alternatives_the_one_in_the_documents_guide_is_read() -> None:
    mapping = a_mapping('notes: {each: N9, text: {at: [MSG01, MTX02], join: " "}}', versions='"004010", "005010"')

    old = read(mapping, an_order("N9*L1*1", "MSG*OLD"))
    new = read(mapping, an_order("N9*L1*1", "MTX*GEN*NEW", version="005010"))

    assert old.document["notes"] == [{"text": "OLD"}]
    assert new.document["notes"] == [{"text": "NEW"}]


# ------------------------------------------------------------------------------------ more than one match


def test_two_matches_park_the_document_and_neither_is_taken() -> None:
    reading = read(a_mapping("department: REF(DP).02"), an_order("REF*DP*012", "REF*DP*077"))

    problem = _only(reading)
    assert (problem.code, problem.effect, problem.field, problem.position) == ("ambiguous", "park", "department", 4)
    assert "department" not in reading.document


def test_a_third_match_changes_nothing_about_that() -> None:
    reading = read(a_mapping("department: REF(DP).02"), an_order("REF*DP*012", "REF*DP*077", "REF*DP*099"))

    assert _only(reading).code == "ambiguous"
    assert "department" not in reading.document


def test_two_matches_that_say_the_same_are_only_a_warning() -> None:
    reading = read(a_mapping("department: REF(DP).02"), an_order("REF*DP*012", "REF*DP*012"))

    assert _only(reading).effect == "warn"
    assert reading.document["department"] == "012"


def test_the_same_pair_twice_is_more_than_one_match() -> None:
    lines = ("PO1*1*2*EA*1.50**VN*A*VN*B",)

    problem = _only(read(a_mapping(lines="vendor_sku: PO1<VN>"), an_order(lines=lines)))

    assert (problem.code, problem.field) == ("ambiguous", "lines[0].vendor_sku")


def test_first_and_join_settle_it() -> None:
    fields = 'department: {at: REF(DP).02, first: true}\npromotion: {at: REF(PD).02, join: "+"}'

    reading = read(a_mapping(fields), an_order("REF*DP*1", "REF*DP*2", "REF*PD*A", "REF*PD*B"))

    assert (reading.document["department"], reading.document["promotion"]) == ("1", "A+B")
    assert reading.problems == ()


def test_a_list_of_plain_values_takes_every_match() -> None:
    lines = ("PO1*1*2*EA*1.50", "MSG*ONE", "MSG*TWO")

    line = _first_line(read(a_mapping(lines="messages: MSG01"), an_order(lines=lines)))

    assert line["messages"] == ["ONE", "TWO"]


def test_two_loops_for_one_object_park_the_document() -> None:
    problem = _only(read(a_mapping("buyer: {in: N1(BY), name: N102}"), an_order("N1*BY*ACME", "N1*BY*BOLT")))

    assert (problem.code, problem.effect, problem.field) == ("ambiguous", "park", "buyer")


def test_first_enters_the_first_of_two_loops() -> None:
    fields = "buyer: {in: N1(BY), first: true, name: N102}"

    reading = read(a_mapping(fields), an_order("N1*BY*ACME", "N1*BY*BOLT"))

    assert reading.document["buyer"] == {"name": "ACME"}


# ----------------------------------------------------------------------------------------- objects, lists


def test_a_rest_list_gets_what_no_other_field_names() -> None:
    fields = "department: REF(DP).02\nreferences: {each: REF, rest: true, kind: REF01, value: REF02}"

    reading = read(a_mapping(fields), an_order("REF*DP*012", "REF*ZZ*X", "REF*IA*9"))

    assert reading.document["references"] == [{"kind": "ZZ", "value": "X"}, {"kind": "IA", "value": "9"}]


def test_a_rest_list_follows_an_overlay() -> None:
    base = a_mapping("department: REF(DP).02\nreferences: {each: REF, rest: true, kind: REF01, value: REF02}")
    overlay = an_overlay("map: {department: REF(19).02}")

    reading = read(base, an_order("REF*DP*012", "REF*19*031"), overlay)

    assert reading.document["references"] == [{"kind": "DP", "value": "012"}]


def test_a_rest_list_keeps_what_a_condition_keeps_from_its_field() -> None:
    rest = "references: {each: REF, rest: true, kind: REF01, value: REF02}"
    fields = "department: {at: REF(DP).02, when: {BEG02: DS}}\n" + rest

    reading = read(a_mapping(fields), an_order("REF*DP*012"))

    assert reading.document["references"] == [{"kind": "DP", "value": "012"}]


def test_a_rest_list_of_loops_leaves_out_those_entered_by_name() -> None:
    fields = "buyer: {in: N1(BY), name: N102}\nother_parties: {each: N1, rest: true, role: N101, name: N102}"

    reading = read(a_mapping(fields), an_order("N1*BY*ACME", "N1*WH*SHED"))

    assert reading.document["other_parties"] == [{"role": "WH", "name": "SHED"}]


def test_a_group_of_which_nothing_came_is_left_out_with_its_defaults() -> None:
    fields = "buyer: {name: REF(ZZ).02, country: {at: REF(YY).02, default: US}}"

    assert "buyer" not in read(a_mapping(fields), an_order()).document
    assert read(a_mapping(fields), an_order("REF*ZZ*ACME")).document["buyer"] == {"name": "ACME", "country": "US"}


def test_like_takes_over_a_field_as_the_overlay_has_it() -> None:
    base = a_mapping("buyer: {in: N1(BY), name: N102}\nbill_to: {like: buyer, in: N1(BT)}")
    overlay = an_overlay("map: {buyer.id: N104}")

    reading = read(base, an_order("N1*BT*ACME*92*0012"), overlay)

    assert reading.document["bill_to"] == {"name": "ACME", "id": "0012"}


def test_when_beside_each_filters_on_the_entered_loop() -> None:
    fields = "references: {each: REF, when: {REF01: [DP, IA]}, kind: REF01, value: REF02}"

    reading = read(a_mapping(fields), an_order("REF*DP*1", "REF*ZZ*2", "REF*IA*3"))

    assert reading.document["references"] == [{"kind": "DP", "value": "1"}, {"kind": "IA", "value": "3"}]


def test_pairs_list_every_group_of_every_segment() -> None:
    form = "destinations: {pairs: SDQ, from: 3, as: {location: text, quantity: decimal}, unit: SDQ01}"
    lines = ("PO1*1*5*EA*1.50", "SDQ*EA*92*0001*2*0002*1", "SDQ*EA*92*0003*2")

    line = _first_line(read(a_mapping(lines=form), an_order(lines=lines)))

    assert line["destinations"] == [
        {"location": "0001", "quantity": Decimal(2), "unit": "EA"},
        {"location": "0002", "quantity": Decimal(1), "unit": "EA"},
        {"location": "0003", "quantity": Decimal(2), "unit": "EA"},
    ]


STORES = "*".join(f"{store:04d}*{store}" for store in range(1, 11))


@pytest.mark.parametrize("version", ["004010", "005010"])
def test_pairs_end_where_the_groups_of_the_segment_end(version: str) -> None:
    """SDQ23 is a place within the ten stores, not an eleventh one."""
    form = "destinations: {pairs: SDQ, from: 3, as: {location: text, quantity: decimal}}"
    lines = ("PO1*1*55*EA*1.50", f"SDQ*EA*92*{STORES}*DOCK")

    reading = read(a_mapping(lines=form, versions=f'"{version}"'), an_order(lines=lines, version=version))

    destinations = _first_line(reading)["destinations"]
    assert isinstance(destinations, list)
    assert [each["location"] for each in destinations] == [f"{store:04d}" for store in range(1, 11)]
    assert reading.problems == ()


def test_pairs_beyond_the_end_of_the_segment_are_never_passed_over_in_silence() -> None:
    form = "destinations: {pairs: SDQ, from: 3, as: {location: text, quantity: decimal}}"
    lines = ("PO1*1*66*EA*1.50", f"SDQ*EA*92*{STORES}*0011*11")

    problem = _only(read(a_mapping(lines=form), an_order(lines=lines)))

    assert (problem.code, problem.effect, problem.field) == ("ambiguous", "park", "lines[0].destinations")
    assert (problem.location, problem.value, problem.position) == ("SDQ24", "11", 4)


# ----------------------------------------------------------------------------- defaults, constants, codes


def test_default_const_and_required() -> None:
    fields = (
        "currency: {at: CUR02, default: USD}\ncontract: {const: FRAME-7}\npromotion: {at: REF(PD).02, required: true}"
    )

    reading = read(a_mapping(fields), an_order())

    assert (reading.document["currency"], reading.document["contract"]) == ("USD", "FRAME-7")
    assert (_only(reading).code, _only(reading).effect, _only(reading).field) == ("required", "refuse", "promotion")


def test_a_constant_that_the_document_contradicts_is_a_warning() -> None:
    reading = read(a_mapping("currency: {at: CUR02, const: USD}"), an_order("CUR*BY*CAD"))

    assert (_only(reading).code, _only(reading).effect) == ("not-constant", "warn")
    assert reading.document["currency"] == "USD"


def test_another_companion_is_a_warning_and_filters_nothing() -> None:
    reading = read(a_mapping("currency: {at: CUR02, with: {CUR01: BY}}"), an_order("CUR*SE*CAD"))

    assert (_only(reading).code, _only(reading).effect) == ("other-companion", "warn")
    assert reading.document["currency"] == "CAD"


CODES = "codes:\n  unit: {EA: each, CA: case, CS: !read case%s}\n"


def _unit(code: str, unknown: str = "") -> Reading:
    mapping = a_mapping(lines="unit: {at: PO103, code: unit}", rest=CODES % unknown)
    return read(mapping, an_order(lines=(f"PO1*1*2*{code}*1.50",)))


@pytest.mark.parametrize(("code", "word"), [("EA", "each"), ("CA", "case"), ("CS", "case")])
def test_codes_become_words(code: str, word: str) -> None:
    assert _first_line(_unit(code))["unit"] == word


@pytest.mark.parametrize(("unknown", "effect"), [("", "park"), (', "*": park', "park"), (', "*": refuse', "refuse")])
def test_an_unknown_code_is_answered_as_declared(unknown: str, effect: str) -> None:
    problem = _only(_unit("BX", unknown))

    assert (problem.code, problem.effect, problem.value) == ("unmapped-code", effect, "BX")
    assert (problem.field, problem.location, problem.position) == ("lines[0].unit", "PO103", 3)


def test_an_unknown_code_may_be_kept_as_it_stands() -> None:
    reading = _unit("BX", ', "*": keep')

    assert _first_line(reading)["unit"] == "BX"
    assert reading.problems == ()


@pytest.mark.parametrize(("code", "word"), [("EA ", "each"), ("BX ", "BX")])
def test_a_padded_code_is_the_code_before_it_is_kept(code: str, word: str) -> None:
    reading = _unit(code, ', "*": keep')

    assert _first_line(reading)["unit"] == word
    assert reading.problems == ()


def test_expressions_see_the_fields_of_their_object_and_their_own_value() -> None:
    lines = 'price: PO104\nquantity: {at: PO102, read: "value * 12"}\nnumber: {at: PO101, read: "pad(value, 3)"}'

    line = _first_line(read(a_mapping(lines=lines).replace("    quantity: PO102\n", "", 1), an_order()))

    assert (line["quantity"], line["number"]) == (Decimal(24), "001")


def test_an_expression_over_values_it_cannot_take_is_a_problem() -> None:
    problem = _only(read(a_mapping(lines='contract: {at: PO103, read: "number(value) + 1"}'), an_order()))

    assert (problem.code, problem.effect, problem.field) == ("expression", "refuse", "lines[0].contract")


# ----------------------------------------------------------------------------------------------- problems


def test_a_value_that_does_not_convert_is_a_problem_with_its_segment() -> None:
    reading = read(a_mapping("requested_ship: DTM(010).02"), an_order("REF*IA*1", "DTM*010*20260230"))

    problem = _only(reading)
    assert (problem.code, problem.effect, problem.value, problem.position) == ("not-a-date", "refuse", "20260230", 4)


def test_what_the_model_requires_and_nothing_gave_is_told_once() -> None:
    reading = read(a_mapping(), an_order(lines=("PO1*1**EA*1.50",)))

    assert [(problem.code, problem.field) for problem in reading.problems] == [("required", "lines[0].quantity")]


def test_what_the_model_does_not_accept_is_told_with_its_path() -> None:
    reading = read(a_mapping("requested_ship: {at: REF(ZZ).02, type: text}"), an_order("REF*ZZ*SOON"))

    assert (_only(reading).code, _only(reading).field, _only(reading).value) == ("model", "requested_ship", "SOON")


def test_a_version_the_mapping_does_not_name_is_refused() -> None:
    problem = _only(read(a_mapping(), an_order(version="005010")))

    assert (problem.code, problem.effect) == ("version", "refuse")


def test_problems_in_lists_count_what_is_in_the_document() -> None:
    lines = ("PO1*1*2*EA*1.50", "PO1*2*3*BX*1.50")
    mapping = a_mapping(lines="unit: {at: PO103, code: unit}", rest=CODES % "")

    assert _only(read(mapping, an_order(lines=lines))).field == "lines[1].unit"


def test_search_and_thread_keys_are_read_from_the_top() -> None:
    keys = "search: {po: BEG03, vendor: REF(IA).02, none: REF(ZZ).02}\nthread: {order: BEG03, release: BEG04}\n"

    reading = read(a_mapping("department: {at: REF(DP).02, search: dept}", rest=keys), an_order("REF*IA*9", "REF*DP*3"))

    assert reading.search == {"po": "4500", "vendor": "9", "dept": "3"}
    assert reading.thread == {"order": "4500"}
    assert reading.business_number == "4500"


def test_without_search_keys_there_is_no_business_number() -> None:
    assert read(a_mapping(), an_order()).business_number == ""


def test_the_gravest_effect_counts() -> None:
    fields = "department: REF(DP).02\nrequested_ship: DTM(010).02"

    reading = read(a_mapping(fields), an_order("REF*DP*1", "REF*DP*2", "DTM*010*20261340"))

    assert reading.effect == "refuse"


def test_one_compiled_mapping_reads_many_sets_without_mixing_them() -> None:
    compiled = a_library(a_mapping("department: REF(DP).02")).compile("x12/850@1")

    first = compiled.read(an_order("REF*DP*1", "REF*DP*2"))
    second = compiled.read(an_order("REF*DP*3"))

    assert first.effect == "park"
    assert (second.problems, second.document["department"]) == ((), "3")
