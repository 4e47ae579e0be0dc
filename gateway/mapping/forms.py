"""Resolved nodes to typed forms, held against the canonical model."""

from collections.abc import Callable, Sequence

from gateway.flaws import Place, did_you_mean
from gateway.mapping.diagnosis import Diagnosis
from gateway.mapping.fit import FITS
from gateway.mapping.language import (
    FIELD_KEYS,
    Demand,
    Entering,
    Expression,
    FieldForm,
    Form,
    Located,
    ObjectForm,
    Only,
    Part,
)
from gateway.mapping.levels import LevelReader, level_location
from gateway.mapping.location import OUTSIDE, Location, NotALocation, parse_loop, parse_value
from gateway.mapping.overlay import ENTERING, OBJECT_KEYS
from gateway.mapping.pattern import NotAPattern, Pattern, pattern
from gateway.mapping.references_form import ReferenceReader
from gateway.mapping.shape import SCALARS, Kind, Shape
from gateway.mapping.source import Entry, Items, Node, Table, Text

PART_WORDS = {"code": "text"}
"""In `as:`, `code` is another word for text: an X12 code as it stands."""

GOES_WITH = {
    "first": "in",
    "apart": "each",
    "from": "pairs",
    "as": "pairs",
    "key": "level",
    "links": "level",
}
"""Keys of an object form that only one way of entering has a use for."""


