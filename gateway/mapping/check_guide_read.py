"""A mapping that reads, held against the guide of the partner it reads from: what is passed over, or has no word."""

from collections.abc import Iterator, Sequence
from itertools import product

from gateway.mapping.codes import CodeList
from gateway.mapping.mismatch import Mismatch
from gateway.mapping.pattern import Pattern
from gateway.mapping.planned import Plan
from gateway.mapping.touched import Rule, Touch, Touches, path_of, touched
from gateway.mapping.translate import Refused
from gateway.mapping.writable import MADE, MADE_SEGMENTS
from gateway.x12.forms import places
from gateway.x12.overlay import PartnerGuide, Resolved

_UNKNOWN = {
    "keep": "it is kept as it stands",
    "park": "the document waits for a person",
    "refuse": "the document is refused",
}
"""What becomes of a code that no list has."""


def unread(plan: Plan, guide: PartnerGuide) -> tuple[Mismatch, ...]:
    """What a partner sends by its guide, and a mapping does not read or has no word for. None of it is sure."""
    touches = tuple(touch for touch in touched(plan) if touch.reads)
    reader = _Read(touches)
    found: dict[Mismatch, None] = {}
    for rule in guide.rules:
        if rule.rule.use != "not used":
            found |= dict.fromkeys(reader.mismatches(rule))
    return tuple(found)


class _Read:
    def __init__(self, touches: Sequence[Touch]) -> None:
        self._touches = touches
        self._places = Touches(touches, written=False)

    def mismatches(self, rule: Resolved) -> Iterator[Mismatch]:
        """What one rule promises and the mapping does not take up."""
        path = path_of(rule)
        there = list(self._about(rule, path))
        if not there:
            if not self._is_counted(rule, path):
                yield Mismatch(rule=rule.rule.where, sentence=_passed_over(rule))
            return
        if rule.rule.codes:
            yield from self._without_a_word(rule, there)
        if rule.rule.forms:
            yield from self._not_matched(rule, there)

    def _about(self, rule: Resolved, path: Rule) -> Iterator[Touch]:
        """What reads an element, one component of it or any; or something of a segment or loop."""
        if not rule.element:
            yield from (touch for touch in self._places.below(path) if touch.element)
            return
        for touch in self._places.at(path):
            if touch.element == rule.element and rule.component in (0, touch.component):
                yield touch

    def _is_counted(self, rule: Resolved, path: Rule) -> bool:
        """What is made again by writing, or looked at by the checks of every set: no mapping needs it."""
        name = path[-1][0]
        return name in MADE_SEGMENTS or (name, rule.element) in MADE

    # ------------------------------------------------------------------------------------ codes

    def _without_a_word(self, rule: Resolved, there: Sequence[Touch]) -> Iterator[Mismatch]:
        codes = rule.rule.codes or ()
        for touch in there:
            if touch.codes is not None:
                missing = [
                    code for code in codes if code not in touch.codes.reads and self._comes_to(touch, rule, code)
                ]
                if missing:
                    yield _unlisted(rule, touch, touch.codes, missing)
            elif touch.how in ("const", "beside"):
                others = [code for code in codes if code not in touch.values]
                if others and touch.field:
                    expected = " or ".join(touch.values)
                    said = f"'{touch.field}' expects {expected} in {touch.text}, and {_or(others)} may come: a warning"
                    yield Mismatch(rule=rule.rule.where, sentence=f"{said} each time", place=touch.place)
        conditions = [touch for touch in there if touch.how in ("condition", "pair")]
        if conditions and len(conditions) == len(there):
            known = {value for touch in conditions for value in touch.values}
            missing = [code for code in codes if code not in known]
            if missing:
                text = f"{rule.id} with {_or(missing)} in {conditions[0].text} may come, and nothing reads it"
                yield Mismatch(rule=rule.rule.where, sentence=text)

    def _comes_to(self, touch: Touch, rule: Resolved, code: str) -> bool:
        """Whether a code gets to a field, past the conditions it is read by."""
        known = [
            other.values
            for other in self._touches
            if other.how == "condition" and (other.hops, other.element) == (touch.hops, touch.element)
        ]
        return all(code in values for values in known)

    # ------------------------------------------------------------------------------------ pictures

    def _not_matched(self, rule: Resolved, there: Sequence[Touch]) -> Iterator[Mismatch]:
        """`match:` that takes nothing of what a picture shows, as far as a few values tell."""
        for touch in there:
            match = touch.planned.form.match if touch.planned is not None else None
            if match is None:
                continue
            values = [value for form in rule.rule.forms for value in _examples(form)]
            if not any(_is_taken(match, value) for value in values):
                said = f"'{touch.field}': match: refuses values like '{values[0]}', which is what the guide asks for"
                yield Mismatch(rule=rule.rule.where, sentence=said, place=touch.place)


def _unlisted(rule: Resolved, touch: Touch, codes: CodeList, missing: Sequence[str]) -> Mismatch:
    first = next(iter(codes.places.values()), touch.place)
    place = first if first.file == touch.place.file else touch.place
    said = f"{_or(missing)} may come in {touch.text} ('{touch.field}'), and list '{codes.name}' has no word for it"
    hint = f"`codes: {{{codes.name}: {{{missing[0]}: ...}}}}` says one"
    return Mismatch(rule=rule.rule.where, sentence=f"{said}: {_UNKNOWN[codes.unknown]}; {hint}", place=place)


def _passed_over(rule: Resolved) -> str:
    where = rule.rule.where
    often = "comes" if rule.least and rule.when is None else "may come"
    condition = f" when {rule.rule.when}" if rule.rule.when else ""
    return f"{where} {often}{condition}, and nothing reads it: map a field to it, if our systems need it"


def _or(codes: Sequence[str]) -> str:
    return ", ".join(codes[:-1]) + (" or " if len(codes) > 1 else "") + codes[-1]


def _examples(form: str) -> Iterator[str]:
    """Values that a picture shows: all places that leave a choice with the same character, as far as they take it."""
    for digit, letter in product("10", "AZ"):
        wanted = []
        for _, allowed in places(form):
            choice = next((each for each in (digit, letter) if each in allowed), min(allowed))
            wanted.append(choice)
        yield "".join(wanted)


def _is_taken(match: Pattern, value: str) -> bool:
    try:
        match.check(value)
    except Refused:
        return False
    return True
