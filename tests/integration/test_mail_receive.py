"""What partners send by mail: opened, durable before the 250, and never twice."""

import asyncio
import ssl
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import aiosmtplib
import pytest
import uvloop
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from gateway.as2.pack import PackProfile
from gateway.as2.request import MdnRequest
from tests.integration.as2_door import somebody
from tests.integration.mail_door import (
    ORDER,
    OURS,
    PLAIN,
    SIGNED,
    THEIRS,
    Door,
    a_mail,
    a_mailbox,
    a_party,
    attachments,
    opened,
)


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    async with opened(tmp_path) as door:
        yield door


async def test_a_signed_and_encrypted_mail_is_durable_when_250_is_said(door: Door) -> None:
    code, _ = await door.send(a_mail())

    assert code == 250
    assert door.contents() == [ORDER]
    assert [(one.channel, one.door, one.file_name) for one in door.transmissions] == [
        ("acme-mail", "mail", "orders.edi")
    ]
    assert door.work == [[[door.transmissions[0].id]]]
    assert door.messages[0].security["signed_by"]
    assert door.messages[0].security["cipher"] == "aes256-cbc"


@pytest.mark.parametrize("transfer", ["base64", "7bit"])
@pytest.mark.parametrize("compress", [None, "before", "after"])
async def test_every_way_of_packing_is_read(door: Door, transfer: str, compress: str | None) -> None:
    profile = PackProfile(transfer=transfer, compress=compress)  # type: ignore[arg-type]

    assert (await door.send(a_mail(ORDER, ORDER * 3, profile=profile)))[0] == 250
    assert door.contents() == [ORDER, ORDER * 3]


async def test_an_asynchronous_client_is_served_as_well(door: Door) -> None:
    errors, _ = await aiosmtplib.send(
        a_mail(), sender=THEIRS, recipients=[OURS], hostname="127.0.0.1", port=door.port, start_tls=False
    )

    assert errors == {}
    assert door.contents() == [ORDER]


async def test_one_connection_may_carry_many_mails(door: Door) -> None:
    client = aiosmtplib.SMTP(hostname="127.0.0.1", port=door.port, start_tls=False)
    await client.connect()
    for number in range(1, 6):
        await client.sendmail(THEIRS, [OURS], a_mail(number=number))
    await client.quit()

    assert len(door.transmissions) == 5


async def test_nothing_that_is_not_done_is_offered(door: Door) -> None:
    said = await door.talk(b"EHLO mail.acme.example\r\n")

    assert said.startswith(b"220 edi.harborpine.example ESMTP\r\n")
    offered = [line[4:].split()[0] for line in said.splitlines()[1:-1]]
    assert offered == [b"edi.harborpine.example", b"SIZE", b"8BITMIME"]


async def test_the_same_again_is_250_and_nothing_more(tmp_path: Path) -> None:
    async with a_mailbox() as box, opened(tmp_path, a_party(relay=box.port)) as door:
        mail = a_mail(request=SIGNED)
        assert (await door.send(mail))[0] == 250
        first = (await box.arrived(1))[0]

        assert (await door.send(mail))[0] == 250

        again = (await box.arrived(2))[1]
        assert again.raw == first.raw, "the stored receipt, byte for byte"
        assert len(door.transmissions) == 1
        assert len(door.work) == 1
        assert len(door.events("message.repeated")) == 1


async def test_of_two_copies_at_once_one_is_delivered_and_both_hear_250(door: Door) -> None:
    mail = a_mail()
    answers = await asyncio.gather(*(door.send(mail) for _ in range(6)))

    assert [code for code, _ in answers] == [250] * 6
    assert len(door.transmissions) == 1


