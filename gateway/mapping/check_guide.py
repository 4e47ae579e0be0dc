"""A mapping that writes, held against the guide of the partner it writes for: what would be refused there."""

from collections import Counter
from collections.abc import Iterator, Sequence

from gateway.flaws import did_you_mean
from gateway.mapping.fit import CHECKED
from gateway.mapping.mismatch import Mismatch
from gateway.mapping.planned import Plan
from gateway.mapping.touched import FIXED, Path, Rule, Touch, Touches, path_of, touched
from gateway.mapping.translate import Refused
from gateway.mapping.writable import MADE, MADE_SEGMENTS
from gateway.x12.asked import unwanted
from gateway.x12.findings import Effect
from gateway.x12.overlay import PartnerGuide, Resolved, When

_LONGEST = 100
"""Lengths up to which a pattern is tried; elements that have a `match:` are shorter."""

_SHOWN = 6
"""Codes or fields that a sentence names."""

_CHECKED_VALUES = {
    "sscc18": ("0" * 18, "0" * 20),
    "gtin": ("0" * 8, "0" * 12, "0" * 13, "0" * 14),
}
"""A value of each length that a check digit lets through."""


def against(plan: Plan, guide: PartnerGuide, *, doubts: bool = True) -> tuple[Mismatch, ...]:
    """What a mapping writes against a partner's rules, or can, and what it never writes although they ask for it.

    Without `doubts` only what is sure: rules that warn, or wait for a condition, are not looked at then.
    """
    rules = guide.rules if doubts else [rule for rule in guide.rules if _is_strict(rule)]
    if not rules:
        return ()
    touches = tuple(touch for touch in touched(plan) if touch.writes)
    checker = _Written(touches)
    found: dict[Mismatch, None] = {}
    for rule in rules:
        if rule.when is None or checker.can_hold(rule.when):
            found |= dict.fromkeys(checker.mismatches(rule, doubts=doubts))
    return tuple(one for one in found if doubts or one.sure)


def _is_strict(rule: Resolved) -> bool:
    """Whether a rule refuses documents for certain: one that warns, or waits for a condition, does not."""
    return rule.when is None and rule.rule.severity is Effect.REJECT


