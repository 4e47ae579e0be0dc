"""The documents of the warehouse side: canonical to X12 and back is the same document, whatever it says."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from gateway.mapping.library import Library
from gateway.mapping.prove import proven
from gateway.mapping.to_canonical import CompiledMapping, dumps
from tests.unit.mapping.any_document import documents, without_derived

SHIPPED = Path(__file__).parents[3] / "mappings"
TOTALS = {"940": "quantity", "943": "quantity", "944": "received"}
GROUPED = {("940", "004010"), ("940", "005010"), ("944", "005010")}
Body = dict[str, Any]
PHASES = (Phase.explicit, Phase.generate, Phase.shrink)
usual = settings(max_examples=20, deadline=None, phases=PHASES, suppress_health_check=list(HealthCheck))


def compiled(set_id: str) -> CompiledMapping:
    name = f"x12/{set_id}/v1.map.yaml"
    return Library({name: (SHIPPED / name).read_text("utf-8")}).compile(f"x12/{set_id}@1")


def said(document: Body, set_id: str, version: str) -> Body:
    """The same document with what writing says by itself: totals, numbers of packages, what contacts are for."""
    for line in document.get("lines", ()) if (set_id, version) in GROUPED else ():
        line.setdefault("group", "1")
    for number, package in enumerate(document.get("packages", ()), start=1):
        package.setdefault("number", str(number))
    if document.get("lines") and set_id == "846":
        document.setdefault("totals", {})["line_count"] = len(document["lines"])
    elif document.get("lines") and set_id in TOTALS:
        document.setdefault("totals", {}).setdefault(TOTALS[set_id], "1")
    return described(document)


def described(body: Body) -> Body:
    """The same, of contacts and descriptions only."""
    for name, entries in body.items():
        for entry in [entries] if isinstance(entries, dict) else entries if isinstance(entries, list) else []:
            if name == "contacts":
                entry.setdefault("function", "information")
            elif name == "descriptions" and isinstance(entry, dict):
                entry.setdefault("form", "free")
            elif isinstance(entry, dict):
                described(entry)
    return body


@pytest.mark.parametrize("version", ["004010", "005010"])
@pytest.mark.parametrize("set_id", ["846", "940", "943", "944", "945", "947"])
def test_what_is_written_reads_as_what_was_said(set_id: str, version: str) -> None:
    mapping = compiled(set_id)

    @usual
    @given(documents(mapping.plans[version]).map(lambda document: said(document, set_id, version)))
    def holds(document: Body) -> None:
        written = mapping.write(document, version=version)
        assert written.problems == ()
        content = proven(set_id, version, written.segments).content
        assert content is not None
        reading = mapping.translate(content)
        read = json.loads(dumps(reading.document))
        assert without_derived(read, mapping.plans[version].root) == document
        assert [problem for problem in reading.problems if problem.effect != "warn"] == []

    holds()


LINES: dict[str, Body] = {
    "940": {"quantity": "1.5", "unit": "each", "vendor_sku": "HP-1"},
    "943": {"quantity": "1.5", "unit": "each", "vendor_sku": "HP-1"},
    "944": {"received": "1.5", "unit": "each", "vendor_sku": "HP-1"},
}
SEGMENTS = {"940": "W76", "943": "W03", "944": "W14"}


@pytest.mark.parametrize("set_id", LINES)
def test_totals_are_added_up_where_the_document_does_not_say_them(set_id: str) -> None:
    document: Body = {"lines": [LINES[set_id], LINES[set_id]]}

    silent = compiled(set_id).write(document, version="004010")
    stated = compiled(set_id).write(document | {"totals": {TOTALS[set_id]: "7"}}, version="004010")
    none = compiled(set_id).write({"po_number": "4500"}, version="004010")

    assert (SEGMENTS[set_id], "3.0") in silent.segments
    assert (SEGMENTS[set_id], "7") in stated.segments
    assert SEGMENTS[set_id] not in {segment[0] for segment in none.segments}


def test_lines_of_an_inventory_report_are_counted_whatever_it_says_they_are() -> None:
    document: Body = {"lines": [{"vendor_sku": "A"}, {"vendor_sku": "B"}], "totals": {"line_count": 7}}

    assert ("CTT", "2") in compiled("846").write(document, version="004010").segments


def test_what_the_customer_said_of_the_order_goes_on_to_the_warehouse() -> None:
    order = {"po_number": "4500", "department": "038", "vendor_number": "0098", "customer_order": "W-1"}

    written = compiled("940").write({"department": "040"}, version="004010", carried={"order": order})

    assert ("W05", "", "", "4500") in written.segments
    assert [segment for segment in written.segments if segment[0] == "N9"] == [
        ("N9", "CO", "W-1"),
        ("N9", "DP", "040"),
        ("N9", "IA", "0098"),
    ]


def test_a_shipment_repeats_the_numbers_of_the_order_it_answers() -> None:
    ordered = {"depositor_order": "HP-1", "po_number": "4500", "bill_of_lading": "B-1", "customer_order": "W-1"}

    written = compiled("945").write(
        {"reporting": "full_detail"}, version="004010", carried={"warehouse_order": ordered}
    )

    assert written.segments == (("W06", "F", "HP-1", "", "", "", "4500"), ("N9", "BM", "B-1"), ("N9", "CO", "W-1"))


@pytest.mark.parametrize("set_id", LINES)
def test_a_description_longer_than_its_element_goes_on_in_the_next(set_id: str) -> None:
    said = "STONEWARE MUG 12 OZ BLUE, HAND GLAZED, BOXED AS A GIFT WITH A CARD"

    written = compiled(set_id).write({"lines": [{**LINES[set_id], "descriptions": [said]}]}, version="004010")

    assert written.problems == ()
    assert " ".join(str(segment[1]) for segment in written.segments if segment[0] == "G69") == said
