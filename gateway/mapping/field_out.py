"""One field of a plan made ready for writing: how its value becomes text, and what is written beside it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from gateway.mapping.draft import DraftLoop, held, put
from gateway.mapping.encode import Encode, encoder, plain, shown, usual_words
from gateway.mapping.expression import CannotEvaluate, number_of
from gateway.mapping.fit import CHECKED, wrapped
from gateway.mapping.pattern import writing
from gateway.mapping.plan import Check, PlannedField, PlannedObject
from gateway.mapping.plan_write import VALUE
from gateway.mapping.put import Beside, Body, FieldOut, Numbers, Spot, Texts, spot
from gateway.mapping.translate import Refused, worked_out
from gateway.mapping.written import Run, absent


def field_out(planned: PlannedField, where: Spot) -> FieldOut:
    """The field, to be written at a spot."""
    form, target = planned.form, planned.target
    assert target is not None  # noqa: S101 - told to mypy: only fields with a place come here
    encode = writing(form.match, encoder(form.kind, target.definition, planned.codes, form.decimals, form.fit))
    fixed = _constant(planned.const, encode)
    usual = not (form.shape.many or form.join is not None or form.fit == "split" or form.search or fixed)
    return FieldOut(
        form=form,
        target=target,
        texts=_texts(planned, encode, fixed),
        encode=encode,
        quick=_quick(planned, encode),
        simple=usual and planned.write is None,
        always=bool(fixed) or planned.write is not None,
        fixed=fixed,
        default=_constant(planned.default, encode) if not fixed else "",
        mandatory=planned.mandatory,
        beside=tuple(_beside(planned, where)),
    )


def _quick(planned: PlannedField, encode: Encode) -> Encode:
    form, definition = planned.form, planned.target.definition if planned.target else None
    if planned.codes is None or definition is None or form.kind != "text" or form.match or form.fit in CHECKED:
        return encode
    return usual_words(planned.codes, definition, encode)


def _constant(value: object, encode: Encode) -> str:
    # What cannot be written is told when the mapping is checked.
    try:
        return "" if value is None else encode(value)
    except Refused:
        return ""


def _beside(planned: PlannedField, where: Spot) -> Iterator[Beside]:
    """Conditions of the head, which stands already; then `when:`, then `with:`, as far as they are in this segment."""
    if where.is_head:
        for test in where.hop.tests:
            others = tuple(sorted(test.values - {test.first}))
            yield Beside(test.element, 0, (test.first, *others), strict=True)
    for checks, strict in ((planned.when, True), (planned.companions, False)):
        for check in checks:
            if _is_own(check, planned):
                yield Beside(check.target.elements[0], check.target.component, check.values, strict)


def _is_own(check: Check, planned: PlannedField) -> bool:
    """True for an element of the field's own segment, also when it is named without the conditions of the field."""
    own, other = planned.target, check.target
    if own is None or other.pair or other.loops != own.loops:
        return False
    return other.segment == own.segment or (other.segment.id == own.segment.id and not other.segment.tests)


