"""The grammar of locations: `BEG03`, `REF(DP).02`, `PO1<UP>`, `PO110:1`, `PID(F)/PID05`, `N1(ST)`. Syntax only.

location   = [ "../" ] { step "/" } last
step       = id [ "(" condition { "," condition } ")" ]
condition  = [ element "=" ] value { "|" value } | "#" occurrence
last       = step [ "." ] element [ ":" component ] | step "<" value ">" | step
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from gateway.x12.where import Condition

_STEP = r"(?P<id>[A-Z][A-Z0-9]{1,2}?)(?:\((?P<conditions>[^()/<>]*)\))?"
_ELEMENT = re.compile(_STEP + r"\.?(?P<element>\d\d)(?::(?P<component>\d{1,2}))?")
_PAIR = re.compile(_STEP + r"<(?P<pair>[^<>()/,|\s]+)>")
_BARE = re.compile(_STEP)
_OCCURRENCE = re.compile(r"#([1-9]\d{0,3})")
_CONDITION = re.compile(r"(?:(?P<element>\d\d)=)?(?P<values>[^=,()#]+)")

ENVELOPE = ("ISA", "GS", "ST")
"""Segments outside the set's loops that a location may name from anywhere."""

MAXIMUM_STEPS = 6

OUTSIDE: Final = "../"
"""Before a location: it starts in the loop that the list's `each:` goes through."""


class NotALocation(ValueError):
    """The text is not a location; the message says what is."""


@dataclass(frozen=True, slots=True)
class Step:
    """A segment or loop id with its conditions; all of them must hold. `occurrence` counts from 1, 0 means any."""

    id: str
    conditions: tuple[Condition, ...] = ()
    occurrence: int = 0

    def __str__(self) -> str:
        if not self.conditions and not self.occurrence:
            return self.id
        said = [
            (f"{condition.element:02d}=" if condition.element else "") + "|".join(condition.values)
            for condition in self.conditions
        ]
        if self.occurrence:
            said.append(f"#{self.occurrence}")
        return f"{self.id}({','.join(said)})"


@dataclass(frozen=True, slots=True)
class Location:
    """Where a value stands. `element` 0 and no `pair` means a whole segment or loop; `steps` ends with its segment.

    `outside` (`../`) starts in the loop around the current one.
    """

    steps: tuple[Step, ...]
    element: int = 0
    component: int = 0
    pair: str = ""
    outside: bool = False

    @property
    def segment(self) -> Step:
        """The last step: the segment, or for a whole loop the loop."""
        return self.steps[-1]

    @property
    def is_value(self) -> bool:
        """True when it names an element, a component or a pair."""
        return bool(self.element or self.pair)

    def __str__(self) -> str:
        path = (OUTSIDE if self.outside else "") + "/".join(str(step) for step in self.steps)
        if self.pair:
            return f"{path}<{self.pair}>"
        if not self.element:
            return path
        dot = "." if self.segment.conditions or self.segment.occurrence else ""
        return f"{path}{dot}{self.element:02d}" + (f":{self.component}" if self.component else "")


@lru_cache(maxsize=4096)
def parse_value(text: str) -> Location:
    """A location of one value: element, component or pair. Raises NotALocation."""
    inside = text.strip().removeprefix(OUTSIDE)
    outside = inside != text.strip()
    *before, last = inside.split("/")
    path = tuple(_step(part, text) for part in before)
    if match := _PAIR.fullmatch(last):
        return _checked(Location((*path, _matched(match, text)), pair=match["pair"], outside=outside), text)
    if match := _ELEMENT.fullmatch(last):
        element, component = int(match["element"]), int(match["component"] or 0)
        if element == 0 or match["component"] in {"0", "00"}:
            raise NotALocation(f"'{text}' is not a location: elements and components count from 1")
        return _checked(Location((*path, _matched(match, text)), element, component, outside=outside), text)
    raise NotALocation(f"'{text}' is not a location of a value, like BEG03, REF(DP).02, PO1<UP> or PID(F)/PID05")


def parse_loop(text: str) -> Location:
    """A location of a loop or segment, for `each:` and `in:`. Raises NotALocation."""
    inside = text.strip().removeprefix(OUTSIDE)
    steps = tuple(_step(part, text) for part in inside.split("/"))
    return _checked(Location(steps, outside=inside != text.strip()), text)


def _checked(location: Location, text: str) -> Location:
    if len(location.steps) > MAXIMUM_STEPS:
        raise NotALocation(f"'{text}' goes more than {MAXIMUM_STEPS} steps deep")
    return location


def _step(part: str, text: str) -> Step:
    match = _BARE.fullmatch(part)
    if not match:
        raise NotALocation(f"'{text}' is not a location: '{part}' is not a loop or segment, like PO1 or N1(ST)")
    return _matched(match, text)


def _matched(match: re.Match[str], text: str) -> Step:
    conditions = match["conditions"]
    if conditions is None:
        return Step(match["id"])
    parts = [part.strip() for part in conditions.split(",")]
    counted = [found for part in parts if (found := _OCCURRENCE.fullmatch(part))]
    if len(counted) > 1:
        raise NotALocation(f"'{text}' counts twice: one #n says which occurrence")
    kept = tuple(_condition(part, text) for part in parts if not _OCCURRENCE.fullmatch(part))
    return Step(match["id"], kept, int(counted[0][1]) if counted else 0)


def _condition(part: str, text: str) -> Condition:
    match = _CONDITION.fullmatch(part)
    values = tuple(value.strip() for value in match["values"].split("|")) if match else ()
    if not match or not all(values) or match["element"] == "00":
        raise NotALocation(f"'{text}' is not a location: '{part}' is not a condition, like DP, DP|19 or 02=WT")
    return Condition(int(match["element"] or 0), values)
