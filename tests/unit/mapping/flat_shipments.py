"""Random flat shipments for hypothesis, and what of them each order of levels has a place for: said here once more, in
another way than the code under test.
"""

from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

from tests.unit.mapping.shipments import an_sscc

Document = dict[str, Any]

LEVEL_OF = {"orders": "O", "pallets": "T", "packages": "P"}


@st.composite
def shipments(draw: st.DrawFn, *, shape: str) -> Document:
    """A shipment whose links are consistent: what a line says of its package, the package says of itself."""
    orders = [f"PO{number}" for number in range(draw(st.integers(0, 3)))]
    pallets = [an_sscc(900 + number) for number in range(draw(st.integers(0, 2)))]
    packages = [an_sscc(number) for number in range(draw(st.integers(0, 4)))]
    document: Document = {
        "purpose": "original",
        "shipment_number": "SHP-1",
        "created": "2026-01-12",
        "created_time": "14:05",
        "orders": [{"id": order, "po_number": order} for order in orders],
        "pallets": [{"id": pallet, "sscc": pallet} for pallet in pallets],
        "packages": [
            {"id": package, "sscc": package} | _maybe(draw, "pallet", pallets) | _maybe(draw, "order", orders)
            for package in packages
        ],
        "lines": [
            {"number": str(number), "quantity": "1", "unit": "each"}
            | _maybe(draw, "order", orders)
            | _maybe(draw, "package", packages)
            for number in range(draw(st.integers(0, 6)))
        ],
    }
    for line in document["lines"]:
        if shape == "SOIP" and len(packages) > 1 and "package" in line and draw(st.booleans()):
            line["packages"] = draw(st.lists(st.sampled_from(packages), min_size=2, unique=True))
            del line["package"]
    for name in LEVEL_OF:
        document[name] = draw(st.permutations(document[name]))
    return document


def _maybe(draw: st.DrawFn, field: str, keys: list[str]) -> dict[str, str]:
    key = draw(st.sampled_from([*keys, ""]))
    return {field: key} if key else {}


def carried(document: Document, shape: str) -> Document:
    """What a notice of this shape says of a shipment: every list by its keys, lines by their numbers."""
    kept = {
        name: {entry["id"]: deepcopy(entry) for entry in document[name]} if level in shape else {}
        for name, level in LEVEL_OF.items()
    }
    lines = {line["number"]: deepcopy(line) for line in document["lines"]}
    for line in lines.values():
        _complete(line, {package["id"]: package for package in document["packages"]})
    for key, package in list(kept["packages"].items()):
        holds = [line for line in lines.values() if key in (line.get("package"), *line.get("packages", []))]
        if holds:
            _settle(package, "order", [line.get("order") for line in holds])
        elif shape == "SOIP":
            del kept["packages"][key]
    for key, pallet in kept["pallets"].items():
        on_it = [each for each in (*lines.values(), *kept["packages"].values()) if each.get("pallet") == key]
        _settle(pallet, "order", [each.get("order") for each in on_it])
    for level, field in (("T", "pallet"), ("P", "package")):
        for entry in (*lines.values(), *kept["packages"].values()) if level not in shape else ():
            entry.pop(field, None)
    return {name: value for name, value in (kept | {"lines": lines}).items() if value}


def _complete(line: Document, packages: Document) -> None:
    """What a line has from its package: the pallet, and the order where the line names none."""
    package = packages.get(line.get("package", ""))
    if package is not None:
        line |= {field: package[field] for field in ("order", "pallet") if field in package and field not in line}


def _settle(entry: Document, field: str, values: list[str | None]) -> None:
    """The one value all of them say; nothing where they differ, or where one of them says nothing."""
    entry.pop(field, None)
    if len(set(values)) == 1 and values[0]:
        entry[field] = values[0]


def by_key(document: Document) -> Document:
    """A document as read, in the same form."""
    found = {name: {entry["id"]: entry for entry in document.get(name, [])} for name in LEVEL_OF}
    lines = {line["number"]: line | {"quantity": str(line["quantity"])} for line in document.get("lines", [])}
    return {name: value for name, value in (found | {"lines": lines}).items() if value}
