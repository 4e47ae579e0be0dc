"""What can never be in a mapping, told before any document: codes nobody has, contradictions, two at one place."""

import pytest

from tests.unit.mapping.orders import a_library, a_mapping, an_overlay, flaws

UNIT = "codes:\n  unit: {EA: each, QX: queer, '*': keep}\n"


def told(fields: str, **more: str) -> list[tuple[str, int, int]]:
    """Code, line and column of every flaw."""
    return [(flaw.code, flaw.place.line, flaw.place.column) for flaw in flaws(a_mapping(fields, **more))]


def said(fields: str, **more: str) -> str:
    found = flaws(a_mapping(fields, **more))
    assert len(found) == 1, [str(flaw) for flaw in found]
    return found[0].sentence


# ------------------------------------------------------------------------------------------------------ codes


@pytest.mark.parametrize(
    ("field", "column", "sentence"),
    [
        ("department: REF(DPQ).02", 15, "'DPQ' never holds: it is no code of REF01 (Kind of reference, 128)"),
        ("buyer: {in: N1(BYX), name: N102}", 15, "'BYX' never holds: it is no code of N101"),
        ("buyer: {in: N1(BY), id: {at: N104, when: {N103: ZQ}}}", 51, "'ZQ' never holds: it is no code of N103"),
        ("buyer: {in: N1(BY), id: {at: N104, with: {N103: ZQ}}}", 51, "'ZQ' is never right: it is no code of N103"),
        ("currency: {at: CUR02, with: {CUR01: BY}, when: {CUR01: Q0}}", 58, "'Q0' never holds"),
        ("buyer: {in: N1(BY), id: N104, id_qualifier: {at: N103, default: ZQ}}", 52, "'ZQ' is never right"),
    ],
)
def test_a_code_that_no_version_has_is_told_where_it_stands(field: str, column: int, sentence: str) -> None:
    found = [flaw for flaw in flaws(a_mapping(field)) if flaw.code == "E144"]

    assert [(flaw.place.line, flaw.place.column) for flaw in found] == [(12, column)]
    assert found[0].sentence.startswith(sentence)


def test_the_qualifier_of_a_pair_is_a_code_too() -> None:
    [flaw] = flaws(a_mapping(lines="upc: PO1<QP>"))

    assert (flaw.code, flaw.place.source[flaw.place.column - 1 :]) == ("E144", "PO1<QP>")
    assert "'QP' is never found: it is no code of PO106" in flaw.sentence


def test_a_code_list_s_entry_is_told_once_where_it_stands() -> None:
    [flaw] = flaws(a_mapping(lines="unit: {at: PO103, code: unit}", rest=UNIT))

    assert (flaw.code, flaw.place.source[flaw.place.column - 1 :]) == ("E144", "queer, '*': keep}")
    assert "'QX' is never found: it is no code of PO103" in flaw.sentence


def test_a_code_that_only_one_version_has_is_good() -> None:
    old = a_mapping("remit_to: {in: N1(RI|RE), name: N102}", versions='"004010"')
    both = a_mapping("remit_to: {in: N1(RI|RE), name: N102}", versions='"004010", "005010"')

    assert flaws(old) == flaws(both) == ()
    assert [flaw.code for flaw in flaws(a_mapping("remit_to: {in: N1(RI|RE), name: N102}", versions='"005010"'))] == [
        "E144"
    ]


def test_what_an_overlay_inherits_is_judged_where_it_was_written() -> None:
    base = a_mapping("remit_to: {in: N1(RI|RE), name: N102}", versions='"004010", "005010"')

    assert flaws(base, an_overlay('versions: ["005010"]\n')) == ()


def test_codes_that_were_agreed_on_are_declared_once() -> None:
    agreed = 'extra_codes: {"355": [QX], "128": [DPQ]}\n'

    assert flaws(a_mapping("department: REF(DPQ).02", lines="unit: {at: PO103, code: unit}", rest=agreed + UNIT)) == ()
    overlay = an_overlay("extra_codes: {'128': [DPQ]}\nmap: {department: REF(DPQ).02}\n")
    assert flaws(a_mapping(), overlay) == ()


