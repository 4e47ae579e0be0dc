"""Plans to closures: one rule per field, a tuple of rules per object. Nothing is looked up by name while reading."""

from gateway.mapping.address import Hop, Target
from gateway.mapping.around import around_rule
from gateway.mapping.continued import continued
from gateway.mapping.fetch import Holds, Match, Matches, Select, condition, fetcher, matcher, selector
from gateway.mapping.fit import CHECKED, wrong_number
from gateway.mapping.flatten import levels_rule
from gateway.mapping.language import FieldForm, ObjectForm
from gateway.mapping.levels import LOOP
from gateway.mapping.pattern import reading
from gateway.mapping.plan import PlannedField, PlannedObject
from gateway.mapping.reading import Effect, State
from gateway.mapping.scan import Quick, Ready, Rule, Settle, dispatch, needed, quick_rules
from gateway.mapping.sequences import pairs_rule, rest_rule
from gateway.mapping.translate import Refused, Translate, translator, usual
from gateway.mapping.work_out import expression_rule
from gateway.x12.interchange import Loop

Body = dict[str, object]


def compile_object(planned: PlannedObject) -> Rule:
    """A rule that fills one object from the loop it stands in."""
    found, late = _found_rules(planned), _late_rule(planned)
    if late is None:
        return found

    def rule(loop: Loop, out: Body, state: State) -> None:
        found(loop, out, state)
        late(loop, out, state)

    return rule


def _found_rules(planned: PlannedObject) -> Rule:
    """What stands in the document."""
    quick: list[Quick] = []
    ready: list[Ready] = []
    leveled: list[tuple[ObjectForm, Rule]] = []
    for child in planned.fields:
        if isinstance(child, PlannedObject) and child.form.level:
            leveled.append((child.form, compile_object(child)))
        elif isinstance(child, PlannedObject):
            ready.append(Ready(_needs(child), _object_rule(child)))
        elif child.target is not None and child.expression is None:
            made = _field_rule(child, child.target)
            if isinstance(made, Quick):
                quick.append(made)
            else:
                ready.append(Ready(needed(child.target), made))
    if leveled:
        ready.append(Ready(frozenset({LOOP}), levels_rule(planned.form.levels, leveled)))
    return dispatch([*quick_rules(quick), *ready])


def _needs(planned: PlannedObject) -> frozenset[str] | None:
    """Ids of segments and loops without which the rule has nothing to do; None when it has to run always."""
    if planned.entrance is not None:
        return frozenset({planned.entrance.hops[0].id})
    ids: set[str] = set()
    for child in planned.fields:
        inner = _needs(child) if isinstance(child, PlannedObject) else child.target and needed(child.target)
        if inner is None and (isinstance(child, PlannedObject) or child.target is not None):
            return None
        ids |= inner or frozenset()
    return frozenset(ids)


def _late_rule(planned: PlannedObject) -> Rule | None:
    """What follows from the mapping: constants, defaults, then expressions in their order, then what is required."""
    fields = [child for child in planned.fields if isinstance(child, PlannedField)]
    constants = tuple((child.form.name, child.const) for child in fields if child.const is not None)
    defaults = tuple((child.form.name, child.default) for child in fields if child.default is not None)
    expressions = tuple(expression_rule(child) for child in fields if child.expression is not None)
    required = tuple(child.form for child in planned.fields if child.form.required)
    if not (constants or defaults or expressions or required):
        return None

    def rule(loop: Loop, out: Body, state: State) -> None:
        for name, value in constants:
            out[name] = value
        for name, value in defaults:
            if name not in out:
                out[name] = value
        for expression in expressions:
            expression(loop, out, state)
        for form in required:
            if form.name not in out:
                _report_missing(form.name, [str(at) for at in form.at], state)

    return rule


def _report_missing(name: str, at: list[str], state: State) -> None:
    """What is required is absent; not said when another problem of the field explains why."""
    if not any(problem.field == name for problem in state.problems):
        where = " or ".join(at)
        state.report(name, where, "required", "refuse", f"'{name}' is required: nothing was found at {where}")


# ---------------------------------------------------------------------------------------------------- objects


def _object_rule(planned: PlannedObject) -> Rule:
    """A rule for an object or a list of them, by how it is entered."""
    form = planned.form
    if form.entering == "pairs":
        return (rest_rule if form.rest else pairs_rule)(planned, compile_object(planned))
    if planned.entrance is None:
        return _group_rule(planned)
    fill = compile_object(planned)
    holds = condition(planned.when)
    if form.entering == "in":
        return _one_rule(planned, fill, holds)
    if planned.around is not None:
        return around_rule(planned, fill, compile_object(planned.around), holds)
    return _each_rule(planned, selector(planned.entrance, _others(planned)), fill, holds)


def _each_rule(planned: PlannedObject, select: Select, fill: Rule, holds: Holds | None) -> Rule:
    """`each:`: an entry for every loop or segment."""
    form = planned.form
    name = form.name
    split = continued(planned)
    # One of which nothing was read is kept where the model requires something of it: the model will say so.
    keep_empty = any(field.required for field in form.shape.fields.values())

    def rule(loop: Loop, out: Body, state: State) -> None:
        found: list[Body] = []
        problems = state.problems
        for inner in select(loop):
            if holds is None or holds(inner, state):
                child: Body = {}
                before = len(problems)
                fill(inner, child, state)
                if len(problems) > before:
                    state.prefix(before, f"{name}[{len(found)}].")
                if child or keep_empty:
                    found.append(child)
        if found:
            out[name] = found if split is None else split.joined(found)

    return rule


