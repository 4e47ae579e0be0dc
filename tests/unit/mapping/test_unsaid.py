"""On a rejected set the mapping adds only what the X12 findings do not say already."""

import pytest

from gateway.mapping.reading import Problem
from gateway.mapping.unsaid import unsaid
from gateway.x12.findings import Effect, Finding


def a_problem(location: str, position: int = 0) -> Problem:
    return Problem(
        field="f", location=location, position=position, code="required", value="", effect="refuse", message="m"
    )


def a_finding(code: str, segment: str, position: int, element: int = 0, effect: Effect = Effect.REJECT) -> Finding:
    level = "element" if element else "segment"
    return Finding(
        level=level, code=code, effect=effect, message="m", segment=segment, position=position, element=element
    )


@pytest.mark.parametrize(
    ("problem", "finding"),
    [
        (a_problem("BEG05"), a_finding("AK403:1", "BEG", 2, 5)),
        (a_problem("BEG05", 2), a_finding("AK403:8", "BEG", 2, 5)),
        (a_problem("PO102"), a_finding("AK403:2", "PO1", 7, 2)),
        (a_problem("PO1"), a_finding("AK304:3", "PO1", 7)),
        (a_problem("REF(IA).02"), a_finding("AK304:3", "REF", 7)),
        (a_problem("REF(IA).02", 7), a_finding("AK403:5", "REF", 7, 2)),
        (a_problem("N1(ST)/N104 or N1(BY)/N104", 9), a_finding("AK304:1", "N1", 9)),
        (a_problem("PO110:1", 7), a_finding("AK403:7", "PO1", 7, 10)),
    ],
)
def test_what_a_rejecting_finding_says_is_not_said_again(problem: Problem, finding: Finding) -> None:
    assert unsaid([problem], [finding]) == ()


@pytest.mark.parametrize(
    ("problem", "finding"),
    [
        (a_problem("REF(IA).02"), a_finding("AK403:1", "BEG", 2, 5)),
        (a_problem("REF(IA).02"), a_finding("AK403:1", "REF", 4, 2)),
        (a_problem("BEG05"), a_finding("AK403:1", "BEG", 2, 3)),
        (a_problem("PO103", 8), a_finding("AK403:5", "PO1", 7, 3)),
        (a_problem(""), a_finding("AK403:1", "BEG", 2, 5)),
        (a_problem("PO1<UP>", 7), a_finding("AK403:1", "PO1", 7, 4)),
        (a_problem("N102"), a_finding("AK304:7", "N1", 9)),
    ],
)
def test_what_no_finding_says_is_said(problem: Problem, finding: Finding) -> None:
    assert unsaid([problem], [finding]) == (problem,)


def test_a_finding_that_does_not_reject_takes_nothing_away() -> None:
    problem = a_problem("PO103", 7)

    assert unsaid([problem], [a_finding("AK403:7", "PO1", 7, 3, Effect.NOTE)]) == (problem,)
