"""What reads a set, and the plainest of those: one that only counts, for sets without a guide or over the limits."""

from collections.abc import Sequence
from itertools import islice
from typing import Protocol

from gateway.x12.collect import Findings
from gateway.x12.interchange import Loop, Segment
from gateway.x12.tokens import BLANK, Limits

CONTROL_IDS = frozenset({"ISA", "IEA", "GS", "GE", "ST"})
"""Segments that end a set which has no SE."""


class SetReading(Protocol):
    """What reads one set: fed with segments until `ended` is not "" any more."""

    ended: str
    """"" while reading, "SE" at the trailer, "foreign" at a segment that cannot be inside a set."""
    trailer: Segment
    """The SE segment, () before it."""
    findings: Findings

    @property
    def count(self) -> int:
        """Segments so far, ST and SE included."""
        ...

    @property
    def whole(self) -> bool:
        """Whether all of its segments were kept."""
        ...

    def grow(self) -> Loop:
        """The set as its root loop, when it is `whole`: made when it is asked for."""
        ...

    def feed(self, raws: Sequence[str], index: int) -> int:
        """Take segments from `index` on; the index of the first one not taken."""
        ...

    def segments(self) -> Sequence[Segment]:
        """ST to SE in order."""
        ...


class SkimmedSet:
    """A set we have no guide for, or do not take: only counted, up to its end."""

    def __init__(self, separator: str, limits: Limits) -> None:
        self.ended = ""
        self.count = 1
        self.trailer: Segment = ()
        self.whole = False
        self.findings = Findings(limits.findings)
        self._separator = separator

    def feed(self, raws: Sequence[str], index: int) -> int:
        """As `SetReading`."""
        for raw in islice(raws, index, None):
            name = raw.split(self._separator, 1)[0].lstrip(BLANK)
            if name in CONTROL_IDS:
                self.ended = "foreign"
                return index
            index += 1
            self.count += bool(raw.strip(BLANK))
            if name == "SE":
                self.trailer = tuple(raw.lstrip(BLANK).split(self._separator, 9))
                self.ended = "SE"
                return index
        return index

    def grow(self) -> Loop:
        """Nothing is kept."""
        return Loop("", ())

    def segments(self) -> Sequence[Segment]:
        """Nothing is kept."""
        return ()
