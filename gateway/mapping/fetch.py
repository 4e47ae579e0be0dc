"""Targets to functions that take values out of the tree. Common cases have their own function: this is the hot path."""

from collections.abc import Callable, Iterable

from gateway.mapping.address import Entrance, Hop, Target, Test
from gateway.mapping.plan import Check
from gateway.mapping.reading import State
from gateway.x12.interchange import Loop, Segment

Match = tuple[Segment, str]


class Several(list[Match]):
    """More than one match: never settled silently, so it is not a plain value."""

    __slots__ = ()


Fetch = Callable[[Loop, State], str | Several | None]
"""One value, None (or "") when there is none, Several when there are more."""

Matches = Callable[[Loop, State], list[Match]]
Holds = Callable[[Loop, State], bool]
Select = Callable[[Loop], list[Loop]]


def fetcher(target: Target) -> Fetch:
    """The function for one value."""
    plain = _is_bare(target)
    tests = target.segment.tests
    if target.envelope:
        return _from_envelope(target)
    if plain and not target.pair and not tests:
        return _plain(target.segment.id, target.elements[0])
    if plain and not target.pair and len(tests) == 1 and len(tests[0].values) == 1:
        return _tested(target.segment.id, tests[0].element, min(tests[0].values), target.elements[0])
    if plain and target.pair and not tests:
        return _paired(target.segment.id, target.pair, target.elements)
    return _one_of(matcher(target))


def matcher(target: Target) -> Matches:
    """The function for all values, each with its segment, in order of arrival; empty ones are left out."""
    if target.envelope:
        return _all_of(_from_envelope(target))
    loops, segment = target.loops, target.segment
    if _is_bare(target) and not target.pair and not segment.tests:
        return _all_plain(segment.id, target.elements[0])
    elements, component, pair = target.elements, target.component, target.pair

    def matches(loop: Loop, state: State) -> list[Match]:
        scopes = [loop]
        for hop in loops:
            scopes = [inner for outer in scopes for inner in _loops(outer, hop)]
        found: list[Match] = []
        for scope in scopes:
            for each in _segments(scope, segment):
                if pair:
                    texts = [each[at + 1] for at in elements if at + 1 < len(each) and each[at] == pair]
                else:
                    texts = [each[elements[0]]] if elements[0] < len(each) else []
                found += [(each, part) for text in texts for part in _parts(text, component, target.repeats, state)]
        return found

    return matches


def _is_bare(target: Target) -> bool:
    """True for whole elements of segments that stand in the loop at hand, however many there are."""
    return not (target.loops or target.component or target.repeats or target.segment.occurrence)


def _all_plain(name: str, element: int) -> Matches:
    def matches(loop: Loop, state: State) -> list[Match]:
        return [(each, each[element]) for each in loop.segments.get(name, ()) if len(each) > element and each[element]]

    return matches


def condition(checks: tuple[Check, ...]) -> Holds | None:
    """The function for `when:`: every element named holds one of its values. None when nothing is demanded."""
    if not checks:
        return None
    wanted = [(matcher(check.target), frozenset(check.values)) for check in checks]

    def holds(loop: Loop, state: State) -> bool:
        return all(any(value in values for _, value in matches(loop, state)) for matches, values in wanted)

    return holds


def selector(entrance: Entrance, without: tuple[Hop, ...] = ()) -> Select:
    """The function that gives the loops to enter; a segment is entered as a loop that holds nothing else.

    `without` leaves out what these hops name.
    """
    *before, last = entrance.hops
    if entrance.is_loop and not (before or last.tests or last.occurrence or without):
        return lambda loop: loop.loops.get(last.id) or []
    if entrance.is_loop and not (before or last.occurrence or without) and _is_plain(last):
        return _tested_loops(last.id, last.tests[0])

    enter: Callable[[Loop, Hop], list[Loop] | list[Segment]] = _loops if entrance.is_loop else _segments
    named = _named(filter(_is_plain, without))
    others = tuple(hop for hop in without if not _is_plain(hop))

    def select(loop: Loop) -> list[Loop]:
        scopes = [loop]
        for hop in before:
            scopes = [inner for outer in scopes for inner in _loops(outer, hop)]
        entered: list[Loop] = []
        for outer in scopes:
            # By identity: what another field names is that one occurrence, not all that look like it.
            taken = {id(each) for hop in others for each in enter(outer, hop)}
            for each in enter(outer, last):
                head = each.head if isinstance(each, Loop) else each
                if not named(head) and id(each) not in taken:
                    entered.append(_as_loop(each, last.id))
        return entered

    return select


def _is_plain(hop: Hop) -> bool:
    return len(hop.tests) == 1 and not hop.occurrence


