"""Conditions that contradict each other, and fields that would write one element twice, whatever the document says."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from gateway.flaws import Place
from gateway.mapping.address import Hop, Target
from gateway.mapping.diagnosis import Diagnosis
from gateway.mapping.language import Direction
from gateway.mapping.plan import Check, Plan, PlannedField, PlannedObject, members

Path = tuple[Hop, ...]
Element = tuple[Path, int, int]
"""A segment by its hops from the top of the set, with element and component."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """One element asked to hold one of some values."""

    element: Element
    values: frozenset[str]
    text: str
    field: str


def check_conflicts(plan: Plan, direction: Direction, diagnosis: Diagnosis) -> None:
    """Note what can never be, in one version. What is only read may be read twice."""
    _Conflicts(plan, direction, diagnosis).object(plan.root, (), ())


class _Conflicts:
    def __init__(self, plan: Plan, direction: Direction, diagnosis: Diagnosis) -> None:
        self._writes = direction != "read"
        self._version = plan.version
        self._diagnosis = diagnosis

    def object(self, planned: PlannedObject, path: Path, around: tuple[_Asked, ...]) -> None:
        """`around` is what the loops on the way ask for."""
        hops = planned.entrance.hops if planned.entrance is not None else ()
        inner = (*path, *hops)
        asked = [*around, *_tests(path, hops, planned.form.path)]
        for check in planned.when:
            self._against(_asked(check, inner, planned.form.path), asked, _place(check, planned.form.place))
        asked += [_asked(check, inner, planned.form.path) for check in planned.when]
        fields = [child for child in planned.fields if isinstance(child, PlannedField)]
        for field in fields:
            self._field(field, inner, tuple(asked))
        if self._writes:
            self._beside(fields, inner)
            self._twice(fields)
            self._slots(fields)
            self._among_pairs(fields)
        for child in members(planned):
            if isinstance(child, PlannedObject):
                self.object(child, inner, tuple(asked))

    # ------------------------------------------------------------------------------------ conditions

    def _field(self, field: PlannedField, path: Path, around: tuple[_Asked, ...]) -> None:
        form, target = field.form, field.target
        place = form.at[0].place if form.at else form.place
        asked = list(around)
        if target is not None and not target.envelope:
            own = _tests(path, (*target.loops, target.segment), form.path)
            for one in own:
                self._against(one, asked, place)
            asked += own
            if field.const is not None and field.codes is None and form.kind == "text" and not target.pair:
                const = frozenset({str(field.const)})
                self._against(_Asked(_element(target, path), const, target.text, form.path), asked, place)
        for check in field.when:
            one = _asked(check, path, form.path, target)
            self._against(one, asked, _place(check, place))
            asked.append(one)
        for check in field.companions:
            self._against(_asked(check, path, form.path, target), asked, _place(check, place))

    def _against(self, one: _Asked, asked: list[_Asked], place: Place) -> None:
        for other in asked:
            if other.element == one.element and one.values and one.values.isdisjoint(other.values):
                wants, has = "|".join(sorted(one.values)), "|".join(sorted(other.values))
                where = f"'{other.field}'" if other.field and other.field != one.field else "it"
                self._flaw(place, "E152", f"{one.text} cannot be {wants}: {where} asks for {has} there")

    # ---------------------------------------------------------------------------------------- twice

    def _beside(self, fields: list[PlannedField], path: Path) -> None:
        """`with:` of two fields that are written into one segment, without a value in common."""
        seen: dict[Element, _Asked] = {}
        for field in fields:
            own = [check for check in field.companions if _is_own(field.target, check.target)]
            for check in () if _one_way(field) else own:
                one = _asked(check, path, field.form.path, field.target)
                other = seen.setdefault(one.element, one)
                if one.values and one.values.isdisjoint(other.values):
                    place = field.form.at[0].place if field.form.at else field.form.place
                    had = f"'{other.field}' writes {'|'.join(sorted(other.values))} there"
                    self._flaw(
                        _place(check, place), "E150", f"{one.text} cannot be {'|'.join(sorted(one.values))}: {had}"
                    )

    def _twice(self, fields: list[PlannedField]) -> None:
        """Fields of one element whose conditions can hold at once."""
        written: dict[object, list[PlannedField]] = {}
        for field in fields:
            target = field.target
            if target is None or target.envelope or _one_way(field):
                continue
            for other in written.setdefault(target.key, []):
                if (field.when or other.when) and not _apart(field, other):
                    sentence = f"{target.text} is mapped to '{other.form.path}' already, and both can be asked for"
                    self._flaw(field.form.at[0].place, "E150", f"{sentence}: tell them apart with when:")
            written[target.key].append(field)

    def _slots(self, fields: list[PlannedField]) -> None:
        """Places of pairs that somebody else has."""
        taken: dict[tuple[object, int], PlannedField] = {}
        for field in fields:
            target = field.target
            if target is None or target.envelope or target.pair or _one_way(field):
                continue
            taken.setdefault(((target.loops, target.segment), target.elements[0]), field)
        for field in fields:
            target, slot = field.target, field.form.slot
            if target is None or not target.pair or not slot or _one_way(field):
                continue
            for element in (slot, slot + 1):
                other = taken.setdefault(((target.loops, target.segment), element), field)
                if other is not field:
                    sentence = f"slot: {slot} of {target.text} is taken by '{other.form.path}'"
                    self._flaw(field.form.at[0].place, "E150", sentence)
                    break

    def _among_pairs(self, fields: list[PlannedField]) -> None:
        """Fixed elements where pairs are written to the next free place, which may be theirs."""
        free = [one for one in fields if one.target and one.target.pair and not one.form.slot and not _one_way(one)]
        for field in fields:
            target = field.target
            if target is None or target.envelope or target.pair or _one_way(field):
                continue
            for pair in free:
                start = _start_of_pair(target, pair.target)
                if start and not _tells(field, start) and not _apart(field, pair):
                    self._flaw(field.form.at[0].place, "E150", _in_the_way(target, start, pair))
                    break

    def _flaw(self, place: Place, code: str, sentence: str) -> None:
        self._diagnosis.add(place, code, sentence, version=self._version)


def _start_of_pair(target: Target, pair: Target | None) -> int:
    """The qualifier of the pair whose place an element is in, 0 for an element outside of them."""
    if pair is None or (pair.loops, pair.segment) != (target.loops, target.segment):
        return 0
    return next((start for start in pair.elements if target.elements[0] in (start, start + 1)), 0)


def _tells(field: PlannedField, start: int) -> bool:
    """Whether a field is only there, both ways, beside a qualifier of its own."""
    target = field.target
    return any(_is_own(target, check.target) and check.target.elements == (start,) for check in field.when)


def _in_the_way(target: Target, start: int, pair: PlannedField) -> str:
    free = pair.target.text if pair.target else ""
    segment = target.segment.id
    return (
        f"{target.text} is a place that '{pair.form.path}' ({free}) can take: write a pair, like {segment}<IN>, "
        f"or say by when: what {segment}{start:02d} has to be"
    )


def _one_way(field: PlannedField) -> bool:
    return field.form.read is not None and field.form.write is None


def _place(check: Check, otherwise: Place) -> Place:
    """Where its values were written."""
    return check.places[0] if check.places else otherwise


def _is_own(own: Target | None, other: Target) -> bool:
    """Whether an element is meant in the field's own segment, also when it is named without its conditions."""
    if own is None or other.pair or other.envelope or other.loops != own.loops:
        return False
    return other.segment == own.segment or (other.segment.id == own.segment.id and not other.segment.tests)


