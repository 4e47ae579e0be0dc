import hashlib

import pytest

from gateway.errors import ConfigurationError
from gateway.mapping.diagnosis import MappingError
from gateway.mapping.library import Library
from tests.unit.mapping.orders import a_library, a_mapping, an_overlay, codes, flaws

BASE = a_mapping(
    "department: REF(DP).02\ncancel_after: DTM(001).02\n"
    "buyer: {in: N1(BY), name: N102}\nterms: {each: ITD, kind: ITD01}",
    lines="unit: {at: PO103, code: unit}",
    rest="search: {po: BEG03}\ncodes:\n  unit: {EA: each, CA: case}\n",
)


def _one(text: str, overlay: str = "") -> str:
    """The only flaw of a mapping, as shown."""
    found = flaws(text, overlay)
    assert len(found) == 1, [str(flaw) for flaw in found]
    return str(found[0])


# -------------------------------------------------------------------------------------------------- files


def test_names_come_from_paths_and_versions_are_numbers() -> None:
    library = Library({f"acme/850/v{n}.map.yaml": "" for n in (10, 2)} | {"acme/850/fixtures/x.json": ""})

    assert library.names() == ("acme/850@2", "acme/850@10")


def test_a_mapping_in_a_place_of_no_mapping_is_a_stray() -> None:
    assert [flaw.place.file for flaw in Library({"acme/v1.map.yaml": ""}).strays()] == ["acme/v1.map.yaml"]


def test_the_path_has_to_agree_with_the_head() -> None:
    assert "belongs into acme/850/v1.map.yaml" in str(
        _error({"x12/850/v1.map.yaml": BASE, "acme/850/v2.map.yaml": an_overlay("")}, "acme/850@2")
    )


def test_a_chain_is_pinned_by_content_base_last() -> None:
    overlay = an_overlay("guide: ours")

    chain = a_library(BASE, overlay).chain("acme/850@1")

    assert [(pinned.name, pinned.sha256) for pinned in chain] == [
        ("acme/850@1", hashlib.sha256(overlay.encode()).hexdigest()),
        ("x12/850@1", hashlib.sha256(BASE.encode()).hexdigest()),
    ]


def _error(files: dict[str, str], name: str) -> MappingError:
    with pytest.raises(MappingError) as caught:
        Library(files).compile(name)
    return caught.value


def test_what_is_extended_has_to_be_there_and_the_nearest_name_is_offered() -> None:
    error = _error(
        {"x12/850/v1.map.yaml": BASE, "acme/850/v1.map.yaml": an_overlay("", extends="x12/850@2")}, "acme/850@1"
    )

    assert isinstance(error, ConfigurationError)
    assert str(error).startswith(
        "acme/850/v1.map.yaml:3:10: E003: there is no mapping 'x12/850@2'; did you mean 'x12/850@1'?"
    )


def test_a_circle_is_told() -> None:
    files = {
        "a/850/v1.map.yaml": an_overlay("", name="a/850", extends="b/850@1"),
        "b/850/v1.map.yaml": an_overlay("", name="b/850", extends="a/850@1"),
    }

    assert "circle" in str(_error(files, "a/850@1"))


def test_a_chain_of_four_is_refused_and_one_of_three_is_not() -> None:
    files = {"x12/850/v1.map.yaml": BASE}
    for name, extends in (("a", "x12"), ("b", "a"), ("c", "b")):
        files[f"{name}/850/v1.map.yaml"] = an_overlay("", name=f"{name}/850", extends=f"{extends}/850@1")

    assert Library(files).compile("b/850@1").name == "b/850@1"
    assert [flaw.code for flaw in _error(files, "c/850@1").flaws] == ["E003"]


def test_compiling_is_done_once() -> None:
    library = a_library(BASE)

    assert library.compile("x12/850@1") is library.compile("x12/850@1")


def test_explain_names_the_file_and_line_that_has_the_last_word() -> None:
    library = a_library(BASE, an_overlay("map:\n  department: REF(19).02\n"))

    rows = {row.field: (row.location, row.origin) for row in library.explain("acme/850@1")}

    assert rows["department"] == ("REF(19).02", "acme/850/v1.map.yaml:6")
    assert rows["po_number"] == ("BEG03", "x12/850/v1.map.yaml:13")
    assert rows["lines[]"][0] == "each PO1"
    assert rows["lines[].unit"][0] == "PO103, code unit"


