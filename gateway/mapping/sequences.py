"""Repeating groups inside one segment: SDQ's stores and quantities, PO1's qualifiers and numbers."""

from collections.abc import Callable

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
    name, start, width = form.name, form.start, len(planned.parts)
    parts = tuple(_part(part) for part in planned.parts)

    def rule(loop: Loop, out: Body, state: State) -> None:
        found: list[Body] = []
        for inner in select(loop):
            segment = inner.head
            for at in range(start, len(segment), width):
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
