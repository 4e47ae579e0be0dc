"""A version we have no guides for: refused, or read by the nearest release where that was agreed on."""

from collections.abc import Mapping

import pytest

from gateway.pipeline.rules import Rules
from gateway.pipeline.stage import TransmissionOutcome
from tests.journeys.bad_input.orders import an_order, changed, group, isa, sealed
from tests.unit.pipeline.rules_of_samples import rules_with, unsealed

NEAREST = {"versions": ["004010"], "other_releases": "nearest"}
GUIDE = """\
guide: acme/850-004010
version: 1
owner: onboarding
name: ACME Retail
rules:
  BEG02: {codes: [NE]}
"""
GUIDE_FILE = "guides/acme/850-004010/v1.guide.yaml"


def under(agreement: Mapping[str, object], *, files: Mapping[str, str] | None = None) -> Rules:
    return rules_with(agreement, files=files)


def received(version: str, rules: Rules | None = None, *, order: list[str] | None = None) -> TransmissionOutcome:
    return unsealed(sealed(isa("000000005"), group(order or an_order("PO-1"), version=version)), rules=rules)


def answer(outcome: TransmissionOutcome) -> str:
    """The 997 without its envelope's numbers."""
    (draft,) = outcome.interchanges[0].acknowledgements
    return " ".join("*".join(map(str, segment)) for group in draft.response_groups for segment in group.responses[0])


def test_a_version_without_guides_is_refused_unless_it_was_agreed_on() -> None:
    outcome = received("004030")

    (document,) = outcome.interchanges[0].documents
    assert document.state == "rejected"
    assert "AK9*R*1*1*0*2" in answer(outcome)


@pytest.mark.parametrize("version", ["003060", "004030", "004050", "008010", "004030VICS"])
def test_where_it_was_agreed_on_the_nearest_release_reads_it_and_says_so(version: str) -> None:
    outcome = received(version, under(NEAREST))

    (interchange,) = outcome.interchanges
    (document,) = interchange.documents
    release = document.pins["guide"]
    (warning,) = [one for one in document.findings if one.code == "W:release"]
    assert warning.message == f"version {version} is read by the guide of {release}"
    assert (document.version, release) == (version, "005010" if version >= "004040" else "004010")
    assert "AK9*A*1*1*1" in answer(outcome)
    assert interchange.acknowledgements[0].response_groups[0].version == version


def test_a_version_that_is_none_stays_refused() -> None:
    outcome = received("VICS", under(NEAREST))

    assert "AK9*R*1*1*0*2" in answer(outcome)


def test_the_partner_guide_says_which_release_stands_in() -> None:
    rules = under(NEAREST | {"guide": "acme/850-004010@1"}, files={GUIDE_FILE: GUIDE})

    (document,) = received("007010", rules).interchanges[0].documents

    assert document.pins["guide"] == "004010"
    assert [one.code for one in document.findings] == ["W:release", "IK403:I6"]
    assert document.pins["partner_guide"].startswith("acme/850-004010@1=")


def test_a_version_may_be_named_that_only_another_release_reads() -> None:
    outcome = received("003060", under({"versions": ["003060"], "other_releases": "nearest"}))

    assert "AK9*A*1*1*1" in answer(outcome)


def test_one_set_that_is_not_agreed_on_refuses_its_group() -> None:
    invoice = ["ST*810*0002", "BIG*20260103*1", "SE*3*0002"]
    data = sealed(isa("000000005"), group(an_order("PO-1"), invoice, version="004030"))

    outcome = unsealed(data, rules=under(NEAREST))

    assert "AK9*R*2*2*0*2" in answer(outcome)


def test_a_group_of_a_kind_that_the_nearest_release_does_not_have_is_refused_as_such() -> None:
    data = sealed(isa("000000005"), group(an_order("PO-1"), version="004030", functional_id="ZZ"))

    outcome = unsealed(data, rules=under(NEAREST))

    assert "AK9*R*1*1*0*1" in answer(outcome)


def test_what_a_partner_guide_refuses_is_rejected_and_told_with_the_nearest_code_of_a_997() -> None:
    rules = under({"guide": "acme/850-004010@1"}, files={GUIDE_FILE: GUIDE})

    outcome = received("004010", rules)

    (document,) = outcome.interchanges[0].documents
    assert (document.state, [one.code for one in document.findings]) == ("rejected", ["IK403:I6"])
    assert "AK3*BEG*2**8 AK4" in answer(outcome)
    assert "AK5*R*5" in answer(outcome)


def test_a_set_that_keeps_the_partner_guide_is_delivered_with_its_hash_pinned() -> None:
    rules = under({"guide": "acme/850-004010@1"}, files={GUIDE_FILE: GUIDE})
    kept = changed(an_order("PO-1"), "BEG", "BEG*00*NE*PO-1**20260103")

    (document,) = received("004010", rules, order=kept).interchanges[0].documents

    assert document.state in {"mapped", "held"}
    assert document.pins["partner_guide"].partition("=")[0] == "acme/850-004010@1"
