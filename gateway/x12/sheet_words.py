"""What a partner asks for, in words that a printed guide uses."""

from gateway.x12.asked import name, use_of
from gateway.x12.forms import in_words
from gateway.x12.guide import Guide, Note
from gateway.x12.labels import label
from gateway.x12.overlay import Resolved, Test

REQUIREMENTS = {"M": "must", "O": "may", "X": "depends"}


def requirement_of(standard: str, rule: Resolved | None) -> str:
    """ "must", "may", "depends" or "not used": the standard's word, or the partner's."""
    if rule is not None and rule.rule.use == "not used":
        return "not used"
    if rule is not None and rule.least:
        return "must"
    return REQUIREMENTS[standard]


def lengths(low: int, high: int) -> str:
    """A length as guides print it: "2" or "1-35"."""
    return str(high) if low == high else f"{low}-{high}"


def demands(rule: Resolved | None) -> tuple[str, ...]:
    """Everything one rule asks for, one phrase each; () for a rule that only explains."""
    if rule is None:
        return ()
    asked, found = rule.rule, []
    if asked.use:
        found.append("must be sent" if asked.use == "required" else "is not used")
    if asked.least is not None:
        found.append(f"at least {_times(asked.least)}")
    if asked.most is not None:
        found.append(f"at most {_times(asked.most)}")
    if asked.codes is not None:
        found.append(_codes(rule, asked.codes))
    if asked.shortest is not None or asked.longest is not None:
        found.append(_length(asked.shortest, asked.longest))
    if asked.forms:
        found.append(" or ".join(map(in_words, asked.forms)))
    found += [note_in_words(note, rule.id) for note in rule.notes]
    return tuple(found)


def note_in_words(note: Note, segment: str) -> str:
    """A relation of elements: "N103 and N104 come together or not at all"."""
    first, *others = names = [f"{segment}{position:02}" for position in note.positions]
    match note.kind:
        case "P":
            return f"{_listed(names, 'and')} come together or not at all"
        case "R":
            return f"at least one of {_listed(names, 'and')} comes"
        case "E":
            return f"only one of {_listed(names, 'and')} may come"
        case "C":
            return f"where {first} comes, {_listed(others, 'and')} must come too"
        case _:
            return f"where {first} comes, {_listed(others, 'or')} must come too"


def _listed(names: list[str], word: str) -> str:
    return f"{', '.join(names[:-1])} {word} {names[-1]}" if len(names) > 1 else names[0]


def case_title(segment: str, guide: Guide, test: Test, when: str) -> str:
    """ "N1 where N101 is ST (ship to)", "REF where REF01 is CO (customer order), when BEG02 is DS (drop shipment)"."""
    said = [f"{segment}{position:02} is {_values(guide, segment, position, values)}" for position, values in test]
    title = f"{segment} where {' and '.join(said)}" if said else segment
    if not when:
        return title
    left, _, right = when.partition("=")
    codes = frozenset(value.strip() for value in right.split("|"))
    place = left.strip().replace(".", "")
    return f"{title}, when {place} is {_values(guide, place[:-2], int(place[-2:]), codes)}"


def element_names(rule: Resolved, case: str) -> str:
    """What of a case a rule is about: "N104 identification code", or the segment itself."""
    if rule.element:
        component = f"-{rule.component}" if rule.component else ""
        return f"{rule.id}{rule.element:02}{component} {name(rule)}"
    return f"{rule.id} {rule.definition.name}" if rule.id != case else rule.id


def _values(guide: Guide, segment: str, position: int, values: frozenset[str]) -> str:
    definition = guide.segment(segment)
    use = definition.elements[position - 1] if definition is not None else None
    return " or ".join(_named(use.reference if use is not None else "", value) for value in sorted(values))


def _named(reference: str, code: str) -> str:
    words = label(reference, code)
    return f"{code} ({words})" if words else code


def _codes(rule: Resolved, codes: tuple[str, ...]) -> str:
    use = use_of(rule)
    named = [_named(use.reference if use is not None else "", code) for code in codes]
    return f"always {named[0]}" if len(named) == 1 else f"one of {', '.join(named)}"


def _length(low: int | None, high: int | None) -> str:
    if low is not None and low == high:
        return f"exactly {low} character{_s(low)}"
    return (
        f"at least {low} character{_s(low)}"
        if high is None
        else f"at most {high} character{_s(high)}"
        if low is None
        else f"{low} to {high} characters"
    )


def _s(count: int | None) -> str:
    return "" if count == 1 else "s"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
