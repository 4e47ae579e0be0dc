"""Repeating groups inside one segment: SDQ's stores and quantities, PO1's qualifiers and numbers.

Which elements are groups is the guide's to say: SDQ23 looks like an eleventh store and is a place within the ten.
"""

from collections.abc import Callable, Sequence

from gateway.mapping.address import Entrance
from gateway.mapping.fetch import selector
from gateway.mapping.plan import PlannedObject, PlannedPart
from gateway.mapping.reading import State
from gateway.mapping.translate import Refused, Translate, translator
from gateway.x12.interchange import Loop, Segment

Body = dict[str, object]
Rule = Callable[[Loop, Body, State], None]


def pairs_rule(planned: PlannedObject, fill: Rule) -> Rule:
    """A rule that lists the groups of every occurrence of the segment; `fill` adds what stands once in it."""
    form, entrance = planned.form, planned.entrance
    assert entrance is not None  # noqa: S101 - told to mypy: pairs always enter a segment
    select = selector(entrance)
    name, width = form.name, len(planned.parts)
    starts, last = group_starts(entrance, form.start, width)
    parts = tuple(_part(part) for part in planned.parts)

    def rule(loop: Loop, out: Body, state: State) -> None:
        found: list[Body] = []
        for inner in select(loop):
            segment = inner.head
            if any(segment[last + 1 :]):
                _too_many(name, segment, last, state)
            for at in starts:
                if any(segment[at : at + width]):
                    child: Body = {}
                    before = len(state.problems)
                    for offset, part in enumerate(parts):
                        if at + offset < len(segment):
                            part(segment, at + offset, child, state)
                    fill(inner, child, state)
                    state.prefix(before, f"{name}[{len(found)}].")
                    found.append(child)
        if found:
            out[name] = found

    return rule


def rest_rule(planned: PlannedObject, fill: Rule) -> Rule:
    """A rule that lists the pairs of qualifier and value whose qualifier no other field names."""
    form, entrance = planned.form, planned.entrance
    assert entrance is not None  # noqa: S101 - told to mypy: pairs always enter a segment
    hop, name, starts, taken = entrance.hops[-1], form.name, planned.starts, planned.taken
    heads = _heads(entrance)
    (first, second), more = tuple(_part(part) for part in planned.parts), bool(planned.fields)
    # Pairs stand side by side. Where the guide has something between them, the values are asked, too: no harm is done.
    step = 2 if all((at - starts[0]) % 2 == 0 for at in starts) else 1
    qualifiers, named = slice(starts[0], starts[-1] + 1, step), planned.taken.issuperset

    def rule(loop: Loop, out: Body, state: State) -> None:
        found: list[Body] = []
        for segment in heads(loop):
            if named(segment[qualifiers]):
                # The usual line says nothing else: this is asked of each.
                continue
            size = len(segment)
            for at in starts:
                if at >= size:
                    break
                value = segment[at + 1] if at + 1 < size else ""
                if segment[at] in taken or not (segment[at] or value):
                    continue
                child: Body = {}
                before = len(state.problems)
                first(segment, at, child, state)
                if value:
                    second(segment, at + 1, child, state)
                if more:
                    fill(Loop(hop.id, segment, {hop.id: [segment]}), child, state)
                state.prefix(before, f"{name}[{len(found)}].")
                found.append(child)
        if found:
            out[name] = found

    return rule


def _heads(entrance: Entrance) -> Callable[[Loop], Sequence[Segment]]:
    """The segments themselves: the usual one stands in the loop at hand, and costs nothing to find."""
    hop = entrance.hops[-1]
    if len(entrance.hops) == 1 and not hop.tests and not hop.occurrence:
        return lambda loop: loop.segments.get(hop.id, ())
    select = selector(entrance)
    return lambda loop: [inner.head for inner in select(loop)]


def group_starts(entrance: Entrance, start: int, width: int) -> tuple[tuple[int, ...], int]:
    """Where the groups of `width` elements begin, all of the same elements as the one at `start`; and the last element
    the segment has.
    """
    definition = entrance.scope.guide.segment(entrance.hops[-1].id)
    uses = definition.elements if definition is not None else ()
    group = [use.reference for use in uses[start - 1 : start - 1 + width]]
    starts = [start]
    while [use.reference for use in uses[starts[-1] - 1 + width : starts[-1] - 1 + 2 * width]] == group:
        starts.append(starts[-1] + width)
    return tuple(starts), len(uses)


def _too_many(name: str, segment: Segment, last: int, state: State) -> None:
    """Elements that the segment does not have, though groups may well stand there: a person has to look."""
    where = f"{segment[0]}{last + 1:02d}"
    message = f"{segment[0]} has {len(segment) - 1} elements, its groups end before {where}: what stands there?"
    value = next(filter(None, segment[last + 1 :]), "")
    state.report(name, where, "ambiguous", "park", message, value=value, segment=segment)


def _part(planned: PlannedPart) -> Callable[[Segment, int, Body, State], None]:
    part = planned.part
    name = part.name
    translate: Translate | None = translator(part.kind, planned.target.definition, planned.codes)

    def put(segment: Segment, at: int, child: Body, state: State) -> None:
        text = segment[at].rstrip(" ")
        if not text:
            return
        try:
            child[name] = text if translate is None else translate(text)
        except Refused as refused:
            where = f"{segment[0]}{at:02d}"
            message = f"{where}: {refused}"
            state.report(name, where, refused.code, refused.effect, message, value=text, segment=segment)

    return put
