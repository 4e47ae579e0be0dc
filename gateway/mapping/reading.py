"""What reading a set through a mapping yields: a canonical document, and what was wrong on the way."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from gateway.x12.interchange import Delimiters, Segment, TransactionSet

Effect = Literal["refuse", "park", "warn"]
"""refuse: not delivered. park: held until a person or a better mapping knows. warn: delivered, and said."""

MAXIMUM_PROBLEMS = 1_000
"""A document with more is no better understood by reading on; memory stays bounded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that the mapping and the document do not agree on.

    `field` is the canonical path, `lines[3].unit` (from 0); `position` counts segments in the set from 1, 0 when it is
    about none. `code` is one of docs/mapping-language.md; `value` is cut to 99 characters.
    """

    field: str
    location: str
    position: int
    code: str
    value: str
    effect: Effect
    message: str


def gravest(problems: Iterable[Problem]) -> Effect | None:
    """The gravest effect among problems, None when there is none."""
    found = {problem.effect for problem in problems}
    order: tuple[Effect, ...] = ("refuse", "park", "warn")
    return next((effect for effect in order if effect in found), None)


MOST_KEYS = 1_000
"""Further values of search and thread keys of one document, as every label of a truckload is one."""


def first_of(keys: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """The first value of each key."""
    return {name: values[0] for name, values in keys.items()}


def further(*tables: Mapping[str, Sequence[str]]) -> tuple[tuple[str, str], ...]:
    """Name and value of all values but the first of each key, each once, in order of arrival; at most `MOST_KEYS`."""
    many = [(name, values) for keys in tables for name, values in keys.items() if len(values) > 1]
    found = dict.fromkeys((name, value) for name, values in many for value in values if value != values[0])
    return tuple(found)[:MOST_KEYS]


@dataclass(frozen=True, slots=True)
class Unmapped:
    """A value that no row of a cross reference knows: theirs, or ours when `back`. `item` is ours, "" for any."""

    table: str
    value: str
    back: bool = False
    item: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A set read. `document` holds text, Decimal, int, bool, lists and dictionaries; dates are ISO text.

    `search` and `thread` are the declared keys that the document has; `business_number` is the first search key. `also`
    are those that it names beside them: a ship notice of two orders is found by both.
    `unmapped` are the values that wait for a row of a cross reference.
    """

    document: dict[str, object]
    problems: tuple[Problem, ...] = ()
    search: dict[str, str] = field(default_factory=dict)
    thread: dict[str, str] = field(default_factory=dict)
    business_number: str = ""
    also: tuple[tuple[str, str], ...] = ()
    unmapped: tuple[Unmapped, ...] = ()

    @property
    def effect(self) -> Effect | None:
        """The gravest effect of all problems, None when there is none."""
        return gravest(self.problems)


class State:
    """One reading under way: the set at hand, the problems and keys found so far. Never shared."""

    __slots__ = ("content", "delimiters", "problems", "search")

    def __init__(self, content: TransactionSet) -> None:
        self.content = content
        self.delimiters: Delimiters = content.interchange.delimiters
        self.problems: list[Problem] = []
        self.search: dict[str, str] = {}

    def envelope(self, name: str) -> Segment:
        """ISA, GS or ST as a segment; item 0 is the id."""
        if name == "ISA":
            elements = self.content.interchange.elements
            return elements if len(elements) > 16 else ("ISA", *elements)
        if name == "GS":
            group = self.content.group
            ids = (group.functional_id, group.sender, group.receiver, group.date, group.time)
            return ("GS", *ids, group.control_number, group.agency, group.version)
        header = self.content.header
        return ("ST", header.id, header.control_number, header.implementation)

    def report(
        self,
        name: str,
        location: str,
        code: str,
        effect: Effect,
        message: str,
        *,
        value: str = "",
        segment: Segment | None = None,
    ) -> None:
        """Note one problem; `name` is relative to the object being read."""
        if len(self.problems) < MAXIMUM_PROBLEMS:
            problem = Problem(
                field=name,
                location=location,
                position=self._position(segment),
                code=code,
                value=value[:99],
                effect=effect,
                message=message,
            )
            self.problems.append(problem)

    def prefix(self, since: int, prefix: str) -> None:
        """Put the object's path before the fields of the problems found inside it."""
        for at in range(since, len(self.problems)):
            problem = self.problems[at]
            self.problems[at] = replace(problem, field=prefix + problem.field)

    def _position(self, segment: Segment | None) -> int:
        # By identity: the same text may stand at several places. Only problems pay for the search.
        if segment is None:
            return 0
        return next((at for at, each in enumerate(self.content.segments, start=1) if each is segment), 0)
