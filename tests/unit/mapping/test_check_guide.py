"""A mapping against the guide of its partner: what is refused for certain, what some documents will show."""

import pytest

from gateway.mapping.mismatch import Mismatch
from gateway.partners.guides import pinned
from gateway.x12.overlay import PartnerGuide
from tests.unit.mapping.orders import a_library, a_mapping


def a_guide(rules: str) -> PartnerGuide:
    head = "guide: acme/850-004010\nversion: 1\nowner: onboarding\nname: ACME\nrules:\n"
    found = pinned("acme/850-004010@1", head + "".join(f"  {line}\n" for line in rules.splitlines()), {})
    assert found is not None, rules
    return found


def held(rules: str, fields: str = "", **more: str) -> tuple[Mismatch, ...]:
    return a_library(a_mapping(fields, **more)).compile("x12/850@1").against(a_guide(rules))


def told(rules: str, fields: str = "", **more: str) -> tuple[str, ...]:
    """What is sure, and what is not, marked with a question."""
    return tuple(("" if one.sure else "? ") + one.sentence for one in held(rules, fields, **more))


def unread(rules: str, fields: str = "", **more: str) -> tuple[str, ...]:
    found = a_library(a_mapping(fields, **more)).compile("x12/850@1").unread(a_guide(rules))
    assert not any(one.sure for one in found)
    return tuple(one.sentence for one in found)


# ------------------------------------------------------------------------------------------------ what is written


@pytest.mark.parametrize(
    ("rules", "sentence"),
    [
        ("REF(DP): required", "REF(DP) is required there, and nothing writes it: map a field to it"),
        ("N1(ST): required", "N1(ST) is required there, and nothing writes it: map a field to it"),
        ("N1(BY)/N104: required", "N1(BY)/N104 is required there, and N1 is written without it here"),
        ("PO1/PO104: required", "PO1/PO104 is required there, and PO1 is written without it here: map a field to PO1/"),
        ("PO1/PID(F): required", "PO1/PID(F) is required there, and nothing writes it: map a field to it"),
        ("CUR01: {codes: [SE]}", "CUR01 is always 'BY' here, \"BY\" is not SE"),
        ("N1(BY)/N103: {codes: ['91']}", "N103 is always '92' here, \"92\" is not 91"),
        ("N1(BY)/N103: not used", "N1(BY)/N103 is not used there, and 'buyer.name' writes it"),
        ("CTT02: required", "CTT02 is required there, and CTT is written without it"),
    ],
)
def test_what_a_partner_could_only_refuse_is_told(rules: str, sentence: str) -> None:
    fields = "currency: {at: CUR02, with: {CUR01: BY}}\nbuyer: {in: N1(BY), name: {at: N102, with: {N103: '92'}}}"

    [found] = told(rules, fields)
    assert found.startswith(sentence)


@pytest.mark.parametrize(
    ("rules", "fields"),
    [
        ("REF(DP): required", "department: REF(DP).02"),
        ("REF(DP): required", "references: {each: REF, kind: REF01, value: REF02}"),
        ("N1(ST)/N104: required", "ship_tos: {each: N1(ST), id: {at: N104, with: {N103: '92'}}}"),
        ("CUR01: {codes: [SE]}", "currency: {at: CUR02, with: {CUR01: [SE, BY]}}"),
        ("N1(ST)/N103: {codes: ['91']}", "buyer: {in: N1(BY), id: {at: N104, with: {N103: '92'}}}"),
        ("N1(ST)/N103: {codes: ['91']}", "other_parties: {each: N1, role: N101, id: {at: N104, with: {N103: '92'}}}"),
        ("CTT: required", ""),
        ("PO1/PO106: required", "lines.upc: PO1<UP>"),
        ("PO1/PO106: {codes: [UP]}", "lines.upc: {at: PO1<UP>, slot: 6}\nvendor_sku: PO1<VN>"),
        ("CUR: not used", "currency: {at: CUR02, read: value}"),
        ("CUR: not used", "currency: {at: CUR02, with: {CUR01: BY}}"),
        ("CUR03: not used", "currency: {at: CUR02, with: {CUR01: BY}}\nexchange_rate: CUR03"),
        ("REF(DP): {use: required, when: BEG02=DS}", "type: {at: BEG02, const: SA}"),
        ("REF(DP).02: {longest: 3}", "department: {at: REF(DP).02, match: '[0-9]{3}'}"),
        ("REF(DP).02: {form: '999'}", "department: REF(DP).02"),
        ("REF(DP).02: {form: '999'}", "department: {at: REF(DP).02, const: '012'}"),
    ],
)
def test_what_is_right_is_not_told(rules: str, fields: str) -> None:
    if fields.startswith("lines."):
        assert told(rules, lines=fields.removeprefix("lines.")) == ()
    elif fields.startswith("type:"):
        library = a_library(a_mapping().replace("type: BEG02", fields))
        assert library.compile("x12/850@1").against(a_guide(rules)) == ()
    else:
        assert told(rules, fields) == ()


