"""Which fields of a mapping no fixture has: nobody would notice if they stopped being right."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from gateway.flaws import Flaw, Place
from gateway.mapping.language import FieldForm, ObjectForm

SHOWN = 12
"""Fields that the sentence names; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """The fields that one file says, by their canonical paths, and those of them that stand in no document."""

    fields: tuple[str, ...]
    missing: tuple[str, ...]

    def flaw(self, file: str) -> Flaw | None:
        """The warning, None when all fields are covered."""
        if not self.missing:
            return None
        named = ", ".join(self.missing[:SHOWN])
        more = f" and {len(self.missing) - SHOWN} more" if len(self.missing) > SHOWN else ""
        sentence = f"no fixture has {len(self.missing)} of {len(self.fields)} fields: {named}{more}"
        return Flaw(place=Place(file, 1, 1, ""), code="W180", sentence=sentence)


def coverage(root: ObjectForm, file: str, documents: Iterable[object]) -> Coverage:
    """What of a resolved map was said in `file`, and which of it has no value in any document.

    What an overlay inherits is for the fixtures of its base. A field that several objects took over with `like:` is
    one: it is covered where one of them has it.
    """
    present: set[str] = set()
    for document in documents:
        present.update(_present(document, ""))
    said: dict[Place, list[str]] = {}
    for path, place in _said(root):
        if place.file == file:
            said.setdefault(place, []).append(path)
    missing = tuple(paths[0] for paths in said.values() if present.isdisjoint(paths))
    return Coverage(tuple(paths[0] for paths in said.values()), missing)


def _said(form: ObjectForm) -> Iterator[tuple[str, Place]]:
    for child in form.fields:
        yield child.path, child.place
        if isinstance(child, FieldForm):
            continue
        for part in child.parts:
            yield f"{child.path}.{part.name}", part.place
        for link in child.links:
            yield f"{child.path}.{link.name}", link.place
        yield from _said(child)


def _present(value: object, path: str) -> Iterator[str]:
    """Every path under which a document has something, without indices."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            deeper = f"{path}.{name}" if path else str(name)
            yield deeper
            yield from _present(inner, deeper)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _present(inner, path)
