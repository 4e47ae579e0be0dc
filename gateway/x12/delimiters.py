"""The interchange header: delimiters and the sixteen elements of ISA, also where it is not 106 characters long."""

from dataclasses import dataclass

from gateway.x12.interchange import Delimiters, InterchangeHeader

HEADER_LENGTH = 106
"""Characters of a well-formed ISA with its terminator (X12.5): sixteen fixed-width elements."""

HEADER_LIMIT = 400
"""Characters to look at for a header; one padded wrongly is shorter or a little longer, never several times."""

_WIDTHS = (2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderText:
    """A header as found. `length` counts characters from "ISA" to its terminator, included; `padded` says it is 106.

    `faults` are (TA105 value, sentence) of delimiters that contradict each other; `splittable` False says that the
    text behind cannot be cut into segments at all. `notes` are (word, sentence) of what is only worth a warning.
    """

    header: InterchangeHeader
    length: int
    padded: bool
    splittable: bool
    faults: tuple[tuple[str, str], ...]
    notes: tuple[tuple[str, str], ...]


def read_header(text: str, offset: int) -> HeaderText | None:
    """Read the ISA at the start of `text`, which holds at least `HEADER_LIMIT` characters or all there are.

    X12.5: the element separator is character 4, the component separator is ISA16, the terminator follows it. A header
    with wrong padding is read by counting sixteen separators. None when this is no header: not "ISA", a letter, digit
    or space where the separator belongs, or fewer than sixteen separators and a terminator.
    """
    if len(text) < 4 or not text.startswith("ISA") or text[3].isalnum() or text[3] in " \t\r\n":
        return None
    separator = text[3]
    parts = text[:HEADER_LIMIT].split(separator, 16)
    if len(parts) < 17 or len(parts[16]) < 2 or any("\n" in part or "\r" in part for part in parts[:16]):
        return None
    component, terminator = parts[16][0], parts[16][1]
    elements = ("ISA", *(part.rstrip(" ") for part in parts[1:16]), component)
    repetition, notes = _repetition(parts[11], parts[12], (separator, component, terminator))
    delimiters = Delimiters(element=separator, component=component, segment=terminator, repetition=repetition)
    widths = tuple(map(len, parts[1:16]))
    padded = widths == _WIDTHS[:15]
    if not padded:
        notes += (("isa-padding", "ISA is not 106 characters: elements are not padded to their fixed widths"),)
    faults = _conflicts(delimiters)
    return HeaderText(
        header=_header(elements, delimiters, offset),
        length=sum(map(len, parts[:16])) + 18,
        padded=padded,
        splittable=not any(code == "004" for code, _ in faults),
        faults=faults,
        notes=notes,
    )


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
