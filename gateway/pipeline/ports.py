"""Every I/O the road can do, as Protocols owned by the side that calls. Read this file and you know them all.

Ports are synchronous (edges call them in threads) except where a door awaits durability and where a backend is
spoken to. All methods may
raise MachineError when disk or database refuse; none raises for what is in a document.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol

from gateway.parcel import Content, Parcel, Receipt
from gateway.pipeline.knowledge import Knowledge
from gateway.pipeline.outbound.seal import Packing, Unsealed
from gateway.pipeline.outbound.send import Awaited, Carriage, Carried, Settled, Verdict
from gateway.pipeline.outbound.stage import Collected, OutboundOutcome
from gateway.pipeline.stage import (
    Deliverable,
    DeliveryOutcome,
    DocumentOutcome,
    Received,
    Reply,
    Translatable,
    TransmissionOutcome,
)

# ---------------------------------------------------------------------------------------------- bytes


class SpoolFile(Protocol):
    """A file being received. Not durable until `seal`; `discard` forgets it. Never named by a partner."""

    size: int

    def write(self, data: bytes, offset: int | None = None) -> None:
        """Write at `offset` (end when None). After any failure every later call fails: half a document is none."""

    def read(self, offset: int, size: int) -> bytes:
        """Bytes written so far (SFTP clients may read back what they write)."""

    def truncate(self, size: int) -> None:
        """Cut or extend to `size` bytes."""

    def seal(self) -> Content:
        """Hash, and fsync what is too large for a row; the file is closed. Raises MachineError when that fails."""

    def discard(self) -> None:
        """Close and remove; safe to call twice and after `seal` (then it does nothing)."""


class Blobs(Protocol):
    """Content by hash."""

    def spool(self) -> SpoolFile:
        """A new, empty spool file."""

    def resume(self, content: Content) -> SpoolFile:
        """A new spool file that starts with a copy of `content`."""

    def chunks(self, content: Content, size: int = 1 << 20) -> Iterator[bytes]:
        """The bytes in order, at most `size` at a time."""

    def read(self, content: Content, offset: int, size: int) -> bytes:
        """At most `size` bytes from `offset`."""


# ---------------------------------------------------------------------------------------------- doors

Folder = Literal["inbound", "outbound", "archive", "error"]


class Intake(Protocol):
    """The one function doors call in through."""

    async def receive(self, parcel: Parcel) -> Receipt:
        """Return once the parcel and the work it means are durable.

        Raises Busy (backlog over its limit), Conflict (message id with other bytes), TooLarge, MachineError.
        """

    def admit(self, channel: str) -> None:
        """Raise what `receive` would raise now for any parcel of this channel: doors ask before they take bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One name in a channel's mailbox.

    inbound: "staged" (temporary name, not a document yet) or "accepted"; outbound: "ready", "listed" (the partner was
    shown the name) or "fetched" (read to its end); archive: "confirmed" (removed by the partner after pickup); error:
    "ready".
    """

    id: str
    folder: Folder
    name: str
    state: Literal["staged", "accepted", "ready", "listed", "fetched", "confirmed"]
    content: Content
    modified_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Files and their bytes."""

    files: int
    size: int


class Mailbox(Protocol):
    """A channel's four folders. Names are data: compared as text, never a path."""

    def entries(self, channel: str, folder: Folder, *, limit: int = 10_000) -> Sequence[Entry]:
        """The names of a folder, oldest first, without their bytes: `entry` brings those.

        inbound shows accepted names for an hour.
        """

    def entry(self, channel: str, folder: Folder, name: str) -> Entry | None:
        """One name, or None."""

    def stage(self, channel: str, name: str, content: Content) -> None:
        """Keep an upload under a temporary name, durably; replaces a staged one of that name."""

    def rename(self, channel: str, old: str, new: str) -> None:
        """Rename a staged upload to another temporary name. (To a final name is `Intake.receive` with
        `staged_name`.)
        """

    def fetched(self, channel: str, entry: Entry) -> None:
        """The partner read an outbound file to its end and closed it: a pickup, recorded with its time."""

    def remove(self, channel: str, folder: Folder, name: str) -> bool:
        """inbound: the name goes (a staged upload is dropped, an accepted document stays stored); outbound: to
        archive. False when unknown.
        """

    def listed(self, channel: str, entries: Sequence[Entry]) -> None:
        """The partner was shown these names of outbound: recorded once per offer."""

    def waiting(self, channel: str) -> Waiting:
        """What came in by a channel and is not processed yet, uploads under temporary names too."""

    def tend(self) -> Sequence[tuple[str, str]]:
        """Let archive names go that are older than agreed, and record uploads that were left under temporary names,
        each once: (channel, name) of those that nobody was told of before.
        """