@pytest.mark.parametrize("text", ["{REF01: [DPQ]}", "{'128': DPQ}", "{'128': []}", "{'128': [{a: b}]}", "[DPQ]"])
def test_extra_codes_are_lists_by_element(text: str) -> None:
    found = flaws(a_mapping(rest=f"extra_codes: {text}\n"))

    assert found
    assert {flaw.code for flaw in found} == {"E002"}


def test_what_is_only_read_may_be_beside_anything() -> None:
    field = "buyer: {in: N1(BY), id: {at: N104, with: {N103: ZQ}}}"

    assert told(field, rest="direction: read\n") == []


# ------------------------------------------------------------------------------------------------- conditions


@pytest.mark.parametrize(
    ("field", "sentence"),
    [
        (
            "buyer: {in: N1(BY), name: {at: N102, when: {N101: ST}}}",
            "N101 cannot be ST: 'buyer' asks for BY there",
        ),
        ("buyer: {in: N1(BY), when: {N101: [ST, BT]}, name: N102}", "N101 cannot be BT|ST: it asks for BY there"),
        ("buyer: {in: N1(BY), name: N1(ST).02}", "N101 cannot be ST: 'buyer' asks for BY there"),
        ("department: {at: REF(DP).02, when: {REF01: IA}}", "REF01 cannot be IA: it asks for DP there"),
        ("department: {at: REF(DP).02, with: {REF01: IA}}", "REF01 cannot be IA: it asks for DP there"),
        (
            "other_parties: {each: N1(BY), role: {at: N101, const: ST}, name: N102}",
            "N101 cannot be ST: 'other_parties' asks for BY there",
        ),
        (
            "buyer: {in: N1(BY), id: {at: N104, when: {N103: '92'}, with: {N103: '91'}}}",
            "N103 cannot be 91: it asks for 92 there",
        ),
    ],
)
def test_conditions_that_contradict_each_other_are_told(field: str, sentence: str) -> None:
    found = [flaw for flaw in flaws(a_mapping(field)) if flaw.code == "E152"]

    assert [flaw.sentence for flaw in found] == [sentence]


def test_an_overlay_that_contradicts_its_base_is_told_in_the_overlay() -> None:
    base = a_mapping("buyer: {in: N1(BY), name: N102}")
    overlay = an_overlay("map: {buyer: {name: {at: N102, when: {N101: ST}}}}\n")

    [flaw] = flaws(base, overlay)

    assert (flaw.code, flaw.place.file) == ("E152", "acme/850/v1.map.yaml")


@pytest.mark.parametrize(
    "field",
    [
        "buyer: {in: N1(BY), name: {at: N102, when: {N101: BY}}}",
        "buyer: {in: N1(BY|ST), name: {at: N102, when: {N101: ST}}}",
        "department: {at: REF(DP).02, when: {REF(IA).02: '7'}}",
        "buyer: {in: N1(BY), id: {at: N104, when: {N103: ['92', '91']}, with: {N103: '91'}}}",
    ],
)
def test_conditions_that_can_hold_are_good(field: str) -> None:
    assert "E152" not in [flaw.code for flaw in flaws(a_mapping(field))]


@pytest.mark.parametrize("versions", ['"004010"', '"004010", "005010"'])
def test_an_alternative_that_no_version_comes_to_is_told(versions: str) -> None:
    notes = "notes: {each: N9, kind: N901, reference: N902, text: {at: [%s], join: ' '}}"

    assert "E153" in [flaw.code for flaw in flaws(a_mapping(notes % "MSG01, MTX02, N903", versions=versions))]
    assert said("department: {at: [REF(DP).02, REF(19).02]}", versions=versions) == (
        "REF(19).02 is never used: every version of this mapping takes REF(DP).02"
    )


def test_an_alternative_for_one_of_several_versions_is_good() -> None:
    notes = "notes: {each: N9, kind: N901, reference: N902, text: {at: [MSG01, MTX02], join: ' '}}"

    assert told(notes, versions='"004010", "005010"') == []
    assert flaws(a_mapping(notes, versions='"004010", "005010"'), an_overlay('versions: ["005010"]\n')) == ()


# ------------------------------------------------------------------------------------------------ two at one


