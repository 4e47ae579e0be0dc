"""How an object gets to where it is written: a loop or segment for each entry, a shared one, or none of its own."""

from collections.abc import Callable, Mapping
from typing import Final, Protocol

from gateway.mapping.continued import continued
from gateway.mapping.draft import DraftLoop, meets, opening
from gateway.mapping.field_out import elsewhere
from gateway.mapping.once import shared, stands_once
from gateway.mapping.plan import PlannedObject
from gateway.mapping.put import Body, Numbers, Spot, Step
from gateway.mapping.written import Run, absent

_EMPTY: Final[Mapping[str, object]] = {}


class Filler(Protocol):
    """What writes the fields of an object; `reckons` when expressions may give what the document does not say."""

    reckons: bool

    def fill(self, body: object, loop: DraftLoop, run: Run) -> bool:
        """Write a body; True when anything of it was written."""

    def entry(self, body: object, run: Run) -> DraftLoop | None:
        """A body in a new loop or segment; None when nothing of it was written."""


def each_step(planned: PlannedObject, writer: Filler, numbers: Numbers) -> Step:
    """One loop or segment per entry."""
    entrance, name = planned.entrance, planned.form.name
    assert entrance is not None  # noqa: S101 - told to mypy: each: always enters
    *before, last = entrance.hops
    path = Spot(loops=tuple((hop, numbers.of(hop)) for hop in before), hop=last, number=0, is_head=False)
    is_loop = entrance.is_loop
    make = entry_maker(planned, writer, numbers)
    split = continued(planned)
    put = _apart if planned.form.apart and before else _into_one if stands_once(entrance) else _together
    nested = is_loop and not before

    def step(body: Body, loop: DraftLoop, run: Run) -> bool:
        entries = body.get(name)
        if not isinstance(entries, (list, tuple)):
            if absent(entries):
                return False
            run.report(name, entrance.text, "wrong-form", "refuse", f"'{name}' is a list")
            return False
        made: list[DraftLoop] = []
        problems = run.problems
        for index, entry in enumerate(entries) if split is None else split.pieces(entries):
            before = len(problems)
            if (inner := make(entry, run)) is not None:
                made.append(inner)
            if len(problems) > before:
                run.prefix(before, f"{name}[{index}].")
        if not made:
            return False
        if nested and last.id not in loop.loops:
            loop.loops[last.id] = made
        else:
            put(path, loop, made, is_loop=is_loop)
        return True

    return step


def entry_maker(planned: PlannedObject, writer: Filler, numbers: Numbers) -> Callable[[object, Run], DraftLoop | None]:
    """The function that writes one entry into a new loop or segment; None when nothing of it was written."""
    entrance = planned.entrance
    assert entrance is not None  # noqa: S101 - told to mypy: each: always enters
    last, text, written = entrance.hops[-1], entrance.text, writer.entry
    conditions = elsewhere(planned, None, last.id, numbers)
    named = [hop for hop in planned.named if hop.tests and not hop.occurrence] if planned.form.rest else []
    if not conditions and not named:
        return written

    def make(entry: object, run: Run) -> DraftLoop | None:
        inner = written(entry, run)
        if inner is None:
            return None
        for condition in conditions:
            condition.settle(inner, run)
        if any(meets(inner.head, hop) for hop in named):
            run.report("", text, "moved", "warn", f"{text}: another field will be read from it")
        return inner

    return make


def _apart(path: Spot, loop: DraftLoop, made: list[DraftLoop], *, is_loop: bool) -> None:
    for inner in made:
        put_each(path.enter_anew(loop), [inner], is_loop=is_loop)


def _together(path: Spot, loop: DraftLoop, made: list[DraftLoop], *, is_loop: bool) -> None:
    put_each(path.enter(loop), made, is_loop=is_loop)


def _into_one(path: Spot, loop: DraftLoop, made: list[DraftLoop], *, is_loop: bool) -> None:
    scope = path.enter(loop)
    first, *others = made
    left = others if shared(scope.segments.get(first.id), first.head) else made
    if left:
        put_each(scope, left, is_loop=is_loop)


def put_each(scope: DraftLoop, made: list[DraftLoop], *, is_loop: bool) -> None:
    """Put new loops or segments of one id behind those that are there."""
    name = made[0].id
    if is_loop:
        scope.loops.setdefault(name, []).extend(made)
    else:
        scope.segments.setdefault(name, []).extend([inner.head for inner in made])


def one_step(planned: PlannedObject, writer: Filler, numbers: Numbers) -> Step:
    """`in:`: the loop or segment that other fields with the same location share."""
    entrance, name = planned.entrance, planned.form.name
    assert entrance is not None  # noqa: S101 - told to mypy: in: always enters
    *before, last = entrance.hops
    path = Spot(loops=tuple((hop, numbers.of(hop)) for hop in before), hop=last, number=numbers.of(last), is_head=False)
    conditions = elsewhere(planned, None, last.id, numbers)

    def step(body: Body, loop: DraftLoop, run: Run) -> bool:
        value = body.get(name)
        if absent(value) and not writer.reckons:
            return False
        inside = _EMPTY if absent(value) else value
        scope = path.enter(loop) if before else loop
        inner, fresh = _entered(scope, path, is_loop=entrance.is_loop)
        since = len(run.problems)
        wrote = writer.fill(inside, inner, run)
        if wrote:
            for condition in conditions:
                condition.settle(inner, run)
            if fresh:
                _attach(scope, path, inner, is_loop=entrance.is_loop)
        if len(run.problems) > since:
            run.prefix(since, f"{name}.")
        return wrote

    return step


def _entered(scope: DraftLoop, path: Spot, *, is_loop: bool) -> tuple[DraftLoop, bool]:
    there = scope.named.get(path.number)
    if isinstance(there, DraftLoop):
        there.shared = True
        return there, False
    if there is not None and not is_loop:
        inner = DraftLoop(path.hop.id, there)
        inner.shared = True
        return inner, False
    return DraftLoop(path.hop.id, opening(path.hop)), True


def _attach(scope: DraftLoop, path: Spot, inner: DraftLoop, *, is_loop: bool) -> None:
    if is_loop:
        scope.named[path.number] = inner
        scope.add_loop(inner)
    else:
        scope.named[path.number] = inner.head
        scope.add(inner.head)


def group_step(planned: PlannedObject, writer: Filler, trigger: str, numbers: Numbers) -> Step:
    """An object without `in:`: its fields are written into the loop around it."""
    name = planned.form.name
    conditions = elsewhere(planned, None, trigger, numbers)

    def step(body: Body, loop: DraftLoop, run: Run) -> bool:
        value = body.get(name)
        since = len(run.problems)
        wrote = writer.fill(_EMPTY if absent(value) else value, loop, run)
        if wrote:
            for condition in conditions:
                condition.settle(loop, run)
        if len(run.problems) > since:
            run.prefix(since, f"{name}.")
        return wrote

    return step
