"""What the outbound stages hand to each other and to the store. As inbound, a stage writes nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from gateway.canonical.facts import NOTHING, Facts
from gateway.pipeline.knowledge import Lacking
from gateway.x12.findings import Finding
from gateway.x12.interchange import Delimiters
from gateway.x12.write import Binary, OutboundSegment, Repeats, Value

INTAKE_DOOR: Final = "intake"
"""The door that our own systems hand documents in by. Its channels are named "intake/<system>"."""

LANES: Final[Mapping[str, int]] = {"urgent": 0, "normal": 1, "bulk": 2}
"""What waits is sealed in this order: a truck waits for a 945, nobody for an 846."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """A document of ours that waits to be translated. `posted` is what was handed in at `received_at`, byte for byte.

    `original`: a replay uses what `pins` name, otherwise the agreement and mapping that are current now.
    """

    id: str
    transmission: str
    posted: bytes
    received_at: datetime
    pins: Mapping[str, str] = field(default_factory=dict)
    original: bool = False
    others: tuple["OtherPart", ...] = ()
    """The other parts of the document that this one is the first of."""
    together: bool = False
    """Whether it goes now with these others: they are all there, or a person has said that they are enough."""


@dataclass(frozen=True, slots=True)
class OtherPart:
    """Another part, as it was handed in."""

    id: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Which part of a document one is: `number` from 1, how many there are, the place it is for.

    `group` is the same for those that belong together, and for no others.
    """

    number: int
    of: int
    key: str
    group: str

    def plain(self) -> dict[str, Any]:
        """What people see of it, as JSON values."""
        return {"number": self.number, "of": self.of, "key": self.key}


@dataclass(frozen=True, slots=True, kw_only=True)
class SealingTerms:
    """Everything an agreement says about envelope and file, kept with the translated document: sealing asks nothing
    else, so that what was agreed when it was translated is what is sent.

    `usage` is ISA15, `interchange_version` ISA12, `version` GS08, `functional_id` GS01. `batch_sets` is the most sets
    of one interchange. `expects` is the acknowledgement due, "none" for none.
    """

    agreement: str
    partner: str
    channel: str
    set_id: str
    usage: str
    time_zone: str
    sender_qualifier: str
    sender: str
    receiver_qualifier: str
    receiver: str
    gs_sender: str
    gs_receiver: str
    interchange_version: str
    version: str
    functional_id: str
    delimiters: Delimiters
    characters: Literal["basic", "extended"]
    line_ends: bool
    lane: Literal["urgent", "normal", "bulk"]
    batch_sets: int
    batch_wait_minutes: int
    file_name: str
    expects: str
    ta1_requested: bool

    def plain(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> "SealingTerms":
        """From JSON values as `plain` makes them."""
        return cls(**{**plain, "delimiters": Delimiters(**plain["delimiters"])})


OutboundState = Literal["collected", "translated", "held", "dead"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundOutcome:
    """What translating came to: "translated" with `terms` and `segments` (those between ST and SE); "held" for a
    person (`reason` says why); "dead" when our own code failed; still "collected" when it is a `part` that waits for
    the others.

    `channel` is where it will go, `usage` ISA15. What is not known yet is "". `canonical` is the body as JSON. `also`
    are values of search and thread keys beside the first.
    """

    id: str
    state: OutboundState
    reason: str = ""
    partner: str = ""
    agreement: str = ""
    channel: str = ""
    usage: str = ""
    set_id: str = ""
    version: str = ""
    findings: tuple[Finding, ...] = ()
    pins: Mapping[str, str] = field(default_factory=dict)
    canonical_type: str = ""
    canonical: bytes | None = None
    business_number: str = ""
    facts: Facts = NOTHING
    search: Mapping[str, str] = field(default_factory=dict)
    thread: Mapping[str, str] = field(default_factory=dict)
    also: Sequence[tuple[str, str]] = ()
    terms: SealingTerms | None = None
    segments: tuple[OutboundSegment, ...] = ()
    opens_at: datetime | None = None
    """When its channel is open, from now on; None for at once."""
    lacking: Lacking | None = None
    """Values that no cross reference knows, of a document held for them."""
    part: Part | None = None
    """Which part of a document it is, where its agreement has parts go out as one."""
    combined: tuple[str, ...] = ()
    """Ids of the other parts that are in its segments."""


# ---------------------------------------------------------------------------------------------- segments as JSON


def segments_as_plain(segments: tuple[OutboundSegment, ...]) -> list[list[Any]]:
    """Segments as JSON values: text as it is, composites as lists, repeats and binary data as objects."""
    return [[_plain(value) for value in segment] for segment in segments]


def segments_from_plain(plain: list[list[Any]]) -> tuple[OutboundSegment, ...]:
    """Segments from JSON values as `segments_as_plain` makes them."""
    return tuple(tuple(_value(value) for value in segment) for segment in plain)


def _plain(value: Value) -> Any:
    if isinstance(value, str):
        return value
    if isinstance(value, Repeats):
        return {"repeats": [_plain(repeat) for repeat in value.values]}
    if isinstance(value, Binary):
        return {"binary": value.data}
    return list(value)


def _value(plain: Any) -> Value:
    if isinstance(plain, str):
        return plain
    if isinstance(plain, list):
        return tuple(plain)
    if "binary" in plain:
        return Binary(plain["binary"])
    return Repeats(tuple(repeat if isinstance(repeat, str) else tuple(repeat) for repeat in plain["repeats"]))