@pytest.mark.parametrize(
    ("field", "sentence"),
    [
        (
            "buyer: {in: N1(BY), id: {at: N104, with: {N103: '92'}}, name: {at: N102, with: {N103: '91'}}}",
            "N103 cannot be 91: 'buyer.id' writes 92 there",
        ),
        (
            "buyer: {in: N1(BY), id: N104, id_qualifier: N103, name: {at: N104, when: {N103: '92'}}}",
            "N104 is mapped to 'buyer.id' already, and both can be asked for: tell them apart with when:",
        ),
        (
            "buyer: {in: N1(BY), id: {at: N104, when: {N103: ['91', '92']}}, name: {at: N104, when: {N103: '92'}}}",
            "N104 is mapped to 'buyer.id' already, and both can be asked for: tell them apart with when:",
        ),
    ],
)
def test_two_fields_that_would_write_one_element_are_told(field: str, sentence: str) -> None:
    found = flaws(a_mapping(field))

    assert [(flaw.code, flaw.sentence) for flaw in found] == [("E150", sentence)]


def test_a_slot_that_another_field_has_is_told() -> None:
    for lines, slot in (
        (
            "upc: {at: PO1<UP>, slot: 6}\nvendor_sku: {at: PO1<VN>, slot: 6}",
            "slot: 6 of PO1<VN> is taken by 'lines.upc'",
        ),
        ("upc: {at: PO1<UP>, slot: 6}\nvendor_sku: PO107", "slot: 6 of PO1<UP> is taken by 'lines.vendor_sku'"),
    ):
        found = flaws(a_mapping(lines=lines))
        assert [(flaw.code, flaw.sentence) for flaw in found] == [("E150", slot)]


@pytest.mark.parametrize(
    "field",
    [
        "buyer: {in: N1(BY), id: {at: N104, when: {N103: '92'}}, name: {at: N104, when: {N103: '1'}}}",
        "buyer: {in: N1(BY), id: {at: N104, with: {N103: ['92', '91']}}, name: {at: N102, with: {N103: '91'}}}",
        "vendor_number: {at: REF(IA).02, with: {REF03: A}}\ndepartment: {at: REF(DP).02, with: {REF03: B}}",
    ],
)
def test_fields_that_are_told_apart_are_good(field: str) -> None:
    assert told(field) == []


def test_what_is_only_read_may_be_read_twice() -> None:
    twice = "buyer: {in: N1(BY), id: N104, id_qualifier: N103, name: {at: N104, when: {N103: '92'}}}"

    assert told(twice, rest="direction: read\n") == []


# --------------------------------------------------------------------------------------------- all at once


def test_mistakes_of_every_kind_are_told_at_once() -> None:
    fields = "department: REF(DPQ).02\nbuyer: {in: N1(BY), name: {at: N102, when: {N101: ST}}}\nrelease: BEG99\n"

    assert [flaw.code for flaw in flaws(a_mapping(fields))] == ["E144", "E152", "E122"]


# -------------------------------------------------------------------------------------------------- doubts


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ("buyer: {in: N1(BY), name: N102, id: N104}", "no N1 like this without N103 (P0304)"),
        ("buyer: {in: N1(BY), id_qualifier: N103}", "no N1 like this without N104 (P0304)"),
        (
            "buyer: {in: N1(BY), name: N102, contacts: {each: PER, function: PER01, email: PER04}}",
            "without PER03 (P0304)",
        ),
        ("currency: {at: CUR02, with: {CUR01: BY}}\nother_dates: {each: DTM, kind: DTM01}", "DTM02 or DTM03 or DTM05"),
    ],
)
def test_what_x12_wants_only_with_something_else_is_a_doubt(field: str, told: str) -> None:
    library = a_library(a_mapping(field))

    assert [flaw.code for flaw in library.doubts("x12/850@1")] == ["W162"]
    assert told in library.doubts("x12/850@1")[0].sentence


@pytest.mark.parametrize(
    "field",
    [
        "buyer: {in: N1(BY), name: N102}",
        "buyer: {in: N1(BY), id: {at: N104, with: {N103: '92'}}}",
        "buyer: {in: N1(BY), id: N104, id_qualifier: N103}",
        "buyer: {in: N1(BY), name: N102, contacts: {each: PER, function: PER01, email: PER<EM>}}",
    ],
)
def test_what_stands_with_all_it_wants_is_no_doubt(field: str) -> None:
    assert a_library(a_mapping(field)).doubts("x12/850@1") == ()


