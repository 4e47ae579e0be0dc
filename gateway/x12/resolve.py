"""From the place that a rule names to the loop, segment and element of a guide that it means."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from gateway.flaws import did_you_mean
from gateway.x12.guide import Guide, LoopSpec, Note, SegmentDefinition, SegmentSpec
from gateway.x12.overlay import Branch, Objection, Resolved, Rule, Test, When
from gateway.x12.where import NoPlace, Step, parse

Child = SegmentSpec | LoopSpec
Extra = Mapping[str, frozenset[str]]
"""Codes that an agreement adds to the lists of the standard, by data element."""


class _Objected(Exception):
    """Carries an objection out of the steps of a place."""

    def __init__(self, objection: Objection) -> None:
        super().__init__(objection.sentence)
        self.objection = objection


def resolve(guide: Guide, rule: Rule, extra: Extra) -> Resolved | Objection:
    """The rule in its place, or why it has none."""
    try:
        found = _found(guide, rule, extra)
        notes = tuple(_note(text, found.definition) for text in rule.notes)
        return replace(found, notes=notes, when=_when(guide, rule, found, extra) if rule.when else None)
    except _Objected as objected:
        return objected.objection
    except NoPlace as wrong:
        return Objection("place", "", str(wrong))


@dataclass(slots=True)
class _Standing:
    """How far a place was followed."""

    guide: Guide
    extra: Extra
    loop: LoopSpec
    loops: tuple[Branch, ...] = ()

    def enter(self, step: Step) -> None:
        child = self._child(step, LoopSpec)
        self.loops = (*self.loops, Branch(step.id, self.test(step)))
        assert isinstance(child, LoopSpec)  # noqa: S101  # what `_child` was asked for
        self.loop = child

    def child(self, step: Step) -> Child:
        """The loop or segment of a step: here, a loop before a segment of the same id."""
        return self._child(step, LoopSpec, SegmentSpec)

    def _child(self, step: Step, *kinds: type[Child]) -> Child:
        for kind in kinds:
            for child in self.loop.children:
                if child.id == step.id and isinstance(child, kind):
                    return child
        known = [child.id for child in self.loop.children if isinstance(child, kinds)]
        where = f"loop {self.loop.id}" if self.loop.id else f"the {self.guide.set_id}"
        what = "loop" if kinds == (LoopSpec,) else "loop or segment"
        raise _objected(f"{where} has no {what} {step.id}{did_you_mean(step.id, known)}")

    def test(self, step: Step) -> Test:
        return _test(step, self.definition(step.id), self.extra)

    def definition(self, segment_id: str) -> SegmentDefinition:
        definition = self.guide.segment(segment_id)
        if definition is None:
            raise _objected(f"{self.guide.release.id} has no segment {segment_id} at hand")
        return definition


def _objected(sentence: str, key: str = "") -> _Objected:
    return _Objected(Objection("place", key, sentence))


def _found(guide: Guide, rule: Rule, extra: Extra) -> Resolved:
    where = parse(rule.where)
    here = _Standing(guide, extra, guide.root)
    for step in where.loops:
        here.enter(step)
    child = here.child(where.last)
    if where.element and isinstance(child, LoopSpec):
        here.enter(where.last)
        child = here.child(Step(child.children[0].id))
        step = Step(child.id)
    else:
        step = where.last
    definition = here.definition(child.id)
    _check_element(definition, where.element, where.component)
    return Resolved(
        rule=rule,
        loops=here.loops,
        around=here.loop,
        id=child.id,
        test=here.test(step),
        whole_loop=isinstance(child, LoopSpec),
        ordinal=next(n for n, one in enumerate(here.loop.children) if one is child),
        definition=definition,
        element=where.element,
        component=where.component,
    )


def _check_element(definition: SegmentDefinition, element: int, component: int) -> None:
    if element > len(definition.elements):
        raise _objected(f"{definition.id} has {len(definition.elements)} elements, there is no {element:02}")
    if component:
        composite = definition.elements[element - 1].composite
        if composite is None:
            raise _objected(f"{definition.id}{element:02} is one value: it has no components")
        if component > len(composite.elements):
            raise _objected(f"{definition.id}{element:02} has {len(composite.elements)} components")


def _test(step: Step, definition: SegmentDefinition, extra: Extra) -> Test:
    """The conditions of a step over positions; bare ones take the qualifiers that the guide declares, in order."""
    declared = list(definition.qualifiers)
    test: list[tuple[int, frozenset[str]]] = []
    for condition in step.conditions:
        if not condition.element and not declared:
            raise _objected(f"{step.id} has no qualifier: say which element is meant, like {step.id}(01=...)")
        position = condition.element or declared.pop(0)
        _check_values(definition, position, condition.values, extra)
        test.append((position, frozenset(condition.values)))
    return tuple(test)


def _check_values(
    definition: SegmentDefinition, position: int, values: tuple[str, ...], extra: Extra, key: str = ""
) -> None:
    if position > len(definition.elements):
        raise _objected(f"{definition.id} has {len(definition.elements)} elements, there is no {position:02}", key)
    element = definition.elements[position - 1].element
    if element is None or element.codes is None:
        return
    for value in values:
        if value not in element.codes and value not in extra.get(element.reference, ()):
            hint = did_you_mean(value, element.codes)
            raise _objected(f"'{value}' is no code of {definition.id}{position:02} ({element.name}){hint}", key)


def _note(text: str, definition: SegmentDefinition) -> Note:
    """A note as the standard writes it: a letter and positions of two digits."""
    kind, digits = text[:1], text[1:]
    positions = tuple(int(digits[i : i + 2]) for i in range(0, len(digits), 2)) if digits.isdigit() else ()
    if kind not in ("P", "R", "E", "C", "L") or len(digits) % 2 or len(positions) < 2 or 0 in positions:
        raise _objected(
            f"'{text[:30]}' is no syntax note: a letter of P, R, E, C, L and positions, like R0203", "notes"
        )
    beyond = max(positions)
    if beyond > len(definition.elements):
        raise _objected(f"{definition.id} has {len(definition.elements)} elements, there is no {beyond:02}", "notes")
    return Note(kind=kind, positions=positions)  # type: ignore[arg-type]  # one of the five, just looked at


def _when(guide: Guide, rule: Rule, found: Resolved, extra: Extra) -> When:
    """`BEG02=DS|SP`: a segment of the same loop, else of the set itself."""
    left, _, right = rule.when.partition("=")
    values = tuple(value.strip() for value in right.split("|"))
    try:
        where = parse(left.strip())
    except NoPlace:
        where = None
    if where is None or where.loops or where.last.conditions or not where.element or where.component or not all(values):
        raise _objected(f"'{rule.when[:60]}' is no condition, like BEG02=DS or BEG02=DS|SP", "when")
    inside = any(child.id == where.last.id and isinstance(child, SegmentSpec) for child in found.around.children)
    outside = any(child.id == where.last.id and isinstance(child, SegmentSpec) for child in guide.root.children)
    definition = guide.segment(where.last.id)
    if definition is None or not (inside or outside):
        place = f"loop {found.around.id}" if found.around.id else f"the {guide.set_id}"
        raise _objected(f"{where.last.id} is no segment of {place} itself, nor of the set outside its loops", "when")
    _check_values(definition, where.element, values, extra, "when")
    return When(where.last.id, where.element, frozenset(values), not inside)
