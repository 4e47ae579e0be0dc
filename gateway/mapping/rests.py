"""`rest:` and conditions, held against what other fields of a loop name: what is whose, in one X12 version."""

from dataclasses import dataclass, field, replace

from gateway.mapping.address import Entrance, Hop, NotInGuide, Test, pair_positions
from gateway.mapping.language import ObjectForm
from gateway.mapping.planned import Check, PlannedField, PlannedObject

Hops = tuple[Hop, ...]


@dataclass(slots=True)
class Named:
    """What the fields of one loop name: hops by conditions, each with those before it, and pairs by their qualifiers.

    A field with `when:` names nothing: where its condition fails, a `rest:` list has to have the value.
    """

    hops: list[tuple[Hops, Hop]] = field(default_factory=list)
    pairs: list[tuple[Hops, str]] = field(default_factory=list)


def with_rests(planned: PlannedObject, named: Named) -> PlannedObject:
    """The same plan, its `rest:` lists told what the other fields of this loop name. Groups share their loop."""
    fields: list[PlannedField | PlannedObject] = []
    for child in planned.fields:
        if isinstance(child, PlannedObject) and child.form.entering == "group":
            child = with_rests(child, named)
        elif isinstance(child, PlannedObject) and child.form.rest and child.entrance is not None:
            child = _rest(child, child.entrance.hops, named)
        fields.append(child)
    return replace(planned, fields=tuple(fields))


def _rest(planned: PlannedObject, hops: Hops, named: Named) -> PlannedObject:
    if planned.form.entering == "pairs":
        return replace(planned, taken=frozenset(pair for path, pair in named.pairs if path == hops))
    others = tuple(hop for path, hop in named.hops if path == hops[:-1] and hop.id == hops[-1].id)
    return replace(planned, named=others)


def find_starts(form: ObjectForm, entrance: Entrance) -> tuple[int, ...]:
    """The elements that hold qualifiers of a segment, from the first that is read. Raises NotInGuide."""
    definition = entrance.scope.guide.segment(entrance.hops[-1].id)
    positions = pair_positions(definition) if definition is not None else ()
    if form.start not in positions or len(form.parts) != 2:
        said = ", ".join(map(str, positions))
        raise NotInGuide("E122", f"'{form.path}': rest: is for pairs of qualifier and value, from: one of {said}")
    return tuple(at for at in positions if at >= form.start)


def with_tested(planned: PlannedObject) -> PlannedObject:
    """Where a field writes the element that a condition of its own segment asks for, the document says which value.

    Only of several values there is one to choose: `each: N9(L1|ZZ)` with `kind: N901`. Absent, it is the first.
    """
    entrance = planned.entrance
    if entrance is None or planned.form.entering not in ("each", "in"):
        return planned
    hop = entrance.hops[-1]
    own = {
        child.target.elements[0]: child.target
        for child in planned.fields
        if isinstance(child, PlannedField) and child.target is not None and _is_own(child, hop)
    }
    chosen = [test for test in hop.tests if len(test.values) > 1 and test.element in own]
    if not chosen:
        return planned
    tests = tuple(Test(test.element, test.values, "" if test in chosen else test.first) for test in hop.tests)
    checks = (Check(own[test.element], (test.first, *sorted(test.values - {test.first}))) for test in chosen)
    hops = (*entrance.hops[:-1], replace(hop, tests=tests))
    return replace(planned, entrance=replace(entrance, hops=hops), tested=tuple(checks))


def _is_own(child: PlannedField, hop: Hop) -> bool:
    """Whether a field is written into the segment of a hop, at an element of its own."""
    form, target = child.form, child.target
    if target is None or target.loops or target.pair or target.component or (form.read and not form.write):
        return False
    return target.segment.id == hop.id and not target.segment.tests and target.segment.occurrence < 2