# ------------------------------------------------------------------------------------------------------ elsewhere


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A condition on another segment of the loop: written when the field or object it belongs to is.

    `field` is what a problem is told of: a field of the object at hand, "" for the object itself.
    """

    name: str
    field: str
    check: Check
    where: Spot
    strict: bool

    def settle(self, loop: DraftLoop, run: Run) -> None:
        """Write it, unless something stands there already."""
        target, values = self.check.target, self.check.values
        segment = self.where.segment(self.where.enter(loop))
        there = held(segment, target.elements[0], target.component)
        if there == "":
            put(segment, target.elements[0], target.component, values[0])
        elif self.strict and there not in values:
            message = f"{target.text}: '{str(there)[:40]}' stands there, '{self.name}' asks for '{values[0][:40]}'"
            run.report(self.field, target.text, "conflict", "refuse", message, value=values[0])


def elsewhere(
    planned: PlannedField | PlannedObject, own: Spot | None, trigger: str, numbers: Numbers
) -> list[Elsewhere]:
    """The conditions of a field outside its own segment, or all those of an object (`own` None)."""
    found: list[Elsewhere] = []
    companions, tested = (planned.companions, ()) if isinstance(planned, PlannedField) else ((), planned.tested)
    for checks, strict in (((*planned.when, *tested), True), (companions, False)):
        for check in checks:
            beside = isinstance(planned, PlannedField) and _is_own(check, planned)
            if not beside and not check.target.envelope and not check.target.pair:
                where = spot(check.target, trigger, numbers)
                found.append(Elsewhere(planned.form.name, _told_of(planned, check), check, where, strict))
    return found


def _told_of(planned: PlannedField | PlannedObject, check: Check) -> str:
    if isinstance(planned, PlannedField):
        return planned.form.name
    fields = [child for child in planned.fields if isinstance(child, PlannedField) and check in planned.tested]
    return next((child.form.name for child in fields if child.target == check.target), "")


# ---------------------------------------------------------------------------------------------------------- texts


def _texts(planned: PlannedField, encode: Encode, fixed: str) -> Texts:
    if fixed:
        return _fixed(planned, fixed)
    pieces = _splitter(planned, encode)
    valued = _valued(planned)
    name, many = planned.form.name, planned.form.shape.many
    location, key = planned.target.text if planned.target else "", planned.form.search

    def texts(body: Body, run: Run) -> list[str]:
        value = valued(body, run)
        if absent(value):
            return []
        if many and not isinstance(value, list | tuple):
            run.report(name, location, "wrong-form", "refuse", f"'{name}' is a list")
            return []
        found: list[str] = []
        for each in value if many and isinstance(value, list | tuple) else (value,):
            try:
                found += pieces(each, run)
            except Refused as refused:
                message = f"{location}: {refused}"
                said = each if isinstance(each, str) else ""
                run.report(name, location, refused.code, refused.effect, message, value=said)
        if key and found:
            run.search.setdefault(key, found[0])
        return found

    return texts


def _valued(planned: PlannedField) -> Callable[[Body, Run], object]:
    """What is to be written: what the document says, or what the expression of `write:` makes of it."""
    form, write = planned.form, planned.write
    name, kind = form.name, form.kind
    if write is None or form.write is None:
        return lambda body, run: body.get(name)
    said, evaluate, names, numbers = form.write.text, write.evaluate, write.names, write.numbers

    def valued(body: Body, run: Run) -> object:
        own = body.get(name)
        fields: dict[str, object] = {VALUE: number_of(own) if VALUE in numbers else own}
        for used in names:
            found = next((each[used] for each in reversed(run.around) if used in each), None)
            fields[used] = number_of(found) if used in numbers else found
        try:
            value = worked_out(evaluate(fields), kind)
        except (CannotEvaluate, Refused) as error:
            run.report(name, said, "expression", "refuse", f"{said}: {error}")
            return None
        if not absent(own) and (write.reckons or not write.reads_itself) and not same(own, value):
            run.lose(form.path, f"{said} gives something else")
        return value

    return valued


def _splitter(planned: PlannedField, encode: Encode) -> Callable[[object, Run], list[str]]:
    """One value to the texts of one segment each."""
    form = planned.form
    definition = planned.target.definition if planned.target else None
    width = definition.maximum if definition is not None else 0
    join, split = form.join, form.fit == "split"
    if join is None and not split:
        return lambda value, run: [encode(value)]
    flowing = join is not None and not join.strip(" ")

    def pieces(value: object, run: Run) -> list[str]:
        if not isinstance(value, str):
            raise Refused("wrong-form", "refuse", "text is expected")
        parts = value.split(join) if join and not flowing else [value]
        kept = [part for part in parts if part.strip(" ")]
        if len(kept) < len(parts):
            run.lose(form.path, "of an empty line nothing can be written")
        if (flowing or split) and width:
            kept = [piece for part in kept for piece in wrapped(part, width)]
        return [encode(part) for part in kept]

    return pieces


def _fixed(planned: PlannedField, text: str) -> Texts:
    """A constant. A document that says something else is refused: sent like this, it would say what nobody meant."""
    name, const, location = planned.form.name, planned.const, planned.target.text if planned.target else ""

    def texts(body: Body, run: Run) -> list[str]:
        value = body.get(name)
        if not absent(value) and not same(value, const):
            message = f"{location}: the mapping always writes '{text}', the document says '{shown(value)}'"
            run.report(name, location, "not-constant", "refuse", message, value=shown(value))
        return [text]

    return texts


def same(one: object, other: object) -> bool:
    """Whether two simple values say the same, whatever their form: Decimal or its text."""
    try:
        return one == other or plain(one) == plain(other)
    except (Refused, ArithmeticError):
        return False


def derives(planned: PlannedField, parent: PlannedObject) -> Callable[[Body], bool]:
    """Whether a `read:` without a place of its own gives what the document says: then it is not lost unwritten."""
    evaluate, name, kind = planned.expression, planned.form.name, planned.form.kind
    fields = [child.form for child in parent.fields if isinstance(child, PlannedField)]
    numbers = {form.name for form in fields if form.kind == "decimal"}

    def derived(body: Body) -> bool:
        said = {name: number_of(value) if name in numbers else value for name, value in body.items()}
        try:
            return evaluate is not None and same(worked_out(evaluate(said), kind), body.get(name))
        except (CannotEvaluate, Refused):
            return False

    return derived
