"""The interchange header: delimiters and the sixteen elements of ISA, also where it is not 106 characters long."""

from dataclasses import dataclass, replace

from gateway.x12.interchange import Delimiters, InterchangeHeader

HEADER_LENGTH = 106
"""Characters of a well-formed ISA with its terminator (X12.5): sixteen fixed-width elements."""

HEADER_LIMIT = 400
"""Characters to look at for a header; one padded wrongly is shorter or a little longer, never several times. Two lines
of a file in records of up to 198 characters show in them.
"""

_SHORT = (1, 3, 5, 7, 11, 14, 15)
"""Elements of one or two characters: three and more in one of them, and the text is no header."""

_WIDTHS = (2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderText:
    """A header as found. `length` counts characters from "ISA" to its terminator, included; `padded` says it is 106.

    `wrapped` says that line ends stand in the middle of segments, every so many characters: they mean nothing.
    `faults` are (TA105 value, sentence) of delimiters that contradict each other; `splittable` False says that the
    text behind cannot be cut into segments at all. `notes` are (word, sentence) of what is only worth a warning.
    """

    header: InterchangeHeader
    length: int
    padded: bool
    wrapped: bool
    splittable: bool
    faults: tuple[tuple[str, str], ...]
    notes: tuple[tuple[str, str], ...]


def read_header(text: str, offset: int) -> HeaderText | None:
    """Read the ISA at the start of `text`, which holds at least `HEADER_LIMIT` characters or all there are.

    X12.5: the element separator is character 4, the component separator is ISA16, the terminator follows it. A header
    with wrong padding is read by counting sixteen separators. None when this is no header: not "ISA", a letter, digit
    or space where the separator belongs, or fewer than sixteen separators and a terminator.
    """
    return _plain_header(text[:HEADER_LIMIT], offset) or _wrapped_header(text[:HEADER_LIMIT], offset)


def _plain_header(text: str, offset: int, *, wrapped: bool = False) -> HeaderText | None:
    separator = text[3:4]
    if not text.startswith("ISA") or not separator or separator.isalnum() or separator in " \t\r\n":
        return None
    parts = text.split(separator, 16)
    if len(parts) < 17 or len(parts[16]) < 2 or any("\n" in part or "\r" in part for part in parts[:16]):
        return None
    if any(len(parts[position].strip()) > 2 for position in _SHORT):
        return None
    component, terminator = parts[16][0], parts[16][1]
    elements = ("ISA", *(part.rstrip(" ") for part in parts[1:16]), component)
    repetition, notes = _repetition(parts[11], parts[12], (separator, component, terminator))
    delimiters = Delimiters(element=separator, component=component, segment=terminator, repetition=repetition)
    padded = tuple(map(len, parts[1:16])) == _WIDTHS[:15]
    if not padded and any(part.endswith("ISA") and not part[-4:-3].isalnum() for part in parts[1:16]):
        return None  # another header begins in this one
    if not padded:
        notes += (("isa-padding", "ISA is not 106 characters: elements are not padded to their fixed widths"),)
    wrapped = wrapped or _in_records(text, terminator)
    if wrapped:
        notes += (("wrapped", "line ends stand in the middle of segments: they are read as if they were not there"),)
    faults = _conflicts(delimiters)
    if any(code == "027" for code, _ in faults):
        # No element holds the element separator: read so, none has components, and one fault stays one.
        delimiters = replace(delimiters, component=separator)
    return HeaderText(
        header=_header(elements, delimiters, offset),
        length=sum(map(len, parts[:16])) + 18,
        padded=padded,
        wrapped=wrapped,
        splittable=not any(code == "004" for code, _ in faults),
        faults=faults,
        notes=notes,
    )


def _wrapped_header(text: str, offset: int) -> HeaderText | None:
    """A header with line ends in its middle, as files in records of 80 characters have it; else it is in order."""
    whole = text.translate(_NO_LINE_ENDS)
    found = _plain_header(whole, offset, wrapped=True) if len(whole) < len(text) else None
    if found is None or not found.padded or found.header.delimiters.segment in "\r\n":
        return None
    length, counted = 0, 0
    while counted < HEADER_LENGTH:
        counted += text[length] not in "\r\n"
        length += 1
    return replace(found, length=length)


_NO_LINE_ENDS = str.maketrans("", "", "\r\n")


def unwrapped(text: str) -> str:
    """A text without its line ends."""
    return text.translate(_NO_LINE_ENDS)


def _in_records(text: str, terminator: str) -> bool:
    """True when a text that begins a line has two lines of one length, one of which ends within a segment."""
    if terminator in "\r\n" or text.count("\n") < 2:
        return False
    first, second, _ = text.split("\n", 2)
    if len(first) != len(second):
        return False
    return not (first.rstrip("\r ").endswith(terminator) and second.rstrip("\r ").endswith(terminator))


def _repetition(isa11: str, version: str, taken: tuple[str, ...]) -> tuple[str, tuple[tuple[str, str], ...]]:
    """ISA11 is the repetition separator from 00402 on (X12.5, I65); before, it is the standards identifier "U"."""
    if version < "00402":
        return "", ()
    blank = isa11.isspace() and isa11 not in "\x1c\x1d\x1e\x1f"  # these separate, though str.isspace has them too
    if len(isa11) == 1 and not isa11.isalnum() and not blank and isa11 not in taken:
        return isa11, ()
    word = "repetition-separator"
    return "", ((word, f"ISA11 {isa11!r} cannot be a repetition separator: elements are read as not repeating"),)


def _conflicts(delimiters: Delimiters) -> tuple[tuple[str, str], ...]:
    """At most one fault: the gravest. A terminator that cannot be one leaves nothing to split (TA105 004)."""
    terminator, component, separator = delimiters.segment, delimiters.component, delimiters.element
    if terminator.isalnum() or terminator in (" ", separator):
        return (("004", f"segment terminator {terminator!r} behind ISA16 cannot be one"),)
    if not separator.isprintable() and separator not in "\x1c\x1d\x1e\x1f":
        return (("026", f"element separator {separator!r} cannot be one"),)
    if component.isalnum() or component in (" ", separator, terminator):
        return (("027", f"component separator {component!r} in ISA16 cannot be one"),)
    return ()


def _header(elements: tuple[str, ...], delimiters: Delimiters, offset: int) -> InterchangeHeader:
    return InterchangeHeader(
        elements=elements,
        delimiters=delimiters,
        sender_qualifier=elements[5],
        sender=elements[6],
        receiver_qualifier=elements[7],
        receiver=elements[8],
        date=elements[9],
        time=elements[10],
        version=elements[12],
        control_number=elements[13],
        acknowledgment_requested=elements[14] == "1",
        usage=elements[15],
        offset=offset,
    )
