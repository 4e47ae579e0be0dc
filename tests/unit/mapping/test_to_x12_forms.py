"""Canonical to X12: what each key of a field or an object does to what is written."""

from decimal import Decimal

import pytest

from tests.unit.mapping.orders import a_mapping, an_order, flaws, read
from tests.unit.mapping.test_to_x12 import only, texts, write

pytestmark = pytest.mark.usefixtures("either_way")

# ------------------------------------------------------------------------------------------ constants and companions


def test_companions_are_written_beside_the_value() -> None:
    mapping = a_mapping(
        'currency: {at: CUR02, with: {CUR01: BY}}\nbuyer: {in: N1(BY), id: {at: N104, with: {N103: "92"}}}'
    )

    assert texts(write(mapping, {"currency": "USD", "buyer": {"id": "77"}})) == ["CUR*BY*USD", "N1*BY**92*77"]


def test_a_value_of_its_own_goes_before_a_companion() -> None:
    mapping = a_mapping('buyer: {in: N1(BY), id: {at: N104, with: {N103: "92"}}, id_qualifier: N103}')

    assert texts(write(mapping, {"buyer": {"id": "77", "id_qualifier": "1"}})) == ["N1*BY**1*77"]


def test_a_companion_may_stand_in_another_segment() -> None:
    mapping = a_mapping("department: {at: REF(DP).02, with: {CUR01: BY, CUR02: USD}}")

    assert texts(write(mapping, {"department": "031"})) == ["CUR*BY*USD", "REF*DP*031"]


def test_what_a_field_is_read_under_is_written() -> None:
    mapping = a_mapping('buyer: {in: N1(BY), id: {at: N104, when: {N103: ["92", "91"]}}}')

    assert texts(write(mapping, {"buyer": {"id": "77"}})) == ["N1*BY**92*77"]


def test_a_condition_that_another_value_contradicts_is_refused() -> None:
    mapping = a_mapping('buyer: {in: N1(BY), id: {at: N104, when: {N103: "92"}}, id_qualifier: N103}')

    written = write(mapping, {"buyer": {"id": "77", "id_qualifier": "1"}})

    assert (only(written).code, only(written).effect, only(written).field) == ("conflict", "refuse", "buyer.id")


def test_a_condition_that_another_value_meets_is_fulfilled() -> None:
    mapping = a_mapping('buyer: {in: N1(BY), id: {at: N104, when: {N103: ["92", "91"]}}, id_qualifier: N103}')

    assert texts(write(mapping, {"buyer": {"id": "77", "id_qualifier": "91"}})) == ["N1*BY**91*77"]


def test_two_fields_of_one_element_under_different_conditions_cannot_both_be_written() -> None:
    mapping = a_mapping('buyer: {in: N1(BY), id: {at: N104, when: {N103: "92"}}, name: {at: N104, when: {N103: "1"}}}')

    assert texts(write(mapping, {"buyer": {"name": "77"}})) == ["N1*BY**1*77"]
    assert {problem.code for problem in write(mapping, {"buyer": {"name": "77", "id": "88"}}).problems} == {"conflict"}


def test_what_a_list_is_filtered_by_is_written_into_every_entry() -> None:
    mapping = a_mapping('other_parties: {each: N1, when: {N103: "92"}, role: N101, id: N104}')
    parties = [{"role": "SU", "id": "77"}, {"role": "WH", "id": "88"}]

    assert texts(write(mapping, {"other_parties": parties})) == ["N1*SU**92*77", "N1*WH**92*88"]


def test_what_a_group_is_read_under_is_written() -> None:
    mapping = a_mapping("buyer: {when: {CUR01: BY, CUR02: USD}, name: N1(BY)/N102}")

    assert texts(write(mapping, {"buyer": {"name": "ACME"}})) == ["CUR*BY*USD", "N1*BY*ACME"]


def test_a_constant_is_written_with_its_object() -> None:
    mapping = a_mapping(
        "currency: {at: CUR02, const: USD, with: {CUR01: BY}}\n"
        "buyer: {in: N1(BY), name: N102, id_qualifier: {at: N103, const: '92'}}"
    )

    assert texts(write(mapping)) == ["CUR*BY*USD"]
    assert texts(write(mapping, {"buyer": {"name": "ACME"}})) == ["CUR*BY*USD", "N1*BY*ACME*92"]