def _one_rule(planned: PlannedObject, fill: Rule, holds: Holds | None) -> Rule:
    """`in:`: one loop or segment. More than one is a problem, unless the form says `first`."""
    form = planned.form
    select = selector(planned.entrance) if planned.entrance else None
    location, name, first = planned.entrance.text if planned.entrance else "", form.name, form.first
    assert select is not None  # noqa: S101 - told to mypy: groups have a rule of their own

    def rule(loop: Loop, out: Body, state: State) -> None:
        entered = select(loop)
        if holds is not None:
            entered = [inner for inner in entered if holds(inner, state)]
        if not entered:
            return
        if len(entered) > 1 and not first:
            message = f"{len(entered)} matches for {location}: which one is '{name}'?"
            state.report(name, location, "ambiguous", "park", message, segment=entered[1].head)
            return
        child: Body = {}
        before = len(state.problems)
        fill(entered[0], child, state)
        if len(state.problems) > before:
            state.prefix(before, f"{name}.")
        if child:
            out[name] = child

    return rule


def _group_rule(planned: PlannedObject) -> Rule:
    """An object without `in:`: its fields are read from the loop around it."""
    name = planned.form.name
    found, late = _found_rules(planned), _late_rule(planned)
    holds = condition(planned.when)

    def rule(loop: Loop, out: Body, state: State) -> None:
        if holds is not None and not holds(loop, state):
            return
        child: Body = {}
        before = len(state.problems)
        found(loop, child, state)
        if child:
            # Constants and defaults alone do not make an object: nothing of it was in the document.
            if late is not None:
                late(loop, child, state)
            out[name] = child
        if len(state.problems) > before:
            state.prefix(before, f"{name}.")

    return rule


def _others(planned: PlannedObject) -> tuple[Hop, ...]:
    """What a `rest:` list leaves to the fields beside it."""
    return planned.named if planned.form.rest else ()


# ----------------------------------------------------------------------------------------------------- fields


def _field_rule(planned: PlannedField, target: Target) -> Rule | Quick:
    """A rule for one field; `Quick` when nothing but a single value has to be fetched and converted."""
    form = planned.form
    translate = reading(form.match, translator(form.kind, target.definition, planned.codes, form.decimals))
    matches = matcher(target)
    settle = _settler(form, target.text, matches, translate)
    special = form.shape.many or form.join is not None or form.first
    compared = planned.companions or planned.const is not None or form.fit in CHECKED
    if special or planned.when or compared or form.search:
        return _guarded(planned, matches, settle)
    convert = reading(form.match, usual(form.kind, target.definition, planned.codes, form.decimals))
    return Quick(form.name, target, fetcher(target), matches, settle, convert)


def _settler(form: FieldForm, location: str, matches: Matches, translate: Translate | None) -> Settle:
    """Everything that can be done with the matches of one field, with its problems."""
    name, many, join, first = form.name, form.shape.many, form.join, form.first

    def convert(match: Match, state: State) -> object:
        segment, text = match
        text = text.rstrip(" ")
        if not text or translate is None:
            return text or None
        try:
            return translate(text)
        except Refused as refused:
            message = f"{location}: {refused}"
            state.report(name, location, refused.code, refused.effect, message, value=text, segment=segment)
            return None

    def settle(found: list[Match], out: Body, state: State) -> None:
        values = [value for match in found if (value := convert(match, state)) is not None]
        if not values:
            return
        if many:
            out[name] = values
        elif join is not None:
            out[name] = join.join(str(value) for value in values)
        elif first or len(values) == 1:
            out[name] = values[0]
        else:
            _report_ambiguous(name, location, found, values, out, state)

    return settle


def _report_ambiguous(
    name: str, location: str, found: list[Match], values: list[object], out: Body, state: State
) -> None:
    said = ", ".join(f"'{text[:40]}'" for _, text in found[:5])
    message = f"{len(found)} matches for {location}: {said}"
    equal = all(value == values[0] for value in values)
    if equal:
        out[name] = values[0]
    effect: Effect = "warn" if equal else "park"
    state.report(name, location, "ambiguous", effect, message, value=found[1][1], segment=found[1][0])


def _check_digits(form: FieldForm, location: str, found: list[Match], state: State) -> None:
    for segment, value in found:
        if wrong := wrong_number(form.fit, value.rstrip(" ")):
            state.report(
                form.name, location, "check-digit", "warn", f"{location}: {wrong}", value=value, segment=segment
            )


def _guarded(planned: PlannedField, matches: Matches, settle: Settle) -> Rule:
    """A field with conditions, companions, a constant to compare, a search key or more than one match."""
    form = planned.form
    holds = condition(planned.when)
    companions = [(matcher(check.target), check) for check in planned.companions]
    name, const, location = form.name, planned.const, planned.target.text if planned.target else ""

    def rule(loop: Loop, out: Body, state: State) -> None:
        if holds is not None and not holds(loop, state):
            return
        found = matches(loop, state)
        if not found:
            return
        settle(found, out, state)
        if const is not None and name in out and out[name] != const:
            message = f"{location} holds '{found[0][1][:40]}', the mapping says always '{const}'"
            state.report(name, location, "not-constant", "warn", message, value=found[0][1], segment=found[0][0])
        if form.search and name in out:
            state.search.setdefault(form.search, found[0][1].rstrip(" "))
        if form.fit in CHECKED and name in out:
            _check_digits(form, location, found, state)
        for others, check in companions:
            for segment, value in others(loop, state):
                if value not in check.values:
                    message = f"{check.target.text} holds '{value[:40]}', the mapping says '{check.values[0]}'"
                    where = check.target.text
                    state.report(name, where, "other-companion", "warn", message, value=value, segment=segment)

    return rule