@pytest.mark.parametrize(
    ("rules", "fields", "sentence"),
    [
        (
            "REF(DP): {use: required, when: BEG02=DS}",
            "",
            "REF(DP) is required there, and nothing writes it when BEG02=DS",
        ),
        ("REF(DP): {use: required, severity: warn}", "", "REF(DP) is required there, and nothing writes it"),
        ("CUR01: {codes: [SE], severity: note}", "currency: {at: CUR02, with: {CUR01: BY}}", "CUR01 is always 'BY'"),
        (
            "REF(DP): not used",
            "department: {at: REF(DP).02, default: TOYS}",
            "REF(DP) is not used there, and 'department' writes it; `department: !remove` leaves it out",
        ),
        (
            "CUR: not used",
            "currency: {at: CUR02, const: USD, with: {CUR01: BY}}\nexchange_rate: {at: CUR03, default: '1'}",
            "CUR is not used there, and 'currency', 'exchange_rate' write it; `currency: !remove` leaves it out",
        ),
        (
            "N1(BY)/N3: not used",
            "buyer: {in: N1(BY), name: N102, address1: {at: N301, default: X}, address2: N302}",
            "N1(BY)/N3 is not used there, and 'buyer.address1' writes it",
        ),
        (
            "N1(BY): not used",
            "buyer: {in: N1(BY), name: {at: N102, const: A}, address1: {at: N301, carry: order.buyer.address1}}",
            "N1(BY) is not used there, and 'buyer' writes it; `buyer: !remove` leaves it out",
        ),
        ("REF(DP).02: {form: '999'}", "department: {at: REF(DP).02, default: TOYS}", "REF02 can be 'TOYS' here"),
        (
            "REF(DP).02: {longest: 3}",
            "department: {at: REF(DP).02, match: '[0-9]{2,5}'}",
            "'department': match: lets '1111' through to REF02, \"1111\" has 4 characters, 3 allowed",
        ),
        (
            "REF(DP).02: {longest: 8}",
            "department: {at: REF(DP).02, fit: cut}",
            "'department': fit: cut leaves 30 characters for REF02, 8 are taken there",
        ),
        (
            "REF(DP).02: {form: AAA}",
            "department: {at: REF(DP).02, fit: gtin}",
            "'department': fit: gtin gives REF02 a value that is refused",
        ),
        (
            "PER: {notes: [P0203]}",
            "contacts: {each: PER, function: PER01, name: PER02}",
            "no PER is taken there without PER03 (P0203), and nothing writes it here",
        ),
        (
            "N1/N104: required",
            "buyer: {in: N1(BY), name: N102}\nbill_to: {in: N1(BT), id: {at: N104, with: {N103: '92'}}}",
            "N1/N104 is required there, and N1 is written without it here",
        ),
    ],
)
def test_what_some_documents_will_show_is_a_doubt(rules: str, fields: str, sentence: str) -> None:
    [found] = told(rules, fields)

    assert found.startswith(f"? {sentence}")


def test_codes_of_a_list_that_the_partner_does_not_take_are_told_with_their_words() -> None:
    codes = "codes:\n  unit: {EA: each, CA: case, BX: box}\n"

    [found] = held("PO1/PO103: {codes: [EA, PK]}", lines="unit: {at: PO103, code: unit}", rest=codes)

    assert found.sentence == (
        "PO103 can be CA (case), BX (box) by list 'unit': only EA, PK is taken there; "
        "give 'lines.unit' a list without them"
    )
    assert not found.sure
    assert found.place is not None
    assert found.place.source.strip() == "unit: {EA: each, CA: case, BX: box}"
    assert found.rule == "PO1/PO103"


def test_a_list_of_which_nothing_is_taken_is_sure() -> None:
    codes = "codes:\n  unit: {CA: case}\n"

    [found] = told("PO1/PO103: {codes: [EA]}", lines="unit: {at: PO103, code: unit}", rest=codes)

    assert found.startswith("PO103 is always CA (case) by list 'unit'")


def test_what_a_list_only_reads_is_never_written() -> None:
    codes = "codes:\n  unit: {EA: each, E1: !read each}\n"

    assert told("PO1/PO103: {codes: [EA]}", lines="unit: {at: PO103, code: unit}", rest=codes) == ()


