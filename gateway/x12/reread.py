"""Another way to read the last few segments, once a second fault says that the first one was not what it seemed.

A segment out of its place can be told in several ways, and only what follows says which of them is one fault: it is
late and the walk stays where it was, it came before its neighbour, the trigger before it is missing, or its id is
misspelt. The first way in which all that follows has its place is taken.
"""

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from gateway.x12.findings import Finding
from gateway.x12.growth import AFTER, AHEAD, Mark, Step
from gateway.x12.replay import replay
from gateway.x12.walk import LoopPlace, Move, Place, Plan, Stray, around


class Turn(NamedTuple):
    """A segment that was told as a fault, and where the walk and the tree stood before it.

    `kind` is how it was read: "missing" as one before which others are missing, "late", "homeless", "unknown", or
    "foreign" as one of another set. `headless` is the loop that lacked its trigger the last time one did.
    """

    kind: Literal["missing", "late", "homeless", "unknown", "foreign"]
    position: int
    place: Place
    stray: Stray | None
    owners: frozenset[LoopPlace]
    mark: Mark
    findings: tuple[Finding, ...]
    headless: LoopPlace | None = None


class Reading(NamedTuple):
    """How the segments since a turn are read then: `code` tells the first, what comes next stands behind `place`.

    `code` is "" when what was told of it holds. `opened` is the move to a trigger that is missing, if that is what the
    fault is.
    """

    code: str
    steps: Sequence[Step]
    place: Place
    opened: Move | None = None


def reread(plan: Plan, turn: Turn, names: Sequence[str]) -> Reading | None:
    """The reading in which each of `names` has its place: the ids from the turn's own on, the last of them to be taken
    next; None when there is none.
    """
    return next(_readings(plan, turn, names), None)


def _readings(plan: Plan, turn: Turn, names: Sequence[str]) -> Iterator[Reading]:
    if turn.kind in ("unknown", "foreign"):
        yield from _misspelt(plan, turn, names)
        return
    if turn.kind == "missing":
        yield from _again(plan, turn, names)
        if turn.headless in turn.owners:
            yield from _headless(plan, turn._replace(owners=frozenset({turn.headless})), names)
    yield from _late(plan, turn, names)
    yield from _early(plan, turn, names)
    yield from _headless(plan, turn, names)
    if turn.kind == "missing":
        yield from _nowhere(plan, turn, names)


def _again(plan: Plan, turn: Turn, names: Sequence[str]) -> Iterator[Reading]:
    """It starts once more a loop that may come once, though another loop has the same id further on."""
    repeat = repeated(turn.place, names[0])
    moves = None if repeat is None else _walk(plan, repeat.place, names[1:])
    if repeat is not None and moves is not None:
        steps = [Step(0, repeat), *(Step(offset, move) for offset, move in enumerate(moves, start=1))]
        yield Reading("AK304:4", steps[:-1], moves[-2].place if len(moves) > 1 else repeat.place)


def repeated(place: Place, name: str) -> Move | None:
    """The move that starts an open loop again which may come only once, where that is not regular."""
    for leave, loop in enumerate(around(place.loop), start=1):
        if loop.once and loop.trigger.id == name:
            return Move(leave, loop.id, loop.trigger)
    return None


def _late(plan: Plan, turn: Turn, names: Sequence[str]) -> Iterator[Reading]:
    """It belongs where it should have stood, with what follows it there; then the walk goes on where it was."""
    stray = turn.stray
    if stray is None:
        return
    steps, place, beside, before = [Step(0, stray)], turn.place, stray.place, stray.place
    behind = True
    for offset, name in enumerate(names[1:], start=1):
        there = _inside(plan, beside, name, stray.place.loop) if behind else None
        onward = _clean(plan, place, name)
        if there is not None and (stray.enter or onward is None):
            steps.append(Step(offset, there))
            before, beside = beside, there.place
        elif onward is not None:
            steps.append(Step(offset, onward, returns=behind))
            before, place, behind = place, onward.place, False
        else:
            return
    last = steps.pop()
    back = [Step(AFTER, None, returns=True)] if last.returns else []
    yield Reading(_code(turn, "AK304:7"), [*steps, *back], before)