def test_explain_says_what_is_not_the_same_both_ways() -> None:
    fields = "department: {at: REF(DP).02, read: upper(value), write: lower(value), carry: order.department}\n"
    library = a_library(a_mapping(fields + 'release: {read: "cut(po_number, 0, 2)"}'))

    rows = {row.field: row.location for row in library.explain("x12/850@1")}

    assert rows["department"] == "REF(DP).02, read upper(value), written lower(value), carried from order.department"
    assert rows["release"] == "read cut(po_number, 0, 2), never written"


# ----------------------------------------------------------------------------------------------- overlays


def test_an_overlay_replaces_a_field_adds_one_and_removes_one() -> None:
    overlay = an_overlay(
        "map:\n  department: REF(19).02\n  cancel_after: !remove\n  lines.upc: PO1<UP>\n  buyer: {id: N104}\n"
    )

    fields = {row.field: row.location for row in a_library(BASE, overlay).explain("acme/850@1")}

    assert fields["department"] == "REF(19).02"
    assert "cancel_after" not in fields
    assert fields["lines[].upc"] == "PO1<UP>"
    assert (fields["buyer.name"], fields["buyer.id"]) == ("N102", "N104")


def test_replace_takes_the_whole_object() -> None:
    overlay = an_overlay("map:\n  terms: !replace {each: ITD(14), net_days: ITD07}\n")

    fields = {row.field: row.location for row in a_library(BASE, overlay).explain("acme/850@1")}

    assert "terms[].kind" not in fields
    assert fields["terms[]"] == "each ITD(14)"


def test_code_lists_merge_by_code() -> None:
    overlay = an_overlay("codes:\n  unit: {BX: box, CA: !remove }\n")

    assert flaws(BASE, overlay) == ()


@pytest.mark.parametrize(
    ("overlay", "said"),
    [
        ("map: {cancel_afer: !remove }", "did you mean 'cancel_after'"),
        ("map: {lines.upcc: !remove }", "'lines.upcc' to remove"),
        ("map: {promotion: !replace REF(PD).02}", "'promotion' to replace"),
        ("codes: {unit: {BX: !remove }}", "'BX' to remove"),
        ("codes: {units: !remove }", "did you mean 'unit'"),
        ("search: {vendor: !remove }", "'vendor' to remove"),
    ],
)
def test_what_is_not_there_cannot_be_removed_or_replaced(overlay: str, said: str) -> None:
    found = _one(BASE, an_overlay(overlay))

    assert "E110" in found
    assert said in found


def test_an_overlay_may_read_fewer_versions_but_no_others() -> None:
    both = a_mapping(versions='"004010", "005010"')

    assert a_library(both, an_overlay('versions: ["005010"]')).compile("acme/850@1").versions == ("005010",)
    assert codes(flaws(BASE, an_overlay('versions: ["005010"]'))) == ["E002"]


# ------------------------------------------------------------------------------------------------- checks


def test_a_flaw_shows_line_caret_and_the_nearest_name() -> None:
    assert _one(a_mapping("departmnt: REF(DP).02")) == (
        "x12/850/v1.map.yaml:12:3: E101: the document has no canonical field 'departmnt'; did you mean 'department'?\n"
        "      departmnt: REF(DP).02\n"
        "      ^"
    )


