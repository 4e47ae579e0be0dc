"""Every table, and what each column is for. The state columns are the truth of where something stands on the road.

Written with Core statements (`insert(DOCUMENT)` with a list of rows): the ORM is seven times slower for batches.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlmodel import Field

from gateway.store import audit_tables as _audit  # noqa: F401 - its tables are in METADATA too
from gateway.store import business_tables as _business  # noqa: F401 - and its
from gateway.store import crossref_tables as _crossref  # noqa: F401 - and its
from gateway.store import day_end_tables as _day_ends  # noqa: F401 - and its
from gateway.store import deadline_tables as _deadlines  # noqa: F401 - and its
from gateway.store import following_tables as _following  # noqa: F401 - and its
from gateway.store import keeping_tables as _keeping  # noqa: F401 - and its
from gateway.store import notice_tables as _notices  # noqa: F401 - and those
from gateway.store import owed_tables as _owed  # noqa: F401 - and its
from gateway.store import release_tables as _releases  # noqa: F401 - and these
from gateway.store import threading_tables as _threading  # noqa: F401 - and its
from gateway.store.answer_tables import ACKNOWLEDGEMENT, MAILBOX_ENTRY
from gateway.store.columns import Amount, Counter, Id, Json, Moment, Name, Words
from gateway.store.message_tables import AS2_MESSAGE, AS2_PART, AS2_RECEIPT
from gateway.store.outbound_tables import (
    CARRYING,
    OUTBOUND_CHANNEL,
    OUTBOUND_GROUP,
    OUTBOUND_INTERCHANGE,
    OUTBOUND_PART,
    RECEIVED_ACKNOWLEDGEMENT,
    UNSEALED_SET,
)
from gateway.store.pace_tables import ANSWERED, FOUND
from gateway.store.poll_tables import POLL
from gateway.store.sent_message_tables import AS2_SENT
from gateway.store.table_base import Rows, only
from gateway.store.unannounced_table import UNANNOUNCED
from gateway.store.verb_tables import DOCUMENT_HOLD

__all__ = [
    "ACKNOWLEDGEMENT",
    "AS2_MESSAGE",
    "AS2_PART",
    "AS2_RECEIPT",
    "AS2_SENT",
    "CANONICAL",
    "CARRYING",
    "CONTENT",
    "CONTROL_NUMBER",
    "COUNTED",
    "DESTINATION",
    "DOCUMENT",
    "DOCUMENT_HOLD",
    "DOCUMENT_KEY",
    "EVENT",
    "HOME",
    "INTERCHANGE",
    "INTERCHANGE_KEY",
    "MAILBOX_ENTRY",
    "METADATA",
    "OUTBOUND_CHANNEL",
    "OUTBOUND_GROUP",
    "OUTBOUND_INTERCHANGE",
    "OUTBOUND_PART",
    "POLL",
    "RECEIVED_ACKNOWLEDGEMENT",
    "RELEASE",
    "RELEASE_ENTRY",
    "RELEASE_FILE",
    "TRANSMISSION",
    "UNANNOUNCED",
    "UNSEALED_SET",
]

# ---------------------------------------------------------------------------------------------- bytes


class ContentRow(Rows, table=True):
    """Bytes by their hash; `body` is null when they are a file below blobs/."""

    __tablename__ = "content"
    __table_args__ = (only("ix_content_file", "sha256", where="body is null"),)
    sha256: str = Field(sa_column=Column(Id, primary_key=True))
    size: int = Field(sa_column=Column(BigInteger, nullable=False))
    body: bytes | None = Field(sa_column=Column(LargeBinary))


# ---------------------------------------------------------------------------------------------- inbound


class TransmissionRow(Rows, table=True):
    """One file or post as it came in.

    state: received -> processed | refused | quarantined | dead; quarantined -> received by an operator's release.
    `crashes` and `solo_crashes` count process deaths with it in hand; `takes` how often the sweep took it up.
    """

    __tablename__ = "transmission"
    __table_args__ = (
        UniqueConstraint("channel", "message_id"),
        only("ix_transmission_received", "channel", "size", where="state = 'received'"),
        Index("ix_transmission_state_id", "state", "id"),
    )
    id: str = Field(sa_column=Column(Id, primary_key=True))
    channel: str = Field(sa_column=Column(Name, nullable=False))
    door: str = Field(sa_column=Column(Text, nullable=False))
    message_id: str | None = Field(sa_column=Column(Name))
    file_name: str | None = Field(sa_column=Column(Words))
    remote: str | None = Field(sa_column=Column(Words))
    sha256: str = Field(sa_column=Column(Id, ForeignKey("content.sha256"), nullable=False))
    size: int = Field(sa_column=Column(BigInteger, nullable=False))
    state: str = Field(sa_column=Column(Text, nullable=False))
    reason: str = Field(sa_column=Column(Words, nullable=False, server_default=""))
    findings: Any = Field(sa_column=Column(Json, nullable=False, server_default="[]"))
    received_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    state_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    released: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    crashes: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    solo_crashes: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    takes: int = Field(default=0, sa_column_kwargs={"server_default": "0"})


class InterchangeRow(Rows, table=True):
    """One ISA to IEA. state: accepted, rejected, duplicate, quarantined, or released (read again since).

    `received_at` is when its transmission came. `sets` and `group_counts` (each [GS01, GS02, GS03, GS06, sets]) are
    counted as it is read, apart from its documents: null of what was read before anybody counted. Of `groups` groups
    the least and the greatest GS06 are `first_group` and `last_group`, null when one of them is no number.
    """

    __tablename__ = "interchange"
    __table_args__ = (Index("ix_interchange_day", "partner", "received_at", "usage", "state", "id", "sets"),)
    id: str = Field(sa_column=Column(Id, primary_key=True))
    transmission_id: str = Field(sa_column=Column(Id, ForeignKey("transmission.id"), nullable=False, index=True))
    ordinal: int
    state: str = Field(sa_column=Column(Text, nullable=False))
    reason: str = Field(sa_column=Column(Words, nullable=False))
    partner: str = Field(sa_column=Column(Name, nullable=False))
    sender: str = Field(sa_column=Column(Name, nullable=False))
    receiver: str = Field(sa_column=Column(Name, nullable=False))
    usage: str = Field(sa_column=Column(Name, nullable=False))
    control_number: str = Field(sa_column=Column(Name, nullable=False))
    header: Any = Field(sa_column=Column(Json, nullable=False))
    findings: Any = Field(sa_column=Column(Json, nullable=False))
    byte_offset: int = Field(sa_column=Column(BigInteger, nullable=False))
    byte_length: int = Field(sa_column=Column(BigInteger, nullable=False))
    sha256: str = Field(sa_column=Column(Id, nullable=False))
    duplicate_of: str | None = Field(sa_column=Column(Id))
    recorded_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    received_at: datetime | None = Field(sa_column=Column(Moment))
    sets: int | None
    group_counts: Any = Field(sa_column=Column(Json))
    groups: int | None
    first_group: int | None
    last_group: int | None


class InterchangeKeyRow(Rows, table=True):
    """Who holds (sender, receiver, usage, ISA13): the primary key decides between any number of writers."""

    __tablename__ = "interchange_key"
    sender: str = Field(sa_column=Column(Name, primary_key=True))
    receiver: str = Field(sa_column=Column(Name, primary_key=True))
    usage: str = Field(sa_column=Column(Name, primary_key=True))
    control_number: str = Field(sa_column=Column(Name, primary_key=True))
    interchange_id: str = Field(sa_column=Column(Id, nullable=False))
    transmission_id: str = Field(sa_column=Column(Id, nullable=False))
    sha256: str = Field(sa_column=Column(Id, nullable=False))
    seen_at: datetime = Field(sa_column=Column(Moment, nullable=False))


_COUNTED = ("state", "set_id", "currency", "amount")
_UNNUMBERED = ("external_id", "state", "interchange_id")
_LISTED = ("state", "partner", "direction", "acknowledgement", "usage")
_HANDED_IN = ("partner", "received_at", "usage", "state", "transmission_id")


class DocumentRow(Rows, table=True):
    """One transaction set with its life.

    Inbound: validated -> mapped -> delivered; or rejected, held, dead. `told` is AK501 as the partner was told, ""
    when nothing. `original` says whether translating uses what `pins` name. `generation` is the second half of the
    Idempotency-Key; `attempts` counts those of this generation.

    Outbound: collected -> translated -> sealed -> sent; or held, dead; superseded. It has no interchange of its own,
    and from sealing on an outbound group. `acknowledgement` is what the partner said of it, `acknowledgement_detail`
    the same line by line in plain words. `part` says which part of what was handed in it is, null for the whole.

    `amount` is what it is worth in `currency` ("" where the agreed one is meant) and `dated` its business date, both as
    it says itself: null where it does not. `owner` is the person who looks after it, "" while none was named.
    `resent_at` is when its interchange went once more under the same numbers, null while it did not.

    `business` is what the other side says of the business in it (`gateway.ledger.business`), since `business_at`, in
    words; of an invoice `business_open` is what is still owed, below zero when too much came. Set behind the events.
    """

    __tablename__ = "document"
    __table_args__ = (
        only("ix_document_waiting", "destination", "id", where="state = 'mapped'"),
        only("ix_document_untranslated", "id", where="state = 'validated'"),
        only("ix_document_collected", "id", where="state = 'collected'"),
        Index("ix_document_state_id", "state", "id"),
        Index("ix_document_partner_id", "partner", "id"),
        only(
            "ix_document_unsettled",
            "id",
            where="acknowledgement in ('awaited', 'overdue', 'partially_accepted', 'rejected')",
        ),
        only("ix_document_owner", "owner", "id", where="owner <> ''"),
        only("ix_document_set", "set_id", "id", *_LISTED, where="set_id <> ''"),  # a list needs no look at the rows
        only("ix_document_answered", *("acknowledged_at", "partner", "set_id", "usage"), where=ANSWERED),
        only("ix_document_found", *("received_at", "partner", "set_id", "usage"), where=FOUND),
        only("ix_document_business", "business", "id", where="business <> ''"),
        # What days are counted from, without a look at the rows.
        only("ix_document_came_in", "interchange_id", *_COUNTED, where="interchange_id is not null"),
        only(
            "ix_document_sent", "outbound_group_id", "acknowledgement", *_COUNTED, where="outbound_group_id is not null"
        ),
        only("ix_document_handed_in", *_HANDED_IN, where="direction = 'outbound'"),
        only("ix_document_unnumbered", *_UNNUMBERED, where="state = 'delivered' and external_id = ''"),
    )
    id: str = Field(sa_column=Column(Id, primary_key=True))
    transmission_id: str = Field(sa_column=Column(Id, ForeignKey("transmission.id"), nullable=False, index=True))
    interchange_id: str | None = Field(sa_column=Column(Id, ForeignKey("interchange.id")))
    outbound_group_id: str | None = Field(sa_column=Column(Id, ForeignKey("outbound_group.id")))
    ordinal: int
    direction: str = Field(sa_column=Column(Text, nullable=False))
    channel: str = Field(sa_column=Column(Name, nullable=False))
    partner: str = Field(sa_column=Column(Name, nullable=False))
    agreement: str = Field(sa_column=Column(Words, nullable=False))
    usage: str = Field(sa_column=Column(Name, nullable=False))
    set_id: str = Field(sa_column=Column(Name, nullable=False))
    version: str = Field(sa_column=Column(Words, nullable=False))
    interchange_control_number: str = Field(sa_column=Column(Words, nullable=False))
    group_control_number: str = Field(sa_column=Column(Words, nullable=False))
    set_control_number: str = Field(sa_column=Column(Words, nullable=False))
    byte_offset: int = Field(sa_column=Column(BigInteger, nullable=False))
    byte_length: int = Field(sa_column=Column(BigInteger, nullable=False))
    state: str = Field(sa_column=Column(Text, nullable=False))
    reason: str = Field(sa_column=Column(Words, nullable=False))
    told: str = Field(sa_column=Column(Text, nullable=False))
    findings: Any = Field(sa_column=Column(Json, nullable=False))
    pins: Any = Field(sa_column=Column(Json, nullable=False))
    search: Any = Field(sa_column=Column(Json, nullable=False))
    thread: Any = Field(sa_column=Column(Json, nullable=False))
    destination: str = Field(sa_column=Column(Name, nullable=False))
    canonical_type: str = Field(sa_column=Column(Words, nullable=False))
    business_number: str = Field(sa_column=Column(Words, nullable=False))
    original: bool
    generation: int
    attempts: int
    first_attempt_at: datetime | None = Field(sa_column=Column(Moment))
    last_attempt_at: datetime | None = Field(sa_column=Column(Moment))
    next_attempt_at: datetime | None = Field(sa_column=Column(Moment))
    external_id: str = Field(sa_column=Column(Words, nullable=False))
    received_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    state_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    resent_at: datetime | None = Field(sa_column=Column(Moment))
    delivered_at: datetime | None = Field(sa_column=Column(Moment))
    acknowledgement: str = Field(sa_column=Column(Text, nullable=False, server_default=""))
    acknowledged_at: datetime | None = Field(sa_column=Column(Moment))
    acknowledgement_detail: Any = Field(sa_column=Column(Json, nullable=False, server_default="[]"))
    part: Any = Field(sa_column=Column(Json))
    amount: Decimal | None = Field(sa_column=Column(Amount))
    currency: str = Field(sa_column=Column(Name, nullable=False, server_default=""))
    dated: date | None = Field(sa_column=Column(Date))
    owner: str = Field(sa_column=Column(Name, nullable=False, server_default=""))
    business: str = Field(sa_column=Column(Text, nullable=False, server_default=""))
    business_at: datetime | None = Field(sa_column=Column(Moment))
    business_words: str = Field(sa_column=Column(Words, nullable=False, server_default=""))
    business_open: Decimal | None = Field(sa_column=Column(Amount))


class DocumentKeyRow(Rows, table=True):
    """What a document is found by: business and control numbers, and what its mapping declares."""

    __tablename__ = "document_key"
    document_id: str = Field(sa_column=Column(Id, ForeignKey("document.id"), primary_key=True))
    name: str = Field(sa_column=Column(Name, primary_key=True))
    value: str = Field(sa_column=Column(Name, primary_key=True, index=True))


COUNTED: Final = ("ISA13", "GS06", "ST02")
"""Names of control numbers among those: of no order, though like one's. Every first set of a partner may have 0001."""


