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


Value = str | Composite | Repeats
OutboundSegment = tuple[Value, ...]
"""A segment to be written: item 0 is its id, then its elements, whole or in their parts."""

CONTROL_NUMBER_LIMIT: Final = 999_999_999
"""The largest ISA13 and GS06: nine digits (X12.5 I12, X12.22 element 28)."""

REPETITION_SINCE: Final = "00402"
"""The first ISA12 under which ISA11 is the repetition separator; before, it is the standards identifier "U"."""

FIRST_SET_NUMBER: Final = 1
"""ST02 of the first set of each group: "0001"."""

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


def write_segment(segment: OutboundSegment, delimiters: Delimiters, *, characters: frozenset[str] = EXTENDED) -> str:
    """One segment with its terminator, absent trailing elements and components left out (X12.6, 3.7.1).

    Raises OutputRefused when a value holds a delimiter or a character outside `characters`.
    """
    allowed = _allowed(delimiters, characters)
    name = segment[0]
    if not isinstance(name, str) or not (2 <= len(name) <= 3 and name.isascii() and name.isalnum() and name.isupper()):
        raise OutputRefused(f"{name!r} is not the id of a segment")
    texts = [name]
    for position, value in enumerate(segment[1:], start=1):
        texts.append(_element(value, delimiters, allowed, name, position))
    while len(texts) > 1 and not texts[-1]:
        texts.pop()
    return delimiters.element.join(texts) + delimiters.segment


def write_interchange(
    envelope: OutboundEnvelope,
    groups: Sequence[OutboundGroup],
    *,
    acknowledgements: Sequence[OutboundSegment] = (),
    characters: frozenset[str] = EXTENDED,
) -> bytes:
    """A whole interchange: ISA of exactly 106 bytes, TA1 segments if any, groups, IEA; one byte a character.

    Args:
        envelope: identities, version, number and delimiters.
        groups: at most 99,999; each of at most 999,999 sets.
        acknowledgements: TA1 segments, which stand before the first group.
        characters: what may stand in a value; delimiters never may.

    Raises OutputRefused when anything does not fit, holds a delimiter or a character nobody agreed on.
    """
    delimiters = envelope.delimiters
    _check_delimiters(delimiters, envelope.version)
    parts = [_header(envelope, characters)]
    parts += (write_segment(segment, delimiters, characters=characters) for segment in acknowledgements)
    for group in groups:
        parts += _group(group, envelope, characters)
    number = _control_number(envelope.control_number)
    parts.append(write_segment(("IEA", _count(len(groups), 5), f"{number:09}"), delimiters))
    try:
        return "".join(parts).encode("latin-1")
    except UnicodeEncodeError as error:
        raise OutputRefused(f"{shown(error.object[error.start])} cannot be written as one byte") from error


def _header(envelope: OutboundEnvelope, characters: frozenset[str]) -> str:
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
        (f"{envelope.at:%y%m%d}", 6),
        (f"{envelope.at:%H%M}", 4),
        ("", 1),  # ISA11 is put in below: it may be a delimiter
        (envelope.version, 5),
        (f"{number:09}", 9),
        ("1" if envelope.acknowledgment_requested else "0", 1),
        (envelope.usage, 1),
    )
    allowed = _allowed(delimiters, characters)
    texts = ["ISA"]
    for position, (value, width) in enumerate(fields, start=1):
        if len(value) > width:
            raise OutputRefused(f"ISA{position:02}: {shown(value)} has {len(value)} characters, {width} allowed")
        texts.append(_text(value, allowed, "ISA", position).ljust(width))
    texts[11] = delimiters.repetition or "U"
    return delimiters.element.join(texts) + delimiters.element + delimiters.component + delimiters.segment


def _group(group: OutboundGroup, envelope: OutboundEnvelope, characters: frozenset[str]) -> Iterable[str]:
    delimiters = envelope.delimiters
    number = str(_control_number(group.control_number))
    date, time = f"{envelope.at:%Y%m%d}", f"{envelope.at:%H%M}"
    opening = (group.functional_id, group.sender, group.receiver, date, time, number, group.agency, group.version)
    yield write_segment(("GS", *opening), delimiters, characters=characters)
    for ordinal, one in enumerate(group.sets, start=FIRST_SET_NUMBER):
        yield from _set(one, f"{ordinal:04}", delimiters, characters)
    yield write_segment(("GE", _count(len(group.sets), 6), number), delimiters)


def _set(one: OutboundSet, number: str, delimiters: Delimiters, characters: frozenset[str]) -> Iterable[str]:
    """ST to SE; SE01 counts both (X12.22, element 96)."""
    yield write_segment(("ST", one.id, number, one.implementation), delimiters, characters=characters)
    for segment in one.segments:
        yield write_segment(segment, delimiters, characters=characters)
    yield write_segment(("SE", _count(len(one.segments) + 2, 10), number), delimiters)


def _element(value: Value, delimiters: Delimiters, allowed: frozenset[str], name: str, position: int) -> str:
    if isinstance(value, str):
        return _text(value, allowed, name, position)
    if isinstance(value, Repeats):
        if not delimiters.repetition and len(value.values) > 1:
            raise OutputRefused(f"{name}{position:02}: no repetition separator, yet {len(value.values)} repetitions")
        return delimiters.repetition.join(
            _element(repeat, delimiters, allowed, name, position) for repeat in value.values
        )
    parts = [_text(part, allowed, name, position) for part in value]
    while parts and not parts[-1]:
        parts.pop()
    return delimiters.component.join(parts)


def _text(value: str, allowed: frozenset[str], name: str, position: int) -> str:
    if allowed.issuperset(value):
        return value
    outside = "".join(sorted(set(value) - allowed))
    text = f"{name}{position:02}: {shown(value)} holds {shown(outside)}: delimiters, or outside the agreed characters"
    raise OutputRefused(text)


def _control_number(number: int) -> int:
    if 1 <= number <= CONTROL_NUMBER_LIMIT:
        return number
    raise OutputRefused(f"control number {number} is not between 1 and {CONTROL_NUMBER_LIMIT}")


def _count(count: int, digits: int) -> str:
    text = str(count)
    if len(text) <= digits:
        return text
    raise OutputRefused(f"a count of {count} has more than {digits} digits: send it in several interchanges")


def _check_delimiters(delimiters: Delimiters, version: str) -> None:
    """All different, none of them able to stand in data as a letter, a digit or a blank."""
    if delimiters.repetition and version < REPETITION_SINCE:
        raise OutputRefused(f"version {version} has no repetition separator")
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
