"""`match:`: an element looks as agreed, or the document is refused; both ways."""

import time

import pytest

from gateway.mapping.pattern import MAXIMUM_LENGTH, NotAPattern, pattern
from gateway.mapping.reading import Problem
from gateway.mapping.translate import Refused
from tests.unit.mapping.orders import a_mapping, an_order, flaws, read
from tests.unit.mapping.test_to_x12 import only, texts, write

STORE = a_mapping("department: {at: REF(DP).02, match: '[0-9]{3}'}")


def the_problem(problems: tuple[Problem, ...]) -> tuple[str, str, str, str]:
    assert len(problems) == 1, problems
    return (problems[0].field, problems[0].code, problems[0].effect, problems[0].value)


def test_a_value_that_matches_is_read_and_written() -> None:
    assert read(STORE, an_order("REF*DP*031")).document["department"] == "031"
    assert texts(write(STORE, {"department": "031"})) == ["REF*DP*031"]


@pytest.mark.parametrize("value", ["31", "0311", "03A", " 031"])
def test_a_value_that_does_not_match_as_a_whole_refuses_the_document(value: str) -> None:
    reading = read(STORE, an_order(f"REF*DP*{value}"))

    assert the_problem(reading.problems) == ("department", "pattern", "refuse", value)
    assert "department" not in reading.document


def test_what_does_not_match_is_not_written() -> None:
    written = write(STORE, {"department": "TOYS"})

    assert the_problem(written.problems) == ("department", "pattern", "refuse", "TOYS")
    assert only(written).message == "REF(DP).02: 'TOYS' does not match [0-9]{3}"
    assert texts(written) == []


def test_blanks_at_the_end_are_no_part_of_what_has_to_match() -> None:
    assert read(STORE, an_order("REF*DP*031 ")).problems == ()


def test_what_has_to_match_is_what_stands_in_the_element_not_our_word_for_it() -> None:
    mapping = a_mapping(
        lines="unit: {at: PO103, code: unit, match: 'E.'}", rest="codes:\n  unit: {EA: each, '*': keep}\n"
    )

    assert read(mapping, an_order()).problems == ()
    assert the_problem(write(mapping, line={"unit": "BX"}).problems) == ("lines[0].unit", "pattern", "refuse", "BX")


def test_an_expression_gets_only_what_matches() -> None:
    mapping = a_mapping("department: {at: REF(DP).02, match: '[0-9]{3}', read: \"pad(value, 6)\"}")

    assert read(mapping, an_order("REF*DP*031")).document["department"] == "000031"
    assert the_problem(read(mapping, an_order("REF*DP*31")).problems)[1] == "pattern"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("([0-9]", "missing )"),
        ("(a)\\1", "invalid escape sequence"),
        ("(?=a)b", "invalid perl operator"),
        ("((a{100}){100}){100}", "invalid repetition size"),
        ("a" * (MAXIMUM_LENGTH + 1), f"at most {MAXIMUM_LENGTH} characters"),
    ],
)
def test_what_is_no_pattern_is_told_where_it_stands(text: str, said: str) -> None:
    found = flaws(a_mapping(f"department: {{at: REF(DP).02, match: '{text}'}}"))

    assert [(flaw.code, flaw.place.line) for flaw in found] == [("E171", 12)]
    assert said in found[0].sentence
    assert found[0].place.source[found[0].place.column - 1 :].startswith("'")


def test_a_pattern_without_a_place_is_told() -> None:
    assert [flaw.code for flaw in flaws(a_mapping("department: {const: '031', match: '[0-9]+'}"))] == ["E102"]


def test_a_constant_that_its_own_pattern_refuses_is_told() -> None:
    found = flaws(a_mapping("department: {at: REF(DP).02, default: TOYS, match: '[0-9]+'}"))

    assert [(flaw.code, "does not match" in flaw.sentence) for flaw in found] == [("E143", True)]


def test_a_pattern_that_would_never_end_elsewhere_ends_at_once() -> None:
    evil = pattern("(x+x+)+y")

    before = time.process_time()
    with pytest.raises(Refused):
        evil.check("x" * 100_000)

    assert time.process_time() - before < 1


@pytest.mark.parametrize("text", ["\udc80", "a\udfff"])
def test_what_is_no_text_is_no_pattern_and_matches_none(text: str) -> None:
    with pytest.raises(NotAPattern):
        pattern(text)
    with pytest.raises(Refused):
        pattern(".*").check(text)