class CanonicalRow(Rows, table=True):
    """The canonical body of one generation, as JSON: in the row, or by its hash when it is large."""

    __tablename__ = "canonical"
    __table_args__ = (CheckConstraint("(body is null) <> (sha256 is null)", name="somewhere"),)
    document_id: str = Field(sa_column=Column(Id, ForeignKey("document.id"), primary_key=True))
    generation: int = Field(primary_key=True)
    body: bytes | None = Field(sa_column=Column(LargeBinary))
    sha256: str | None = Field(sa_column=Column(Id, ForeignKey("content.sha256")))
    made_at: datetime = Field(sa_column=Column(Moment, nullable=False))


# ---------------------------------------------------------------------------------------------- numbers


class ControlNumberRow(Rows, table=True):
    """The last number given out. kind "ISA13" or "GS06"; `usage` is "" for groups."""

    __tablename__ = "control_number"
    kind: str = Field(sa_column=Column(Text, primary_key=True))
    ours: str = Field(sa_column=Column(Name, primary_key=True))
    theirs: str = Field(sa_column=Column(Name, primary_key=True))
    usage: str = Field(sa_column=Column(Name, primary_key=True))
    value: int = Field(sa_column=Column(BigInteger, nullable=False))


# ---------------------------------------------------------------------------------------------- memory


