"""Fields that are worked out by an expression, after everything else of their object has been read."""

from collections.abc import Callable

from gateway.mapping.expression import CannotEvaluate
from gateway.mapping.fetch import Several, condition, fetcher
from gateway.mapping.pattern import reading
from gateway.mapping.plan import PlannedField
from gateway.mapping.planned import value_kind
from gateway.mapping.reading import State
from gateway.mapping.translate import Refused, translator, worked_out
from gateway.x12.interchange import Loop

Body = dict[str, object]
Rule = Callable[[Loop, Body, State], None]


def expression_rule(planned: PlannedField) -> Rule:
    """A rule for one `read:`; `value` in it is what stands at the field's own location, if it has one."""
    form, evaluate = planned.form, planned.expression
    assert evaluate is not None  # noqa: S101 - told to mypy: only such fields come here
    name, kind = form.name, form.shape.kind
    own, holds = _own_value(planned), condition(planned.when)
    said = form.read.text if form.read else ""

    def rule(loop: Loop, out: Body, state: State) -> None:
        if holds is not None and not holds(loop, state):
            return
        try:
            fields = out if own is None else {**out, "value": own(loop, state)}
            value = worked_out(evaluate(fields), kind)
        except (CannotEvaluate, Refused) as error:
            code, effect = (error.code, error.effect) if isinstance(error, Refused) else ("expression", "refuse")
            state.report(name, said, code, effect, f"{said}: {error}")
            return
        if value is not None and value != "":
            out[name] = value

    return rule


def _own_value(planned: PlannedField) -> Callable[[Loop, State], object] | None:
    target, form = planned.target, planned.form
    if target is None:
        return None
    translate = reading(form.match, translator(value_kind(form, target), target.definition, planned.codes))
    fetch = fetcher(target)

    def own(loop: Loop, state: State) -> object:
        value = fetch(loop, state)
        if isinstance(value, Several):
            if not form.first and any(text != value[0][1] for _, text in value):
                raise Refused("ambiguous", "park", f"{len(value)} matches for {target.text}")
            value = value[0][1]
        text = (value or "").rstrip(" ")
        return (text if translate is None else translate(text)) if text else None

    return own
