"""What cross references say to one document: looked up as of one day, and pinned so that a replay sees the same."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from gateway.mapping.reading import Unmapped
from gateway.mapping.references import Lookups

AS_OF: Final = "crossref_as_of"
"""Pin: the last change of the tables that was known, "" when there had been none."""

ON: Final = "crossref_on"
"""Pin: the day that rows had to hold on."""

NOTHING_YET: Final = datetime.min.replace(tzinfo=UTC)
"""Before the first change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """Look-ups for one document. `as_of` is the last change they know; `pinned` when a replay asked for just that."""

    lookups: Lookups
    on: date
    as_of: datetime
    pinned: bool = False

    @property
    def pins(self) -> Mapping[str, str]:
        """What makes a replay see the same."""
        return {AS_OF: "" if self.as_of == NOTHING_YET else self.as_of.isoformat(), ON: self.on.isoformat()}

    def lacking(self, values: tuple[Unmapped, ...]) -> "Lacking | None":
        """What a document waits for, None when it waits for nothing."""
        return Lacking(values=values, on=self.on, as_of=self.as_of, pinned=self.pinned) if values else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lacking:
    """Values that no row knew, and what was known: a row added since may know them already, unless it was `pinned`."""

    values: tuple[Unmapped, ...]
    on: date
    as_of: datetime
    pinned: bool


def in_words(pins: Mapping[str, str]) -> str:
    """What was pinned, for people; "" when nothing was looked up."""
    if ON not in pins:
        return ""
    as_of = pins.get(AS_OF, "")
    known = f"last changed {as_of[:19].replace('T', ' ')} UTC" if as_of else "still empty then"
    return f"rows that hold on {pins[ON]}, {known}"


def pinned_moment(pins: Mapping[str, str]) -> tuple[date, datetime] | None:
    """The day and the last change that were pinned; None when nothing was."""
    if ON not in pins:
        return None
    as_of = pins.get(AS_OF, "")
    return date.fromisoformat(pins[ON]), datetime.fromisoformat(as_of) if as_of else NOTHING_YET
