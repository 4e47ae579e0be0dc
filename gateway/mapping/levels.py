"""Levels of a set whose tree is HL: `levels:` in the head, and `level`, `key` and `links` of an object.

The canonical document is flat; the order of `levels` is how its entries are grouped when they are written. What is
checked here needs the whole resolved map: whether the levels of head, objects and links are the same ones.
"""

from collections.abc import Sequence
from dataclasses import replace

from gateway.flaws import Place, did_you_mean
from gateway.mapping.diagnosis import Diagnosis
from gateway.mapping.language import Link, Located, ObjectForm
from gateway.mapping.location import Location, Step
from gateway.mapping.shape import Shape
from gateway.mapping.source import Entry, Table, Text
from gateway.x12.guide import Guide
from gateway.x12.where import Condition

LOOP = "HL"
LEVEL_ELEMENT = 3
"""HL03, X12 element 735."""


def level_location(level: str, place: Place) -> Located:
    """`HL(P)` for level P: the loop an object with `level: P` is read from and written to."""
    return Located(Location((Step(LOOP, (Condition(0, (level,)),)),)), place)


class LevelReader:
    """Reads `level`, `key` and `links` of one object."""

    def __init__(self, diagnosis: Diagnosis) -> None:
        self._diagnosis = diagnosis

    def level(self, path: str, entry: Entry) -> str:
        """The level's code, "" when it is none or stands where no level can."""
        assert isinstance(entry.value, Table)  # noqa: S101 - told to mypy: only tables are objects
        said = entry.value.entries["level"]
        if not isinstance(said.value, Text) or not said.value.value.isalnum():
            self._flaw(said.value.place, "level: is the code of an HL level, like P")
            return ""
        if "." in path:
            self._flaw(said.key.place, f"'{path}': levels are lists at the top of the document, not inside of others")
            return ""
        return said.value.value

    def key(self, path: str, table: Table, shape: Shape) -> str:
        """The field the entries are known by, "" for lines."""
        entry = table.entries.get("key")
        if entry is None:
            return ""
        name = entry.value.value if isinstance(entry.value, Text) else ""
        field = shape.field(name)
        if field is None or field.many or field.kind != "text":
            hint = did_you_mean(name, shape.fields)
            self._flaw(entry.value.place, f"key: '{name}' is no text field of '{path}'{hint}")
            return ""
        return name

    def links(self, path: str, table: Table, shape: Shape) -> tuple[Link, ...]:
        """What `links:` says, without looking at other objects."""
        entry = table.entries.get("links")
        if entry is None:
            return ()
        if not isinstance(entry.value, Table):
            self._flaw(entry.value.place, "links: is a table of fields and levels, like {order: O}")
            return ()
        found: list[Link] = []
        for name, said in entry.value.entries.items():
            field = shape.field(name)
            if field is None or field.kind != "text":
                hint = did_you_mean(name, shape.fields)
                self._flaw(said.key.place, f"links: '{path}' has no text field '{name}'{hint}")
            elif not isinstance(said.value, Text) or not said.value.value:
                self._flaw(said.value.place, f"links: '{name}' names a level, like O")
            else:
                if name in table.entries:
                    self._flaw(table.entries[name].key.place, f"'{path}.{name}' is a link: nothing else can map it")
                found.append(Link(name, said.key.place, field, said.value.value, said.value.place))
        return tuple(found)

    def _flaw(self, place: Place, sentence: str) -> None:
        self._diagnosis.add(place, "E191", sentence)


def with_levels(
    root: ObjectForm, said: Sequence[tuple[Text, ...]], guides: Sequence[Guide], diagnosis: Diagnosis
) -> ObjectForm:
    """The whole document with the levels it is written in, everything about levels held against each other.

    `said` are the `levels:` of a chain, base first, () where a file says none: the last that says some counts.
    """
    objects = [form for form in root.fields if isinstance(form, ObjectForm) and form.level]
    chosen = next((levels for levels in reversed(said) if levels), ())
    if not chosen:
        for form in objects:
            diagnosis.add(form.at[0].place, "E190", f"'{form.path}' has a level: the head needs levels:")
        return root
    _check_head(chosen, guides, objects, diagnosis)
    ever = {level.value for levels in said for level in levels}
    _check_objects(objects, ever, diagnosis)
    for form in objects:
        _check_links(form, objects, diagnosis)
    return replace(root, levels=tuple(level.value for level in chosen))


def _check_head(
    chosen: tuple[Text, ...], guides: Sequence[Guide], objects: Sequence[ObjectForm], diagnosis: Diagnosis
) -> None:
    for guide in guides:
        if guide.root.find(LOOP) is None:
            sentence = f"{guide.set_id} has no HL: levels: is for sets that are made of levels, like 856"
            diagnosis.add(chosen[0].place, "E190", sentence)
            return
        known = _codes(guide)
        for level in chosen:
            if known and level.value not in known:
                hint = did_you_mean(level.value, known)
                sentence = f"'{level.value}' is no level (X12 element 735){hint}"
                diagnosis.add(level.place, "E190", sentence, version=guide.release.id)
    mapped = {form.level for form in objects}
    for at, level in enumerate(chosen):
        if level.value in [before.value for before in chosen[:at]]:
            diagnosis.add(level.place, "E190", f"level {level.value} stands twice in levels:")
        elif at and level.value not in mapped:
            hint = did_you_mean(level.value, mapped)
            diagnosis.add(level.place, "E190", f"no object of the map has level: {level.value}{hint}")
    grouped = [form for form in objects if not form.key]
    for form in grouped:
        if form.level not in {level.value for level in chosen}:
            sentence = f"levels: needs {form.level}: '{form.path}' are what the other levels group"
            diagnosis.add(chosen[0].place, "E190", sentence)


def _codes(guide: Guide) -> frozenset[str]:
    definition = guide.segment(LOOP)
    element = definition.elements[LEVEL_ELEMENT - 1].element if definition else None
    return frozenset(element.codes or ()) if element else frozenset()


def _check_objects(objects: Sequence[ObjectForm], ever: set[str], diagnosis: Diagnosis) -> None:
    for at, form in enumerate(objects):
        first = next((other for other in objects[:at] if other.level == form.level), None)
        if form.level not in ever:
            hint = did_you_mean(form.level, ever)
            known = ", ".join(sorted(ever))
            sentence = f"level {form.level} is not among levels: {known}{hint}"
            diagnosis.add(form.at[0].place, "E191", sentence)
        elif first is not None:
            sentence = f"level {form.level} is mapped to '{first.path}' already: a level is one list"
            diagnosis.add(form.at[0].place, "E191", sentence)
    grouped = [form for form in objects if not form.key]
    if objects and not grouped:
        sentence = "every object with level: has a key: one list, the lines, has none and is what the others group"
        diagnosis.add(objects[-1].place, "E191", sentence)
    for form in grouped[1:]:
        sentence = f"'{form.path}' needs a key: '{grouped[0].path}' has none already, and is what the others group"
        diagnosis.add(form.place, "E191", sentence)


def _check_links(form: ObjectForm, objects: Sequence[ObjectForm], diagnosis: Diagnosis) -> None:
    keyed = {other.level for other in objects if other.key}
    for link in form.links:
        if link.level not in keyed:
            hint = did_you_mean(link.level, keyed)
            sentence = f"links: no object with a key has level {link.level}{hint}"
            diagnosis.add(link.level_place, "E191", sentence)
