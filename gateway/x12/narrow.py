"""Whether a partner's rule only narrows the standard: never more, longer, other codes; and never what cannot be."""

from collections.abc import Iterator, Sequence
from operator import itemgetter

from gateway.flaws import did_you_mean
from gateway.x12.asked import meant, unwanted, use_of
from gateway.x12.clash import clashes
from gateway.x12.forms import places
from gateway.x12.guide import ElementDefinition, Guide, LoopSpec
from gateway.x12.interchange import Delimiters, Terms
from gateway.x12.notes import broken
from gateway.x12.overlay import Objection, Resolved, Rule
from gateway.x12.resolve import Extra, resolve
from gateway.x12.rules import Rules, SegmentRule, agreed, rules_for
from gateway.x12.values import wrong_value

_OF_ELEMENTS = ("codes", "shortest", "longest", "forms")
_FORMED = ("AN", "ID")
"""Types whose values are text: a picture of a number would say nothing about its value."""


def narrowed(
    guide: Guide, rules: Sequence[Rule], extra_codes: Extra | None = None
) -> tuple[tuple[Resolved, ...], tuple[tuple[int, Objection], ...]]:
    """Resolve rules against a standard guide: those that may come into force, and objections by number of the rule.

    `extra_codes` are what an agreement adds to code lists, by data element: a partner guide may name these too.
    """
    extra: Extra = extra_codes or {}
    sound: list[tuple[int, Resolved]] = []
    refused: list[tuple[int, Objection]] = []
    seen: dict[tuple[object, ...], str] = {}
    for number, rule in enumerate(rules):
        found = resolve(guide, rule, extra)
        if isinstance(found, Objection):
            refused.append((number, found))
            continue
        key = (found.loops, found.id, found.test, found.whole_loop, found.element, found.component, found.when)
        if key in seen:
            refused.append((number, Objection("vain", "", f"'{rule.where}' is the same place as '{seen[key]}'")))
            continue
        seen[key] = rule.where
        wrong = tuple(_objections(found, extra)) or tuple(_of_example(found, guide, extra))
        refused += [(number, one) for one in wrong]
        if not wrong:
            sound.append((number, found))
    refused += clashes(sound)
    wrongs = {number for number, _ in refused}
    return tuple(one for number, one in sound if number not in wrongs), tuple(sorted(refused, key=itemgetter(0)))


def _objections(found: Resolved, extra: Extra) -> Iterator[Objection]:
    rule = found.rule
    if rule.use == "not used" and any((rule.least, rule.most, rule.codes, rule.shortest, rule.longest, rule.forms)):
        yield Objection("vain", "use", "what is not used needs no other rule")
    elif rule.least and rule.most and rule.least > rule.most:
        yield Objection("vain", "least", f"at least {rule.least} and at most {rule.most} cannot both be")
    elif found.element:
        yield from _of_element(found, extra)
    else:
        yield from _of_occurrences(found)


def _of_occurrences(found: Resolved) -> Iterator[Objection]:
    """A rule about a loop or segment: whether it is there, and how often."""
    rule = found.rule
    for key in _OF_ELEMENTS:
        if getattr(rule, key):
            yield Objection(
                "vain", key, f"'{key}' is about elements, this is {_what(found)}: name one, like {found.id}01"
            )
    specs = [child for child in found.around.children if child.id == found.id]
    if found.whole_loop:
        specs = [child for child in specs if isinstance(child, LoopSpec)]
    mandatory = any(spec.requirement == "M" for spec in specs)
    if rule.use == "not used" and (mandatory or found.ordinal == 0) and not found.qualified:
        yield Objection("vain", "use", f"{_what(found)} is mandatory in the standard: nobody could leave it out")
    if any(spec.maximum is None for spec in specs):
        return
    limit = sum(spec.maximum or 0 for spec in specs)
    for key, count in (("most", rule.most), ("least", rule.least)):
        if count is not None and count > limit:
            yield Objection("wider", key, f"the standard allows {_what(found)} {_times(limit)}, not {count}")