class FormReader:
    """Reads the forms of one resolved mapping, noting every mistake on the way."""

    def __init__(self, diagnosis: Diagnosis) -> None:
        self._diagnosis = diagnosis
        self._levels = LevelReader(diagnosis)
        self._references = ReferenceReader(diagnosis)

    def root(self, table: Table, shape: Shape) -> ObjectForm:
        """The whole document as one group."""
        fields = self._fields(table, shape, "", ())
        return ObjectForm(name="", path="", place=table.place, shape=shape, entering="group", fields=fields)

    def words(self, table: Table) -> dict[str, tuple[Located, ...]]:
        """`search:` and `thread:`: names to alternatives."""
        return {name: self._locations(entry.value, parse_value) for name, entry in table.entries.items()}

    # ------------------------------------------------------------------------------------ objects

    def _fields(self, table: Table, shape: Shape, path: str, keys: tuple[str, ...]) -> tuple[Form, ...]:
        forms: list[Form] = []
        for name, entry in table.entries.items():
            if name in keys:
                continue
            field = shape.field(name)
            if field is None:
                where = f"'{path}'" if path else "the document"
                hint = did_you_mean(name, [*shape.fields, *keys])
                self._diagnosis.add(entry.key.place, "E101", f"{where} has no canonical field '{name}'{hint}")
                continue
            form = self._form(name, f"{path}.{name}" if path else name, entry, field)
            if form is not None:
                forms.append(form)
        return tuple(forms)

    def _form(self, name: str, path: str, entry: Entry, shape: Shape) -> Form | None:
        if shape.kind == "unknown":
            self._diagnosis.add(entry.key.place, "E101", f"'{path}' is of a kind that no mapping can fill")
            return None
        if not shape.is_object:
            return self._field(name, path, entry, shape)
        if not isinstance(entry.value, Table):
            said = "a list of objects: write {each: ...}" if shape.many else "an object: write {in: ...}"
            self._diagnosis.add(entry.value.place, "E101", f"'{path}' is {said} and its fields")
            return None
        return self._object(name, path, entry, entry.value, shape)

    def _object(self, name: str, path: str, entry: Entry, table: Table, shape: Shape) -> ObjectForm:
        entering = self._entering(path, entry, table, shape)
        fields = self._fields(table, shape, path, OBJECT_KEYS)
        entries = table.entries
        source = entries.get(entering)
        level = self._levels.level(path, entry) if entering == "level" else ""
        if level and source:
            at: tuple[Located, ...] = (level_location(level, source.value.place),)
        else:
            at = self._locations(source.value, parse_loop) if source and entering != "level" else ()
        start, parts = self._pairs(path, entry, table, shape) if entering == "pairs" else (0, ())
        self._one_side(path, at)
        key = self._levels.key(path, table, shape) if level else ""
        self._references.key(path, key, table)
        return ObjectForm(
            name=name,
            path=path,
            place=entry.key.place,
            shape=shape,
            entering=entering,
            at=at,
            first=self._flag(entries.get("first")),
            rest=self._flag(entries.get("rest")),
            apart=self._apart(entries.get("apart"), at),
            required=self._flag(entries.get("required")) or (shape.many and shape.required),
            when=self._demands(entries.get("when")),
            fields=fields,
            start=start,
            parts=parts,
            level=level,
            key=key,
            links=self._levels.links(path, table, shape) if level else (),
            units=self._references.units(path, table, shape),
            only=self._only(entries.get("only")),
        )

    def _apart(self, entry: Entry | None, at: tuple[Located, ...]) -> bool:
        if entry is not None and all(len(located.location.steps) < 2 for located in at):
            self._wrong(entry.key.place, "apart: goes with each: through a loop, like LX/W01")
        return self._flag(entry)

    def _entering(self, path: str, entry: Entry, table: Table, shape: Shape) -> Entering:
        said = [key for key in ENTERING if key in table.entries]
        place = entry.key.place
        if len(said) > 1:
            self._diagnosis.add(place, "E102", f"'{path}' has {' and '.join(said)}: one of them enters")
        entering: Entering = "group"
        for known in ("each", "in", "pairs", "level"):
            if known in said:
                entering = known
                break
        if shape.many and entering in {"in", "group"}:
            self._diagnosis.add(place, "E101", f"'{path}' is a list: it needs each: or pairs:")
        if not shape.many and entering in {"each", "pairs", "level"}:
            self._diagnosis.add(place, "E101", f"'{path}' is one object, not a list: write in: instead of {entering}:")
        if "rest" in table.entries and entering not in {"each", "pairs"}:
            self._wrong(table.entries["rest"].key.place, "'rest' goes with each: or pairs:, not here")
        for key, fitting in GOES_WITH.items():
            if key in table.entries and entering != fitting:
                stray = table.entries[key].key.place
                self._diagnosis.add(stray, "E102", f"'{key}' goes with {fitting}:, not here")
        return entering

    def _pairs(self, path: str, entry: Entry, table: Table, shape: Shape) -> tuple[int, tuple[Part, ...]]:
        begin, layout = table.entries.get("from"), table.entries.get("as")
        if begin is None or layout is None or not isinstance(layout.value, Table):
            self._diagnosis.add(entry.key.place, "E102", f"'{path}': pairs: needs from: (an element number) and as:")
            return 1, ()
        parts = [self._part(path, name, inner, shape) for name, inner in layout.value.entries.items()]
        if len(parts) < 2:
            self._diagnosis.add(layout.key.place, "E102", "as: names two fields or more, in the order they stand")
        return self._number(begin, 1, 99) or 1, tuple(part for part in parts if part)

    def _part(self, path: str, name: str, entry: Entry, shape: Shape) -> Part | None:
        field = shape.field(name)
        if field is None or field.many or field.kind not in SCALARS:
            hint = did_you_mean(name, shape.fields)
            self._diagnosis.add(entry.key.place, "E101", f"'{path}' has no simple canonical field '{name}'{hint}")
            return None
        value, code, xref = entry.value, None, ""
        word: Node | None = value
        if isinstance(value, Table):
            self._known_keys(value, ("type", "code", "xref"))
            xref = self._references.table(f"{path}.{name}", value, field)
            code = value.entries.get("code")
            word = value.entries["type"].value if "type" in value.entries else None
        kind = self._kind(word) if word is not None else field.kind
        name_of_list = self._text(code) if code else ""
        code_place = code.value.place if code else None
        return Part(name, entry.key.place, field, kind or field.kind, name_of_list, code_place, xref)

    # ------------------------------------------------------------------------------------- fields

    def _field(self, name: str, path: str, entry: Entry, shape: Shape) -> FieldForm | None:
        value = entry.value
        if not isinstance(value, Table):
            at = self._locations(value, parse_value)
            return FieldForm(name=name, path=path, place=entry.key.place, shape=shape, kind=shape.kind, at=at)
        self._known_keys(value, FIELD_KEYS)
        entries = value.entries
        if not any(key in entries for key in ("at", "const", "read", "default")):
            self._diagnosis.add(value.place, "E102", f"'{path}' needs at:, const: or read:")
            return None
        said = self._kind(entries["type"].value) if "type" in entries else None
        code = entries.get("code")
        join, read, write = entries.get("join"), entries.get("read"), entries.get("write")
        at = self._locations(entries["at"].value, parse_value) if "at" in entries else ()
        companions, when = self._demands(entries.get("with")), self._demands(entries.get("when"))
        self._one_side(path, (*at, *(demand.at for demand in (*companions, *when))))
        if write is not None and "at" not in entries:
            self._diagnosis.add(write.key.place, "E102", f"'{path}': write: needs at:, the place it writes to")
        return FieldForm(
            name=name,
            path=path,
            place=entry.key.place,
            shape=shape,
            kind=said or shape.kind,
            typed=said is not None,
            at=at,
            code=self._text(code) if code else "",
            code_place=code.value.place if code else None,
            xref=self._references.table(path, value, shape),
            default=self._optional(entries.get("default")),
            const=self._optional(entries.get("const")),
            companions=companions,
            when=when,
            required=self._flag(entries.get("required")),
            search=self._optional(entries.get("search")) or "",
            first=self._flag(entries.get("first")),
            join=join.value.value if join and isinstance(join.value, Text) else None,
            decimals=self._number(entries.get("decimals"), 0, 20),
            fit=self._choice(entries.get("fit"), FITS),
            match=self._pattern(entries.get("match"), has_place="at" in entries),
            slot=self._number(entries.get("slot"), 1, 99) or 0,
            carry=self._optional(entries.get("carry")) or "",
            read=Expression(self._text(read), read.value.place) if read else None,
            write=Expression(self._text(write), write.value.place) if write else None,
            only=self._only(entries.get("only")),
        )

    # -------------------------------------------------------------------------------------- parts

    def _known_keys(self, table: Table, known: tuple[str, ...]) -> None:
        for name, entry in table.entries.items():
            if name not in known:
                hint = did_you_mean(name, known)
                self._diagnosis.add(entry.key.place, "E102", f"'{name}' is no key of this form{hint}")

    def _locations(self, node: Node, parse: Callable[[str], Location]) -> tuple[Located, ...]:
        nodes = node.values if isinstance(node, Items) else (node,)
        found: list[Located] = []
        for item in nodes:
            if not isinstance(item, Text):
                self._diagnosis.add(item.place, "E120", "a location is text, like BEG03 or REF(DP).02")
                continue
            try:
                found.append(Located(parse(item.value), item.place))
            except NotALocation as error:
                self._diagnosis.add(item.place, "E120", str(error))
        if not nodes:
            self._diagnosis.add(node.place, "E120", "an empty list of locations")
        return tuple(found)

    def _one_side(self, path: str, at: Sequence[Located]) -> None:
        if len({located.location.outside for located in at}) > 1:
            inner = next(located for located in at if not located.location.outside)
            self._wrong(inner.place, f"'{path}': either all of its locations start with {OUTSIDE}, or none does")

    def _demands(self, entry: Entry | None) -> tuple[Demand, ...]:
        if entry is None:
            return ()
        if not isinstance(entry.value, Table):
            sentence = f"{entry.key.value}: is a table of elements, like {{N103: '92'}}"
            self._diagnosis.add(entry.value.place, "E102", sentence)
            return ()
        return tuple(
            Demand(located, self._values(inner.value), _places(inner.value))
            for inner in entry.value.entries.values()
            for located in self._locations(inner.key, parse_value)
        )

    def _values(self, node: Node) -> tuple[str, ...]:
        nodes = node.values if isinstance(node, Items) else (node,)
        texts = tuple(item.value for item in nodes if isinstance(item, Text))
        if not texts or len(texts) != len(nodes):
            self._diagnosis.add(node.place, "E102", "a value, or a list of values")
        return texts

    def _kind(self, node: Node) -> Kind | None:
        word = node.value if isinstance(node, Text) else ""
        word = PART_WORDS.get(word, word)
        for kind in SCALARS:
            if kind == word:
                return kind
        sentence = f"'{word}' is no type: {', '.join(SCALARS)}{did_you_mean(word, SCALARS)}"
        self._diagnosis.add(node.place, "E102", sentence)
        return None

    def _text(self, entry: Entry) -> str:
        if isinstance(entry.value, Text) and entry.value.value:
            return entry.value.value
        self._wrong(entry.value.place, f"{entry.key.value}: is text")
        return ""

    def _optional(self, entry: Entry | None) -> str | None:
        return self._text(entry) if entry else None

    def _flag(self, entry: Entry | None) -> bool:
        if entry is None:
            return False
        word = entry.value.value if isinstance(entry.value, Text) else ""
        if word not in {"true", "false"}:
            self._wrong(entry.value.place, f"{entry.key.value}: is true or false")
        return word == "true"

    def _number(self, entry: Entry | None, least: int, most: int) -> int | None:
        if entry is None:
            return None
        word = entry.value.value if isinstance(entry.value, Text) else ""
        if word.isascii() and word.isdigit() and len(word) < 4 and least <= int(word) <= most:
            return int(word)
        self._wrong(entry.value.place, f"{entry.key.value}: is a whole number from {least} to {most}")
        return None

    def _pattern(self, entry: Entry | None, *, has_place: bool) -> Pattern | None:
        if entry is None:
            return None
        if not has_place:
            self._wrong(entry.key.place, "match: needs at:, the element that is to match")
        try:
            return pattern(self._text(entry))
        except NotAPattern as error:
            self._diagnosis.add(entry.value.place, "E171", str(error))
            return None

    def _only(self, entry: Entry | None) -> tuple[Only, ...]:
        if entry is None:
            return ()
        nodes = entry.value.values if isinstance(entry.value, Items) else (entry.value,)
        said = tuple(Only(node.value, node.place) for node in nodes if isinstance(node, Text) and node.value)
        if not said or len(said) < len(nodes):
            self._wrong(entry.value.place, 'only: is an X12 version of the mapping or a list of them, like "005010"')
        return said

    def _choice(self, entry: Entry | None, known: tuple[str, ...]) -> str:
        word = self._optional(entry) or ""
        if entry and word not in known:
            self._wrong(entry.value.place, f"{entry.key.value}: is one of {', '.join(known)}")
        return word

    def _wrong(self, place: Place, sentence: str) -> None:
        self._diagnosis.add(place, "E102", sentence)


def _places(node: Node) -> tuple[Place, ...]:
    return tuple(item.place for item in (node.values if isinstance(node, Items) else (node,)))
