"""Canonical to X12 and back is the same document, for a shipped mapping; and the two ways to write a segment agree."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.mapping import objects
from gateway.mapping.library import Library
from gateway.mapping.prove import proven
from gateway.mapping.to_canonical import CompiledMapping, dumps
from tests.unit.mapping.any_document import documents

SHIPPED = Path(__file__).parents[3] / "mappings"
COMPILED = Library({"x12/850/v1.map.yaml": (SHIPPED / "x12/850/v1.map.yaml").read_text("utf-8")}).compile("x12/850@1")
usual = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def long_way() -> CompiledMapping:
    """The same mapping, every segment written the long way."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(objects, "template_step", lambda unit, names, base: unit.general(names))
        return CompiledMapping(COMPILED.name, COMPILED.transaction, COMPILED.canonical, COMPILED._model, COMPILED.plans)


@pytest.mark.parametrize("version", COMPILED.versions)
def test_what_is_written_reads_as_what_was_said(version: str) -> None:
    @usual
    @given(documents(COMPILED.plans[version]))
    def holds(document: dict[str, object]) -> None:
        written = COMPILED.write(document, version=version)
        assert written.problems == ()
        content = proven("850", version, written.segments).content
        assert content is not None
        reading = COMPILED.translate(content)
        assert json.loads(dumps(reading.document)) == document
        assert [problem for problem in reading.problems if problem.effect != "warn"] == []

    holds()


_junk = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.decimals()
    | st.text(max_size=8)
    | st.sampled_from([10**1000, -(10**1000), Decimal("1E+999999"), Decimal("sNaN"), b"bytes", {1}]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5) | st.integers(0, 9), inner, max_size=3)
    ),
    max_leaves=6,
)


@st.composite
def _spoilt(draw: st.DrawFn) -> dict[str, object]:
    """A document in which something, somewhere, is anything at all."""
    document = draw(documents(COMPILED.plans["004010"]))
    for _ in range(draw(st.integers(1, 3))):
        there: object = document
        while isinstance(there, dict | list) and there:
            key = draw(st.sampled_from(sorted(there, key=str) if isinstance(there, dict) else range(len(there))))
            if draw(st.booleans()) or not isinstance(there[key], dict | list):
                there[key] = draw(_junk)
                break
            there = there[key]
    return document


def test_both_ways_to_write_write_the_same(long_way: CompiledMapping) -> None:
    @usual
    @given(_spoilt())
    def holds(document: dict[str, object]) -> None:
        quick, slow = COMPILED.write(document, version="004010"), long_way.write(document, version="004010")

        assert quick == slow

    holds()