@pytest.mark.parametrize("field", ["currency: {const: USD}", "currency: {at: CUR02, const: USD, with: {CUR01: BY}}"])
def test_a_document_that_contradicts_a_constant_is_refused(field: str) -> None:
    mapping = a_mapping(field)

    written = write(mapping, {"currency": "EUR"})

    assert (only(written).field, only(written).code, only(written).effect) == ("currency", "not-constant", "refuse")
    assert "'USD'" in only(written).message
    assert "'EUR'" in only(written).message
    assert write(mapping, {"currency": "USD"}).problems == ()
    assert write(mapping, {}).problems == ()


def test_a_constant_in_a_list_is_refused_with_its_place() -> None:
    mapping = a_mapping(lines="price_basis: {const: each}")

    written = write(mapping, line={"price_basis": "hundred"})

    assert (only(written).field, only(written).effect) == ("lines[0].price_basis", "refuse")
    assert write(mapping, line={"price_basis": "each"}).problems == ()


def test_a_constant_is_written_whatever_the_document_says() -> None:
    written = write(a_mapping("currency: {at: CUR02, const: USD, with: {CUR01: BY}}"), {"currency": "CAD"})

    assert texts(written) == ["CUR*BY*USD"]
    assert (only(written).code, only(written).effect) == ("not-constant", "refuse")
    assert write(a_mapping("currency: {at: CUR02, const: USD, with: {CUR01: BY}}"), {"currency": "USD"}).problems == ()


def test_a_default_fills_a_segment_that_is_written_and_makes_none() -> None:
    mapping = a_mapping("buyer: {in: N1(BY), name: N102, city: N401, country: {at: N404, default: US}}")

    assert texts(write(mapping, {"buyer": {"name": "ACME", "city": "WACO"}})) == ["N1*BY*ACME", "N4*WACO***US"]
    assert texts(write(mapping, {"buyer": {"name": "ACME"}})) == ["N1*BY*ACME"]
    assert texts(write(mapping, {"buyer": {"city": "WACO", "country": "CA"}})) == ["N1*BY", "N4*WACO***CA"]


def test_a_default_of_a_mandatory_element_is_always_written() -> None:
    mapping = a_mapping().replace("purpose: BEG01", "purpose: {at: BEG01, default: '00'}")

    written = write(mapping, {"purpose": None, "type": None, "po_number": None, "order_date": None})

    assert written.segments[0] == ("BEG", "00")


def test_values_the_mapping_says_by_itself_are_not_lost() -> None:
    mapping = a_mapping("currency: {const: USD}\nexchange_rate: {default: '1.0'}")

    assert write(mapping, {"currency": "USD", "exchange_rate": Decimal("1.0")}).problems == ()
    assert only(write(mapping, {"exchange_rate": Decimal("1.1")})).code == "not-written"


def test_an_entry_that_another_field_will_be_read_from_is_said() -> None:
    mapping = a_mapping("department: REF(DP).02\nreferences: {each: REF, rest: true, kind: REF01, value: REF02}")

    written = write(mapping, {"references": [{"kind": "IA", "value": "7"}, {"kind": "DP", "value": "8"}]})

    assert texts(written) == ["REF*IA*7", "REF*DP*8"]
    assert (only(written).code, only(written).effect, only(written).field) == ("moved", "warn", "references[1]")


# ---------------------------------------------------------------------------------------------------- text that flows


def test_lines_joined_when_read_are_a_segment_each() -> None:
    mapping = a_mapping('notes: {each: N9, kind: N901, reference: N902, text: {at: MSG01, join: "\\n"}}')

    written = write(mapping, {"notes": [{"kind": "ZZ", "reference": "1", "text": "A\nB"}, {"kind": "L1", "text": "C"}]})

    assert texts(written) == ["N9*ZZ*1", "MSG*A", "MSG*B", "N9*L1", "MSG*C"]


