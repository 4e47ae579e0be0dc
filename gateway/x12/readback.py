"""Acknowledgements read back, whoever wrote them.

Partners write them by many programs, and not all of them well: whatever is there is taken, what is missing or
contradicts itself is kept as an oddity in words, and nothing raises.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Literal

from gateway.x12.answers import (
    REFUSED,
    ElementNote,
    GroupAnswer,
    InterchangeAnswer,
    SegmentNote,
    SetAnswer,
    Where,
)
from gateway.x12.delimiters import read_header
from gateway.x12.interchange import Segment

KEPT_LIMIT: Final = 100_000
"""Sets, notes and oddities kept of one answer; a group answered in more detail than that says nothing new."""

_GROUP_STATUSES: Final = frozenset("AEP") | REFUSED
_SET_STATUSES: Final = frozenset("AE") | REFUSED
_INTERCHANGE_STATUSES: Final = frozenset("AER")

_ENDS: Final = frozenset({"ST", "SE", "GS", "GE", "IEA", "TA1"})
"""Segments that end an answer, or begin the next one when the SE before it is missing."""


def read_response(segments: Iterable[Segment], component: str = ":", written: str = "") -> GroupAnswer:
    """One 997 or 999, from ST to SE or any part of it; `component` is its component separator, `written` its GS08."""
    reading = _Reading(component, written)
    for segment in segments:
        reading.take(segment)
    return reading.answer()


def read_ta1(segment: Segment) -> InterchangeAnswer:
    """One TA1 segment."""
    _, number, date, time, status, note = _padded(segment, 6)
    oddities = [] if status in _INTERCHANGE_STATUSES else [f"TA104 {status!r} is no status"]
    if len(note) != 3 or not _is_number(note):
        oddities.append(f"TA105 {note[:20]!r} is no note code")
    return InterchangeAnswer(
        control_number=number, date=date, time=time, status=status, note=note, oddities=tuple(oddities)
    )


def read_answers(data: bytes) -> Iterator[GroupAnswer | InterchangeAnswer]:
    """Every TA1, 997 and 999 in the bytes of one interchange, in order. Nothing for bytes that are none.

    Cut by delimiters alone, so that one in a version without a guide, or one that a reader would refuse, is read too.
    """
    text = data.decode("latin-1")
    start = text.find("ISA")
    header = read_header(text[start:], 0) if start >= 0 else None
    if header is None or not header.splittable:
        return
    cut = header.header.delimiters
    behind = text[start + header.length :].split(cut.segment)
    open_set: list[Segment] = []
    written = ""
    for segment in (tuple(one.strip().split(cut.element)) for one in behind if one.strip()):
        name = segment[0]
        if open_set and name in _ENDS:
            yield read_response(open_set, cut.component, written)
            open_set = []
        if name == "GS":
            written = _padded(segment, 9)[8]
        if name == "TA1":
            yield read_ta1(segment)
        elif open_set or (name == "ST" and segment[1:2] in (("997",), ("999",))):
            open_set.append(segment)
    if open_set:
        yield read_response(open_set, cut.component, written)


class _Reading:
    """An answer while its segments come, in whatever order they do."""

    def __init__(self, component: str, written: str) -> None:
        self._component = component
        self._written = written
        self._kind: Literal["997", "999"] = "997"
        self._head: Segment = ()
        self._end: Segment = ()
        self._sets: list[SetAnswer] = []
        self._oddities: list[str] = []
        self._set: Segment = ()
        self._notes: list[SegmentNote] = []
        self._segment: Segment = ()
        self._elements: list[tuple[Segment, list[Where]]] = []
        self._triggers: list[Where] = []
        self._unit = ("", "")

    def take(self, segment: Segment) -> None:
        """One segment; what belongs to no answer is passed over."""
        name = segment[0]
        if name in ("IK3", "IK4", "IK5") or (name == "ST" and segment[1:2] == ("999",)):
            self._kind = "999"
        match name:
            case "AK1":
                self._head = self._once(self._head, segment)
            case "AK2":
                self._close_set(())
                self._set = segment
            case "AK3" | "IK3":
                self._close_segment()
                self._inside(name)
                self._segment = segment
            case "AK4" | "IK4":
                if not self._segment:
                    self._odd(f"{name} without a segment it belongs to")
                self._elements.append((segment, []))
            case "CTX":
                self._context(segment)
            case "AK5" | "IK5":
                self._close_set(segment)
            case "AK9":
                self._close_set(())
                self._end = self._once(self._end, segment)

    def answer(self) -> GroupAnswer:
        """All of it, once the last segment has come."""
        self._close_set(())
        _, functional_id, number, version = _padded(self._head or ("AK1",), 4)
        _, status, included, received, accepted = _padded(self._end or ("AK9",), 5)
        self._judge(status, tuple(map(_count, (included, received, accepted))))
        return GroupAnswer(
            kind=self._kind,
            functional_id=functional_id,
            control_number=number,
            version=version,
            written=self._written,
            status=status,
            included=_count(included),
            received=_count(received),
            accepted=_count(accepted),
            codes=tuple(filter(None, self._end[5:10])),
            sets=tuple(self._sets),
            oddities=tuple(self._oddities),
        )

    def _judge(self, status: str, counts: tuple[int | None, ...]) -> None:
        """Note what is missing and what contradicts itself."""
        if not self._head:
            self._odd("AK1 is missing: it does not say which group is meant")
        if not self._end:
            self._odd("AK9 is missing: it does not say what became of the group")
            return
        self._judge_twice()
        if status not in _GROUP_STATUSES:
            self._odd(f"AK901 {status[:20]!r} is no status")
        _, received, accepted = counts
        good = sum(one.status in ("A", "E") for one in self._sets)
        bad = sum(one.status in REFUSED for one in self._sets)
        if received is None or accepted is None:
            self._odd("AK903 and AK904 do not count sets")
            return
        if accepted > received:
            self._odd(f"AK904 says {accepted} sets were accepted of {received} received")
        if good + bad > received:
            self._odd(f"AK903 says {received} sets were received, {good + bad} are answered")
        if status not in REFUSED and (good > accepted or bad > max(0, received - accepted)):
            self._odd(f"AK904 says {accepted} of {received} sets were accepted, {good} are named so and {bad} rejected")
        if status in ("A", "E") and bad:
            self._odd(f"AK901 says {status}, {bad} sets are named as rejected")

    def _judge_twice(self) -> None:
        """Note sets that are both refused and not."""
        refused: dict[tuple[str, str], bool] = {}
        for one in self._sets:
            name, bad = (one.set_id, one.control_number.lstrip("0")), one.status in REFUSED
            if refused.setdefault(name, bad) is not bad:
                self._odd(f"{one.set_id[:20]} {one.control_number[:20]} is answered twice: rejected, and not rejected")

    def _inside(self, name: str) -> None:
        if not self._set:
            self._odd(f"{name} without a set it belongs to")

    def _once(self, before: Segment, segment: Segment) -> Segment:
        if before:
            self._odd(f"{segment[0]} comes twice: the first one counts")
        return before or segment

    def _context(self, segment: Segment) -> None:
        _, name, of, position, loop, place, reference = _padded(segment, 7)
        first, _, value = name.partition(self._component)
        if value and not of:
            self._unit = (first, value)
            return
        numbers = reference.split(self._component)
        found = self._where(of, position, loop, place, numbers[0])
        (self._elements[-1][1] if self._elements else self._triggers).append(found)

    def _where(self, segment: str, position: str, loop: str, place: str, reference: str) -> Where:
        parts = [_count(part) or 0 for part in place.split(self._component)]
        element, component, repeat = (*parts, 0, 0, 0)[:3]
        return Where(
            segment=segment,
            position=_count(position) or 0,
            loop=loop,
            element=element,
            component=component,
            repeat=repeat,
            reference=reference,
        )

    def _close_segment(self) -> None:
        if not self._segment and not self._elements:
            return
        _, name, position, loop, code = _padded(self._segment or ("AK3",), 5)
        where = self._where(name, position, loop, "", "")
        note = SegmentNote(
            where=where,
            code=code,
            elements=tuple(self._element(where, one, triggers) for one, triggers in self._elements),
            triggers=tuple(self._triggers),
            unit=self._unit,
        )
        if len(self._notes) < KEPT_LIMIT:
            self._notes.append(note)
        self._segment, self._elements, self._triggers, self._unit = (), [], [], ("", "")

    def _element(self, around: Where, segment: Segment, triggers: Sequence[Where]) -> ElementNote:
        _, place, reference, code, value = _padded(segment, 5)
        where = self._where(around.segment, str(around.position), around.loop, place, reference)
        return ElementNote(where=where, code=code, value=value, triggers=tuple(triggers))

    def _close_set(self, trailer: Segment) -> None:
        """A set is answered: by its AK5, or by the next AK2 or AK9 when that is missing."""
        self._close_segment()
        if not self._set and not trailer and not self._notes:
            return
        _, set_id, number, implementation = _padded(self._set or ("AK2",), 4)
        status = trailer[1] if len(trailer) > 1 else ""
        if not self._set:
            self._odd("AK2 is missing: it does not say which set is meant")
        elif not trailer:
            self._odd(f"{set_id} {number} has no AK5: it does not say what became of it")
        elif status not in _SET_STATUSES:
            self._odd(f"{set_id} {number}: AK501 {status[:20]!r} is no status")
        answer = SetAnswer(
            set_id=set_id,
            control_number=number,
            implementation=implementation,
            status=status,
            codes=tuple(filter(None, trailer[2:7])),
            notes=tuple(self._notes),
        )
        if len(self._sets) < KEPT_LIMIT:
            self._sets.append(answer)
        self._set, self._notes = (), []

    def _odd(self, sentence: str) -> None:
        if len(self._oddities) < KEPT_LIMIT:
            self._oddities.append(sentence)


def _padded(segment: Segment, size: int) -> tuple[str, ...]:
    """The first `size` items, "" for those that are not there."""
    return tuple(item.strip() for item in (*segment, *[""] * size)[:size])


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _count(text: str) -> int | None:
    text = text.strip()
    return int(text) if 0 < len(text) <= 10 and _is_number(text) else None
