"""What commands, the API and later the console may ask. Answers are plain values; nothing here changes anything."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from gateway.pipeline.business.report import BusinessFact
from gateway.pipeline.carrying import CarryingRow
from gateway.pipeline.outbound.waiting import Waiting
from gateway.pipeline.owed import Owed
from gateway.pipeline.times import UNKNOWN, Times


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentRow:
    """One line of a list of documents."""

    id: str
    transmission_id: str
    channel: str
    partner: str
    direction: str
    set_id: str
    version: str
    control_numbers: str
    """ISA13/GS06/ST02."""
    business_number: str
    canonical_type: str
    usage: str
    """ISA15: P, a production document, or T, a test."""
    state: str
    reason: str
    destination: str
    external_id: str
    acknowledgement: str
    """Inbound: the set's AK501 as told to the partner: A, E, R, or "" when none was written. Outbound: what the partner
    said: awaited, accepted, accepted_with_errors, partially_accepted, rejected, or "" when nothing is expected."""
    received_at: datetime
    delivered_at: datetime | None
    acknowledged_at: datetime | None = None
    """When the partner's answer came that the acknowledgement of a document of ours is taken from."""
    answer: str = ""
    """Of a document of ours the sentence of the partner's answer that tells most; "" when it was accepted without a
    word, or not answered. `DocumentDetail.said` has all of them."""
    part: str = ""
    """ "2/3 0012" of one of several documents that are one set: number, how many, and the place it is for."""
    owner: str = ""
    """Who looks after it, "" when nobody was named."""
    headline: str = ""
    """Delivery, acknowledgement and business in one sentence."""
    business: str = ""
    """What the other side says of the business in it: `gateway.ledger.business`; "" is not known."""
    business_at: datetime | None = None
    business_words: str = ""
    """The same in words: who said so, how much was paid, what differs."""
    business_open: Decimal | None = None
    """What is still owed of an invoice, below zero when too much came; None where nothing is known of that."""
    amount: Decimal | None = None
    currency: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """One change of state: who, what, when, why."""

    at: datetime
    subject: str
    kind: str
    who: str
    why: str
    detail: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldAnswer:
    """A 997 or 999 (`kind`) that is held: its id among the documents, its AK901 or IK901, when it came, and why."""

    id: str
    kind: str
    says: str
    received_at: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentDetail:
    """One document with its whole lineage: file, interchange, group, set, canonical body, attempts,
    acknowledgements, events.
    """

    row: DocumentRow
    file_name: str
    message_id: str
    """The sender's own id of the transmission; "" where a door has none."""
    remote: str
    interchange_state: str
    interchange_reason: str
    findings: Sequence[Mapping[str, object]]
    pins: Mapping[str, str]
    canonical: bytes | None
    x12: bytes
    acknowledgements: Sequence[Mapping[str, str]]
    events: Sequence[EventRow]
    sending: Mapping[str, str] = field(default_factory=dict)
    """The interchange that a document of ours went out in: channel, name, state and times; empty before, and inbound.
    """
    successor: str = ""
    """The id of the document that counts instead of one that is superseded; "" for any other."""
    arrived_by: str = ""
    """The channel of its transmission: a partner's, or "intake/<system>" for a document of ours."""
    said: Sequence[str] = ()
    """What the partner's acknowledgement says of a document of ours, line by line; of a 997 or 999 that came in, what
    it says.
    """
    waiting: Waiting | None = None
    """Until when and why a document of ours waits that is translated and not sealed; None for any other."""
    places: Sequence[Mapping[str, object]] = ()
    """For each line of `said` the place in our set that it is about: `segment`, `position` (ST is 1), `element` and
    `component`, as far as it names them.
    """
    carrying: Sequence[CarryingRow] = ()
    """How its file, or the answers to it, stand that we push to the partner; empty where the partner fetches them."""
    held_by: str = ""
    """The person who holds it; "" when it is held for any other reason, or not held."""
    owed: Sequence[Owed] = ()
    """What has to follow it, or the order that it is, and what it met; where nobody was named, no owner is said."""
    times: Times = UNKNOWN
    """Every time that is kept of it, and what has to happen next."""
    facts: Sequence[BusinessFact] = ()
    """What was said of the business in it, and what it says of that of others."""
    exchanged: Sequence[tuple[str, str]] = ()
    """What was exchanged by AS2 about it, as (what, words): the message it came in, receipts for what went out."""
    held_answers: Sequence[HeldAnswer] = ()
    """997s and 999s about a document of ours that wait for a person, oldest first, at most 10."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransmissionRow:
    """One transmission: `interchanges` say per interchange its ids, control number, state and reason."""

    id: str
    channel: str
    door: str
    file_name: str
    message_id: str
    size: int
    sha256: str
    state: str
    reason: str
    received_at: datetime
    interchanges: Sequence[Mapping[str, str]]
    documents: Sequence[str]
    """Document ids."""
    acknowledgements: Sequence[Mapping[str, str]]


class Questions(Protocol):
    """Bounded reads on their own connection: they never wait for a writer."""

    def documents(
        self,
        *,
        partner: str = "",
        state: str = "",
        usage: str = "",
        search: str = "",
        direction: str = "",
        acknowledgement: str = "",
        owner: str = "",
        business: str = "",
        set_id: str = "",
        limit: int = 50,
    ) -> Sequence[DocumentRow]:
        """Newest first. `usage` is P or T, `direction` inbound or outbound. `search` is a business number, a control
        number or a search key, exactly. `acknowledgement` is what the partner said of documents of ours;
        of those awaited none that another took the place of. `business` is what they say of the business in one.
        """

    def document(self, document_id: str) -> DocumentDetail | None:
        """One document, by its id or the beginning of it (at least 6 characters).

        Raises UsageError, which names the first few, when several begin so.
        """

    def handed_in(self, channel: str, message_id: str) -> TransmissionRow | None:
        """What came by a channel under the sender's own id, None when nothing did."""

    def transmissions(self, *, state: str = "", limit: int = 50) -> Sequence[TransmissionRow]:
        """Newest first."""

    def transmission(self, transmission_id: str) -> TransmissionRow | None:
        """One transmission."""

    def counts(self) -> Mapping[str, int]:
        """Documents and transmissions by state, `backlog` (received, not processed) and paused destinations."""
