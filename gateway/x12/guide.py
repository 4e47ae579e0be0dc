"""Guides: what the standard says about a transaction set, read from the data in `guides/`.

A guide is found by set and version (`load("850", "004010VICS")`), read once and kept. Everything in it is frozen.
New sets and releases are added as data only: see `guides/README.md`.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Literal

Requirement = Literal["M", "O", "X"]
"""M mandatory, O optional, X optional and governed by a syntax note."""

Kind = Literal["AN", "ID", "N", "R", "DT", "TM"]
"""Data element types of X12.6; N carries its implied decimals apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementDefinition:
    """A data element: `reference` is its number ("353"), lengths are in characters, without sign and point for N and R.

    `decimals` are the implied decimals of N. `codes` is None when any value goes, or the list is kept elsewhere.
    """

    reference: str
    name: str
    kind: Kind
    minimum: int
    maximum: int
    decimals: int = 0
    codes: frozenset[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A syntax note: `kind` P, R, E, C or L over `positions`, which count from 1 (X12.6, relational conditions)."""

    kind: Literal["P", "R", "E", "C", "L"]
    positions: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompositeDefinition:
    """A composite data structure: components by position, with notes of its own."""

    id: str
    name: str
    elements: tuple["ElementUse", ...]
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementUse:
    """One position of a segment or composite, counting from 1: either a simple `element` or a `composite`."""

    position: int
    requirement: Requirement
    repeat: int = 1
    element: ElementDefinition | None = None
    composite: CompositeDefinition | None = None

    @property
    def reference(self) -> str:
        """The data element number, or the id of the composite: what AK403's AK402 names."""
        if self.element is not None:
            return self.element.reference
        return self.composite.id if self.composite is not None else ""

    @property
    def coded(self) -> bool:
        """True for a simple element of type ID."""
        return self.element is not None and self.element.kind == "ID"


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentDefinition:
    """A segment of a release. `qualifiers` are the positions a bare `(X)` of a mapping location means, in order.

    `structural` are the positions whose code decides how a document is read: an unknown code there rejects the set.
    """

    id: str
    name: str
    elements: tuple[ElementUse, ...]
    notes: tuple[Note, ...]
    qualifiers: tuple[int, ...]
    structural: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentSpec:
    """A segment's place in a set or loop. `maximum` None is "no limit"."""

    id: str
    requirement: Requirement
    maximum: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopSpec:
    """A loop's place: `children` in their order of writing, the first being the trigger segment. Root has id ""."""

    id: str
    requirement: Requirement
    maximum: int | None
    children: tuple["SegmentSpec | LoopSpec", ...]

    def find(self, *path: str) -> "SegmentSpec | LoopSpec | None":
        """The first child along `path`, loops before segments of the same id except at the end of the path.

        `find("PO1", "PID")` is the PID loop of PO1; `find("PO1", "PID", "PID")` its trigger segment.
        """
        if not path:
            return self
        for child in self.children:
            if child.id != path[0]:
                continue
            if isinstance(child, LoopSpec):
                return child.find(*path[1:])
            if len(path) == 1:
                return child
        return None

    def walk(self, path: tuple[str, ...] = ()) -> "Iterator[tuple[tuple[str, ...], SegmentSpec | LoopSpec]]":
        """Every loop and segment below with its path, in order of writing."""
        for child in self.children:
            yield (*path, child.id), child
            if isinstance(child, LoopSpec):
                yield from child.walk((*path, child.id))


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What a release is known to hold beyond the guides at hand: segment ids, and sets with their group (GS01)."""

    id: str
    segment_ids: frozenset[str]
    groups: Mapping[str, str]
    definitions: Mapping[str, SegmentDefinition] = field(repr=False)

    @property
    def repeats(self) -> bool:
        """True where elements may repeat and AK403 12 and 13 exist: from 004020 (ISA12 00402) on."""
        return self.id >= "004020"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Guide:
    """One transaction set of one release. `line_item` is the loop that CTT01 counts, "" when there is none."""

    set_id: str
    title: str
    functional_id: str
    release: Release
    root: LoopSpec
    line_item: str = ""

    def segment(self, segment_id: str) -> SegmentDefinition | None:
        """The segment's definition in this release, None when no set at hand uses it."""
        return self.release.definitions.get(segment_id)

    def segment_ids(self) -> frozenset[str]:
        """Ids of all segments that have a place in this set."""
        return frozenset(spec.id for _, spec in self.root.walk() if isinstance(spec, SegmentSpec))


def load(set_id: str, version: str) -> Guide | None:
    """The guide for ST01 `set_id` under GS08 or ST03 `version`, None when there is none.

    Industry versions use their release: `004010VICS` and `004010UCS` find 004010. Neither argument ever becomes a
    path: both are looked up in what is shipped.
    """
    release = release_of(version)
    if release is None or set_id not in _sets(release.id):
        return None
    return _guide(set_id, release.id)


def release_of(version: str) -> Release | None:
    """The release a GS08 names by its first six characters, None when we have no guides for it."""
    return _release(version[:6]) if version[:6] in releases() else None


@cache
def releases() -> tuple[str, ...]:
    """Releases with guides at hand, oldest first."""
    return tuple(sorted(entry.name for entry in _data().iterdir() if entry.is_dir() and entry.name.isdigit()))


@cache
def envelope() -> Mapping[str, SegmentDefinition]:
    """ISA, TA1, GS, GE and IEA, which are the same in every release at hand."""
    data = _read(_data() / "envelope.json")
    elements = {reference: _element(reference, raw) for reference, raw in data["elements"].items()}
    return {name: _segment(name, raw, elements, {}) for name, raw in data["segments"].items()}


def _data() -> Traversable:
    return files("gateway.x12") / "guides"


def _read(path: Traversable) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


@cache
def _sets(release: str) -> frozenset[str]:
    return frozenset(entry.name.removesuffix(".json") for entry in (_data() / release / "sets").iterdir())


@cache
def _guide(set_id: str, release: str) -> Guide:
    raw = _read(_data() / release / "sets" / f"{set_id}.json")
    root = LoopSpec(id="", requirement="M", maximum=1, children=_children(raw["children"]))
    return Guide(
        set_id=set_id,
        title=raw["title"],
        functional_id=raw["group"],
        release=_release(release),
        root=root,
        line_item=raw["line_item"],
    )


def _children(raw: list[dict[str, Any]]) -> tuple[SegmentSpec | LoopSpec, ...]:
    return tuple(
        LoopSpec(
            id=item["loop"],
            requirement=item["requirement"],
            maximum=item["maximum"],
            children=_children(item["children"]),
        )
        if "loop" in item
        else SegmentSpec(id=item["segment"], requirement=item["requirement"], maximum=item["maximum"])
        for item in raw
    )


@cache
def _release(release: str) -> Release:
    folder = _data() / release
    known = _read(folder / "release.json")
    elements = {reference: _element(reference, raw) for reference, raw in _read(folder / "elements.json").items()}
    composites = {
        name: CompositeDefinition(
            id=name, name=raw["name"], elements=_uses(raw["elements"], elements, {}), notes=_notes(raw["notes"])
        )
        for name, raw in _read(folder / "composites.json").items()
    }
    segments = _read(folder / "segments.json")
    return Release(
        id=release,
        segment_ids=frozenset(known["segments"].split()),
        groups=known["sets"],
        definitions={name: _segment(name, raw, elements, composites) for name, raw in segments.items()},
    )


@cache
def _qualifiers() -> dict[str, list[int]]:
    data: dict[str, list[int]] = _read(_data() / "qualifiers.json")
    return data


@cache
def _structural() -> frozenset[str]:
    return frozenset(_read(_data() / "structural.json"))


def _element(reference: str, raw: dict[str, Any]) -> ElementDefinition:
    kind, decimals = raw["type"], 0
    if kind[0] == "N" and kind != "N":
        kind, decimals = "N", int(kind[1:])
    return ElementDefinition(
        reference=reference,
        name=raw["name"],
        kind=kind,
        minimum=raw["min"],
        maximum=raw["max"],
        decimals=decimals,
        codes=frozenset(raw["codes"].split()) if "codes" in raw else None,
    )


def _segment(
    name: str,
    raw: dict[str, Any],
    elements: Mapping[str, ElementDefinition],
    composites: Mapping[str, CompositeDefinition],
) -> SegmentDefinition:
    uses = _uses(raw["elements"], elements, composites)
    first_coded = next((use.position for use in uses if use.coded), None)
    return SegmentDefinition(
        id=name,
        name=raw["name"],
        elements=uses,
        notes=_notes(raw["notes"]),
        qualifiers=tuple(_qualifiers().get(name, [first_coded] if first_coded else [])),
        structural=frozenset(use.position for use in uses if f"{name}{use.position:02}" in _structural()),
    )


def _uses(
    raw: list[dict[str, Any]],
    elements: Mapping[str, ElementDefinition],
    composites: Mapping[str, CompositeDefinition],
) -> tuple[ElementUse, ...]:
    return tuple(
        ElementUse(
            position=position,
            requirement=item["requirement"],
            repeat=item.get("repeat", 1),
            element=elements[item["element"]] if "element" in item else None,
            composite=composites[item["composite"]] if "composite" in item else None,
        )
        for position, item in enumerate(raw, start=1)
    )


def _notes(raw: list[str]) -> tuple[Note, ...]:
    return tuple(
        Note(kind=note[0], positions=tuple(int(note[i : i + 2]) for i in range(1, len(note), 2)))  # type: ignore[arg-type]  # the data holds only these five letters
        for note in raw
    )