def test_an_empty_line_cannot_be_written_and_it_is_said() -> None:
    mapping = a_mapping('notes: {each: N9, kind: N901, text: {at: MSG01, join: "\\n"}}')

    written = write(mapping, {"notes": [{"kind": "ZZ", "text": "A\n\nB"}]})

    assert texts(written) == ["N9*ZZ", "MSG*A", "MSG*B"]
    assert (only(written).code, only(written).field) == ("not-written", "notes.text")


def test_text_joined_with_blanks_flows_into_as_few_segments_as_hold_it() -> None:
    mapping = a_mapping('notes: {each: N9, kind: N901, text: {at: MSG01, join: " "}}')
    words = " ".join(["WORD"] * 60)

    written = write(mapping, {"notes": [{"kind": "ZZ", "text": words}]})

    lines = [text.removeprefix("MSG*") for text in texts(written)[1:]]
    assert len(lines) == 2
    assert " ".join(lines) == words
    assert all(len(line) <= 264 for line in lines)


def test_text_is_split_at_blanks_where_the_mapping_says_so() -> None:
    mapping = a_mapping('notes: {each: N9, kind: N901, text: {at: MSG01, join: "\\n", fit: split}}')
    long = "A" * 200 + " " + "B" * 100

    written = write(mapping, {"notes": [{"kind": "ZZ", "text": long + "\nC"}]})

    assert texts(written)[1:] == ["MSG*" + "A" * 200, "MSG*" + "B" * 100, "MSG*C"]
    assert written.problems == ()


def test_text_that_cannot_go_on_in_another_segment_is_refused() -> None:
    mapping = a_mapping("buyer: {in: N1(BY), name: {at: N102, fit: split}}")

    written = write(mapping, {"buyer": {"name": "A" * 60 + " " + "B" * 10}})

    assert (only(written).code, only(written).effect, only(written).field) == ("no-room", "refuse", "buyer.name")


# ------------------------------------------------------------------------------------------------------------ lengths


def test_a_long_value_is_refused_unless_it_may_be_cut() -> None:
    long = "A" * 70

    refused = write(a_mapping("buyer: {in: N1(BY), name: N102}"), {"buyer": {"name": long}})
    cut = write(a_mapping("buyer: {in: N1(BY), name: {at: N102, fit: cut}}"), {"buyer": {"name": long}})

    assert (only(refused).code, only(refused).effect, only(refused).field) == ("too-long", "refuse", "buyer.name")
    assert texts(cut) == ["N1*BY*" + "A" * 60]
    assert cut.problems == ()


def test_a_short_value_is_refused() -> None:
    written = write(a_mapping("buyer: {in: N1(BY), id: N104}"), {"buyer": {"id": "7"}})

    assert (only(written).code, only(written).effect) == ("too-short", "refuse")


def test_trailing_blanks_are_no_part_of_a_value() -> None:
    assert texts(write(a_mapping("department: REF(DP).02"), {"department": "031  "})) == ["REF*DP*031"]


def test_check_digits_are_held_to() -> None:
    mapping = a_mapping(lines="gtin: {at: PO1<UK>, fit: gtin}")

    assert write(mapping, line={"gtin": "10012345678902"}).problems == ()
    wrong = write(mapping, line={"gtin": "10012345678903"})
    assert (only(wrong).code, only(wrong).effect, only(wrong).field) == ("check-digit", "refuse", "lines[0].gtin")


# ------------------------------------------------------------------------------------------------------------ numbers


@pytest.mark.parametrize(
    ("value", "text"),
    [("1.50", "1.50"), (Decimal("1.50"), "1.50"), (".5", "0.5"), ("7", "7"), (7, "7"), ("-0.25", "-0.25"), ("5.", "5")],
)
def test_decimal_numbers_keep_their_scale(value: object, text: str) -> None:
    assert texts(write(a_mapping(lines="price: PO104"), line={"price": value})) == [f"PO1**2**{text}"]


def test_a_scale_is_padded_and_never_cut() -> None:
    mapping = a_mapping(lines="price: {at: PO104, decimals: 2}")

    assert texts(write(mapping, line={"price": "1.5"})) == ["PO1**2**1.50"]
    assert texts(write(mapping, line={"price": "1.555"})) == ["PO1**2**1.555"]


