"""Drafts in the guide's order, and what is made there: running numbers, counts, the bounds of loops."""

import pytest

from gateway.mapping.draft import DraftLoop, DraftSegment, held, put, whole_set
from gateway.mapping.layout import Layout
from gateway.x12.guide import load
from gateway.x12.write import OutboundSegment, Repeats


def laid_out(set_id: str, root: DraftLoop, version: str = "004010", *, counts: bool = False) -> list[OutboundSegment]:
    guide = load(set_id, version)
    assert guide is not None
    return list(Layout(guide, counts=counts).segments(root))


def a_loop(*head: str) -> DraftLoop:
    return DraftLoop(head[0], list(head))


def a_set(set_id: str, *parts: DraftSegment | DraftLoop) -> DraftLoop:
    root = whole_set(set_id)
    for part in parts:
        root.add(part) if isinstance(part, list) else root.add_loop(part)
    return root


def test_segments_and_loops_stand_in_the_guides_order() -> None:
    party = a_loop("N1", "ST")
    party.add(["N4", "WACO"])
    party.add(["N3", "DEPOT"])

    root = a_set("850", a_loop("PO1", "1"), party, ["REF", "DP"], ["BEG", "00"], ["REF", "IA"])

    assert [segment[0] for segment in laid_out("850", root)] == ["BEG", "REF", "REF", "N1", "N3", "N4", "PO1"]
    assert laid_out("850", a_set("850", ["REF", "IA"], ["REF", "DP"])) == [("REF", "IA"), ("REF", "DP")]


def test_empty_elements_at_the_end_are_left_out() -> None:
    assert laid_out("850", a_set("850", ["BEG", "00", "", "4500", "", ""])) == [("BEG", "00", "", "4500")]


def test_what_stands_twice_in_the_guide_fills_its_first_place_and_then_the_next() -> None:
    """The 753 has an N1 loop for who asks, once, and one for where to, further on."""
    root = a_set("753", a_loop("N1", "A"), a_loop("N1", "B"), a_loop("N1", "C"), ["BGN", "00"])

    assert laid_out("753", root, "005010") == [("BGN", "00"), ("N1", "A"), ("N1", "B"), ("N1", "C")]


@pytest.mark.parametrize("given", [["LX"], ["LX", ""]])
def test_running_numbers_are_made_where_none_is_given(given: DraftSegment) -> None:
    loops = [DraftLoop("LX", list(given)), a_loop("LX", "7"), DraftLoop("LX", list(given))]

    assert laid_out("940", a_set("940", *loops)) == [("LX", "1"), ("LX", "7"), ("LX", "3")]


def test_running_numbers_count_in_their_own_loop() -> None:
    lines = [a_loop("W19", "AA"), a_loop("W19", "BB")]
    for line in lines:
        line.add_loop(a_loop("LX"))
        line.add_loop(a_loop("LX"))

    found = laid_out("947", a_set("947", *lines))

    assert [segment[1] for segment in found if segment[0] == "LX"] == ["1", "2", "1", "2"]


def test_bounds_stand_around_what_they_bound_and_name_it() -> None:
    line, bounds = a_loop("PO1", "1"), a_loop("LS")
    bounds.add_loop(a_loop("LDT", "AA"))
    line.add_loop(bounds)

    assert laid_out("850", a_set("850", line)) == [("PO1", "1"), ("LS", "LDT"), ("LDT", "AA"), ("LE", "LDT")]


def test_line_items_are_counted_wherever_they_are() -> None:
    root = a_set("850", a_loop("PO1"), a_loop("PO1"))

    assert laid_out("850", root)[-1] == ("PO1",)
    assert laid_out("850", root, counts=True)[-1] == ("CTT", "2")


def test_a_count_is_put_into_the_segment_that_is_there_and_never_over_another() -> None:
    assert laid_out("850", a_set("850", a_loop("PO1"), a_loop("CTT", "", "9")), counts=True)[-1] == ("CTT", "1", "9")
    assert laid_out("850", a_set("850", a_loop("PO1"), a_loop("CTT", "5")), counts=True)[-1] == ("CTT", "5")
    assert laid_out("856", a_set("856", a_loop("HL", "1"), a_loop("HL", "2")), counts=True)[-1] == ("CTT", "2")


def test_sets_without_line_items_have_no_count() -> None:
    assert laid_out("940", a_set("940", a_loop("LX")), counts=True) == [("LX", "1")]


# ------------------------------------------------------------------------------------------------------------- drafts


def test_components_are_put_into_a_composite_in_any_order() -> None:
    segment: DraftSegment = ["MEA"]

    put(segment, 4, 1, "LB")
    assert segment == ["MEA", "", "", "", "LB"]

    put(segment, 4, 3, "X")
    assert segment == ["MEA", "", "", "", ("LB", "", "X")]
    assert [held(segment, 4, component) for component in (1, 2, 3, 4)] == ["LB", "", "X", ""]

    late: DraftSegment = ["MEA"]
    put(late, 1, 2, "B")
    put(late, 1, 1, "A")
    assert late == ["MEA", ("A", "B")]


def test_what_is_held_is_told_as_it_is() -> None:
    segment: DraftSegment = ["CTX", Repeats(("A", "B")), "C"]

    assert held(segment, 1) == held(segment, 1, 1) == Repeats(("A", "B"))
    assert (held(segment, 2), held(segment, 2, 1), held(segment, 2, 2), held(segment, 3)) == ("C", "C", "", "")
