"""The AS2 client against a partner's server, over real HTTP: every way of sending, every way of answering badly."""

import asyncio
import itertools
import ssl
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path
from random import Random
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from gateway.as2.cms.identity import KeyPair
from gateway.as2.disposition import Disposition
from gateway.as2.headers import Headers
from gateway.as2.receipt import read
from gateway.as2.source import Memory
from gateway.as2.unpack import UnpackPolicy
from gateway.errors import MachineError
from gateway.parcel import Content
from gateway.partners.certificates import Dated
from gateway.partners.channel import As2Channel
from gateway.pipeline.outbound.send import Carriage, Carried
from gateway.transports.as2 import naming
from gateway.transports.as2.judge import evidence, settling, weigh
from gateway.transports.as2.post import Wire
from gateway.transports.as2.reach import Guarded
from gateway.transports.as2.sender import As2Sender, Identity
from tests.fakes.as2_memory import SentInMemory
from tests.fakes.as2_partner import NOON, As2Partner, at_noon
from tests.fakes.blobs import MemoryBlobs
from tests.unit.as2.cms.people import with_rsa

ORDER = b"ISA*00*          *00*          *ZZ*NORTHGATE      *ZZ*HARBORPINE     ~\r\nGS*IN*1*2~\r\nSE*2*0001~\r\n"


@pytest.fixture(scope="module")
def people() -> tuple[KeyPair, KeyPair, KeyPair]:
    return with_rsa("northgate"), with_rsa("harborpine"), with_rsa("stranger")


@pytest.fixture
async def partner(people: tuple[KeyPair, KeyPair, KeyPair]) -> AsyncIterator[As2Partner]:
    ours, theirs, stranger = people
    server = As2Partner(own=theirs, stranger=stranger, theirs=ours)
    await server.start()
    yield server
    await server.close()


def written(value: Any) -> Any:
    """As a partner file has it."""
    return str(value).lower() if isinstance(value, bool) else value


class Desk:
    """One node's client for one channel, with the memory that all nodes share."""

    def __init__(self, partner: As2Partner, memory: SentInMemory | None = None, **terms: Any) -> None:
        self.memory, self.blobs = memory or SentInMemory(), MemoryBlobs()
        self.partner = partner
        self.channel = As2Channel.model_validate(
            {
                "door": "as2",
                "owner": "EDI team",
                "carries": ["harborpine"],
                "our_id": "North Gate",
                "their_id": "HARBORPINE",
                "certificates": [{"file": "harborpine/2026.pem"}],
                "keys": [{"name": "ours-2026"}],
                "send": {"url": partner.url, "mdn_minutes": 30, **{name: written(one) for name, one in terms.items()}},
            }
        )
        self.wire = Wire(url=partner.url, answer_seconds=2.0, connect_seconds=2.0)
        self.theirs, self.ours = dated("harborpine/2026.pem", partner.own), dated("ours-2026", partner.theirs)

    def sender(self) -> As2Sender:
        identity = Identity(theirs=[self.theirs], keys=[self.ours], pairs={self.ours.name: self.partner.theirs})
        return As2Sender(
            self.channel,
            identity,
            sent=self.memory,
            notes=self.memory,
            blobs=self.blobs,
            wire=self.wire,
            clock=at_noon,
        )

    async def send(self, content: bytes = ORDER, **changes: Any) -> Carriage:
        sender = self.sender()
        try:
            return await sender.send(self.carried(content, **changes))
        finally:
            await sender.close()

    def carried(self, content: bytes = ORDER, **changes: Any) -> Carried:
        plain = Carried(
            id="01JD8K",
            kind="interchange",
            subject="01JD8J",
            partner="harborpine",
            channel="harborpine-as2",
            name="harborpine-810-000000001.x12",
            content=self.blobs.keep(content),
            message_id="01JD8K-1",
            lane=1,
            usage="P",
            attempts=0,
            since=NOON,
        )
        return replace(plain, notes=self.memory.notes.get("01JD8K", {}), **changes)


def dated(name: str, pair: KeyPair, *, days: int = 365) -> Dated:
    return Dated(
        name=name, certificate=pair.certificate, begins=NOON - timedelta(days=days), ends=NOON + timedelta(days=days)
    )


EVERY = list(itertools.product((True, False), (True, False), ("no", "before", "after"), ("none", "sync", "async")))


