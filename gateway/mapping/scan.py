"""The hot path: fields of one segment read in one pass over it, and rules run only where their segment is present.

Only the usual case is handled here, one match with a value that converts. Anything else is handed to the field's
`settle`, which looks again, slowly, and says what is wrong.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from gateway.mapping.address import Target
from gateway.mapping.fetch import Fetch, Match, Matches
from gateway.mapping.reading import State
from gateway.mapping.translate import Refused, Translate
from gateway.x12.interchange import Loop

Body = dict[str, object]
Rule = Callable[[Loop, Body, State], None]
Settle = Callable[[list[Match], Body, State], None]

KNOWN_LIMIT: Final = 1_000
"""Combinations of segments kept per object; real partners send a handful."""


@dataclass(frozen=True, slots=True)
class Quick:
    """A field that takes one value as it comes: no conditions beside it, no list, nothing to compare."""

    name: str
    target: Target
    fetch: Fetch
    matches: Matches
    settle: Settle
    translate: Translate | None

    def put(self, value: str, out: Body) -> bool:
        """Put the converted value; False when `settle` has to look at it."""
        if self.translate is None:
            if value[-1] == " ":
                return False
            out[self.name] = value
            return True
        try:
            out[self.name] = self.translate(value)
        except Refused:
            return False
        return True


@dataclass(frozen=True, slots=True)
class Ready:
    """A rule with the ids of which one must be present for it to find anything; None runs it always."""

    needs: frozenset[str] | None
    rule: Rule


def needed(target: Target) -> frozenset[str] | None:
    """What must be present in a loop for a target in it."""
    if target.envelope:
        return None
    return frozenset({target.loops[0].id if target.loops else target.segment.id})


def dispatch(ready: list[Ready]) -> Rule:
    """One rule that runs, in their order, those of `ready` whose segments or loops the loop at hand has."""
    rules = tuple(each.rule for each in ready)
    known: dict[tuple[str, ...], tuple[Rule, ...]] = {}

    def run_all(loop: Loop, out: Body, state: State) -> None:
        for each in rules:
            each(loop, out, state)

    def run_present(loop: Loop, out: Body, state: State) -> None:
        key = (*loop.segments, *loop.loops)
        chosen = known.get(key)
        if chosen is None:
            chosen = tuple(each.rule for each in ready if each.needs is None or not each.needs.isdisjoint(key))
            if len(known) >= KNOWN_LIMIT:
                known.clear()
            known[key] = chosen
        for each in chosen:
            each(loop, out, state)

    if len(rules) == 1:
        return rules[0]
    return run_all if len({each.needs for each in ready}) == 1 else run_present


def quick_rules(fields: Iterable[Quick]) -> list[Ready]:
    """Rules for quick fields, those of one segment in one rule; in the order of their first fields."""
    grouped: dict[tuple[object, ...], list[Quick]] = defaultdict(list)
    for at, field in enumerate(fields):
        grouped[_sort(field.target) or ("alone", at)].append(field)
    return [Ready(needed(group[0].target), _rule(str(key[0]), group)) for key, group in grouped.items()]


def _sort(target: Target) -> tuple[object, ...]:
    """Equal for fields that can be read in one pass, empty for those that are read alone."""
    segment = target.segment
    if target.loops or target.component or target.repeats or target.envelope or segment.occurrence:
        return ()
    if not segment.tests:
        return ("paired" if target.pair else "plain", segment.id)
    if target.pair or len(segment.tests) > 1:
        return ()
    return ("tested", segment.id, segment.tests[0].element)


def _rule(sort: str, group: list[Quick]) -> Rule:
    if sort == "plain":
        return _plain(group)
    if sort == "tested":
        return _tested(group)
    return _paired(group) if sort == "paired" else _alone(group[0])


def _alone(field: Quick) -> Rule:
    def rule(loop: Loop, out: Body, state: State) -> None:
        value = field.fetch(loop, state)
        if value and not (isinstance(value, str) and field.put(value, out)):
            field.settle(field.matches(loop, state), out, state)

    return rule


def _plain(group: list[Quick]) -> Rule:
    """Elements of a segment that stands once."""
    name = group[0].target.segment.id
    steps = tuple((field.target.elements[0], field.name, field.translate, field) for field in group)

    def rule(loop: Loop, out: Body, state: State) -> None:
        found = loop.segments.get(name)
        if found is None:
            return
        if len(found) > 1:
            for field in group:
                field.settle(field.matches(loop, state), out, state)
            return
        segment = found[0]
        size = len(segment)
        for element, key, translate, field in steps:
            if element < size and (value := segment[element]):
                if translate is not None:
                    try:
                        out[key] = translate(value)
                        continue
                    except Refused:
                        pass
                elif value[-1] != " ":
                    out[key] = value
                    continue
                field.settle(field.matches(loop, state), out, state)

    return rule


def _tested(group: list[Quick]) -> Rule:
    """Elements of segments told apart by one qualifier element: REF(DP).02, DTM(010).02."""
    name, tested = group[0].target.segment.id, group[0].target.segment.tests[0].element
    words: dict[str, list[tuple[int, Quick]]] = {}
    for field in group:
        for word in field.target.segment.tests[0].values:
            words.setdefault(word, []).append((field.target.elements[0], field))

    def rule(loop: Loop, out: Body, state: State) -> None:
        settled: set[str] = set()
        for segment in loop.segments.get(name, ()):
            size = len(segment)
            if size > tested and (fields := words.get(segment[tested])) is not None:
                for element, field in fields:
                    value = segment[element] if element < size else ""
                    if value and (field.name in out or field.name in settled or not field.put(value, out)):
                        _settle(field, settled, loop, out, state)

    return rule


def _paired(group: list[Quick]) -> Rule:
    """Values by the qualifier before them: PO1<UP>."""
    name, positions = group[0].target.segment.id, group[0].target.elements
    words: dict[str, list[Quick]] = {}
    for field in group:
        words.setdefault(field.target.pair, []).append(field)

    def rule(loop: Loop, out: Body, state: State) -> None:
        settled: set[str] = set()
        for segment in loop.segments.get(name, ()):
            last = len(segment) - 1
            for at in positions:
                if at >= last:
                    break
                if (fields := words.get(segment[at])) is not None and (value := segment[at + 1]):
                    for field in fields:
                        if field.name in out or field.name in settled or not field.put(value, out):
                            _settle(field, settled, loop, out, state)

    return rule


def _settle(field: Quick, settled: set[str], loop: Loop, out: Body, state: State) -> None:
    """Let a field look at all its matches, once: at its second match, or when its first does not convert."""
    if field.name not in settled:
        settled.add(field.name)
        out.pop(field.name, None)
        field.settle(field.matches(loop, state), out, state)
