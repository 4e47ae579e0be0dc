"""A mapping that writes, held against the guide of the partner it writes for: what could only ever be refused there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gateway.mapping.address import Hop
from gateway.mapping.plan import Plan, PlannedField, PlannedObject, members
from gateway.mapping.uses import Use, joined, uses
from gateway.mapping.writable import MADE_SEGMENTS
from gateway.x12.findings import Effect
from gateway.x12.overlay import PartnerGuide, Resolved, Test

Path = tuple[Hop, ...]


@dataclass(frozen=True, slots=True)
class _Written:
    """Elements of one segment that a mapping writes; none for a loop it only goes through."""

    hops: Path
    elements: frozenset[int]


def against(plan: Plan, guide: PartnerGuide) -> tuple[str, ...]:
    """Sentences on what a mapping writes against a partner's rules, or never writes although they ask for it.

    Only rules that reject and hold always are looked at: the others depend on the document.
    """
    written = tuple(_written(plan.root, ()))
    fixed = [use for use in uses(plan) if use.how in ("condition", "beside", "written")]
    found: dict[str, None] = {}
    for rule in guide.rules:
        if rule.when is None and rule.rule.severity is Effect.REJECT:
            found |= dict.fromkeys((*_missing(rule, written), *_wrong_codes(rule, fixed)))
    return tuple(found)


def _missing(rule: Resolved, written: Sequence[_Written]) -> Iterator[str]:
    """What is required, in a place that exists whether or not the document has it, and nobody writes."""
    where, path = rule.rule.where, _path(rule)
    if rule.least == 0 or path[-1][0] in MADE_SEGMENTS:
        return
    there = [one for one in written if _covers(one.hops, path)]
    if not there:
        if not rule.element:
            yield f"{where} is required, and the mapping never writes it"
    elif rule.element and not any(rule.element in one.elements for one in there):
        yield f"{where} is required, and the mapping writes {path[-1][0]} without it"


def _wrong_codes(rule: Resolved, fixed: Sequence[Use]) -> Iterator[str]:
    codes, path = rule.rule.codes, _path(rule)
    if codes is None:
        return
    at: dict[tuple[object, ...], list[str]] = {}
    for use in fixed:
        if (use.element, use.component) == (rule.element, rule.component) and _same(use.hops, path):
            at.setdefault((use.place, use.how), []).append(use.value)
    for values in at.values():
        if not set(values) & set(codes):
            shown = ", ".join(codes)
            yield f"{rule.rule.where} may be {shown}, and the mapping always writes {values[0]} there"


# ------------------------------------------------------------------------------------------------- places


def _path(rule: Resolved) -> tuple[tuple[str, Test], ...]:
    """Loops and segment of a rule; a segment that starts a loop is named by its loop."""
    path = [(branch.id, branch.test) for branch in rule.loops]
    if not path or path[-1][0] != rule.id or rule.whole_loop:
        path.append((rule.id, rule.test))
    return tuple(path)


def _covers(hops: Path, path: tuple[tuple[str, Test], ...]) -> bool:
    """Whether what is written there can be what a rule is about."""
    return [hop.id for hop in hops] == [name for name, _ in path] and all(
        _can_be(hop, test) for hop, (_, test) in zip(hops, path, strict=True)
    )


def _same(hops: Path, path: tuple[tuple[str, Test], ...]) -> bool:
    """Whether what is written there always is what a rule is about."""
    return _covers(hops, path) and all(
        {each.element for each in hop.tests} >= {element for element, _ in test}
        for hop, (_, test) in zip(hops, path, strict=True)
    )


def _can_be(hop: Hop, test: Test) -> bool:
    known = {each.element: each.values for each in hop.tests}
    return all(element not in known or not known[element].isdisjoint(values) for element, values in test)


# ------------------------------------------------------------------------------------------------ writing


def _written(planned: PlannedObject, path: Path) -> Iterator[_Written]:
    if planned.entrance is not None:
        for depth in range(1, len(planned.entrance.hops) + 1):
            yield _through(joined(path, planned.entrance.hops[:depth]))
        path = joined(path, planned.entrance.hops)
    for part in planned.parts:
        start = part.target.elements[0]
        hops = joined(path, (*part.target.loops, part.target.segment))
        yield _Written(hops, frozenset(range(start, start + 99)))
    for child in members(planned):
        if isinstance(child, PlannedField):
            yield from _of_field(child, path)
        else:
            yield from _written(child, path)


def _of_field(planned: PlannedField, path: Path) -> Iterator[_Written]:
    form, target = planned.form, planned.target
    if target is None or target.envelope or (form.read is not None and form.write is None):
        return
    for check in (*planned.when, *planned.companions):
        hops = joined(path, (*check.target.loops, check.target.segment))
        yield _Written(hops, frozenset(check.target.elements))
    for depth in range(1, len(target.loops) + 1):
        yield _through(joined(path, target.loops[:depth]))
    hops = joined(path, (*target.loops, target.segment))
    steps = (0, 1) if target.pair else (0,)
    elements = {element + step for element in target.elements for step in steps}
    yield _Written(hops, frozenset(elements | {test.element for test in hops[-1].tests}))


def _through(hops: Path) -> _Written:
    return _Written(hops, frozenset(test.element for test in hops[-1].tests))