@pytest.mark.parametrize(("sign", "encrypt", "compress", "mdn"), EVERY)
async def test_every_way_of_sending_arrives_and_is_settled(
    partner: As2Partner, sign: bool, encrypt: bool, compress: str, mdn: str
) -> None:
    desk = Desk(partner, sign=sign, encrypt=encrypt, compress=compress, mdn=mdn, mdn_url="http://127.0.0.1:1/mdn")
    partner.policy = UnpackPolicy(require_signed=sign, require_encrypted=encrypt)

    carriage = await desk.send()

    (taken,) = partner.taken
    assert taken.payload == ORDER
    assert taken.file_name == "harborpine-810-000000001.x12"
    assert bool(taken.compressed) == (compress != "no")
    if mdn == "async":
        assert (carriage.kind, carriage.answer_due_at) == ("awaiting", NOON + timedelta(minutes=30))
        ((url, receipt),) = partner.later
        mdn_read = read(receipt.headers, Memory(receipt.body), trusted=[partner.own.certificate])
        sent = naming.noted(desk.memory.notes["01JD8K"])
        assert sent is not None
        verdict = settling(weigh(mdn_read, sent, their_id="HARBORPINE"), evidence(receipt.headers, receipt.body))
        assert url == "http://127.0.0.1:1/mdn"
        assert verdict is not None
        assert verdict.kind == "carried"
    else:
        assert carriage.kind == "carried"
        assert (carriage.receipt is None) == (mdn == "none")


