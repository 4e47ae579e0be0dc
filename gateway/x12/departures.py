"""Where a set departs from its partner's guide, in the codes of the 999 (elements 620 and 621, values I4 to I13).

The standard was checked already, and what is wrong by the standard is told by it alone: one fault, one finding. Only
loops and segments that some rule is about are looked at.
"""

from collections.abc import Iterable, Iterator, Sequence

from gateway.x12.asked import holds, meant, name, unwanted, use_of, value_at, what, which
from gateway.x12.effects import effect_of, worst
from gateway.x12.findings import Finding, Trigger
from gateway.x12.interchange import Loop, Segment, Terms
from gateway.x12.levels import Level, levels
from gateway.x12.notes import broken, sentence
from gateway.x12.overlay import PartnerGuide, Resolved
from gateway.x12.positions import At, Positions, head_of
from gateway.x12.rules import Rules

VALUE_LIMIT = 99
"""Characters of a value that a finding copies, as in `validate`."""


def departures(
    guide: PartnerGuide,
    tree: Loop,
    segments: Sequence[Segment],
    known: Iterable[Finding],
    terms: Terms,
    rules: Rules,
) -> Iterator[Finding]:
    """What a set lacks of what its partner asks for, in order of the rules.

    `known` are the findings by the standard, `rules` those it was read with. Positions come from `segments`, whose
    items are the very objects in `tree`.
    """
    if not levels(guide).kept(tree, tree):
        yield from _Check(guide, tree, segments, tuple(known), terms, rules).run()


