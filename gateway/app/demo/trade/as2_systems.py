"""The AS2 systems of partners that the demo plays: each has a key of its own, signs, encrypts and gives receipts.

One listener stands for all of them, with a path for each channel. It is made of the gateway's own AS2 core, the other
way round: what it knows of the gateway is a name, an address and a certificate.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import aiohttp
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from gateway.app.demo.adopt import text_of, value_of
from gateway.as2.cms.identity import KeyPair
from gateway.as2.disposition import PROCESSED, of_error
from gateway.as2.errors import As2Error
from gateway.as2.headers import Headers
from gateway.as2.mdn import Answered, Built, Signing, build
from gateway.as2.pack import Address, PackProfile, Payload, pack
from gateway.as2.receipt import Sent, matches
from gateway.as2.receipt import read as read_receipt
from gateway.as2.request import MdnRequest, read_request
from gateway.as2.source import Memory, whole
from gateway.as2.unpack import UnpackPolicy, unpack
from gateway.errors import MachineError
from gateway.partners.book import Book
from gateway.partners.channel import SftpChannel

OURS: Final = "GATEWAY"
"""The gateway's AS2 name."""

OUR_KEY: Final = "demo-ours"
_KEPT: Final = ("owner", "carries", "environment")
_REQUEST: Final = MdnRequest(notify="edi@partner.example", signed=True, micalgs=("sha-256",))


@dataclass(slots=True)
class As2System:
    """One partner's: its name, its key, and the files it was sent."""

    name: str
    pair: KeyPair
    files: dict[str, bytes] = field(default_factory=dict)


@dataclass(slots=True)
class As2Systems:
    """All of them. `ours` is the gateway's certificate, which partners are given before anything passes."""

    url: str = ""
    ours: x509.Certificate | None = None
    systems: dict[str, As2System] = field(default_factory=dict)

    def system(self, channel: str) -> As2System:
        """The one behind a channel."""
        if channel not in self.systems:
            self.systems[channel] = As2System(channel.upper(), _pair(channel))
        return self.systems[channel]

    async def take(self, request: web.Request) -> web.StreamResponse:
        """One message of the gateway: opened, kept, answered."""
        system = self.systems.get(request.match_info["channel"])
        if system is None or self.ours is None:
            return web.Response(status=404)
        headers, body = Headers.of(request.raw_headers), Memory(await request.read())
        receipt = await asyncio.to_thread(self._receipt, system, headers, body, self.ours)
        return web.Response(body=receipt.body, headers=dict(receipt.headers.fields))

    def _receipt(self, system: As2System, headers: Headers, body: Memory, ours: x509.Certificate) -> Built:
        mic, disposition = None, PROCESSED
        try:
            opened = unpack(headers, body, policy=UnpackPolicy(), keys=[system.pair], trusted=[ours], scratch=Memory)
            part = opened.payloads[0]
            system.files[part.file_name or "unnamed"] = whole(part.source)
            mic = opened.mic(read_request(headers))
        except As2Error as wrong:
            disposition = of_error(wrong)
        return build(
            Answered(
                message_id=headers.single("Message-ID") or "<unknown@partner.example>",
                sender=OURS,
                receiver=system.name,
                disposition=disposition,
                mic=mic,
            ),
            message_id=f"<{secrets.token_hex(8)}@partner.example>",
            reporting_ua="partner.example; the demo",
            token=secrets.token_hex(16),
            signing=Signing(signer=system.pair),
        )


@asynccontextmanager
async def as2_systems() -> AsyncIterator[As2Systems]:
    """A listener on a free port of this machine, for as long as the block lasts."""
    systems = As2Systems()
    application = web.Application()
    application.router.add_post("/{channel}", systems.take)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        systems.url = site.name
        yield systems
    finally:
        await runner.cleanup()


def over_as2(files: Mapping[str, str], book: Book, systems: As2Systems) -> Mapping[str, str]:
    """The partner files with an AS2 system of the partner's own in place of every mailbox, under the same names."""
    changed = {}
    for name, channel in book.channels.items():
        if isinstance(channel, SftpChannel):
            kept = {key: value for key, value in value_of(f"channels/{name}.yaml", files).items() if key in _KEPT}
            pinned = f"{channel.carries[0]}/{name}.pem"
            changed[f"channels/{name}.yaml"] = text_of(kept | _channel(name, pinned, systems))
            pem = systems.system(name).pair.certificate.public_bytes(Encoding.PEM)
            changed[f"certificates/{pinned}"] = pem.decode("ascii")
    return {**files, **changed}


def _channel(name: str, pinned: str, systems: As2Systems) -> dict[str, Any]:
    return {
        "door": "as2",
        "our_id": OURS,
        "their_id": systems.system(name).name,
        "certificates": [{"file": pinned}],
        "keys": [{"name": OUR_KEY}],
        "send": {"url": f"{systems.url}/{name}"},
    }


class As2SystemDoor:
    """How a partner with an AS2 system exchanges files: it posts its own, and has been posted ours."""

    def __init__(self, session: aiohttp.ClientSession, url: str, system: As2System, ours: x509.Certificate) -> None:
        self._session, self._url, self._system, self._ours = session, f"{url}/as2", system, ours

    async def send(self, name: str, content: bytes) -> None:
        """Sign, encrypt, post; a signed receipt has to say that it was processed. Raises MachineError when not."""
        message_id = f"<{name}@partner.example>"
        packed = await asyncio.to_thread(
            pack,
            [Payload(source=Memory(content), file_name=name)],
            profile=PackProfile(),
            address=Address(message_id=message_id, as2_from=self._system.name, as2_to=OURS),
            token=secrets.token_hex(16),
            scratch=Memory,
            signer=self._system.pair,
            recipients=[self._ours],
            request=_REQUEST,
        )
        async with self._session.post(
            self._url, data=whole(packed.body), headers=list(packed.headers.fields)
        ) as answer:
            fields, body = Headers.of(answer.raw_headers), Memory(await answer.read())
        receipt = read_receipt(fields, body, trusted=[self._ours])
        verdict = matches(receipt, Sent(message_id=message_id, mics=packed.mics, signed=True))
        if verdict.outcome != "confirmed":
            raise MachineError(f"the gateway did not take {name}: {verdict.reason}")

    async def waiting(self) -> Sequence[str]:
        """Names of what it was sent."""
        return list(self._system.files)

    async def fetch(self, name: str) -> bytes:
        """One of them."""
        return self._system.files[name]

    async def confirm(self, name: str) -> None:
        """It is put away: its receipt went out long before."""
        self._system.files.pop(name, None)


def _pair(name: str) -> KeyPair:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=365))
    return KeyPair(builder.sign(key, hashes.SHA256()), key)
