"""The business unit that a 999 names beside an error: what the people on the other side know the set by."""

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Final

from gateway.x12.interchange import Segment

BUSINESS_UNITS: Final[Mapping[str, tuple[str, int]]] = {"820": ("TRN", 2)}
"""By set: segment and element. The names that CTX01 may have are a list (005010X231), and of its names only the trace
number of a payment belongs to a set of ours: every other set is named by its control number alone.
"""

_HEADING = 20
"""Segments looked through: a business unit stands at the beginning."""


def business_unit(segments: Sequence[Segment]) -> tuple[str, str]:
    """CTX01 of a set, ST first: the element's name and its value, ("TRN02", "12345"); ("", "") when it has none."""
    if not segments or len(segments[0]) < 2 or segments[0][1] not in BUSINESS_UNITS:
        return "", ""
    name, element = BUSINESS_UNITS[segments[0][1]]
    for segment in islice(segments, _HEADING):
        if segment[0] == name and len(segment) > element:
            return f"{name}{element:02}", segment[element]
    return "", ""
