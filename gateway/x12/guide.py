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
from typing import Any

from gateway.x12.definitions import (
    CompositeDefinition,
    Dictionary,
    ElementDefinition,
    ElementUse,
    Lazy,
    Note,
    Requirement,
    SegmentDefinition,
)

__all__ = [
    "CompositeDefinition",
    "ElementDefinition",
    "ElementUse",
    "Guide",
    "LoopSpec",
    "Note",
    "Release",
    "SegmentDefinition",
    "SegmentSpec",
    "envelope",
    "load",
    "nearest",
    "release_of",
    "releases",
]

RELEASES_IN_A_VERSION = 6
"""004010 to 004060: how far two versions are from each other is counted in releases."""


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
    """One transaction set of one release.

    `line_item` is the loop that CTT01 counts, `hash_total` the element that CTT02 adds up ("PO102"); "" for none.
    """

    set_id: str
    title: str
    functional_id: str
    release: Release
    root: LoopSpec
    line_item: str = ""
    hash_total: str = ""

    def segment(self, segment_id: str) -> SegmentDefinition | None:
        """The segment's definition in this release, None when no set at hand uses it."""
        return self.release.definitions.get(segment_id)

    def loop_name(self, loop_id: str) -> str:
        """What a loop of this set holds, in our words: "Party" for N1; "" when there is no such loop."""
        definition = self.segment(loop_id)
        return _loop_names().get(loop_id) or (definition.name if definition is not None else "")

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


def nearest(version: str) -> Release | None:
    """The release at hand that stands in for a GS08 we have no guides for: the nearest, counted in releases.

    Versions 003 to 009 have a stand-in, six releases being taken as one version: up to 004030 it is 004010, from
    004040 on 005010 (as far from either; the later one knows its codes). None for what names no such release.
    """
    if release_of(version) is not None:
        return release_of(version)
    wanted = version[:6]
    if not (len(wanted) == 6 and wanted.isascii() and wanted.isdigit() and "003" <= wanted[:3] <= "009"):
        return None
    return _release(min(reversed(releases()), key=lambda one: abs(_rank(one) - _rank(wanted))))


def _rank(version: str) -> int:
    return int(version[:3]) * RELEASES_IN_A_VERSION + int(version[3:5])


@cache
def releases() -> tuple[str, ...]:
    """Releases with guides at hand, oldest first."""
    return tuple(sorted(entry.name for entry in _data().iterdir() if entry.is_dir() and entry.name.isdigit()))


@cache
def envelope() -> Mapping[str, SegmentDefinition]:
    """ISA, TA1, GS, GE and IEA, which are the same in every release at hand."""
    data = _read(_data() / "envelope.json")
    return Lazy(data["segments"], Dictionary(data["elements"], {}, _qualifiers(), _structural()).segment)


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
        hash_total=raw["hash_total"],
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
    dictionary = Dictionary(
        _read(folder / "elements.json"), _read(folder / "composites.json"), _qualifiers(), _structural()
    )
    return Release(
        id=release,
        segment_ids=frozenset(known["segments"].split()),
        groups=known["sets"],
        definitions=Lazy(_read(folder / "segments.json"), dictionary.segment),
    )


@cache
def _qualifiers() -> dict[str, list[int]]:
    data: dict[str, list[int]] = _read(_data() / "qualifiers.json")
    return data


@cache
def _structural() -> frozenset[str]:
    return frozenset(_read(_data() / "structural.json"))


@cache
def _loop_names() -> dict[str, str]:
    data: dict[str, str] = _read(_data() / "loops.json")
    return data