def _of_element(found: Resolved, extra: Extra) -> Iterator[Objection]:
    rule = found.rule
    use = found.definition.elements[found.element - 1]
    name = f"{found.id}{found.element:02}"
    if found.component and use.composite is not None:
        use = use.composite.elements[found.component - 1]
        name = f"{name}:{found.component}"
    if rule.notes:
        yield Objection("vain", "notes", f"notes are about segments: write them at {found.id}")
    if rule.use == "not used" and use.requirement == "M":
        yield Objection("vain", "use", f"{name} is mandatory in the standard: nobody could leave it out")
    repeat = 1 if found.component else use.repeat
    for key, count in (("most", rule.most), ("least", rule.least)):
        if count is not None and count > repeat:
            yield Objection("wider", key, f"the standard allows {name} {_times(repeat)}, not {count}")
    if use.element is not None:
        yield from _of_value(rule, use.element, name, extra)
        return
    for key in _OF_ELEMENTS:
        if getattr(rule, key):
            yield Objection("vain", key, f"{name} has components: name one, like {name}:1")


def _of_value(rule: Rule, element: ElementDefinition, name: str, extra: Extra) -> Iterator[Objection]:
    low, high = element.minimum, element.maximum
    if rule.longest is not None and rule.longest > high:
        yield Objection("wider", "longest", f"the standard allows {name} {high} characters, not {rule.longest}")
    if rule.shortest is not None and rule.shortest < low:
        yield Objection("wider", "shortest", f"the standard asks for {low} characters in {name}, not {rule.shortest}")
    low, high = max(low, rule.shortest or 0), min(high, rule.longest or high)
    if low > high:
        yield Objection("vain", "shortest" if rule.shortest else "longest", f"{low} to {high} characters is no length")
        return
    yield from _of_codes(rule.codes or (), element, name, extra, (low, high))
    for form in rule.forms:
        if element.kind not in _FORMED:
            yield Objection("vain", "form", f"{name} is of type {element.kind}: a form is for text")
        elif not low <= len(places(form)) <= high:
            yield Objection(
                "wider", "form", f"'{form}' has {len(places(form))} characters, {name} takes {low} to {high}"
            )


def _of_codes(
    codes: Sequence[str], element: ElementDefinition, name: str, extra: Extra, lengths: tuple[int, int]
) -> Iterator[Objection]:
    for code in codes:
        if element.codes is not None and code not in element.codes | extra.get(element.reference, frozenset()):
            hint = did_you_mean(code, element.codes)
            words = f"'{code}' is no code of {name} ({element.name}, {element.reference}) in the standard{hint}"
            yield Objection("wider", "codes", f"{words}; an agreement adds codes with extra_codes")
        elif not lengths[0] <= len(code) <= lengths[1]:
            yield Objection("wider", "codes", f"'{code}' has {len(code)} characters, {name} takes {_span(lengths)}")


def _of_example(found: Resolved, guide: Guide, extra: Extra) -> Iterator[Objection]:
    """An example that breaks what it is to show would mislead everybody: it is held to the standard and to its rule."""
    example = found.rule.example
    if example:
        rules = rules_for(guide.release.id, Delimiters(), agreed(Terms(extra_codes=extra)))
        wrong = _bad_value(found, example, rules) if found.element else _bad_segment(found, example, rules)
        if wrong:
            yield Objection("vain", "example", f"the example '{example[:60]}' is wrong: {wrong}")


def _bad_value(found: Resolved, example: str, rules: Rules) -> str:
    use = use_of(found)
    if use is None or use.element is None:
        return ""
    fault = wrong_value(example, use.element, rules.characters, rules.codes(use.element), strict=False)
    departure = unwanted(found, example)
    return fault.text if fault is not None else departure[1] if departure is not None else ""


def _bad_segment(found: Resolved, example: str, rules: Rules) -> str:
    segment = tuple(example.rstrip("~").split("*"))
    if segment[0] != found.id or not meant(found.test, segment):
        return f"it is not {_what(found)} as '{found.rule.where}' means it"
    faults = SegmentRule(found.definition, rules).faults(segment)
    if any(broken(note, tuple(map(bool, segment))) for note in found.notes):
        return "it breaks the notes of its own rule"
    return faults[0].text if faults else ""


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _span(lengths: tuple[int, int]) -> str:
    return str(lengths[0]) if lengths[0] == lengths[1] else f"{lengths[0]} to {lengths[1]}"


def _what(found: Resolved) -> str:
    return f"loop {found.id}" if found.whole_loop else found.id
