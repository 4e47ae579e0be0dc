"""Writing DER: tag, length, content. Small structures are bytes; of a large one only the header is made."""

from functools import reduce

SEQUENCE, SET, OCTETS, INTEGER, OID, NULL = 0x30, 0x31, 0x04, 0x02, 0x06, b"\x05\x00"


def header(tag: int, size: int) -> bytes:
    """Tag and length of an element whose content has `size` bytes (X.690, 8.1.3)."""
    if size < 0x80:
        return bytes((tag, size))
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length


def element(tag: int, *parts: bytes) -> bytes:
    """A whole element of these contents."""
    content = b"".join(parts)
    return header(tag, len(content)) + content


Layer = tuple[int, bytes, bytes]
"""An element around something large: its tag, and what is in it before and behind that."""


def wrapped(size: int, *layers: Layer) -> tuple[bytes, bytes]:
    """What stands before and behind `size` bytes of content within these layers, the innermost first."""
    before = behind = b""
    for tag, lead, trail in layers:
        before, behind = lead + before, behind + trail
        before = header(tag, len(before) + size + len(behind)) + before
    return before, behind


def integer(value: int) -> bytes:
    """An INTEGER; negative ones stand in the serial numbers of careless authorities."""
    return element(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def set_of(*elements: bytes) -> bytes:
    """A SET OF in its one order (X.690, 11.6)."""
    return element(SET, *sorted(elements))


def oid(dotted: str) -> bytes:
    """The content of an object identifier, without tag and length (X.690, 8.19)."""
    first, second, *rest = (int(arc) for arc in dotted.split("."))
    return b"".join(_base128(arc) for arc in (first * 40 + second, *rest))


def _base128(arc: int) -> bytes:
    octets = [arc & 0x7F]
    while arc := arc >> 7:
        octets.append(0x80 | arc & 0x7F)
    return bytes(reversed(octets))


def dotted(content: bytes) -> str:
    """The identifier as people write it; for our log, so any bytes give something, and long ones are cut."""
    arcs = reduce(_arc, content[:40], [0])[:-1] or [0]
    first = min(arcs[0] // 40, 2)
    return ".".join(str(arc) for arc in (first, arcs[0] - 40 * first, *arcs[1:]))


def _arc(arcs: list[int], octet: int) -> list[int]:
    arcs[-1] = arcs[-1] << 7 | octet & 0x7F
    return arcs if octet & 0x80 else [*arcs, 0]