def _early(plan: Plan, turn: Turn, names: Sequence[str]) -> Iterator[Reading]:
    """It belongs behind the segment that follows it."""
    if len(names) < 3:
        return
    moves = _walk(plan, turn.place, [names[1], names[0], *names[2:]])
    if moves is not None:
        steps = [Step(offset, move) for offset, move in zip((1, 0, *range(2, len(names))), moves, strict=True)]
        yield Reading(_code(turn, "AK304:2"), steps[:-1], moves[-2].place)


def _headless(plan: Plan, turn: Turn, names: Sequence[str]) -> Iterator[Reading]:
    """The trigger of a loop it belongs to is missing before it."""
    found = replay(plan, turn.place, turn.owners, names)
    if found is not None:
        steps = [Step(AHEAD, found.entry), *(Step(offset, move) for offset, move in enumerate(found.moves))]
        before = found.moves[-2].place
        yield Reading(_code(turn, "AK304:2"), steps[:-1], before, found.entry)


def _nowhere(plan: Plan, turn: Turn, names: Sequence[str]) -> Iterator[Reading]:
    """It has no place: without it, all is well."""
    moves = _walk(plan, turn.place, names[1:])
    if moves is not None:
        steps = [Step(0, None), *(Step(offset, move) for offset, move in enumerate(moves, start=1))]
        before = moves[-2].place if len(moves) > 1 else turn.place
        yield Reading(_code(turn, "AK304:2"), steps[:-1], before)


def _misspelt(plan: Plan, turn: Turn, names: Sequence[str]) -> Iterator[Reading]:
    """Its id was meant to be another one, which is easily written so; an unknown one may be all that is mandatory."""
    for meant in sorted(plan.owners, key=lambda name: (-_alike(name, names[0]), name)):
        moves = _walk(plan, turn.place, [meant, *names[1:]])
        if moves is None or (moves[0].limit == 1 and not moves[0].enter):
            continue
        if _slip(meant, names[0]) or (turn.kind == "unknown" and _mandatory(moves[0])):
            steps = [Step(offset, move) for offset, move in enumerate(moves)]
            yield Reading("", steps[:-1], moves[-2].place)


def _mandatory(move: Move) -> bool:
    return move.place.loop.mandatory if move.enter else move.place.mandatory


def _alike(one: str, other: str) -> int:
    """How many characters two ids have in common, at the same place."""
    return sum(map(str.__eq__, one, other))


def _slip(one: str, other: str) -> bool:
    """Whether one id is easily written for the other: a character is wrong, missing or too many, or two of them changed
    places.
    """
    if len(one) == len(other):
        return _alike(one, other) == len(one) - 1 or sorted(one) == sorted(other)
    short, long = sorted((one, other), key=len)
    return any(long[:at] + long[at + 1 :] == short for at in range(len(long)))


def _code(turn: Turn, code: str) -> str:
    """Only what was told as the absence of others has to be told anew."""
    return code if turn.kind == "missing" else ""


def _walk(plan: Plan, place: Place, names: Sequence[str]) -> list[Move] | None:
    """The moves of segments one behind the other, None when one has no place or passes by what is mandatory."""
    moves: list[Move] = []
    for name in names:
        move = _clean(plan, place, name)
        if move is None:
            return None
        moves.append(move)
        place = move.place
    return moves


def _inside(plan: Plan, place: Place, name: str, loop: LoopPlace) -> Move | None:
    """The move to a segment that does not leave a loop."""
    move = _clean(plan, place, name)
    if move is None or not (loop.parent is None or loop in around(move.place.loop)):
        return None
    return move


def _clean(plan: Plan, place: Place, name: str) -> Move | None:
    move = plan.find(place, name)
    return None if move is None or move.missing else move
