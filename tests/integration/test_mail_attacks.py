"""What strangers and broken servers do at a mail door: nothing gets in, nothing is lost, the others are served on."""

import asyncio
import contextlib
import zlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gateway.as2.pack import PackProfile
from gateway.errors import Busy, MachineError
from tests.integration.as2_door import somebody
from tests.integration.mail_door import (
    ORDER,
    OURS,
    PLAIN,
    QUICK,
    SIGNED,
    THEIRS,
    Door,
    a_context,
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
NOT_HERE = (550, "5.7.1 This mail is not accepted here")


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    async with opened(tmp_path) as door:
        yield door


@pytest.fixture
async def plain(tmp_path: Path) -> AsyncIterator[Door]:
    """A door that takes attachments as they are: nothing but SMTP itself stands in the way."""
    async with opened(tmp_path, a_party(receive=PLAIN)) as door:
        yield door


# ---------------------------------------------------------------------------------------------- who (rows 13, 30, 31)


@pytest.mark.parametrize(
    ("sender", "recipient"),
    [
        (THEIRS, "somebody@elsewhere.example"),
        (THEIRS, "nobody@edi.harborpine.example"),
        (THEIRS, "postmaster@edi.harborpine.example"),
        (THEIRS, "acme%elsewhere.example@edi.harborpine.example"),
        ("eve@elsewhere.example", OURS),
        ("edi@bolt.example", OURS),
        ("edi@acme.example.elsewhere.example", OURS),
        (THEIRS, "bolt@edi.harborpine.example"),
    ],
)
async def test_nothing_is_relayed_and_nobody_learns_whether_it_was_the_sender_or_the_address(
    door: Door, sender: str, recipient: str
) -> None:
    assert await door.send(a_mail(), sender=sender, recipient=recipient) == NOT_HERE
    assert door.nothing_is_stored()
    assert not door.messages


async def test_the_case_of_addresses_does_not_matter(door: Door) -> None:
    assert (await door.send(a_mail(), sender=THEIRS.upper(), recipient=OURS.title()))[0] == 250


async def test_a_mail_from_another_network_is_not_accepted(tmp_path: Path) -> None:
    async with opened(tmp_path, a_party(allow_from=["203.0.113.0/24"])) as door:
        assert await door.send(a_mail()) == NOT_HERE
    async with opened(tmp_path / "other", a_party(allow_from=["127.0.0.0/8"])) as door:
        assert (await door.send(a_mail()))[0] == 250


async def test_a_mail_of_one_partner_under_the_address_of_another_is_not_opened(door: Door) -> None:
    """Bolt's key signs, at acme's address and with acme's name on the envelope. What is wrong is not told."""
    code, text = await door.send(a_mail(signer=somebody("bolt")))

    assert (code, text) == (554, "5.7.0 The message could not be decrypted.")
    assert not door.transmissions


@pytest.mark.parametrize(
    "address",
    [
        b"<@relay.example:edi@acme.example>",
        b'<"edi"@acme.example>',
        b"<edi@[127.0.0.1]>",
        b"<edi@acme.example",
        b"edi@acme.example",
        b"<edi@acme.example>>",
        b"<edi(" + b"(" * 300 + b")@acme.example>",
        b"<" + b"a" * 65 + b"@acme.example>",
        b"<edi@acme.example> <eve@acme.example>",
        b"<edi@acme.example>X",
        b"<edi\x00@acme.example>",
        b"<edi\x1b[2J@acme.example>",
    ],
)
async def test_an_address_that_could_be_read_in_two_ways_is_none(door: Door, address: bytes) -> None:
    said = await door.talk(HELLO, b"MAIL FROM:" + address + b"\r\n")

    last = said.splitlines()[-2]
    assert last[:1] == b"5"
    assert b"Traceback" not in said and b"Error: (" not in said


async def test_strangers_are_an_event_a_few_times_an_hour_and_a_line_each_time(door: Door) -> None:
    for _ in range(9):
        await door.send(a_mail(), sender="eve@elsewhere.example")

    assert len(door.events("message.stranger")) == 6
    assert len(door.audit) == 9


async def test_nobody_signs_in_and_nobody_is_told_who_is_known(door: Door) -> None:
    said = await door.talk(HELLO, b"AUTH PLAIN AGEAYg==\r\n", b"VRFY acme\r\n", b"EXPN edi\r\n", b"HELP MAIL\r\n")

    assert said.splitlines()[-5:-1] == [b"502 5.5.1 Not here"] * 3 + [b"214 2.0.0 See the page that we sent you"]


# ---------------------------------------------------------------------------------------------- smuggling (row 30)

SMUGGLED = FROM + TO + DATA + HEAD.replace(b"0001", b"0666") + b"\r\n" + ORDER


@pytest.mark.parametrize(
    "end", [b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r\n", b"\r.\r", b"\r\n.\r", b"\n.\r", b"\r\r\n.\r\r\n"]
)
async def test_no_end_of_data_but_the_real_one_smuggles_a_second_mail(plain: Door, end: bytes) -> None:
    """CVE-2023-51764 and its kin: another server would have seen the mail end there."""
    said = await plain.talk(HELLO, FROM, TO, DATA, HEAD + b"\r\n" + ORDER.strip() + end + SMUGGLED + b".\r\n")

    assert said.splitlines()[-2] == b"554 5.6.0 A line ends with CR or LF alone; it has to be both"
    assert plain.nothing_is_stored()
    assert not plain.messages


async def test_commands_behind_a_mail_before_its_answer_take_nothing(plain: Door) -> None:
    """Pipelining is not offered: whoever does it all the same repeats what somebody else put there."""
    mail = HEAD + b"\r\n" + ORDER
    said = await plain.talk(HELLO, FROM, TO, DATA, mail + b".\r\n" + SMUGGLED + b".\r\n")

    assert said.splitlines()[-1] == b"554 5.5.0 Commands came before the answer"
    assert plain.nothing_is_stored()


async def test_a_mail_sent_before_it_was_asked_for_is_not_taken(plain: Door) -> None:
    said = await plain.talk(HELLO, FROM, TO, DATA + HEAD + b"\r\n" + ORDER + b".\r\n")

    assert said.splitlines()[-1] == b"554 5.5.0 Commands came before the answer"
    assert plain.nothing_is_stored()


async def test_dots_at_the_start_of_lines_are_those_of_the_sender(plain: Door) -> None:
    await plain.talk(HELLO, FROM, TO, DATA, HEAD + b"\r\n" + ORDER + b"..\r\n...\r\n.\r\n")

    assert plain.contents() == [ORDER + b".\r\n..\r\n"]


async def test_commands_in_the_clear_behind_starttls_are_not_taken_for_its_first(tmp_path: Path) -> None:
    """CVE-2024-34083: STARTTLS injection."""
    async with opened(tmp_path / "home", a_party(receive=PLAIN), context=a_context(tmp_path)) as door:
        said = await door.talk(HELLO, b"STARTTLS\r\n" + HELLO + FROM)

        assert said.splitlines()[-1] == b"554 5.5.0 Commands came before the answer"


async def test_a_handshake_that_never_comes_is_not_waited_for(tmp_path: Path) -> None:
    async with opened(tmp_path / "home", a_party(), context=a_context(tmp_path)) as door:
        for junk in (b"", b"\x16\x03\x01 nonsense", HELLO):
            reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
            await reader.readline()
            writer.write(b"STARTTLS\r\n")
            assert (await reader.readline())[:3] == b"220"
            writer.write(junk)
            await asyncio.wait_for(reader.read(), 8)
            writer.close()
        await _none_is_open(door)
        assert (await door.send(a_mail()))[0] == 250


@pytest.mark.parametrize(
    "field",
    [
        b"Message-ID: <0002@acme.example>",
        b"Content-Type: text/plain\r\nContent-Type: application/edi-x12",
        b"Content-Type: multipart/mixed; boundary=a; boundary=b",
        b"Disposition-Notification-To: a@acme.example\r\nDisposition-Notification-To: b@acme.example",
        b"Subject: a\x00b",
        b"No colon here",
        b"Bad Name: x",
    ],
)
async def test_a_head_that_two_readers_would_read_differently_is_refused(plain: Door, field: bytes) -> None:
    said = await plain.talk(HELLO, FROM, TO, DATA, HEAD + field + b"\r\n\r\n" + ORDER + b".\r\n")

    assert said.splitlines()[-2][:4] == b"554 "
    assert plain.nothing_is_stored()


async def test_a_mail_without_message_id_is_refused(plain: Door) -> None:
    assert (await plain.send(b"From: edi@acme.example\r\n\r\n" + ORDER))[0] == 554


# ---------------------------------------------------------------------------------------------- bombs (rows 19, 20)


async def test_a_subject_of_650_kilobytes_costs_nothing(plain: Door) -> None:
    """Finding 9: the library of mail programs takes 8 seconds and 3 GB for it."""
    subject = b"Subject: " + b"\r\n ".join([b"=?utf-8?q?=C3=A4?=" * 40] * 900) + b"\r\n"
    started = asyncio.get_running_loop().time()
    code, text = await plain.send(HEAD + subject + b"\r\n" + ORDER)

    assert (code, text) == (554, "5.6.0 The message is over a limit of size or number.")
    assert asyncio.get_running_loop().time() - started < 5
    assert plain.nothing_is_stored()


async def test_three_hundred_header_fields_are_too_many(plain: Door) -> None:
    assert (await plain.send(HEAD + b"X-Field: x\r\n" * 300 + b"\r\n" + ORDER))[0] == 554


async def test_parts_within_parts_end_at_a_depth(plain: Door) -> None:
    head = b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b0\r\n\r\n"
    nested = b"".join(
        f"--b{level}\r\nContent-Type: multipart/mixed; boundary=b{level + 1}\r\n\r\n".encode() for level in range(3000)
    )
    code, text = await plain.send(HEAD + head + nested + b"\r\n")

    assert code == 554
    assert plain.nothing_is_stored()
    assert "Recursion" not in text


async def test_fifty_parts_and_no_more(plain: Door) -> None:
    good = [("application/edi-x12", f"{number}.edi", ORDER.strip()) for number in range(50)]

    assert (await plain.send(attachments(*good)))[0] == 250
    assert len(plain.transmissions) == 50
    assert (await plain.send(attachments(*good, good[0], number=2)))[0] == 554
    assert len(plain.transmissions) == 50


async def test_what_grows_beyond_the_agreed_size_is_not_unpacked(tmp_path: Path) -> None:
    bomb = b"A" * 20_000_000
    assert len(zlib.compress(bomb)) < 100_000
    profile = PackProfile(transfer="base64", compress="before")
    async with opened(tmp_path, a_party(max_file_bytes="1000000")) as door:
        assert (await door.send(a_mail(bomb, profile=profile)))[0] == 554
        assert not door.transmissions


async def test_a_line_without_end_is_refused_and_the_next_mail_taken(plain: Door) -> None:
    client = plain.talk(
        HELLO,
        FROM,
        TO,
        DATA,
        HEAD + b"\r\n" + b"I" * 3_000_000 + b"\r\n.\r\n",
        FROM,
        TO,
        DATA,
        HEAD + b"\r\n" + ORDER + b".\r\n",
    )
    said = (await client).splitlines()

    assert b"554 5.6.0 A line is too long; send the document in base64" in said
    assert said[-2] == b"250 2.0.0 Durable"


async def test_a_mail_over_the_agreed_size_is_refused_by_what_it_says_and_by_what_comes(tmp_path: Path) -> None:
    async with opened(tmp_path, a_party(max_file_bytes="20000", receive=PLAIN), a_party("bolt")) as door:
        declared = await door.talk(HELLO, FROM.strip() + b" SIZE=20001\r\n", TO)
        code, text = await door.send(HEAD + b"\r\n" + ORDER * 300)
        huge = await door.talk(HELLO, FROM.strip() + b" SIZE=99999999999\r\n")

        assert b"552 5.3.4 The message is larger than agreed" in declared
        assert (code, text) == (552, "5.3.4 The message is larger than agreed")
        assert huge.splitlines()[-2][:3] == b"552"
        assert door.nothing_is_stored()


# ---------------------------------------------------------------------------------------------- security (rows 2, 35)


@pytest.mark.parametrize(
    ("profile", "words"),
    [
        (PackProfile(transfer="base64", encrypt=False), "The message is not secured as agreed."),
        (PackProfile(transfer="base64", sign=False), "The message could not be decrypted."),
        (PackProfile(transfer="base64", sign=False, encrypt=False), "The message is not secured as agreed."),
        (PackProfile(transfer="base64", cipher="3des-cbc"), "The message is not secured as agreed."),
    ],
)
async def test_what_is_not_secured_as_agreed_is_refused_and_kept_for_people(
    door: Door, profile: PackProfile, words: str
) -> None:
    code, text = await door.send(a_mail(profile=profile, request=SIGNED))

    assert (code, text) == (554, f"5.7.0 {words}")
    assert [one.state for one in door.messages] == ["refused"]
    assert [one.mdn_state for one in door.messages] == [""], "nobody gets us to write a mail"
    assert not door.transmissions and not door.work


async def test_attachments_as_they_are_need_permission(door: Door) -> None:
    code, text = await door.send(attachments(("application/edi-x12", "a.edi", ORDER.strip())))

    assert (code, text) == (554, "5.7.0 The message is not secured as agreed.")


async def test_a_wrong_key_and_a_broken_mail_are_answered_in_the_same_words(door: Door) -> None:
    good = a_mail()
    start = good.index(b"\r\n\r\n") + 2000
    broken = good[:start] + (b"AAAA" if good[start : start + 4] != b"AAAA" else b"BBBB") + good[start + 4 :]

    answers = {await door.send(a_mail(recipient=somebody("stranger"))), await door.send(broken)}

    assert answers == {(554, "5.7.0 The message could not be decrypted.")}


@pytest.mark.parametrize("sign", [True, False])
async def test_a_receipt_that_nobody_signed_moves_nothing(tmp_path: Path, sign: bool) -> None:
    """Row 14: from nobody, as receipts are, about a message that we never sent."""
    mdn = (
        b"MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=disposition-notification; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: text/plain\r\n\r\nok\r\n--b\r\nContent-Type: message/disposition-notification\r\n\r\n"
        b"Original-Message-ID: <01JD8K-1@edi-harborpine-example>\r\n"
        b"Disposition: automatic-action/MDN-sent-automatically; processed\r\n\r\n--b--\r\n"
    )
    send: dict[str, Any] = {"send": {"to": THEIRS}}
    async with a_mailbox() as box, opened(tmp_path, a_party(relay=box.port, **send)) as door:
        said = await door.talk(HELLO, b"MAIL FROM:<>\r\n" if sign else FROM, TO, DATA, HEAD + mdn + b".\r\n")

        assert said.splitlines()[-2] == b"250 2.0.0 Durable"
        assert [one.outcome for one in door.receipts_kept] == ["unknown"]
        assert door.receipts.settled == []
        assert door.nothing_is_stored()


async def test_a_document_from_nobody_is_not_accepted(tmp_path: Path) -> None:
    send: dict[str, Any] = {"send": {"to": THEIRS}}
    async with a_mailbox() as box, opened(tmp_path, a_party(relay=box.port, **send)) as door:
        assert await door.send(a_mail(), sender="<>") == NOT_HERE
        assert door.nothing_is_stored()


async def test_a_bounce_is_kept_and_is_no_document(tmp_path: Path) -> None:
    bounce = (
        b"MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: text/plain\r\n\r\nno such user\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        b"Action: failed\r\n\r\n--b--\r\n"
    )
    send: dict[str, Any] = {"send": {"to": THEIRS}}
    async with a_mailbox() as box, opened(tmp_path, a_party(relay=box.port, **send)) as door:
        assert (await door.send(HEAD + bounce, sender="<>"))[0] == 250
        assert [one.outcome for one in door.receipts_kept] == ["unreadable"]


# ---------------------------------------------------------------------------------------------- resources (row 32)


async def test_connections_are_capped_by_address_and_in_all_and_free_again(door: Door) -> None:
    held = [await asyncio.open_connection("127.0.0.1", door.port) for _ in range(QUICK.connections_per_address)]
    greetings = [await reader.readline() for reader, _ in held]
    turned, writer = await asyncio.open_connection("127.0.0.1", door.port)

    assert all(line[:3] == b"220" for line in greetings)
    assert await asyncio.wait_for(turned.read(), 5) == b"421 4.3.2 Too many connections\r\n"
    for _, one in [*held, (None, writer)]:
        one.close()
    await _none_is_open(door)
    assert (await door.send(a_mail()))[0] == 250


async def test_whoever_says_nothing_is_not_waited_for(door: Door) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    await reader.readline()
    with contextlib.suppress(ConnectionError):
        assert await asyncio.wait_for(reader.read(), 8) == b""
    writer.close()
    await _none_is_open(door)


async def test_a_mail_that_comes_byte_by_byte_is_not_waited_for_and_leaves_nothing(plain: Door) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", plain.port)
    for command in (b"", HELLO, FROM, TO, DATA):
        writer.write(command)
        await Door._answer(reader, 5)
    ended = asyncio.create_task(reader.read())
    with contextlib.suppress(ConnectionError):
        while not ended.done():
            writer.write(b"X")
            await asyncio.wait([ended], timeout=0.2)
    writer.close()
    await _none_is_open(plain)

    assert plain.nothing_is_stored()


async def test_a_mail_that_breaks_off_leaves_nothing_and_was_never_answered(plain: Door) -> None:
    mail = HEAD + b"\r\n" + ORDER * 2000
    said = await plain.talk(HELLO, FROM, TO, DATA, mail[:-1], step=False, hang_up=True)
    await _none_is_open(plain)

    assert b"250 2.0.0 Durable" not in said
    assert plain.nothing_is_stored()


async def test_commands_without_end_are_cut(door: Door) -> None:
    for command, most in ((b"NOOP\r\n", 101), (b"NONSENSE\r\n", 21), (TO, 101)):
        reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
        writer.write(b"HELO x\r\n" + command * 300)
        said = b""
        with contextlib.suppress(ConnectionError):
            said = await asyncio.wait_for(reader.read(), 8)
        writer.close()
        assert said.count(b"\r\n") <= most + 3


@pytest.mark.parametrize(
    "line",
    [
        b"EHLO " + b"a" * 100_000 + b"\r\n",
        b"\xff\xfe\x00\r\n",
        b"MAIL\r\n",
        b"\r\n",
        b"RCPT TO:<" + b"a" * 600 + b"\r\n",
    ],
)
async def test_a_broken_command_is_answered_and_says_nothing_of_us(door: Door, line: bytes) -> None:
    said = await door.talk(HELLO, line)

    assert said.splitlines()[-2][:1] == b"5"
    assert b"Error: (" not in said and b"python" not in said.lower() and b"aiosmtpd" not in said.lower()


async def test_while_one_partner_is_slow_the_others_are_served(door: Door) -> None:
    held = []
    for _ in range(4):
        reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
        for command in (b"", HELLO, FROM, TO, DATA):
            writer.write(command)
            await Door._answer(reader, 5)
        held.append(writer)

    answer = await asyncio.wait_for(
        door.send(a_mail(partner="bolt"), sender="edi@bolt.example", recipient="bolt@edi.harborpine.example"), 10
    )

    assert answer[0] == 250
    for writer in held:
        writer.close()


# ---------------------------------------------------------------------------------------------- our own trouble


async def test_no_250_without_a_commit(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refused(*_: Any) -> Any:
        raise MachineError("disk full")

    monkeypatch.setattr(door.writer, "receive_together", refused)

    assert await door.send(a_mail()) == (451, "4.3.0 It cannot be stored now; send it again later")
    assert not door.transmissions


async def test_a_full_disk_is_451_and_the_rest_of_the_mail_no_commands(
    plain: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full:
        size = 0

        def write(self, data: bytes, offset: int | None = None) -> None:
            raise MachineError("no space left on device")

        def discard(self) -> None:
            pass

    monkeypatch.setattr(plain.blobs.__class__, "spool", lambda _: Full())
    said = await plain.talk(HELLO, FROM, TO, DATA, HEAD + b"\r\n" + ORDER + b"RSET\r\n.\r\n")

    assert said.splitlines()[-1] == b"451 4.3.0 It cannot be stored now; send it again later"


async def test_while_too_much_waits_a_mail_is_asked_to_come_later(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(_channel: str) -> None:
        raise Busy("backlog")

    monkeypatch.setattr(door.writer, "admit", busy)

    assert await door.send(a_mail()) == (451, "4.3.0 It cannot be stored now; send it again later")


async def test_a_fault_of_ours_tells_nothing_and_the_door_stays_open(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def failing(*_: Any, **__: Any) -> Any:
        raise RuntimeError("secret path /var/keys")

    with monkeypatch.context() as patched:
        patched.setattr(door.door, "admit", failing)
        answer = await door.send(a_mail())

    assert answer == (451, "4.3.0 It cannot be taken now; send it again later")
    assert (await door.send(a_mail()))[0] == 250


async def test_what_strangers_say_is_written_down_escaped(door: Door) -> None:
    await door.talk(HELLO, b"MAIL FROM:<eve@elsewhere.example>\r\n", TO)
    mail = a_mail(fields=(("X-Note", "ok"),)).replace(b"<0001@acme.example>", b"<0001 {}='--@acme.example>")
    await door.send(mail)

    for line in door.audit:
        assert all(str(value).isascii() and "\n" not in str(value) for value in line.values())


async def _none_is_open(door: Door, seconds: float = 8.0) -> None:
    async with asyncio.timeout(seconds):
        while door.listener._open:
            await asyncio.sleep(0.02)
    assert not door.listener._by_address
