"""The tables of what we send: translated sets that wait, interchanges of ours, and what partners answered to them."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)
from sqlmodel import Field

from gateway.store.columns import Id, Json, Moment, Name, Words
from gateway.store.table_base import Rows, only


class UnsealedSetRow(Rows, table=True):
    """What a translated document is sealed from; gone once it is sealed, so that the table holds what waits.

    `terms` are what its agreement said when it was translated, `envelope` a hash over them: sets with the same share
    interchanges, at most `most_sets` of them in one. `lane` is 0 for urgent, 1 normal, 2 bulk. It goes from `opens_at`
    on when its interchange is full, and from `due_at` on in any case. `body` has its segments as JSON.
    """

    __tablename__ = "unsealed_set"
    __table_args__ = (
        CheckConstraint("(body is null) <> (sha256 is null)", name="somewhere"),
        Index("ix_unsealed_set_envelope", "envelope", "document_id"),
        Index("ix_unsealed_set_due_at", "due_at"),
    )
    document_id: str = Field(sa_column=Column(Id, ForeignKey("document.id"), primary_key=True))
    envelope: str = Field(sa_column=Column(Id, nullable=False))
    lane: int
    most_sets: int
    opens_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    due_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    terms: Any = Field(sa_column=Column(Json, nullable=False))
    body: bytes | None = Field(sa_column=Column(LargeBinary))
    sha256: str | None = Field(sa_column=Column(Id, ForeignKey("content.sha256")))


class OutboundPartRow(Rows, table=True):
    """One part of a document of ours that goes out as one. Parts with the same `part_group` belong together.

    `waits` until all of them are there, or a person lets them go without the rest. `leader` is the part in whose
    segments it went out, null before, and for the leader itself.
    """

    __tablename__ = "outbound_part"
    document_id: str = Field(sa_column=Column(Id, ForeignKey("document.id"), primary_key=True))
    part_group: str = Field(sa_column=Column(Id, nullable=False, index=True))
    number: int
    of: int
    waits: bool
    leader: str | None = Field(sa_column=Column(Id, ForeignKey("document.id"), index=True))


class OutboundInterchangeRow(Rows, table=True):
    """One ISA to IEA of ours, sealed. state: offered -> fetched -> confirmed, or carried where we push.

    `sender` and `receiver` are ISA05-08 as "ZZ/HARBORPINE", `control_number` is ISA13, `version` ISA12. `ta1` is what
    the partner said of the envelope, "" when no TA1 was asked for and none came, `ta1_note` its TA105. `resent_at` is
    when it was last laid out, or was to be carried, once more, null while it was not.
    """

    __tablename__ = "outbound_interchange"
    __table_args__ = (
        UniqueConstraint("channel", "name"),
        Index("ix_outbound_interchange_pair", "receiver", "sender", "control_number"),
        Index("ix_outbound_interchange_partner_sealed_at", "partner", "sealed_at"),
    )
    id: str = Field(sa_column=Column(Id, primary_key=True))
    partner: str = Field(sa_column=Column(Name, nullable=False))
    channel: str = Field(sa_column=Column(Name, nullable=False))
    sender: str = Field(sa_column=Column(Name, nullable=False))
    receiver: str = Field(sa_column=Column(Name, nullable=False))
    usage: str = Field(sa_column=Column(Text, nullable=False))
    control_number: int
    version: str = Field(sa_column=Column(Text, nullable=False))
    lane: str = Field(sa_column=Column(Text, nullable=False))
    name: str = Field(sa_column=Column(Name, nullable=False))
    sha256: str = Field(sa_column=Column(Id, ForeignKey("content.sha256"), nullable=False))
    size: int
    state: str = Field(sa_column=Column(Text, nullable=False))
    ta1: str = Field(sa_column=Column(Text, nullable=False))
    ta1_note: str = Field(sa_column=Column(Words, nullable=False))
    sealed_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    offered_at: datetime | None = Field(sa_column=Column(Moment))
    fetched_at: datetime | None = Field(sa_column=Column(Moment))
    confirmed_at: datetime | None = Field(sa_column=Column(Moment))
    carried_at: datetime | None = Field(sa_column=Column(Moment))
    resent_at: datetime | None = Field(sa_column=Column(Moment))


class OutboundGroupRow(Rows, table=True):
    """One GS to GE of ours. `acknowledgement` is AK901 as a state; the counts are AK902 to AK904, null before."""

    __tablename__ = "outbound_group"
    __table_args__ = (
        Index("ix_outbound_group_pair", "receiver", "sender", "control_number"),
        Index("ix_outbound_group_number", "control_number", "functional_id"),
    )
    id: str = Field(sa_column=Column(Id, primary_key=True))
    interchange_id: str = Field(sa_column=Column(Id, ForeignKey("outbound_interchange.id"), nullable=False, index=True))
    functional_id: str = Field(sa_column=Column(Text, nullable=False))
    sender: str = Field(sa_column=Column(Name, nullable=False))
    receiver: str = Field(sa_column=Column(Name, nullable=False))
    control_number: int
    version: str = Field(sa_column=Column(Text, nullable=False))
    sets: int
    acknowledgement: str = Field(sa_column=Column(Text, nullable=False))
    included: int | None
    received: int | None
    accepted: int | None
    acknowledged_at: datetime | None = Field(sa_column=Column(Moment))


class ReceivedAcknowledgementRow(Rows, table=True):
    """One thing a partner said of what we sent: a TA1, or an AK1 to AK9 of a 997 or 999, matched or not.

    `document_id` is the inbound set that says so, null for a TA1. What it was matched to is null where nothing was.
    """

    __tablename__ = "received_acknowledgement"
    id: str = Field(sa_column=Column(Id, primary_key=True))
    transmission_id: str = Field(sa_column=Column(Id, ForeignKey("transmission.id"), nullable=False, index=True))
    document_id: str | None = Field(sa_column=Column(Id, ForeignKey("document.id"), index=True))
    partner: str = Field(sa_column=Column(Name, nullable=False))
    kind: str = Field(sa_column=Column(Text, nullable=False))
    status: str = Field(sa_column=Column(Text, nullable=False))
    outbound_interchange_id: str | None = Field(sa_column=Column(Id, ForeignKey("outbound_interchange.id"), index=True))
    outbound_group_id: str | None = Field(sa_column=Column(Id, ForeignKey("outbound_group.id"), index=True))
    outbound_document_id: str | None = Field(sa_column=Column(Id, ForeignKey("document.id"), index=True))
    included: int | None
    received: int | None
    accepted: int | None
    detail: Any = Field(sa_column=Column(Json, nullable=False))
    received_at: datetime = Field(sa_column=Column(Moment, nullable=False))


class CarryingRow(Rows, table=True):
    """One file of ours that goes out by a door that we push through. States and moves: `gateway.ledger.carrying`.

    `kind` is "interchange" or "acknowledgement", `subject` its id; the same goes through one `channel` once. `via` is
    the channel in use: another than `channel` while that is down and the partner has a fallback. `since` is when it
    was laid out, or taken up again; not tried before `next_at`. `in_hand_by` (node and its life) and `in_hand_at` are
    written before the effect; `doubt`: it may be there already. `taken_at` is when the other side took it,
    `answered_at` when its receipt came, `answer` the receipt's bytes. `notes` are the door's own.
    """

    __tablename__ = "carrying"
    __table_args__ = (
        UniqueConstraint("channel", "kind", "subject"),
        UniqueConstraint("message_id"),
        Index("ix_carrying_subject", "subject"),
        only("ix_carrying_waiting", "via", "lane", "id", where="state = 'waiting'"),
        only("ix_carrying_awaiting", "answer_due_at", where="state = 'awaiting'"),
    )
    id: str = Field(sa_column=Column(Id, primary_key=True))
    channel: str = Field(sa_column=Column(Name, nullable=False))
    via: str = Field(sa_column=Column(Name, nullable=False))
    kind: str = Field(sa_column=Column(Text, nullable=False))
    subject: str = Field(sa_column=Column(Id, nullable=False))
    transmission_id: str = Field(sa_column=Column(Id, nullable=False))
    partner: str = Field(sa_column=Column(Name, nullable=False))
    name: str = Field(sa_column=Column(Name, nullable=False))
    sha256: str = Field(sa_column=Column(Id, ForeignKey("content.sha256"), nullable=False))
    size: int = Field(sa_column=Column(BigInteger, nullable=False))
    lane: int
    usage: str = Field(sa_column=Column(Text, nullable=False))
    message_id: str = Field(sa_column=Column(Id, nullable=False))
    state: str = Field(sa_column=Column(Text, nullable=False))
    reason: str = Field(sa_column=Column(Words, nullable=False))
    attempts: int
    doubt: bool
    since: datetime = Field(sa_column=Column(Moment, nullable=False))
    next_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    state_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    first_tried_at: datetime | None = Field(sa_column=Column(Moment))
    last_tried_at: datetime | None = Field(sa_column=Column(Moment))
    in_hand_by: str | None = Field(sa_column=Column(Words))
    in_hand_at: datetime | None = Field(sa_column=Column(Moment))
    taken_at: datetime | None = Field(sa_column=Column(Moment))
    answer_due_at: datetime | None = Field(sa_column=Column(Moment))
    answered_at: datetime | None = Field(sa_column=Column(Moment))
    answer: str | None = Field(sa_column=Column(Id, ForeignKey("content.sha256")))
    disposition: str = Field(sa_column=Column(Words, nullable=False))
    notes: Any = Field(sa_column=Column(Json, nullable=False))


class OutboundChannelRow(Rows, table=True):
    """A channel we push through that was paused at least once. `pauses` numbers its pauses, `probes` the tries of
    this one; while it is paused, `changed_at` is when that began.
    """

    __tablename__ = "outbound_channel"
    name: str = Field(sa_column=Column(Name, primary_key=True))
    paused: bool
    pauses: int
    probes: int
    probe_due_at: datetime | None = Field(sa_column=Column(Moment))
    changed_at: datetime = Field(sa_column=Column(Moment, nullable=False))


_TABLES = Rows.metadata.tables

UNSEALED_SET: Table = _TABLES["unsealed_set"]
OUTBOUND_PART: Table = _TABLES["outbound_part"]
OUTBOUND_INTERCHANGE: Table = _TABLES["outbound_interchange"]
OUTBOUND_GROUP: Table = _TABLES["outbound_group"]
RECEIVED_ACKNOWLEDGEMENT: Table = _TABLES["received_acknowledgement"]
CARRYING: Table = _TABLES["carrying"]
OUTBOUND_CHANNEL: Table = _TABLES["outbound_channel"]
