"""What is lawful and odd at a mail door, and what answers itself: one outcome each, and no mail makes more mails."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.as2.request import MdnRequest
from gateway.transports.mail.door import DoorLimits
from tests.integration.mail_door import (
    ORDER,
    OURS,
    PLAIN,
    QUICK,
    SIGNED,
    THEIRS,
    Door,
    a_mail,
    a_mailbox,
    a_party,
    attachments,
    opened,
)

HELLO = b"EHLO mail.acme.example\r\n"
FROM = f"MAIL FROM:<{THEIRS}>\r\n".encode()
TO = f"RCPT TO:<{OURS}>\r\n".encode()
DATA = b"DATA\r\n"
HEAD = b"From: edi@acme.example\r\nMessage-ID: <0001@acme.example>\r\n"
WANTED = f"Disposition-Notification-To: {THEIRS}\r\n".encode()
MAIL = HEAD + b"\r\n" + ORDER + b".\r\n"
SENDING: dict[str, Any] = {"send": {"to": THEIRS}}


@pytest.fixture
async def plain(tmp_path: Path) -> AsyncIterator[Door]:
    """A door that takes attachments as they are: nothing but SMTP itself stands in the way."""
    async with opened(tmp_path, a_party(receive=PLAIN), a_party("bolt", receive=PLAIN)) as door:
        yield door


# ---------------------------------------------------------------------------------------------- commands


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"BDAT 12 LAST\r\n", b"500"),
        (b"LHLO mail.acme.example\r\n", b"500"),
        (b"ETRN #all\r\n", b"500"),
        (b"TURN\r\n", b"500"),
        (b"XCLIENT ADDR=203.0.113.1\r\n", b"500"),
        (b"XFORWARD NAME=x\r\n", b"500"),
        (b"PROXY TCP4 203.0.113.1 203.0.113.2 1 25\r\n", b"500"),
        (FROM.strip() + b" SMTPUTF8\r\n", b"5"),
        (b"MAIL FROM:<ed\xc3\xad@acme.example>\r\n", b"500"),
        (FROM.strip() + b" BODY=BINARYMIME\r\n", b"501"),
        (FROM.strip() + b" RET=FULL ENVID=x\r\n", b"555"),
        (FROM.strip() + b" AUTH=<>\r\n", b"555"),
        (FROM.strip() + b" SIZE=-1\r\n", b"501"),
        (FROM.strip() + b" SIZE=x\r\n", b"501"),
        (FROM.strip() + b" SIZE=" + b"9" * 100 + b"\r\n", b"55"),
        (DATA, b"503"),
        (b"STARTTLS\r\n", b"454"),
    ],
)
async def test_what_is_not_offered_is_refused_and_the_next_mail_is_taken(plain: Door, line: bytes, code: bytes) -> None:
    said = (await plain.talk(HELLO, line, b"RSET\r\n", FROM, TO, DATA, MAIL)).splitlines()

    answers = [one for one in said if one[3:4] == b" "]
    assert answers[2].startswith(code)
    assert answers[-2] == b"250 2.0.0 Durable"
    assert plain.contents() == [ORDER]


@pytest.mark.parametrize("between", [b"RSET\r\n", HELLO, b"HELO x\r\n"])
async def test_who_was_welcome_is_not_after_starting_anew(plain: Door, between: bytes) -> None:
    said = await plain.talk(HELLO, FROM, TO, between, DATA, b"MAIL FROM:<eve@elsewhere.example>\r\n", DATA)

    assert said.splitlines()[-2] == b"503 5.5.1 First MAIL and RCPT"
    assert said.count(b"\r\n503 ") == 2
    assert plain.nothing_is_stored()


async def test_a_second_sender_does_not_take_the_place_of_the_first(plain: Door) -> None:
    said = await plain.talk(HELLO, FROM, b"MAIL FROM:<edi@bolt.example>\r\n", TO, DATA, MAIL)

    assert b"503 " in said
    assert [one.as2_from for one in plain.messages] == [THEIRS]


async def test_one_mail_is_for_one_recipient_and_the_others_come_later(plain: Door) -> None:
    others = [b"RCPT TO:<bolt@edi.harborpine.example>\r\n", b"RCPT TO:<eve@elsewhere.example>\r\n", TO]
    said = await plain.talk(HELLO, FROM, TO, *others, DATA, MAIL)

    assert said.count(b"452 4.5.3 One recipient at a time\r\n") == 3
    assert [one.channel for one in plain.transmissions] == ["acme-mail"]


async def test_a_hundred_mails_fit_into_one_connection_and_the_next_one_into_another(plain: Door) -> None:
    """What ends a connection says so with 421: mail servers come again with the rest."""
    mails = [HEAD.replace(b"0001", b"%04d" % number) + b"\r\n" + ORDER + b".\r\n" for number in range(101)]
    said = await plain.talk(HELLO, *(piece for mail in mails for piece in (FROM, TO, DATA, mail)))

    assert said.count(b"250 2.0.0 Durable") == 100
    assert said.splitlines()[-1][:4] == b"421 "
    assert len(plain.transmissions) == 100


# ---------------------------------------------------------------------------------------------- what is in it


async def test_every_byte_of_eight_bits_arrives_as_it_was(plain: Door) -> None:
    odd = ORDER.strip() + bytes(one for one in range(256) if one not in b"\r\n") * 3
    said = await plain.talk(HELLO, FROM.strip() + b" BODY=8BITMIME\r\n", TO, DATA, HEAD + b"\r\n" + odd + b"\r\n.\r\n")

    assert b"250 2.0.0 Durable" in said
    assert plain.contents() == [odd + b"\r\n"]


async def test_the_sender_that_people_see_decides_nothing(plain: Door) -> None:
    """`From` is what anybody writes: the channel is that of the envelope, whose documents are held to it later."""
    mail = HEAD.replace(b"From: edi@acme.example", b"From: Bolt <edi@bolt.example>\r\nSender: ceo@harborpine.example")
    await plain.talk(HELLO, FROM, TO, DATA, mail + b"\r\n" + ORDER + b".\r\n")

    assert [(one.channel, one.remote) for one in plain.transmissions] == [("acme-mail", "127.0.0.1")]
    assert [one.as2_from for one in plain.messages] == [THEIRS]


@pytest.mark.parametrize(
    "parts",
    [
        [("application/ms-tnef", "winmail.dat", b"\x78\x9f\x3e\x22 ISA*00*")],
        [("application/pdf", "order.pdf", b"%PDF-1.7")],
        [("application/zip", "order.zip", b"PK\x03\x04ISA*00*")],
        [("text/html", "", b"ISA*00*          *00*")],
        [("application/octet-stream", "empty.edi", b"")],
    ],
)
async def test_a_mail_without_a_document_is_told_so_in_words_that_help(
    plain: Door, parts: list[tuple[str, str, bytes]]
) -> None:
    code, text = await plain.send(attachments(*parts))

    assert code == 554
    assert text == (
        "5.6.0 No document was found in the message: an attachment of the type application/edi-x12, or one that "
        "begins with ISA, is needed; winmail.dat, archives and PDF are not read."
    )
    assert plain.nothing_is_stored()
    assert [one.state for one in plain.messages] == ["refused"]


async def test_several_attachments_are_several_files_each_under_its_name(plain: Door) -> None:
    second = ORDER.replace(b"000000001", b"000000002")
    code, _ = await plain.send(
        attachments(
            ("text/plain", "", b"Please find attached."),
            ("application/octet-stream", "one.txt", ORDER.strip()),
            ("application/ms-tnef", "winmail.dat", b"\x78\x9f\x3e\x22"),
            ("text/plain", "../../two.edi", second.strip()),
        )
    )

    assert code == 250
    assert plain.contents() == [ORDER.strip(), second.strip()]
    assert [one.file_name for one in plain.transmissions] == ["one.txt", "two.edi"]
    assert "application/ms-tnef" in str(plain.messages[0].security)


# ---------------------------------------------------------------------------------------------- loops and storms


RECEIPT = (
    b"MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=disposition-notification; boundary=b\r\n\r\n"
    b"--b\r\nContent-Type: text/plain\r\n\r\nok\r\n--b\r\nContent-Type: message/disposition-notification\r\n\r\n"
    b"Original-Message-ID: <01JD8K-1@edi-harborpine-example>\r\n"
    b"Disposition: automatic-action/MDN-sent-automatically; processed\r\n\r\n--b--\r\n"
)


@pytest.mark.parametrize("sender", ["<>", THEIRS])
async def test_a_receipt_that_wants_a_receipt_gets_none(tmp_path: Path, sender: str) -> None:
    """RFC 8098, 3: no receipt for a receipt, ever."""
    async with a_mailbox() as box, opened(tmp_path, a_party(relay=box.port, **SENDING)) as door:
        assert (await door.send(HEAD + WANTED + RECEIPT, sender=sender))[0] == 250
        assert (await door.send(a_mail(number=2, request=SIGNED)))[0] == 250
        await box.arrived(1)

        assert [one.outcome for one in door.receipts_kept] == ["unknown"]
        assert len(box.mails) == 1, "the one for the message"
        assert [one.mdn_state for one in door.messages] in (["sent"], ["waiting"])


async def test_our_own_receipt_that_comes_back_ends_there(tmp_path: Path) -> None:
    async with a_mailbox() as box, opened(tmp_path, a_party(relay=box.port, **SENDING)) as door:
        await door.send(a_mail(request=SIGNED))
        ours = (await box.arrived(1))[0]

        for sender in ("<>", THEIRS):
            await door.send(ours.raw, sender=sender)

        assert len(box.mails) == 1
        assert len(door.transmissions) == 1


@pytest.mark.parametrize("sender", ["<>", THEIRS])
@pytest.mark.parametrize(
    "content",
    [
        b"Auto-Submitted: auto-replied\r\nSubject: On holiday\r\n\r\nI am away until Monday.\r\n",
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\r\nno such user\r\n"
        b"--b\r\nContent-Type: message/delivery-status\r\n\r\nAction: failed\r\n\r\n--b--\r\n",
        b"Content-Type: multipart/report; boundary=b\r\n\r\n",
        b"Subject: Undelivered Mail Returned to Sender\r\n\r\nISA was here\r\n",
    ],
)
async def test_answers_of_machines_are_never_answered_by_a_mail(tmp_path: Path, sender: str, content: bytes) -> None:
    async with a_mailbox() as box, opened(tmp_path, a_party(relay=box.port, receive=PLAIN, **SENDING)) as door:
        await door.send(HEAD + WANTED + content, sender=sender)

        assert not door.transmissions
        assert not [one for one in door.messages if one.mdn_state]
        assert not box.mails


async def test_receipts_that_are_worth_nothing_do_not_fill_the_disk(tmp_path: Path) -> None:
    """From nobody they come from anywhere: beyond an allowance they are answered, and not kept."""
    limits = DoorLimits(refusals_an_hour=5)
    async with opened(tmp_path, a_party(relay=1, **SENDING), door=limits) as door:
        for number in range(12):
            mail = HEAD.replace(b"0001", b"%04d" % number) + RECEIPT
            assert (await door.send(mail, sender="<>"))[0] == 250

        assert len(door.receipts_kept) == 5
        assert len(door.audit) == 12


async def test_a_mail_that_comes_a_hundred_times_has_one_receipt_that_goes_again(tmp_path: Path) -> None:
    async with a_mailbox() as box, opened(tmp_path, a_party(relay=box.port)) as door:
        mail = a_mail(request=MdnRequest(notify=THEIRS))
        answers = [await door.send(mail) for _ in range(100)]
        await box.arrived(1)

        assert {code for code, _ in answers} == {250}
        assert len(door.transmissions) == len(door.messages) == 1
        assert len(box.mails) <= 100
        assert len({one.raw for one in box.mails}) == 1


async def test_a_thousand_connections_leave_room_for_the_next(plain: Door) -> None:
    async def knock() -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", plain.port)
        try:
            return await asyncio.wait_for(reader.read(3), 20)
        except ConnectionError:
            return b""
        finally:
            writer.close()

    said: list[bytes] = []
    for _ in range(10):
        said += await asyncio.gather(*(knock() for _ in range(100)))

    assert {b"220", b"421"} >= set(said) - {b""}
    async with asyncio.timeout(10):
        while (await plain.send(HEAD + b"\r\n" + ORDER))[0] != 250:
            await asyncio.sleep(0.05)


async def test_connections_from_one_network_of_ipv6_are_those_of_one_sender(plain: Door) -> None:
    listener = plain.listener
    try:
        for number in range(QUICK.connections_per_address):
            listener.connected(f"2001:db8::{number + 1}")

        assert not listener.room_for("2001:db8::ff")
        assert listener.room_for("2001:db8:0:1::1") and listener.room_for("192.0.2.1")
    finally:
        listener._open.clear()


async def test_a_party_without_a_relay_writes_to_nobody(tmp_path: Path) -> None:
    async with opened(tmp_path, replace(a_party(), relay=None)) as door:
        assert (await door.send(a_mail(request=SIGNED)))[0] == 250

        assert [one.mdn_state for one in door.messages] == [""]
        assert "no relay" in door.messages[0].reason
