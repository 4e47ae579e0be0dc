"""One mapping out of a chain: the base, then what each overlay says differently, then `like:`. Works on plain nodes.

Every value keeps the place where it was written, so that a mistake in an overlay is shown in the overlay.
"""

from collections.abc import Sequence
from dataclasses import replace

from gateway.flaws import Place, did_you_mean
from gateway.mapping.diagnosis import Diagnosis
from gateway.mapping.shape import Shape
from gateway.mapping.source import Entry, Node, Table, Text

ENTERING = ("each", "in", "pairs", "level")
OBJECT_KEYS = (
    *ENTERING,
    "from",
    "as",
    "like",
    "first",
    "rest",
    "apart",
    "when",
    "required",
    "key",
    "links",
    "units",
    "only",
)
"""Keys of an object form that are not canonical fields."""

_NOWHERE = Place("", 1, 1, "")
_WORDS = Shape("words")


def resolve_map(tables: Sequence[Table], shape: Shape, diagnosis: Diagnosis) -> Table:
    """Merge the `map:` tables of a chain, base first, and settle every `like:`."""
    merged = Table({}, tables[0].place if tables else _NOWHERE)
    for table in tables:
        merged = _merge(merged, table, shape, diagnosis, lenient=False)
    return _settle_table(merged, merged, (), shape, diagnosis)


def resolve_words(tables: Sequence[Table], diagnosis: Diagnosis) -> Table:
    """Merge tables whose values are single: `search:` and `thread:`."""
    merged = Table({}, _NOWHERE)
    for table in tables:
        merged = _merge(merged, table, _WORDS, diagnosis, lenient=False, dotted=False)
    return merged


def resolve_codes(tables: Sequence[Table], diagnosis: Diagnosis) -> Table:
    """Merge `codes:`: lists by name, and inside a list by code."""
    merged: dict[str, Entry] = {}
    for table in tables:
        for name, entry in table.entries.items():
            mine = merged.get(name)
            if _gone(name, mine, entry, merged, diagnosis, "no code list"):
                continue
            if mine and isinstance(mine.value, Table) and isinstance(entry.value, Table) and not entry.value.tag:
                value: Node = _merge(mine.value, entry.value, _WORDS, diagnosis, lenient=False, dotted=False)
                merged[name] = Entry(mine.key, value)
            else:
                fresh = entry.value
                if isinstance(fresh, Table):
                    empty = Table({}, fresh.place)
                    fresh = _merge(empty, fresh, _WORDS, diagnosis, lenient=False, dotted=False)
                merged[name] = Entry(entry.key, fresh)
    return Table(merged, _NOWHERE)


def _gone(
    name: str, mine: Entry | None, entry: Entry, known: dict[str, Entry], diagnosis: Diagnosis, what: str
) -> bool:
    """Handle `!remove` and a `!replace` of nothing. True when there is nothing more to do for this entry."""
    tag = entry.value.tag
    if tag in {"remove", "replace"} and mine is None:
        hint = did_you_mean(name, known)
        diagnosis.add(entry.key.place, "E110", f"there is {what} '{entry.key.value}' to {tag}{hint}")
        return True
    if tag == "remove":
        known.pop(name, None)
        return True
    return False


def _merge(
    base: Table, over: Table, shape: Shape, diagnosis: Diagnosis, *, lenient: bool, dotted: bool = True
) -> Table:
    """`over` on top of `base`. `lenient` keeps a `!remove` of what is not there yet: a `like:` may still bring it."""
    entries = dict(base.entries)
    if any(key in over.entries and over.entries[key].value.tag != "remove" for key in ENTERING):
        for key in ENTERING:
            entries.pop(key, None)
    lenient = lenient or "like" in over.entries or "like" in entries
    for name, entry in over.entries.items():
        if name in ENTERING and entry.value.tag == "remove" and (name in base.entries or "each" in over.entries):
            entries.pop(name, None)
            continue
        parts = name.split(".") if dotted and shape.kind != "words" else [name]
        if all(parts):
            _apply(entries, parts, entry, shape, diagnosis, lenient)
        else:
            diagnosis.add(entry.key.place, "E101", f"'{name}' is not a path of canonical fields, like lines.quantity")
    return Table(entries, base.place if base.entries else over.place)


