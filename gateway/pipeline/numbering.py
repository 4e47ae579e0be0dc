"""Which control numbers were skipped, of those that came one after the other."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

FARTHEST: Final = 1_000
"""A longer hole is no hole: the other side began to count anew, or somewhere else."""

_ENOUGH: Final = 4
"""So many steps tell whether somebody counts one by one."""


@dataclass(frozen=True, slots=True)
class Hole:
    """Numbers from `first` to `last` that were skipped."""

    first: int
    last: int


def holes(numbers: Collection[int], known: Collection[int] = ()) -> list[Hole]:
    """Holes before any of `numbers`, where those `known` from earlier are no news. After 999999999 comes 1: what wraps
    around, or begins anew anywhere else, leaves none.
    """
    return [Hole(before + 1, after - 1) for before, after in _steps(numbers, known) if 1 < after - before <= FARTHEST]


def scattered(numbers: Collection[int], known: Collection[int] = ()) -> bool:
    """Whether most steps leave something out: who counts so has one counter for all its partners."""
    steps = list(_steps(numbers, known, all_=True))
    return len(steps) >= _ENOUGH and 2 * sum(after - before > 1 for before, after in steps) > len(steps)


def _steps(numbers: Collection[int], known: Collection[int], *, all_: bool = False) -> Iterator[tuple[int, int]]:
    here = set(numbers)
    ordered = sorted(here | set(known))
    for before, after in pairwise(ordered):
        if all_ or after in here:
            yield before, after
