"""YAML text to plain values that know their place. Nothing is interpreted: every scalar stays the text it is.

Built from parser events, never through a constructor: no alias is expanded, no type guessed, no object made.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from gateway.flaws import Place, no_text, unreadable
from gateway.partners.problems import Problems

MAXIMUM_BYTES = 200_000
"""A partner with a hundred agreements has 30 KB; this is a security limit."""

MAXIMUM_DEPTH = 8
"""The deepest table of any partner file is at four."""

MAXIMUM_NODES = 20_000

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Path = tuple[str | int, ...]
"""Keys and indices from the top of a file to a value."""


@dataclass(frozen=True, slots=True)
class Document:
    """One file: `value` is made of dict, list and str; `places` has every value's place, `keys` every key's."""

    file: str
    value: dict[str, Any]
    places: dict[Path, Place]
    keys: dict[Path, Place]

    def place(self, path: Sequence[str | int] = ()) -> Place:
        """Where the value at `path` stands; of what is not there, the nearest table around it."""
        return self._nearest(self.places, tuple(path))

    def key(self, path: Sequence[str | int]) -> Place:
        """Where the key of the value at `path` stands; list items have none and give their own place."""
        return self.keys.get(tuple(path)) or self.place(path)

    def _nearest(self, places: dict[Path, Place], path: Path) -> Place:
        while path and path not in places:
            path = path[:-1]
        return places.get(path, Place(self.file))


def parse(file: str, text: str, problems: Problems) -> Document | None:
    """The content of one file, None (and why among `problems`) when it is not one plain table of YAML."""
    if len(text.encode("utf-8", "surrogatepass")) > MAXIMUM_BYTES:
        problems.add(Place(file), "P001", f"the file has more than {MAXIMUM_BYTES} bytes")
        return None
    if (stray := no_text(file, text)) is not None:
        problems.add(stray[0], "P001", stray[1])
        return None
    before, builder = len(problems.found), _Builder(file, problems)
    try:
        for event in yaml.parse(text, Loader=_Loader):
            builder.take(event)
    except _TooMuch:
        return None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file)
        problems.add(place, "P001", unreadable(error.problem or error.context or "", text, place))
    except yaml.YAMLError as error:
        problems.add(Place(file), "P001", f"not readable as YAML: {str(error).splitlines()[0]}")
    if len(problems.found) > before:
        return None
    return builder.document()


class _TooMuch(Exception):
    """Over a limit; the problem is noted already."""


@dataclass(slots=True)
class _Open:
    """A table or list whose end has not come. In a table `key` waits for its value."""

    path: Path
    value: dict[str, Any] | list[Any]
    key: str | None = None
    keys: set[str] = field(default_factory=set)


class _Builder:
    """Turns parser events into values on a stack of its own: depth is bounded, nothing recurses."""

    def __init__(self, file: str, problems: Problems) -> None:
        self._file = file
        self._problems = problems
        self._stack: list[_Open] = []
        self._documents = 0
        self._nodes = 0
        self._root: Any = None
        self._places: dict[Path, Place] = {}
        self._keys: dict[Path, Place] = {}

    def take(self, event: yaml.Event) -> None:
        """One event; those of stream and document marks carry nothing but their number."""
        if isinstance(event, yaml.AliasEvent):
            self._wrong(event, "P002", f"aliases are not used in partner files (*{event.anchor}): write it out")
            self._scalar(event, "")
        elif isinstance(event, yaml.ScalarEvent):
            self._plain(event)
            self._scalar(event, event.value)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            self._plain(event)
            self._open(event, {} if isinstance(event, yaml.MappingStartEvent) else [])
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self._stack.pop()
        elif isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                self._wrong(event, "P001", "a second document starts here: a file holds one")

    def document(self) -> Document | None:
        """The whole file, None when it is not a table."""
        if not isinstance(self._root, dict):
            self._problems.add(Place(self._file), "P001", "a table of keys is expected, like `owner: onboarding`")
            return None
        return Document(self._file, self._root, self._places, self._keys)

    def _place(self, event: yaml.Event) -> Place:
        mark = event.start_mark
        return Place(self._file, mark.line + 1, mark.column + 1) if mark else Place(self._file)

    def _wrong(self, event: yaml.Event, code: str, sentence: str) -> None:
        self._problems.add(self._place(event), code, sentence)

    def _plain(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
        if event.anchor is not None:
            self._wrong(event, "P002", f"anchors are not used in partner files (&{event.anchor}): write it out")
        if event.tag not in (None, "!"):
            self._wrong(event, "P002", f"tags are not used in partner files ({event.tag})")

    def _scalar(self, event: yaml.Event, text: str) -> None:
        top = self._stack[-1] if self._stack else None
        if top is not None and isinstance(top.value, dict) and top.key is None:
            self._key(event, top, text)
        else:
            self._put(event, text)

    def _key(self, event: yaml.Event, table: _Open, text: str) -> None:
        self._count(event)
        table.key = text
        if text == "<<":
            self._wrong(event, "P002", "merge keys are not used in partner files: write it out")
        elif text in table.keys:
            first = self._keys[(*table.path, text)].line
            self._wrong(event, "P003", f"'{text}' stands twice in this table (first on line {first})")
        else:
            self._keys[(*table.path, text)] = self._place(event)
        table.keys.add(text)

    def _open(self, event: yaml.Event, value: dict[str, Any] | list[Any]) -> None:
        if len(self._stack) >= MAXIMUM_DEPTH:
            self._wrong(event, "P001", f"nested deeper than {MAXIMUM_DEPTH}")
            raise _TooMuch
        top = self._stack[-1] if self._stack else None
        if top is not None and isinstance(top.value, dict) and top.key is None:
            self._wrong(event, "P001", "a key is text, not a table or list")
            raise _TooMuch
        self._stack.append(_Open(self._put(event, value), value))

    def _put(self, event: yaml.Event, value: Any) -> Path:
        """Enter a value where it belongs; its path."""
        self._count(event)
        if not self._stack:
            self._root = value if self._root is None else self._root
            path: Path = ()
        else:
            top = self._stack[-1]
            if isinstance(top.value, dict):
                path = (*top.path, top.key or "")
                top.value.setdefault(top.key or "", value)
                top.key = None
            else:
                path = (*top.path, len(top.value))
                top.value.append(value)
        self._places.setdefault(path, self._place(event))
        return path

    def _count(self, event: yaml.Event) -> None:
        self._nodes += 1
        if self._nodes > MAXIMUM_NODES:
            self._wrong(event, "P001", f"more than {MAXIMUM_NODES} values")
            raise _TooMuch
