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
from tests.unit.mapping.any_document import documents

SHIPPED = Path(__file__).parents[3] / "mappings"
SETS = ("810", "820", "855", "860", "865", "875", "880")
GROCERY = {"875", "880"}
CHARGES = "59"
usual = settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))


def compiled(set_id: str) -> CompiledMapping:
    file = f"x12/{set_id}/v1.map.yaml"
    return Library({file: (SHIPPED / file).read_text("utf-8")}).compile(f"x12/{set_id}@1")


def sensible(document: dict[str, Any]) -> dict[str, Any]:
    """The same document of the grocery trade without what its segments cannot say.

    Whether G72 takes off or adds follows from its code; G66 stands once, and always says who pays.
    """
    for part in (document, *document.get("lines", ())):
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
    return document


@pytest.mark.parametrize("version", ["004010", "005010"])
@pytest.mark.parametrize("set_id", SETS)
def test_what_is_written_reads_as_what_was_said(set_id: str, version: str) -> None:
    mapping = compiled(set_id)
    any_document = documents(mapping.plans[version])

    @usual
    @given(any_document.map(sensible) if set_id in GROCERY else any_document)
    def holds(document: dict[str, object]) -> None:
        written = mapping.write(document, version=version)
        assert written.problems == ()
        content = proven(set_id, version, written.segments).content
        assert content is not None
        reading = mapping.translate(content)
        assert json.loads(dumps(reading.document)) == document
        assert [problem for problem in reading.problems if problem.effect != "warn"] == []

    holds()


def test_two_lists_of_a_segment_that_stands_once_are_written_into_one() -> None:
    transport: dict[str, object] = {
        "freight_terms": [{"payment": "prepaid", "fob_point": "origin"}],
        "routing": [{"mode": "motor", "instructions": "ANY CARRIER"}],
    }

    written = compiled("875").write(transport, version="004010")

    assert [segment for segment in written.segments if segment[0] == "G66"] == [
        ("G66", "PP", "M", "", "", "ANY CARRIER", "04")
    ]