class _Check:
    """One set under one guide."""

    def __init__(
        self,
        guide: PartnerGuide,
        tree: Loop,
        segments: Sequence[Segment],
        known: tuple[Finding, ...],
        terms: Terms,
        rules: Rules,
    ) -> None:
        self._guide = guide
        self._root = tree
        self._segments = segments
        self._positions = Positions(tree, guide.guide.root, segments)
        self._terms = terms
        self._delimiters = rules.delimiters
        self._characters = rules.characters
        self._told = {(one.position, one.element) for one in known if one.level == "element"}
        self._astray = {one.segment for one in known if one.code.startswith("AK304:") and one.code[6:] in "12367"}
        self._over = {(one.segment, one.loop) for one in known if one.code in ("AK304:4", "AK304:5")}

    def run(self) -> Iterator[Finding]:
        """Every departure; of several at one element the gravest."""
        found: dict[tuple[object, ...], Finding] = {}
        for number, one in enumerate(self._loop(levels(self._guide), self._root)):
            key = (one.position, one.element) if one.element else (one.position, 0, number)
            kept = found.get(key)
            if kept is None or worst((kept, one)) is not kept.effect:
                found[key] = one
        yield from found.values()

    def _loop(self, level: Level, loop: Loop) -> Iterator[Finding]:
        for count in level.counts:
            if self._applies(count.rule, loop):
                yield from self._count(count.rule, loop)
        for segment_id, rules in level.values.items():
            for index in range(len(loop.segments.get(segment_id, ()))):
                yield from self._segment(rules, At(loop, segment_id, index))
        for (loop_id, test), inner in level.inner.items():
            for one in loop.loops.get(loop_id, ()):
                if meant(test, one.head):
                    yield from self._loop(inner, one)

    def _segment(self, rules: list[Resolved], at: At) -> Iterator[Finding]:
        for rule in rules:
            if meant(rule.test, at.segment) and self._applies(rule, at.loop):
                yield from self._element(rule, at) if rule.element else ()
                yield from self._notes(rule, at)

    def _applies(self, rule: Resolved, loop: Loop) -> bool:
        return rule.when is None or holds(rule.when, loop, self._root)

    def _trigger(self, rule: Resolved, loop: Loop) -> Trigger | None:
        """The element that made a rule with a condition apply."""
        when = rule.when
        around = self._root if when is not None and when.outside else loop
        definition = self._guide.guide.segment(when.segment) if when is not None else None
        if when is None or definition is None:
            return None
        segments = around.segments.get(when.segment, ())
        made = (n for n, segment in enumerate(segments) if value_at(segment, when.element) in when.values)
        return Trigger(
            segment=when.segment,
            position=self._positions.of(At(around, when.segment, next(made, 0))),
            loop=around.id,
            element=when.element,
            reference=definition.elements[when.element - 1].reference,
        )

    # Occurrences

    def _count(self, rule: Resolved, loop: Loop) -> Iterator[Finding]:
        if rule.whole_loop:
            there = [head_of(one) for one in loop.loops.get(rule.id, ())]
        else:
            there = [At(loop, rule.id, index) for index in range(len(loop.segments.get(rule.id, ())))]
        met = [at for at in there if meant(rule.test, at.segment)]
        if rule.rule.use == "not used":
            if met:
                code = "IK304:I9" if rule.when else "IK304:I4"
                yield self._finding(rule, code, self._positions.of(met[0]), loop, f"{what(rule)} is not used")
        elif len(met) < rule.least:
            if rule.id not in self._astray:
                yield self._missing(rule, loop, len(met))
        elif (most := rule.rule.most) is not None and len(met) > most and not self._over_already(rule, loop):
            code = "IK304:4" if rule.whole_loop else "IK304:5"
            text = f"{what(rule)} comes {len(met)} times, {most} allowed"
            yield self._finding(rule, code, self._positions.of(met[most]), loop, text)

    def _over_already(self, rule: Resolved, loop: Loop) -> bool:
        return (rule.id, rule.id if rule.whole_loop else loop.id) in self._over

    def _missing(self, rule: Resolved, loop: Loop, count: int) -> Finding:
        code = "IK304:I6" if rule.when else "IK304:I7" if rule.whole_loop else "IK304:I8"
        needed = "is needed" if rule.least == 1 else f"is needed {rule.least} times and comes {count} times"
        position = self._positions.behind(loop, rule.around, rule.ordinal) + 1
        before = self._segments[position - 1][0] if position <= len(self._segments) else "the end"
        return self._finding(rule, code, position, loop, f"{what(rule)} {needed} and missing before {before}")

    # Elements

    def _notes(self, rule: Resolved, at: At) -> Iterator[Finding]:
        present = tuple(map(bool, at.segment))
        for note in rule.notes:
            problem = broken(note, present)
            if problem is not None:
                code = "IK403:I13" if problem[0] == "AK403:10" else "IK403:I9"
                value = value_at(at.segment, problem[1]) if code == "IK403:I13" else ""
                yield from self._at(rule, code, at, problem[1], value, sentence(note, rule.id))

    def _element(self, rule: Resolved, at: At) -> Iterator[Finding]:
        """At most one departure of an element: it is there or not, its repeats, its value."""
        asked, whole = rule.rule, value_at(at.segment, rule.element)
        repeats = self._split(whole, self._delimiters.repetition)
        values = [self._component(one, rule.component) for one in repeats]
        there = [value for value in values if value]
        if asked.use == "not used":
            if there:
                code = "IK403:I13" if rule.when else "IK403:I10"
                yield from self._at(rule, code, at, 0, there[0], "it is not used")
        elif asked.use == "required" and not there:
            yield from self._at(rule, "IK403:I9", at, 0, "", f"{name(rule)} is needed and missing")
        elif asked.least is not None and there and len(there) < asked.least:
            text = f"{len(there)} repetitions, at least {asked.least} needed"
            yield from self._at(rule, "IK403:I11", at, 0, whole, text)
        elif asked.most is not None and len(there) > asked.most:
            text = f"{len(there)} repetitions, {asked.most} allowed"
            yield from self._at(rule, "IK403:12", at, 0, whole, text, asked.most + 1)
        else:
            yield from self._values(rule, at, values)

    def _values(self, rule: Resolved, at: At, values: list[str]) -> Iterator[Finding]:
        for number, value in enumerate(values, start=1):
            wrong = unwanted(rule, value) if value else None
            if wrong is not None:
                repeat = number if len(values) > 1 else 0
                yield from self._at(rule, wrong[0], at, 0, value, wrong[1], repeat)
                return

    def _component(self, value: str, component: int) -> str:
        if not component:
            return value
        parts = self._split(value, self._delimiters.component)
        return parts[component - 1] if component <= len(parts) else ""

    def _split(self, value: str, separator: str) -> list[str]:
        return value.split(separator) if separator and separator in value else [value]

    # Findings

    def _at(
        self,
        rule: Resolved,
        code: str,
        at: At,
        element: int,
        value: str,
        text: str,
        repeat: int = 0,
    ) -> Iterator[Finding]:
        """A finding at an element (the rule's when 0), unless the standard has one there already."""
        position, element = self._positions.of(at), element or rule.element
        if (position, element) not in self._told:
            yield self._finding(rule, code, position, at.loop, text, element=element, repeat=repeat, value=value)

    def _finding(
        self,
        rule: Resolved,
        code: str,
        position: int,
        loop: Loop,
        text: str,
        *,
        element: int = 0,
        repeat: int = 0,
        value: str = "",
    ) -> Finding:
        component = rule.component if element == rule.element else 0
        use = use_of(rule, element) if element else None
        reference = use.reference if use is not None else ""
        where = f"{self._guide.guide.set_id}/{rule.id}[{position}]"
        if element:
            where += f"/{rule.id}{element:02}" + (f"-{component}" if component else "")
        shown = "".join(c if c in self._characters else "?" for c in value[:VALUE_LIMIT])
        return Finding(
            level="element" if element else "segment",
            code=code,
            effect=effect_of(code, self._terms, reference=reference, asked=rule.rule.severity),
            message=f"{where}: {text}{self._asked_by(rule)}",
            segment=rule.id,
            position=position,
            loop=rule.id if rule.whole_loop else loop.id,
            element=element,
            component=component,
            repeat=repeat,
            reference=reference,
            value=shown,
            altered=shown != value[:VALUE_LIMIT],
            trigger=self._trigger(rule, loop),
            which="" if element else which(rule),
        )

    def _asked_by(self, rule: Resolved) -> str:
        """Who asks for it, in whose words, and where to read more."""
        guide = self._guide
        words = f" ({rule.rule.text})" if rule.rule.text else ""
        return f"; asked for by {guide.partner}{words}" + (f", see {guide.document}" if guide.document else "")