def _apart(one: PlannedField, other: PlannedField) -> bool:
    """Whether two conditions exclude each other: some element has no value in common."""
    return any(
        mine.target.key == theirs.target.key and set(mine.values).isdisjoint(theirs.values)
        for mine in one.when
        for theirs in other.when
    )


def _tests(path: Path, hops: Path, field: str) -> list[_Asked]:
    return list(_each_test(path, hops, field))


def _each_test(path: Path, hops: Path, field: str) -> Iterator[_Asked]:
    for depth, hop in enumerate(hops, start=1):
        whole = _headed((*path, *hops[:depth]))
        for test in hop.tests:
            yield _Asked((whole, test.element, 0), test.values, f"{hop.id}{test.element:02d}", field)


def _asked(check: Check, path: Path, field: str, own: Target | None = None) -> _Asked:
    target = check.target
    if own is not None and _is_own(own, target):
        target = replace(target, segment=own.segment)
    return _Asked(_element(target, path), frozenset(check.values), check.target.text, field)


def _element(target: Target, path: Path) -> Element:
    return _headed((*path, *target.loops, target.segment)), target.elements[0], target.component


def _headed(path: Path) -> Path:
    """The hops to a segment; the one that starts a loop is named by its loop."""
    return path[:-1] if len(path) > 1 and path[-1].id == path[-2].id else path
