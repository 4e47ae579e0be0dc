"""The frozen tree of an interchange, and what checking it found. Plain values: no reading, no judging here.

Interchange > Group > TransactionSet > Loop > Segment. A segment is a tuple of strings whose item 0 is its id, so that
element 03 is `segment[3]`; absent trailing elements are simply not there. Composites and repeats stay unsplit
text until somebody asks, with the interchange's delimiters: most elements have neither, and splitting is the cost.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from gateway.x12.findings import Finding
from gateway.x12.overlay import PartnerGuide

Segment = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Delimiters:
    """The four characters of an interchange, as text; `repetition` is "" before 00402 and when ISA11 misuses it."""

    element: str = "*"
    component: str = ":"
    segment: str = "~"
    repetition: str = ""


@dataclass(slots=True)
class Loop:
    """One occurrence of a loop, or the whole set (`id` ""). Treat as read-only once read.

    `head` is the trigger segment (ST for the whole set); `segments` holds this loop's own segments by id, head
    included, in order of
    arrival; `loops` holds nested loops by id, in order of arrival. HL loops are not nested into each other here.
    """

    id: str
    head: Segment
    segments: dict[str, list[Segment]] = field(default_factory=dict)
    loops: dict[str, list["Loop"]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class InterchangeHeader:
    """ISA01-16, unpadded on the right; `elements` are the sixteen as they stand. `offset` in bytes from the start
    of the source.
    """

    elements: Segment
    delimiters: Delimiters
    sender_qualifier: str
    sender: str
    receiver_qualifier: str
    receiver: str
    date: str
    time: str
    version: str
    control_number: str
    acknowledgment_requested: bool
    usage: str
    offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupHeader:
    """GS01-08."""

    functional_id: str
    sender: str
    receiver: str
    date: str
    time: str
    control_number: str
    agency: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetHeader:
    """ST01-03; `implementation` is "" before 005010 or when absent."""

    id: str
    control_number: str
    implementation: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionSet:
    """One set with its tree. `segments` runs from ST to SE in order, so that `segments[n]` has position n + 1.

    `grow` makes the tree: it is made when somebody asks for it, and not twice.
    """

    header: SetHeader
    group: GroupHeader
    interchange: InterchangeHeader
    segments: Sequence[Segment]
    release: str
    """The guide's release that was used: "004010" or "005010"."""
    grow: Callable[[], Loop] = field(repr=False, compare=False)

    @property
    def tree(self) -> Loop:
        """The whole set as its root loop."""
        return self.grow()


@dataclass(frozen=True, slots=True, kw_only=True)
class SetResult:
    """One set, checked. `status` is AK501: A, E or R. `offset` and `length` cut it, ST to SE with its terminator,
    out of the source.

    `content` is None when the set could not be built into a tree (unknown set, no SE, limits) and in
    `GroupResult.sets`. `business_unit` is the element and value that a 999 names the set's business by, for sets that
    have findings to answer; ("", "") when there is none.
    """

    header: SetHeader
    ordinal: int
    status: str
    findings: tuple[Finding, ...]
    offset: int
    length: int
    content: TransactionSet | None = None
    business_unit: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupResult:
    """One group, checked. `status` is AK901: A, E, P or R; counts are AK902-904. `sets` come without their trees."""

    header: GroupHeader
    ordinal: int
    status: str
    included: int
    received: int
    accepted: int
    findings: tuple[Finding, ...]
    sets: Sequence[SetResult]


@dataclass(frozen=True, slots=True, kw_only=True)
class InterchangeResult:
    """One interchange, checked. `status` is TA104: A, E or R, `note` is TA105. `received_ta1` are TA1 segments it
    carried.

    `delivered(set)` must follow from here alone: status not R, the group's status not R, the set's A or E.
    """

    header: InterchangeHeader
    status: str
    note: str
    findings: tuple[Finding, ...]
    groups: tuple[GroupResult, ...]
    received_ta1: tuple[Segment, ...]
    offset: int
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """Bytes that are not an interchange: no ISA, or an ISA too broken to answer. Nothing can be acknowledged."""

    findings: tuple[Finding, ...]
    offset: int
    length: int


Event = InterchangeHeader | SetResult | GroupResult | InterchangeResult | Unreadable
"""What reading yields, in this order: a header, then per group its sets and its result, then the interchange's
result.
"""

Codes = Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What an agreement changes in how a set is read. The default is the standard's own strictness.

    `permitted` False rejects the set (AK502 1): nothing was agreed for it. `charset` "basic" or "extended" turns
    characters outside into AK403 6; "latin-1" or "utf-8" reads the bytes so and takes what is beyond ASCII without a
    word; "" only warns. `extra_codes` extends code lists by data element number. `effects` moves a finding code, or
    code and element reference ("AK403:7", "AK403:7/355"), to another effect. `keep_truncated` delivers the good sets
    of an interchange that lost its end. `hash_totals` asks that CTT02 is looked at (a warning).
    `nearest` reads a version without guides by the nearest one; otherwise it is refused (AK905 2). `guide` holds the
    set to what the partner asks for beyond the standard.
    """

    permitted: bool = True
    charset: str = ""
    extra_codes: Codes = field(default_factory=dict)
    effects: Mapping[str, str] = field(default_factory=dict)
    keep_truncated: bool = False
    hash_totals: bool = False
    nearest: bool = False
    guide: PartnerGuide | None = None
