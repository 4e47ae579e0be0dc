"""The exported schemas are what our systems build against: they may grow, and nothing else."""

import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from gateway.canonical import SCHEMAS, json_schema
from gateway.canonical.sets import CANONICAL_TYPES

ROOT = Path(__file__).parents[3]
PINNED = ROOT / "tests" / "data" / "schema"
FIXTURES = sorted((ROOT / "mappings").glob("*/*/fixtures/*.json"))
ORDERS = [path for path in FIXTURES if path.parts[-3] == "850"]

Schema = dict[str, Any]


def breaks(old: Schema, new: Schema) -> Iterator[str]:
    """What a reader or writer of `old` could trip over in `new`, by path."""
    for name, definition in {"": old, **old.get("$defs", {})}.items():
        now = new if not name else new.get("$defs", {}).get(name)
        if now is None:
            yield f"{name} is gone"
            continue
        if sorted(definition.get("required", [])) != sorted(now.get("required", [])):
            yield f"{name} requires other fields"
        for field, rule in definition.get("properties", {}).items():
            if meaning(rule) != meaning(now["properties"].get(field, {})):
                yield f"{name}.{field} is gone or of another kind"


def meaning(rule: Any) -> Any:
    if isinstance(rule, dict):
        return {key: meaning(value) for key, value in rule.items() if key not in {"description", "examples"}}
    return rule


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_released_schema_only_grows(name: str) -> None:
    pinned = json.loads((PINNED / f"{name}.json").read_text(encoding="utf-8"))

    assert list(breaks(pinned, json_schema(name))) == []


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_pinned_schema_has_every_new_field_and_definition(name: str) -> None:
    pinned = json.loads((PINNED / f"{name}.json").read_text(encoding="utf-8"))

    assert json_schema(name) == pinned, (
        f"if only fields were added: gateway schema {name} > tests/data/schema/{name}.json"
    )


def test_a_field_of_another_kind_is_seen_as_a_break() -> None:
    changed = deepcopy(json_schema("order.v1"))
    changed["properties"]["po_number"]["type"] = "integer"
    changed["$defs"]["Line"]["required"] = ["quantity", "number"]
    del changed["$defs"]["Party"]["properties"]["city"]

    assert list(breaks(json_schema("order.v1"), changed)) == [
        ".po_number is gone or of another kind",
        "Line requires other fields",
        "Party.city is gone or of another kind",
    ]


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_valid_2020_12_and_says_what_it_is(name: str) -> None:
    schema = json_schema(name)

    Draft202012Validator.check_schema(schema)
    assert schema["$id"] == f"urn:edi-gateway:canonical:{name}"
    assert schema["version"] == int(name.partition(".v")[2])


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_field_has_a_written_definition(name: str) -> None:
    schema = json_schema(name)
    models = {name: schema, **schema["$defs"]}

    undefined = [
        f"{model}.{field}"
        for model, definition in models.items()
        for field, rule in definition["properties"].items()
        if not rule.get("description", "").endswith(".") and not rule.get("description", "").endswith("...")
    ]

    assert undefined == []
    assert all(definition.get("description") for definition in models.values())


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: "-".join([*path.parts[-4:-2], path.stem]))
def test_a_mapped_document_fits_schema_and_model_alike(path: Path) -> None:
    name = CANONICAL_TYPES[path.parts[-3]]
    read = json.loads(path.read_text(encoding="utf-8"))

    for document in read if isinstance(read, list) else [read]:
        Draft202012Validator(json_schema(name)).validate(document)
        assert SCHEMAS[name].model_validate(document).body() == document


@pytest.mark.parametrize(
    ("field", "value"),
    [("order_date", "20260102"), ("exchange_rate", 1.25), ("currency", None), ("colour", "red"), ("po_number", "")],
)
def test_the_schema_refuses_what_is_not_canonical(field: str, value: object) -> None:
    order = json.loads(ORDERS[0].read_text(encoding="utf-8")) | {field: value}

    with pytest.raises(ValidationError):
        Draft202012Validator(json_schema("order.v1")).validate(order)
