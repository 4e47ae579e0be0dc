"""The sets about orders and money: canonical to X12 and back is the same document, whatever the document."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from gateway.mapping.library import Library
from gateway.mapping.prove import proven
from gateway.mapping.to_canonical import CompiledMapping, dumps
from gateway.x12.interchange import SetResult
from gateway.x12.read import examine
from tests.unit.mapping.any_document import documents

SHIPPED = Path(__file__).parents[3] / "mappings"
SETS = ("810", "812", "820", "824", "855", "860", "865", "875", "880")
CHARGES = "59"
Body = dict[str, Any]
usual = settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))


def compiled(set_id: str) -> CompiledMapping:
    file = f"x12/{set_id}/v1.map.yaml"
    return Library({file: (SHIPPED / file).read_text("utf-8")}).compile(f"x12/{set_id}@1")


def said(document: Body) -> Body:
    """The same document with what writing says by itself: how many lines, free text, a contact for information."""
    if document.get("lines"):
        document.setdefault("totals", {})["line_count"] = len(document["lines"])
    return described(document)


def described(body: Body) -> Body:
    """The same, of descriptions and contacts only."""
    for name, entries in body.items():
        for entry in [entries] if isinstance(entries, dict) else entries if isinstance(entries, list) else []:
            if name == "contacts":
                entry.setdefault("function", "information")
            elif name == "descriptions":
                entry.setdefault("form", "free")
            elif isinstance(entry, dict):
                described(entry)
    return body


def sensible(document: Body) -> Body:
    """The same document of the grocery trade without what its segments cannot say.

    Whether G72 takes off or adds follows from its code; G66 stands once, and always says who pays. There is a line.
    """
    document.setdefault("lines", [{"quantity": "1", "unit": "each"}])
    for part in (document, *document["lines"]):
        for entry in part.get("allowances_charges", ()):
            code = entry.setdefault("grocery_code", "97")
            charge = len(code) == 3 and code[0] in CHARGES
            entry["indicator"] = "charge" if charge else "allowance"
            for name in {"rate", "amount", "percent"} & set(entry):
                entry[name] = str(abs(Decimal(entry[name])))
    if "freight_terms" in document and "routing" in document:
        document |= {name: document[name][:1] for name in ("freight_terms", "routing")}
    elif document.get("routing"):
        del document["routing"]
    for entry in document.get("contacts", ()):
        entry.setdefault("function", "information")
    return document


MADE_SENSIBLE = (
    dict.fromkeys(("875", "880"), sensible)
    | dict.fromkeys(("810", "855", "860", "865"), said)
    | dict.fromkeys(("812", "820", "824"), described)
)


@pytest.mark.parametrize("version", ["004010", "005010"])
@pytest.mark.parametrize("set_id", SETS)
def test_what_is_written_reads_as_what_was_said(set_id: str, version: str) -> None:
    mapping = compiled(set_id)
    any_document = documents(mapping.plans[version])

    @usual
    @given(any_document.map(MADE_SENSIBLE[set_id]))
    def holds(document: dict[str, object]) -> None:
        written = mapping.write(document, version=version)
        assert written.problems == ()
        content = proven(set_id, version, written.segments).content
        assert content is not None
        reading = mapping.translate(content)
        assert json.loads(dumps(reading.document)) == document
        assert [problem for problem in reading.problems if problem.effect != "warn"] == []

    holds()


def test_the_number_of_lines_is_counted_whatever_the_document_says_it_is() -> None:
    line = {"quantity": "1", "unit": "each", "price": "1.00", "vendor_sku": "HP-1"}
    invoice: Body = {"lines": [line, line], "totals": {"amount": "2.00"}}

    silent = compiled("810").write(invoice, version="004010")
    wrong = compiled("810").write(invoice | {"totals": {"amount": "2.00", "line_count": 7}}, version="004010")

    assert silent.segments == wrong.segments
    assert ("CTT", "2") in silent.segments


def test_an_invoice_whose_lines_stand_in_stores_is_refused_and_not_taken_for_an_empty_one() -> None:
    fixture = (SHIPPED / "x12/880/fixtures/credit-4010.edi").read_bytes()
    divided = fixture.replace(b"G17*", b"ENT*1*ST*92*0014~REF*IA*7~G17*").replace(b"G69*OAT CRACKERS, CRUSHED~", b"")
    divided = divided.replace(b"SE*10", b"SE*11")

    (content,) = [event.content for event in examine(divided) if isinstance(event, SetResult)]

    assert content is not None
    reading = compiled("880").translate(content)
    assert [(problem.field, problem.code, problem.effect) for problem in reading.problems] == [
        ("lines", "required", "refuse")
    ]


def test_two_lists_of_a_segment_that_stands_once_are_written_into_one() -> None:
    transport: Body = {
        "freight_terms": [{"payment": "prepaid", "fob_point": "origin"}],
        "routing": [{"mode": "motor", "instructions": "ANY CARRIER"}],
    }

    written = compiled("875").write(transport, version="004010")

    assert [segment for segment in written.segments if segment[0] == "G66"] == [
        ("G66", "PP", "M", "", "", "ANY CARRIER", "04")
    ]