@pytest.mark.parametrize(
    ("field", "code", "said"),
    [
        ("department: {att: BEG03, at: REF(DP).02}", "E102", "did you mean 'at'"),
        ("department: {code: x}", "E102", "needs at:"),
        ("department: {at: REF(DP).02, required: yes}", "E102", "true or false"),
        ("department: {at: REF(DP).02, decimals: many}", "E102", "whole number"),
        ("department: {at: REF(DP).02, type: text, fit: squeeze}", "E102", "refuse, cut"),
        ("department: {at: REF(DP).02, type: txt}", "E102", "did you mean 'text'"),
        ("exchange_rate: {at: CUR03, default: much}", "E102", "not a decimal"),
        ("order_date: {at: BEG05, const: soon}", "E102", "not a date"),
        ("buyer: N102", "E101", "an object"),
        ("buyer: {each: N1(BY), name: N102}", "E101", "not a list"),
        ("references: {in: REF, kind: REF01}", "E101", "it needs each:"),
        ("buyer: {in: N1(BY), rest: true, name: N102}", "E102", "'rest' goes with each:"),
        ("department: BEGG03", "E120", "not a location"),
        ("department: REF[DP].02", "E120", "not a location"),
        ("department: RFE(DP).02", "E121", "did you mean 'REF'"),
        ("department: PO1/REF(DP).02", "", ""),
        ("department: N102", "E121", "N1 is a loop in 850: write N1/N102"),
        ("department: REF(DP)/REF02", "E121", "not a loop to go through"),
        ("department: REF09", "E122", "REF has 4 elements"),
        ("department: REF(09=DP).02", "E122", "REF has 4 elements"),
        ("department: REF02:1", "E122", "not a composite"),
        ("department: REF04", "E122", "write REF04:1"),
        ("department: BEG<UP>", "E122", "no pairs"),
        ("department: ISA17", "E122", "ISA16"),
        ("department: PER(BD,JANE).02", "E123", "name the element"),
        ("requested_ship: BEG04", "E130", "not a date element"),
        ("department: DTM(002).02", "E131", "a date element"),
        ("exchange_rate: {at: CUR02, with: {CUR01: BY}}", "E132", "not a number element"),
        ("department: SAC(C)/SAC05", "E132", "implied decimals"),
        ("department: {at: REF(DP).02, code: units}", "E141", "did you mean 'unit'"),
        ("department: BEG03", "E150", "'po_number' already"),
        ('department: {read: "po_numbr + 1"}', "E170", "did you mean 'po_number'"),
        ('department: {read: "po_number.upper()"}', "E170", "not allowed"),
        ("bill_to: {like: buyr, in: N1(BT)}", "E115", "no object 'buyr'"),
        ("bill_to: {like: bill_to, in: N1(BT)}", "E115", "circle"),
    ],
)
def test_each_mistake_has_its_code_and_its_sentence(field: str, code: str, said: str) -> None:
    mapping = a_mapping(field, rest="codes:\n  unit: {EA: each}\n")
    if field.startswith("order_date"):
        mapping = mapping.replace("  order_date: BEG05\n", "", 1)

    if not code:
        assert flaws(mapping) == ()
        return
    found = _one(mapping)
    assert f": {code}: " in found
    assert said in found


def test_an_expression_s_mistake_is_shown_at_its_column() -> None:
    found = flaws(a_mapping('department: {read: "upper(po_numbr)"}'))[0]

    assert found.place.source[found.place.column - 1 :].startswith("po_numbr")


def test_a_code_list_that_cannot_be_inverted_is_told_and_read_mends_it() -> None:
    lines = "unit: {at: PO103, code: unit}"

    assert "E140" in _one(a_mapping(lines=lines, rest="codes:\n  unit: {CA: case, CS: case}\n"))
    assert flaws(a_mapping(lines=lines, rest="codes:\n  unit: {CA: case, CS: !read case}\n")) == ()


def test_a_required_canonical_field_that_nothing_maps_is_told() -> None:
    mapping = a_mapping(rest="direction: read\n")
    found = flaws(mapping.replace("  order_date: BEG05\n", "").replace("    quantity: PO102\n", ""))

    assert [flaw.sentence for flaw in found] == [
        "the canonical field 'order_date' is required and is not mapped",
        "the canonical field 'lines.quantity' is required and is not mapped",
    ]


def test_what_writing_lacks_is_told_beside_every_other_mistake() -> None:
    fields = "departmemt: REF(DP).02\ncurrency: CUR02\nbuyer: {in: N1(BUYER), name: N102}"
    mapping = a_mapping(fields, lines="upc: {at: PO1<UP>, slot: 7}")

    assert codes(flaws(mapping)) == ["E101", "E161", "E143", "E151"]


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ("  order_dat: BEG05\n", ["E160", "E101"]),
        ("  order_dat:\n    at: BEG05\n", ["E160", "E101"]),
        ("  order_date: BGE05\n", ["E121"]),
        ("  order_date: beg05\n", ["E120"]),
        ("", ["E160", "E161"]),
    ],
)
def test_what_a_mistaken_line_was_to_write_is_not_told_to_be_missing(field: str, told: list[str]) -> None:
    mapping = a_mapping().replace("  order_date: BEG05\n", field)

    assert codes(flaws(mapping)) == told


def test_what_is_wrong_in_the_head_hides_nothing_of_the_map() -> None:
    head = a_mapping("departmemt: REF(DP).02").replace("owner:", "ower:")
    overlay = an_overlay("direktion: read\nmap: {departmemt: REF(19).02}\n")

    assert codes(flaws(head)) == ["E002", "E002", "E101"]
    assert codes(flaws(a_mapping(), overlay)) == ["E002", "E101"]
    assert codes(flaws(a_mapping(), an_overlay("direktion: read\n", extends="x12/850@7"))) == ["E003", "E002"]


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file() -> None:
    found = flaws(
        a_mapping("departmnt: BEG06\nrequested_ship: BEG04\ncontract: XYZ03", lines="unit: {at: PO103, code: u}")
    )

    assert codes(found) == ["E101", "E130", "E121", "E141"]
    assert [flaw.place.line for flaw in found] == sorted(flaw.place.line for flaw in found)


