"""What the model requires of an entry of a list: the document is held, and the entry is named; none is left out."""

import pytest

from gateway.mapping.reading import Problem, Reading
from tests.unit.mapping.orders import a_mapping, an_order, read

MAPPING = a_mapping(lines="number: PO101")


def required(reading: Reading) -> Problem:
    (problem,) = [each for each in reading.problems if each.code == "required"]
    return problem


def lacking(*sent: str, lines: tuple[str, ...] = ("PO1*1*2",)) -> Reading:
    return read(MAPPING, an_order(*sent, lines=lines))


def test_a_line_that_lacks_what_every_line_has_holds_the_document_and_is_named() -> None:
    reading = lacking(lines=("PO1*0010*2", "PO1*0020"))

    problem = required(reading)
    assert (problem.effect, problem.field, problem.location) == ("park", "lines[1].quantity", "PO102")
    assert problem.message == (
        "'lines[1].quantity' is required: nothing was found at PO102 "
        "(entry 2 of 'lines', number '0020', from segment 4 PO1)"
    )
    assert reading.document["lines"] == [{"number": "0010", "quantity": 2}, {"number": "0020"}]


def test_what_the_document_itself_lacks_refuses_it() -> None:
    reading = read(a_mapping(), an_order(beg="BEG*00*SA***20260102"))

    problem = required(reading)
    assert (problem.effect, problem.message) == ("refuse", "'po_number' is required: nothing was found at BEG03")


@pytest.mark.parametrize(
    ("lines", "sent", "said"),
    [
        (
            "schedule: {each: SCH, quantity: SCH01, unit: SCH02}",
            ["PO1*1*2", "SCH**EA"],
            "entry 1 of 'schedule', from segment 4 SCH",
        ),
        (
            "destinations: {pairs: SDQ, from: 3, as: {location: text, quantity: decimal}}",
            ["PO1*1*2", "SDQ*EA*92*0401"],
            "entry 1 of 'destinations'",
        ),
    ],
)
def test_the_innermost_entry_is_named_with_its_segment_where_it_has_one_of_its_own(
    lines: str, sent: list[str], said: str
) -> None:
    assert f"({said})" in required(read(a_mapping(lines=lines), an_order(lines=tuple(sent)))).message
