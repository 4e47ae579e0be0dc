"""The rules of a partner guide made ready: by the loops they are about, with a quick yes for what keeps them.

Each set under a guide is looked at here whole, so the quick way costs a look-up or one match per rule and segment. It
only says yes or "look closer": `departures` decides.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from gateway.x12.asked import holds, meant, use_of
from gateway.x12.forms import pattern
from gateway.x12.interchange import Loop, Segment
from gateway.x12.notes import broken
from gateway.x12.overlay import PartnerGuide, Resolved, Test

NO_LIMIT = 1 << 60

Quick = Callable[[str], object]
"""Whether a value, "" when there is none, surely keeps a rule."""


@dataclass(frozen=True, slots=True)
class Count:
    """A rule about how often something comes, ready to be asked of a loop."""

    rule: Resolved
    least: int
    most: int

    def kept(self, loop: Loop, root: Loop) -> bool:
        """Whether a loop surely keeps the rule."""
        rule, count = self.rule, 0
        if rule.whole_loop:
            for one in loop.loops.get(rule.id, ()):
                count += meant(rule.test, one.head)
        else:
            for segment in loop.segments.get(rule.id, ()):
                count += meant(rule.test, segment)
        return self.least <= count <= self.most or (rule.when is not None and not holds(rule.when, loop, root))


class Ready(NamedTuple):
    """A rule about the elements of a segment, ready to be asked: its value at `position`, or only its notes (0)."""

    rule: Resolved
    position: int
    keeps: Quick

    def kept(self, segment: Segment) -> bool:
        """Whether a segment that the rule is about surely keeps its notes."""
        present = tuple(map(bool, segment))
        return all(broken(note, present) is None for note in self.rule.notes)


@dataclass(slots=True)
class Level:
    """The rules about one loop of the diagram: what it holds, elements of its segments, the loops inside it.

    `quick` has, for each of the segments in `values`, what surely keeps each of its rules, None when one of them needs
    components or repetitions to be judged.
    """

    counts: list[Count] = field(default_factory=list)
    values: dict[str, list[Resolved]] = field(default_factory=dict)
    quick: dict[str, list[Ready] | None] = field(default_factory=dict)
    inner: dict[tuple[str, Test], "Level"] = field(default_factory=dict)

    def kept(self, loop: Loop, root: Loop) -> bool:
        """Whether a loop surely keeps all rules about it and what it holds; `root` is the whole set."""
        for count in self.counts:
            if not count.kept(loop, root):
                return False
        for name, asked in self.quick.items():
            for segment in loop.segments.get(name, ()):
                if asked is None or not _kept(asked, segment, loop, root):
                    return False
        for (name, test), inner in self.inner.items():
            for one in loop.loops.get(name, ()):
                if meant(test, one.head) and not inner.kept(one, root):
                    return False
        return True


@lru_cache(maxsize=256)
def levels(guide: PartnerGuide) -> Level:
    """The rules of a guide by the loops they are about, once per guide."""
    root = Level()
    for rule in guide.rules:
        level = root
        for branch in rule.loops:
            level = level.inner.setdefault((branch.id, branch.test), Level())
        if not rule.element:
            most = 0 if rule.rule.use == "not used" else rule.rule.most or NO_LIMIT
            if rule.least or most != NO_LIMIT:
                level.counts.append(Count(rule, rule.least, most))
        if rule.notes and rule.whole_loop:
            level = level.inner.setdefault((rule.id, rule.test), Level())
        if rule.notes or (rule.element and _asks(rule)):
            level.values.setdefault(rule.id, []).append(rule)
            _prepare(level, rule)
    return root


def _asks(rule: Resolved) -> bool:
    """Whether a rule about an element asks for anything: some only explain."""
    asked = rule.rule
    return bool(asked.use or asked.least or asked.most or asked.codes or asked.shortest or asked.longest or asked.forms)


def _prepare(level: Level, rule: Resolved) -> None:
    asked = level.quick.setdefault(rule.id, [])
    keeps = _quick(rule) if rule.element else bool
    if asked is None or keeps is None:
        level.quick[rule.id] = None
    else:
        asked.append(Ready(rule, rule.element, keeps))


def _quick(rule: Resolved) -> Quick | None:
    """What surely keeps a rule about one plain value; None when there is no telling from it alone."""
    asked, use = rule.rule, use_of(rule)
    if rule.component or use is None or use.element is None or use.repeat > 1:
        return None
    empty = frozenset() if asked.use == "required" else frozenset({""})
    if asked.use == "not used":
        return frozenset({""}).__contains__
    measured = asked.shortest is not None or asked.longest is not None
    if asked.codes is not None and not measured and not asked.forms:
        return (frozenset(asked.codes) | empty).__contains__
    if use.element.kind in ("N", "R"):
        return None
    low, high = asked.shortest or 1, "" if asked.longest is None else asked.longest
    parts = [f"(?=.{{{low},{high}}}\\Z)"] if measured else []
    if asked.codes is not None:
        parts.append(f"(?=(?:{'|'.join(map(re.escape, asked.codes))})\\Z)")
    parts.append(f"(?:{'|'.join(map(pattern, asked.forms))})" if asked.forms else ".+")
    whole = "".join(parts) if not empty else f"(?:{''.join(parts)})?"
    return re.compile(whole, re.DOTALL).fullmatch


def _kept(asked: list[Ready], segment: Segment, loop: Loop, root: Loop) -> bool:
    size = len(segment)
    for ready in asked:
        rule, position, keeps = ready
        if position and keeps(segment[position] if position < size else ""):
            continue
        if not meant(rule.test, segment) or (rule.when is not None and not holds(rule.when, loop, root)):
            continue
        if position or not ready.kept(segment):
            return False
    return True
