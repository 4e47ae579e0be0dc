"""Canonical to X12: a compiled mapping writes a transaction set. Never raises for what is in the document."""

from collections.abc import Iterator, Mapping
from typing import TypeVar

from gateway.mapping.address import Hop, Target
from gateway.mapping.draft import DraftLoop, DraftSegment, held, meets, whole_set
from gateway.mapping.layout import Layout
from gateway.mapping.objects import ObjectWriter
from gateway.mapping.plan import Plan, PlannedObject, members
from gateway.mapping.put import Numbers
from gateway.mapping.reading import first_of, further
from gateway.mapping.written import Run, Written

__all__ = ["Writer", "Written"]
Each = TypeVar("Each")


class Writer:
    """A mapping for one X12 version, ready to write. Holds no state of a writing: safe to share between threads."""

    def __init__(self, plan: Plan) -> None:
        self._set_id = plan.guide.set_id
        self._root = ObjectWriter(plan.root, "", [], Numbers())
        self._layout = Layout(plan.guide, counts=not any(map(_is_count, _targets(plan.root))))
        self._search = plan.search
        self._thread = plan.thread

    def write(self, document: Mapping[str, object], carried: Mapping[str, object]) -> Written:
        """The segments of one document, with every problem met on the way."""
        run = Run(carried)
        root = whole_set(self._set_id)
        self._root.fill(document, root, run)
        searched, threaded = _keys(self._search, root), _keys(self._thread, root)
        search = first_of(searched)
        business_number = next((search.get(name, "") for name in self._search), "")
        for name, value in run.search.items():
            search.setdefault(name, value)
        return Written(
            segments=self._layout.segments(root),
            problems=tuple(run.problems),
            search=search,
            thread=first_of(threaded),
            business_number=business_number,
            also=further(searched, threaded),
        )


def _keys(targets: Mapping[str, Target], root: DraftLoop) -> dict[str, list[str]]:
    return {name: values for name, target in targets.items() if (values := _found(target, root))}


def _found(target: Target, root: DraftLoop) -> list[str]:
    """The values written at a target, without the blanks around them."""
    if target.envelope:
        return []
    scopes = [root]
    for hop in target.loops:
        loops = [loop for scope in scopes for loop in scope.loops.get(hop.id, ())]
        scopes = _counted(hop, [loop for loop in loops if meets(loop.head, hop)])
    hop = target.segment
    segments = [segment for scope in scopes for segment in scope.segments.get(hop.id, ())]
    chosen = _counted(hop, [segment for segment in segments if meets(segment, hop)])
    return [value for segment in chosen if (value := _value(segment, target).strip(" "))]


def _counted(hop: Hop, found: list[Each]) -> list[Each]:
    return found[hop.occurrence - 1 : hop.occurrence] if hop.occurrence else found


def _value(segment: DraftSegment, target: Target) -> str:
    if target.pair:
        at = next((at for at in target.elements if held(segment, at) == target.pair), 0)
        value = held(segment, at + 1) if at else ""
    else:
        value = held(segment, target.elements[0], target.component)
    return value if isinstance(value, str) else ""


def _targets(planned: PlannedObject) -> Iterator[Target]:
    for child in members(planned):
        if isinstance(child, PlannedObject):
            yield from _targets(child)
        elif child.target is not None:
            yield child.target


def _is_count(target: Target) -> bool:
    return target.segment.id == "CTT" and target.elements[0] == 1