SAC = "allowances_charges: {each: SAC, indicator: SAC01, amount: SAC05}"


@pytest.mark.parametrize(
    ("value", "text"),
    [("123.45", "12345"), ("123", "12300"), ("0.05", "5"), ("-1.5", "-150"), ("1.500", "150"), ("0", "0")],
)
def test_implied_decimals_are_written_without_the_point(value: str, text: str) -> None:
    assert texts(write(a_mapping(SAC), {"allowances_charges": [{"indicator": "C", "amount": value}]})) == [
        f"SAC*C****{text}"
    ]


def test_more_decimals_than_fit_are_refused_not_rounded() -> None:
    written = write(a_mapping(SAC), {"allowances_charges": [{"indicator": "C", "amount": "1.005"}]})

    assert (only(written).code, only(written).field) == ("too-precise", "allowances_charges[0].amount")


def test_digits_count_without_sign_and_point_and_a_leading_zero_gives_way() -> None:
    mapping = a_mapping("totals: {in: CTT, hash: CTT02}")  # R, at most ten digits

    assert texts(write(mapping, {"totals": {"hash": "-123456789.5"}})) == ["CTT*1*-123456789.5"]
    assert texts(write(mapping, {"totals": {"hash": "0.1234567890"}})) == ["CTT*1*.1234567890"]
    assert only(write(mapping, {"totals": {"hash": "12345678901"}})).code == "too-long"


@pytest.mark.parametrize("value", [1.5, "1,50", "abc", True, Decimal("NaN"), Decimal("1E+999999"), [1], {"a": 1}])
def test_what_is_no_number_is_refused(value: object) -> None:
    assert only(write(a_mapping(lines="price: PO104"), line={"price": value})).effect == "refuse"


HARD = {"huge": 10**5000, "exponent": Decimal("1E+999999"), "signal": Decimal("sNaN"), "bytes": b"1", "set": {1}}


@pytest.mark.parametrize("value", HARD.values(), ids=HARD)
def test_values_that_are_hard_to_print_are_refused_too(value: object) -> None:
    mapping = a_mapping(lines=SDQ + "price: PO104\nnumber: {at: PO101, const: '7'}\ncontract: {const: C}")
    stores = [{"location": value, "quantity": value}]
    said = {"price": value, "number": value, "contract": value, "destinations": stores}

    written = write(mapping, {"totals": {"line_count": value}}, line=said)

    assert written.effect == "refuse"
    assert (
        write(a_mapping("totals: {in: CTT, line_count: CTT01}"), {"totals": {"line_count": value}}).effect == "refuse"
    )


@pytest.mark.parametrize("value", ["2026-02-30", "20260102", 20260102, "2026-1-2", "tomorrow  "])
def test_what_is_no_date_is_refused(value: object) -> None:
    written = write(a_mapping("cancel_after: DTM(001).02"), {"cancel_after": value})

    assert (only(written).code, only(written).field) == ("not-a-date", "cancel_after")


@pytest.mark.parametrize(("value", "text"), [("13:30", "1330"), ("13:30:05", "133005"), ("13:30:05.25", "13300525")])
def test_times_are_written_without_colons(value: str, text: str) -> None:
    written = write(a_mapping("requested_pickup_time: DTM(118).03"), {"requested_pickup_time": value})

    assert texts(written) == [f"DTM*118**{text}"]


def test_a_date_may_be_written_into_text() -> None:
    mapping = a_mapping("cancel_after: {at: REF(DP).02, type: date}")

    assert texts(write(mapping, {"cancel_after": "2026-01-31"})) == ["REF*DP*20260131"]


# ------------------------------------------------------------------------------------------------------------- groups

SDQ = """\
destinations:
  {pairs: SDQ, from: 3, as: {location: text, quantity: decimal}, unit: SDQ01, location_qualifier: SDQ02}
"""


def _stores(*numbers: int, unit: str = "EA") -> list[dict[str, object]]:
    return [{"location": f"{n:04}", "quantity": "6", "unit": unit, "location_qualifier": "92"} for n in numbers]