# ---------------------------------------------------------------------------------------------- the road's memory


@dataclass(frozen=True, slots=True, kw_only=True)
class Paused:
    """A destination whose breaker is open: its documents wait in their rows."""

    destination: str
    probes: int


class Journal(Protocol):
    """What the engine reads and writes; every method is one transaction. Each `record_*` also enqueues what
    follows, in that transaction.
    """

    def received(self, ids: Sequence[str]) -> Sequence[Received]:
        """Those transmissions that are still in state "received"."""

    def record_processed(self, outcomes: Sequence[TransmissionOutcome], *, suspects: Sequence[str] = ()) -> None:
        """Write outcomes; "validated" documents are enqueued for `translate`, "mapped" for `deliver`. `suspects`
        are enqueued to be run one after the other.
        """

    def record_waiting(self, refusals: Mapping[str, str]) -> None:
        """Say in their rows why the bytes of these transmissions (id -> refusal) cannot be read just now; an event
        tells it once per change. The reason goes when they are processed.
        """

    def translatable(self, ids: Sequence[str]) -> Sequence[Translatable]:
        """Those documents that are still "validated", each wrapped as an interchange of its own. Like `deliverable`
        it leaves out, and says so in the row, what cannot be read just now.
        """

    def record_translated(self, outcomes: Sequence[DocumentOutcome]) -> None:
        """Write mapped, held or dead documents (`DocumentOutcome` with the id of an existing row)."""

    def deliverable(
        self, destination: str, ids: Sequence[str], *, paused_too: bool = False
    ) -> Sequence[Deliverable] | None:
        """Those documents that are still "mapped" for the destination; None while the destination is paused, unless
        `paused_too`.
        """

    def record_delivered(self, destination: str, outcomes: Sequence[DeliveryOutcome], *, trip: bool = False) -> None:
        """Write attempts. Retries are enqueued with their delay, unless `trip`: then the destination is paused and
        one probe enqueued.
        """

    def oldest_waiting(self, destination: str) -> Deliverable | None:
        """The oldest mapped document of a destination, for a probe."""

    def postpone(self, destination: str, ids: Sequence[str], delay_seconds: float) -> None:
        """Enqueue a batch again, after a delay: nothing was tried."""

    def probe_failed(self, destination: str, probes: int, delay_seconds: float) -> None:
        """The next probe, after a delay."""

    def resume_destination(self, destination: str) -> None:
        """Close the breaker, and in a second transaction enqueue every mapped document in chunks."""

    def collected(self, ids: Sequence[str]) -> Sequence[Collected]:
        """Those documents of ours that are still "collected" (replays), with what was handed in."""

    def record_collected(self, outcomes: Sequence[OutboundOutcome]) -> None:
        """Write translated, held or dead documents of ours; what is translated is enqueued for `seal`."""

    def sealable(self) -> Sequence[Unsealed]:
        """Translated documents whose interchange is full or due, the most urgent first, a bounded number."""

    def record_sealed(self, packing: Packing) -> int:
        """Number, write, store and lay out these interchanges, each once: in one transaction with the state of their
        documents. What is already sealed, or in another node's hands, is left out. Those of a closed channel are put
        off. Returns how many documents were sealed, put off or held.
        """

    def mark_suspects(self, batched: Sequence[str], alone: Sequence[str]) -> None:
        """Count one crash for transmissions that a dead process had in a batch, or alone."""

    def requeue_stranded(self, older_than: datetime) -> int:
        """Enqueue again what is still "received", "validated", "mapped" (destination not paused), "collected", or
        translated and due, since before then.

        The net under the net: called when no work is queued. Returns how many rows it took up.
        """


