"""`apart: true`: the way back of a list that is read through a loop."""

import pytest

from tests.unit.mapping.orders import a_mapping, flaws
from tests.unit.mapping.test_to_x12 import texts, write

SAID: dict[str, object] = {"references": [{"kind": "IA", "value": "7"}, {"kind": "PD", "value": "8"}]}


def references(key: str) -> str:
    return a_mapping(f"references: {{each: N1(ST)/REF, {key}kind: REF01, value: REF02}}")


def test_entries_share_the_loop_that_a_list_goes_through() -> None:
    assert texts(write(references(""), SAID)) == ["N1*ST", "REF*IA*7", "REF*PD*8"]


def test_entries_that_stand_apart_have_a_loop_each() -> None:
    written = write(references("apart: true, "), SAID)

    assert texts(written) == ["N1*ST", "REF*IA*7", "N1*ST", "REF*PD*8"]
    assert written.problems == ()


def test_loops_of_entries_that_stand_apart_keep_what_else_is_written_there() -> None:
    mapping = a_mapping(
        "references: {each: N1(ST)/REF, apart: true, kind: REF01, value: REF02}\nbuyer: {in: N1(ST), name: N102}"
    )

    assert texts(write(mapping, {**SAID, "buyer": {"name": "ACME"}})) == [
        "N1*ST",
        "REF*IA*7",
        "N1*ST",
        "REF*PD*8",
        "N1*ST*ACME",
    ]


@pytest.mark.parametrize("form", ["{each: REF, apart: true, kind: REF01}", "{each: REF, apart: yes, kind: REF01}"])
def test_apart_without_a_loop_to_go_through_is_a_mistake(form: str) -> None:
    assert "E102" in {flaw.code for flaw in flaws(a_mapping(f"references: {form}"))}


def test_apart_goes_with_a_list_only() -> None:
    (flaw,) = flaws(a_mapping("buyer: {in: SPI/N1(BY), apart: true, name: N102}", versions='"005010"'))

    assert flaw.sentence == "'apart' goes with each:, not here"
