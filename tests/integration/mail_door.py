"""The mail door over a real socket and a real store, a relay that takes what we send, and the mails of a partner."""

import asyncio
import contextlib
import smtplib
import socket
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog
from aiosmtpd.smtp import SMTP
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sqlalchemy import select

from gateway.as2.cms.identity import KeyPair
from gateway.as2.headers import Headers
from gateway.as2.headers import read as read_fields
from gateway.as2.pack import Address, PackProfile, Payload, pack
from gateway.as2.receipt import Mdn
from gateway.as2.receipt import read as read_receipt
from gateway.as2.request import MdnRequest
from gateway.as2.source import Memory, Slice, whole
from gateway.partners.channel import MailChannel
from gateway.partners.mail_form import Relay as RelayForm
from gateway.store.blobs import FileBlobs
from gateway.store.database import Database
from gateway.store.identifiers import Identifiers
from gateway.store.later_answers import StoreLaterAnswers, StoreReceiptBook
from gateway.store.means import Means
from gateway.store.sent_messages import StoreSentMessages
from gateway.store.tables import AS2_MESSAGE, AS2_RECEIPT, CONTENT, EVENT, TRANSMISSION
from gateway.store.writer import Writer
from gateway.transports.as2.sender import Identity
from gateway.transports.later import LaterLimits
from gateway.transports.mail import LaterMail, MailDoor, MailLimits, MailListener, MailParty, Relay
from gateway.transports.mail.door import DoorLimits
from gateway.transports.mail.protocol import SessionLimits
from gateway.transports.mail.receipts import MailAnswers
from tests.contract.store.rows import TableScheduler, work
from tests.integration.as2_door import Receipts, a_database, dated, somebody

ORDER = (
    b"ISA*00*          *00*          *ZZ*ACMERETAIL     *ZZ*HARBORPINE     *261121*1200*U*00401*000000001*0*P*>~\r\n"
)
OURS, THEIRS = "acme@edi.harborpine.example", "edi@acme.example"
TOKEN = "0123456789abcdef0123"
QUICK = MailLimits(
    session=SessionLimits(idle_seconds=1.0, grace_seconds=2.0, handshake_seconds=2.0),
    connections=12,
    connections_per_address=8,
    linger_seconds=5.0,
)
SOON = LaterLimits(poll_seconds=0.05, answer_seconds=2.0)
SIGNED = MdnRequest(notify=THEIRS, signed=True, micalgs=("sha-256",))


# ---------------------------------------------------------------------------------------------- the relay


@dataclass
class Delivered:
    """One mail that the relay took."""

    sender: str
    recipient: str
    raw: bytes

    @property
    def headers(self) -> Headers:
        return read_fields(Memory(self.raw))[0]

    def mdn(self, trusted: KeyPair) -> Mdn:
        """The receipt that it is."""
        source = Memory(self.raw)
        headers, start = read_fields(source)
        return read_receipt(headers, Slice(source, start, source.size), trusted=[trusted.certificate])


class Mailbox:
    """A mail server of others: aiosmtpd as it comes. `answers` are given to DATA in turn; "hang up" does not answer."""

    def __init__(self, *, context: ssl.SSLContext | None = None, **about: Any) -> None:
        self.mails: list[Delivered] = []
        self.answers: list[str] = []
        self.to_recipients: list[str] = []
        self.port = 0
        self._context, self._about = context, about
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: SMTP(self, hostname="relay.example", tls_context=self._context, loop=loop, **self._about),
            "127.0.0.1",
            self.port,
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.close()
            await asyncio.sleep(0)

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if self.to_recipients:
            return self.to_recipients.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        answer = self.answers.pop(0) if self.answers else "250 OK queued"
        if answer == "hang up":
            server.transport.abort()
            await asyncio.sleep(60)
        if answer == "taken, then hang up" or answer.startswith("2"):
            sender = "" if envelope.mail_from == "<>" else envelope.mail_from
            self.mails.append(Delivered(sender, envelope.rcpt_tos[0], envelope.content))
        if answer == "taken, then hang up":
            server.transport.abort()
            await asyncio.sleep(60)
        return answer

    async def arrived(self, count: int = 1, seconds: float = 10.0) -> list[Delivered]:
        """Wait until so many mails are there."""
        async with asyncio.timeout(seconds):
            while len(self.mails) < count:
                await asyncio.sleep(0.01)
        return self.mails


# ---------------------------------------------------------------------------------------------- the door


