"""What a mapping that writes has to hold, beyond one that only reads: values that fit, and elements X12 always wants.

It looks at plans, so every location is known to exist. Reading alone needs none of this.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from gateway.flaws import Place
from gateway.mapping.address import Hop, Scope, Target, top
from gateway.mapping.diagnosis import Diagnosis
from gateway.mapping.encode import encoder
from gateway.mapping.pattern import writing
from gateway.mapping.plan import Check, Plan, PlannedField, PlannedObject, members
from gateway.mapping.translate import Refused
from gateway.mapping.uses import joined
from gateway.x12.guide import ElementDefinition, SegmentDefinition

MADE: Final = frozenset({("CTT", 1), ("LX", 1), ("HL", 1), ("HL", 2), ("HL", 4), ("LS", 1), ("LE", 1)})
"""Elements that writing makes where no field gives them."""

SHORTEST: Final = {"sscc18": 18, "gtin": 8}
"""Digits of the shortest value that a `fit:` with a check digit lets through."""

MADE_SEGMENTS: Final = frozenset({"ST", "SE", "LE", "CTT"})

Path = tuple[Hop, ...]


def check_writing(
    plan: Plan, place: Place, diagnosis: Diagnosis, doubts: Diagnosis, lost: Callable[[str], bool] = lambda _: False
) -> None:
    """Note what this plan could not write, or would leave out of every set. `place` is the mapping's own.

    `doubts` gets what is right for some documents only. `lost` tells of a segment id whether a line that is not in
    the plan, for a mistake of its own, was to write it: what is missing there may not be missing once it is mended.
    """
    _Checker(plan, place, diagnosis, doubts, lost).check()


@dataclass(slots=True)
class _Segment:
    """One segment that fields write: which of its elements, and where the first of them was said."""

    definition: SegmentDefinition
    place: Place
    elements: set[int] = field(default_factory=set)


@dataclass(slots=True)
class _Inside:
    """One loop that fields write into: the ids that are written of its segments and loops."""

    scope: Scope
    place: Place
    ids: set[str] = field(default_factory=set)


class _Checker:
    def __init__(
        self, plan: Plan, place: Place, diagnosis: Diagnosis, doubts: Diagnosis, lost: Callable[[str], bool]
    ) -> None:
        self._plan = plan
        self._lost = lost
        self._doubts = doubts
        self._diagnosis = diagnosis
        self._segments: dict[Path, _Segment] = {}
        self._loops: dict[Path, _Inside] = {(): _Inside(top(plan.guide), place)}

    def check(self) -> None:
        self._object(self._plan.root, (), self._loops[()].scope)
        for segment in self._segments.values():
            self._missing_elements(segment)
            self._unfulfilled_notes(segment)
        for inside in self._loops.values():
            self._missing_children(inside)

    # --------------------------------------------------------------------------------------- walking

    def _object(self, planned: PlannedObject, path: Path, scope: Scope) -> None:
        for part in planned.parts:
            offsets = range(part.target.elements[0], len(self._definition(part.target.segment.id).elements) + 1)
            self._write(part.target, path, scope, part.part.place, set(offsets))
        for check in planned.when:
            self._beside(check, path, scope, planned.form.place)
        for child in members(planned):
            if isinstance(child, PlannedField):
                self._field(child, path, scope)
            elif child.entrance is None:
                self._object(child, path, scope)
            else:
                inner = joined(path, child.entrance.hops)
                if inner != path:  # pairs: of the segment that starts the loop at hand enter nothing
                    self._enter(path, child.entrance.hops, scope, child.form.place)
                self._object(child, inner, child.entrance.scope)

    def _field(self, planned: PlannedField, path: Path, scope: Scope) -> None:
        form, target = planned.form, planned.target
        if target is None or target.envelope or (form.read is not None and form.write is None):
            return
        place = form.at[0].place if form.at else form.place
        self._values(planned, target, place)
        elements = {each + step for each in target.elements for step in (0, 1)} if target.pair else {target.elements[0]}
        self._write(target, path, scope, place, elements)
        for check in (*planned.when, *planned.companions):
            own = check.target.segment.id == target.segment.id and not check.target.segment.tests
            if own and check.target.loops == target.loops:
                # Named without the conditions of the field, it is the field's own segment.
                check = replace(check, target=replace(check.target, segment=target.segment))
            self._beside(check, path, scope, place)

    def _beside(self, check: Check, path: Path, scope: Scope, place: Place) -> None:
        if check.target.envelope:
            return
        self._write(check.target, path, scope, place, set(check.target.elements))
        for value in check.values:
            self._can_hold(check.target.definition, value, check.target.text, check.place_of(value, place))

    def _write(self, target: Target, path: Path, scope: Scope, place: Place, elements: set[int]) -> None:
        self._enter(path, target.loops, scope, place)
        around = (*path, *target.loops)
        if around and target.segment.id == around[-1].id:
            key = around
        else:
            key = (*around, target.segment)
            if around in self._loops:
                self._loops[around].ids.add(target.segment.id)
        self._segment(key, place).elements |= elements

    def _enter(self, path: Path, hops: Path, scope: Scope, place: Place) -> None:
        """Note every loop on the way, and its first segment."""
        for hop in hops:
            if path in self._loops:
                self._loops[path].ids.add(hop.id)
            path = (*path, hop)
            self._segment(path, place)
            if hop.id in scope.loops:
                scope = scope.enter(hop.id)
                self._loops.setdefault(path, _Inside(scope, place)).ids.add(hop.id)

    def _segment(self, key: Path, place: Place) -> _Segment:
        found = self._segments.get(key)
        if found is None:
            definition = self._definition(key[-1].id)
            found = self._segments[key] = _Segment(definition, place)
            for test in key[-1].tests:
                found.elements.add(test.element)
                text = f"{definition.id}{test.element:02d}"
                for value in sorted(test.values):
                    self._can_hold(definition.elements[test.element - 1].element, value, text, place)
        return found

    def _definition(self, name: str) -> SegmentDefinition:
        found = self._plan.guide.segment(name)
        assert found is not None  # noqa: S101 - told to mypy: a location of it was found
        return found

    # --------------------------------------------------------------------------------------- judging

    def _values(self, planned: PlannedField, target: Target, place: Place) -> None:
        form = planned.form
        encode = writing(form.match, encoder(form.kind, target.definition, planned.codes, form.decimals, form.fit))
        for key, value in (("const", planned.const), ("default", planned.default)):
            try:
                _ = None if value is None else encode(value)
            except Refused as refused:
                self._flaw(place, "E143", f"'{form.path}': {key}: cannot be written to {target.text}: {refused}")
        if planned.codes is not None:
            for code in planned.codes.writes.values():
                self._can_hold(target.definition, code, target.text, planned.codes.places[code])
        shortest = SHORTEST.get(form.fit, 0)
        if target.definition is not None and target.definition.maximum < shortest:
            size = f"it has at most {target.definition.maximum} characters"
            self._flaw(place, "E143", f"'{form.path}': no {form.fit.upper()} fits into {target.text}: {size}")
        if form.slot and (not target.pair or form.slot not in target.elements):
            pairs = ", ".join(map(str, target.elements)) if target.pair else "none"
            self._flaw(place, "E151", f"'{form.path}': slot: {form.slot} is no place of a pair; there are {pairs}")

    def _can_hold(self, definition: ElementDefinition | None, value: str, text: str, place: Place) -> None:
        if definition is not None and not definition.minimum <= len(value) <= definition.maximum:
            size = f"{definition.minimum} to {definition.maximum}"
            self._flaw(place, "E143", f"{text} can never hold '{value}': it has {size} characters")

    def _missing_elements(self, segment: _Segment) -> None:
        name = segment.definition.id
        for use in () if self._lost(name) else segment.definition.elements:
            if use.requirement == "M" and use.position not in segment.elements and (name, use.position) not in MADE:
                where = f"{name}{use.position:02d}"
                self._flaw(segment.place, "E161", f"X12 wants {where} in every {name}, and nothing writes it here")

    def _unfulfilled_notes(self, segment: _Segment) -> None:
        """Elements that X12 never wants without others, where nobody writes those (X12.6, relational conditions)."""
        name, written = segment.definition.id, segment.elements
        for note in segment.definition.notes:
            missing = [position for position in note.positions if position not in written]
            first, others = note.positions[0] in written, [each for each in note.positions[1:] if each in written]
            wrong = {
                "P": len(missing) < len(note.positions) and bool(missing),
                "C": first and bool(missing),
                "L": first and not others,
                "R": bool(written) and len(missing) == len(note.positions),
                "E": False,
            }
            if wrong[note.kind]:
                lacking = " or ".join(f"{name}{position:02d}" for position in missing)
                code = note.kind + "".join(f"{position:02d}" for position in note.positions)
                sentence = f"X12 wants no {name} like this without {lacking} ({code}), and nothing writes it here"
                self._doubts.add(segment.place, "W162", sentence, version=self._plan.version)

    def _missing_children(self, inside: _Inside) -> None:
        children = inside.scope.loop.children if inside.scope.loop is not None else ()
        for child in children:
            known = inside.ids | MADE_SEGMENTS
            if child.requirement == "M" and child.id not in known and not self._lost(child.id):
                self._flaw(
                    inside.place, "E161", f"X12 wants {child.id} in every {inside.scope.where}, nothing writes it"
                )

    def _flaw(self, place: Place, code: str, sentence: str) -> None:
        self._diagnosis.add(place, code, sentence, version=self._plan.version)
