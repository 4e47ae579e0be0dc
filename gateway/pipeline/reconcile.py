"""What partners answer to what we sent: as values that can be matched, and in lines for those who have to act on it.

Pure. How much is kept is bounded here: an answer may be as long as its sender likes.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Final

from gateway.ledger.matching import GroupSaid, InterchangeSaid, Pair, SetName, Verdict
from gateway.pipeline.reporting_remedies import known_form
from gateway.x12.answers import (
    ElementNote,
    GroupAnswer,
    InterchangeAnswer,
    SegmentNote,
    SetAnswer,
)
from gateway.x12.interchange import InterchangeHeader, Segment
from gateway.x12.plainly import notes_plainly, plainly
from gateway.x12.readback import read_response

MOST_LINES: Final = 50
"""Lines kept of one answer, for the 997 itself and for each document: more has one cause, and nobody reads it."""

MOST_SETS: Final = 1_000
"""Sets kept of one answer, twice as many as a group of ours has; one that names more is about no group of ours."""

FIRST_ACCEPTED: Final = "the first sending was accepted"
"""Begins the line of a document that was sent again for one that the partner accepted, before that or after all."""

_LONGEST_NUMBER: Final = 9
_ELEMENTS_IN_ERROR: Final = "8"
_USED_BEFORE: Final = frozenset({"AK502:7", "AK502:23", "AK905:6", "AK905:19"})
"""Of numbers that are not unique; releases without 19 and 23 say 6 and 7, that they are not valid: ours always are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerAnswer:
    """One 997 or 999 that came in. `sender` and `receiver` are GS02 and GS03 of its group; `fault` is what our own
    checks find wrong with it, "" when nothing.
    """

    said: GroupAnswer
    sender: str
    receiver: str
    fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One sentence of an answer, and the place in our set that it is about: positions count from 1, ST being 1.

    `codes` are those of the standard that it stands for, "AK502:5 AK502:4", as far as they look like any.
    """

    line: str
    segment: str = ""
    position: int = 0
    element: int = 0
    component: int = 0
    codes: str = ""

    def plain(self) -> Mapping[str, Any]:
        """As JSON values; what is empty is left out."""
        return {name: value for name, value in asdict(self).items() if value}


# ---------------------------------------------------------------------------------------------- read


def read_answer(
    segments: Sequence[Segment], *, component: str, written: str, sender: str, receiver: str
) -> PartnerAnswer:
    """A 997 or 999, ST to SE; `written` is GS08 of its group, `component` the component separator."""
    said = read_response(segments, component, written)
    kept = tuple(_counted_as_ours(_shortened(one)) for one in said.sets[:MOST_SETS])
    oddities = said.oddities[:MOST_LINES]
    if len(said.sets) > MOST_SETS:
        oddities = (f"it answers {len(said.sets)} sets, and no group of ours has as many", *oddities)
    return PartnerAnswer(said=replace(said, sets=kept, oddities=oddities), sender=sender, receiver=receiver)


def _shortened(answer: SetAnswer) -> SetAnswer:
    """With notes for as many lines as are kept of it."""
    notes, room = [], MOST_LINES
    for note in answer.notes:
        if room <= 0:
            break
        notes.append(replace(note, elements=note.elements[:room], triggers=note.triggers[:1]))
        room -= max(1, len(note.elements))
    return replace(answer, notes=tuple(notes))


def _counted_as_ours(answer: SetAnswer) -> SetAnswer:
    """ST02 of ours has four digits at least; some partners leave out the zeros before it."""
    number = answer.control_number
    ours = (
        str(int(number)).zfill(4)
        if number.isascii() and number.isdigit() and len(number) <= _LONGEST_NUMBER
        else number
    )
    return answer if ours == number else replace(answer, control_number=ours)


# ---------------------------------------------------------------------------------------------- to be matched


def pair_of(header: InterchangeHeader) -> Pair:
    """Between whom an interchange that came in was: what we sent goes the other way."""
    return Pair(
        ours=f"{header.receiver_qualifier}/{header.receiver}",
        theirs=f"{header.sender_qualifier}/{header.sender}",
        usage=header.usage,
    )


def group_said(answer: PartnerAnswer, pair: Pair, at: datetime) -> GroupSaid:
    """A 997 or 999 that came at `at`, as it is matched."""
    said = answer.said
    return GroupSaid(
        pair=pair,
        gs_ours=answer.receiver,
        gs_theirs=answer.sender,
        functional_id=said.functional_id,
        control_number=said.control_number,
        status=said.status,
        included=said.included,
        received=said.received,
        accepted=said.accepted,
        named=frozenset((one.set_id, one.control_number) for one in said.sets),
        at=at,
        flaws=(*([answer.fault] if answer.fault else []), *said.oddities),
    )


def interchange_said(answer: InterchangeAnswer, pair: Pair, at: datetime) -> InterchangeSaid:
    """A TA1 that came at `at`, as it is matched."""
    return InterchangeSaid(pair=pair, control_number=answer.control_number, date=answer.date, time=answer.time, at=at)


def verdicts(answer: GroupAnswer, sets: Iterable[SetName]) -> Mapping[SetName, Verdict]:
    """What an answer makes of these sets of ours. Where some of the group were refused and none is named, each of them
    is accepted "in part": nobody can say which.
    """
    counted = answer.accepted is not None and answer.received is not None and 0 < answer.accepted < answer.received
    whole = answer.status == "P" and not answer.sets and counted
    return {name: "in part" if whole and said == "unclear" else said for name, said in answer.verdicts(sets).items()}


def only_used_before(answer: GroupAnswer, sets: Iterable[SetName]) -> frozenset[SetName]:
    """Those of these sets of ours of which it finds nothing wrong but their numbers, as of what came a second time."""
    wanted = tuple(sets)
    named, group = answer.abouts(wanted), {f"AK905:{code}" for code in answer.codes}
    return frozenset(name for name in wanted if _only_numbers(group, named.get(name)))


def _only_numbers(group: Set[str], said: SetAnswer | None) -> bool:
    codes = group | {f"AK502:{code}" for code in (said.codes if said is not None else ())}
    return bool(codes) and codes <= _USED_BEFORE and not (said is not None and said.notes)


# ---------------------------------------------------------------------------------------------- in lines


def lines_of_answer(answer: GroupAnswer | InterchangeAnswer) -> list[Line]:
    """All of an answer, as far as it is kept."""
    if isinstance(answer, InterchangeAnswer):
        first, *others = _some(plainly(answer))
        return [Line(line=first, codes=_codes("TA105", [answer.note])), *(Line(line=one) for one in others)]
    telling = [one for one in answer.sets if one.status != "A" or one.notes or one.codes]
    answer = replace(answer, sets=tuple(telling[:MOST_LINES]))
    return [Line(line=sentence) for sentence in _some(plainly(answer))]


def lines_of_set(answer: GroupAnswer, name: SetName, version: str, segments: Sequence[Segment]) -> list[Line]:
    """What an answer says of one set of ours, for people who have to mend it.

    Args:
        answer: the whole answer; its group may be what was rejected.
        name: ST01 and ST02 of the set.
        version: its GS08.
        segments: the set as it was sent, ST first; () when it cannot be read.
    """
    said = answer.about(*name)
    groups = _codes("AK905", answer.codes)
    if said is None:
        return [Line(line=one, codes=groups) for one in plainly(replace(answer, sets=(), oddities=()))]
    # That segments are in error is said by the segments.
    codes = tuple(code for code in said.codes if code != "5" or not said.notes)
    alone = replace(said, notes=(), codes=codes)
    sentences = plainly(replace(answer, sets=(alone,), oddities=()))
    head = [Line(line=one, codes=each) for one, each in zip(sentences, (groups, _codes("AK502", codes)), strict=False)]
    return [*head, *_lines_of_notes(said, version, segments)][:MOST_LINES]


def _lines_of_notes(answer: SetAnswer, version: str, segments: Sequence[Segment]) -> Iterator[Line]:
    for note in (piece for whole in answer.notes for piece in _pieces(whole)):
        alone = replace(answer, notes=(note,))
        for sentence in notes_plainly(alone, version, lambda _set, _number: segments):
            where = note.elements[0].where if note.elements else note.where
            yield Line(
                line=sentence,
                segment=where.segment,
                position=where.position,
                element=where.element,
                component=where.component,
                codes=_codes("AK403", [note.elements[0].code]) if note.elements else _codes("AK304", [note.code]),
            )


def _codes(place: str, codes: Iterable[str]) -> str:
    """Codes with the place they stand at; those that only a 999 has are called by its segments."""
    named = [f"{place}:{code}" if not code.startswith("I") else f"IK{place[2:]}:{code}" for code in codes]
    return " ".join(one for one in named if known_form(one))


def _pieces(note: SegmentNote) -> Iterator[SegmentNote]:
    """A note for each sentence it is told in: its own fault, then each of its elements."""
    if note.code != _ELEMENTS_IN_ERROR or not note.elements:
        yield replace(note, elements=())
    for element in note.elements:
        yield replace(note, code=_ELEMENTS_IN_ERROR, elements=(element,))


def cut(data: bytes) -> tuple[Segment, ...]:
    """The segments of a set of ours, from the bytes that were sent: ST to SE with its terminator."""
    text = data.decode("latin-1")
    if len(text) < 4 or not text.startswith("ST"):
        return ()
    element, end = text[2], text[-1]
    return tuple(tuple(one.lstrip("\r\n").split(element)) for one in text.split(end)[:-1])


# ---------------------------------------------------------------------------------------------- kept


def details(answer: GroupAnswer | InterchangeAnswer) -> Mapping[str, Any]:
    """What is kept of an answer for reports, as JSON values: codes, sets and places, not the copies of our values."""
    if isinstance(answer, InterchangeAnswer):
        return {"control_number": answer.control_number, "note": answer.note, "oddities": list(answer.oddities)}
    return {
        "functional_id": answer.functional_id,
        "control_number": answer.control_number,
        "counts": [answer.included, answer.received, answer.accepted],
        "codes": list(answer.codes),
        "sets": [_set_detail(one) for one in answer.sets[:MOST_SETS]],
        "oddities": list(answer.oddities),
    }


def _set_detail(answer: SetAnswer) -> Mapping[str, Any]:
    notes = [piece for note in answer.notes for piece in _pieces(note)]
    return {
        "set": answer.set_id,
        "number": answer.control_number,
        "status": answer.status,
        "codes": list(answer.codes),
        "faults": [_fault_detail(note) for note in notes[:MOST_LINES]],
    }


def _fault_detail(note: SegmentNote) -> Mapping[str, Any]:
    where: ElementNote | SegmentNote = note.elements[0] if note.elements else note
    place = where.where
    return {"segment": place.segment, "position": place.position, "element": place.element, "code": where.code}


def _some(sentences: Sequence[str]) -> Iterator[str]:
    yield from sentences[:MOST_LINES]
    if len(sentences) > MOST_LINES:
        yield f"and {len(sentences) - MOST_LINES} more"
