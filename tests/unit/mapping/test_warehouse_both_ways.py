"""The documents of the warehouse side: canonical to X12 and back is the same document, whatever it says."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from gateway.mapping.library import Library
from gateway.mapping.prove import proven
from gateway.mapping.to_canonical import CompiledMapping, dumps
from tests.unit.mapping.any_document import documents, without_derived

SHIPPED = Path(__file__).parents[3] / "mappings"
PHASES = (Phase.explicit, Phase.generate, Phase.shrink)
usual = settings(max_examples=20, deadline=None, phases=PHASES, suppress_health_check=list(HealthCheck))


def compiled(set_id: str) -> CompiledMapping:
    name = f"x12/{set_id}/v1.map.yaml"
    return Library({name: (SHIPPED / name).read_text("utf-8")}).compile(f"x12/{set_id}@1")


def number_packages(document: dict[str, object]) -> None:
    """Packages have a number in every set that arrives: one that is not given is made by writing."""
    packages = document.get("packages", [])
    assert isinstance(packages, list)
    for number, package in enumerate(packages, start=1):
        package.setdefault("number", str(number))


@pytest.mark.parametrize("version", ["004010", "005010"])
@pytest.mark.parametrize("set_id", ["846", "940", "943", "944", "945", "947"])
def test_what_is_written_reads_as_what_was_said(set_id: str, version: str) -> None:
    mapping = compiled(set_id)

    @usual
    @given(documents(mapping.plans[version]))
    def holds(document: dict[str, object]) -> None:
        number_packages(document)
        written = mapping.write(document, version=version)
        assert written.problems == ()
        content = proven(set_id, version, written.segments).content
        assert content is not None
        reading = mapping.translate(content)
        read = json.loads(dumps(reading.document))
        assert without_derived(read, mapping.plans[version].root) == document
        assert [problem for problem in reading.problems if problem.effect != "warn"] == []

    holds()
