"""Walking once more over a few segments, as if a loop's trigger had stood before them."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from gateway.x12.walk import LoopPlace, Move, Place, Plan, around

REPLAY_LIMIT = 60
"""Segments looked back at for a trigger that may have been missing."""


class Replayed(NamedTuple):
    """How it went: the move to the trigger that was missing, its loop, and a move for each segment behind it."""

    entry: Move
    loop: LoopPlace
    moves: list[Move]


def replay(plan: Plan, place: Place, loops: Iterable[LoopPlace], names: Sequence[str]) -> Replayed | None:
    """The first of `loops`, outer ones before inner ones, whose trigger may stand behind `place` and in which segments
    of these ids may then follow.

    None when there is no such loop, or when the segments are more than `REPLAY_LIMIT`.
    """
    if not names or len(names) > REPLAY_LIMIT:
        return None
    for loop in sorted(loops, key=_rank):
        entry = plan.find(place, loop.trigger.id)
        if entry is None or entry.place is not loop.trigger or entry.missing:
            continue
        moves = list(_moves(plan, loop, names))
        if len(moves) == len(names):
            return Replayed(entry, loop, moves)
    return None


def _rank(loop: LoopPlace) -> tuple[int, list[int]]:
    ordinals = [one.ordinal for one in around(loop)]
    return len(ordinals), ordinals[::-1]


def _moves(plan: Plan, loop: LoopPlace, names: Sequence[str]) -> Iterator[Move]:
    """The moves of segments behind the trigger of a loop, as far as there are any that stay in it and miss nothing."""
    place = loop.trigger
    for name in names:
        move = plan.find(place, name)
        if move is None or move.missing or loop not in around(move.place.loop):
            return
        yield move
        place = move.place
