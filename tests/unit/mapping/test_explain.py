"""`explain`: each field in both directions."""

import pytest

from gateway.mapping.explain import Explained
from tests.unit.mapping.orders import a_library, a_mapping, an_overlay


def explained(mapping: str, field: str, overlay: str = "") -> Explained:
    library = a_library(mapping, overlay)
    return next(row for row in library.explain(library.names()[0]) if row.field == field)


@pytest.mark.parametrize(
    ("field", "read", "written"),
    [
        ("department: REF(DP).02", "REF(DP).02", "REF(DP).02"),
        ("department: {at: REF(DP).02, read: 'upper(value)'}", "REF(DP).02, then upper(value)", "never written"),
        ("department: {read: 'upper(po_number)'}", "upper(po_number)", "never written"),
        ("department: {at: REF(DP).02, write: 'lower(value)'}", "REF(DP).02", "lower(value) to REF(DP).02"),
        ("department: {const: TOYS}", "always TOYS", "never written"),
        ("department: ISA06", "ISA06", "never written"),
        ("department: {at: REF(DP).02, first: true}", "REF(DP).02, the first", "REF(DP).02"),
        ("department: {at: [REF(DP).02, REF(19).02]}", "REF(DP).02 or REF(19).02", "REF(DP).02 or REF(19).02"),
        (
            "department: {at: REF(DP).02, default: TOYS, carry: order.department}",
            "REF(DP).02, else TOYS",
            "REF(DP).02, carried from order.department, else TOYS",
        ),
        (
            "department: {at: REF(DP).02, with: {CUR01: [BY, SE]}, when: {CUR02: [USD, CAD]}}",
            "REF(DP).02, when CUR02 USD|CAD",
            "REF(DP).02, with CUR02 USD, CUR01 BY",
        ),
        (
            "department: {at: REF(DP).02, fit: cut, match: '[A-Z]+', xref: department}",
            "REF(DP).02, like [A-Z]+, looked up in department",
            "REF(DP).02, looked up in department, cut to fit",
        ),
    ],
)
def test_a_field_is_told_both_ways(field: str, read: str, written: str) -> None:
    row = explained(a_mapping(field), "department")

    assert (row.read, row.written) == (read, written)


def test_lists_and_groups_inside_segments_are_told_too() -> None:
    mapping = a_mapping(
        "references: {each: REF, rest: true, kind: REF01, value: REF02}",
        lines="destinations: {pairs: SDQ, from: 3, as: {location: {type: text, xref: location}, quantity: decimal}}",
    )

    assert explained(mapping, "references[]").read == "each REF, what no other field names"
    assert explained(mapping, "references[]").written == "each REF"
    assert explained(mapping, "lines[].destinations[].location").read == (
        "SDQ03 and every 2 after, looked up in location"
    )


def test_what_a_mapping_is_not_for_is_never_done() -> None:
    assert explained(a_mapping(rest="direction: read\n"), "po_number").written == "never written"
    assert explained(a_mapping(rest="direction: write\n"), "po_number").read == "never read"
    overlay = an_overlay("direction: read\n")
    assert explained(a_mapping(), "lines[]", overlay).written == "never written"