@pytest.mark.parametrize("size", [10, 64 * 1024 + 1, 3_000_000])
@pytest.mark.parametrize("encrypt", [True, False])
async def test_content_of_any_size_goes_with_its_length_and_no_chunks(
    partner: As2Partner, size: int, encrypt: bool
) -> None:
    content = bytes(range(256)) * (size // 256) + bytes(size % 256)

    carriage = await Desk(partner, encrypt=encrypt).send(content)

    (taken,) = partner.taken
    assert carriage.kind == "carried"
    assert taken.payload == content
    assert taken.headers.first("Content-Length") == str(len(taken.body))
    assert taken.headers.first("Transfer-Encoding") is None


async def test_what_goes_over_the_wire_says_who_what_and_how(partner: As2Partner) -> None:
    await Desk(partner).send()

    headers = partner.taken[0].headers
    assert headers.single("AS2-From") == '"North Gate"'
    assert headers.single("AS2-To") == "HARBORPINE"
    assert headers.single("AS2-Version") == "1.2"
    assert headers.single("Message-ID") == "<01JD8K-1@north-gate>"
    assert headers.single("Disposition-Notification-Options") == (
        "signed-receipt-protocol=optional, pkcs7-signature; signed-receipt-micalg=optional, sha-256"
    )


async def test_nothing_is_left_open_of_the_places_it_was_packed_in(partner: As2Partner) -> None:
    desk = Desk(partner, compress="before")

    await desk.send(bytes(200_000))

    assert desk.blobs.open == set()


async def test_the_message_is_stored_and_noted_before_it_goes(partner: As2Partner) -> None:
    desk = Desk(partner)
    sender = desk.sender()
    sending = asyncio.create_task(sender.send(desk.carried()))
    await partner.arrived.wait()

    assert desk.memory.steps == ["kept", "noted"]

    await sending
    await sender.close()


# ---------------------------------------------------------------------------------------------- lost answers


async def test_after_a_lost_answer_the_same_bytes_go_again_under_the_same_message_id(partner: As2Partner) -> None:
    desk = Desk(partner)
    partner.moods = ["lost"]

    first = await desk.send()
    second = await Desk(partner, desk.memory).send(again=True, attempts=1)

    assert (first.kind, second.kind) == ("unknown", "carried")
    assert partner.taken[0].body == partner.taken[1].body
    assert partner.taken[0].message_id == partner.taken[1].message_id
    assert len(partner.effects) == 1
    assert second.disposition == "processed/warning: duplicate-document"


async def test_a_node_that_takes_over_sends_what_the_dead_one_made(partner: As2Partner) -> None:
    """The dead one was killed after the POST and before it could write down what came of it."""
    memory = SentInMemory()
    sender = Desk(partner, memory).sender()
    sending = asyncio.create_task(sender.send(Desk(partner, memory).carried()))
    await partner.arrived.wait()
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    await sender.close()

    carriage = await Desk(partner, memory).send(again=True)

    assert carriage.kind == "carried"
    assert len({taken.body for taken in partner.taken}) == 1
    assert len(partner.effects) == 1


async def test_another_sending_of_the_file_is_another_message(partner: As2Partner) -> None:
    desk = Desk(partner)

    await desk.send()
    await desk.send(message_id="01JD8K-2")

    assert len(partner.effects) == 2


async def test_what_was_asked_for_counts_and_not_what_is_agreed_since(partner: As2Partner) -> None:
    desk = Desk(partner, mdn="none")
    partner.moods = ["lost"]
    await desk.send()

    carriage = await Desk(partner, desk.memory, mdn="sync").send(again=True)

    assert carriage.kind == "carried"
    assert "no receipt is agreed" in carriage.detail


# ---------------------------------------------------------------------------------------------- bad answers


@pytest.mark.parametrize(
    ("mood", "kind", "words"),
    [
        ("unsigned", "refused", "it has no signature"),  # row 14: not what was asked for
        ("by a stranger", "refused", "a signed receipt was asked for"),  # a receipt of another partner
        ("no mic", "refused", "the receipt is signed and has no MIC"),
        ("wrong mic", "refused", "the partner received other content"),
        ("tampered", "refused", "a signed receipt was asked for"),
        ("about another", "unknown", "not for this one"),  # row 35: a receipt for another message
        ("empty", "awaiting", "there was no receipt in the answer"),
        ("page", "awaiting", "there was no receipt in the answer"),
        ("cut", "unknown", "broke off"),
        ("huge", "unknown", "broke off"),
        ("lost", "unknown", "broke off before an answer"),
        ("silent", "unknown", "within the time allowed"),
        ("redirect", "unknown", "put `url` right"),
        ("unreadable", "unknown", "cannot be read"),
        ("known without a mic", "refused", "has no MIC"),
    ],
)
async def test_every_bad_answer_has_its_outcome(partner: As2Partner, mood: Any, kind: str, words: str) -> None:
    partner.mood = mood
    desk = Desk(partner)
    if mood == "silent":
        desk.wire = replace(desk.wire, answer_seconds=0.3)

    carriage = await desk.send()

    assert carriage.kind == kind
    assert words in carriage.detail


@pytest.mark.parametrize("mood", ["unsigned", "by a stranger", "no mic", "wrong mic", "tampered", "about another"])
async def test_row_14_no_receipt_that_proves_nothing_is_success_and_all_are_kept(
    partner: As2Partner, mood: Any
) -> None:
    """The partner took the message all the same: neither is it told as carried, nor sent under another Message-ID."""
    partner.moods = [mood]
    desk = Desk(partner)

    carriage = await desk.send()

    assert carriage.kind in ("refused", "unknown")
    assert carriage.receipt is not None and b"disposition-notification" in carriage.receipt.lower()
    assert len(partner.effects) == 1
    again = await Desk(partner, desk.memory).send(again=True, attempts=1)
    assert (again.kind, len(partner.effects)) == ("carried", 1)


@pytest.mark.parametrize("broken", ["gone", "shorter"])
async def test_a_message_that_our_own_disk_does_not_give_is_no_fault_of_the_partner(
    partner: As2Partner, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    desk = Desk(partner, compress="no")
    partner.moods = ["lost"]
    content = Random(1).randbytes(600_000)
    await desk.send(content)
    read = desk.blobs.read

    def unreadable(content: Content, offset: int, size: int) -> bytes:
        if offset and broken == "gone":
            raise MachineError("input/output error")
        return read(content, offset, size) if not offset else b""

    monkeypatch.setattr(desk.blobs, "read", unreadable)

    with pytest.raises(MachineError):
        await desk.send(content, again=True)


async def test_a_name_that_is_not_resolved_in_time_certainly_got_nothing(
    partner: As2Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hanging(*_: Any, **__: Any) -> Any:
        await asyncio.sleep(60)

    monkeypatch.setattr(Guarded, "resolve", hanging)
    desk = Desk(partner)
    desk.wire = replace(desk.wire, url="http://as2.harborpine.example/as2", connect_seconds=0.2, answer_seconds=1.0)

    carriage = await desk.send()

    assert (carriage.kind, carriage.detail) == ("retry", "no connection: it took too long")


async def test_a_redirect_is_not_followed(partner: As2Partner) -> None:
    partner.mood = "redirect"

    await Desk(partner).send()

    assert len(partner.taken) == 1


async def test_a_busy_partner_is_given_the_time_it_asks_for(partner: As2Partner) -> None:
    partner.status = 503

    carriage = await Desk(partner).send()

    assert (carriage.kind, carriage.retry_after_seconds) == ("retry", 7)


async def test_a_refusal_is_kept_with_its_raw_receipt_and_what_to_do(partner: As2Partner) -> None:
    partner.refusal = Disposition("processed", "error", "authentication-failed")

    carriage = await Desk(partner).send()

    assert carriage.kind == "refused"
    assert carriage.disposition == "processed/error: authentication-failed"
    assert "send it our certificate" in carriage.detail
    assert carriage.receipt is not None
    headers, _, body = carriage.receipt.partition(b"\r\n\r\n")
    fields = [line.partition(b": ")[::2] for line in headers.split(b"\r\n")]
    again = read(Headers.of(fields), Memory(body), trusted=[partner.own.certificate])
    assert again.signed_by == partner.own.certificate


async def test_nobody_listening_is_tried_again(partner: As2Partner) -> None:
    await partner.close()

    carriage = await Desk(partner).send()

    assert carriage.kind == "retry"
    assert carriage.detail.startswith("no connection")


async def test_a_name_that_leads_to_this_machine_is_not_posted_to(partner: As2Partner) -> None:
    """Row 29: whoever runs the names of a partner does not reach what listens on our loopback."""
    desk = Desk(partner)
    desk.wire = replace(desk.wire, url=partner.url.replace("127.0.0.1", "localhost"))

    carriage = await desk.send()

    assert carriage.kind == "retry"
    assert "does not name" in carriage.detail
    assert partner.taken == []


async def test_a_network_that_the_channel_names_is_reached(partner: As2Partner) -> None:
    desk = Desk(partner)
    networks = (ip_network("127.0.0.0/8"),)
    desk.wire = replace(desk.wire, url=partner.url.replace("127.0.0.1", "localhost"), networks=networks)

    assert (await desk.send()).kind == "carried"


async def test_proxies_of_the_environment_are_not_asked(partner: As2Partner, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    assert (await Desk(partner).send()).kind == "carried"


# ---------------------------------------------------------------------------------------------- certificates


async def test_without_a_certificate_in_force_the_file_waits_and_says_what_is_missing(partner: As2Partner) -> None:
    desk = Desk(partner)
    desk.theirs = replace(desk.theirs, ends=NOON - timedelta(days=1), extended=True)

    carriage = await desk.send()

    assert carriage.kind == "retry"
    assert "gateway partner certificate add" in carriage.detail
    assert partner.taken == []
    assert desk.memory.messages == {}


async def test_without_a_key_in_force_nothing_goes_out_unsigned(partner: As2Partner) -> None:
    desk = Desk(partner)
    desk.ours = replace(desk.ours, begins=NOON + timedelta(days=1))

    carriage = await desk.send()

    assert carriage.kind == "retry"
    assert "gateway partner certificate new-key" in carriage.detail


async def test_what_proves_the_sending_names_both_certificates(partner: As2Partner) -> None:
    desk = Desk(partner)

    await desk.send()

    (message,) = desk.memory.messages.values()
    assert len(message.security["signed_with"]) == len(message.security["encrypted_for"]) == 64
    assert message.security["cipher"] == "aes256-cbc"
    assert date(2026, 3, 2) == message.packed_at.date()


# ---------------------------------------------------------------------------------------------- TLS


def at_home(key: rsa.RSAPrivateKey, name: str = "127.0.0.1") -> x509.Certificate:
    """A certificate of a server that signs itself, for an address."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "as2 of harborpine")])
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(name))]), critical=False)
        .sign(key, hashes.SHA256())
    )


async def over_tls(
    people: tuple[KeyPair, KeyPair, KeyPair], folder: Path, *, name: str = "127.0.0.1", pinned: bool
) -> tuple[Carriage, int]:
    """One sending to a server with its own certificate: what came of it, and how many messages reached it."""
    ours, theirs, stranger = people
    certificate = at_home(theirs.key, name)  # type: ignore[arg-type]
    pem = certificate.public_bytes(Encoding.PEM)
    (folder / "server.pem").write_bytes(
        pem + theirs.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "server.pem")
    partner = As2Partner(own=theirs, stranger=stranger, theirs=ours)
    await partner.start(context)
    desk = Desk(partner)
    desk.wire = replace(desk.wire, authority=pem.decode() if pinned else "")
    try:
        return await desk.send(), len(partner.taken)
    finally:
        await partner.close()


async def test_the_authority_of_the_channel_is_trusted(people: Any, tmp_path: Path) -> None:
    carriage, reached = await over_tls(people, tmp_path, pinned=True)

    assert (carriage.kind, reached) == ("carried", 1)


async def test_a_server_that_nobody_vouches_for_gets_nothing(people: Any, tmp_path: Path) -> None:
    carriage, reached = await over_tls(people, tmp_path, pinned=False)

    assert (carriage.kind, reached) == ("retry", 0)
    assert "its certificate is not trusted" in carriage.detail


async def test_a_certificate_for_another_address_is_not_trusted_even_when_pinned(people: Any, tmp_path: Path) -> None:
    carriage, reached = await over_tls(people, tmp_path, name="127.0.0.9", pinned=True)

    assert (carriage.kind, reached) == ("retry", 0)


async def test_an_authority_that_cannot_be_read_is_said_and_nothing_goes(partner: As2Partner) -> None:
    desk = Desk(partner)
    desk.wire = replace(desk.wire, authority="no certificate")

    carriage = await desk.send()

    assert (carriage.kind, len(partner.taken)) == ("retry", 0)
    assert "cannot be used" in carriage.detail