def _apply(
    entries: dict[str, Entry], parts: list[str], entry: Entry, shape: Shape, diagnosis: Diagnosis, lenient: bool
) -> None:
    name, *deeper = parts
    mine = entries.get(name)
    field = shape.field(name) if name not in OBJECT_KEYS else None
    inner = field or Shape("unknown")
    tag = entry.value.tag
    if deeper:
        child = mine.value if mine and isinstance(mine.value, Table) else Table({}, entry.key.place)
        lenient = lenient or "like" in child.entries
        children = dict(child.entries)
        _apply(children, deeper, entry, inner, diagnosis, lenient)
        entries[name] = Entry(mine.key if mine else entry.key, replace(child, entries=children))
    elif tag in {"remove", "replace"} and mine is None and lenient:
        entries[name] = entry
    elif _gone(name, mine, entry, entries, diagnosis, "nothing named"):
        return
    elif isinstance(entry.value, Table) and inner.is_object:
        mergeable = mine is not None and isinstance(mine.value, Table) and tag != "replace"
        start = mine.value if mine and mergeable and isinstance(mine.value, Table) else Table({}, entry.value.place)
        value = _merge(start, replace(entry.value, tag=""), inner, diagnosis, lenient=lenient)
        entries[name] = Entry(entry.key, value)
    else:
        entries[name] = Entry(entry.key, replace(entry.value, tag="") if tag == "replace" else entry.value)


def _settle_table(table: Table, root: Table, trail: tuple[str, ...], shape: Shape, diagnosis: Diagnosis) -> Table:
    """`table` with every `like:` under it taken over."""
    if "like" in table.entries:
        like = table.entries["like"].value
        table = _take_over(table, root, trail, shape, diagnosis)
        trail = (*trail, like.value if isinstance(like, Text) else "")
    entries: dict[str, Entry] = {}
    for name, entry in table.entries.items():
        field = shape.field(name) if name not in OBJECT_KEYS else None
        value = entry.value
        if isinstance(value, Table) and field is not None and field.is_object:
            value = _settle_table(value, root, trail, field, diagnosis)
        elif value.tag in {"remove", "replace"}:
            diagnosis.add(entry.key.place, "E110", f"there is nothing named '{name}' to {value.tag}")
            continue
        entries[name] = Entry(entry.key, value)
    return Table(entries, table.place)


def _take_over(table: Table, root: Table, trail: tuple[str, ...], shape: Shape, diagnosis: Diagnosis) -> Table:
    like = table.entries["like"].value
    own = Table({name: entry for name, entry in table.entries.items() if name != "like"}, table.place)
    path = like.value if isinstance(like, Text) else ""
    target = _find(root, path)
    if target is None:
        diagnosis.add(like.place, "E115", f"like: there is no object '{path}' in this mapping" + _near(root, path))
        return own
    if path in trail or len(trail) > 8:
        diagnosis.add(like.place, "E115", f"like: '{path}' goes round in a circle")
        return own
    if "like" in target.entries:
        target = _take_over(target, root, (*trail, path), shape, diagnosis)
    if any(key in own.entries for key in ENTERING):
        kept = {name: entry for name, entry in target.entries.items() if name not in OBJECT_KEYS or name == "units"}
        target = Table(kept, target.place)
    return _merge(target, own, shape, diagnosis, lenient=False)


def _find(root: Table, path: str) -> Table | None:
    node: Node = root
    for part in path.split("."):
        if not isinstance(node, Table) or part not in node.entries:
            return None
        node = node.entries[part].value
    return node if isinstance(node, Table) else None


def _near(root: Table, path: str) -> str:
    objects = [name for name, entry in root.entries.items() if isinstance(entry.value, Table)]
    return did_you_mean(path, objects)
