"""`rest: true` beside `pairs:`: numbers of an article that no field of their own names."""

import pytest

from tests.unit.mapping.orders import a_mapping, an_order, flaws, read
from tests.unit.mapping.test_to_x12 import only, texts, write

COMPONENTS = "components: {pairs: PO1, from: 6, rest: true, as: {number: text, relationship: text}}"
"""Any list of two texts will do: these fields hold a qualifier and a number here."""

NAMED = "upc: PO1<UP>\nvendor_sku: PO1<VN>"
MAPPING = a_mapping(lines=f"{NAMED}\n{COMPONENTS}")
SENT = "PO1**2****UP*012345678905*VN*V-1*CB*77*SK*88"
REST = [{"number": "CB", "relationship": "77"}, {"number": "SK", "relationship": "88"}]


def line(mapping: str, sent: str) -> dict[str, object]:
    lines = read(mapping, an_order(lines=(sent,))).document["lines"]
    assert isinstance(lines, list)
    return dict(lines[0])


def test_pairs_that_no_field_names_are_kept() -> None:
    assert line(MAPPING, "PO1**2****CB*77*UP*012345678905*SK*88*VN*V-1")["components"] == REST


def test_a_pair_that_a_field_names_is_not_in_the_rest_wherever_it_stands() -> None:
    found = line(MAPPING, "PO1**2****UP*012345678905*VN*V-1")

    assert "components" not in found
    assert (found["upc"], found["vendor_sku"]) == ("012345678905", "V-1")


def test_pairs_without_rest_are_all_taken() -> None:
    whole = line(a_mapping(lines=f"{NAMED}\n{COMPONENTS.replace('rest: true, ', '')}"), SENT)["components"]

    assert isinstance(whole, list)
    assert [each["number"] for each in whole] == ["UP", "VN", "CB", "SK"]


def test_the_rest_of_the_pairs_is_written_behind_the_named_ones() -> None:
    written = write(MAPPING, line={"upc": "012345678905", "vendor_sku": "V-1", "components": REST})

    assert texts(written) == [SENT]
    assert written.problems == ()


def test_the_rest_alone_takes_the_first_places() -> None:
    assert texts(write(MAPPING, line={"components": REST})) == ["PO1**2****CB*77*SK*88"]


def test_a_pair_that_will_be_read_as_another_field_is_told() -> None:
    problem = only(write(MAPPING, line={"components": [{"number": "UP", "relationship": "77"}]}))

    assert (problem.code, problem.effect, problem.field) == ("moved", "warn", "lines[0].components[0]")


def test_more_pairs_than_there_is_room_for_are_refused() -> None:
    problem = only(write(MAPPING, line={"upc": "012345678905", "components": REST * 5}))

    assert (problem.code, problem.field) == ("no-room", "lines[0].components[9]")


PERSON = "contacts: {each: PER, function: PER01, telephone: PER<TE>}"
OTHERS = "references: {pairs: PER, from: 3, rest: true, as: {kind: text, value: text}}"


def test_the_rest_shares_the_segment_that_named_pairs_are_written_into() -> None:
    mapping = a_mapping("ship_tos:\n  each: N1(ST)\n  name: N102\n  id: PER<TE>\n  city: PER01\n  " + OTHERS)
    said = {"name": "ACME", "city": "BD", "id": "555-0100", "references": [{"kind": "EM", "value": "a@acme.example"}]}
    sent = ["N1*ST*ACME", "PER*BD**TE*555-0100*EM*a@acme.example"]

    assert texts(write(mapping, {"ship_tos": [said]})) == sent
    assert read(mapping, an_order(*sent)).document["ship_tos"] == [said]


def test_the_rest_makes_a_segment_where_nothing_else_is_written_into_it() -> None:
    mapping = a_mapping(
        "ship_tos:\n  each: N1(ST)\n  name: N102\n"
        "  references: {pairs: REF, from: 1, rest: true, as: {kind: text, value: text}}"
    )
    said = {"name": "ACME", "references": [{"kind": "IA", "value": "7"}]}

    assert texts(write(mapping, {"ship_tos": [said]})) == ["N1*ST*ACME", "REF*IA*7"]


@pytest.mark.parametrize(
    "form",
    [
        "components: {pairs: PO1, from: 7, rest: true, as: {number: text, relationship: text}}",
        "components: {pairs: PO1, from: 6, rest: true, as: {number: text, relationship: text, quantity: decimal}}",
        "destinations: {pairs: SDQ, from: 3, rest: true, as: {location: text, quantity: decimal}}",
    ],
)
def test_rest_is_for_pairs_of_qualifier_and_value(form: str) -> None:
    assert "E122" in [flaw.code for flaw in flaws(a_mapping(lines=form))]


def test_rest_goes_with_each_or_pairs() -> None:
    (flaw,) = flaws(a_mapping("buyer: {in: N1(BY), rest: true, name: N102}"))

    assert flaw.sentence == "'rest' goes with each: or pairs:, not here"