def test_a_mistake_in_one_of_several_versions_names_it() -> None:
    mapping = a_mapping('notes: {each: N9, text: {at: MSG01, join: " "}}', versions='"004010", "005010"')

    assert "E121: there is no MSG in 850/N9" in _one(mapping)
    assert "(in 005010)" in _one(mapping)


def test_a_mistake_in_all_versions_names_none() -> None:
    assert "(in " not in _one(a_mapping("department: XYZ03", versions='"004010", "005010"'))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('transaction: "850"', 'transaction: "851"', "no guide for 851"),
        ('versions: ["004010"]', 'versions: ["009999"]', "no guide for 850 in '009999'"),
        ('versions: ["004010"]', 'versions: "004010"', "a list of X12 versions"),
        ("canonical: order.v1", "canonical: order.v9", "only order.v1"),
        ("canonical: order.v1", "canonicl: order.v1", "did you mean 'canonical'"),
        ("version: 1\n", "", "version"),
        ("owner: onboarding\n", "", "the head needs owner: who keeps this mapping"),
        ("owner: onboarding", 'owner: ""', "owner: is text"),
    ],
)
def test_the_head_is_checked(old: str, new: str, said: str) -> None:
    found = flaws(a_mapping().replace(old, new, 1))

    assert "E002" in codes(found)
    assert any(said in flaw.sentence for flaw in found)


def test_an_overlay_has_an_owner_of_its_own() -> None:
    found = flaws(BASE, an_overlay("").replace("owner: onboarding\n", ""))

    assert [(flaw.code, flaw.sentence.partition(":")[0]) for flaw in found] == [("E002", "the head needs owner")]


def test_a_wrong_version_is_told_at_the_version() -> None:
    found = flaws(a_mapping().replace("version: 1\n", "version: 12\n", 1))

    assert [(flaw.code, flaw.place.line, flaw.place.column) for flaw in found] == [("E002", 2, 10)]
    assert found[0].sentence == "version: is '12', which belongs into x12/850/v12.map.yaml, not x12/850/v1.map.yaml"


def test_a_wrong_name_is_told_at_the_name() -> None:
    found = flaws(a_mapping().replace("mapping: x12/850", "mapping: x12/855", 1))

    assert [(flaw.code, flaw.place.line, flaw.place.column) for flaw in found] == [("E002", 1, 10)]
    assert "belongs into x12/855/v1.map.yaml" in found[0].sentence


def test_what_is_not_utf_8_is_told_with_its_place() -> None:
    text = a_mapping().encode().replace(b"onboarding", b"onb\xf6arding").decode(errors="surrogateescape")

    assert [str(flaw) for flaw in flaws(text)] == [
        "x12/850/v1.map.yaml:6:11: E001: not UTF-8: byte 0xF6 is no character; save the file as UTF-8"
    ]


def test_an_overlay_does_not_change_what_its_base_is() -> None:
    assert codes(flaws(BASE, an_overlay('transaction: "855"\n'))) == ["E002"]


def test_a_fixture_may_not_leave_the_folder() -> None:
    assert codes(flaws(BASE, an_overlay("tests: [{edi: ../../secret, json: x.json}]"))) == ["E002"]


def test_aliases_reach_the_author_as_a_flaw_of_the_mapping() -> None:
    assert codes(flaws(a_mapping("buyer: &party {in: N1(BY), name: N102}\nbill_to: *party"))) == ["E001", "E001"]


def test_a_chain_that_is_too_long_is_told_in_the_file_that_makes_it_so() -> None:
    files = {"x12/850/v1.map.yaml": BASE}
    for number in range(1, 4):
        extends = f"acme/o{number - 1}@1" if number > 1 else "x12/850@1"
        files[f"acme/o{number}/v1.map.yaml"] = an_overlay("", extends=extends, name=f"acme/o{number}")

    with pytest.raises(MappingError) as caught:
        Library(files).compile("acme/o3@1")

    assert str(caught.value).splitlines()[0] == (
        "acme/o3/v1.map.yaml:3:10: E003: extends: a chain has at most 3 mappings, this one more:"
        " x12/850@1 <- acme/o1@1 <- acme/o2@1 <- acme/o3@1"
    )
