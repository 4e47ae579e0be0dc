"""`only:`: a field or object that one X12 version has and another has not."""

import pytest

from gateway.canonical.schemas import SCHEMAS
from tests.unit.mapping.orders import a_library, a_mapping, an_order, an_overlay, flaws, read
from tests.unit.mapping.test_to_x12 import only, texts, write

BOTH = '"004010", "005010"'
NOTE = 'notes: {each: N9(L1), only: "005010", text: MTX02}'
COUNTRY = 'buyer: {in: N1(BY), name: N102, state: {at: N407, only: ["005010"]}}'


def test_a_location_of_one_version_is_a_mistake_without_only() -> None:
    (flaw,) = flaws(a_mapping(COUNTRY.replace(', only: ["005010"]', ""), versions=BOTH))

    assert flaw.code == "E122"
    assert flaw.sentence.endswith("(in 004010)")


@pytest.mark.parametrize("field", [NOTE, COUNTRY])
def test_a_location_of_one_version_is_good_where_only_names_it(field: str) -> None:
    assert flaws(a_mapping(field, versions=BOTH)) == ()


@pytest.mark.parametrize("field", [NOTE.replace("MTX02", "MSG01"), COUNTRY.replace("N407", "N409")])
def test_a_location_that_is_missing_in_the_version_named_is_a_mistake(field: str) -> None:
    assert {flaw.code for flaw in flaws(a_mapping(field, versions=BOTH))} <= {"E121", "E122"} != set()


def test_a_field_is_read_in_the_version_that_only_names() -> None:
    mapping, text = a_mapping(COUNTRY, versions=BOTH), "N1*BY*ACME~N4*******QC"

    assert read(mapping, an_order(text, version="005010")).document["buyer"] == {"name": "ACME", "state": "QC"}
    assert read(mapping, an_order(text, version="004010")).document["buyer"] == {"name": "ACME"}


def test_a_field_is_written_in_the_version_that_only_names() -> None:
    written = write(a_mapping(COUNTRY, versions=BOTH), {"buyer": {"name": "ACME", "state": "QC"}}, version="005010")

    assert texts(written) == ["N1*BY*ACME", "N4*******QC"]
    assert written.problems == ()


@pytest.mark.parametrize(
    ("field", "said", "lost"),
    [(COUNTRY, {"buyer": {"name": "ACME", "state": "QC"}}, "buyer.state"), (NOTE, {"notes": [{"text": "A"}]}, "notes")],
)
def test_what_another_version_has_no_place_for_is_told(field: str, said: dict[str, object], lost: str) -> None:
    problem = only(write(a_mapping(field, versions=BOTH), said, version="004010"))

    assert (problem.code, problem.effect, problem.field) == ("not-written", "warn", lost)
    assert problem.message == f"'{lost}' is not written: the mapping has it only in 005010"


@pytest.mark.parametrize("form", ["department: {at: REF(DP).02, only: %s}", "notes: {each: N9, only: %s, kind: N901}"])
def test_only_names_a_version_of_the_mapping(form: str) -> None:
    (flaw,) = flaws(a_mapping(form % '["004010", "005100"]', versions=BOTH))

    assert flaw.code == "E154"
    assert "only: '005100' is no version of this mapping, which is for 004010, 005010" in flaw.sentence
    assert flaw.sentence.endswith("did you mean '005010'?")


@pytest.mark.parametrize("said", ["{}", "[]", "[[a]]", '""'])
def test_only_is_a_version_or_a_list_of_them(said: str) -> None:
    assert [flaw.code for flaw in flaws(a_mapping(f"department: {{at: REF(DP).02, only: {said}}}"))] == ["E102"]


def test_what_the_model_requires_stands_in_every_version() -> None:
    mapping = a_mapping(versions=BOTH).replace("po_number: BEG03", 'po_number: {at: BEG03, only: "005010"}')

    (flaw,) = [each for each in flaws(mapping) if each.code == "E160"]

    assert flaw.sentence == ("the canonical field 'po_number' is required and is not mapped, for its only: (in 004010)")


def test_an_overlay_for_fewer_versions_inherits_what_is_only_for_others() -> None:
    base, own = a_mapping(COUNTRY, versions=BOTH), 'map: {department: {at: REF(DP).02, only: "005010"}}'

    assert flaws(base, an_overlay('versions: ["004010"]')) == ()
    assert [flaw.code for flaw in flaws(base, an_overlay(f'versions: ["004010"]\n{own}'))] == ["E154"]


def test_explain_tells_the_version_of_both_ways() -> None:
    rows = {row.field: row for row in a_library(a_mapping(f"{NOTE}\n{COUNTRY}", versions=BOTH)).explain("x12/850@1")}

    for field, where in (("notes[]", "each N9(L1)"), ("buyer.state", "N407")):
        assert (rows[field].read, rows[field].written) == (f"{where}, only in 005010",) * 2


def test_no_canonical_field_has_the_name_of_the_key() -> None:
    assert not [name for name, model in SCHEMAS.items() if "only" in model.model_fields]
