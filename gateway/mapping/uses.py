"""Every code that a plan names at an element: as a condition, as what is written beside a field, in a code list."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from gateway.flaws import Place
from gateway.mapping.address import Hop, Target
from gateway.mapping.encode import encoder
from gateway.mapping.plan import Check, Plan, PlannedField, PlannedObject, members
from gateway.mapping.translate import Refused
from gateway.x12.guide import ElementDefinition, SegmentDefinition

How = Literal["condition", "pair", "beside", "written", "listed"]


@dataclass(frozen=True, slots=True)
class Use:
    """A value that stands, or has to stand, in an element. `hops` lead from the top of the set to its segment.

    `how`: a condition of a location or of `when:`, the qualifier of a pair, a value of `with:`, a constant or default,
    or an entry of a code list.
    """

    hops: tuple[Hop, ...]
    element: int
    component: int
    definition: ElementDefinition | None
    value: str
    place: Place
    how: How

    @property
    def text(self) -> str:
        """The element, like `N101` or `MEA04:1`."""
        return f"{self.hops[-1].id}{self.element:02d}" + (f":{self.component}" if self.component else "")


def uses(plan: Plan) -> Iterator[Use]:
    """Every use in a plan, in the order of the map; one that several fields share comes once for each."""
    yield from _Walk(plan).object(plan.root, ())


class _Walk:
    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    def object(self, planned: PlannedObject, path: tuple[Hop, ...]) -> Iterator[Use]:
        place = planned.form.at[0].place if planned.form.at else planned.form.place
        if planned.entrance is not None:
            yield from self._hops(path, planned.entrance.hops, place)
            path = (*path, *planned.entrance.hops)
        for check in planned.when:
            yield from self._check(check, path, place, "condition")
        for child in members(planned):
            if isinstance(child, PlannedField):
                yield from self._field(child, path)
            else:
                yield from self.object(child, path)

    def _field(self, planned: PlannedField, path: tuple[Hop, ...]) -> Iterator[Use]:
        form, target = planned.form, planned.target
        place = form.at[0].place if form.at else form.place
        for check in planned.when:
            yield from self._check(check, path, place, "condition")
        for check in planned.companions:
            yield from self._check(check, path, place, "beside")
        if target is None or target.envelope:
            return
        hops = (*target.loops, target.segment)
        yield from self._hops(path, hops, place)
        whole = joined(path, hops)
        if target.pair:
            yield from self._pair(target, whole, place)
        if planned.codes is not None:
            for code in planned.codes.reads:
                yield self._use(whole, target, code, planned.codes.places[code], "listed")
        elif form.read is None or form.write is not None:
            for text in _fixed(planned, target):
                yield self._use(whole, target, text, place, "written")

    def _check(self, check: Check, path: tuple[Hop, ...], place: Place, how: How) -> Iterator[Use]:
        target = check.target
        if target.envelope or target.pair:
            return
        whole = joined(path, (*target.loops, target.segment))
        for value in check.values:
            yield self._use(whole, target, value, check.place_of(value, place), how)

    def _hops(self, path: tuple[Hop, ...], hops: tuple[Hop, ...], place: Place) -> Iterator[Use]:
        for depth, hop in enumerate(hops, start=1):
            definition = self._definition(hop)
            for test in hop.tests:
                element = definition.elements[test.element - 1].element
                for value in sorted(test.values):
                    whole = joined(path, hops[:depth])
                    yield Use(whole, test.element, 0, element, value, place, "condition")

    def _pair(self, target: Target, hops: tuple[Hop, ...], place: Place) -> Iterator[Use]:
        qualifier = target.elements[0]
        element = self._definition(target.segment).elements[qualifier - 1].element
        yield Use(hops, qualifier, 0, element, target.pair, place, "pair")

    def _use(self, hops: tuple[Hop, ...], target: Target, value: str, place: Place, how: How) -> Use:
        return Use(hops, target.elements[0], target.component, target.definition, value, place, how)

    def _definition(self, hop: Hop) -> SegmentDefinition:
        found = self._plan.guide.segment(hop.id)
        assert found is not None  # noqa: S101 - told to mypy: a location of it was found
        return found


def _fixed(planned: PlannedField, target: Target) -> Iterator[str]:
    """Constant and default as they are written; what cannot be is told by the check of lengths."""
    form = planned.form
    encode = encoder(form.kind, target.definition, None, form.decimals, form.fit)
    for value in (planned.const, planned.default):
        with contextlib.suppress(Refused):
            if value is not None:
                yield encode(value)


def joined(path: tuple[Hop, ...], hops: tuple[Hop, ...]) -> tuple[Hop, ...]:
    """The hops to a segment; the segment that starts a loop is named by its loop already."""
    if path and len(hops) == 1 and hops[0].id == path[-1].id:
        return path
    if len(hops) > 1 and hops[-1].id == hops[-2].id:
        hops = hops[:-1]
    return (*path, *hops)
