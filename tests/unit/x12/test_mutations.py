"""One fault, one finding: good documents of every guide with one named mutation, and the code that it must give."""

from random import Random

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from gateway.x12.guide import Guide
from tests.unit.x12.mutations import GUIDES, MUTATIONS, found, good_document, triggers

SEEDS = range(4)


@pytest.mark.parametrize("name", GUIDES)
def test_every_guide_has_good_documents_of_any_size(name: str) -> None:
    assert sum(good_document(GUIDES[name], seed) is not None for seed in range(10)) > 0


@pytest.mark.parametrize("mutation", MUTATIONS)
@pytest.mark.parametrize("name", GUIDES)
def test_one_mutation_gives_one_finding_with_its_code(name: str, mutation: str) -> None:
    guide, wrong = GUIDES[name], []
    for seed in SEEDS:
        document = good_document(guide, seed)
        mutant = MUTATIONS[mutation](guide, document, Random(seed)) if document is not None else None
        if mutant is not None:
            findings = found(guide, mutant.segments).findings
            if [(one.code, one.segment) for one in findings] != [(mutant.code, mutant.name)]:
                wrong.append([one.message for one in findings])

    assert wrong == []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(st.sampled_from(sorted(GUIDES)), st.sampled_from(sorted(MUTATIONS)), st.integers(0, 10**6))
def test_any_mutation_of_any_document_gives_one_finding(name: str, mutation: str, seed: int) -> None:
    document = good_document(GUIDES[name], seed)
    assume(document is not None)
    mutant = MUTATIONS[mutation](GUIDES[name], document or [], Random(seed))
    assume(mutant is not None)
    assert mutant is not None

    findings = found(GUIDES[name], mutant.segments).findings
    assert [(one.code, one.segment) for one in findings] == [(mutant.code, mutant.name)]


def _without_a_trigger(guide: Guide, document: list[str]) -> list[list[str]]:
    """The document without each of the segments that start a loop, the count set right."""
    places = [index for index, one in enumerate(document) if one.split("*")[0] in triggers(guide) - {"HL", "LS"}]
    count = f"SE*{len(document) - 1}*0001"
    return [[*document[:index], *document[index + 1 : -1], count] for index in places]


def test_a_loop_without_its_trigger_gives_at_most_one_finding_but_in_one_case_of_fifty() -> None:
    """None when its segments may stand in the loop before or around it: nobody can tell. More than one where what
    follows may stand in several places and the first of them is taken: nothing is read ahead.
    """
    told = []
    for guide in GUIDES.values():
        document = good_document(guide, 1)
        told += [len(found(guide, one).findings) for one in _without_a_trigger(guide, document or [])]

    assert len(told) > 200
    assert sum(count > 1 for count in told) <= len(told) / 50
    assert max(told) <= 4


@pytest.mark.parametrize(
    ("segments", "code", "segment", "position"),
    [
        (["PID*F****BOLT", "PO4*12*1*EA", "PO1*2*1*CA*1"], "AK304:7", "PID", 5),
        (["CTP**RES*1", "PID*F****BOLT", "PO4*12", "PO1*2*1*CA*1"], "AK304:7", "CTP", 5),
        (["CTP**RES*1", "PID*F****BOLT", "PO4*12"], "AK304:3", "PO1", 5),
    ],
)
def test_a_line_without_its_first_segment_is_one_finding(
    segments: list[str], code: str, segment: str, position: int
) -> None:
    guide = GUIDES["850-004010"]
    document = ["ST*850*0001", "BEG*00*SA*1**20240131", "N1*ST*North Store", "N3*1 Main Street", *segments]
    findings = found(guide, [*document, f"SE*{len(document) + 1}*0001"]).findings

    assert [(one.code, one.segment, one.position) for one in findings] == [(code, segment, position)]
