"""Hierarchical levels: what HL segments say about each other (X12 HL, notes A to D).

One fault, one finding: a parent that is nowhere, or comes behind its children, is told at its first child only, and as
long as a parent is in doubt nobody is blamed for children that are missing or too many. A level that lost its HL is
told by its segments, which are out of place in the level before it; the levels that miss it say nothing more.
"""

from bisect import bisect
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from gateway.x12.faults import Fault
from gateway.x12.interchange import Segment
from gateway.x12.values import shown

_Parents = Mapping[str, frozenset[str]]

_SHIP_NOTICE: _Parents = {
    "S": frozenset({""}),
    "O": frozenset("STP"),
    "T": frozenset("SOIP"),
    "P": frozenset("SOTIP"),
    "I": frozenset("SOTP"),
}
"""Levels of an 856 by the levels they may stand under, "" being none. Levels that are not listed stand anywhere."""

_STRUCTURES: Mapping[str, _Parents] = {
    "0001": {
        "S": frozenset({""}),
        "O": frozenset("S"),
        "T": frozenset("O"),
        "P": frozenset("OTP"),
        "I": frozenset("OTP"),
    },
    "0002": {
        "S": frozenset({""}),
        "O": frozenset("S"),
        "T": frozenset("OI"),
        "P": frozenset("ITP"),
        "I": frozenset("OT"),
    },
    "0003": {
        "S": frozenset({""}),
        "T": frozenset("S"),
        "P": frozenset("STP"),
        "O": frozenset("TP"),
        "I": frozenset("O"),
    },
    "0004": {
        "S": frozenset({""}),
        "O": frozenset("S"),
        "I": frozenset("O"),
        "T": frozenset("SOIP"),
        "P": frozenset("SOTIP"),
    },
}
"""The same for an order of levels that BSN05 announces (1005): pack before item, item before pack, pack before order,
without packs. Tares may stand around packs in any of them; 0004 says nothing about packs that come all the same.
"""


GAPS_LIMIT = 50
"""Segments out of place in one set that are looked at for a level that was lost."""

Placed = tuple[int, Fault]
"""A fault of the segment at an index of the set's segments."""


class _Level(NamedTuple):
    at: int
    segment: Segment

    def element(self, position: int) -> str:
        return self.segment[position] if position < len(self.segment) else ""


class _Gap(NamedTuple):
    """Where an HL may have been lost: before the segment at `at`, with a number between `low` and `high`.

    `high` is None behind the last HL.
    """

    at: int
    low: int
    high: int | None

    def holds(self, number: int) -> bool:
        return self.high is not None and self.low < number < self.high


def level_faults(
    set_id: str, segments: Sequence[Segment], doubtful: frozenset[int], strays: Sequence[int] = ()
) -> Iterator[Placed]:
    """What HL segments of a set contradict: HL01 unique and ascending, HL02 an earlier HL, HL03 in its place, HL04.

    `doubtful` are the indices of HL segments that have a fault already: they stand, and are judged no further. `strays`
    are, in order, those of segments of levels that were found out of place.
    """
    levels = [_Level(index, segment) for index, segment in enumerate(segments) if segment[0] == "HL"]
    gaps = list(_gaps(levels, strays[:GAPS_LIMIT]))
    found = list(_parent_faults(levels, _allowed(set_id, segments), doubtful, gaps))
    yield from found
    if not doubtful and not found:
        yield from _child_faults(levels, gaps[-1].at if gaps else 0)


def _gaps(levels: Sequence[_Level], strays: Sequence[int]) -> Iterator[_Gap]:
    """The strays that stand where a number is skipped, or behind the last HL."""
    starts = [level.at for level in levels]
    for stray in strays:
        behind = bisect(starts, stray)
        low = _count(levels[behind - 1].element(1)) if behind else 0
        high = _count(levels[behind].element(1)) if behind < len(levels) else None
        if high is None or high > low + 1:
            yield _Gap(stray, low, high)


def _allowed(set_id: str, segments: Sequence[Segment]) -> _Parents:
    if set_id != "856":
        return {}
    start = segments[1] if len(segments) > 1 else ()
    structure = start[5] if len(start) > 5 and start[0] == "BSN" else ""
    return _STRUCTURES.get(structure, _SHIP_NOTICE)


def _parent_faults(
    levels: Sequence[_Level], allowed: _Parents, doubtful: frozenset[int], gaps: Sequence[_Gap]
) -> Iterator[Placed]:
    known: dict[str, str] = {}
    blamed: set[str] = set()
    highest = 0
    for level in levels:
        number, parent = level.element(1), level.element(2)
        fault = None
        if parent not in known and any(gap.at < level.at and gap.holds(_count(parent)) for gap in gaps):
            blamed.add(parent)
        if level.at not in doubtful:
            late = number in blamed and number not in known  # told at its first child
            fault = None if late else _number_fault(number, known, highest)
            fault = fault or _parent_fault(level, known, blamed, allowed)
            if fault is not None:
                yield level.at, fault
            if parent not in known:
                blamed.add(parent)
        known[number] = "?" if level.at in doubtful or fault is not None else level.element(3)
        highest = max(highest, _count(number))


def _number_fault(number: str, known: Mapping[str, str], highest: int) -> Fault | None:
    if number in known:
        return _fault(1, number, f"{shown(number)} came before: each HL has a number of its own", structural=True)
    if 0 < _count(number) < highest:
        return _fault(1, number, f"{shown(number)} comes behind {highest}: numbers ascend", structural=False)
    return None


def _parent_fault(level: _Level, known: Mapping[str, str], blamed: set[str], allowed: _Parents) -> Fault | None:
    parent, kind = level.element(2), level.element(3)
    if parent and parent not in known:
        if parent in blamed:
            return None
        return _fault(2, parent, f"no HL before this one has the number {shown(parent)}", structural=True)
    above = known[parent] if parent else ""
    if kind not in allowed or above in allowed[kind] or not (above == "" or above in allowed):
        return None
    if not parent:
        text = f"a level {shown(kind)} stands under another one: its parent is missing"
        # The first level has none above it, so that what it says of itself is wrong; any other lacks its HL02.
        return _fault(2, "", text, structural=True) if known else _fault(3, kind, text, structural=True)
    text = f"a level {shown(kind)} does not stand under a level {shown(above)}"
    return _fault(2, parent, text, structural=True)


def _child_faults(levels: Sequence[_Level], lost: int) -> Iterator[Placed]:
    """HL04 against the levels there are; a level was lost before index `lost`, 0 for none: it may be anyone's child."""
    parents = {level.element(2) for level in levels}
    for level in levels:
        says, has = level.element(4), level.element(1) in parents
        if not has and level.at < lost:
            continue
        if says in ("0", "1") and has != (says == "1"):
            text = "levels stand under this one" if has else "no level stands under this one"
            yield level.at, _fault(4, says, f"HL04 is {says}, and {text}", structural=False)


def _count(number: str) -> int:
    return int(number) if number.isascii() and number.isdigit() and len(number) <= 12 else 0


def _fault(element: int, value: str, text: str, *, structural: bool) -> Fault:
    return Fault("AK403:7", element, 0, 0, str({1: 628, 2: 734, 3: 735, 4: 736}[element]), value, text, structural)
