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
            "REF(DP).02, when CUR02 USD|CAD, expects CUR01 BY|SE",
            "REF(DP).02, with CUR02 USD, CUR01 BY",
        ),
        (
            "department: {at: REF(DP).02, fit: cut, match: '[A-Z]+', xref: department}",
            "REF(DP).02, like [A-Z]+, looked up in department",
            "REF(DP).02, looked up in department, cut to fit, like [A-Z]+",
        ),
        (
            "department: {at: REF(DP).02, required: true, search: dept, fit: gtin}",
            "REF(DP).02, checked as GTIN, required, search key dept",
            "REF(DP).02, checked as GTIN, required",
        ),
        (
            "department: {at: REF(DP).02, join: ' ', type: text}",
            "REF(DP).02, as text, joined by ' '",
            "REF(DP).02, as text, one for each part between ' '",
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


def test_the_scale_and_the_place_of_a_number_are_told() -> None:
    row = explained(a_mapping(lines="price: {at: PO104, decimals: 2}"), "lines[].price")

    assert (row.read, row.written) == ("PO104, 2 decimals", "PO104, 2 decimals")


def test_units_are_told_with_the_line_that_says_so() -> None:
    units = "units: {quantity: quantity, price: price, per: price_basis, unit: unit, item: vendor_sku, table: unit}"
    fields = "unit: PO103\nprice: PO104\nprice_basis: PO105\nvendor_sku: PO1<VN>\n"

    row = explained(a_mapping(lines=fields + units), "lines[].units:")

    assert row.read == (
        "into ours: quantity by the factor of unit, looked up in unit for vendor_sku, "
        "price the other way where price_basis is that unit"
    )
    assert row.written == row.read.replace("ours", "theirs")
    assert row.origin == "x12/850/v1.map.yaml:19"


def test_how_a_list_is_written_is_told_beside_how_it_is_read() -> None:
    mapping = a_mapping("buyer: {in: N1(BY), when: {N103: ['92', '91']}, required: true, name: N102}")

    row = explained(mapping, "buyer")

    assert (row.read, row.written) == (
        "in N1(BY), when N103 92|91, required",
        "in N1(BY), with N103 92, required",
    )


def test_the_head_is_told_with_the_file_that_says_so() -> None:
    fields = "destinations: {pairs: SDQ, from: 3, as: {location: text, quantity: decimal}}"
    head = 'search: {po: BEG03}\nthread: {order: BEG03}\nextra_codes: {"128": [ZX]}\n'
    head += 'codes: {unit: {EA: each, "*": keep}}\n'
    base = a_mapping(lines=fields, rest=head)
    overlay = an_overlay(
        "split: {by: lines.destinations}\ndirection: read\ncodes: {unit: {CA: case, BX: !read case}}\n"
    )
    library = a_library(base, overlay)

    rows = {row.field: (row.read, row.written, row.origin) for row in library.explain("acme/850@1")}

    assert rows["versions:"] == ("004010", "004010", "x12/850/v1.map.yaml:4")
    assert rows["direction:"] == ("only read", "never written", "acme/850/v1.map.yaml:6")
    assert rows["split:"][0] == "a document for each of lines.destinations, in ship_tos"
    assert rows["split:"][2] == "acme/850/v1.map.yaml:5"
    assert rows["search: po"] == ("BEG03", "never written", "x12/850/v1.map.yaml:7")
    assert rows["thread: order"][2] == "x12/850/v1.map.yaml:8"
    assert rows["extra_codes: 128"][0] == "ZX"
    assert rows["codes: unit"] == (
        "3 codes, others: keep",
        "2 words, others: keep",
        "acme/850/v1.map.yaml:7, x12/850/v1.map.yaml:10",
    )
