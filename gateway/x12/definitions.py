"""What a segment holds: elements, composites and notes of a release, made from the data in `guides/` when asked for.

Everything in it is frozen. `gateway/x12/guide.py` says which segments stand where.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

_Made = TypeVar("_Made")

Requirement = Literal["M", "O", "X"]
"""M mandatory, O optional, X optional and governed by a syntax note."""

Kind = Literal["AN", "ID", "N", "R", "DT", "TM", "B"]
"""Data element types of X12.6; N carries its implied decimals apart, B is binary."""


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


class Lazy(Mapping[str, _Made]):
    """Definitions made from the data when first asked for: one set uses a small part of its release."""

    def __init__(self, raw: Mapping[str, Any], make: Callable[[str, Any], _Made]) -> None:
        self._raw, self._make = raw, make
        self._made: dict[str, _Made] = {}

    def __getitem__(self, key: str) -> _Made:
        made = self._made.get(key)
        if made is None:
            made = self._made[key] = self._make(key, self._raw[key])
        return made

    def __iter__(self) -> Iterator[str]:
        return iter(self._raw)

    def __len__(self) -> int:
        return len(self._raw)

    def __contains__(self, key: object) -> bool:
        return key in self._raw


class Dictionary:
    """Makes the definitions of one release from its data, elements and composites once each.

    `qualifiers` and `structural` are the data of `qualifiers.json` and `structural.json`.
    """

    def __init__(
        self,
        elements: Mapping[str, Any],
        composites: Mapping[str, Any],
        qualifiers: Mapping[str, list[int]],
        structural: frozenset[str],
    ) -> None:
        self._elements = Lazy(elements, _element)
        self._composites = Lazy(composites, self._composite)
        self._qualifiers = qualifiers
        self._structural = structural

    def segment(self, name: str, raw: Mapping[str, Any]) -> SegmentDefinition:
        """A segment's definition from its entry in `segments.json`."""
        uses = self._uses(raw["elements"])
        first_coded = [use.position for use in uses if use.coded][:1]
        return SegmentDefinition(
            id=name,
            name=raw["name"],
            elements=uses,
            notes=_notes(raw["notes"]),
            qualifiers=tuple(self._qualifiers.get(name, first_coded)),
            structural=frozenset(use.position for use in uses if f"{name}{use.position:02}" in self._structural),
        )

    def _composite(self, name: str, raw: Mapping[str, Any]) -> CompositeDefinition:
        return CompositeDefinition(
            id=name, name=raw["name"], elements=self._uses(raw["elements"]), notes=_notes(raw["notes"])
        )

    def _uses(self, raw: list[dict[str, Any]]) -> tuple[ElementUse, ...]:
        return tuple(
            ElementUse(
                position=position,
                requirement=item["requirement"],
                repeat=item.get("repeat", 1),
                element=self._elements[item["element"]] if "element" in item else None,
                composite=self._composites[item["composite"]] if "composite" in item else None,
            )
            for position, item in enumerate(raw, start=1)
        )


def _element(reference: str, raw: Mapping[str, Any]) -> ElementDefinition:
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


def _notes(raw: list[str]) -> tuple[Note, ...]:
    return tuple(
        Note(kind=note[0], positions=tuple(int(note[i : i + 2]) for i in range(1, len(note), 2)))  # type: ignore[arg-type]  # the data holds only these five letters
        for note in raw
    )