async def test_other_content_under_a_message_id_waits_for_a_person_and_its_receipt_says_error(tmp_path: Path) -> None:
    async with a_mailbox() as box, opened(tmp_path, a_party(relay=box.port)) as door:
        await door.send(a_mail(request=SIGNED))
        code, _ = await door.send(a_mail(ORDER.replace(b"000000001", b"000000002"), request=SIGNED))

        second = (await box.arrived(2))[1].mdn(somebody("harborpine"))
        assert code == 250
        assert str(second.disposition).startswith("processed/error")
        assert [one.state for one in door.messages] == ["taken", "conflict"]
        assert len(door.work) == 1, "only the first is processed"


async def test_a_signed_receipt_goes_through_the_relay_from_nobody_to_the_partner(tmp_path: Path) -> None:
    async with a_mailbox() as box, opened(tmp_path, a_party(relay=box.port)) as door:
        await door.send(a_mail(request=SIGNED))
        mail = (await box.arrived())[0]

        mdn = mail.mdn(somebody("harborpine"))
        assert (mail.sender, mail.recipient) == ("", THEIRS)
        assert mdn.signed_by is not None
        assert mdn.original_message_id == "<0001@acme.example>"
        assert mdn.disposition.is_good
        assert mdn.mic is not None and mdn.mic.value == door.messages[0].mic
        assert mail.headers.single("AS2-From") is None
        async with asyncio.timeout(5):
            while door.messages[0].mdn_state != "sent":
                await asyncio.sleep(0.01)


async def test_a_receipt_waits_until_the_relay_works_again(tmp_path: Path) -> None:
    async with a_mailbox() as box:
        box.answers = ["451 busy"]
        async with opened(tmp_path, a_party(relay=box.port)) as door:
            assert (await door.send(a_mail(request=SIGNED)))[0] == 250
            async with asyncio.timeout(5):
                while not door.events("receipt.deferred"):
                    await asyncio.sleep(0.01)
            assert door.messages[0].mdn_state == "waiting"


async def test_a_receipt_wanted_elsewhere_goes_to_the_sender(tmp_path: Path) -> None:
    async with a_mailbox() as box, opened(tmp_path, a_party(relay=box.port)) as door:
        await door.send(a_mail(request=MdnRequest(notify="victim@elsewhere.example")))

        assert (await box.arrived())[0].recipient == THEIRS
        assert "not agreed" in door.messages[0].reason


async def test_attachments_are_taken_where_that_is_permitted_and_words_are_not(tmp_path: Path) -> None:
    mail = attachments(
        ("text/plain", "", b"Dear team, ISA is attached."),
        ("text/html", "", b"<html>ISA*00*</html>"),
        ("application/octet-stream", "../../etc/passwd", ORDER.strip()),
        ("text/plain", "second.x12", ORDER.strip()),
        ("application/EDI-X12", "third.x12", b"not X12 at all"),
        ("image/png", "logo.png", ORDER.strip()),
    )
    async with opened(tmp_path, a_party(receive=PLAIN)) as door:
        assert (await door.send(mail))[0] == 250

        assert door.contents() == [ORDER.strip(), ORDER.strip(), b"not X12 at all"]
        assert [one.file_name for one in door.transmissions] == ["passwd", "second.x12", "third.x12"]
        told = door.events("message.taken")[0].detail
        assert told["left_out"] == "text/plain, text/html, image/png"
        assert not (tmp_path.parent / "etc").exists()


async def test_a_document_without_any_wrapping_is_taken_where_that_is_permitted(tmp_path: Path) -> None:
    mail = b"From: edi@acme.example\r\nMessage-ID: <1@acme.example>\r\n\r\n" + ORDER
    async with opened(tmp_path, a_party(receive=PLAIN)) as door:
        assert (await door.send(mail))[0] == 250
        assert door.contents() == [ORDER]


async def test_words_alone_are_no_document(tmp_path: Path) -> None:
    async with opened(tmp_path, a_party(receive=PLAIN)) as door:
        code, text = await door.send(attachments(("text/plain", "", b"When do our orders arrive?")))

        assert code == 554
        assert text.startswith(
            "5.6.0 No document was found in the message: an attachment of the type application/edi-x12"
        )
        assert door.nothing_is_stored()


