"""What planning has to say about writing: expressions of `write:`, and elements that are always wanted."""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.mapping.address import Scope, Target
from gateway.mapping.expression import Evaluate, build, names_in
from gateway.mapping.language import FieldForm
from gateway.mapping.shape import Shape
from gateway.x12.guide import SegmentSpec

VALUE = "value"
"""In a `write:`, the field's own canonical value."""


@dataclass(frozen=True, slots=True)
class PlannedWrite:
    """A `write:`, with the fields it uses; `numbers` are those of them that are decimals.

    `reads_itself` when the field's own value is among them: then it is not lost when something else is written.
    `reckons` when lists are: then it gives a fact about the document, which a stated value has to agree with.
    """

    evaluate: Evaluate
    names: tuple[str, ...]
    numbers: frozenset[str]
    reads_itself: bool
    reckons: bool = False


def planned_write(form: FieldForm, around: Sequence[Shape]) -> PlannedWrite | None:
    """The expression over the fields of the object and of those around it, innermost first. Raises NotAllowed."""
    if form.write is None:
        return None
    known: dict[str, Shape] = {}
    for shape in around:
        known |= shape.fields
    values = {name for name, shape in known.items() if not (shape.many or shape.is_object)} | {form.name, VALUE}
    lists = {name for name, shape in known.items() if shape.many} - {form.name}
    texts = {name for name in values & known.keys() if known[name].kind == "text"}
    if form.kind == form.shape.kind == "text":
        texts.add(VALUE)
    evaluate = build(form.write.text, values, lists, texts=texts)
    used = names_in(form.write.text)
    numbers = {name for name in used & values if name in known and known[name].kind == "decimal"}
    if form.kind == "decimal":
        numbers.add(VALUE)
    names = tuple(sorted(used & (values | lists) - {VALUE}))
    return PlannedWrite(evaluate, names, frozenset(numbers), bool(used & {VALUE, form.name}), bool(used & lists))


def is_mandatory(target: Target, scope: Scope) -> bool:
    """True for an element the standard wants, in a segment that is always in the loop at hand (X12.6, M)."""
    if target.loops or target.envelope or target.pair or target.segment.tests or target.segment.occurrence > 1:
        return False
    name = target.segment.id
    definition = scope.guide.segment(name)
    if definition is None or definition.elements[target.elements[0] - 1].requirement != "M":
        return False
    children = scope.loop.children if scope.loop is not None else ()
    return not children or any(
        isinstance(child, SegmentSpec) and child.id == name and child.requirement == "M" for child in children
    )
