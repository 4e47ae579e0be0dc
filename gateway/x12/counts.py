"""What a census counts: relations, kinds of sets and their sizes, segments, findings, files, characters."""

from dataclasses import dataclass, field

from gateway.x12.findings import Finding
from gateway.x12.interchange import Delimiters


@dataclass(frozen=True, slots=True)
class Relation:
    """Who sends to whom, how: ISA05-08, ISA12, ISA15 and delimiters."""

    sender: str
    receiver: str
    version: str
    usage: str
    delimiters: Delimiters


@dataclass(frozen=True, slots=True)
class SetKind:
    """A transaction set between two applications: ST01, GS08, ST03, GS01-03."""

    set: str
    version: str
    implementation: str
    functional_id: str
    sender: str
    receiver: str


@dataclass(slots=True)
class Counted:
    """Interchanges, groups and sets of a relation."""

    interchanges: int = 0
    groups: int = 0
    sets: int = 0


@dataclass(slots=True)
class Sizes:
    """Sets of a kind: how many, how many of them would be delivered, and how large. Segments are counted ST to SE."""

    sets: int = 0
    accepted: int = 0
    bytes: int = 0
    smallest: int = 1 << 62
    largest: int = 0
    segments: int = 0
    fewest: int = 1 << 62
    most: int = 0


@dataclass(slots=True)
class Found:
    """Findings of a code and effect: the first of them with where it was, and how often they came."""

    file: str
    interchange: str
    first: Finding
    times: int = 0


@dataclass(slots=True)
class SegmentTimes:
    """A segment id in sets: how often, in how many sets."""

    name: str = ""
    times: int = 0
    sets: int = 0


@dataclass(slots=True)
class FileSummary:
    """One file: `sets` by "850 004010"; `unreadable` says what its bytes are that are no interchange, "" for none."""

    file: str
    bytes: int = 0
    interchanges: int = 0
    unreadable: str = ""
    sets: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Characters:
    """`charset` is "basic", "extended" or "other"; `outside` are those of "other", one character a byte.

    `free` are characters that no data holds: delimiters for somebody else.
    """

    charset: str
    outside: str
    free: str
