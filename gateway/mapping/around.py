"""Reading a list whose entries take values from the loop around theirs: a line and the LX that it stands below."""

from dataclasses import replace

from gateway.mapping.fetch import Holds, Select, selector
from gateway.mapping.plan import PlannedObject
from gateway.mapping.reading import State
from gateway.mapping.scan import Body, Rule
from gateway.x12.interchange import Loop


def around_rule(planned: PlannedObject, fill: Rule, fill_around: Rule, holds: Holds | None) -> Rule:
    """A rule that gives every entry what stands in the loop around it, first; an entry is what its own loop has."""
    name = planned.form.name
    select_around, select = _ways(planned)
    keep_empty = any(field.required for field in planned.form.shape.fields.values())

    def rule(loop: Loop, out: Body, state: State) -> None:
        found: list[Body] = []
        for around in select_around(loop):
            for inner in select(around):
                if holds is not None and not holds(inner, state):
                    continue
                child: Body = {}
                own: Body = {}
                before = len(state.problems)
                fill_around(around, child, state)
                fill(inner, own, state)
                state.prefix(before, f"{name}[{len(found)}].")
                if own or keep_empty:
                    found.append(child | own)
        if found:
            out[name] = found

    return rule


def _ways(planned: PlannedObject) -> tuple[Select, Select]:
    """To the loops around, and from each of them to its entries."""
    entrance, around = planned.entrance, planned.around
    assert entrance is not None  # noqa: S101 - told to mypy: each: always enters
    assert around is not None and around.entrance is not None  # noqa: S101 - told to mypy: asked by the caller
    last = replace(entrance, hops=entrance.hops[-1:])
    return selector(around.entrance), selector(last, planned.named if planned.form.rest else ())
