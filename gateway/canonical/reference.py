"""The canonical types as tables for people, written from the JSON Schema so that they cannot say otherwise."""

from typing import Any

from gateway.canonical.schemas import json_schema

Schema = dict[str, Any]


def reference(name: str) -> str:
    """Return one Markdown table per object of the canonical type `name`, the document itself first.

    Raises KeyError when there is no such type.
    """
    schema = json_schema(name)
    definitions: dict[str, Schema] = schema.pop("$defs", {})
    tables = [_table(name, schema), *(_table(title, definition) for title, definition in definitions.items())]
    return "\n".join(tables)


def _table(title: str, definition: Schema) -> str:
    required = set(definition.get("required", ()))
    rows = [
        f"| `{field}`{' **required**' if field in required else ''} | {_kind(rule)} | {rule['description']} |"
        for field, rule in definition["properties"].items()
    ]
    head = [f"### {title}", "", definition["description"].partition("\n")[0], ""]
    return "\n".join([*head, "| field | kind | meaning |", "|---|---|---|", *rows, ""])


def _kind(rule: Schema) -> str:
    if "$ref" in rule:
        target = rule["$ref"].rpartition("/")[2]
        return f"[{target}](#{target.lower()})"
    if rule["type"] == "array":
        return f"list of {_kind(rule['items'])}"
    if rule.get("format") == "date":
        return "date"
    if "pattern" in rule:
        return "time" if ":" in rule["pattern"] else "decimal"
    return {"string": "text", "integer": "integer"}[rule["type"]]