class _Written:
    def __init__(self, touches: Sequence[Touch]) -> None:
        self._touches = touches
        self._places = Touches(touches, written=True)
        self._pairs = Counter((touch.hops, touch.place) for touch in touches if touch.how == "pair")
        self._free = {_key(touch) for touch in touches if touch.how not in FIXED}

    def can_hold(self, when: When) -> bool:
        """Whether the condition of a rule can come about in what is written."""
        elements = [
            touch.hops
            for touch in self._touches
            if touch.element == when.element
            and touch.hops[-1].id == when.segment
            and (len(touch.hops) == 1 or not when.outside)
        ]
        known = [self._places.of(hops, when.element) for hops in elements]
        return any(values is None or not values.isdisjoint(when.values) for values in known)

    def mismatches(self, rule: Resolved, *, doubts: bool) -> Iterator[Mismatch]:
        """What one rule has against the mapping; of what is never sure nothing without `doubts`."""
        path, strict = path_of(rule), _is_strict(rule)
        if rule.rule.use == "not used":
            yield from self._unwanted(rule, path, strict=strict)
        elif rule.least:
            yield from self._missing(rule, path, strict=strict)
        if rule.element:
            if doubts:
                yield from self._first_pairs(rule, path)
            for touch in self._at(rule, path):
                yield from self._values(rule, path, touch, strict=strict)
        elif doubts:
            yield from self._notes(rule, path)

    def _at(self, rule: Resolved, path: Rule) -> Iterator[Touch]:
        """What can stand at the element of a rule."""
        element = (rule.element, rule.component)
        return (touch for touch in self._places.at(path) if (touch.element, touch.component) == element)

    # ------------------------------------------------------------------------------------ whether it is there

    def _unwanted(self, rule: Resolved, path: Rule, *, strict: bool) -> Iterator[Mismatch]:
        where = rule.rule.where
        found = self._at(rule, path) if rule.element else self._places.below(path)
        # What a document says itself is judged when it is sent: to leave it out unasked would be worse.
        fixed = FIXED if rule.element else {"const"}
        there = [touch for touch in found if touch.element and (touch.how in fixed or _is_unasked(touch))]
        if not there:
            return
        sure = bool(rule.element) and any(self._is_fixed(touch, path) for touch in there)
        fields = list(dict.fromkeys(touch.field for touch in there if touch.field))
        fields = fields if rule.element else self._whole(fields)
        named = ", ".join(f"'{field}'" for field in fields[:_SHOWN]) + (" and more" if len(fields) > _SHOWN else "")
        verb = "writes" if len(fields) < 2 else "write"
        hint = f"; `{fields[0]}: !remove` leaves it out" if fields else ""
        sentence = f"{where} is not used there, and {named or 'a condition'} {verb} it{hint}"
        yield Mismatch(rule=where, sentence=sentence, place=there[0].place, sure=sure and strict)

    def _whole(self, fields: list[str]) -> list[str]:
        """The object that all of these are in and nothing else is, instead of each of them."""
        around = fields[0].rpartition(".")[0] if fields else ""
        others = (touch.field for touch in self._touches if touch.field not in fields)
        alone = around and not any(field.startswith(f"{around}.") for field in others)
        return [around] if alone and all(field.startswith(f"{around}.") for field in fields) else fields

    def _missing(self, rule: Resolved, path: Rule, *, strict: bool) -> Iterator[Mismatch]:
        """What is required, in a place that exists whether or not the document has it, and nobody writes."""
        where, name = rule.rule.where, path[-1][0]
        if (rule.element and (name, rule.element) in MADE) or (not rule.element and name in MADE_SEGMENTS):
            return
        there = {touch.hops: touch.place for touch in self._places.at(path)}
        if not there:
            if not rule.element:
                yield self._absent(rule, f"{where} is required there, and nothing writes it", strict=strict)
            elif name in MADE_SEGMENTS:
                yield self._absent(rule, f"{where} is required there, and {name} is written without it", strict=strict)
            return
        elements = {touch.hops for touch in self._at(rule, path)}
        lacking = [hops for hops in there if hops not in elements] if rule.element else []
        for hops in lacking:
            every = len(lacking) == len(there)
            sentence = f"{where} is required there, and {name} is written without it here: map a field to {where}"
            yield Mismatch(rule=where, sentence=sentence, place=there[hops], sure=every and strict)
            if every:
                return

    def _absent(self, rule: Resolved, sentence: str, *, strict: bool) -> Mismatch:
        condition = f" when {rule.rule.when}" if rule.rule.when else ""
        return Mismatch(rule=rule.rule.where, sentence=f"{sentence}{condition}: map a field to it", sure=strict)

    # ------------------------------------------------------------------------------------ what it holds

    def _values(self, rule: Resolved, path: Rule, touch: Touch, *, strict: bool) -> Iterator[Mismatch]:
        where = rule.rule.where
        if touch.how in FIXED or touch.how == "default":
            yield from self._fixed(rule, path, touch, strict=strict)
        elif touch.codes is not None:
            yield from self._coded(rule, path, touch, strict=strict)
        elif touch.planned is not None and touch.planned.form.write is None and self._certain(touch, path):
            said = _let_through(rule, touch)
            if said:
                yield Mismatch(rule=where, sentence=f"'{touch.field}': {said}", place=touch.place)

    def _fixed(self, rule: Resolved, path: Rule, touch: Touch, *, strict: bool) -> Iterator[Mismatch]:
        """What the mapping itself says stands there: a field of the element goes before, and speaks for itself."""
        value = touch.values[0]
        wrong = unwanted(rule, value)
        if wrong is None or not self._certain(touch, path) or self._is_spoken_for(touch):
            return
        word = "can be" if touch.how == "default" else "is always"
        hint = did_you_mean(value, rule.rule.codes or ())
        sentence = f"{touch.text} {word} '{value}' here, {wrong[1]}{hint}"
        sure = strict and touch.how != "default"
        yield Mismatch(rule=rule.rule.where, sentence=sentence, place=touch.place, sure=sure)

    def _first_pairs(self, rule: Resolved, path: Rule) -> Iterator[Mismatch]:
        """Pairs without `slot:` take the first place that is free, so each of them can be the one there."""
        pairs = [touch for touch in self._at(rule, path) if touch.how == "pair" and self._certain(touch, path)]
        if any(self._slotted(touch) for touch in pairs):
            return
        wrong = [touch for touch in pairs if unwanted(rule, touch.values[0]) is not None]
        if not wrong:
            return
        right = next((touch for touch in pairs if touch not in wrong), None)
        named = ", ".join(touch.values[0] for touch in wrong[:_SHOWN]) + (" and more" if len(wrong) > _SHOWN else "")
        hint = f": `slot: {rule.element}` keeps the place for {right.values[0]}" if right else ""
        first = f"{rule.id}{rule.element:02d} takes the first pair that has a value"
        sentence = f"{first}, which can be {named}; {_asked(rule, wrong[0].values[0])}{hint}"
        yield Mismatch(rule=rule.rule.where, sentence=sentence, place=(right or wrong[0]).place)

    def _coded(self, rule: Resolved, path: Rule, touch: Touch, *, strict: bool) -> Iterator[Mismatch]:
        codes = touch.codes
        if codes is None or not self._certain(touch, path):
            return
        wrong = {word: code for word, code in codes.writes.items() if unwanted(rule, code) is not None}
        if not wrong:
            return
        every = len(wrong) == len(codes.writes) and codes.unknown != "keep"
        shown = ", ".join(f"{code} ({word})" for word, code in list(wrong.items())[:_SHOWN])
        more = f" and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
        first = next(iter(wrong.values()))
        can = "is always" if every else "can be"
        hint = f"give '{touch.field}' a list without them"
        sentence = f"{touch.text} {can} {shown}{more} by list '{codes.name}': {_asked(rule, first)}; {hint}"
        place = codes.places[first] if codes.places[first].file == touch.place.file else touch.place
        yield Mismatch(rule=rule.rule.where, sentence=sentence, place=place, sure=every and strict)

    def _certain(self, touch: Touch, path: Rule) -> bool:
        """Whether what is written there always is what a rule is about: else the document decides."""
        return self._places.always(touch, path)

    def _is_fixed(self, touch: Touch, path: Rule) -> bool:
        return touch.how in FIXED and self._certain(touch, path)

    def _is_spoken_for(self, touch: Touch) -> bool:
        """Whether a field writes the element that a location or `with:` says something of."""
        if touch.how in ("const", "default"):
            return False
        if touch.how == "pair":
            return not self._slotted(touch)
        return _key(touch) in self._free

    def _slotted(self, touch: Touch) -> bool:
        """Whether a pair has `slot:`: then it is written to one place only."""
        return self._pairs[touch.hops, touch.place] == 1

    # ------------------------------------------------------------------------------------ what goes together

    def _notes(self, rule: Resolved, path: Rule) -> Iterator[Mismatch]:
        """Elements that a rule wants together, where nothing writes some of them."""
        places = {touch.hops: touch.place for touch in self._places.at(path)}
        for hops, place in places.items():
            written = {touch.element for touch in self._touches if touch.hops == hops}
            for note, text in zip(rule.notes, rule.rule.notes, strict=True):
                lacking = [position for position in note.positions if position not in written]
                if lacking and is_broken(note.kind, note.positions, written):
                    named = " or ".join(f"{rule.id}{position:02d}" for position in lacking)
                    sentence = f"no {rule.id} is taken there without {named} ({text}), and nothing writes it here"
                    yield Mismatch(rule=rule.rule.where, sentence=sentence, place=place)


