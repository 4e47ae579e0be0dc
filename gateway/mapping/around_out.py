"""Writing a list whose entries say something of the loop around theirs: those that say the same share one."""

from collections.abc import Mapping

from gateway.mapping.draft import DraftLoop
from gateway.mapping.enter import Filler, entry_maker, put_each
from gateway.mapping.plan import PlannedObject
from gateway.mapping.put import Body, Numbers, Spot, Step
from gateway.mapping.written import Run, absent


def around_step(planned: PlannedObject, writer: Filler, around: Filler, numbers: Numbers) -> Step:
    """One loop for entries in a row that say the same of it. Those that say nothing stand apart, or share one, too.

    Nothing of another entry's is written: an entry without a word on its loop never shares one with those that have.
    """
    entrance, outer = planned.entrance, planned.around
    assert entrance is not None and outer is not None  # noqa: S101 - told to mypy: asked by the caller
    *before, last = entrance.hops
    path = Spot(loops=tuple((hop, numbers.of(hop)) for hop in before), hop=last, number=0, is_head=False)
    names = tuple(field.form.name for field in outer.fields)
    name, is_loop, apart = planned.form.name, entrance.is_loop, planned.form.apart
    make = entry_maker(planned, writer, numbers)

    def step(body: Body, loop: DraftLoop, run: Run) -> bool:
        entries = body.get(name)
        if absent(entries):
            return False
        if not isinstance(entries, list | tuple):
            run.report(name, entrance.text, "wrong-form", "refuse", f"'{name}' is a list")
            return False
        scope, shared, wrote = loop, None, False
        for index, entry in enumerate(entries):
            since = len(run.problems)
            inner = make(entry, run)
            if inner is not None:
                said = _said(entry, names)
                if said != shared or (apart and not said):
                    scope, shared = path.enter_anew(loop), said
                    run.around.append(entry)
                    around.fill(said, scope, run)
                    run.around.pop()
                put_each(scope, [inner], is_loop=is_loop)
                wrote = True
            if len(run.problems) > since:
                run.prefix(since, f"{name}[{index}].")
        return wrote

    return step


def names_around(planned: PlannedObject) -> set[str]:
    """The fields of a list that stand in the loop around its entries."""
    return {field.form.name for field in planned.around.fields} if planned.around is not None else set()


def _said(entry: object, names: tuple[str, ...]) -> dict[str, object]:
    said = entry if isinstance(entry, Mapping) else {}
    return {name: said[name] for name in names if not absent(said.get(name))}
