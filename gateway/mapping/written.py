"""What writing a canonical document through a mapping yields: segments, and what was wrong on the way."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from gateway.mapping.reading import MAXIMUM_PROBLEMS, Effect, Problem, Unmapped, gravest
from gateway.x12.write import OutboundSegment

_EMPTIABLE = (str, list, tuple, dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A document written. `segments` stand between ST and SE, in the guide's order.

    Problems have no position, for there is no source: they name the canonical field. `search` and `thread` are the
    declared keys that were written; `business_number` is the first search key. `also` and `unmapped` as in Reading.
    """

    segments: tuple[OutboundSegment, ...]
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


class Run:
    """One writing under way: the problems and keys found so far, and what the thread carries. Never shared."""

    __slots__ = ("_lost", "around", "carried", "problems", "search")

    def __init__(self, carried: Mapping[str, object]) -> None:
        self.problems: list[Problem] = []
        self.search: dict[str, str] = {}
        self.carried = carried
        self.around: list[Mapping[str, object]] = []
        self._lost: set[str] = set()

    def report(self, name: str, location: str, code: str, effect: Effect, message: str, *, value: str = "") -> None:
        """Note one problem; `name` is relative to the object being written."""
        if len(self.problems) < MAXIMUM_PROBLEMS:
            problem = Problem(
                field=name,
                location=location,
                position=0,
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
            if problem.code != "not-written":
                self.problems[at] = replace(problem, field=(prefix + problem.field).removesuffix("."))

    def lose(self, path: str, why: str = "no field of the mapping writes it") -> None:
        """Say, once per path without indices, that a value is not in what was written."""
        if path not in self._lost:
            self._lost.add(path)
            self.report(path, "", "not-written", "warn", f"'{path}' is not written: {why}")


def absent(value: object) -> bool:
    """True for what says nothing: null, empty text, an empty list or object."""
    # Asked of every field of every line: what says something is the usual case, and a tuple costs less than a union.
    return not value and (value is None or isinstance(value, _EMPTIABLE))


def present(body: Mapping[str, object], names: Iterable[str]) -> bool:
    """True when one of these fields says something."""
    return any(not absent(body.get(name)) for name in names)
