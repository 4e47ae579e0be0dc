"""The AS2 door over a real socket and a real store, with two partners who may send and everybody else who may not."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
import structlog
from cryptography.hazmat.primitives.asymmetric import rsa
from multidict import CIMultiDict
from sqlalchemy import select

from gateway.api.listener import Listener, ListenerLimits
from gateway.as2.cms.identity import KeyPair
from gateway.as2.headers import Headers
from gateway.as2.pack import Address, Packed, PackProfile, Payload, pack
from gateway.as2.receipt import Mdn
from gateway.as2.receipt import read as read_receipt
from gateway.as2.request import MdnRequest
from gateway.as2.source import Memory, whole
from gateway.partners.certificates import Dated
from gateway.partners.channel import As2Channel
from gateway.pipeline.outbound.send import Awaited, Settled, Verdict
from gateway.store.blobs import FileBlobs
from gateway.store.database import Database, open_database
from gateway.store.identifiers import Identifiers
from gateway.store.later_answers import StoreLaterAnswers, StoreReceiptBook
from gateway.store.means import Means
from gateway.store.tables import AS2_MESSAGE, AS2_PART, AS2_RECEIPT, CONTENT, EVENT, TRANSMISSION
from gateway.store.writer import Writer
from gateway.transports.as2.answering import Answers
from gateway.transports.as2.body import BodyLimits
from gateway.transports.as2.door import As2Door, DoorLimits
from gateway.transports.as2.later import LaterLimits, LaterPost
from gateway.transports.as2.party import Party
from gateway.transports.as2.sender import Identity
from tests.contract.store.rows import WORK, TableScheduler, work
from tests.unit.as2.cms.people import certified

ORDER = b"ISA*00*          *00*          *ZZ*ACMERETAIL     *ZZ*HARBORPINE     *261121*1200*U*00401*000000001*0*P*>~"
TOKEN = "0123456789abcdef0123"
ROOMY = timedelta(days=30)
QUICK = ListenerLimits(head_seconds=0.5, idle_seconds=1, linger_seconds=0.5)
PATIENT = DoorLimits(body=BodyLimits(idle_seconds=0.5, grace_seconds=1.0))


@cache
def somebody(name: str) -> KeyPair:
    """A key that is made once for the run."""
    return certified(name, rsa.generate_private_key(public_exponent=65537, key_size=2048))


def ourselves() -> KeyPair:
    return somebody("harborpine")


def dated(name: str, pair: KeyPair, **about: Any) -> Dated:
    """In force now, unless told otherwise."""
    now = datetime.now(UTC)
    values: dict[str, Any] = {"begins": now - ROOMY, "ends": now + ROOMY} | about
    return Dated(name=name, certificate=pair.certificate, **values)


def a_party(
    partner: str = "acme", *, theirs: Sequence[Dated] | None = None, ours: Sequence[Dated] | None = None, **about: Any
) -> Party:
    """The channel of a partner whose certificate is pinned."""
    terms: dict[str, Any] = {
        "door": "as2",
        "owner": "tests",
        "carries": [partner],
        "our_id": "HARBORPINE",
        "their_id": f"{partner.upper()} AS2",
        "certificates": [{"file": f"{partner}/2026.pem"}],
        "keys": [{"name": "harborpine"}],
        "max_file_bytes": "8000000",
    } | about
    return Party(
        channel=f"{partner}-as2",
        terms=As2Channel.model_validate(terms),
        identity=Identity(
            theirs=theirs if theirs is not None else [dated(f"{partner}/2026.pem", somebody(partner))],
            keys=ours if ours is not None else [dated("harborpine", ourselves())],
            pairs={"harborpine": ourselves()},
        ),
    )


def receiving(**about: Any) -> dict[str, Any]:
    """The `receive` of a channel, written as in a file."""
    return {"receive": about}


@dataclass
class Receipts:
    """The road's `Receipts` port: what was sent, and what was settled."""

    sent: dict[str, Awaited] = field(default_factory=dict)
    settled: list[tuple[str, Verdict]] = field(default_factory=list)

    def awaited(self, message_id: str) -> Awaited | None:
        return self.sent.get(message_id)

    def note(self, id: str, notes: Mapping[str, str]) -> None:
        raise NotImplementedError

    def settle(self, message_id: str, verdict: Verdict) -> Settled:
        self.settled.append((message_id, verdict))
        return "settled"


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back."""

    status: int
    headers: CIMultiDict[str]
    body: bytes

    @property
    def wire(self) -> tuple[tuple[tuple[str, str], ...], bytes]:
        """All of it that we chose; the server adds the date of the answer."""
        return tuple((name, value) for name, value in self.headers.items() if name.lower() != "date"), self.body

    def mdn(self) -> Mdn:
        """The receipt in it, whose signature has to be ours if there is one."""
        return read_receipt(Headers.of(self.headers.items()), Memory(self.body), trusted=[ourselves().certificate])

    @property
    def disposition(self) -> str:
        return str(self.mdn().disposition)


class Door:
    """The door listening on loopback, and what a partner does to it."""

    def __init__(
        self,
        home: Path,
        database: Database,
        *parties: Party,
        limits: DoorLimits = PATIENT,
        later: LaterLimits | None = None,
        listener: ListenerLimits = QUICK,
        writer: dict[str, Any] | None = None,
    ) -> None:
        blobs = FileBlobs(home)
        blobs.prepare()
        self.means = Means(
            database=database,
            blobs=blobs,
            scheduler=TableScheduler(),
            now=lambda: datetime.now(UTC),
            new_id=Identifiers(),
        )
        self.writer = Writer(self.means, pace_seconds=0.001, **(writer or {}))
        self.parties = {(one.terms.their_id, one.terms.our_id): one for one in parties or (a_party(), a_party("bolt"))}
        self.receipts = Receipts()
        by_channel = {one.channel: one for one in self.parties.values()}
        self.later = LaterPost(
            StoreLaterAnswers(self.means),
            party=by_channel.get,
            blobs=blobs,
            clock=self.means.now,
            user_agent="tests",
            limits=later,
        )
        self.app = As2Door(
            parties=lambda theirs, ours: self.parties.get((theirs, ours)),
            intake=self.writer,
            blobs=blobs,
            receipts=self.receipts,
            book=StoreReceiptBook(self.means),
            answers=Answers(product="EDI gateway tests", new_id=self.means.new_id),
            clock=self.means.now,
            limits=limits,
            wake=self.later.wake,
        )
        self.listener = Listener(self.app, limits=listener)
        self.url = ""
        self.lines: list[Any] = []

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    # ------------------------------------------------------------------------------------------ what a partner does

    async def post(self, headers: Any, body: Any, *, path: str = "/as2") -> Answered:
        """One request, over a connection of its own."""
        fields = CIMultiDict(headers)
        data = BytesIO(body) if isinstance(body, bytes) else body
        async with (
            aiohttp.ClientSession(auto_decompress=False) as session,
            session.post(
                f"{self.url}{path}", data=data, headers=fields, skip_auto_headers=("Content-Type", "User-Agent")
            ) as answer,
        ):
            return Answered(answer.status, CIMultiDict(answer.headers), await answer.read())

    async def send(self, packed: Packed, *, path: str = "/as2", **headers: str) -> Answered:
        """Post a message; headers with `_` for `-` take the place of its own."""
        changed = {name.replace("_", "-"): value for name, value in headers.items()}
        kept = [(name, value) for name, value in packed.headers.fields if name.lower() not in map(str.lower, changed)]
        return await self.post([*kept, *changed.items()], whole(packed.body), path=path)

    async def talk(self, *pieces: bytes, pause: float = 0.0, seconds: float = 10.0) -> bytes:
        """Send raw bytes, hang on, and return everything answered until the server hangs up."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(pause)
            return await asyncio.wait_for(reader.read(), seconds)
        except ConnectionError:
            return b""
        finally:
            writer.close()

    # ------------------------------------------------------------------------------------------ what is stored

    def rows(self, table: Any) -> list[Any]:
        with self.means.database.reading() as connection:
            return list(connection.execute(select(table)).all())

    @property
    def messages(self) -> list[Any]:
        return self.rows(AS2_MESSAGE)

    @property
    def transmissions(self) -> list[Any]:
        return self.rows(TRANSMISSION)

    @property
    def parts(self) -> list[Any]:
        return self.rows(AS2_PART)

    @property
    def receipts_kept(self) -> list[Any]:
        return self.rows(AS2_RECEIPT)

    def events(self, kind: str) -> list[Any]:
        return [one for one in self.rows(EVENT) if one.kind == kind]

    @property
    def work(self) -> list[list[object]]:
        return [arguments for _, arguments in work(self.means.database, "process")]

    def contents(self) -> list[bytes]:
        """The bytes of what will be read as documents."""
        blobs, found = self.means.blobs, []
        bodies = {row.sha256: row for row in self.rows(CONTENT)}
        for one in self.transmissions:
            row = bodies[one.sha256]
            found.append(b"".join(blobs.chunks(blobs.stored(row.sha256, row.size, row.body))))
        return found

    @property
    def audit(self) -> list[Any]:
        """The audit lines."""
        return [line for line in self.lines if line["event"] == "as2"]


