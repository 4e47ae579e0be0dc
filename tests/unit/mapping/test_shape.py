from datetime import date, time
from decimal import Decimal
from typing import Literal

import pytest
from pydantic import BaseModel

from gateway.canonical.schemas import SCHEMAS
from gateway.canonical.values import Canonical
from gateway.mapping.shape import Shape, canonical_shape
from tests.unit.mapping.orders import a_mapping, an_order, flaws, read


class Inner(BaseModel):
    name: str


class Sample(Canonical):
    """One field of each kind a mapping can fill, and one it cannot."""

    mode: Literal["fast", "slow"]
    count: int = 0
    price: Decimal | None = None
    on: date | None = None
    at: time | None = None
    final: bool = False
    inner: Inner | None = None
    inners: tuple[Inner, ...] = ()
    words: dict[str, str] | None = None
    texts: list[str] | None = None
    either: int | str = 0


@pytest.fixture(autouse=True)
def sample(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SCHEMAS, "sample.v1", Sample)


def _mapping(fields: str, codes: str = "") -> str:
    head = a_mapping().partition("map:\n")[0].replace("order.v1", "sample.v1")
    return head + codes + "direction: read\nmap:\n" + "".join(f"  {line}\n" for line in fields.splitlines())


def test_each_annotation_has_its_kind() -> None:
    fields = canonical_shape("sample.v1").fields

    kinds = {name: (shape.kind, shape.many) for name, shape in fields.items()}
    assert kinds == {
        "mode": ("text", False),
        "count": ("integer", False),
        "price": ("decimal", False),
        "on": ("date", False),
        "at": ("time", False),
        "final": ("boolean", False),
        "inner": ("object", False),
        "inners": ("object", True),
        "words": ("words", False),
        "texts": ("text", True),
        "either": ("unknown", False),
    }
    assert fields["mode"] == Shape("text", required=True, values=frozenset({"fast", "slow"}))


def test_a_code_list_that_gives_what_the_field_does_not_allow_is_told() -> None:
    found = flaws(_mapping("mode: {at: BEG02, code: mode}", "codes:\n  mode: {SA: fast, NE: slaw}\n"))

    assert [(flaw.code, flaw.place.line) for flaw in found] == [("E142", 8)]
    assert "did you mean 'slow'" in found[0].sentence


def test_a_constant_that_the_field_does_not_allow_is_told() -> None:
    assert [flaw.code for flaw in flaws(_mapping("mode: {const: idle}"))] == ["E142"]


def test_a_field_no_mapping_can_fill_is_told() -> None:
    assert [flaw.code for flaw in flaws(_mapping("mode: {const: fast}\neither: BEG03"))] == ["E101"]


def test_yes_and_no_come_from_a_code_list_and_dictionaries_take_any_key() -> None:
    mapping = _mapping(
        "mode: {const: fast}\nfinal: {at: BEG02, code: final}\nwords: {number: BEG03, division: REF(DP).02}",
        'codes:\n  final: {SA: "true", NE: "false"}\n',
    )

    reading = read(mapping, an_order("REF*DP*7"))

    assert reading.problems == ()
    assert reading.document == {"mode": "fast", "final": True, "words": {"number": "4500", "division": "7"}}


def test_yes_or_no_at_an_element_of_other_codes_is_told() -> None:
    assert [flaw.code for flaw in flaws(_mapping("mode: {const: fast}\nfinal: BEG02"))] == ["E132"]
