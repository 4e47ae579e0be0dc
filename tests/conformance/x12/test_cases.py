"""Named defects: a good document with one thing wrong gives exactly one finding, and exactly that is answered."""

from collections import Counter
from difflib import unified_diff

import pytest

from tests.conformance.x12 import documents
from tests.conformance.x12.cases import Case, load
from tests.conformance.x12.said import found, wanted
from tests.unit.x12.samples import read, sets

CASES = load()

CODES = {
    "AK304": ("1", "2", "3", "4", "5", "6", "7"),
    "AK403": ("1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "12", "13"),
    "AK502": ("1", "2", "3", "4", "6", "7", "18", "23"),
    "AK905": ("1", "2", "3", "4", "5", "6", "19"),
    "TA105": ("001", "021", "022", "023"),
}
"""Codes that have a case each; AK502 5 needs a set beyond the limits."""


@pytest.mark.parametrize("case", [pytest.param(case, id=f"{case.file}: {case.name}") for case in CASES])
def test_a_defect_is_found_once_in_its_place_and_answered_so(case: Case) -> None:
    events = read(case.data(), lambda *_: case.terms)

    expected, actual = wanted(case), found(case, events)
    if actual != expected:
        difference = unified_diff(expected, actual, "the case", "the engine", lineterm="", n=99)
        pytest.fail("\n".join(("", case.name, *case.segments(), "", *difference)), pytrace=False)


@pytest.mark.parametrize("version", documents.VERSIONS)
@pytest.mark.parametrize("name", documents.names())
def test_a_good_document_is_accepted_without_a_word(name: str, version: str) -> None:
    if version not in documents.versions(name):
        return
    lines = documents.counted(documents.interchange(name, version))
    events = read("".join(f"{line}~" for line in lines).encode())

    assert [finding.message for event in events for finding in getattr(event, "findings", ())] == []
    assert [result.status for result in sets(events)] == ["A"]


def test_there_are_150_defects_across_all_sets_and_each_good_document_is_somebodys_twin() -> None:
    defects = [case for case in CASES if case.defect]
    bases = {name for case in defects for name in case.base.replace("|", " ").split()}

    assert len(defects) >= 150
    assert {name[:3] for name in bases} == set(documents.GROUPS)
    assert bases == set(documents.names())


def test_every_code_has_a_case() -> None:
    covered = {case.finds["code"] for case in CASES if case.finds is not None}

    assert {f"{element}:{code}" for element, codes in CODES.items() for code in codes} <= covered


def test_each_case_has_a_name_of_its_own_and_says_what_is_answered() -> None:
    names = Counter(case.name for case in CASES)

    assert [name for name, times in names.items() if times > 1] == []
    for case in CASES:
        assert ("997" if case.version == "004010" else "999") in case.answers, case.name
