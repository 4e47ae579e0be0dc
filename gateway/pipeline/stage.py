"""What stages hand to each other and to the store. A stage takes Work and returns an Outcome; it writes nothing.

The engine has the store write one batch of outcomes in one transaction: rows by compare-and-set on their state,
events, documents,
sealed acknowledgements, and the work that follows. What lost the compare-and-set writes nothing at all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from gateway.canonical.facts import NOTHING, Facts
from gateway.parcel import Content
from gateway.pipeline.knowledge import Lacking
from gateway.pipeline.outbound.stage import OutboundOutcome
from gateway.pipeline.reconcile import PartnerAnswer
from gateway.x12.acknowledge import AcknowledgementDraft
from gateway.x12.answers import InterchangeAnswer
from gateway.x12.findings import Finding
from gateway.x12.interchange import InterchangeHeader

# ---------------------------------------------------------------------------------------------- receive -> unseal


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A transmission waiting to be unsealed. `crashes` counts process deaths while it was in a batch,
    `solo_crashes` while alone.

    `released` is true once an operator let a quarantined duplicate through. `door` "intake": a document of ours.
    """

    id: str
    channel: str
    content: Content
    received_at: datetime
    file_name: str | None = None
    crashes: int = 0
    solo_crashes: int = 0
    released: bool = False
    door: str = ""


DocumentState = Literal["validated", "mapped", "reconciled", "rejected", "held", "dead"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentOutcome:
    """One transaction set with its life ahead of it.

    "rejected" by our acknowledgement; "validated" still to be mapped; "mapped" ready for `destination`; "reconciled":
    an acknowledgement, matched to what it answers; "held" for a person (`reason` says why); "dead" when our own mapping
    failed. `offset` and `length` cut it out of the
    transmission.
    `pins` are what a replay needs to be exact: agreement and mapping hashes, guide, canonical version, gateway
    version.
    `canonical` is the body as JSON (decimals as strings). `also` are values of search and thread keys beside the first.
    """

    id: str
    ordinal: int
    partner: str
    agreement: str
    set_id: str
    version: str
    group_control_number: str
    set_control_number: str
    state: DocumentState
    offset: int
    length: int
    reason: str = ""
    findings: tuple[Finding, ...] = ()
    pins: Mapping[str, str] = field(default_factory=dict)
    destination: str = ""
    canonical_type: str = ""
    canonical: bytes | None = None
    business_number: str = ""
    facts: Facts = NOTHING
    search: Mapping[str, str] = field(default_factory=dict)
    thread: Mapping[str, str] = field(default_factory=dict)
    also: Sequence[tuple[str, str]] = ()
    lacking: Lacking | None = None
    """Values that no cross reference knows, of a document held for them."""
    part: Mapping[str, Any] | None = None
    """Which part of its set it is: number, of, key. None: the whole."""
    after_order: bool = False
    """A change of an order, that our system must not have before the order: the store holds it as long."""
    siblings: tuple["DocumentOutcome", ...] = ()
    """The further parts of its set, that have no rows yet: the store gives them ids of their own."""
    answer: PartnerAnswer | None = None
    """What a 997 or 999 says of what we sent. It comes "held": the store has it reconciled when it finds what is meant.
    """


InterchangeState = Literal["accepted", "rejected", "quarantined"]


@dataclass(frozen=True, slots=True)
class GroupCount:
    """One GS to GE as it was read: GS01, GS02, GS03, GS06, and how many sets are in it."""

    functional_id: str
    sender: str
    receiver: str
    control_number: str
    sets: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicateKey:
    """What makes an interchange the same one again: identities with qualifiers, usage, ISA13."""

    sender: str  # "ZZ/ACMERETAIL"
    receiver: str
    usage: str
    control_number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InterchangeOutcome:
    """One interchange, judged. The store claims `duplicate_key` in its transaction; who loses the claim delivers
    nothing.

    Same bytes (`sha256`) within the `window`: state "duplicate", stored acknowledgements offered again. Other
    bytes: "quarantined".
    `acknowledgements` are unsealed: control numbers are allocated in the same transaction. They are put into the
    outbound
    folder of channel `acknowledge_to`, or carried through it (`push`). `answers` are the TA1s that came with it.
    `sets` and `groups` are counted as the file is read, whatever becomes of them; None: nobody counted.
    """

    id: str
    ordinal: int
    header: InterchangeHeader
    offset: int
    length: int
    sha256: str
    partner: str
    state: InterchangeState
    reason: str = ""
    findings: tuple[Finding, ...] = ()
    duplicate_key: DuplicateKey | None = None
    window: timedelta = timedelta(days=90)
    documents: tuple[DocumentOutcome, ...] = ()
    acknowledgements: tuple[AcknowledgementDraft, ...] = ()
    acknowledge_to: str = ""
    push: bool = False
    time_zone: str = "UTC"
    answers: tuple[InterchangeAnswer, ...] = ()
    sets: int | None = None
    groups: tuple[GroupCount, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A file for people in a partner's `error/` folder. `name` is made by us."""

    channel: str
    name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TransmissionOutcome:
    """What became of one transmission. "refused": nothing of it is used, because it holds no interchange or too much
    for one file; "dead": it broke our own code. `outbound` is the document of ours that one of our systems handed in.
    """

    id: str
    state: Literal["processed", "refused", "quarantined", "dead"]
    reason: str = ""
    findings: tuple[Finding, ...] = ()
    interchanges: tuple[InterchangeOutcome, ...] = ()
    notices: tuple[Notice, ...] = ()
    outbound: tuple[OutboundOutcome, ...] = ()


# ---------------------------------------------------------------------------------------------- translate


@dataclass(frozen=True, slots=True, kw_only=True)
class Translatable:
    """A validated document to be mapped. `x12` is its interchange with only this set in it (ISA, GS, the set, GE,
    IEA).
    """

    id: str
    channel: str
    partner: str
    x12: bytes
    pins: Mapping[str, str]
    original: bool
    """True: use what is pinned; False: the current agreement and mapping."""
    part: Mapping[str, Any] | None = None
    """Which part of its set it is, when it is one."""
    received_at: datetime | None = None


# ---------------------------------------------------------------------------------------------- deliver


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliverable:
    """A mapped document on its way to one of our systems. `key` is the document id and its generation: "<id>.1"."""

    id: str
    key: str
    partner: str
    set_id: str
    canonical_type: str
    business_number: str
    canonical: bytes
    stage: Literal["production", "test"]
    attempts: int
    first_attempt_at: datetime | None = None
    part: str = ""
    """ "2/3" of one of several documents that share a business number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What one of our systems said to one document.

    "delivered": it has it (`external_id` is its number for it); "known": it had it already (409 with an id);
    "refused": a permanent no;
    "retry": not now (429, 5xx, or a connection refused before anything was sent); "unknown": it may or may not have
    it (time-out, cut
    answer, garbage). `status` is the HTTP status or 0, `retry_after_seconds` what it asked for.
    """

    kind: Literal["delivered", "known", "refused", "retry", "unknown"]
    detail: str = ""
    status: int = 0
    external_id: str = ""
    retry_after_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryOutcome:
    """The document's next state after one attempt: "delivered", "mapped" (try again after `delay_seconds`), "held"
    or "dead".
    """

    id: str
    state: Literal["delivered", "mapped", "held", "dead"]
    reply: Reply
    reason: str = ""
    delay_seconds: float = 0.0
    key: str = ""
    """Of the attempt. What came of another generation is not written: it says nothing about this one."""
