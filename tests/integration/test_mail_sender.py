"""Our mails through a relay, and AS1 both ways: a door like ours takes what we send, and its receipt settles it."""

import asyncio
import ssl
import subprocess
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from gateway.ledger.carrying import CarryingState
from gateway.partners.channel import MailChannel
from gateway.pipeline.outbound.send import Awaited, Carriage, Carried
from gateway.transports.as2.sender import Identity
from gateway.transports.mail import MailSender
from gateway.transports.mail.sender import Desk
from tests.fakes.as2_memory import SentInMemory
from tests.fakes.blobs import MemoryBlobs
from tests.integration.as2_door import Receipts, dated, somebody
from tests.integration.mail_door import (
    ORDER,
    OURS,
    THEIRS,
    a_channel,
    a_mailbox,
    a_relay,
    free_port,
    opened,
)

NOW = datetime.now(UTC)


class Office:
    """One node's sender to acme, with the memory that all nodes share."""

    def __init__(self, relay: int, *, authority: str = "", form: dict[str, Any] | None = None, **send: Any) -> None:
        self.memory, self.blobs, self.receipts = SentInMemory(), MemoryBlobs(), Receipts()
        self.channel = a_channel(
            send={"to": THEIRS, "timeout_seconds": "2", **send},
            relay={"host": "127.0.0.1", "port": str(relay), "tls": "none"} | (form or {}),
        )
        self.authority = authority

    def sender(self) -> MailSender:
        assert self.channel.relay is not None
        ours = somebody("harborpine")
        identity = Identity(
            theirs=[dated("acme/2026.pem", somebody("acme"))],
            keys=[dated("harborpine", ours)],
            pairs={"harborpine": ours},
        )
        desk = Desk(sent=self.memory, notes=self.memory, blobs=self.blobs, clock=lambda: datetime.now(UTC))
        relay = replace(a_relay(self.channel.relay), authority=self.authority)
        return MailSender(self.channel, identity, relay, desk)

    async def send(self, content: bytes = ORDER, **changes: Any) -> Carriage:
        return await self.sender().send(self.carried(content, **changes))

    def carried(self, content: bytes = ORDER, **changes: Any) -> Carried:
        plain = Carried(
            id="01JD8K",
            kind="interchange",
            subject="01JD8J",
            partner="acme",
            channel="acme-mail",
            name="acme-810-000000001.x12",
            content=self.blobs.keep(content),
            message_id="01JD8K-1",
            lane=1,
            usage="P",
            attempts=0,
            since=NOW,
        )
        return replace(plain, notes=self.memory.notes.get("01JD8K", {}), **changes)

    def awaited(self) -> None:
        """What went out waits for its receipt."""
        carried = self.carried()
        self.receipts.sent[carried.message_id] = Awaited(
            id=carried.id,
            message_id=carried.message_id,
            channel=carried.channel,
            partner=carried.partner,
            state=CarryingState.AWAITING,
            content=carried.content,
            notes=carried.notes,
        )


def at_acme(relay: int) -> Any:
    """The other side of the same agreement: acme's own gateway."""
    from gateway.transports.mail import MailParty

    terms = MailChannel.model_validate(
        {
            "door": "mail",
            "owner": "tests",
            "carries": ["harborpine"],
            "our_address": THEIRS,
            "their_addresses": [OURS],
            "certificates": [{"file": "harborpine/2026.pem"}],
            "keys": [{"name": "acme"}],
            "relay": {"host": "127.0.0.1", "port": str(relay), "tls": "none"},
        }
    )
    identity = Identity(
        theirs=[dated("harborpine/2026.pem", somebody("harborpine"))],
        keys=[dated("acme", somebody("acme"))],
        pairs={"acme": somebody("acme")},
    )
    assert terms.relay is not None
    return MailParty(channel="harborpine-mail", terms=terms, identity=identity, relay=a_relay(terms.relay))


@pytest.mark.parametrize("compress", ["no", "before", "after"])
async def test_as1_both_ways_signed_and_encrypted_and_the_receipt_by_mail_settles_it(
    tmp_path: Path, compress: str
) -> None:
    async with a_mailbox() as post, opened(tmp_path / "acme", at_acme(post.port)) as acme:
        office = Office(acme.port, compress=compress)
        ours = replace(_our_party(office), relay=None, terms=office.channel)
        async with opened(tmp_path / "us", ours, receipts=office.receipts) as us:
            carriage = await office.send()
            office.awaited()
            receipt = (await post.arrived())[0]
            code, _ = await us.send(receipt.raw, sender=receipt.sender or "<>", recipient=receipt.recipient)

            assert carriage.kind == "awaiting"
            assert carriage.answer_due_at is not None
            assert acme.contents() == [ORDER]
            assert acme.transmissions[0].file_name == "acme-810-000000001.x12"
            assert code == 250
            ((message_id, verdict),) = office.receipts.settled
            assert (message_id, verdict.kind) == ("01JD8K-1", "carried")
            assert [(one.outcome, one.subject) for one in us.receipts_kept] == [("confirmed", "01JD8K")]
            assert not us.transmissions


def _our_party(office: Office) -> Any:
    from tests.integration.mail_door import a_party

    return a_party(relay=free_port(), send={"to": THEIRS})


