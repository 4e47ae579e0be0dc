"""Rules of a partner guide that no set could keep: one asks for what another forbids, or a note for what cannot be."""

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from gateway.x12.guide import Note
from gateway.x12.notes import sentence
from gateway.x12.overlay import Branch, Objection, Resolved, Test, When


def clashes(rules: Sequence[tuple[int, Resolved]]) -> Iterator[tuple[int, Objection]]:
    """Objections by number of the rule that asks; each rule comes with its number and is sound by itself.

    Two rules are held against each other only where one is about everything that the other is about.
    """
    alike: dict[tuple[str, ...], list[Resolved]] = {}
    for _, rule in rules:
        alike.setdefault(_place(rule), []).append(rule)
    for number, rule in rules:
        if not (rule.least or rule.notes):
            continue
        others = [other for other in alike[_place(rule)] if other is not rule]
        yield from ((number, one) for one in _against(rule, others))
        yield from ((number, one) for one in _of_notes(rule, others))


def _place(rule: Resolved) -> tuple[str, ...]:
    """Ids of loops and segment: rules with different ones are about different things."""
    return tuple(branch.id for branch in _way(rule))


def _against(rule: Resolved, others: Sequence[Resolved]) -> Iterator[Objection]:
    """What a rule needs, and another one allows fewer of."""
    for other in others if rule.least else ():
        most = 0 if other.rule.use == "not used" else other.rule.most
        same = (other.id, other.whole_loop, other.element, other.component) == (
            rule.id, rule.whole_loop, rule.element, rule.component,
        )  # fmt: skip
        if same and most is not None and most < rule.least and _covers(other, rule):
            allowed = f"at most {most}" if most else "not used"
            key = "least" if rule.rule.least else "use"
            words = f"'{other.rule.where}' is {allowed}, '{rule.rule.where}' asks for {rule.least}"
            yield Objection("vain", key, f"{words}: nothing could satisfy both")
            return


def _of_notes(rule: Resolved, others: Sequence[Resolved]) -> Iterator[Objection]:
    """Notes that elements which are always, or never, there contradict."""
    if not rule.notes:
        return
    about = [one for one in others if one.element and not one.component and _covers(one, rule)]
    there = {use.position for use in rule.definition.elements if use.requirement == "M"}
    there |= {one.element for one in about if one.least}
    never = {one.element for one in about if one.rule.use == "not used"}
    for note in rule.notes:
        if _cannot_hold(note, there, never):
            words = f"no {rule.id} could satisfy it, by what is mandatory or not used"
            yield Objection("vain", "notes", f"{sentence(note, rule.id)}: {words}")


def _cannot_hold(note: Note, there: set[int], never: set[int]) -> bool:
    positions = set(note.positions)
    first, rest = note.positions[0], set(note.positions[1:])
    match note.kind:
        case "E":
            return len(positions & there) > 1
        case "R":
            return positions <= never
        case "P":
            return bool(positions & there and positions & never)
        case "C":
            return first in there and bool(rest & never)
        case "L":
            return first in there and rest <= never


def _covers(wide: Resolved, rule: Resolved) -> bool:
    """Whether everything that a rule is about, the other is about too."""
    if not _condition(wide.when, rule.when):
        return False
    pairs = zip_longest(_way(wide), _way(rule))
    return all(one and two and one.id == two.id and _within(one.test, two.test) for one, two in pairs)


def _way(rule: Resolved) -> tuple[Branch, ...]:
    """From the set to the segment: an element of a loop's first segment is one step further in than the loop."""
    last = Branch(rule.id, rule.test)
    return (*rule.loops, last, Branch(rule.id, ())) if rule.whole_loop else (*rule.loops, last)


def _within(wide: Test, narrow: Test) -> bool:
    """Whether what passes the narrow test always passes the wide one."""
    return all(any(at == position and held <= values for at, held in narrow) for position, values in wide)


def _condition(wide: When | None, narrow: When | None) -> bool:
    if wide is None or narrow is None:
        return wide is None
    same = (wide.segment, wide.element, wide.outside) == (narrow.segment, narrow.element, narrow.outside)
    return same and narrow.values <= wide.values
