"""Documents that a mapping can carry whole: made from its plan and the canonical model, for writing and reading again.

What no X12 could carry is not made: a third address line without a first, more pairs than a segment holds, an entry
of a `rest:` list that another field would be read from.
"""

from hypothesis import strategies as st

from gateway.canonical.gs1 import check_digit
from gateway.mapping.codes import CodeList
from gateway.mapping.plan import Plan, PlannedField, PlannedObject, PlannedPart
from gateway.mapping.shape import Kind
from gateway.x12.guide import ElementDefinition

Value = st.SearchStrategy[object]
LETTERS = "AZ07 -.&"
LONGEST = 12
ENTRIES = 2


def documents(plan: Plan) -> st.SearchStrategy[dict[str, object]]:
    """Any document of the mapping, decimals and dates as text."""
    return _object(plan.root).filter(bool)


def with_lists(plan: Plan, *names: str) -> st.SearchStrategy[dict[str, object]]:
    """The same, with these lists in every one of them."""
    made = {child.form.name: _inner(child) for child in plan.root.fields if isinstance(child, PlannedObject)}
    lists = st.fixed_dictionaries({name: made[name] for name in names})
    return st.tuples(documents(plan), lists).map(lambda said: {**said[0], **said[1]})


@st.composite
def _object(draw: st.DrawFn, planned: PlannedObject) -> dict[str, object]:
    fields = [*planned.fields, *(planned.around.fields if planned.around is not None else ())]
    shapes = planned.form.shape.fields
    wanted = {child.form.name for child in fields if child.form.name in shapes and shapes[child.form.name].required}
    some = draw(st.sets(st.sampled_from([child.form.name for child in fields]), max_size=8)) if fields else set()
    names = _possible(fields, wanted | some, planned)
    body: dict[str, object] = {}
    for child in fields:
        if child.form.name in names:
            body[child.form.name] = draw(_field(child, planned) if isinstance(child, PlannedField) else _inner(child))
    for child in fields:
        if isinstance(child, PlannedObject) and child.starts and child.form.name in body:
            _leave_room(body, child, planned)
    if planned.parts:
        body |= draw(_parts(planned.parts, planned.taken))
    if body:
        body |= {child.form.name: str(child.const) for child in fields if _is_said(child)}
    return {name: value for name, value in body.items() if value not in ({}, [], None)}


def _leave_room(body: dict[str, object], rest: PlannedObject, planned: PlannedObject) -> None:
    """Only as many other pairs as the segment has places for, behind those that fields name."""
    segment = rest.entrance.hops[-1] if rest.entrance is not None else None
    named = [
        child
        for child in planned.fields
        if isinstance(child, PlannedField) and child.target is not None and child.target.pair
    ]
    used = sum(child.form.name in body and child.target.segment == segment for child in named if child.target)
    entries = body[rest.form.name]
    assert isinstance(entries, list)
    body[rest.form.name] = entries[: max(len(rest.starts) - used, 0)]


def _is_said(child: PlannedField | PlannedObject) -> bool:
    """Whether the mapping says it by itself: a constant that stands nowhere in the set."""
    return isinstance(child, PlannedField) and child.target is None and child.const is not None


def without_derived(document: object, planned: PlannedObject) -> object:
    """A document without what only expressions give when it is read."""
    if isinstance(document, list):
        return [without_derived(entry, planned) for entry in document]
    if not isinstance(document, dict):
        return document
    left = dict(document)
    for child in planned.fields:
        name = child.form.name
        if isinstance(child, PlannedObject) and name in left:
            left[name] = without_derived(left[name], child)
        elif isinstance(child, PlannedField) and child.expression is not None:
            left.pop(name, None)
    return left


def _possible(fields: list[PlannedField | PlannedObject], names: set[str], planned: PlannedObject) -> set[str]:
    """Fewer names where the segment cannot hold all: the n-th of a segment needs those before it."""
    kept, pairs, there = set(), dict[str, int](), set[tuple[str, int]]()
    for child in sorted(fields, key=_occurrence):
        name = child.form.name
        if name not in names or (isinstance(child, PlannedField) and child.target is None):
            continue
        if isinstance(child, PlannedField) and child.target is not None:
            segment = child.target.segment
            if segment.occurrence > 1 and (segment.id, segment.occurrence - 1) not in there:
                continue
            there.add((segment.id, max(segment.occurrence, 1)))
            if child.target.pair:
                pairs[segment.id] = pairs.get(segment.id, 0) + 1
                if pairs[segment.id] > len(child.target.elements):
                    continue
        kept.add(name)
    return kept


