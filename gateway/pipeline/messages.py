"""What the AS2 door hands in and asks, as Protocols: messages with their receipts, in one commit.

The rest of the road's ports are in `ports`. All methods may raise MachineError when disk or database refuse.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from gateway.parcel import Content, Parcel

Fields = tuple[tuple[str, str], ...]
"""Header fields in their order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A receipt (MDN) for a message, as it goes over the wire: whatever is asked again, these bytes are answered.

    `url` is where it goes by itself; "" on the connection that the message came by.
    """

    headers: Fields
    body: bytes
    disposition: str
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One AS2 message as it came, and what was decided of it.

    state: "taken" goes with the parcels that were in it; "refused" is one that could not be opened, or not as agreed;
    "conflict" another one under a Message-ID that was taken: its parcels are stored, and wait for a person.

    `content` is the body as it came over the wire with `headers` around it, None where it is too large to be kept of
    something refused. `mics` are by digest, "sha256" always among them, of what was opened; of two messages with one
    Message-ID it says whether they are the same. `security` is what people want to know of it: signed_by, digest,
    cipher, transport, compressed. `content_types` are those of the parcels. `answer` is None when none was asked for.
    """

    channel: str
    message_id: str
    as2_from: str
    as2_to: str
    remote: str
    received_at: datetime
    headers: Fields
    content: Content | None
    size: int
    state: Literal["taken", "refused", "conflict"] = "taken"
    reason: str = ""
    mics: Mapping[str, str] = field(default_factory=dict)
    security: Mapping[str, str] = field(default_factory=dict)
    content_types: Sequence[str] = ()
    answer: Answer | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What became of a message that was handed in, committed.

    "stored": it is new; "known": the same was taken before, and `answer` is the stored one; "other": something else was
    taken under its Message-ID, and nothing was stored of it now. `id` is that of the row, of the earlier one if it is
    not new; `transmissions` are the parcels' ids.
    """

    outcome: Literal["stored", "known", "other"]
    id: str
    transmissions: Sequence[str] = ()
    answer: Answer | None = None


class MessageIntake(Protocol):
    """The one function through which the AS2 door calls in."""

    async def receive_together(self, parcels: Sequence[Parcel], message: Message) -> Kept:
        """Return once message, receipt, parcels and the work they mean are durable: in one commit, or nothing is.

        Of two copies in flight the second waits for the first. Raises Busy, MachineError.
        """

    def admit(self, channel: str) -> None:
        """Raise Busy while too much waits: doors ask before they take bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DueAnswer:
    """A receipt that waits to be sent to `answer.url`; `attempts` are those before."""

    id: str
    channel: str
    message_id: str
    answer: Answer
    attempts: int
    since: datetime


class LaterAnswers(Protocol):
    """Receipts that were asked for later: each waits in its row until it was sent, or given up."""

    def due(self, *, limit: int, lease_seconds: float) -> Sequence[DueAnswer]:
        """Take up to `limit` that are due, the longest due first. Nobody else gets them for `lease_seconds`."""

    def hold(self, ids: Sequence[str], lease_seconds: float) -> None:
        """Of these, what is still to be sent is in hand for so long from now."""

    def sent(self, id: str, detail: str) -> None:
        """The other side has it."""

    def put_off(self, id: str, detail: str, until: datetime) -> None:
        """It could not be sent; it is tried again then."""

    def give_up(self, id: str, detail: str) -> None:
        """It is not tried again; an event tells people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CameBack:
    """A receipt that a partner sent for a message of ours, as it came, and what it was found to be worth.

    outcome: one of `gateway.as2.receipt.Outcome`, "unreadable", or "earlier": for a copy of a file that went again
    since; `subject` the id of our file that it is about.
    """

    channel: str
    remote: str
    received_at: datetime
    headers: Fields
    body: bytes
    outcome: str
    reason: str
    original_message_id: str = ""
    disposition: str = ""
    mic: str = ""
    signed_by: str = ""
    subject: str = ""


class ReceiptBook(Protocol):
    """Every receipt that came, kept as evidence."""

    def keep(self, came: CameBack) -> str:
        """Store it durably, with an event. Returns its id."""

    def stranger(self, *, as2_from: str, as2_to: str, remote: str) -> None:
        """An event: somebody sent under names that nobody agreed on, or from where they may not be used."""