def test_groups_fill_a_segment_and_then_the_next() -> None:
    written = write(a_mapping(lines=SDQ), line={"destinations": _stores(*range(13))})

    first, second = (segment for segment in written.segments if segment[0] == "SDQ")
    assert len(first) == 23
    assert second == ("SDQ", "EA", "92", "0010", "6", "0011", "6", "0012", "6")


def test_what_stands_once_starts_a_new_segment_when_it_changes() -> None:
    written = write(a_mapping(lines=SDQ), line={"destinations": [*_stores(1), *_stores(2, 3, unit="CA")]})

    assert [text for text in texts(written) if text.startswith("SDQ")] == [
        "SDQ*EA*92*0001*6",
        "SDQ*CA*92*0002*6*0003*6",
    ]


def test_groups_of_the_loops_own_segment_take_what_is_free() -> None:
    mapping = a_mapping(lines="upc: PO1<UP>\nreferences: {pairs: PO1, from: 6, as: {kind: text, value: text}}")
    references = [{"kind": "VN", "value": str(number)} for number in range(9)]

    written = write(mapping, line={"upc": "012345678905", "references": references[:2]})

    assert texts(written) == ["PO1**2****UP*012345678905*VN*0*VN*1"]
    assert write(mapping, line={"references": references}).problems == ()
    full = write(mapping, line={"references": [*references, *references]})
    assert {(problem.code, problem.effect) for problem in full.problems} == {("no-room", "refuse")}


def test_a_problem_in_a_group_names_it() -> None:
    stores = [*_stores(1), {"location": "2", "quantity": "x"}]

    written = write(a_mapping(lines=SDQ), line={"destinations": stores})

    assert ("not-a-number", "lines[0].destinations[1].quantity") in {(p.code, p.field) for p in written.problems}


# -------------------------------------------------------------------------------------------------------- expressions


def test_a_field_that_is_only_read_by_an_expression_is_not_written_and_it_is_said() -> None:
    mapping = a_mapping('department: {at: REF(DP).02, read: "upper(value)"}')

    written = write(mapping, {"department": "031"})

    assert texts(written) == []
    assert (only(written).code, only(written).field) == ("not-written", "department")


def test_an_expression_gives_what_is_written() -> None:
    mapping = a_mapping('vendor_number: {at: REF(IA).02, read: "pad(value, 6)", write: "strip(value)"}')

    assert texts(write(mapping, {"vendor_number": " 77 "})) == ["REF*IA*77"]


def test_an_expression_may_count_and_add_up_the_lines() -> None:
    mapping = a_mapping(
        "totals:\n"
        "  in: CTT\n"
        '  line_count: {at: CTT01, write: "count(lines)"}\n'
        "  hash: {at: CTT02, write: 'sum(lines, \"quantity\")'}"
    )

    written = write(mapping, {"lines": None}, line={"quantity": "2.5"})

    assert written.segments[-1] == ("CTT", "1", "2.5")


def test_an_expression_sees_the_objects_around_its_own() -> None:
    mapping = a_mapping(
        lines='contract: {at: REF(CT).02, write: "first(value, contract_number)"}'.replace(
            "contract_number", "po_number"
        )
    )

    assert texts(write(mapping)) == ["REF*CT*4500"]
    assert texts(write(mapping, line={"contract": "C-1"})) == ["REF*CT*C-1"]


def test_a_value_an_expression_does_not_use_is_said_to_be_lost() -> None:
    mapping = a_mapping('totals: {in: CTT, line_count: {at: CTT01, write: "count(lines)"}}')

    assert write(mapping, {"totals": {"line_count": 1}}).problems == ()
    assert only(write(mapping, {"totals": {"line_count": 7}})).code == "not-written"


def test_a_stated_count_unlike_the_lines_is_told_also_where_it_counts_without_lines() -> None:
    mapping = a_mapping(
        'totals: {in: CTT, line_count: {at: CTT01, write: "count(lines) if count(lines) > 0 else line_count"}}'
    )

    written = write(mapping, {"totals": {"line_count": 3}})

    assert (only(written).field, only(written).code) == ("totals.line_count", "not-written")
    assert written.segments[-1] == ("CTT", "1")
    assert write(mapping, {"totals": {"line_count": "1"}}).problems == ()