def _tested_loops(name: str, test: Test) -> Select:
    element, values = test.element, test.values

    def select(loop: Loop) -> list[Loop]:
        # A loop and no comprehension, which is a call: most of the parties a mapping knows are not in the document.
        found = []
        for inner in loop.loops.get(name, ()):
            head = inner.head
            if len(head) > element and head[element] in values:
                found.append(inner)
        return found

    return select


def _named(hops: Iterable[Hop]) -> Callable[[Segment], bool]:
    """Whether one of these hops, each with one test, names a segment: most test the same element, so once is enough."""
    tested: dict[int, frozenset[str]] = {}
    for hop in hops:
        (test,) = hop.tests
        tested[test.element] = tested.get(test.element, frozenset()) | test.values
    places = tuple(tested.items())

    def named(head: Segment) -> bool:
        for element, values in places:  # noqa: SIM110  # as in `_meets`
            if len(head) > element and head[element] in values:
                return True
        return False

    return named


def _as_loop(entered: Loop | Segment, name: str) -> Loop:
    return entered if isinstance(entered, Loop) else Loop(name, entered, {name: [entered]})


def _plain(name: str, element: int) -> Fetch:
    def fetch(loop: Loop, state: State) -> str | Several | None:
        found = loop.segments.get(name)
        if found is None:
            return None
        if len(found) == 1:
            segment = found[0]
            return segment[element] if len(segment) > element else None
        return _settle([(each, each[element]) for each in found if len(each) > element and each[element]])

    return fetch


def _tested(name: str, tested: int, word: str, element: int) -> Fetch:
    least = max(tested, element)

    def fetch(loop: Loop, state: State) -> str | Several | None:
        matched = None
        for segment in loop.segments.get(name, ()):
            if len(segment) > least and segment[tested] == word and segment[element]:
                if matched is not None:
                    return _settle(
                        [(each, each[element]) for each in loop.segments[name] if _says(each, tested, word, element)]
                    )
                matched = segment
        return None if matched is None else matched[element]

    return fetch


def _says(segment: Segment, tested: int, word: str, element: int) -> bool:
    return len(segment) > max(tested, element) and segment[tested] == word and segment[element] != ""


def _paired(name: str, pair: str, positions: tuple[int, ...]) -> Fetch:
    def fetch(loop: Loop, state: State) -> str | Several | None:
        found: list[Match] = []
        for segment in loop.segments.get(name, ()):
            if pair in segment:
                last = len(segment) - 1
                for at in positions:
                    if at < last and segment[at] == pair and segment[at + 1]:
                        found.append((segment, segment[at + 1]))
        return _settle(found) if found else None

    return fetch


def _from_envelope(target: Target) -> Fetch:
    element, name = target.elements[0], target.envelope

    def fetch(loop: Loop, state: State) -> str | Several | None:
        segment = state.envelope(name)
        return segment[element].rstrip() if len(segment) > element else None

    return fetch


def _one_of(matches: Matches) -> Fetch:
    def fetch(loop: Loop, state: State) -> str | Several | None:
        return _settle(matches(loop, state))

    return fetch


def _all_of(fetch: Fetch) -> Matches:
    def matches(loop: Loop, state: State) -> list[Match]:
        value = fetch(loop, state)
        return [(loop.head, value)] if isinstance(value, str) and value else []

    return matches


def _settle(found: list[Match]) -> str | Several | None:
    if not found:
        return None
    return found[0][1] if len(found) == 1 else Several(found)


def _parts(text: str, component: int, repeats: bool, state: State) -> Iterable[str]:
    values = [text]
    if repeats and state.delimiters.repetition:
        values = text.split(state.delimiters.repetition)
    if component:
        separator = state.delimiters.component
        split = [value.split(separator) for value in values]
        values = [parts[component - 1] for parts in split if len(parts) >= component]
    return [value for value in values if value]


def _loops(loop: Loop, hop: Hop) -> list[Loop]:
    found = loop.loops.get(hop.id)
    if found is None:
        return []
    if hop.tests:
        found = [inner for inner in found if _meets(inner.head, hop)]
    return found[hop.occurrence - 1 : hop.occurrence] if hop.occurrence else found


def _segments(loop: Loop, hop: Hop) -> list[Segment]:
    found = loop.segments.get(hop.id)
    if found is None:
        return []
    if hop.tests:
        found = [segment for segment in found if _meets(segment, hop)]
    return found[hop.occurrence - 1 : hop.occurrence] if hop.occurrence else found


def _meets(segment: Segment, hop: Hop) -> bool:
    for test in hop.tests:  # noqa: SIM110  # a loop and not all(): this is most of what selecting costs
        if len(segment) <= test.element or segment[test.element] not in test.values:
            return False
    return True
