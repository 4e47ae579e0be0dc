"""YAML text to a tree of plain nodes that know their place. Nothing is interpreted: every scalar is its text.

Built from parser events, never through a constructor: no aliases can be expanded, no types guessed, no objects made.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml

from gateway.flaws import Flaw, Place, no_text, unreadable
from gateway.mapping.diagnosis import Diagnosis, MappingError

MAXIMUM_BYTES = 1_000_000
"""A mapping of a thousand fields has 60 KB; a megabyte is already a mistake."""

MAXIMUM_DEPTH = 20
MAXIMUM_NODES = 50_000
TAGS = ("remove", "replace", "read")

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Text:
    """A scalar as written. `tag` is "remove", "replace", "read" or ""."""

    value: str
    place: Place
    tag: str = ""


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    values: "tuple[Node, ...]"
    place: Place
    tag: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One key of a table with its value."""

    key: Text
    value: "Node"


@dataclass(frozen=True, slots=True)
class Table:
    """A mapping, in the order written."""

    entries: dict[str, Entry]
    place: Place
    tag: str = ""


Node = Text | Items | Table


def parse(file: str, text: str) -> Table:
    """The tree of one file. Raises MappingError (E001) on anything that is not a plain table of YAML."""
    if len(text.encode("utf-8", "surrogatepass")) > MAXIMUM_BYTES:
        raise _unreadable(Place(file, 1, 1, ""), f"the file has more than {MAXIMUM_BYTES} bytes")
    if (stray := no_text(file, text)) is not None:
        raise _unreadable(*stray)
    builder = _Builder(file, text)
    try:
        for event in yaml.parse(text, Loader=_Loader):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = builder.place(mark.line, mark.column) if mark else Place(file, 1, 1, "")
        raise _unreadable(place, unreadable(error.problem or error.context or "", text, place)) from error
    except yaml.YAMLError as error:
        raise _unreadable(Place(file, 1, 1, ""), f"not readable as YAML: {str(error).splitlines()[0]}") from error
    return builder.finish()


def walk(node: Node) -> Iterator[Node]:
    """The node and everything under it, in order."""
    yield node
    children: tuple[Node, ...] = ()
    if isinstance(node, Table):
        children = tuple(entry.value for entry in node.entries.values())
    elif isinstance(node, Items):
        children = node.values
    for child in children:
        yield from walk(child)


def _unreadable(place: Place, sentence: str) -> MappingError:
    return MappingError([Flaw(place=place, code="E001", sentence=sentence)])


@dataclass(slots=True)
class _Open:
    """A table or list whose end has not come; `key` waits for its value."""

    place: Place
    tag: str
    table: bool
    entries: dict[str, Entry] = field(default_factory=dict)
    values: list[Node] = field(default_factory=list)
    key: Text | None = None


class _Builder:
    """Turns parser events into nodes, one at a time, on a stack of its own: depth is bounded, nothing recurses."""

    def __init__(self, file: str, text: str) -> None:
        self._file = file
        self._lines = text.splitlines()
        self._stack: list[_Open] = []
        self._nodes = 0
        self._documents = 0
        self._root: Node | None = None
        self._diagnosis = Diagnosis()

    def place(self, line: int, column: int) -> Place:
        """A place from the parser's mark, which counts from 0."""
        source = self._lines[line] if line < len(self._lines) else ""
        return Place(self._file, line + 1, column + 1, source)

    def take(self, event: yaml.Event) -> None:
        """One event; unknown ones (stream and document marks) carry nothing."""
        if isinstance(event, yaml.AliasEvent):
            self._flaw(event, "aliases are not used in mappings: write `like:`")
            self._add(Text("", self._at(event)))
        elif isinstance(event, yaml.ScalarEvent):
            self._add(Text(event.value, self._at(event), self._tag(event)))
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            self._open(event)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self._close()
        elif isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                self._flaw(event, "a file holds one mapping: a second document starts here")

    def finish(self) -> Table:
        """The whole tree. Raises MappingError when anything was refused."""
        if not isinstance(self._root, Table) and not self._diagnosis.flaws:
            raise _unreadable(self.place(0, 0), "a mapping is a table of keys, like `mapping: acme/850`")
        self._diagnosis.raise_if_any()
        assert isinstance(self._root, Table)  # noqa: S101 - told to mypy; said above
        return self._root

    def _at(self, event: yaml.Event) -> Place:
        mark = event.start_mark
        return self.place(mark.line, mark.column) if mark else Place(self._file, 1, 1, "")

    def _flaw(self, event: yaml.Event, sentence: str) -> None:
        self._diagnosis.add(self._at(event), "E001", sentence)

    def _tag(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> str:
        if event.anchor is not None:
            self._flaw(event, f"anchors are not used in mappings (&{event.anchor}): write `like:`")
        tag = event.tag
        if tag is None or tag == "!":
            return ""
        if tag.removeprefix("!") in TAGS:
            return str(tag[1:])
        self._flaw(event, f"unknown tag {tag}: there are !remove, !replace and !read")
        return ""

    def _open(self, event: yaml.CollectionStartEvent) -> None:
        place = self._at(event)
        if len(self._stack) >= MAXIMUM_DEPTH:
            raise _unreadable(place, f"nested deeper than {MAXIMUM_DEPTH}")
        self._stack.append(_Open(place, self._tag(event), isinstance(event, yaml.MappingStartEvent)))

    def _close(self) -> None:
        done = self._stack.pop()
        if done.table:
            self._add(Table(done.entries, done.place, done.tag))
        else:
            self._add(Items(tuple(done.values), done.place, done.tag))

    def _add(self, node: Node) -> None:
        self._nodes += 1
        if self._nodes > MAXIMUM_NODES:
            raise _unreadable(node.place, f"more than {MAXIMUM_NODES} values")
        if not self._stack:
            self._root = self._root or node
        elif not self._stack[-1].table:
            self._stack[-1].values.append(node)
        elif self._stack[-1].key is None:
            self._stack[-1].key = self._key(node)
        else:
            self._enter(self._stack[-1], self._stack[-1].key, node)

    def _key(self, node: Node) -> Text:
        if isinstance(node, Text) and node.value != "<<":
            return node
        sentence = "merge keys are not used in mappings: write `like:`" if isinstance(node, Text) else "a key is text"
        self._diagnosis.add(node.place, "E001", sentence)
        return Text(f"\0{self._nodes}", node.place)

    def _enter(self, table: _Open, key: Text, value: Node) -> None:
        table.key = None
        if key.value in table.entries:
            first = table.entries[key.value].key.place.line
            self._diagnosis.add(key.place, "E001", f"'{key.value}' stands twice in this table (first on line {first})")
            return
        table.entries[key.value] = Entry(key, value)
