"""`../`: what stands in the loop around the entries of a list, both ways."""

import pytest

from tests.unit.mapping.orders import a_mapping, an_order, flaws, read
from tests.unit.mapping.test_to_x12 import only, texts, write

NOTES = "notes: {each: N9/MSG, %skind: ../N901, reference: ../N902, text: MSG01}"
APART = NOTES % "apart: true, "
SHARED = NOTES % ""
SENT = "N9*L1*7~MSG*BLUE~MSG*RED~N9*ZZ*8~MSG*GREEN"
SAID: dict[str, object] = {
    "notes": [
        {"kind": "L1", "reference": "7", "text": "BLUE"},
        {"kind": "L1", "reference": "7", "text": "RED"},
        {"kind": "ZZ", "reference": "8", "text": "GREEN"},
    ]
}


def test_every_entry_reads_what_stands_in_the_loop_around_it() -> None:
    assert read(a_mapping(SHARED), an_order(SENT)).document["notes"] == SAID["notes"]


@pytest.mark.parametrize("form", [SHARED, APART])
def test_entries_that_say_the_same_of_the_loop_around_them_share_it(form: str) -> None:
    written = write(a_mapping(form), SAID)

    assert "~".join(texts(written)) == SENT
    assert written.problems == ()


def test_entries_that_say_nothing_of_the_loop_around_them_stand_apart_where_the_list_says_so() -> None:
    mapping = a_mapping(APART.replace("../N901", "{at: ../N901, default: L1}"))

    written = write(mapping, {"notes": [{"text": "BLUE"}, {"text": "RED"}, {"reference": "7", "text": "GREEN"}]})

    assert texts(written) == ["N9*L1", "MSG*BLUE", "N9*L1", "MSG*RED", "N9*L1*7", "MSG*GREEN"]


def test_entries_that_say_nothing_of_the_loop_around_them_never_share_that_of_others() -> None:
    mapping = a_mapping(SHARED.replace("../N901", "{at: ../N901, default: L1}"))
    notes = [{"reference": "7", "text": "BLUE"}, {"text": "RED"}, {"text": "GREEN"}]

    assert texts(write(mapping, {"notes": notes})) == ["N9*L1*7", "MSG*BLUE", "N9*L1", "MSG*RED", "MSG*GREEN"]


def test_an_object_may_stand_in_the_loop_around_an_entry() -> None:
    parties = """\
ship_tos:
  each: SPI/N1(ST)
  id: ../SPI01
  name: N102
  references: {each: ../REF, kind: REF01, value: REF02}
"""
    sent = ["SPI*00", "REF*IA*7", "N1*ST*DOCK 1", "N1*ST*DOCK 2", "SPI*03", "N1*ST*DOCK 3"]
    references = [{"kind": "IA", "value": "7"}]
    said = [
        {"id": "00", "references": references, "name": "DOCK 1"},
        {"id": "00", "references": references, "name": "DOCK 2"},
        {"id": "03", "name": "DOCK 3"},
    ]

    assert read(a_mapping(parties), an_order(*sent)).document["ship_tos"] == said
    assert texts(write(a_mapping(parties), {"ship_tos": said})) == sent


def test_faults_of_the_loop_around_an_entry_name_the_entry() -> None:
    long: dict[str, object] = {"notes": [{"text": "BLUE"}, {"reference": "7" * 40, "text": "RED", "kind": "L1"}]}

    problem = only(write(a_mapping(SHARED.replace("kind: ../N901", "kind: {at: ../N901, default: L1}")), long))

    assert (problem.field, problem.code) == ("notes[1].reference", "too-long")


@pytest.mark.parametrize(
    "form",
    [
        "department: ../REF(DP).02",
        "notes: {each: N9, kind: ../N901}",
        "buyer: {in: N1(BY), name: ../N102}",
        "references: {each: N1(ST)/REF, kind: REF01, value: {at: REF02, xref: sku}}\nbuyer: {in: ../N1, name: N102}",
    ],
)
def test_outside_is_for_lists_that_go_through_a_loop(form: str) -> None:
    (flaw,) = flaws(a_mapping(form))

    assert flaw.code == "E121"
    assert flaw.sentence.endswith("for the fields of a list whose each: goes through a loop, like LX/W01")


@pytest.mark.parametrize(
    "form",
    [
        "notes: {each: N9/MSG, kind: {at: [../N901, N901]}, text: MSG01}",
        'notes: {each: N9/MSG, kind: {at: ../N902, with: {N901: "L1"}}, text: MSG01}',
    ],
)
def test_a_field_stands_in_one_loop(form: str) -> None:
    assert [flaw.code for flaw in flaws(a_mapping(form))] == ["E102"]


def test_what_the_loop_around_needs_is_looked_after() -> None:
    (flaw,) = flaws(a_mapping("notes: {each: N9/MSG, reference: ../N902, text: MSG01}"))

    assert (flaw.code, "N901" in flaw.sentence) == ("E161", True)


def test_two_fields_at_one_element_of_the_loop_around_are_a_mistake() -> None:
    mapping = a_mapping("notes: {each: N9/MSG, kind: ../N901, reference: ../N901, text: MSG01}")

    assert [flaw.code for flaw in flaws(mapping)] == ["E150"]
