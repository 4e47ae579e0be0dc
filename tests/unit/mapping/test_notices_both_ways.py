"""Ship notices: canonical to X12 and back is the same document, whatever its entries say. Shapes are `test_nest`'s."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from gateway.mapping.prove import proven
from gateway.mapping.to_canonical import dumps
from tests.unit.mapping.any_document import with_lists
from tests.unit.mapping.shipments import shaped

Body = dict[str, Any]
LISTS = ("orders", "pallets", "packages", "lines")
PHASES = (Phase.explicit, Phase.generate, Phase.shrink)
usual = settings(max_examples=25, deadline=None, phases=PHASES, suppress_health_check=list(HealthCheck))


def linked(document: Body) -> Body:
    """The same with keys and links: all of it on the first pallet for the first order, one line in each package."""
    for name in ("orders", "pallets", "packages"):
        document[name] = _keyed(document[name])
    orders, pallets, packages, lines = (document[name] for name in LISTS)
    for entry in (*pallets, *packages, *lines):
        entry["order"] = orders[0]["id"]
    for entry in (*packages, *lines[: len(packages)]):
        entry["pallet"] = pallets[0]["id"]
    for line, package in zip(lines, packages, strict=False):
        line["package"] = package["id"]
    return document


def _keyed(entries: list[Body]) -> list[Body]:
    """Entries with the keys that reading gives them; of two with the same the first."""
    found: dict[str, Body] = {}
    for entry in entries:
        number = "/".join(filter(None, (entry.get("po_number"), entry.get("release"))))
        key = number or entry.get("sscc") or entry.get("tracking") or f"#{len(found) + 1}"
        found.setdefault(key, {"id": key} | entry)
    return list(found.values())


@pytest.mark.parametrize("version", ["004010", "005010"])
def test_what_is_written_reads_as_what_was_said(version: str) -> None:
    mapping = shaped("SOTPI")

    @usual
    @given(with_lists(mapping.plans[version], *LISTS).map(linked))
    def holds(document: Body) -> None:
        written = mapping.write(document, version=version)
        assert written.problems == ()
        content = proven("856", version, written.segments).content
        assert content is not None
        reading = mapping.translate(content)
        assert json.loads(dumps(reading.document)) == document
        assert [problem for problem in reading.problems if problem.effect != "warn"] == []

    holds()
