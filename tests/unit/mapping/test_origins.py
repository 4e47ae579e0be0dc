"""Which line of a mapping wrote a place: told where it can be, never guessed."""

from pathlib import Path

import pytest

from gateway.mapping.library import Library
from gateway.mapping.origins import origin
from gateway.store.authored import read_folder
from gateway.x12.guide import load

ROOT = Path(__file__).parents[3]
MAPPINGS = read_folder(ROOT / "mappings", (".yaml",))
SEGMENTS = tuple(
    tuple(segment.split("*"))
    for segment in (
        "ST*810*0001",
        "BIG*20260302*HP-1**PO-1",
        "REF*DP*042",
        "REF*ZZ*something",
        "PER*IC*DANA*TE*555-0100",
        "N1*BY*ACME*92*DC03",
        "N3*1 ACME WAY",
        "N1*ZZ*SOMEBODY",
        "N3*2 SOME WAY",
        "IT1*1*2*EA*1.25**VN*HP-7711*UP*041196910766",
        "PID*F****LAMP",
        "TDS*250",
        "SAC*C*D240***500",
        "SE*14*0001",
    )
)


def line_of(field: str) -> str:
    """Where the mapping says so, by its explanation."""
    (found,) = {row.origin for row in Library(MAPPINGS).explain("x12/810@1") if row.field == field}
    return found


@pytest.mark.parametrize(
    ("position", "element", "field"),
    [
        (2, 2, "invoice_number"),
        (3, 2, "department"),
        (5, 4, "contacts[].telephone"),
        (6, 2, "buyer.name"),
        (7, 1, "buyer.address1"),
        (10, 2, "lines[].quantity"),
        (10, 7, "lines[].vendor_sku"),
        (10, 9, "lines[].upc"),
        (11, 5, "lines[].descriptions[].text"),
    ],
)
def test_a_place_is_told_by_the_line_that_wrote_it(position: int, element: int, field: str) -> None:
    guide = load("810", "004010")
    assert guide is not None

    found = origin(Library(MAPPINGS).explain("x12/810@1"), guide, SEGMENTS, position=position, element=element)

    assert found == line_of(field)
    assert found.startswith("x12/810/v1.map.yaml:")


@pytest.mark.parametrize(("position", "element"), [(0, 1), (99, 1), (10, 0), (10, 24), (12, 9), (14, 1)])
def test_what_nothing_or_nobody_knows_which_wrote_has_no_line(position: int, element: int) -> None:
    guide = load("810", "004010")
    assert guide is not None

    assert origin(Library(MAPPINGS).explain("x12/810@1"), guide, SEGMENTS, position=position, element=element) == ""
