"""What closing segments say about the rest of a set: CTT01 and CTT02, and LE about its LS."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from gateway.x12.faults import Fault
from gateway.x12.growth import Growth
from gateway.x12.interchange import Segment
from gateway.x12.values import decimal_value, shown

HASH_DIGITS = 10
"""Digits that CTT02 (347, 1/10) has room for: of a longer sum the last ones stay."""


def total_warning(segments: Sequence[Segment], line_item: str, growth: Growth) -> str:
    """Why CTT01 is not the number of line items, "" when it is or nobody says. A set without lines has other faults."""
    totals = _totals(segments, line_item) if line_item else ()
    if len(totals) < 2:
        return ""
    counted = growth.occurrences(line_item)
    if not counted or totals[1].lstrip("0") == str(counted):
        return ""
    return f"CTT01 says {shown(totals[1])}, the set has {counted} {line_item}"


def hash_warning(segments: Sequence[Segment], line_item: str, element: str) -> str:
    """Why CTT02 is not the sum over an element ("PO102"), "" when it is, or nobody says.

    X12, CTT note: the sum is taken without regard to decimal points, and cut to its last digits; most partners add up
    the numbers as they are. Either is taken.
    """
    totals = _totals(segments, line_item)
    claimed = decimal_value(totals[2]) if len(totals) > 2 else None
    if not element or claimed is None:
        return ""
    name, position = element[:-2], int(element[-2:])
    texts = [segment[position] for segment in segments if segment[0] == name and len(segment) > position]
    plain = sum((decimal_value(text) or Decimal(0) for text in texts), Decimal(0))
    pointless = sum((decimal_value(text.replace(".", "")) or Decimal(0) for text in texts), Decimal(0))
    if claimed in (plain, pointless, pointless % 10**HASH_DIGITS):
        return ""
    return f"CTT02 says {shown(totals[2])}, {element} adds up to {plain}"


def _totals(segments: Sequence[Segment], line_item: str) -> Segment:
    """CTT, looked for from the end of the set up to its last line."""
    for segment in reversed(segments):
        if segment[0] == "CTT":
            return segment
        if segment[0] == line_item:
            break
    return ()


def bound_faults(segments: Sequence[Segment], doubtful: frozenset[int]) -> Iterator[tuple[int, Fault]]:
    """LE that does not name the loop that its LS named (X12, LS and LE: 447), by index among the set's segments.

    `doubtful` are the indices of LS and LE that have a fault already: what they name is no measure, and no second one.
    """
    opened: list[str] = []
    for index, segment in enumerate(segments):
        if segment[0] == "LS":
            opened.append(segment[1] if len(segment) > 1 and index not in doubtful else "")
        elif segment[0] == "LE" and opened:
            start, end = opened.pop(), segment[1] if len(segment) > 1 else ""
            if start and end and start != end and index not in doubtful:
                text = f"LE ends loop {shown(end)}, LS began {shown(start)}"
                yield index, Fault("AK403:7", 1, 0, 0, "447", end, text, False)
