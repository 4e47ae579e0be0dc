"""A condition of several values, and a field that says which of them: both ways."""

import pytest

from tests.unit.mapping.orders import a_mapping, an_order, read
from tests.unit.mapping.test_to_x12 import only, texts, write

pytestmark = pytest.mark.usefixtures("either_way")

NOTES = a_mapping("notes: {each: N9(L1|ZZ), kind: N901, reference: N902, text: MSG01}")
WORDS = a_mapping(
    "notes: {each: N9(L1|ZZ), kind: {at: N901, code: kind}, text: MSG01}",
    rest="codes:\n  kind: {L1: letters, ZZ: mutual}\n",
)
PARTY = a_mapping("buyer: {in: N1(BY|OB), name4: N101, name: N102, city: N401}")


@pytest.mark.parametrize("kind", ["L1", "ZZ"])
def test_the_value_that_the_document_says_is_written(kind: str) -> None:
    said = [{"kind": kind, "reference": "7", "text": "BLUE"}]
    sent = [f"N9*{kind}*7", "MSG*BLUE"]

    written = write(NOTES, {"notes": said})

    assert texts(written) == sent
    assert written.problems == ()
    assert read(NOTES, an_order(*sent)).document["notes"] == said


def test_a_code_list_says_which() -> None:
    written = write(WORDS, {"notes": [{"kind": "mutual", "text": "BLUE"}, {"kind": "letters", "text": "RED"}]})

    assert texts(written) == ["N9*ZZ", "MSG*BLUE", "N9*L1", "MSG*RED"]


@pytest.mark.parametrize("note", [{"text": "BLUE"}, {"reference": "7", "text": "BLUE"}])
def test_the_first_is_written_where_the_document_does_not_say(note: dict[str, str]) -> None:
    written = write(NOTES, {"notes": [note]})

    assert texts(written)[0].startswith("N9*L1")
    assert written.problems == ()


def test_a_value_that_the_condition_does_not_have_is_refused() -> None:
    problem = only(write(NOTES, {"notes": [{"kind": "AB", "text": "BLUE"}]}))

    assert (problem.field, problem.code, problem.effect) == ("notes[0].kind", "conflict", "refuse")
    assert problem.message == "N901: 'AB' stands there, 'notes' asks for 'L1'"


@pytest.mark.parametrize("role", ["BY", "OB"])
def test_an_object_chooses_too(role: str) -> None:
    said = {"name4": role, "name": "ACME", "city": "RENO"}

    assert texts(write(PARTY, {"buyer": said})) == [f"N1*{role}*ACME", "N4*RENO"]


def test_a_single_value_leaves_nothing_to_choose() -> None:
    mapping = a_mapping("notes: {each: N9(L1), kind: N901, text: MSG01}")

    assert texts(write(mapping, {"notes": [{"kind": "L1", "text": "BLUE"}]})) == ["N9*L1", "MSG*BLUE"]
    assert only(write(mapping, {"notes": [{"kind": "ZZ", "text": "BLUE"}]})).code == "conflict"
