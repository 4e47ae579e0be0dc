"""The mail door put together: channels as authored become parties with keys and a relay, and get a listener."""

import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.app.as2 import PRODUCT, Identities
from gateway.app.memory import Memory, utc_now
from gateway.app.secrets import Secrets
from gateway.errors import ConfigurationError
from gateway.partners.book import Book
from gateway.partners.channel import MailChannel
from gateway.pipeline.messages import MessageIntake
from gateway.settings import Doors
from gateway.store.later_answers import StoreLaterAnswers, StoreReceiptBook
from gateway.transports.as2.sender import Identity
from gateway.transports.later import LaterLimits
from gateway.transports.mail import LaterMail, MailDoor, MailLimits, MailListener, MailParty, MailSender, Relay
from gateway.transports.mail.door import DoorLimits
from gateway.transports.mail.receipts import MailAnswers
from gateway.transports.mail.sender import Desk

CERTIFICATE = Path("keys", "smtp", "certificate.pem")
KEY = Path("keys", "smtp", "key.pem")
"""Below the home: the chain and the private key that the listener shows after STARTTLS."""


def relay(book: Book, channel: MailChannel, secrets: Secrets) -> Relay | None:
    """The way out of one channel, None where none is named."""
    form = channel.relay
    if form is None:
        return None
    pem = book.certificates[form.tls_authority].public_bytes(Encoding.PEM).decode("ascii") if form.tls_authority else ""
    return Relay(
        form=form,
        helo=channel.our_address.rpartition("@")[2],
        password=partial(secrets.get, form.password) if form.password is not None else lambda: "",
        authority=pem,
    )


def mail_parties(book: Book, identities: Identities, secrets: Secrets) -> Mapping[str, MailParty]:
    """Every mail channel by its id."""
    return {
        name: MailParty(
            channel=name,
            terms=channel,
            identity=identities.of(name),
            relay=relay(book, channel, secrets),
        )
        for name, channel in book.channels.items()
        if isinstance(channel, MailChannel)
    }


def mail_sender(book: Book, channel: MailChannel, who: Identity, secrets: Secrets, memory: Memory) -> MailSender | None:
    """The way out through a mail channel, None where it has none."""
    way = relay(book, channel, secrets)
    if channel.send is None or way is None:
        return None
    desk = Desk(sent=memory.sent, notes=memory.carryings, blobs=memory.blobs, clock=utc_now)
    return MailSender(channel, who, way, desk)


def starttls(home: Path) -> ssl.SSLContext | None:
    """What the listener shows of us; None where the home has no certificate for it. Raises ConfigurationError."""
    certificate, key = home / CERTIFICATE, home / KEY
    if not certificate.exists():
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key, password=lambda: "")  # never asks at the terminal
    except (OSError, ssl.SSLError) as wrong:
        raise ConfigurationError(f"{certificate} and {key.name} beside it cannot be used: {wrong}") from wrong
    return context


def shown(home: Path) -> x509.Certificate | None:
    """Our certificate there, the first of the chain; None where there is none. Raises ConfigurationError."""
    path = home / CERTIFICATE
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as wrong:
        raise ConfigurationError(f"{path} cannot be read: {wrong}") from wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServiceLimits:
    """What the door and the sending of receipts put up with."""

    door: DoorLimits | None = None
    later: LaterLimits | None = None
    listener: MailLimits | None = None


class MailService:
    """The listener, the door behind it, and receipts that are sent by mail."""

    def __init__(
        self,
        known: Mapping[str, MailParty],
        *,
        doors: Doors,
        home: Path,
        intake: MessageIntake,
        memory: Memory,
        limits: MailServiceLimits | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        limits = limits or MailServiceLimits()
        answers = StoreLaterAnswers(memory.means, by_mail=True)
        self._later = LaterMail(answers, party=known.get, clock=clock, limits=limits.later)
        door = MailDoor(
            parties={one.terms.our_address: one for one in known.values()},
            intake=intake,
            blobs=memory.blobs,
            receipts=memory.carryings,
            book=StoreReceiptBook(memory.means),
            answers=MailAnswers(product=PRODUCT, new_id=memory.new_id),
            clock=clock,
            limits=limits.door,
            wake=self._later.wake,
        )
        self._listener = MailListener(
            door,
            host=doors.smtp_host or doors.host,
            port=doors.smtp_port,
            hostname=doors.smtp_name or socket.gethostname(),
            context=starttls(home),
            limits=limits.listener,
        )

    async def start(self) -> int:
        """Listen. Returns the port. Raises MachineError when it is taken."""
        port = await self._listener.start()
        self._later.start()
        return port

    async def close(self) -> None:
        """Stop accepting, let what runs finish."""
        await self._later.close()
        await self._listener.close()