def _is_unasked(touch: Touch) -> bool:
    """Whether a field is written, or can be, that the document does not say."""
    if touch.planned is None:
        return touch.how == "default"
    form = touch.planned.form
    return bool(form.carry) or (form.write is not None and not form.write.text.count("value"))


def is_broken(kind: str, positions: Sequence[int], written: set[int]) -> bool:
    """Whether a syntax note can be broken by what is written: some never come with what they need."""
    missing = [position for position in positions if position not in written]
    first, others = positions[0] in written, [each for each in positions[1:] if each in written]
    return {
        "P": len(missing) < len(positions) and bool(missing),
        "C": first and bool(missing),
        "L": first and not others,
        "R": bool(written) and len(missing) == len(positions),
        "E": False,
    }[kind]


def _key(touch: Touch) -> tuple[Path, int, int]:
    return touch.hops, touch.element, touch.component


def _let_through(rule: Resolved, touch: Touch) -> str:
    """A value that the mapping's own words let through and the rule does not, told; "" when it says no limit."""
    planned, definition = touch.planned, touch.definition
    if planned is None or definition is None:
        return ""
    form = planned.form
    high = definition.maximum
    if touch.values:
        wrong = next((value for value in touch.values if unwanted(rule, value)), "")
        return f"{touch.text} can be '{wrong}', {_why(rule, wrong)}" if wrong else ""
    if form.fit in CHECKED:
        values = [value for value in _CHECKED_VALUES[form.fit] if len(value) <= high]
        every = values and all(unwanted(rule, value) for value in values)
        return f"fit: {form.fit} gives {touch.text} a value that is refused: {_why(rule, values[0])}" if every else ""
    if form.fit in ("cut", "split"):
        longest = rule.rule.longest or max(map(len, rule.rule.forms), default=high)
        if longest < high:
            return f"fit: {form.fit} leaves {high} characters for {touch.text}, {longest} are taken there"
        return ""
    return _matched(rule, touch, range(definition.minimum, min(high, _LONGEST) + 1)) if form.match else ""


def _matched(rule: Resolved, touch: Touch, lengths: range) -> str:
    """A value that `match:` lets through and the rule does not; tried with one character again and again."""
    form = touch.planned.form if touch.planned is not None else None
    for value in (character * length for length in lengths for character in "1A0"):
        try:
            if form is None or form.match is None or unwanted(rule, value) is None:
                continue
            form.match.check(value)
        except Refused:
            continue
        return f"match: lets '{value[:40]}' through to {touch.text}, {_why(rule, value)}"
    return ""


def _asked(rule: Resolved, value: str) -> str:
    """What is taken, where the codes are few; else why this value is not."""
    codes = rule.rule.codes
    return f"only {', '.join(codes[:_SHOWN])} is taken there" if codes and len(codes) <= _SHOWN else _why(rule, value)


def _why(rule: Resolved, value: str) -> str:
    wrong = unwanted(rule, value)
    return wrong[1] if wrong is not None else ""
