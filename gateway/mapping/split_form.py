"""`split:` in the head of a mapping, held to its canonical type and to what the mapping maps."""

from collections.abc import Iterator, Sequence

from gateway.flaws import Place, did_you_mean
from gateway.mapping.diagnosis import Diagnosis
from gateway.mapping.head import Authored
from gateway.mapping.language import Direction, ObjectForm
from gateway.mapping.shape import Shape
from gateway.mapping.source import Entry, Items, Node, Table, Text
from gateway.mapping.split import PLACES, WAYS, By, Split, Wins

CODE = "E192"
_KEYS = ("by", "into", "differ")


def read_split(
    chain: Sequence[Authored], root: ObjectForm, shape: Shape, direction: Direction, diagnosis: Diagnosis
) -> Split | None:
    """What the last of a chain says that says anything, None when sets are not divided. Mistakes go to `diagnosis`."""
    table = next((one.split for one in reversed(chain) if one.split is not None), None)
    if table is None:
        return None
    for name, entry in table.entries.items():
        if name not in _KEYS:
            diagnosis.add(entry.key.place, CODE, f"'{name}' is no key of split: there are by, into and differ")
    if shape.field("part") is None:
        diagnosis.add(table.place, CODE, f"split: {chain[0].canonical} cannot be divided: it has no field part")
        return None
    by, into = _by(table, shape, diagnosis), _into(table, shape, diagnosis)
    if by is None or into is None:
        return None
    if direction != "write" and by not in set(_paths(root)):
        diagnosis.add(_place(table, "by"), CODE, f"split: nothing maps {by}, so no set would ever be divided")
    return Split(by=by, into=into, many=_many(shape, into), differ=tuple(_differ(table, shape, diagnosis)))


def _by(table: Table, shape: Shape, diagnosis: Diagnosis) -> By | None:
    said = _text(table, "by")
    for known in WAYS:
        if said == known and _reaches(shape, known):
            return known
    ways = [way for way in WAYS if _reaches(shape, way)]
    hint = did_you_mean(said, ways)
    diagnosis.add(_place(table, "by"), CODE, f"split: by is one of {', '.join(ways)}, not '{said}'{hint}")
    return None


def _into(table: Table, shape: Shape, diagnosis: Diagnosis) -> str | None:
    places = [place for place in PLACES if shape.field(place) is not None]
    if "into" not in table.entries:
        return places[0]
    said = _text(table, "into")
    if said in places:
        return said
    hint = did_you_mean(said, places)
    diagnosis.add(_place(table, "into"), CODE, f"split: into is one of {', '.join(places)}, not '{said}'{hint}")
    return None


def _differ(table: Table, shape: Shape, diagnosis: Diagnosis) -> Iterator[tuple[str, Wins]]:
    """Heading fields that parts may say differently, with what wins."""
    entry = table.entries.get("differ")
    if entry is None:
        return
    if not isinstance(entry.value, Table):
        diagnosis.add(entry.value.place, CODE, "split: differ is a table, like {response_date: latest}")
        return
    for name, said in entry.value.entries.items():
        field = shape.field(name)
        if field is None or field.many or field.kind not in ("date", "text"):
            hint = did_you_mean(name, shape.fields)
            diagnosis.add(said.key.place, CODE, f"split: '{name}' is no date or text above the lines{hint}")
        elif (wins := _wins(said, field, diagnosis)) is not None:
            yield name, wins


def _wins(entry: Entry, field: Shape, diagnosis: Diagnosis) -> Wins | None:
    node, name = entry.value, entry.key.value
    if field.kind == "date":
        if isinstance(node, Text) and node.value in ("latest", "earliest"):
            return "latest" if node.value == "latest" else "earliest"
        diagnosis.add(node.place, CODE, f"split: of different dates of '{name}' stands the latest or the earliest")
        return None
    words = tuple(_words(node))
    if len(words) < 2 or len(set(words)) < len(words):
        said = f"split: '{name}' is a list of the words that may differ, what wins first: [accepted, rejected]"
        diagnosis.add(node.place, CODE, said)
        return None
    return words


def _words(node: Node) -> Iterator[str]:
    if isinstance(node, Items):
        yield from (one.value for one in node.values if isinstance(one, Text))


def _reaches(shape: Shape, path: str) -> bool:
    found: Shape | None = shape
    for name in path.split("."):
        found = found.field(name) if found is not None else None
    return found is not None


def _many(shape: Shape, name: str) -> bool:
    field = shape.field(name)
    return field is not None and field.many


def _paths(form: ObjectForm) -> Iterator[str]:
    for child in form.fields:
        yield child.path
        if isinstance(child, ObjectForm):
            yield from _paths(child)


def _text(table: Table, name: str) -> str:
    entry = table.entries.get(name)
    return entry.value.value if entry is not None and isinstance(entry.value, Text) else ""


def _place(table: Table, name: str) -> Place:
    entry = table.entries.get(name)
    return entry.value.place if entry is not None else table.place
