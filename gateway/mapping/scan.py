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
from gateway.mapping.translate import Translate
from gateway.x12.interchange import Loop

Body = dict[str, object]
Rule = Callable[[Loop, Body, State], None]
Settle = Callable[[list[Match], Body, State], None]

_NONE: Final = frozenset[str]()

KNOWN_LIMIT: Final = 1_000
"""Combinations of segments kept per object; real partners send a handful."""


@dataclass(frozen=True, slots=True)
class Quick:
    """A field that takes one value as it comes: no conditions beside it, no list, nothing to compare.

    `convert` is None where the text is the value; by a ValueError it leaves a value to `settle`.
    """

    name: str
    target: Target
    fetch: Fetch
    matches: Matches
    settle: Settle
    convert: Translate | None

    def put(self, value: str, out: Body) -> bool:
        """Put the value as it is read; False when `settle` has to look at it."""
        if self.convert is None:
            if value[-1] == " ":
                return False
            out[self.name] = value
            return True
        try:
            out[self.name] = self.convert(value)
        except ValueError:
            return False
        return True

    def settle_all(self, loop: Loop, out: Body, state: State) -> None:
        """The long way: all matches are looked at, with their problems."""
        self.settle(self.matches(loop, state), out, state)


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
    if target.loops or target.component or target.repeats or target.envelope:
        return ()
    if not segment.tests and not target.pair:
        return ("counted" if segment.occurrence else "plain", segment.id, segment.occurrence)
    if not segment.tests and not segment.occurrence:
        return ("paired", segment.id)
    if target.pair or segment.occurrence or len(segment.tests) > 1:
        return ()
    return ("tested", segment.id, segment.tests[0].element)


def _rule(sort: str, group: list[Quick]) -> Rule:
    if sort == "plain":
        return _plain(group)
    if sort == "counted":
        return _counted(group)
    if sort == "tested":
        return _tested(group)
    return _paired(group) if sort == "paired" else _alone(group[0])


def _alone(field: Quick) -> Rule:
    def rule(loop: Loop, out: Body, state: State) -> None:
        value = field.fetch(loop, state)
        if value and not (isinstance(value, str) and field.put(value, out)):
            field.settle_all(loop, out, state)

    return rule


def _plain(group: list[Quick]) -> Rule:
    """Elements of a segment that stands once."""
    name = group[0].target.segment.id
    steps = tuple((field.target.elements[0], field.name, field.convert, field) for field in group)

    def rule(loop: Loop, out: Body, state: State) -> None:
        found = loop.segments.get(name)
        if found is None:
            return
        if len(found) > 1:
            for field in group:
                field.settle_all(loop, out, state)
            return
        segment = found[0]
        size = len(segment)
        for element, key, convert, field in steps:
            if element < size and (value := segment[element]):
                if convert is not None:
                    try:
                        out[key] = convert(value)
                        continue
                    except ValueError:
                        pass
                elif value[-1] != " ":
                    out[key] = value
                    continue
                field.settle_all(loop, out, state)

    return rule


def _counted(group: list[Quick]) -> Rule:
    """Elements of the n-th segment of its id: N3(#2).01."""
    name, occurrence = group[0].target.segment.id, group[0].target.segment.occurrence
    steps = tuple((field.target.elements[0], field) for field in group)

    def rule(loop: Loop, out: Body, state: State) -> None:
        found = loop.segments.get(name, ())
        if len(found) < occurrence:
            return
        segment = found[occurrence - 1]
        for element, field in steps:
            value = segment[element] if element < len(segment) else ""
            if value and not field.put(value, out):
                field.settle_all(loop, out, state)

    return rule


def _tested(group: list[Quick]) -> Rule:
    """Elements of segments told apart by one qualifier element: REF(DP).02, DTM(010).02."""
    name, tested = group[0].target.segment.id, group[0].target.segment.tests[0].element
    words: dict[str, list[tuple[int, str, Quick]]] = {}
    for field in group:
        for word in field.target.segment.tests[0].values:
            words.setdefault(word, []).append((field.target.elements[0], field.name, field))

    def rule(loop: Loop, out: Body, state: State) -> None:
        settled = _NONE
        for segment in loop.segments.get(name, ()):
            size = len(segment)
            for element, key, field in words.get(segment[tested], ()) if size > tested else ():
                value = segment[element] if element < size else ""
                if value and (key in out or key in settled or not field.put(value, out)):
                    settled = _settle(field, settled, loop, out, state)

    return rule


def _paired(group: list[Quick]) -> Rule:
    """Values by the qualifier before them: PO1<UP>."""
    name, positions = group[0].target.segment.id, group[0].target.elements
    # One field each: two for one pair of one loop are a flaw of the mapping.
    words = {field.target.pair: (field.name, field.convert is None, field) for field in group}

    def rule(loop: Loop, out: Body, state: State) -> None:
        settled = _NONE
        for segment in loop.segments.get(name, ()):
            last = len(segment) - 1
            for at in positions:
                if at >= last:
                    break
                found = words.get(segment[at])
                if found is None or not (value := segment[at + 1]):
                    continue
                key, is_text, field = found
                if key in out or key in settled:
                    settled = _settle(field, settled, loop, out, state)
                elif is_text and value[-1] != " ":
                    # As `put` does it, without a call: numbers of articles are half of what lines say.
                    out[key] = value
                elif not field.put(value, out):
                    settled = _settle(field, settled, loop, out, state)

    return rule


def _settle(field: Quick, settled: frozenset[str], loop: Loop, out: Body, state: State) -> frozenset[str]:
    """Let a field look at all its matches, once: at its second match, or when its first does not convert.

    Returns the fields that have been looked at.
    """
    if field.name not in settled:
        out.pop(field.name, None)
        field.settle_all(loop, out, state)
    return settled | {field.name}
