"""From segments to the bytes of an interchange: delimiters, envelopes, counts and control numbers.

Nothing is repaired on the way out. A value that holds a delimiter or a character outside the agreed set would arrive
as something else, so it is refused (`OutputRefused`), before a byte is written.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final

from gateway.x12.errors import OutputRefused
from gateway.x12.interchange import Delimiters
from gateway.x12.values import EXTENDED, shown

Composite = tuple[str, ...]
"""The components of one composite, absent ones as ""."""


@dataclass(frozen=True, slots=True)
class Repeats:
    """The repetitions of one element (from 00402 on)."""

    values: tuple[str | Composite, ...]


@dataclass(frozen=True, slots=True)
class Binary:
    """The binary data of BIN02 or BDS03, one character a byte: written as it is, delimiters"""

    data: str


Value = str | Composite | Repeats | Binary
OutboundSegment = tuple[Value, ...]
"""A segment to be written: item 0 is its id, then its elements, whole or in their parts."""

CONTROL_NUMBER_LIMIT: Final = 999_999_999
"""The largest ISA13 and GS06: nine digits (X12.5 I12, X12.22 element 28)."""

REPETITION_SINCE: Final = "00402"
"""The first ISA12 under which ISA11 is the repetition separator; before, it is the standards identifier "U"."""

FIRST_SET_NUMBER: Final = 1
"""ST02 of the first set of each group: "0001"."""

_BINARY_PLACES = {"BIN": 2, "BDS": 3}

BINARY_IDS: Final = tuple(_BINARY_PLACES)
"""Segments whose last element is binary data."""

_CONTROL_SEPARATORS = "\x1c\x1d\x1e\x1f"
_LINE_ENDS = "\r\n\x85"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundSet:
    """A transaction set to be written. `segments` are those between ST and SE."""

    id: str
    segments: Sequence[OutboundSegment]
    implementation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundGroup:
    """A functional group to be written; `control_number` is 1 to 999999999. Sets are numbered from 0001."""

    functional_id: str
    sender: str
    receiver: str
    version: str
    control_number: int
    sets: Sequence[OutboundSet]
    agency: str = "X"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundEnvelope:
    """ISA of an interchange to be written. `at` gives the dates and times of ISA and GS as they stand there.

    `version` is ISA12 ("00401"), `control_number` 1 to 999999999.
    """

    sender_qualifier: str
    sender: str
    receiver_qualifier: str
    receiver: str
    version: str
    usage: str
    control_number: int
    at: datetime
    delimiters: Delimiters
    acknowledgment_requested: bool = False


def write_segment(
    segment: OutboundSegment,
    delimiters: Delimiters,
    *,
    characters: frozenset[str] = EXTENDED,
    replacement: str = "",
) -> str:
    """One segment with its terminator, absent trailing elements and components left out (X12.6, 3.7.1).

    Args:
        segment: its id and elements.
        delimiters: those of the interchange it will stand in.
        characters: what may stand in a value; delimiters never may.
        replacement: the character agreed on for any that may not stand there; "" refuses such a value.

    Raises OutputRefused when a value holds a delimiter or a character outside `characters`.
    """
    return _Pen(delimiters, characters, replacement).segment(segment)


def binary_place(segment_id: str) -> int:
    """The position of binary data in a segment, its length standing before it; 0 for a segment without."""
    return _BINARY_PLACES.get(segment_id, 0)


def write_interchange(
    envelope: OutboundEnvelope,
    groups: Sequence[OutboundGroup],
    *,
    acknowledgements: Sequence[OutboundSegment] = (),
    characters: frozenset[str] = EXTENDED,
    replacement: str = "",
) -> bytes:
    """A whole interchange: ISA of exactly 106 bytes, TA1 segments if any, groups, IEA; one byte a character.

    Args:
        envelope: identities, version, number and delimiters.
        groups: at most 99,999; each of at most 999,999 sets.
        acknowledgements: TA1 segments, which stand before the first group.
        characters: what may stand in a value; delimiters never may.
        replacement: the character agreed on for any that may not stand in a value; "" refuses it.

    Raises OutputRefused when anything does not fit, holds a delimiter or a character nobody agreed on.
    """
    delimiters = envelope.delimiters
    if delimiters.repetition and envelope.version < REPETITION_SINCE:
        raise OutputRefused(f"version {envelope.version} has no repetition separator")
    check_delimiters(delimiters)
    pen = _Pen(delimiters, characters, replacement)
    parts = [_header(envelope, pen)]
    parts += map(pen.segment, acknowledgements)
    for group in groups:
        parts += _group(group, envelope, pen)
    number = _control_number(envelope.control_number)
    parts.append(pen.segment(("IEA", _count(len(groups), 5), f"{number:09}")))
    try:
        return "".join(parts).encode("latin-1")
    except UnicodeEncodeError as error:
        raise OutputRefused(f"{shown(error.object[error.start])} cannot be written as one byte") from error


def _header(envelope: OutboundEnvelope, pen: "_Pen") -> str:
    """ISA01-16, each padded to its fixed width (X12.5): nothing is authorised or secured, so 02 and 04 are blank."""
    number = _control_number(envelope.control_number)
    delimiters = envelope.delimiters
    fields = (
        ("00", 2),
        ("", 10),
        ("00", 2),
        ("", 10),
        (envelope.sender_qualifier, 2),
        (envelope.sender, 15),
        (envelope.receiver_qualifier, 2),
        (envelope.receiver, 15),
        (f"{envelope.at.year % 100:02}{envelope.at:%m%d}", 6),
        (f"{envelope.at:%H%M}", 4),
        ("", 1),  # ISA11 is put in below: it may be a delimiter
        (envelope.version, 5),
        (f"{number:09}", 9),
        ("1" if envelope.acknowledgment_requested else "0", 1),
        (envelope.usage, 1),
    )
    texts = ["ISA"]
    for position, (value, width) in enumerate(fields, start=1):
        if len(value) > width:
            raise OutputRefused(f"ISA{position:02}: {shown(value)} has {len(value)} characters, {width} allowed")
        texts.append(pen.text(value, "ISA", position).ljust(width))
    texts[11] = delimiters.repetition or "U"
    return delimiters.element.join(texts) + delimiters.element + delimiters.component + delimiters.segment


def _group(group: OutboundGroup, envelope: OutboundEnvelope, pen: "_Pen") -> Iterable[str]:
    number = str(_control_number(group.control_number))
    date, time = f"{envelope.at.year:04}{envelope.at:%m%d}", f"{envelope.at:%H%M}"
    opening = (group.functional_id, group.sender, group.receiver, date, time, number, group.agency, group.version)
    yield pen.segment(("GS", *opening))
    for ordinal, one in enumerate(group.sets, start=FIRST_SET_NUMBER):
        yield from _set(one, f"{ordinal:04}", pen)
    yield pen.segment(("GE", _count(len(group.sets), 6), number))


def _set(one: OutboundSet, number: str, pen: "_Pen") -> Iterable[str]:
    """ST to SE; SE01 counts both (X12.22, element 96)."""
    yield pen.segment(("ST", one.id, number, one.implementation))
    for position, segment in enumerate(one.segments, start=2):
        try:
            yield pen.segment(segment)
        except OutputRefused as error:
            raise OutputRefused(f"{one.id} {number}, segment {position}: {error}") from error
    yield pen.segment(("SE", _count(len(one.segments) + 2, 10), number))


class _Pen:
    """Writes segments with certain delimiters, characters and replacement."""

    def __init__(self, delimiters: Delimiters, characters: frozenset[str], replacement: str) -> None:
        self._delimiters = delimiters
        self._allowed = _allowed(delimiters, characters)
        self._replacement = replacement
        if replacement and (len(replacement) > 1 or replacement not in self._allowed):
            raise OutputRefused(f"{replacement!r} cannot stand for a character: it is none that is allowed itself")

    def segment(self, segment: OutboundSegment) -> str:
        name = segment[0]
        if not isinstance(name, str) or not (
            2 <= len(name) <= 3 and name.isascii() and name.isalnum() and name.isupper()
        ):
            raise OutputRefused(f"{name!r} is not the id of a segment")
        texts = [name]
        for position, value in enumerate(segment[1:], start=1):
            if isinstance(value, Binary):
                texts.append(_binary(value.data, texts[-1], name, position))
            else:
                texts.append(self._element(value, name, position))
        while len(texts) > 1 and not texts[-1]:
            texts.pop()
        return self._delimiters.element.join(texts) + self._delimiters.segment

    def text(self, value: str, name: str, position: int) -> str:
        allowed = self._allowed
        if allowed.issuperset(value):
            return value
        if self._replacement:
            return "".join(one if one in allowed else self._replacement for one in value)
        outside = "".join(sorted(set(value) - allowed))
        place = f"{name}{position:02}: {shown(value)} holds {shown(outside)}"
        raise OutputRefused(f"{place}: delimiters, or outside the agreed characters")

    def _element(self, value: str | Composite | Repeats, name: str, position: int) -> str:
        if isinstance(value, str):
            return self.text(value, name, position)
        separator = self._delimiters.component
        if isinstance(value, Repeats):
            separator = self._delimiters.repetition
            if not separator and len(value.values) > 1:
                text = f"{name}{position:02}: no repetition separator, yet {len(value.values)} repetitions"
                raise OutputRefused(text)
            parts = [self._element(repeat, name, position) for repeat in value.values]
        else:
            parts = [self.text(part, name, position) for part in value]
        while parts and not parts[-1]:
            parts.pop()
        return separator.join(parts)


def _binary(data: str, length: str, name: str, position: int) -> str:
    if position != binary_place(name):
        raise OutputRefused(f"{name}{position:02}: binary data is written in BIN02 and BDS03 only")
    if not (length.isascii() and length.isdigit() and int(length) == len(data)):
        raise OutputRefused(f"{name}{position:02}: {len(data)} bytes, {name}{position - 1:02} says {shown(length)}")
    return data


def _control_number(number: int) -> int:
    if 1 <= number <= CONTROL_NUMBER_LIMIT:
        return number
    raise OutputRefused(f"control number {number} is not between 1 and {CONTROL_NUMBER_LIMIT}")


def _count(count: int, digits: int) -> str:
    text = str(count)
    if len(text) <= digits:
        return text
    raise OutputRefused(f"a count of {count} has more than {digits} digits: send it in several interchanges")


def check_delimiters(delimiters: Delimiters) -> None:
    """Raises OutputRefused unless all are different, and none of them a letter, a digit or a blank."""
    used = [delimiters.element, delimiters.component, *filter(None, [delimiters.repetition])]
    for one in used:
        if not is_delimiter(one):
            raise OutputRefused(f"{one!r} cannot be a delimiter")
    if not is_delimiter(delimiters.segment, terminator=True):
        raise OutputRefused(f"{delimiters.segment!r} cannot be a segment terminator")
    used.append(delimiters.segment)
    if len(set(used)) != len(used):
        raise OutputRefused(f"delimiters {used} are not all different")


def is_delimiter(character: str, *, terminator: bool = False) -> bool:
    """True for a character that may separate: one byte, no letter, digit or blank; line ends only as terminator."""
    if len(character) != 1 or character.isalnum() or ord(character) > 0xFF:
        return False
    if character in _CONTROL_SEPARATORS:
        return True
    if terminator and character in _LINE_ENDS:
        return True
    return character.isprintable() and not character.isspace()


@lru_cache(maxsize=64)
def _allowed(delimiters: Delimiters, characters: frozenset[str]) -> frozenset[str]:
    taken = delimiters.element + delimiters.component + delimiters.segment + delimiters.repetition
    return characters - frozenset(taken)
