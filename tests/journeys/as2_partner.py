"""ACME with an AS2 system: it sends each message, always the same bytes, until a receipt says processed."""

import asyncio
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.app.keys import KeyStore
from gateway.as2.cms.identity import KeyPair
from gateway.as2.headers import Headers
from gateway.as2.pack import Address, Packed, PackProfile, Payload, pack
from gateway.as2.receipt import Sent, matches
from gateway.as2.receipt import read as read_receipt
from gateway.as2.request import MdnRequest
from gateway.as2.source import Memory, whole
from tests.journeys.gateway_process import Home
from tests.journeys.orders import OrderFile
from tests.journeys.partner_clients import Partner
from tests.unit.as2.cms.people import certified

OURS, THEIRS = "HARBORPINE", "ACME AS2"

_CHANNEL = f"""\
door: as2
owner: tests
carries: [acme]
our_id: {OURS}
their_id: {THEIRS}
certificates: [{{file: acme/test.pem}}]
keys: [{{name: harborpine-test}}]
"""


@dataclass(frozen=True, slots=True)
class As2Keys:
    """The partner's key, and our certificate as it was given to the partner."""

    theirs: KeyPair
    ours: KeyPair


def with_as2(home: Home) -> As2Keys:
    """Give a home the AS2 channel of ACME, whose answers go to its SFTP mailbox."""
    theirs = certified("acme", rsa.generate_private_key(public_exponent=65537, key_size=2048))
    partners = home.folder / "partners"
    (partners / "channels" / "acme-as2.yaml").write_text(_CHANNEL, "utf-8")
    pem = partners / "certificates" / "acme" / "test.pem"
    pem.parent.mkdir(parents=True)
    pem.write_bytes(theirs.certificate.public_bytes(Encoding.PEM))
    profile = partners / "acme.yaml"
    profile.write_text(profile.read_text("utf-8").replace("agreements:", "acknowledge_via: acme-sftp\nagreements:", 1))
    passphrase = home.folder / "secrets" / "keys.passphrase"
    passphrase.write_text(secrets.token_urlsafe(24))
    passphrase.chmod(0o600)
    store = KeyStore(home.folder, lambda: passphrase.read_text("ascii"))
    return As2Keys(theirs, store.make("harborpine-test", owner="Harbor & Pine", now=datetime.now(UTC)))


def a_message(keys: As2Keys, content: bytes, name: str, *, profile: PackProfile | None = None) -> Packed:
    """One file as the partner sends it, with a signed receipt asked for at once."""
    return pack(
        [Payload(source=Memory(content), file_name=name)],
        profile=profile or PackProfile(),
        address=Address(message_id=f"<{name}@acme.example>", as2_from=THEIRS, as2_to=OURS),
        token=secrets.token_hex(16),
        scratch=Memory,
        signer=keys.theirs,
        recipients=[keys.ours.certificate],
        request=MdnRequest(notify="edi@acme.example", signed=True, micalgs=("sha-256",)),
    )


@dataclass(slots=True)
class Said:
    """What came back for each message: the header fields of the receipt and its body, as they were first read."""

    first: dict[str, tuple[tuple[tuple[str, str], ...], bytes]] = field(default_factory=dict)
    messages: dict[str, Packed] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


async def send_all(partner: Partner, keys: As2Keys, said: Said, files: Iterable[OrderFile]) -> None:
    """Send each file until its receipt says processed; some once more, as partners do."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as session:
        for file in files:
            packed = await asyncio.to_thread(a_message, keys, file.content, file.name)
            said.messages[file.name] = packed
            for _ in range(2 if partner.random.random() < 0.2 else 1):
                await partner.until_yes(lambda name=file.name: _post(partner, session, keys, said, name))  # type: ignore[misc]
            partner.yeses.as2.append(file)
            await partner.idle()


async def send_again(partner: Partner, keys: As2Keys, said: Said) -> None:
    """Send every message once more: `said.faults` tells of receipts that are not the first ones byte for byte."""
    async with aiohttp.ClientSession() as session:
        for name in said.messages:
            await partner.until_yes(lambda name=name: _post(partner, session, keys, said, name))  # type: ignore[misc]


async def _post(partner: Partner, session: aiohttp.ClientSession, keys: As2Keys, said: Said, name: str) -> None:
    packed = said.messages[name]
    async with session.post(
        f"{partner.node().as2_url}/as2", data=whole(packed.body), headers=packed.headers.fields
    ) as answer:
        body = await answer.read()
        fields = tuple((key, value) for key, value in answer.headers.items() if key.lower() not in _OF_THE_SERVER)
        if answer.status != 200:
            raise OSError(f"{answer.status} {body[:200]!r}")
    mdn = read_receipt(Headers.of(fields), Memory(body), trusted=[keys.ours.certificate])
    verdict = matches(mdn, Sent(message_id=f"<{name}@acme.example>", mics=packed.mics, signed=True))
    if verdict.outcome != "confirmed":
        said.faults.append(f"{name}: {verdict.reason}")
    if said.first.setdefault(name, (fields, body)) != (fields, body):
        said.faults.append(f"{name}: another receipt than the first")


_OF_THE_SERVER = ("date", "connection")


def without_its_last_byte(packed: Packed) -> Packed:
    """The same, cut."""
    return replace(packed, body=Memory(whole(packed.body)[:-1]))


def log_of(home: Path) -> str:
    """Everything that the gateways of a home wrote on standard error."""
    return "\n".join(path.read_text("utf-8", "replace") for path in sorted(home.rglob("*.log")))