async def test_a_receipt_that_somebody_else_signed_settles_nothing(tmp_path: Path) -> None:
    async with a_mailbox() as post, opened(tmp_path / "acme", at_acme(post.port)) as acme:
        office = Office(acme.port)
        await office.send()
        receipt = (await post.arrived())[0]
        party = _our_party(office)
        stranger = replace(party, identity=replace(party.identity, theirs=[dated("x", somebody("bolt"))]))
        office.awaited()
        async with opened(tmp_path / "us", stranger, receipts=office.receipts) as us:
            await us.send(receipt.raw, sender="<>")

            assert office.receipts.settled == []
            assert [one.outcome for one in us.receipts_kept] == ["unsigned"]


async def test_every_try_is_the_same_mail_under_the_same_message_id_on_any_node() -> None:
    async with a_mailbox() as box:
        office = Office(box.port)
        box.answers = ["451 4.3.0 later", "taken, then hang up"]

        first = await office.send()
        second = await office.send(attempts=1)
        third = await office.send(attempts=2, again=True)

        assert [first.kind, second.kind, third.kind] == ["retry", "unknown", "awaiting"]
        assert len({mail.raw for mail in box.mails}) == 1
        assert box.mails[0].headers.single("Message-ID") == "<01JD8K-1@edi-harborpine-example>"
        assert (box.mails[0].sender, box.mails[0].recipient) == (OURS, THEIRS)


@pytest.mark.parametrize(
    ("to_recipient", "to_data", "kind"),
    [
        ("", "250 queued", "awaiting"),
        ("", "451 4.3.0 busy", "retry"),
        ("", "452 4.2.2 no room", "retry"),
        ("", "550 5.7.1 not wanted", "refused"),
        ("", "554 5.6.0 virus", "refused"),
        ("450 4.2.1 greylisted", "", "retry"),
        ("550 5.1.1 nobody of this name", "", "refused"),
        ("", "hang up", "unknown"),
    ],
)
async def test_what_a_relay_says_decides_what_becomes_of_the_file(to_recipient: str, to_data: str, kind: str) -> None:
    async with a_mailbox() as box:
        box.to_recipients = [to_recipient] if to_recipient else []
        box.answers = [to_data] if to_data else []

        carriage = await Office(box.port).send()

        assert carriage.kind == kind
        assert (to_recipient or to_data)[:3] in carriage.detail or to_data == "hang up"


async def test_without_a_receipt_agreed_the_relay_s_word_is_the_end() -> None:
    async with a_mailbox() as box:
        assert (await Office(box.port, mdn="none").send()).kind == "carried"
        assert box.mails[0].headers.single("Disposition-Notification-To") is None


async def test_a_relay_that_is_down_is_tried_again() -> None:
    carriage = await Office(free_port()).send()

    assert carriage.kind == "retry"


async def test_a_relay_without_tls_gets_nothing_where_tls_is_agreed() -> None:
    async with a_mailbox() as box:
        carriage = await Office(box.port, form={"tls": "starttls"}).send()

        assert carriage.kind == "retry"
        assert box.mails == []


async def test_a_relay_that_is_another_gets_nothing_and_the_one_that_is_pinned_does(tmp_path: Path) -> None:
    key, pem = tmp_path / "key.pem", tmp_path / "relay.pem"
    make = f"openssl req -x509 -newkey rsa:2048 -nodes -keyout {key} -out {pem} -days 30 -subj /CN=localhost"
    subprocess.run([*make.split(), "-addext", "subjectAltName=DNS:localhost"], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, key)
    form = {"tls": "starttls", "host": "localhost"}
    async with a_mailbox(context=context) as box:
        unknown = await Office(box.port, form=form).send()
        pinned = await Office(box.port, form=form, authority=pem.read_text("ascii")).send()

        assert (unknown.kind, pinned.kind) == ("retry", "awaiting")
        assert len(box.mails) == 1


async def test_a_file_that_no_relay_takes_is_refused_before_it_is_sent() -> None:
    async with a_mailbox() as box:
        office = Office(box.port, form={"max_message_bytes": "20000"}, encrypt="false")
        carriage = await office.send(ORDER * 500)

        assert carriage.kind == "refused"
        assert "20000" in carriage.detail
        assert box.mails == []


async def test_what_we_send_is_read_by_openssl(tmp_path: Path) -> None:
    async with a_mailbox() as box:
        await Office(box.port).send()
    for name in ("acme", "harborpine"):
        pair = somebody(name)
        (tmp_path / f"{name}.crt").write_bytes(pair.certificate.public_bytes(Encoding.PEM))
        (tmp_path / f"{name}.key").write_bytes(
            pair.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )
    (tmp_path / "mail").write_bytes(box.mails[0].raw)
    opened_ = "openssl smime -decrypt -in mail -recip acme.crt -inkey acme.key -out signed"
    verified = (
        "openssl smime -verify -in signed -CAfile harborpine.crt -certfile harborpine.crt -purpose any -out order"
    )
    for command in (opened_, verified):
        await asyncio.to_thread(subprocess.run, command.split(), cwd=tmp_path, check=True, capture_output=True)

    import base64

    head, _, body = (tmp_path / "order").read_bytes().partition(b"\r\n\r\n")
    assert b"application/edi-x12" in head
    assert base64.b64decode(body) == ORDER


def test_no_password_is_shown() -> None:
    office = Office(25)
    assert office.channel.relay is not None

    assert "swordfish" not in repr(a_relay(office.channel.relay))