async def test_starttls_is_offered_with_the_certificate_of_the_home_and_carries_mails(tmp_path: Path) -> None:
    pair = somebody("harborpine")
    (tmp_path / "c.pem").write_bytes(
        pair.certificate.public_bytes(Encoding.PEM)
        + pair.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "c.pem")
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE

    async with opened(tmp_path / "home", a_party(require_tls="true"), context=context) as door:
        in_the_clear = await door.send(a_mail())
        client = aiosmtplib.SMTP(hostname="127.0.0.1", port=door.port, start_tls=True, tls_context=trusting)
        await client.connect()
        offered = await client.ehlo()
        await client.sendmail(THEIRS, [OURS], a_mail(b"A" * 300_000 + ORDER, number=2))
        await client.sendmail(THEIRS, [OURS], a_mail(number=3))
        await client.quit()

        assert in_the_clear[0] == 530
        assert "AUTH" not in offered.message
        assert "STARTTLS" not in offered.message
        assert len(door.transmissions) == 2


async def test_what_openssl_signs_and_encrypts_is_read(tmp_path: Path, door: Door) -> None:
    for name in ("acme", "harborpine"):
        pair = somebody(name)
        (tmp_path / f"{name}.crt").write_bytes(pair.certificate.public_bytes(Encoding.PEM))
        (tmp_path / f"{name}.key").write_bytes(
            pair.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )
    (tmp_path / "order").write_bytes(b"Content-Type: application/edi-x12\r\n\r\n" + ORDER)
    sign = "openssl smime -sign -binary -crlfeol -in order -signer acme.crt -inkey acme.key -md sha256 -out signed"
    seal = "openssl smime -encrypt -in signed -aes256 -binary -out sealed harborpine.crt"
    for command in (sign, seal):
        subprocess.run(command.split(), cwd=tmp_path, check=True, capture_output=True)
    sealed = (tmp_path / "sealed").read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")

    code, text = await door.send(b"From: edi@acme.example\r\nMessage-ID: <o@acme.example>\r\n" + sealed)

    assert (code, text) == (250, "")
    assert door.contents() == [ORDER]


def test_the_loop_that_the_gateway_runs_on_serves_it_all(tmp_path: Path) -> None:
    """uvloop's transports are none of asyncio's classes, and its TLS is its own."""
    pair = somebody("harborpine")
    private = pair.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "c.pem").write_bytes(pair.certificate.public_bytes(Encoding.PEM) + private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "c.pem")
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE

    async def play() -> None:
        async with opened(tmp_path / "home", a_party(require_tls="true"), context=context) as door:
            client = aiosmtplib.SMTP(hostname="127.0.0.1", port=door.port, start_tls=True, tls_context=trusting)
            await client.connect()
            await client.sendmail(THEIRS, [OURS], a_mail(b"A" * 300_000 + ORDER))
            await client.quit()
            for junk in (b"", b"EHLO x\r\n"):
                reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
                await reader.readline()
                writer.write(b"STARTTLS\r\n")
                await reader.readline()
                writer.write(junk)
                await asyncio.wait_for(reader.read(), 8)
                writer.close()
            async with asyncio.timeout(8):
                while door.listener._open:
                    await asyncio.sleep(0.02)
            assert len(door.transmissions) == 1

    uvloop.run(play())


def test_a_mail_of_fifty_megabytes_is_read_in_blocks(tmp_path: Path) -> None:
    """Nothing of it is held in memory as a whole: the door reads and writes pieces."""
    from gateway.transports.mail.lines import MailLines

    lines, most, spooled = MailLines(10**9), 0, 0
    for piece in range(200):
        spooled += len(lines.feed(b"A" * 76 + b"\r\n" if piece == 0 else (b"A" * 76 + b"\r\n") * 3361))
        most = max(most, len(lines._held))

    assert most < 1100
    assert spooled > 50_000_000