def a_channel(partner: str = "acme", relay_port: int = 0, **about: Any) -> MailChannel:
    """The channel of a partner, as a partner file has it."""
    terms: dict[str, Any] = {
        "door": "mail",
        "owner": "tests",
        "carries": [partner],
        "our_address": f"{partner}@edi.harborpine.example",
        "their_addresses": [f"edi@{partner}.example", f"backup@{partner}.example"],
        "certificates": [{"file": f"{partner}/2026.pem"}],
        "keys": [{"name": "harborpine"}],
        "max_file_bytes": "8000000",
    } | about
    if relay_port:
        terms["relay"] = {"host": "127.0.0.1", "port": str(relay_port), "tls": "none"}
    return MailChannel.model_validate(terms)


def a_party(partner: str = "acme", relay: int = 0, **about: Any) -> MailParty:
    """The same at the door."""
    terms = a_channel(partner, relay, **about)
    return MailParty(
        channel=f"{partner}-mail",
        terms=terms,
        identity=Identity(
            theirs=[dated(f"{partner}/2026.pem", somebody(partner))],
            keys=[dated("harborpine", somebody("harborpine"))],
            pairs={"harborpine": somebody("harborpine")},
        ),
        relay=a_relay(terms.relay) if terms.relay else None,
    )


def a_relay(form: RelayForm) -> Relay:
    return Relay(form=form, helo="edi.harborpine.example", password=lambda: "swordfish")


PLAIN = {"signed": "false", "encrypted": "false", "plain": "allowed"}