@contextlib.contextmanager
def a_database(home: Path) -> Iterator[Database]:
    """An empty, migrated one."""
    home.mkdir(parents=True, exist_ok=True)
    database = open_database(f"sqlite:///{home / 'gateway.db'}")
    database.migrate()
    with database.begin() as connection:
        WORK.create(connection, checkfirst=True)
    try:
        yield database
    finally:
        database.close()


@contextlib.asynccontextmanager
async def opened(home: Path, *parties: Party, **about: Any) -> AsyncIterator[Door]:
    """The door, open for the length of a block."""
    with a_database(home) as database, structlog.testing.capture_logs() as lines:
        door = Door(home, database, *parties, **about)
        door.lines = lines
        door.writer.start()
        door.url = await door.listener.start()
        door.later.start()
        try:
            yield door
        finally:
            await door.later.close()
            await door.listener.close()
            door.app.close()
            await asyncio.to_thread(door.writer.stop)


# ---------------------------------------------------------------------------------------------- messages of partners

SIGNED_SYNC = MdnRequest(notify="edi@acme.example", signed=True, micalgs=("sha-256",))
UNSIGNED_SYNC = MdnRequest(notify="edi@acme.example")


def a_message(
    *contents: bytes,
    partner: str = "acme",
    number: int = 1,
    profile: PackProfile | None = None,
    request: MdnRequest | None = SIGNED_SYNC,
    signer: KeyPair | None = None,
    recipient: KeyPair | None = None,
    file_name: str | None = "orders.edi",
    **address: Any,
) -> Packed:
    """As the partner packs it: signed and encrypted, with a signed receipt at once."""
    values: dict[str, Any] = {
        "message_id": f"<{number:04}@{partner}.example>",
        "as2_from": f"{partner.upper()} AS2",
        "as2_to": "HARBORPINE",
    } | address
    return pack(
        [Payload(source=Memory(content), file_name=file_name) for content in contents or (ORDER,)],
        profile=profile or PackProfile(),
        address=Address(**values),
        token=TOKEN,
        scratch=Memory,
        signer=signer or somebody(partner),
        recipients=[(recipient or ourselves()).certificate],
        request=request,
    )


def with_fields(packed: Packed, **fields: str | None) -> Packed:
    """The same with other header fields; None takes one away."""
    changed = {name.replace("_", "-").lower(): (name.replace("_", "-"), value) for name, value in fields.items()}
    kept = [pair for pair in packed.headers.fields if pair[0].lower() not in changed]
    added = [(name, value) for name, value in changed.values() if value is not None]
    return replace(packed, headers=Headers((*kept, *added)))