def _occurrence(child: PlannedField | PlannedObject) -> int:
    return child.target.segment.occurrence if isinstance(child, PlannedField) and child.target is not None else 0


@st.composite
def _inner(draw: st.DrawFn, planned: PlannedObject) -> object:
    if not planned.form.shape.many:
        return draw(_object(planned))
    entries = draw(st.lists(_object(planned).filter(bool), min_size=1, max_size=ENTRIES))
    return [entry for entry in entries if entry]


def _field(planned: PlannedField, parent: PlannedObject) -> Value:
    form, target = planned.form, planned.target
    assert target is not None
    value = _value(form.kind, target.definition, planned.codes)
    if form.fit == "sscc18":
        value = st.integers(0, 10**17 - 1).map(lambda number: _with_check_digit(f"{number:017}"))
    element = target.elements[0]
    taken = {word for hop in parent.named for test in hop.tests if test.element == element for word in test.values}
    if taken and not target.segment.tests:
        codes = planned.codes.writes if planned.codes is not None else {}
        value = value.filter(lambda word: codes.get(str(word), word) not in taken)
    if form.join is not None:
        return st.lists(value, min_size=1, max_size=3).map(lambda lines: "\n".join(map(str, lines)))
    return st.lists(value, min_size=1, max_size=3) if form.shape.many else value


@st.composite
def _parts(draw: st.DrawFn, parts: tuple[PlannedPart, ...], taken: frozenset[str]) -> dict[str, object]:
    values = {each.part.name: _value(each.part.kind, each.target.definition, each.codes) for each in parts}
    if taken:
        first = parts[0].part.name
        values[first] = values[first].filter(lambda word: word not in taken)
    return {name: draw(value) for name, value in values.items()}


def _value(kind: Kind, definition: ElementDefinition | None, codes: CodeList | None) -> Value:
    assert definition is not None
    low, high = definition.minimum, min(definition.maximum, max(LONGEST, definition.minimum))
    if codes is not None:
        return _word(codes, low, high)
    if kind == "decimal":
        return _number(definition)
    if kind == "integer":
        return st.integers(0, 10 ** min(definition.maximum, 6) - 1)
    if kind == "date":
        return st.dates().map(lambda date: date.isoformat())
    if kind == "time":
        return st.times().map(lambda time: time.isoformat()[:5])
    return _text(low, high)


def _with_check_digit(digits: str) -> str:
    return digits + check_digit(digits)


def _text(low: int, high: int) -> Value:
    return st.text(LETTERS, min_size=low, max_size=high).filter(lambda text: text == text.rstrip(" ") and len(text) > 0)


def _word(codes: CodeList, low: int, high: int) -> Value:
    words: Value = st.sampled_from(sorted(word for word, code in codes.writes.items() if low <= len(code) <= high))
    known = {*codes.reads, *codes.reads.values()}
    if codes.unknown != "keep":
        return words
    return words | _text(low, high).filter(lambda text: text not in known)


def _number(definition: ElementDefinition) -> Value:
    """A number as reading gives it: of type Nn with n decimals, of type R with the scale it was sent with."""
    digits = min(definition.maximum, 9)
    if definition.kind == "N":
        scale = definition.decimals
        return st.integers(0, 10**digits - 1).map(lambda number: _scaled(number, scale))
    return st.tuples(st.integers(-(10**digits) + 1, 10**digits - 1), st.integers(0, min(3, digits))).map(
        lambda said: _scaled(*said)
    )


def _scaled(number: int, scale: int) -> str:
    digits = str(abs(number)).rjust(scale + 1, "0")
    text = f"{digits[:-scale]}.{digits[-scale:]}" if scale else digits
    return f"-{text}" if number < 0 else text