def test_who_only_reads_has_no_doubts() -> None:
    mapping = a_mapping("buyer: {in: N1(BY), id: N104}", rest="direction: read\n")

    assert a_library(mapping).doubts("x12/850@1") == ()


def test_a_doubt_is_told_once_where_it_was_written() -> None:
    library = a_library(a_mapping("buyer: {in: N1(BY), id: N104}"), an_overlay("map: {department: REF(DP).02}\n"))

    assert library.doubts("acme/850@1") == ()


def test_an_element_too_short_for_a_check_digit_is_told() -> None:
    [flaw] = flaws(a_mapping("currency: {at: CUR02, with: {CUR01: BY}, fit: gtin}"))

    assert (flaw.code, flaw.sentence) == ("E143", "'currency': no GTIN fits into CUR02: it has at most 3 characters")


# ------------------------------------------------------------------------------------------------- places


def test_a_caret_stands_under_the_value_that_is_wrong() -> None:
    for field in (
        "buyer: {in: N1(BY), id: {at: N104, when: {N103: QQQ}}}",
        "buyer: {in: N1(BY), id: {at: N104, when: {N103: ['92', QQQ]}}}",
        "buyer: {in: N1(BY), id: {at: N104, with: {N103: QQQ}}}",
        "buyer: {in: N1(BY), when: {N103: QQQ}, name: N102}",
        "buyer: {in: N1(BY), when: {N101: QQQ}, name: N102}",
        "department: {at: REF(DP).02, when: {REF01: QQQ}}",
    ):
        found = flaws(a_mapping(field))

        assert found
        for flaw in found:
            assert flaw.place.source[flaw.place.column - 1 :].startswith("QQQ"), str(flaw)


@pytest.mark.parametrize("fixed", ["PO107", "{at: PO107, with: {PO106: IN}}", "{at: PO106, when: {PO102: '1'}}"])
def test_a_fixed_element_where_pairs_take_the_next_free_place_is_refused(fixed: str) -> None:
    [flaw] = flaws(a_mapping(lines=f"buyer_sku: {fixed}\nvendor_sku: PO1<VN>"))

    assert (flaw.code, flaw.place.line) == ("E150", 15)
    assert "is a place that 'lines.vendor_sku' (PO1<VN>) can take" in flaw.sentence
    assert flaw.sentence.endswith("or say by when: what PO106 has to be")


@pytest.mark.parametrize(
    "lines",
    [
        "buyer_sku: {at: PO107, when: {PO106: IN}}\nvendor_sku: PO1<VN>",
        "buyer_sku: {at: PO107, with: {PO106: IN}}\nvendor_sku: {at: PO1<VN>, slot: 8}",
        "buyer_sku: PO1<IN>\nvendor_sku: PO1<VN>",
        "contract: PO103\nvendor_sku: PO1<VN>",
    ],
)
def test_a_fixed_element_that_no_pair_can_take_is_good(lines: str) -> None:
    assert flaws(a_mapping(lines=lines)) == ()


def test_what_is_only_read_may_look_at_a_pair_by_its_place() -> None:
    assert flaws(a_mapping(lines="buyer_sku: PO107\nvendor_sku: PO1<VN>", rest="direction: read\n")) == ()


@pytest.mark.parametrize(
    ("lines", "wrong"),
    [
        ("contract: {at: PO103, write: \"'a' * 100000000\"}", "'a'"),
        ('contract: {at: PO103, read: "value * 3", write: value}', "value * 3"),
        ('unit: PO103\ncontract: {read: "unit * 3"}', "unit * 3"),
        ('unit: PO103\nprice: {at: PO104, write: "price * unit"}', 'unit"}'),
    ],
)
def test_arithmetic_with_text_is_told_where_it_stands(lines: str, wrong: str) -> None:
    [flaw] = flaws(a_mapping(lines=lines))

    assert flaw.code == "E170"
    assert flaw.place.source[flaw.place.column - 1 :].startswith(wrong)


def test_arithmetic_with_the_number_of_an_element_is_good() -> None:
    assert flaws(a_mapping(lines='price: {at: PO104, read: "value * 3", write: "price / 3"}')) == ()
