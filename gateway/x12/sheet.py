"""A guide laid out for people: what may stand where, with a partner's rules worked in. Text, JSON and pages print it.

What a partner asks of every occurrence narrows the row itself; what it asks of some only (the ship-to party, drop
shipments) stands below as a case of its own.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from gateway.x12.guide import ElementUse, Guide, LoopSpec, SegmentDefinition, SegmentSpec
from gateway.x12.labels import label
from gateway.x12.overlay import PartnerGuide, Resolved, Test
from gateway.x12.sheet_words import case_title, demands, element_names, lengths, note_in_words, requirement_of

Path = tuple[str, ...]
_SET_IDENTIFIER = "ST01"
"""In a guide it has one value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A code with its meaning in our words, "" when we have none."""

    code: str
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementRow:
    """One element or component. `place` is "BEG01" or "MEA04-1", `number` the data element or composite.

    `requirement` is "must", "may", "depends" (a note says when) or "not used"; `codes` is None when any value goes;
    `changed` says that the partner asks for more than the standard, `demands` what, in words.
    """

    place: str
    number: str
    name: str
    kind: str
    minimum: int
    maximum: int
    lengths: str
    requirement: str
    repeat: int
    codes: tuple[Code, ...] | None
    changed: bool
    demands: tuple[str, ...]
    text: str
    example: str
    severity: str
    components: tuple["ElementRow", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """One thing asked for in a case: of what, what, and with what effect."""

    of: str
    demands: tuple[str, ...]
    text: str
    example: str
    severity: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What a partner asks of some occurrences only: "N1 where N101 is ST (ship to)"."""

    title: str
    demands: tuple[Demand, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentRow:
    """A segment in its place. `maximum` None is no limit; `notes` are the relations of its elements in words."""

    id: str
    name: str
    requirement: str
    maximum: int | None
    changed: bool
    demands: tuple[str, ...]
    text: str
    example: str
    severity: str
    elements: tuple[ElementRow, ...]
    notes: tuple[str, ...]
    cases: tuple[Case, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopRow:
    """A loop in its place, the first of its `children` being the segment that starts it."""

    id: str
    name: str
    requirement: str
    maximum: int | None
    changed: bool
    demands: tuple[str, ...]
    text: str
    severity: str
    children: tuple["SegmentRow | LoopRow", ...]
    cases: tuple[Case, ...]


Row = SegmentRow | LoopRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A whole guide. `partner`, `guide`, `document` and `text` are "" without a partner."""

    set_id: str
    title: str
    release: str
    group: str
    partner: str
    guide: str
    document: str
    text: str
    rows: tuple[Row, ...]


def sheet(
    guide: Guide, asked: PartnerGuide | None = None, extra_codes: Mapping[str, frozenset[str]] | None = None
) -> Sheet:
    """The guide of a set, narrowed by what a partner asks for, with the codes that an agreement adds."""
    maker = _Maker(guide, asked.rules if asked is not None else (), extra_codes or {})
    return Sheet(
        set_id=guide.set_id,
        title=guide.title,
        release=guide.release.id,
        group=guide.functional_id,
        partner=asked.partner if asked is not None else "",
        guide=asked.name if asked is not None else "",
        document=asked.document if asked is not None else "",
        text=asked.text if asked is not None else "",
        rows=tuple(maker.rows(guide.root, ())),
    )


def _labelled(reference: str, codes: Iterable[str]) -> tuple[Code, ...]:
    return tuple(Code(code=code, meaning=label(reference, code) or "") for code in codes)


class _Maker:
    """Rules by the place they are shown at; each is used where it belongs."""

    def __init__(self, guide: Guide, rules: tuple[Resolved, ...], extra: Mapping[str, frozenset[str]]) -> None:
        self._guide = guide
        self._extra = extra
        self._lists: dict[str, tuple[Code, ...]] = {}
        self._general: dict[tuple[Path, str, bool, int, int], Resolved] = {}
        self._cases: dict[tuple[Path, str, bool], dict[tuple[Test, str], list[Resolved]]] = {}
        for rule in rules:
            path = tuple(branch.id for branch in rule.loops)
            if not rule.qualified:
                self._general[path, rule.id, rule.whole_loop, rule.element, rule.component] = rule
                continue
            tested = next((number for number, branch in enumerate(rule.loops) if branch.test), None)
            if tested is None:
                at, test = (path, rule.id, rule.whole_loop), rule.test
            else:
                at, test = (path[:tested], path[tested], True), rule.loops[tested].test
            self._cases.setdefault(at, {}).setdefault((test, rule.rule.when), []).append(rule)

    def rows(self, loop: LoopSpec, path: Path) -> Iterator[Row]:
        for spec in loop.children:
            if isinstance(spec, LoopSpec):
                yield self._loop(spec, path)
            else:
                yield self._segment(spec, path)

    def _loop(self, spec: LoopSpec, path: Path) -> LoopRow:
        rule = self._general.get((path, spec.id, True, 0, 0))
        return LoopRow(
            id=spec.id,
            name=self._guide.loop_name(spec.id),
            requirement=requirement_of(spec.requirement, rule),
            maximum=rule.rule.most if rule is not None and rule.rule.most is not None else spec.maximum,
            changed=rule is not None,
            demands=demands(rule),
            text=rule.rule.text if rule is not None else "",
            severity=rule.rule.severity.value if rule is not None else "",
            children=tuple(self.rows(spec, (*path, spec.id))),
            cases=self._cases_at(path, spec.id, True),
        )

    def _segment(self, spec: SegmentSpec, path: Path) -> SegmentRow:
        rule = self._general.get((path, spec.id, False, 0, 0))
        definition = self._guide.segment(spec.id)
        assert definition is not None  # noqa: S101  # a test holds that every guide's segments are defined
        return SegmentRow(
            id=spec.id,
            name=definition.name,
            requirement=requirement_of(spec.requirement, rule),
            maximum=rule.rule.most if rule is not None and rule.rule.most is not None else spec.maximum,
            changed=rule is not None,
            demands=demands(rule),
            text=rule.rule.text if rule is not None else "",
            example=rule.rule.example if rule is not None else "",
            severity=rule.rule.severity.value if rule is not None else "",
            elements=tuple(self._element(definition, use, path) for use in definition.elements),
            notes=tuple(note_in_words(note, spec.id) for note in definition.notes),
            cases=self._cases_at(path, spec.id, False),
        )

    def _element(self, definition: SegmentDefinition, use: ElementUse, path: Path) -> ElementRow:
        rule = self._general.get((path, definition.id, False, use.position, 0))
        row = self._row(use, f"{definition.id}{use.position:02}", rule)
        if use.composite is None:
            return row
        components = tuple(
            self._row(
                part,
                f"{row.place}-{part.position}",
                self._general.get((path, definition.id, False, use.position, part.position)),
            )
            for part in use.composite.elements
        )
        return replace(row, components=components)

    def _row(self, use: ElementUse, place: str, rule: Resolved | None) -> ElementRow:
        element, asked = use.element, rule.rule if rule is not None else None
        low, high = (element.minimum, element.maximum) if element is not None else (0, 0)
        if asked is not None:
            low, high = max(low, asked.shortest or 0), min(high, asked.longest or high)
        return ElementRow(
            place=place,
            number=use.reference,
            name=element.name if element is not None else use.composite.name if use.composite is not None else "",
            kind=_kind(use),
            minimum=low,
            maximum=high,
            lengths=lengths(low, high) if element is not None else "",
            requirement=requirement_of(use.requirement, rule),
            repeat=asked.most if asked is not None and asked.most is not None else use.repeat,
            codes=self._codes(use, self._only_codes(place, asked.codes if asked is not None else None)),
            changed=rule is not None,
            demands=demands(rule),
            text=asked.text if asked is not None else "",
            example=asked.example if asked is not None else "",
            severity=asked.severity.value if asked is not None else "",
            components=(),
        )

    def _only_codes(self, place: str, asked: tuple[str, ...] | None) -> tuple[str, ...] | None:
        """The codes that a partner guide leaves, None for all."""
        return (self._guide.set_id,) if place == _SET_IDENTIFIER and asked is None else asked

    def _codes(self, use: ElementUse, asked: tuple[str, ...] | None) -> tuple[Code, ...] | None:
        element = use.element
        if element is None or (element.codes is None and asked is None):
            return None
        added = self._extra.get(element.reference, frozenset())
        if asked is not None:
            return _labelled(element.reference, asked)
        if element.reference not in self._lists:  # some 400 qualifiers of one guide share a list of 1,300 codes
            codes = sorted((element.codes or frozenset()) | added)
            self._lists[element.reference] = _labelled(element.reference, codes)
        return self._lists[element.reference]

    def _cases_at(self, path: Path, name: str, whole_loop: bool) -> tuple[Case, ...]:
        return tuple(
            Case(
                title=case_title(name, self._guide, test, when),
                demands=tuple(
                    Demand(
                        of=element_names(rule, name),
                        demands=demands(rule),
                        text=rule.rule.text,
                        example=rule.rule.example,
                        severity=rule.rule.severity.value,
                    )
                    for rule in rules
                ),
            )
            for (test, when), rules in self._cases.get((path, name, whole_loop), {}).items()
        )


def _kind(use: ElementUse) -> str:
    """The type as guides write it: ID, AN, N2, R, DT, TM; "composite" for one with components."""
    if use.element is None:
        return "composite"
    return f"N{use.element.decimals}" if use.element.kind == "N" else use.element.kind
