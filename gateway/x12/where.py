"""Where a rule of a partner guide applies, as written: `BEG01`, `REF(DP)`, `REF(DP).02`, `N1(ST)/N104`, `MEA04:1`.

where     = { step "/" } step [ "." ] [ element [ ":" component ] ]
step      = id [ "(" condition { "," condition } ")" ]
condition = [ element "=" ] value { "|" value }

It is the language of mapping locations without what a rule has no use for (pairs, occurrences). Syntax only.
"""

import re
from dataclasses import dataclass

_STEP = r"(?P<id>[A-Z][A-Z0-9]{1,2}?)(?:\((?P<conditions>[^()/]*)\))?"
_BARE = re.compile(_STEP)
_ELEMENT = re.compile(_STEP + r"\.?(?P<element>\d\d)(?::(?P<component>\d{1,2}))?")
_CONDITION = re.compile(r"(?:(?P<element>\d\d)=)?(?P<values>[^=,()#<>]+)")

MAXIMUM_STEPS = 6
"""The deepest loop of any set at hand is at four."""


class NoPlace(ValueError):
    """The text names no place; the message says what one looks like."""


@dataclass(frozen=True, slots=True)
class Condition:
    """An element (0: the one the guide declares as qualifier) that holds one of some values."""

    element: int
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """A loop or segment with conditions, all of which must hold."""

    id: str
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Where:
    """Loops to go through, the segment or loop at the end, and its element and component, counted from 1 (0: whole)."""

    loops: tuple[Step, ...]
    last: Step
    element: int = 0
    component: int = 0


def parse(text: str) -> Where:
    """The place that a text names. Raises NoPlace."""
    *before, last = text.split("/")
    if len(before) >= MAXIMUM_STEPS:
        raise NoPlace(f"'{text[:60]}' goes more than {MAXIMUM_STEPS} steps deep")
    loops = tuple(_step(_BARE.fullmatch(part), part, text) for part in before)
    if (match := _BARE.fullmatch(last)) is not None:
        return Where(loops, _step(match, last, text))
    match = _ELEMENT.fullmatch(last)
    step = _step(match, last, text)
    assert match is not None  # noqa: S101  # `_step` raises otherwise
    element, component = int(match["element"]), int(match["component"] or 0)
    if element == 0 or match["component"] in {"0", "00"}:
        raise NoPlace(f"'{text[:60]}' is no place: elements and components count from 1")
    return Where(loops, step, element, component)


def _step(match: re.Match[str] | None, part: str, text: str) -> Step:
    if match is None:
        raise NoPlace(f"'{part[:60]}' is no place, like BEG01, REF(DP).02, N1(ST) or N1(ST)/N104")
    said = match["conditions"]
    return Step(match["id"], () if said is None else tuple(_condition(one.strip(), text) for one in said.split(",")))


def _condition(part: str, text: str) -> Condition:
    match = _CONDITION.fullmatch(part)
    values = tuple(value.strip() for value in match["values"].split("|")) if match else ()
    if not match or not all(values) or match["element"] == "00":
        raise NoPlace(f"'{text[:60]}' is no place: '{part[:30]}' is not a condition, like DP, DP|19 or 02=WT")
    return Condition(int(match["element"] or 0), values)
