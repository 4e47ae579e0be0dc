"""Where an entry of a list begins in the set that it was read from: looked up again, for problems only."""

from collections.abc import Sequence

from gateway.mapping.fetch import selector
from gateway.mapping.plan import PlannedObject
from gateway.x12.interchange import Loop, Segment, TransactionSet


def told(parts: Sequence[int | str], document: object, content: TransactionSet, root: PlannedObject) -> str:
    """The innermost entry on the way to a field, as a person finds it in the set; "" for a field of no list.

    Args:
        parts: the canonical path, `("lines", 3, "quantity")`.
        document: what was read.
        content: the set it was read from.
        root: the plan it was read by.
    """
    at = next((place for place in range(len(parts) - 1, 0, -1) if isinstance(parts[place], int)), 0)
    if not at:
        return ""
    index, name, entry = parts[at], parts[at - 1], _entry(parts[: at + 1], document)
    assert isinstance(index, int)  # noqa: S101 - told to mypy: just looked for
    said = f"entry {index + 1} of '{name}'"
    if isinstance(entry, dict) and isinstance(entry.get("number"), str):
        said += f", number '{entry['number'][:40]}'"
    head = _head(parts[: at + 1], content.tree, root)
    position = next((place for place, each in enumerate(content.segments, start=1) if each is head), 0)
    return f"{said}, from segment {position} {head[0]}" if head is not None and position else said


def _entry(parts: Sequence[int | str], document: object) -> object:
    for part in parts:
        try:
            document = document[part]  # type: ignore[index]  # a path of the model's own: lists by number, objects by name
        except (LookupError, TypeError):
            return None
    return document


def _head(parts: Sequence[int | str], loop: Loop, planned: PlannedObject) -> Segment | None:
    """The segment that an entry begins with; None where entries are not segments or loops one behind the other."""
    for place, part in enumerate(parts):
        if isinstance(part, int):
            continue
        child = next((each for each in planned.fields if each.form.name == part), None)
        if not isinstance(child, PlannedObject) or child.form.level or child.parts or child.when:
            return None
        planned = child
        if child.entrance is None:
            continue
        entered = selector(child.entrance, child.named if child.form.rest else ())(loop)
        following = parts[place + 1] if place + 1 < len(parts) else 0
        index = following if isinstance(following, int) else 0
        if index >= len(entered):
            return None
        loop = entered[index]
    return loop.head
