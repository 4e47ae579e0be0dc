"""What sets are told is read from the drafts that will be sent."""

import pytest

from gateway.store.acknowledgements import told
from gateway.x12.acknowledge import FunctionalKind, functional_acknowledgement
from tests.unit.x12.results import a_finding, a_group, a_header, a_result, a_set


@pytest.mark.parametrize("kind", ["997", "999"])
def test_a_997_and_a_999_tell_sets_the_same(kind: FunctionalKind) -> None:
    bad = a_set("0002", "R", [a_finding("AK403:1", "BEG", 2, element=3, reference="324")])
    group = a_group(a_set("0001"), bad, status="P", number="12", version="005010")
    draft = functional_acknowledgement(a_result(group, header=a_header(version="00501")), kind=kind)
    assert draft is not None

    assert draft.kind == kind
    assert told([draft]) == {("12", "850", "0001"): "A", ("12", "850", "0002"): "R"}
