"""Forms held against one X12 version's guide: every location found, every type compared, every mistake noted.

What comes out is a plan: the same tree as the forms, with targets instead of locations. Nothing after it can fail.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from gateway.flaws import Place, did_you_mean
from gateway.mapping.address import (
    Entrance,
    NotInGuide,
    Scope,
    Target,
    find_around,
    find_entrance,
    find_target,
    top,
)
from gateway.mapping.check_only import check_only
from gateway.mapping.codes import CodeList
from gateway.mapping.convert import Unconvertible, canonical_value
from gateway.mapping.diagnosis import Diagnosis
from gateway.mapping.expression import Evaluate, NotAllowed, build
from gateway.mapping.fitness import misfit
from gateway.mapping.language import (
    Demand,
    Expression,
    FieldForm,
    Form,
    Located,
    Mapped,
    ObjectForm,
    Part,
    is_for,
    stepped_in,
)
from gateway.mapping.location import Location
from gateway.mapping.plan_write import PlannedWrite, is_mandatory, planned_write
from gateway.mapping.planned import Check, Plan, PlannedField, PlannedObject, PlannedPart, members, value_kind
from gateway.mapping.rests import Named, find_starts, with_rests, with_tested
from gateway.mapping.shape import Shape
from gateway.x12.guide import Guide

__all__ = ["Check", "Plan", "PlannedField", "PlannedObject", "PlannedPart", "members", "plan"]
Found = TypeVar("Found", Entrance, Target)


@dataclass(slots=True)
class _Loop:
    """What the fields of one loop have used: their targets, and what they named."""

    scope: Scope
    written: dict[object, FieldForm] = field(default_factory=dict)
    named: Named = field(default_factory=Named)


def plan(mapped: Mapped, guide: Guide, codes: Mapping[str, CodeList], diagnosis: Diagnosis) -> Plan:
    """The plan of a mapping under one guide. Mistakes go into `diagnosis`; with any, the plan is not to be used."""
    return _Planner(mapped.place.file, guide.release.id, codes, diagnosis).plan(mapped, guide)


class _Planner:
    def __init__(self, file: str, version: str, codes: Mapping[str, CodeList], diagnosis: Diagnosis) -> None:
        self._file = file
        self._version = version
        self._codes = codes
        self._diagnosis = diagnosis
        self._around: list[Shape] = []
        self._reads = True

    def plan(self, mapped: Mapped, guide: Guide) -> Plan:
        self._reads = mapped.direction != "write"
        check_only(mapped, self._diagnosis)
        loop = _Loop(top(guide))
        fields = self._fields(mapped.root, loop)
        root = PlannedObject(form=mapped.root, entrance=None, when=(), fields=fields)
        return Plan(
            version=self._version,
            guide=guide,
            root=with_rests(root, loop.named),
            search=self._words(mapped.search, loop.scope),
            thread=self._words(mapped.thread, loop.scope),
        )

    # ------------------------------------------------------------------------------------ objects

    def _fields(
        self, parent: ObjectForm, loop: _Loop, *, without: frozenset[str] = frozenset()
    ) -> tuple[PlannedField | PlannedObject, ...]:
        planned: list[PlannedField | PlannedObject] = []
        self._around.append(parent.shape)
        for form in parent.fields:
            if form.name in without or self._is_left_out(form):
                continue
            if isinstance(form, FieldForm):
                planned.append(self._field(form, parent.fields, loop))
            elif form.entering == "group":
                planned.append(self._group(form, loop))
            elif (entered := self._enter(form, loop)) is not None:
                planned.append(entered)
        self._around.pop()
        return tuple(planned)

    def _is_left_out(self, form: Form) -> bool:
        """Whether `only:` is for other versions; what the canonical model requires has to stand in all of them."""
        if is_for(form, self._version):
            return False
        if form.shape.required and self._reads:
            sentence = f"the canonical field '{form.path}' is required and is not mapped, for its only:"
            self._flaw(form.place, "E160", sentence)
        return True

    def _group(self, form: ObjectForm, loop: _Loop) -> PlannedObject:
        fields = self._fields(form, loop)
        return PlannedObject(form=form, entrance=None, when=self._checks(form.when, loop.scope), fields=fields)

    def _enter(self, form: ObjectForm, loop: _Loop) -> PlannedObject | None:
        entrance = self._entrance(form.at, loop.scope)
        if entrance is None:
            return None
        hop = entrance.hops[-1]
        if (hop.tests or hop.occurrence) and not form.rest and not form.when:
            loop.named.hops.append((entrance.hops[:-1], hop))
        if form.entering == "pairs" and entrance.is_loop:
            sentence = f"pairs: needs a segment, {hop.id} is a loop in {loop.scope.where}"
            self._flaw(form.at[0].place, "E121", sentence)
            return None
        inner = _Loop(entrance.scope)
        around = self._outside(form, entrance, loop.scope)
        left = frozenset(child.form.name for child in around.fields) if around is not None else frozenset[str]()
        planned = PlannedObject(
            form=form,
            entrance=entrance,
            when=self._checks(form.when, entrance.scope),
            fields=self._fields(form, inner, without=left),
            parts=self._parts(form, entrance.scope),
            around=around,
            starts=self._starts(form, entrance),
        )
        return with_tested(with_rests(planned, inner.named))

    def _outside(self, form: ObjectForm, entrance: Entrance, scope: Scope) -> PlannedObject | None:
        """The fields that stand in the loop which `each:` goes through, as an object in that loop."""
        fields = tuple(child for child in form.fields if child.outside and is_for(child, self._version))
        if not fields or form.entering != "each" or len(entrance.hops) < 2:
            return None
        used = next(at for at in form.at if str(at.location) == entrance.text)
        entered = find_around(used.location, scope)
        assert entered is not None  # noqa: S101 - told to mypy: there is a hop before the last
        loop = _Loop(entered.scope)
        own = replace(form, at=(used,), fields=tuple(map(stepped_in, fields)), parts=(), rest=False, when=())
        planned = PlannedObject(form=own, entrance=entered, when=(), fields=self._fields(own, loop))
        return with_rests(planned, loop.named)

    def _starts(self, form: ObjectForm, entrance: Entrance) -> tuple[int, ...]:
        """Where the groups of a `rest:` of pairs begin, () for any other object."""
        if form.entering != "pairs" or not form.rest:
            return ()
        try:
            return find_starts(form, entrance)
        except NotInGuide as error:
            self._flaw(form.place, error.code, str(error))
            return ()

    def _parts(self, form: ObjectForm, scope: Scope) -> tuple[PlannedPart, ...]:
        planned: list[PlannedPart] = []
        for position, part in enumerate(form.parts, start=form.start):
            location = Location((form.at[0].location.segment,), position)
            target = self._target((Located(location, part.place),), scope)
            if target is not None:
                free = part.kind != part.shape.kind or bool(part.code)
                self._fit(f"{form.path}.{part.name}", part.kind, free, target, part)
                planned.append(PlannedPart(part, target, self._list(part.code, part.code_place, part)))
        return tuple(planned)

    # ------------------------------------------------------------------------------------- fields

    def _field(self, form: FieldForm, siblings: tuple[Form, ...], loop: _Loop) -> PlannedField:
        target = self._target(form.at, loop.scope)
        if target is not None:
            self._record(form, target, loop)
            if not form.read:
                self._fit(form.path, form.kind, form.typed or bool(form.code), target, form)
        return PlannedField(
            form=form,
            target=target,
            codes=self._list(form.code, form.code_place, form),
            when=self._checks(form.when, loop.scope),
            companions=self._checks(form.companions, loop.scope),
            default=self._constant(form, form.default),
            const=self._constant(form, form.const),
            expression=self._expression(form, siblings, target),
            write=self._write(form),
            mandatory=target is not None and is_mandatory(target, loop.scope),
        )

    def _record(self, form: FieldForm, target: Target, loop: _Loop) -> None:
        for depth, hop in enumerate((*target.loops, target.segment)):
            if (hop.tests or hop.occurrence) and not form.when:
                loop.named.hops.append(((*target.loops, target.segment)[:depth], hop))
        if target.pair and not form.when:
            loop.named.pairs.append(((*target.loops, target.segment), target.pair))
        if form.read or form.when or target.envelope:
            return
        other = loop.written.setdefault(target.key, form)
        if other is not form:
            # Of the two the one in the file at hand is the one its author can mend.
            told, first = (form, other) if form.place.file == self._file else (other, form)
            sentence = f"{target.text} is mapped to '{first.path}' already: two fields cannot be one element"
            self._flaw(told.at[0].place, "E150", sentence)

    def _fit(self, path: str, kind: str, free: bool, target: Target, form: FieldForm | Part) -> None:
        if target.definition is None or free:
            return
        found = misfit(path, kind, target.text, target.definition)
        if found is not None:
            place = form.at[0].place if isinstance(form, FieldForm) else form.place
            self._flaw(place, *found)

    def _constant(self, form: FieldForm, text: str | None) -> object:
        if text is None:
            return None
        if form.shape.values and text not in form.shape.values:
            self._not_allowed(form.place, form.path, text, form.shape.values)
        try:
            return canonical_value(text, form.kind)
        except Unconvertible as error:
            self._flaw(form.place, "E102", f"'{form.path}': {error}")
            return None

    def _expression(self, form: FieldForm, siblings: tuple[Form, ...], target: Target | None) -> Evaluate | None:
        if form.read is None:
            return None
        names = ["value"] if form.at else []
        texts = {"value"} if target is not None and value_kind(form, target) == "text" else set()
        for sibling in siblings:
            before = isinstance(sibling, FieldForm) and (sibling.read is None or _is_before(sibling, form, siblings))
            if before and not sibling.shape.many and sibling is not form:
                names.append(sibling.name)
                texts |= {sibling.name} if sibling.shape.kind == "text" else set()
        try:
            return build(form.read.text, names, texts=texts)
        except NotAllowed as error:
            self._not_an_expression(form.read, error)
            return None

    def _write(self, form: FieldForm) -> PlannedWrite | None:
        if form.write is None:
            return None
        try:
            return planned_write(form, self._around)
        except NotAllowed as error:
            self._not_an_expression(form.write, error)
            return None

    def _not_an_expression(self, said: Expression, error: NotAllowed) -> None:
        place = said.place
        inside = error.column + (1 if place.source[place.column - 1 : place.column] in {"'", '"'} else 0)
        self._flaw(place.shifted(inside), "E170", str(error))

    # -------------------------------------------------------------------------------------- parts

    def _entrance(self, at: tuple[Located, ...], scope: Scope) -> Entrance | None:
        return self._first_found(at, scope, find_entrance)

    def _target(self, at: tuple[Located, ...], scope: Scope) -> Target | None:
        return self._first_found(at, scope, find_target)

    def _first_found(
        self, at: tuple[Located, ...], scope: Scope, find: Callable[[Location, Scope], Found]
    ) -> Found | None:
        faults: list[tuple[Place, NotInGuide]] = []
        for located in at:
            try:
                return find(located.location, scope)
            except NotInGuide as error:
                faults.append((located.place, error))
        for place, fault in faults:
            self._flaw(place, fault.code, str(fault))
        return None

    def _checks(self, demands: tuple[Demand, ...], scope: Scope) -> tuple[Check, ...]:
        checks: list[Check] = []
        for demand in demands:
            target = self._target((demand.at,), scope)
            if target is not None:
                checks.append(Check(target, demand.values, demand.places))
        return tuple(checks)

    def _words(self, words: Mapping[str, tuple[Located, ...]], scope: Scope) -> dict[str, Target]:
        found = {name: self._target(at, scope) for name, at in words.items()}
        return {name: target for name, target in found.items() if target is not None}

    def _list(self, name: str, place: Place | None, form: FieldForm | Part) -> CodeList | None:
        if not name:
            return None
        codes = self._codes.get(name)
        if codes is None:
            hint = did_you_mean(name, self._codes)
            self._flaw(place or form.place, "E141", f"there is no code list '{name}'{hint}")
            return None
        for code, word in codes.reads.items():
            if form.shape.values and word not in form.shape.values:
                self._not_allowed(codes.places[code], form.name, word, form.shape.values)
        return codes

    def _not_allowed(self, place: Place, path: str, word: str, allowed: frozenset[str]) -> None:
        known = ", ".join(sorted(allowed))
        self._flaw(place, "E142", f"'{path}' cannot be '{word}', only {known}{did_you_mean(word, allowed)}")

    def _flaw(self, place: Place, code: str, sentence: str) -> None:
        self._diagnosis.add(place, code, sentence, version=self._version)


def _is_before(sibling: Form, form: FieldForm, siblings: tuple[Form, ...]) -> bool:
    order = [other.name for other in siblings]
    return order.index(sibling.name) < order.index(form.name)
