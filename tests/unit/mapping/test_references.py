"""Values and units that a table of cross references knows, read and written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.mapping.library import Library
from gateway.mapping.reading import Problem, Reading, Unmapped
from gateway.mapping.written import Written
from tests.unit.mapping import shipments
from tests.unit.mapping.orders import a_library, a_mapping, an_order, an_overlay, codes, flaws

SKU = "vendor_sku: {at: PO1<VN>, xref: sku}"
UNITS = "units: {quantity: quantity, price: price, unit: unit, item: vendor_sku, per: price_basis}"
LINE = f"{SKU}\nunit: PO103\nprice: PO104\nprice_basis: PO105\n{UNITS}"


@dataclass
class ATable:
    """A few rows of acme. Units are by (unit, item)."""

    values: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[tuple[str, str], tuple[str, Fraction]] = field(default_factory=dict)
    table: str = "sku"
    partner: str = "acme"

    def find(self, table: str, value: str, *, back: bool = False, item: str = "") -> str | None:
        known = {ours: theirs for theirs, ours in self.values.items()} if back else self.values
        return known.get(value) if table == self.table else None

    def factor(self, table: str, unit: str, *, back: bool = False, item: str = "") -> tuple[str, Fraction] | None:
        if not back:
            return self.units.get((unit, item))
        return next(((u, f) for (u, i), (ours, f) in self.units.items() if (ours, i) == (unit, item)), None)


DOZEN = ATable({"AB-1": "SKU-1"}, {("CA", "SKU-1"): ("EA", Fraction(12))})


def read(mapping: str, *lines: str, table: ATable | None = DOZEN, segments: tuple[str, ...] = ()) -> Reading:
    content = an_order(*segments, lines=lines)
    return a_library(mapping).compile("x12/850@1").read(content, table)


def write(mapping: str, line: dict[str, object], table: ATable | None = DOZEN, **carried: object) -> Written:
    document = {"purpose": "00", "type": "SA", "po_number": "4500", "order_date": "2026-01-02", "lines": [line]}
    compiled = a_library(mapping).compile("x12/850@1")
    return compiled.write(document, version="004010", lookups=table, carried=carried)


def line_of(reading: Reading) -> dict[str, object]:
    lines = reading.document["lines"]
    assert isinstance(lines, list)
    found: dict[str, object] = lines[0]
    return found


def only(found: Reading | Written) -> Problem:
    assert len(found.problems) == 1, found.problems
    return found.problems[0]


# ------------------------------------------------------------------------------------------------------------ values


def test_a_value_is_read_in_our_words_and_written_in_theirs() -> None:
    mapping = a_mapping(lines=SKU)

    reading = read(mapping, "PO1*1*2*EA*1.50**VN*AB-1")
    written = write(mapping, {"quantity": Decimal(2), "vendor_sku": "SKU-1"})

    assert (line_of(reading)["vendor_sku"], reading.problems) == ("SKU-1", ())
    assert ("PO1", "", "2", "", "", "", "VN", "AB-1") in written.segments
    assert written.problems == ()


def test_an_unknown_value_parks_the_document_and_names_table_partner_and_value() -> None:
    reading = read(a_mapping(lines=SKU), "PO1*1*2*EA*1.50**VN*AB-1", "PO1*2*2*EA*1.50**VN*AB-9")

    problem = only(reading)
    assert (problem.code, problem.effect, problem.value) == ("unmapped-reference", "park", "AB-9")
    assert problem.message == "PO1<VN>: table 'sku' has no row that knows acme's 'AB-9'"
    assert (problem.field, problem.position) == ("lines[1].vendor_sku", 4)
    assert reading.unmapped == (Unmapped("sku", "AB-9"),)
    assert "vendor_sku" not in reading.document["lines"][1]  # type: ignore[index]


def test_a_value_unknown_on_many_lines_is_told_once() -> None:
    reading = read(a_mapping(lines=SKU), *(f"PO1*{at}*2*EA*1.50**VN*AB-9" for at in range(1, 9)))

    assert len(reading.problems) == len(reading.unmapped) == 1


def test_without_tables_a_mapping_that_needs_them_parks() -> None:
    assert read(a_mapping(lines=SKU), "PO1*1*2*EA*1.50**VN*AB-1", table=None).effect == "park"
    assert write(a_mapping(lines=SKU), {"quantity": Decimal(2), "vendor_sku": "SKU-1"}, None).effect == "park"


def test_a_mapping_says_which_tables_it_needs() -> None:
    assert a_library(a_mapping(lines=LINE)).compile("x12/850@1").tables == {"sku", "unit"}
    assert a_library(a_mapping()).compile("x12/850@1").tables == frozenset()


def test_a_code_list_comes_before_the_table_on_reading_and_after_it_on_writing() -> None:
    mapping = a_mapping(
        lines="unit: {at: PO103, code: unit, xref: measure}", rest="codes:\n  unit: {CA: case, EA: each}\n"
    )
    table = ATable({"case": "CARTON"}, table="measure")

    assert line_of(read(mapping, "PO1*1*2*CA", table=table))["unit"] == "CARTON"
    assert ("PO1", "", "2", "CA") in write(mapping, {"quantity": Decimal(2), "unit": "CARTON"}, table).segments


def test_a_value_inside_an_object_is_looked_up() -> None:
    mapping = a_mapping("ship_from: {in: N1(SF), id: {at: N104, xref: location}}")
    table = ATable({"0042": "NORTH"}, table="location")

    reading = read(mapping, "PO1**2", table=table, segments=("N1*SF*STORE*92*0042",))

    assert reading.document["ship_from"] == {"id": "NORTH"}


def test_a_group_inside_a_segment_is_looked_up_too() -> None:
    mapping = a_mapping(
        lines="destinations: {pairs: SDQ, from: 3, as: {location: {xref: location}, quantity: decimal}, unit: SDQ01}"
    )
    table = ATable({"0042": "NORTH", "0043": "SOUTH"}, table="location")

    reading = read(mapping, "PO1*1*5*EA", "SDQ*EA*92*0042*3*0043*2", table=table)
    stores = line_of(reading)["destinations"]

    assert [(store["location"], store["quantity"]) for store in stores] == [("NORTH", 3), ("SOUTH", 2)]
    written = write(mapping, {"quantity": Decimal(5), "destinations": stores}, table)
    assert ("SDQ", "EA", "", "0042", "3", "0043", "2") in written.segments


def test_both_words_are_kept_where_a_second_field_reads_the_first() -> None:
    mapping = a_mapping(lines="buyer_sku: PO1<IN>\nvendor_sku: {read: buyer_sku, xref: sku}")

    line = line_of(read(mapping, "PO1*1*2*EA***IN*AB-1"))
    written = write(mapping, {"quantity": Decimal(2), "buyer_sku": "AB-1", "vendor_sku": "SKU-9"})

    assert (line["buyer_sku"], line["vendor_sku"]) == ("AB-1", "SKU-1")
    assert written.effect == "warn"


def test_what_the_thread_carries_is_in_our_words_and_written_in_theirs() -> None:
    mapping = a_mapping("vendor_number: {at: REF(IA).02, carry: order.vendor_number, xref: partner_code}")
    table = ATable({"0417": "HARBOR"}, table="partner_code")

    written = write(mapping, {"quantity": Decimal(2)}, table, order={"vendor_number": "HARBOR"})

    assert ("REF", "IA", "0417") in written.segments


# ------------------------------------------------------------------------------------------------------------- units


def test_quantity_and_price_are_turned_into_our_unit_and_back() -> None:
    mapping = a_mapping(lines=LINE)

    line = line_of(read(mapping, "PO1*1*2*CA*18.00**VN*AB-1"))
    written = write(mapping, dict(line))

    assert (line["quantity"], line["unit"], str(line["price"])) == (Decimal(24), "EA", "1.50")
    assert ("PO1", "", "2", "CA", "18.00", "", "VN", "AB-1") in written.segments


BASED = a_mapping(
    lines=LINE.replace("price_basis: PO105", "price_basis: {at: PO105, code: b}").replace(
        "unit: PO103", "unit: {at: PO103, code: u}"
    ),
    rest="codes:\n  u: {EA: each, CA: case, '*': keep}\n  b: {PE: each, HP: hundred, '*': keep}\n",
)
PIECES: dict[str, object] = {
    "quantity": Decimal(60),
    "unit": "each",
    "price": Decimal("10.00"),
    "price_basis": "each",
    "vendor_sku": "SKU-1",
}


def test_a_price_per_piece_is_written_as_it_is_where_no_code_says_a_price_per_case() -> None:
    table = ATable({"AB-1": "SKU-1"}, {("case", "SKU-1"): ("each", Fraction(12))})

    written = write(BASED, PIECES, table)
    back = line_of(read(BASED, "PO1*1*5*CA*10.00*PE*VN*AB-1", table=table))

    assert ("PO1", "", "5", "CA", "10.00", "PE", "VN", "AB-1") in written.segments
    assert written.problems == ()
    assert {name: back[name] for name in PIECES} == PIECES


def test_a_price_per_piece_is_turned_where_a_code_says_a_price_per_case() -> None:
    table = ATable({"AB-1": "SKU-1"}, {("case", "SKU-1"): ("each", Fraction(12))})

    written = write(BASED.replace("HP: hundred", "CP: case"), PIECES, table)

    assert ("PO1", "", "5", "CA", "120.00", "CP", "VN", "AB-1") in written.segments


def test_a_price_per_piece_is_no_price_per_what_the_partner_calls_a_piece() -> None:
    rows = {("case", "SKU-1"): ("each", Fraction(12)), ("each", "SKU-1"): ("each", Fraction(6))}

    written = write(BASED, PIECES, ATable({"AB-1": "SKU-1"}, rows))

    assert written.effect == "refuse"


def test_a_price_per_another_unit_stays_as_it_is() -> None:
    line = line_of(read(a_mapping(lines=LINE), "PO1*1*2*CA*1.50*PE*VN*AB-1"))
    other = line_of(read(a_mapping(lines=LINE), "PO1*1*2*CA*18.00*CA*VN*AB-1"))

    assert (line["quantity"], line["price"], line["price_basis"]) == (Decimal(24), Decimal("1.50"), "PE")
    assert (other["price"], other["price_basis"]) == (Decimal("1.50"), "EA")


@pytest.mark.parametrize(("basis", "word"), [("CT", "contract"), ("QT", "quoted"), ("HP", "hundred"), ("NT", "NT")])
def test_a_kind_of_price_is_no_unit_and_its_price_is_turned_with_the_quantity(basis: str, word: str) -> None:
    known = "price_basis: {at: PO105, code: basis}"
    codes = "codes:\n  basis: {HP: hundred, CT: contract, QT: quoted, '*': keep}\n"
    mapping = a_mapping(lines=LINE.replace("price_basis: PO105", known), rest=codes)

    line = line_of(read(mapping, f"PO1*1*5*CA*120.00*{basis}*VN*AB-1"))
    written = write(mapping, dict(line))

    assert (line["quantity"], str(line["price"]), line["price_basis"]) == (Decimal(60), "10.00", word)
    assert ("PO1", "", "5", "CA", "120.00", basis, "VN", "AB-1") in written.segments


def test_a_quantity_without_finite_decimals_parks_and_is_not_rounded() -> None:
    reading = read(a_mapping(lines=LINE), "PO1*1*2*CA*10.00**VN*AB-1")

    problem = only(reading)
    assert (problem.code, problem.effect, problem.field) == ("not-exact", "park", "lines[0].price")
    assert "10.00 CA is no finite number of EA" in problem.message


def test_an_unknown_unit_names_the_item_too() -> None:
    reading = read(a_mapping(lines=LINE), "PO1*1*2*BX*10.00**VN*AB-1")

    assert only(reading).message == "table 'unit' has no row that knows acme's 'BX' of item 'SKU-1'"
    assert reading.unmapped == (Unmapped("unit", "BX", item="SKU-1"),)


def test_of_an_item_that_nobody_knows_the_unit_is_not_asked_for() -> None:
    reading = read(a_mapping(lines=LINE), "PO1*1*2*CA*10.00**VN*AB-9")

    assert reading.unmapped == (Unmapped("sku", "AB-9"),)


def test_a_line_without_an_item_is_turned_by_the_row_of_every_item() -> None:
    table = ATable({}, {("CA", ""): ("EA", Fraction(12))})

    assert line_of(read(a_mapping(lines=LINE), "PO1*1*2*CA*12.00", table=table))["quantity"] == Decimal(24)


def test_quantities_of_a_line_inside_its_lists_are_turned_too() -> None:
    mapping = a_mapping(
        lines=f"{SKU}\nunit: PO103\n"
        "destinations: {pairs: SDQ, from: 3, as: {location: text, quantity: decimal}, unit: SDQ01}\n"
        "units: {quantity: [quantity, destinations.quantity], unit: [unit, destinations.unit], item: vendor_sku}"
    )

    line = line_of(read(mapping, "PO1*1*5*CA***VN*AB-1", "SDQ*CA*92*0042*3*0043*2"))
    other = read(mapping, "PO1*1*5*CA***VN*AB-1", "SDQ*EA*92*0042*3*0043*2")

    assert line["quantity"] == Decimal(60)
    assert line["destinations"] == [
        {"location": "0042", "quantity": Decimal(36), "unit": "EA"},
        {"location": "0043", "quantity": Decimal(24), "unit": "EA"},
    ]
    assert {problem.code for problem in other.problems} == {"other-unit"}
    assert other.effect == "park"


def test_a_document_that_is_written_is_left_as_it_was() -> None:
    line: dict[str, object] = {"quantity": "24", "unit": "EA", "price": "1.50", "vendor_sku": "SKU-1"}
    before = dict(line)

    written = write(a_mapping(lines=LINE), line)

    assert ("PO1", "", "2", "CA", "18.00", "", "VN", "AB-1") in written.segments
    assert line == before


def test_a_quantity_turned_back_has_no_more_digits_than_it_came_with() -> None:
    table = ATable({"AB-1": "SKU-1"}, {("CA", "SKU-1"): ("EA", Fraction(1, 256))})
    mapping = a_mapping(lines=LINE)

    line = line_of(read(mapping, "PO1*1*100000.01*CA*18.00**VN*AB-1", table=table))
    written = write(mapping, dict(line), table)

    assert (str(line["quantity"]), str(line["price"])) == ("390.6250390625", "4608.00")
    assert ("PO1", "", "100000.01", "CA", "18.00", "", "VN", "AB-1") in written.segments


@given(
    st.decimals(min_value=1, max_value=10**6, places=2),
    st.builds(Fraction, st.integers(1, 10**4), st.integers(1, 10**4)),
)
def test_what_is_read_and_written_back_is_the_quantity_that_came(quantity: Decimal, factor: Fraction) -> None:
    table = ATable({"AB-1": "SKU-1"}, {("CA", "SKU-1"): ("EA", factor)})
    mapping = a_mapping(lines=f"{SKU}\nunit: PO103\nunits: {{quantity: quantity, unit: unit, item: vendor_sku}}")

    reading = read(mapping, f"PO1*1*{quantity}*CA***VN*AB-1", table=table)

    if reading.problems:
        assert only(reading).code == "not-exact"
        return
    back = write(mapping, line_of(reading), table)
    segment = next(each for each in back.segments if each[0] == "PO1")
    assert Decimal(str(segment[2])) == quantity


# ------------------------------------------------------------------------------------------------------------ checks


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("price: {at: PO104, xref: sku}", "'lines.price' is a decimal: xref: translates text"),
        ("vendor_sku: {at: PO1<VN>, xref: Our SKUs}", "xref: names a table of cross references, like sku"),
        ("vendor_sku: {at: PO1<VN>, xref: sku, default: NONE}", "default: and xref: do not go together"),
        ("unit: PO103\nunits: {quantity: vendor_sku, unit: unit}", "'lines.vendor_sku' is a text, not a decimal"),
        ("unit: PO103\nunits: {quantity: quantity, unit: destinations.unit}", "the first unit is a field of 'lines'"),
        ("unit: PO103\nunits: {quantity: quantity, unit: unit, item: [sku, upc]}", "item: is one field of 'lines'"),
        ("unit: PO103\nunits: {quantity: quantity, unit: unit, table: 7}", "table: names a table"),
    ],
)
def test_a_cross_reference_that_cannot_be_is_a_mistake(lines: str, said: str) -> None:
    found = flaws(a_mapping(lines=lines))

    assert codes(found) == ["E145"]
    assert said in found[0].sentence


@pytest.mark.parametrize(
    ("lines", "code", "said"),
    [
        ("vendor_sku: {at: PO1<VN>, xreff: sku}", "E102", "did you mean 'xref'?"),
        ("units: {quantity: quantity}", "E102", "units: needs unit:"),
        ("units: {quantities: quantity, quantity: quantity, unit: unit}", "E102", "did you mean 'quantity'?"),
        ("units: {quantity: quantitie, unit: unit}", "E101", "did you mean 'quantity'?"),
        ("units: here", "E102", "units: is a table"),
    ],
)
def test_a_key_or_field_that_is_not_there_is_named_with_the_nearest(lines: str, code: str, said: str) -> None:
    found = flaws(a_mapping(lines=lines))

    assert codes(found) == [code]
    assert said in found[0].sentence


def test_the_key_of_a_level_cannot_be_looked_up() -> None:
    found = shipments.flaws(shipments.SMALL.replace('id: {read: "po_number"}', 'id: {read: "po_number", xref: order}'))

    assert codes(found) == ["E145"]
    assert "'orders.id' is the key of a level" in found[0].sentence


def test_an_overlay_brings_a_table_and_units_and_another_takes_them_away() -> None:
    base = a_mapping(lines="vendor_sku: PO1<VN>\nunit: PO103")
    first = an_overlay(
        "map:\n  lines.vendor_sku: {at: PO1<VN>, xref: sku}\n"
        "  lines.units: {quantity: quantity, unit: unit, item: vendor_sku}\n"
    )
    second = an_overlay("map:\n  lines.units: !remove\n", version=2, extends="acme/850@1")
    library = Library({"x12/850/v1.map.yaml": base, "acme/850/v1.map.yaml": first, "acme/850/v2.map.yaml": second})

    assert library.compile("acme/850@1").tables == {"sku", "unit"}
    assert library.compile("acme/850@2").tables == {"sku"}