Task = Literal["process", "suspect", "translate", "deliver", "probe", "collect", "seal", "send", "probe_channel"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CameIn:
    """A document of a partner, as far as one of ours may take values from it.

    `usage` is ISA15 of what it came in ("P", "T"), `name` its canonical type without the version ("order"), `thread`
    the numbers of its business. `body` is None when it was never mapped, or its file is lost.
    """

    id: str
    usage: str
    name: str
    thread: Mapping[str, str]
    body: Mapping[str, object] | None = None


class Threads(Protocol):
    """What is remembered of the business that documents belong to."""

    def orders(self, partner: str, usage: str, thread: Mapping[str, str]) -> Sequence[CameIn]:
        """Orders of the partner with the order number in `thread` (and its release, where both name one).

        Newest first, with their bodies, only those that came in for this usage (ISA15): a test order says nothing of a
        production invoice. Empty when there is none.
        """

    def answered(self, partner: str, document: str) -> CameIn | None:
        """The document of the partner with this id, of whatever usage; None when it sent none."""


class CrossReferences(Protocol):
    """What partners call things: dated tables that people change at any time."""

    def current(self, partner: str, on: date) -> Knowledge:
        """What is known now of the values of a partner that hold on this day."""

    def pinned(self, partner: str, on: date, as_of: datetime) -> Knowledge:
        """What was known right after the change at `as_of`: nothing recorded later, and what was retired since."""


class Sender(Protocol):
    """A door that we carry files out by. The mailbox needs none: partners fetch from it themselves."""

    async def send(self, carried: Carried) -> Carriage:
        """Carry one sealed file to the other side, in a time that the door bounds itself.

        Never raises for what the other side answers; "unknown" when it may have it. With `carried.again` the file may
        be there already: it is asked for first, or goes under the same name or message id.
        """

    async def close(self) -> None:
        """Release connections."""


class Receipts(Protocol):
    """What a door asks and says when a receipt comes by itself."""

    def awaited(self, message_id: str) -> Awaited | None:
        """The file that goes under a message id of ours, or has this id; or that went under it before it went again,
        which is `earlier` then. None when there is none.
        """

    def note(self, id: str, notes: Mapping[str, str]) -> None:
        """Keep, durably, what a door has to know of a file before it sends it: added to what was noted before."""

    def settle(self, message_id: str, verdict: Verdict) -> Settled:
        """Write down what a receipt says, once: its file is carried or refused, and what is in it moves on."""


class Scheduler(Protocol):
    """Durable work, enqueued inside the caller's transaction."""

    def enqueue(
        self,
        connection: object,
        task: Task,
        arguments: Sequence[object],
        *,
        delay_seconds: float = 0.0,
        stable_id: str = "",
    ) -> None:
        """`connection` is the open SQLAlchemy connection of the transaction; arguments are JSON values: ids, never
        payloads.

        `stable_id` makes the work unique: enqueued twice it runs once.
        """


class Backend(Protocol):
    """One of our systems."""

    async def deliver(self, document: Deliverable) -> Reply:
        """Hand one document over. Never raises for what the system answers; time-outs and cut answers are Reply
        "unknown".
        """

    async def look_up(self, document: Deliverable) -> Reply:
        """Ask by business number whether the system has it: "known", "refused" when it certainly has not, "retry"
        when it cannot say.
        """

    async def close(self) -> None:
        """Release connections."""


# ---------------------------------------------------------------------------------------------- authored files


@dataclass(frozen=True, slots=True, kw_only=True)
class Authored:
    """The files of one revision: relative path -> text. `revision` is a SHA-256 over all of them."""

    revision: str
    partners: Mapping[str, str]
    mappings: Mapping[str, str]


class Releases(Protocol):
    """Authored files as the road runs them: content-addressed, append-only."""

    def publish(self, partners: Mapping[str, str], mappings: Mapping[str, str], *, now: datetime) -> Authored:
        """Store a revision and make it current. Raises ConfigurationError when a mapping version known before has
        other text.
        """

    def current(self) -> Authored | None:
        """The current revision."""

    def mapping_text(self, sha256: str) -> str | None:
        """A mapping file by its hash, for replays with what was pinned."""