def test_pairs_without_a_place_of_their_own_may_come_first() -> None:
    rules = "PO1/PO106: {codes: [BP]}"

    [found] = told(rules, lines="buyer_sku: PO1<BP>\nupc: PO1<UP>\nvendor_sku: PO1<VN>")

    assert found == (
        "? PO106 takes the first pair that has a value, which can be UP, VN; only BP is taken there: "
        "`slot: 6` keeps the place for BP"
    )
    assert told(rules, lines="buyer_sku: {at: PO1<BP>, slot: 6}\nupc: PO1<UP>") == ()
    assert told(rules, lines="upc: {at: PO1<UP>, slot: 6}") == ("PO106 is always 'UP' here, \"UP\" is not BP",)


def test_who_only_reads_writes_nothing_wrong() -> None:
    assert told("REF(DP): required", rest="direction: read\n") == ()


def test_a_guide_for_another_release_says_nothing() -> None:
    assert told("REF(DP): required", versions='"005010"') == ()
    assert unread("REF(DP): required", versions='"005010"') == ()


# --------------------------------------------------------------------------------------------------- what is read


@pytest.mark.parametrize(
    ("rules", "fields", "sentence"),
    [
        ("REF(DP): required", "", "REF(DP) comes, and nothing reads it: map a field to it, if our systems need it"),
        ("REF(DP).02: {form: '999'}", "department: REF(19).02", "REF(DP).02 may come, and nothing reads it"),
        ("REF(DP): {use: required, when: BEG02=DS}", "", "REF(DP) may come when BEG02=DS, and nothing reads it"),
        ("PO1/PID: required", "", "PO1/PID comes, and nothing reads it"),
        ("CUR02: {codes: [USD]}", "currency: {const: USD}", "CUR02 may come, and nothing reads it"),
        (
            "CUR02: {codes: [USD, CAD]}",
            "currency: {at: CUR02, const: USD, with: {CUR01: BY}}",
            "'currency' expects USD in CUR02, and CAD may come: a warning each time",
        ),
        (
            "N1(BY)/N103: {codes: ['92', UL]}",
            "buyer: {in: N1(BY), id: {at: N104, with: {N103: '92'}}}",
            "'buyer.id' expects 92 in N103, and UL may come: a warning each time",
        ),
        (
            "N1/N101: {codes: [BY, ST, VN]}",
            "buyer: {in: N1(BY), name: N102}\nbill_to: {in: N1(ST), name: N102}",
            "N1 with VN in N101 may come, and nothing reads it",
        ),
        (
            "REF(DP).02: {form: AAA}",
            "department: {at: REF(DP).02, match: '[0-9]+'}",
            "'department': match: refuses values like 'AAA', which is what the guide asks for",
        ),
    ],
)
def test_what_a_partner_sends_and_nobody_reads_is_told(rules: str, fields: str, sentence: str) -> None:
    [found] = unread(rules, fields)

    assert found.startswith(sentence)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [("keep", "it is kept as it stands"), ("park", "the document waits for a person"), ("refuse", "is refused")],
)
def test_a_code_without_a_word_is_told_with_what_becomes_of_it(answer: str, sentence: str) -> None:
    codes = f"codes:\n  unit: {{EA: each, '*': {answer}}}\n"

    [found] = unread("PO1/PO103: {codes: [EA, PK]}", lines="unit: {at: PO103, code: unit}", rest=codes)

    assert found.startswith("PK may come in PO103 ('lines.unit'), and list 'unit' has no word for it: ")
    assert sentence in found
    assert found.endswith("; `codes: {unit: {PK: ...}}` says one")


@pytest.mark.parametrize(
    ("rules", "fields"),
    [
        ("REF(DP): required", "department: REF(DP).02"),
        ("REF(DP): required", "references: {each: REF, rest: true, kind: REF01, value: REF02}"),
        ("REF: not used", ""),
        ("CTT: required\nCTT01: required", ""),
        ("N1/N101: {codes: [BY, VN]}", "other_parties: {each: N1, role: N101, name: N102}"),
        ("N1(BY): required", "buyer: {in: N1(BY), name: N102}"),
        ("PO1: {most: 20}", ""),
        ("REF(DP).02: {form: '999'}", "department: {at: REF(DP).02, match: '[0-9]{3}'}"),
    ],
)
def test_what_is_read_is_not_told(rules: str, fields: str) -> None:
    assert unread(rules, fields) == ()


def test_who_only_writes_passes_nothing_over() -> None:
    assert unread("REF(DP): required", rest="direction: write\n") == ()