def test_an_expression_that_meets_values_it_cannot_work_on_is_refused() -> None:
    mapping = a_mapping('department: {at: REF(DP).02, write: "text(number(value) / 0)"}')

    assert (only(write(mapping, {"department": "7"})).code, only(write(mapping, {"department": "7"})).effect) == (
        "expression",
        "refuse",
    )


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ('{write: "purpose"}', "E102"),
        ('{at: REF(DP).02, write: "purpse"}', "E170"),
        ('{at: REF(DP).02, write: "lines"}', "E170"),
        ('{at: REF(DP).02, write: "text(count(purpose))"}', "E170"),
        ('{at: REF(DP).02, read: "text(count(lines))"}', "E170"),
        ("{at: REF(DP).02, write: 'text(sum(lines))'}", "E170"),
    ],
)
def test_an_expression_that_cannot_be_is_told_when_it_is_checked(said: str, code: str) -> None:
    assert code in [flaw.code for flaw in flaws(a_mapping(f"department: {said}"))]


# --------------------------------------------------------------------------------------------------- from the thread


def test_what_the_document_does_not_say_is_carried_from_the_thread() -> None:
    mapping = a_mapping("vendor_number: {at: REF(IA).02, carry: order.vendor_number}")
    carried = {"order": {"vendor_number": "V-77"}}

    assert texts(write(mapping, carried=carried)) == ["REF*IA*V-77"]
    assert texts(write(mapping, {"vendor_number": "V-1"}, carried=carried)) == ["REF*IA*V-1"]
    assert texts(write(mapping, carried={"order": {"vendor_number": None}})) == []
    assert texts(write(mapping)) == []


def test_what_is_required_and_absent_is_refused() -> None:
    mapping = a_mapping("vendor_number: {at: REF(IA).02, required: true, carry: order.vendor_number}")

    written = write(mapping)

    assert (only(written).code, only(written).effect, only(written).field) == ("required", "refuse", "vendor_number")
    assert write(mapping, carried={"order": {"vendor_number": "V-77"}}).problems == ()


# -------------------------------------------------------------------------------------------------- made by writing


def test_lines_are_counted_where_no_field_does() -> None:
    assert write(a_mapping()).segments[-1] == ("CTT", "1")
    assert write(a_mapping("totals: {in: CTT, line_count: CTT01}")).segments[-1] == ("PO1", "", "2")
    assert write(a_mapping("totals: {in: CTT, hash: CTT02}"), {"totals": {"hash": "2"}}).segments[-1] == (
        "CTT",
        "1",
        "2",
    )


def test_pairs_without_a_free_place_are_refused() -> None:
    names = ["IN", "BP", "CB", "VN", "VP", "VC", "MG", "SK", "UP", "UA", "UK"]
    fields = ["buyer_sku", "buyer_part_number", "buyer_catalog_number", "vendor_sku", "vendor_part_number"]
    fields += ["vendor_catalog_number", "manufacturer_part_number", "sku", "upc", "upc_case", "gtin"]
    mapping = a_mapping(lines="\n".join(f"{field}: PO1<{name}>" for field, name in zip(fields, names, strict=True)))

    written = write(mapping, line=dict.fromkeys(fields, "012345678905"))

    assert (only(written).code, only(written).effect, only(written).field) == ("no-room", "refuse", "lines[0].gtin")


def test_what_is_not_of_the_form_the_model_has_is_refused_and_never_raises() -> None:
    mapping = a_mapping("references: {each: REF, kind: REF01}\nbuyer: {in: N1(BY), name: N102}\ndepartment: REF(DP).02")
    said = {"references": "no list", "buyer": ["no object"], "department": {"no": "text"}}

    written = write(mapping, said)

    assert {problem.code for problem in written.problems} == {"wrong-form"}
    assert written.effect == "refuse"


def test_what_reading_works_out_again_is_not_lost() -> None:
    mapping = a_mapping(lines="price: PO104\nnumber: {read: \"'C' if price > 5 else 'A'\"}")

    assert write(mapping, line={"price": "9.50", "number": "C"}).problems == ()
    assert only(write(mapping, line={"price": "9.50", "number": "A"})).code == "not-written"