class Door:
    """The door listening on loopback, and what is stored behind it."""

    def __init__(
        self,
        home: Path,
        database: Database,
        *parties: MailParty,
        limits: MailLimits = QUICK,
        door: DoorLimits | None = None,
        context: ssl.SSLContext | None = None,
        receipts: Any = None,
        writer: dict[str, Any] | None = None,
    ) -> None:
        self.home = home
        self.blobs = blobs = FileBlobs(home)
        blobs.prepare()
        self.means = Means(
            database=database,
            blobs=blobs,
            scheduler=TableScheduler(),
            now=lambda: datetime.now(UTC),
            new_id=Identifiers(),
        )
        self.writer = Writer(self.means, pace_seconds=0.001, **(writer or {}))
        self.receipts = receipts or Receipts()
        known = {one.channel: one for one in parties or (a_party(), a_party("bolt"))}
        self.later = LaterMail(
            StoreLaterAnswers(self.means, by_mail=True), party=known.get, clock=self.means.now, limits=SOON
        )
        self.door = MailDoor(
            parties={one.terms.our_address: one for one in known.values()},
            intake=self.writer,
            blobs=blobs,
            receipts=self.receipts,
            book=StoreReceiptBook(self.means),
            answers=MailAnswers(product="EDI gateway tests", new_id=self.means.new_id),
            clock=self.means.now,
            limits=door,
            wake=self.later.wake,
        )
        self.sent = StoreSentMessages(self.means)
        self.listener = MailListener(
            self.door, host="127.0.0.1", port=0, hostname="edi.harborpine.example", context=context, limits=limits
        )
        self.port = 0
        self.lines: list[Any] = []

    # ------------------------------------------------------------------------------------------ what a partner does

    async def send(self, mail: bytes, *, sender: str = THEIRS, recipient: str = OURS) -> tuple[int, str]:
        """One mail by Python's own client: the answer that ended it."""
        return await asyncio.to_thread(self._send, mail, sender, recipient)

    def _send(self, mail: bytes, sender: str, recipient: str) -> tuple[int, str]:
        with smtplib.SMTP("127.0.0.1", self.port, local_hostname="mail.acme.example", timeout=20) as client:
            try:
                client.sendmail(sender, [recipient], mail)
            except smtplib.SMTPRecipientsRefused as refused:
                code, text = refused.recipients[recipient]
                return code, text.decode()
            except smtplib.SMTPResponseException as refused:
                error = refused.smtp_error
                return refused.smtp_code, error.decode() if isinstance(error, bytes) else error
            return 250, ""

    async def talk(self, *pieces: bytes, seconds: float = 10.0, step: bool = True, hang_up: bool = False) -> bytes:
        """Raw bytes over a socket, an answer awaited after each piece; everything that was answered."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        said = await asyncio.wait_for(reader.readline(), seconds)
        try:
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                if step:
                    said += await self._answer(reader, seconds)
            if not hang_up:
                if not step:
                    said += await self._answer(reader, seconds)
                writer.write(b"QUIT\r\n")
                said += await asyncio.wait_for(reader.read(), seconds)
        except ConnectionError:
            pass
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()
        return said

    @staticmethod
    async def _answer(reader: asyncio.StreamReader, seconds: float) -> bytes:
        said = b""
        while True:
            line = await asyncio.wait_for(reader.readline(), seconds)
            said += line
            if not line or line[3:4] == b" ":
                return said

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
    def receipts_kept(self) -> list[Any]:
        return self.rows(AS2_RECEIPT)

    def events(self, kind: str) -> list[Any]:
        return [one for one in self.rows(EVENT) if one.kind == kind]

    @property
    def work(self) -> list[list[object]]:
        return [arguments for _, arguments in work(self.means.database, "process")]

    def contents(self) -> list[bytes]:
        """The bytes of what will be read as documents."""
        bodies = {row.sha256: row for row in self.rows(CONTENT)}
        stored = [bodies[one.sha256] for one in self.transmissions]
        return [b"".join(self.blobs.chunks(self.blobs.stored(row.sha256, row.size, row.body))) for row in stored]

    def nothing_is_stored(self) -> bool:
        """No document, no work, and no file left of what was refused."""
        return not self.transmissions and not self.work and not list((self.home / "spool").glob("*"))

    @property
    def audit(self) -> list[Any]:
        return [line for line in self.lines if line["event"] == "mail"]


@contextlib.asynccontextmanager
async def opened(home: Path, *parties: MailParty, **about: Any) -> AsyncIterator[Door]:
    """The door, open for the length of a block."""
    with a_database(home) as database, structlog.testing.capture_logs() as lines:
        door = Door(home, database, *parties, **about)
        door.lines = lines
        door.writer.start()
        door.port = await door.listener.start()
        door.later.start()
        try:
            yield door
        finally:
            await door.later.close()
            await door.listener.close()
            await asyncio.to_thread(door.writer.stop)


@contextlib.asynccontextmanager
async def a_mailbox(**about: Any) -> AsyncIterator[Mailbox]:
    """A mail server of others, for the length of a block."""
    box = Mailbox(**about)
    await box.start()
    try:
        yield box
    finally:
        await box.close()


# ---------------------------------------------------------------------------------------------- mails of partners


def a_mail(
    *contents: bytes,
    partner: str = "acme",
    number: int = 1,
    profile: PackProfile | None = None,
    request: MdnRequest | None = None,
    signer: KeyPair | None = None,
    recipient: KeyPair | None = None,
    file_name: str | None = "orders.edi",
    fields: tuple[tuple[str, str], ...] = (),
) -> bytes:
    """As the partner packs it: signed and encrypted, in base64."""
    packed = pack(
        [Payload(source=Memory(content), file_name=file_name) for content in contents or (ORDER,)],
        profile=profile or PackProfile(transfer="base64"),
        address=Address(message_id=f"<{number:04}@{partner}.example>", subject="Orders", date=datetime.now(UTC)),
        token=TOKEN,
        scratch=Memory,
        signer=signer or somebody(partner),
        recipients=[(recipient or somebody("harborpine")).certificate],
        request=request,
    )
    head = (("From", f"EDI <edi@{partner}.example>"), ("To", OURS), *fields)
    return Headers((*head, *packed.headers.fields)).block() + whole(packed.body)


def attachments(*parts: tuple[str, str, bytes], number: int = 1, fields: str = "") -> bytes:
    """A mail as people write them: parts of (content type, file name, content), nothing signed."""
    lines = [f"From: edi@acme.example\r\nTo: {OURS}\r\nMessage-ID: <{number:04}@acme.example>\r\n{fields}".encode()]
    lines.append(b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n')
    for content_type, name, content in parts:
        disposition = f'Content-Disposition: attachment; filename="{name}"\r\n' if name else ""
        lines.append(f"--b\r\nContent-Type: {content_type}\r\n{disposition}\r\n".encode() + content + b"\r\n")
    return b"".join([*lines, b"--b--\r\n"])


def a_context(folder: Path) -> ssl.SSLContext:
    """What our listener shows after STARTTLS, its files in this folder."""
    pair = somebody("harborpine")
    private = pair.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "c.pem").write_bytes(pair.certificate.public_bytes(Encoding.PEM) + private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "c.pem")
    return context


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
