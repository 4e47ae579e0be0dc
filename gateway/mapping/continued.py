"""A text of a list of segments that is longer than its element: `fit: split` inside of an object, both ways.

Written, the entry goes on in further segments like it, broken at blanks. Read, a segment that says the same otherwise
goes on the one before it when its first word had no room there: this is how it was written. What merely stands one
below the other stays apart.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from gateway.mapping.fit import wrapped
from gateway.mapping.planned import PlannedField, PlannedObject


@dataclass(frozen=True, slots=True)
class Continued:
    """The field of an entry whose text goes on in the next, and the most characters that its element holds."""

    name: str
    width: int

    def joined(self, entries: list[dict[str, object]]) -> list[dict[str, object]]:
        """Entries as they were before they were written."""
        found: list[dict[str, object]] = []
        piece = ""
        for entry in entries:
            text = entry.get(self.name)
            if found and isinstance(text, str) and self._goes_on(piece, text) and self._alike(found[-1], entry):
                glue = "" if len(piece) == self.width and " " not in piece else " "
                found[-1][self.name] = f"{found[-1][self.name]}{glue}{text}"
            else:
                found.append(entry)
            piece = text if isinstance(text, str) else ""
        return found

    def pieces(self, entries: Iterable[object]) -> Iterator[tuple[int, object]]:
        """Entries as they are written, each with the number of the entry that it is a piece of."""
        for index, entry in enumerate(entries):
            text = entry.get(self.name) if isinstance(entry, Mapping) else None
            if not isinstance(entry, Mapping) or not isinstance(text, str) or len(text) <= self.width:
                yield index, entry
                continue
            for piece in wrapped(text, self.width):
                yield index, {**entry, self.name: piece}

    def _goes_on(self, piece: str, text: str) -> bool:
        first = text.partition(" ")[0]
        return bool(piece and first) and len(piece) + 1 + len(first) > self.width

    def _alike(self, one: Mapping[str, object], other: Mapping[str, object]) -> bool:
        return {**one, self.name: ""} == {**other, self.name: ""}


def continued(planned: PlannedObject) -> Continued | None:
    """The field of a list of segments that is split where it is too long, None where there is none."""
    if planned.entrance is None or planned.entrance.is_loop or planned.form.entering != "each":
        return None
    for child in planned.fields:
        if isinstance(child, PlannedField) and child.form.fit == "split" and child.target is not None:
            target = child.target
            if not target.loops and target.definition is not None:
                return Continued(child.form.name, target.definition.maximum)
    return None