# ---------------------------------------------------------------------------------------------------------- direction


def test_a_mapping_of_one_direction_refuses_the_other() -> None:
    reads = a_mapping().replace("map:", "direction: read\nmap:")
    writes = a_mapping().replace("map:", "direction: write\nmap:").replace("quantity: PO102", "number: PO101")

    assert (only(write(reads)).code, write(reads).segments) == ("version", ())
    assert read(writes, an_order()).effect == "refuse"
    assert write(writes, line={"quantity": None, "number": "1"}).problems == ()
    assert read(reads, an_order()).effect is None


def test_a_direction_is_one_of_three() -> None:
    assert [flaw.code for flaw in flaws(a_mapping().replace("map:", "direction: sideways\nmap:"))] == ["E002"]


def test_a_wrong_check_digit_is_said_when_it_is_read() -> None:
    mapping = a_mapping(lines="upc: {at: PO1<UP>, fit: gtin}")

    assert read(mapping, an_order()).problems == ()
    reading = read(mapping, an_order(lines=("PO1*1*2*EA*1.50**UP*012345678906",)))
    assert [(problem.code, problem.effect, problem.position) for problem in reading.problems] == [
        ("check-digit", "warn", 3)
    ]
    assert reading.document["lines"] == [{"quantity": Decimal(2), "upc": "012345678906"}]


# ------------------------------------------------------------------------------------------------------ static checks


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ("currency: CUR02", "X12 wants CUR01 in every CUR"),
        ("contacts: {each: PER, name: PER02}", "X12 wants PER01 in every PER"),
        ("buyer: {in: N1, name: N102}", "X12 wants N101 in every N1"),
        ("buyer: {name: N1/N102}", "X12 wants N101 in every N1"),
        ("taxes: {each: TXI, kind: {at: TXI01, read: value}}", "X12 wants TXI01 in every TXI"),
        ("notes: {each: N9(L1), kind: {const: L1}, text: {at: MSG02, join: ' '}}", "X12 wants MSG01 in every MSG"),
    ],
)
def test_what_x12_always_wants_and_nothing_writes_is_told(fields: str, sentence: str) -> None:
    found = flaws(a_mapping(fields))

    assert [flaw.code for flaw in found] == ["E161"]
    assert found[0].sentence.startswith(sentence)
    assert flaws(a_mapping(fields).replace("map:", "direction: read\nmap:")) == ()


def test_a_segment_or_loop_that_x12_always_wants_is_told() -> None:
    mapping = a_mapping().replace("each: PO1", "each: N9(L1)").replace("PO102", "{at: N902, type: decimal}")

    (found,) = flaws(mapping)

    assert (found.code, found.sentence) == ("E161", "X12 wants PO1 in every 850, nothing writes it")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ("department: REF(DPPP).02", "E143"),
        ("currency: {at: CUR02, when: {CUR01: BUYER}}", "E143"),
        ("currency: {at: CUR02, const: DOLLARS, with: {CUR01: BY}}", "E143"),
        ("currency: {at: CUR02, default: DOLLARS, with: {CUR01: BY}}", "E143"),
        ("currency: {at: CUR02, with: {CUR01: BUYER}}", "E143"),
        ("department: {at: REF(DP).02, slot: 6}", "E151"),
    ],
)
def test_what_can_never_be_written_is_told(fields: str, code: str) -> None:
    assert code in [flaw.code for flaw in flaws(a_mapping(fields))]


def test_a_code_that_its_element_cannot_hold_is_told_where_it_stands() -> None:
    rest = "codes:\n  unit: {EA: each, CASES: case}\n"

    found = flaws(a_mapping(lines="unit: {at: PO103, code: unit}", rest=rest))

    assert [flaw.code for flaw in found] == ["E143"]
    assert found[0].place.source.strip() == "unit: {EA: each, CASES: case}"


def test_a_slot_that_is_no_pairs_place_is_told() -> None:
    assert [flaw.code for flaw in flaws(a_mapping(lines="upc: {at: PO1<UP>, slot: 7}"))] == ["E151"]
    assert flaws(a_mapping(lines="upc: {at: PO1<UP>, slot: 8}")) == ()
