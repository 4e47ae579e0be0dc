"""Every element that a plan reads or writes, with what can stand there: what a partner's guide is held against."""

import contextlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from gateway.flaws import Place
from gateway.mapping.address import Hop, Target
from gateway.mapping.codes import CodeList
from gateway.mapping.encode import encoder
from gateway.mapping.planned import Check, Plan, PlannedField, PlannedObject, members
from gateway.mapping.translate import Refused
from gateway.mapping.uses import joined
from gateway.x12.guide import ElementDefinition
from gateway.x12.overlay import Resolved, Test

Path = tuple[Hop, ...]
Rule = tuple[tuple[str, Test], ...]
"""Loops and segment that a rule of a partner guide is about, each with which of them."""

How = Literal["through", "condition", "when", "beside", "pair", "const", "default", "coded", "plain"]
FIXED: Final = frozenset({"condition", "when", "beside", "pair", "const"})
"""What says its value itself, whatever the document has."""

_WHOLE: Final = 99
"""More elements than a segment has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """One element of a segment (0: the segment or loop itself) that a mapping reads, writes, or both.

    `hops` lead from the top of the set to its segment. `values` are those it can hold, the one that is written first;
    () when the document decides. `field` is the canonical path, "" for what is no field.
    """

    hops: Path
    place: Place
    how: How
    element: int = 0
    component: int = 0
    field: str = ""
    values: tuple[str, ...] = ()
    codes: CodeList | None = None
    planned: PlannedField | None = None
    definition: ElementDefinition | None = None
    reads: bool = True
    writes: bool = True

    @property
    def text(self) -> str:
        """The element, like `N101` or `MEA04:1`."""
        return f"{self.hops[-1].id}{self.element:02d}" + (f":{self.component}" if self.component else "")


def touched(plan: Plan) -> tuple[Touch, ...]:
    """Every element of a plan, in the order of the map."""
    return tuple(_object(plan.root, ()))


def _object(planned: PlannedObject, path: Path) -> Iterator[Touch]:
    place = planned.form.at[0].place if planned.form.at else planned.form.place
    if planned.entrance is not None:
        yield from _hops(path, planned.entrance.hops, place)
        path = joined(path, planned.entrance.hops)
    for check in planned.when:
        yield from _check(check, path, place, "when")
    for number, part in enumerate(planned.parts):
        hops = joined(path, (*part.target.loops, part.target.segment))
        for element in range(part.target.elements[0], _WHOLE, len(planned.parts)):
            yield Touch(
                hops=hops,
                place=planned.parts[number].part.place,
                how="coded" if part.codes else "plain",
                element=element,
                field=f"{planned.form.path}.{part.part.name}",
                values=_written_codes(part.codes),
                codes=part.codes,
                definition=part.target.definition,
            )
    for child in members(planned):
        yield from _field(child, path) if isinstance(child, PlannedField) else _object(child, path)


def _field(planned: PlannedField, path: Path) -> Iterator[Touch]:
    form, target = planned.form, planned.target
    place = form.at[0].place if form.at else form.place
    writes = form.read is None or form.write is not None
    if target is None or target.envelope:
        return
    for check in planned.when:
        yield from _check(check, path, place, "when", form.path, target, writes=writes)
    for check in planned.companions:
        yield from _check(check, path, place, "beside", form.path, target, writes=writes)
    hops = (*target.loops, target.segment)
    yield from _hops(path, hops, place, writes=writes)
    yield from _value(planned, target, joined(path, hops), place, writes=writes)


def _value(planned: PlannedField, target: Target, hops: Path, place: Place, *, writes: bool) -> Iterator[Touch]:
    form = planned.form
    slots = (form.slot,) if form.slot else target.elements
    for element in target.elements:
        here = writes and element in slots
        if target.pair:
            yield Touch(hops=hops, place=place, how="pair", element=element, values=(target.pair,), writes=here)
        how, values = _held(planned)
        yield Touch(
            hops=hops,
            place=place,
            how=how,
            element=element + (1 if target.pair else 0),
            component=target.component,
            field=form.path,
            values=values,
            codes=planned.codes,
            planned=planned,
            definition=target.definition,
            writes=here,
        )
        default = _encoded(planned, planned.default)
        if how != "const" and default:
            yield Touch(
                hops=hops,
                place=place,
                how="default",
                element=element + (1 if target.pair else 0),
                component=target.component,
                field=form.path,
                values=(default,),
                reads=False,
                writes=here,
            )


def _held(planned: PlannedField) -> tuple[How, tuple[str, ...]]:
    const = _encoded(planned, planned.const)
    if const:
        return "const", (const,)
    if planned.codes is not None:
        return "coded", _written_codes(planned.codes)
    return "plain", ("Y", "N") if planned.form.kind == "boolean" and planned.form.write is None else ()


def _written_codes(codes: CodeList | None) -> tuple[str, ...]:
    """What a list can write; () where it writes words that it does not know as they stand."""
    return tuple(codes.writes.values()) if codes is not None and codes.unknown != "keep" else ()


def _encoded(planned: PlannedField, value: object) -> str:
    """A constant or default as it is written, "" for none; what cannot be written is a mistake told elsewhere."""
    form, target = planned.form, planned.target
    if value is None or target is None or form.write is not None:
        return ""
    with contextlib.suppress(Refused):
        return encoder(form.kind, target.definition, planned.codes, form.decimals, form.fit)(value)
    return ""


def _check(
    check: Check, path: Path, place: Place, how: How, field: str = "", own: Target | None = None, *, writes: bool = True
) -> Iterator[Touch]:
    target = check.target
    if target.envelope or target.pair:
        return
    segment = target.segment
    if own is not None and own.loops == target.loops and own.segment.id == segment.id and not segment.tests:
        # Named without the conditions of the field, it is the field's own segment.
        segment = own.segment
    yield Touch(
        hops=joined(path, (*target.loops, segment)),
        place=place,
        how=how,
        element=target.elements[0],
        component=target.component,
        field=field,
        values=check.values,
        definition=target.definition,
        writes=writes,
    )


def _hops(path: Path, hops: Path, place: Place, *, writes: bool = True) -> Iterator[Touch]:
    for depth, hop in enumerate(hops, start=1):
        whole = joined(path, hops[:depth])
        yield Touch(hops=whole, place=place, how="through", writes=writes)
        for test in hop.tests:
            values = (test.first, *sorted(test.values - {test.first})) if test.first else tuple(sorted(test.values))
            yield Touch(hops=whole, place=place, how="condition", element=test.element, values=values, writes=writes)


# ----------------------------------------------------------------------------------------------- rules and places


def path_of(rule: Resolved) -> Rule:
    """Loops and segment of a rule; a segment that starts a loop is named by its loop."""
    path = [(branch.id, branch.test) for branch in rule.loops]
    if not path or path[-1][0] != rule.id or rule.whole_loop:
        path.append((rule.id, rule.test))
    return tuple(path)


class Touches:
    """Touches by where they are, and what the elements can hold that a rule tells places apart by.

    `written` says which way: what is written, or what is read.
    """

    def __init__(self, touches: Sequence[Touch], *, written: bool) -> None:
        self._below: defaultdict[tuple[str, ...], list[Touch]] = defaultdict(list)
        for touch in touches:
            ids = tuple(hop.id for hop in touch.hops)
            for depth in range(1, len(ids) + 1):
                self._below[ids[:depth]].append(touch)
        self._known: dict[tuple[Path, int], set[str]] = {}
        said: defaultdict[tuple[Path, int], list[Touch]] = defaultdict(list)
        for touch in touches:
            if touch.element and not touch.component and (touch.writes if written else touch.reads):
                said[touch.hops, touch.element].append(touch)
        for key, all_of_it in said.items():
            # A field of the element goes before what a location says of it.
            fields = [one for one in all_of_it if one.how not in FIXED] or all_of_it
            if all(one.values for one in fields):
                first = {one.values[0] for one in fields if one.how in FIXED}
                listed = {value for one in fields if one.how not in FIXED or not written for value in one.values}
                self._known[key] = first | listed

    def of(self, hops: Path, element: int) -> frozenset[str] | None:
        """The values an element can hold, None for any."""
        found = self._known.get((hops, element))
        return None if found is None else frozenset(found)

    def below(self, rule: Rule) -> Iterator[Touch]:
        """What stands in a place that can be the one of a rule: in its segment or, of a loop, anywhere in it."""
        asked = any(test for _, test in rule)
        for touch in self._below.get(tuple(name for name, _ in rule), ()):
            if not asked or self._can_be(touch.hops, rule):
                yield touch

    def at(self, rule: Rule) -> Iterator[Touch]:
        """What stands in a segment that can be the one of a rule."""
        return (touch for touch in self.below(rule) if len(touch.hops) == len(rule))

    def always(self, touch: Touch, rule: Rule) -> bool:
        """Whether a segment `at` a rule's place always is the one that it is about."""
        return all(
            (known := self.of(touch.hops[:depth], element)) is not None and known <= values
            for depth, (_, test) in enumerate(rule, start=1)
            for element, values in test
        )

    def _can_be(self, hops: Path, rule: Rule) -> bool:
        return all(
            (known := self.of(hops[:depth], element)) is None or not known.isdisjoint(values)
            for depth, (_, test) in enumerate(rule, start=1)
            for element, values in test
        )
