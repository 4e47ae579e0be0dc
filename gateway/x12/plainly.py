"""What an acknowledgement says, in sentences for people who have never read one.

Where the document that was answered is at hand, places are named as in it: "line 3: quantity ordered (PO1-02) is
missing". Without it they are counted: "segment 7 PO1, element 2 quantity ordered is missing".
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from gateway.x12.answers import ElementNote, GroupAnswer, InterchangeAnswer, SegmentNote, SetAnswer, Where
from gateway.x12.guide import ElementDefinition, Guide, LoopSpec, SegmentSpec, load
from gateway.x12.interchange import Segment
from gateway.x12.labels import label
from gateway.x12.values import printable, shown

Documents = Callable[[str, str], Sequence[Segment]]
"""ST01 and ST02 to the segments of that set, ST first; () for a set that is not at hand."""

STATUS_WORDS: Final[Mapping[str, str]] = {
    "A": "accepted",
    "E": "accepted, errors noted",
    "P": "accepted in part",
    "R": "rejected",
    "M": "rejected: its authentication code was wrong",
    "W": "rejected: its assurance was wrong",
    "X": "rejected: it could not be decrypted",
}

ELEMENT_WORDS: Final[Mapping[str, str]] = {
    "1": "is missing",
    "2": "is missing{trigger}",
    "3": "is more than the segment may hold",
    "4": "is too short{value}{least}",
    "5": "is too long{value}{most}",
    "6": "has characters that may not stand there{value}",
    "7": "has a code that is not known there{value}",
    "8": "is not a date{value}",
    "9": "is not a time{value}",
    "10": "may not be there{beside}{value}",
    "12": "is repeated too often",
    "13": "has too many components",
    "I6": "has a code that the partner does not use{value}",
    "I9": "is missing, the partner asks for it{trigger}",
    "I10": "is there, the partner does not want it{value}",
    "I11": "is repeated too seldom",
    "I12": "is not written as the partner asks for{value}",
    "I13": "is there, the partner does not want it{beside}{value}",
}
"""By AK403 and IK403 (elements 723 and 621)."""

SEGMENT_WORDS: Final[Mapping[str, str]] = {
    "1": "is not a segment that they know",
    "2": "may not stand here",
    "3": "is missing",
    "4": "begins a loop that comes too often",
    "5": "comes too often",
    "6": "has no place in this set",
    "7": "comes out of order",
    "8": "has elements in error",
    "I4": "is there, the partner does not want it",
    "I6": "is missing, the partner asks for it{trigger}",
    "I7": "is missing: its loop comes too seldom for the partner",
    "I8": "comes too seldom for the partner",
    "I9": "is there, the partner does not want it{beside}",
}
"""By AK304 and IK304 (elements 720 and 620)."""

LINES: Final[Mapping[str, str]] = {
    "812": "CDD",
    "820": "RMR",
    "824": "OTI",
    "940": "LX",
    "943": "W04",
    "944": "W07",
    "945": "LX",
    "947": "W19",
}
"""The segment that begins a line, for sets whose guide does not name one (CTT does not count it)."""

_ADDRESS: Final = frozenset({"N1", "N2", "N3", "N4"})
"""What a party is told by; N1 begins it."""

_ABSENT: Final = frozenset({"3", "I6", "I7", "I8"})
"""Segment codes of what is not there: the position is that of what stands in its place."""


def plainly(
    answer: GroupAnswer | InterchangeAnswer, documents: Documents | None = None, version: str = ""
) -> list[str]:
    """An acknowledgement in sentences, the most important first; what is broken in itself comes last.

    Args:
        answer: as `readback` reads it.
        documents: the sets that were answered, where they are at hand.
        version: GS08 of what was answered; AK103 says it in 005010, and then it is not needed; without
            either, that of the answer itself is taken.
    """
    if isinstance(answer, InterchangeAnswer):
        said = f"interchange {answer.control_number} was {_status(answer.status)}"
        notes = [] if answer.note == "000" else [answer.note]
        sentences = [said + _reasons(("I18",), notes)]
    else:
        sentences = [_group(answer), *_sets(answer, documents, answer.version or version or answer.written)]
    return [printable(sentence) for sentence in (*sentences, *_odd(answer.oddities))]


def _group(answer: GroupAnswer) -> str:
    counted = ""
    if answer.received is not None and answer.accepted is not None:
        counted = f", {answer.accepted} of {answer.received} sets accepted"
    name = " ".join(filter(None, ("group", answer.functional_id, answer.control_number)))
    said = f"{name} was {_status(answer.status)}{counted}"
    return said + _reasons(("716",), answer.codes)


def _sets(answer: GroupAnswer, documents: Documents | None, version: str) -> Iterator[str]:
    for one in answer.sets:
        if one.status == "A" and not one.notes and not one.codes:
            continue
        said = f"{one.set_id} {one.control_number} was {_status(one.status)}"
        # That segments are in error is said by the segments.
        codes = [code for code in one.codes if code != "5" or not one.notes]
        yield said + _reasons(("618", "718"), codes)
        yield from (f"{one.set_id} {one.control_number}, {note}" for note in notes_plainly(one, version, documents))


def notes_plainly(answer: SetAnswer, version: str, documents: Documents | None = None) -> list[str]:
    """What is wrong in one set, a sentence for each element or segment in error."""
    document = documents(answer.set_id, answer.control_number) if documents is not None else ()
    guide = load(answer.set_id, answer.implementation) or load(answer.set_id, version)
    places = _Places(guide, tuple(document))
    return [sentence for note in answer.notes for sentence in _note(note, places)]


def _note(note: SegmentNote, places: "_Places") -> Iterator[str]:
    """The elements speak for their segment, unless it has a fault of its own."""
    if note.code != "8" or not note.elements:
        yield f"{places.segment(note)} {_said(SEGMENT_WORDS, note.code, places.around(note.triggers))}"
    for element in note.elements:
        yield f"{places.element(element)} {_said(ELEMENT_WORDS, element.code, places.details(element))}"


def _said(words: Mapping[str, str], code: str, details: Mapping[str, str]) -> str:
    """The words for a code, with the details that belong in them; the code itself where there are no words."""
    if code in words:
        return words[code].format(**details)
    return f"has fault {shown(code)}" if code else "has a fault"


@dataclass(frozen=True, slots=True)
class _Places:
    """Names for places: by the document that was answered where it is at hand, else by counting."""

    guide: Guide | None
    document: tuple[Segment, ...]

    def segment(self, note: SegmentNote) -> str:
        where = note.where
        name, which = self._segment_name(where.segment), note.which or where.segment
        absent = note.code in _ABSENT
        if not self._fits(where, absent=absent):
            behind = f", {name}," if name else ""
            return f"segment {where.position} {which}{behind}"
        # What is not there would stand before what is: in the line before, where that begins one.
        line = self._line(replace(where, position=where.position - 1) if absent else where)
        return f"{line}{name} ({which})" if name else f"{line}{which}"

    def element(self, note: ElementNote) -> str:
        where = note.where
        name = self._element_name(where)
        again = f", repetition {where.repeat}," if where.repeat else ""
        if not self._fits(where, absent=False):
            part = f", component {where.component}" if where.component else ""
            place = f"segment {where.position} {where.segment}, element {where.element}{part}"
            return f"{place} {name}{again}".rstrip() if name else place + again
        return f"{self._line(where)}{self._party(where)}{f'{name} ' if name else ''}({_short(where)}){again}"

    def around(self, triggers: Sequence[Where]) -> dict[str, str]:
        """What made a rule apply, as it stands behind "is missing" and behind "may not be there"."""
        named = [
            f"{_short(one)} {self._element_name(one)}".rstrip() if one.element else one.segment for one in triggers
        ]
        if not named:
            return {"trigger": "", "beside": ""}
        return {"trigger": f", because {named[0]} is there", "beside": f" beside {named[0]}"}

    def details(self, note: ElementNote) -> dict[str, str]:
        """What stands in the places of a sentence."""
        value, definition = note.value or self._value(note.where), self._definition(note.where)
        copy = f": {shown(value)}" if value else ""
        least = f", at least {_characters(definition.minimum)}" if definition is not None else ""
        most = f", at most {_characters(definition.maximum)}" if definition is not None else ""
        return {"value": copy, "least": least, "most": most, **self.around(note.triggers)}

    def _fits(self, where: Where, *, absent: bool) -> bool:
        """Whether the document has that segment at that place; something else can stand where one is missing."""
        if not 1 <= where.position <= len(self.document):
            return False
        return absent or self.document[where.position - 1][0] == where.segment

    def _value(self, where: Where) -> str:
        """The whole element as the document has it; "" where only a part of it is meant, which has no copy."""
        if where.component or where.repeat or not self._fits(where, absent=False):
            return ""
        segment = self.document[where.position - 1]
        return segment[where.element] if 0 < where.element < len(segment) else ""

    def _line(self, where: Where) -> str:
        """ "line 3: " for a place within a line of the document, by the number the line itself has, else counted."""
        starts = self._line_start()
        before = [segment for segment in self.document[: where.position] if segment[0] == starts]
        if not starts or not before or not self._within(where, starts):
            return ""
        own = before[-1][1] if len(before[-1]) > 1 else ""
        number = own if own.isascii() and own.isdigit() else str(len(before))
        return f"{'level' if starts == 'HL' else 'line'} {number}: "

    def _party(self, where: Where) -> str:
        """ "ship to " for a place in a name and address: several parties of a document have the same segments."""
        heads = [segment for segment in self.document[: where.position] if segment[0] == "N1"]
        if where.segment not in _ADDRESS or (where.segment, where.element) == ("N1", 1) or not heads:
            return ""
        name = label("98", heads[-1][1]) if len(heads[-1]) > 1 else None
        return f"{name} " if name else ""

    def _line_start(self) -> str:
        if self.guide is None:
            return ""
        return self.guide.line_item or LINES.get(self.guide.set_id, "")

    def _within(self, where: Where, starts: str) -> bool:
        """Whether everything from the beginning of the last line to the place can be in a line, and the place too."""
        loops = _loops(self.guide.root) if self.guide is not None else iter(())
        loop = next((one for one in loops if one.children[0].id == starts), None)
        if loop is None:
            return False
        inside = {spec.id for _, spec in loop.walk() if isinstance(spec, SegmentSpec)}
        last = max(n for n, segment in enumerate(self.document[: where.position]) if segment[0] == starts)
        between = self.document[last : where.position - 1]
        return where.segment in inside and all(segment[0] in inside for segment in between)

    def _segment_name(self, segment: str) -> str:
        definition = self.guide.segment(segment) if self.guide is not None else None
        return _small(definition.name) if definition is not None else ""

    def _element_name(self, where: Where) -> str:
        definition = self._definition(where)
        return _small(definition.name) if definition is not None else ""

    def _definition(self, where: Where) -> ElementDefinition | None:
        segment = self.guide.segment(where.segment) if self.guide is not None else None
        if segment is None or not 1 <= where.element <= len(segment.elements):
            return None
        use = segment.elements[where.element - 1]
        if use.composite is None:
            return use.element
        parts = use.composite.elements
        return parts[where.component - 1].element if 1 <= where.component <= len(parts) else None


def _loops(loop: LoopSpec) -> Iterator[LoopSpec]:
    for _, child in loop.walk():
        if isinstance(child, LoopSpec):
            yield child


def _short(where: Where) -> str:
    component = f"-{where.component}" if where.component else ""
    return f"{where.segment}-{where.element:02}{component}"


def _characters(count: int) -> str:
    return f"{count} character{'s' if count != 1 else ''}"


def _small(name: str) -> str:
    """A name within a sentence: "Quantity ordered" is "quantity ordered", "UPC number" stays."""
    return name if name[1:2].isupper() else name[:1].lower() + name[1:]


def _status(status: str) -> str:
    return STATUS_WORDS.get(status) or (f"answered with {status}" if status else "not said to be accepted or rejected")


def _reasons(elements: Sequence[str], codes: Sequence[str]) -> str:
    """What codes of an element mean, behind a colon; the first of `elements` that knows the code."""
    words = []
    for code in codes:
        meaning = next(filter(None, (label(element, code) for element in elements)), None)
        words.append(f"{meaning} ({code})" if meaning else f"code {code}")
    return ": " + ", ".join(words) if words else ""


def _odd(oddities: Sequence[str]) -> list[str]:
    return [f"the acknowledgement itself: {oddity}" for oddity in oddities]