class EventRow(Rows, table=True):
    """One change of state, written once. `subject` is the id of what changed; `transmission_id` ties them together."""

    __tablename__ = "event"
    number: int | None = Field(sa_column=Column(Counter, primary_key=True, autoincrement=True))
    at: datetime = Field(sa_column=Column(Moment, nullable=False))
    transmission_id: str = Field(sa_column=Column(Id, nullable=False, index=True))
    subject: str = Field(sa_column=Column(Id, nullable=False, index=True))
    kind: str = Field(sa_column=Column(Text, nullable=False))
    who: str = Field(sa_column=Column(Words, nullable=False))
    why: str = Field(sa_column=Column(Words, nullable=False))
    detail: Any = Field(sa_column=Column(Json, nullable=False))


class DestinationRow(Rows, table=True):
    """A destination that was paused at least once. `pauses` numbers its pauses, `probes` the tries of this one."""

    __tablename__ = "destination"
    name: str = Field(sa_column=Column(Name, primary_key=True))
    paused: bool
    pauses: int
    probes: int
    probe_due_at: datetime | None = Field(sa_column=Column(Moment))
    changed_at: datetime = Field(sa_column=Column(Moment, nullable=False))


METADATA = Rows.metadata

CONTENT: Table = METADATA.tables["content"]
TRANSMISSION: Table = METADATA.tables["transmission"]
INTERCHANGE: Table = METADATA.tables["interchange"]
INTERCHANGE_KEY: Table = METADATA.tables["interchange_key"]
DOCUMENT: Table = METADATA.tables["document"]
DOCUMENT_KEY: Table = METADATA.tables["document_key"]
CANONICAL: Table = METADATA.tables["canonical"]
CONTROL_NUMBER: Table = METADATA.tables["control_number"]
EVENT: Table = METADATA.tables["event"]
DESTINATION: Table = METADATA.tables["destination"]
RELEASE_FILE: Table = METADATA.tables["release_file"]
RELEASE_ENTRY: Table = METADATA.tables["release_entry"]
RELEASE: Table = METADATA.tables["release"]
HOME: Table = METADATA.tables["home"]
