"""TA1: when one is due, and what it says."""

import pytest

from gateway.x12.acknowledge import InterchangePolicy, check, interchange_acknowledgement
from gateway.x12.guide import envelope
from tests.unit.x12.results import MARCH, a_group, a_header, a_result, a_set, sealed

NOTES = sorted(envelope()["TA1"].elements[4].element.codes or ())  # type: ignore[union-attr]  # TA105 is simple


def test_a_ta1_stands_alone_byte_for_byte() -> None:
    draft = interchange_acknowledgement(a_result(a_group(a_set())), policy="always")
    assert draft is not None

    assert draft.groups == 0
    assert draft.seal(interchange_number=9, group_numbers=[], now=MARCH) == (
        b"ISA*00*          *00*          *12*OURS           *ZZ*ACME           *260302*1405*U*00401*000000009*0*P*:~"
        b"TA1*000000041*260301*0900*A*000~IEA*0*000000009~"
    )


@pytest.mark.parametrize(
    ("policy", "requested", "status", "due"),
    [
        ("always", False, "A", True),
        ("requested", False, "A", False),
        ("requested", True, "A", True),
        ("requested", False, "E", True),
        ("requested", False, "R", True),
        ("never", True, "R", False),
    ],
)
def test_when_a_ta1_is_due(policy: InterchangePolicy, requested: bool, status: str, due: bool) -> None:
    note = "000" if status == "A" else "014"
    result = a_result(a_group(a_set()), header=a_header(requested=requested), status=status, note=note)

    assert (interchange_acknowledgement(result, policy=policy) is not None) == due


def test_a_ta1_is_not_answered_with_a_ta1() -> None:
    received = [("TA1", "000000001", "260301", "0900", "A", "000")]
    result = a_result(header=a_header(requested=True), ta1=received)

    assert interchange_acknowledgement(result, policy="always") is None


@pytest.mark.parametrize(
    ("policy", "requested", "status", "due"),
    [
        ("always", False, "A", False),
        ("always", True, "A", True),
        ("requested", True, "A", True),
        ("requested", False, "R", True),
        ("never", True, "R", False),
    ],
)
def test_an_interchange_of_acknowledgements_alone_has_a_ta1_only_when_it_asks_or_cannot_be_used(
    policy: InterchangePolicy, requested: bool, status: str, due: bool
) -> None:
    group = a_group(a_set(id_="997"), functional_id="FA")
    note = "000" if status == "A" else "023"
    result = a_result(group, header=a_header(requested=requested), status=status, note=note)

    assert (interchange_acknowledgement(result, policy=policy) is not None) == due


def test_an_interchange_that_brings_groups_beside_a_ta1_is_answered() -> None:
    received = [("TA1", "000000001", "260301", "0900", "A", "000")]
    result = a_result(a_group(a_set()), ta1=received)

    assert interchange_acknowledgement(result, policy="always") is not None


@pytest.mark.parametrize("note", [note for note in NOTES if note != "000"])
def test_every_note_code_can_be_said(note: str) -> None:
    draft = interchange_acknowledgement(a_result(status="R", note=note), policy="requested")

    assert draft is not None
    assert sealed(draft)[1] == f"TA1*000000041*260301*0900*R*{note}"
    assert check(draft) == ()


def test_no_error_code_goes_with_accepted_only() -> None:
    draft = interchange_acknowledgement(a_result(status="R", note="000"), policy="always")

    assert sealed(draft)[1].endswith("*R*024")


@pytest.mark.parametrize(("number", "said"), [("41", "000000041"), ("4A", "000000000"), ("", "000000000")])
def test_a_control_number_that_is_none_is_made_to_fit(number: str, said: str) -> None:
    result = a_result(header=a_header(number=number), status="R", note="018")
    draft = interchange_acknowledgement(result, policy="requested")

    assert draft is not None
    assert sealed(draft)[1].split("*")[1] == said
    assert check(draft) == ()


def test_the_usage_of_what_is_answered_is_kept() -> None:
    draft = interchange_acknowledgement(a_result(header=a_header(usage="T")), policy="always")

    assert sealed(draft)[0].split("*")[15] == "T"
