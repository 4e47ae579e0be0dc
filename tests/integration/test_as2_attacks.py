"""What has broken other products, tried on our AS2 door: nothing lost, nobody let in, one audit line, others served.

Numbers are rows of the catalogue of attacks that the doors are held to; those that are about one message alone are in
`test_as2_refused`, those about receipts in `test_as2_receipts` and `test_as2_later`.
"""

import asyncio
import contextlib
import gc
import io
import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import structlog
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from gateway.api.listener import ListenerLimits
from gateway.as2.headers import Headers
from gateway.as2.pack import Packed, PackProfile
from gateway.as2.source import Memory, Source, whole
from gateway.errors import MachineError
from gateway.transports.as2.body import BodyLimits
from gateway.transports.as2.door import DoorLimits
from tests.integration.as2_door import (
    ORDER,
    PATIENT,
    QUICK,
    Door,
    a_message,
    a_party,
    opened,
    ourselves,
    receiving,
    somebody,
    with_fields,
)


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    async with opened(tmp_path) as door:
        yield door


def head(packed: Packed, *more: str, length: int | None = None, version: str = "1.1") -> bytes:
    """A request's head as it goes over the wire."""
    fields = [f"{name}: {value}" for name, value in packed.headers.fields]
    fields += [f"Content-Length: {length}"] if length is not None else []
    return "\r\n".join([f"POST /as2 HTTP/{version}", "Host: x", *fields, *more, "", ""]).encode("latin-1")


async def others_are_served(door: Door, number: int = 900) -> None:
    assert (await door.send(a_message(partner="bolt", number=number))).disposition == "processed"


# ---------------------------------------------------------------------------------------------- 2, 3, 4: getting in


async def test_row_2_a_fault_of_ours_while_judging_lets_nobody_in(door: Door) -> None:
    def failing(_theirs: str, _ours: str) -> None:
        raise RuntimeError("the table of parties is gone")

    door.app._parties = failing

    answer = await door.send(a_message())

    assert answer.status == 503 and b"RuntimeError" not in answer.body and b"table" not in answer.body
    assert door.transmissions == door.messages == []


@pytest.mark.parametrize(
    "fields",
    [
        {"Authorization": "Basic YWRtaW46YWRtaW4="},
        {"Authorization": "AWS4-HMAC-SHA256 Credential=crushadmin/"},
        {"Cookie": "session=1; admin=true"},
        {"X-API-Key": "key-of-acme"},
        {"X-Forwarded-For": "127.0.0.1", "X-Real-IP": "127.0.0.1"},
    ],
    ids=["basic", "half a signature", "cookies", "a key of the API", "another address"],
)
async def test_row_3_headers_of_other_doors_mean_nothing_here(door: Door, fields: dict[str, str]) -> None:
    unsigned = a_message(profile=PackProfile(sign=False, encrypt=False))
    packed = replace(unsigned, headers=Headers((*unsigned.headers.fields, *fields.items())))

    answer = await door.send(packed)

    assert answer.disposition == "processed/error: insufficient-message-security"
    assert "set-cookie" not in {name.lower() for name in answer.headers}
    assert door.transmissions == [] and len(door.audit) == 1


async def test_row_3_an_address_that_somebody_claims_opens_no_channel_that_is_bound_to_it(tmp_path: Path) -> None:
    async with opened(tmp_path, a_party(allow_from=("192.0.2.7",)), a_party("bolt")) as door:
        packed = a_message()
        claimed = Headers((*packed.headers.fields, ("X-Forwarded-For", "192.0.2.7"), ("Forwarded", "for=192.0.2.7")))

        answer = await door.send(replace(packed, headers=claimed))

        assert answer.disposition == "processed/error: unknown-trading-relationship"
        assert door.transmissions == []
        await others_are_served(door)


@pytest.mark.parametrize("path", ["/", "/as2/../api/v1/transmissions", "//as2x", "/as2/%2e%2e/readyz", "/openapi.json"])
async def test_row_4_there_is_nothing_but_the_door(door: Door, path: str) -> None:
    for method in ("GET", "POST", "PUT", "DELETE", "TRACE", "OPTIONS"):
        request = f"{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

        answer = await door.talk(request.encode())

        assert answer.split(b" ")[1] in (b"404", b"405", b"400"), answer


@pytest.mark.parametrize(
    "value", ["<'; drop table as2_message; --@x>", "<%00_%@x>", "<../../../etc/passwd@x>", "<{{7*7}}@x>"]
)
async def test_row_1_what_is_in_a_message_id_is_text(door: Door, value: str) -> None:
    first = await door.send(with_fields(a_message(), Message_ID=value))
    second = await door.send(with_fields(a_message(), Message_ID=value))

    assert first.disposition == "processed" and second.wire == first.wire
    assert [row.message_id for row in door.messages] == [value]


# ---------------------------------------------------------------------------------------------- 13: in whose name


async def test_row_13_who_is_known_does_not_send_in_the_name_of_another(door: Door) -> None:
    """Bolt has a good key, and AS2-From says ACME."""
    answer = await door.send(a_message(partner="bolt", as2_from="ACME AS2", signer=somebody("bolt")))

    assert answer.disposition == "processed/error: decryption-failed"
    assert door.transmissions == [] and len(door.audit) == 1
    await others_are_served(door)


async def test_row_13_what_comes_in_is_of_the_channel_whatever_the_document_says(door: Door) -> None:
    await door.send(a_message(ORDER.replace(b"ACMERETAIL", b"BOLT      ")))

    assert [one.channel for one in door.transmissions] == ["acme-as2"]


# ---------------------------------------------------------------------------------------------- 19, 20, 21: bombs


def nested(levels: int) -> Source:
    body = b"Content-Type: text/plain\r\n\r\nx"
    for level in range(levels):
        mark = f"b{level}".encode()
        body = b"Content-Type: multipart/mixed; boundary=" + mark + b"\r\n\r\n--" + mark + b"\r\n" + body
        body += b"\r\n--" + mark + b"--\r\n"
    return Memory(body)


@pytest.mark.parametrize(
    "body",
    [
        nested(3000),
        Memory(b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + b"--x\r\n\r\ny\r\n" * 100_000 + b"--x--"),
        Memory(b"Subject: " + b"=?utf-8?q?x?=" * 100_000 + b"\r\n\r\nx"),
        Memory(b"\x30\x80" * 100_000),
        Memory(b"\x24\x80" * 100_000),
    ],
    ids=["3000 levels", "100000 parts", "a header of a megabyte", "nested BER", "nested octets"],
)
async def test_row_19_bombs_of_structure_are_refused_at_once(tmp_path: Path, body: Source) -> None:
    async with opened(tmp_path, a_party(**receiving(encrypted="false", signed="false")), a_party("bolt")) as door:
        raw = whole(body)
        kind, _, rest = raw.partition(b"\r\n\r\n")
        is_mime = kind.startswith(b"Content-Type: multipart")
        content_type = kind.removeprefix(b"Content-Type: ").decode() if is_mime else "application/pkcs7-mime"
        plain = a_message(profile=PackProfile(sign=False, encrypt=False))
        bomb = with_fields(replace(plain, body=Memory(rest if is_mime else raw)), Content_Type=content_type)

        async with asyncio.timeout(10):
            answer = await door.send(bomb)

        assert answer.disposition.startswith(("processed/error", "failed/failure"))
        assert door.transmissions == [] and len(door.audit) == 1
        await others_are_served(door)


async def test_row_20_a_bomb_within_signature_and_encryption_is_stopped_by_the_channels_limit(tmp_path: Path) -> None:
    async with opened(tmp_path, a_party(max_file_bytes="2000000")) as door:
        packed = a_message(bytes(20_000_000), profile=PackProfile(compress="before"))
        assert packed.body.size < 200_000

        answer = await door.send(packed)

        assert answer.disposition == "processed/error: decompression-failed"
        assert door.transmissions == [] and not list((tmp_path / "spool").iterdir())


def memory_kilobytes(field: str) -> int:
    """`VmRSS`, or `VmHWM`: the most since `forget_peak`."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{field}:"))


def forget_peak() -> None:
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")


@pytest.mark.parametrize("encrypted", [True, False], ids=["encrypted", "in the clear"])
async def test_row_21_what_never_ends_costs_no_memory(tmp_path: Path, encrypted: bool) -> None:
    """100 MB without any terminator: taken as bytes, through files; reading them as X12 is somebody else's care."""
    terms = {"max_file_bytes": "150000000"} | receiving(encrypted="true" if encrypted else "false")
    async with opened(tmp_path, a_party(**terms)) as door:
        packed = a_message(b"X" * 100_000_000, profile=PackProfile(encrypt=encrypted))
        body = tmp_path / "body"
        with body.open("wb") as file:
            for start in range(0, packed.body.size, 1 << 20):
                file.write(packed.body.read(start, 1 << 20))
        fields, size = packed.headers.fields, packed.body.size
        del packed
        forget_peak()
        before = memory_kilobytes("VmRSS")

        async def pieces() -> AsyncIterator[bytes]:
            with body.open("rb") as file:
                while piece := file.read(1 << 18):
                    yield piece

        answer = await door.post(fields, pieces())

        grown = memory_kilobytes("VmHWM") - before
        assert answer.disposition == "processed" and size > 100_000_000
        assert grown < 32_000, f"{grown} KB more"


# ---------------------------------------------------------------------------------------------- 30: smuggling


@pytest.mark.parametrize(
    "line",
    [
        b"AS2-From: ACME AS2\r\nX-Injected: yes\r\nAS2-To: HARBORPINE",
        b"AS2-From: ACME\x00AS2",
        b"AS2-From: ACME AS2\rX-Injected: yes",
        b"AS2-From: ACME AS2\n AS2-To: x",
        b"AS2-From : ACME AS2",
    ],
    ids=["a second field", "NUL", "a bare CR", "folded by a bare LF", "a space before the colon"],
)
async def test_row_30_nobody_smuggles_fields(door: Door, line: bytes) -> None:
    packed = with_fields(a_message(), AS2_From=None)
    raw = head(packed, "Connection: close", length=packed.body.size).replace(b"Host: x", b"Host: x\r\n" + line, 1)

    answer = await door.talk(raw, whole(packed.body))

    assert answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 200")) or answer == b""
    assert b"x-injected" not in answer.lower()
    if b"processed\r\n" not in answer:
        assert door.transmissions == []
    await others_are_served(door)


async def test_row_30_a_length_and_chunks_together_are_refused(door: Door) -> None:
    packed = a_message()
    raw = head(packed, "Transfer-Encoding: chunked", length=6)

    answer = await door.talk(raw, b"0\r\n\r\nPOST /as2 HTTP/1.1\r\nHost: x\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 400")
    assert door.transmissions == []


@pytest.mark.parametrize("name", ["x\r\nSet-Cookie: a=b", "x\x00y", "‮gpj.exe"])
async def test_row_30_names_of_files_carry_no_controls(door: Door, name: str) -> None:
    plain = a_message(file_name="orders.edi")
    with contextlib.suppress(Exception):
        plain = a_message(file_name=name)

    await door.send(plain)

    assert [one.file_name for one in door.transmissions] == ["orders.edi"]


# ---------------------------------------------------------------------------------------------- 32: resources


async def test_row_32_a_body_that_comes_too_slowly_is_given_up(door: Door) -> None:
    packed = a_message()

    answer = await door.talk(head(packed, length=packed.body.size), whole(packed.body)[:10], seconds=5)

    assert answer.startswith(b"HTTP/1.1 408")
    assert door.messages == door.transmissions == [] and len(door.audit) == 1
    assert not list((door.means.blobs.home / "spool").iterdir())
    await others_are_served(door)


async def test_row_32_a_body_that_drips_is_given_up(tmp_path: Path) -> None:
    slow = replace(PATIENT, body=BodyLimits(idle_seconds=5, grace_seconds=0.3, least_bytes_per_second=1e6))
    async with opened(tmp_path, limits=slow) as door:
        packed = a_message()

        answer = await door.talk(head(packed, length=packed.body.size), *([b"0"] * 8), pause=0.05, seconds=5)

        assert answer.startswith(b"HTTP/1.1 408") and door.messages == []


async def test_row_32_a_sender_that_hangs_up_leaves_nothing(door: Door) -> None:
    packed = a_message(ORDER * 3000)
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    writer.write(head(packed, length=packed.body.size) + whole(packed.body)[:100_000])
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    del reader

    async with asyncio.timeout(5):
        while not door.audit:
            await asyncio.sleep(0.01)

    assert "hung up" in door.audit[0]["result"]
    assert door.messages == door.transmissions == []
    assert not list((door.means.blobs.home / "spool").iterdir())


async def test_row_32_chunks_that_end_in_the_middle_leave_nothing(door: Door) -> None:
    packed = a_message(ORDER * 3000)
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    writer.write(head(packed, "Transfer-Encoding: chunked") + b"20000\r\n" + whole(packed.body)[:0x20000])
    await writer.drain()
    writer.close()
    del reader

    async with asyncio.timeout(5):
        while not door.audit:
            await asyncio.sleep(0.01)

    assert len(door.audit) == 1 and "hung up" in door.audit[0]["result"]
    assert door.messages == door.transmissions == [] and not list((door.means.blobs.home / "spool").iterdir())
    await others_are_served(door)


async def test_row_16_the_receipt_of_one_partner_is_given_to_no_other(door: Door) -> None:
    """Bolt asks for what is known under a Message-ID of ACME, and says what it likes under it."""
    first = await door.send(a_message(message_id="<1@shared.example>"))
    other = await door.send(a_message(partner="bolt", message_id="<1@shared.example>"))

    assert other.disposition == "processed" and other.body != first.body
    assert [one.channel for one in door.transmissions] == ["acme-as2", "bolt-as2"]


@pytest.mark.parametrize(
    "name", ["../autorun/x.py", "..\\..\\x.env", "/etc/cron.d/x", "C:\\x", "a/../../b", "CON", ".ssh/authorized_keys"]
)
async def test_row_6_no_name_of_a_sender_becomes_a_path(tmp_path: Path, name: str) -> None:
    home = tmp_path / "home"
    async with opened(home) as door:
        answer = await door.send(a_message(ORDER * 3000, file_name=name))
        files = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}

        assert answer.disposition == "processed" and len(door.audit) == 1
        assert "/" not in (door.transmissions[0].file_name or "") and "\\" not in (
            door.transmissions[0].file_name or ""
        )
        assert all(re.fullmatch(r"home/(gateway\.db.*|blobs/[0-9a-f/]+|content/[0-9a-f/]+)", file) for file in files), (
            files
        )
        await others_are_served(door)


async def test_row_32_a_length_that_lies_stores_nothing(door: Door) -> None:
    packed = a_message()

    too_long = await door.talk(head(packed, length=packed.body.size + 10), whole(packed.body), seconds=5)
    too_short = await door.talk(
        head(packed, "Connection: close", length=packed.body.size - 10), whole(packed.body), seconds=5
    )

    assert too_long.startswith(b"HTTP/1.1 408")
    assert b"processed/error" in too_short
    assert door.transmissions == []


async def test_row_32_many_slow_ones_from_one_address_leave_room_for_others(tmp_path: Path) -> None:
    limits = replace(PATIENT, at_once_per_address=3, body=BodyLimits(idle_seconds=3))
    async with opened(tmp_path, limits=limits) as door:
        packed = a_message()
        held = [await asyncio.open_connection("127.0.0.1", door.port) for _ in range(3)]
        for _, writer in held:
            writer.write(head(packed, length=packed.body.size) + b"x")
            await writer.drain()
        async with asyncio.timeout(5):
            while door.app._count < 3:
                await asyncio.sleep(0.01)

        answer = await door.send(a_message(partner="bolt"))

        assert answer.status == 503 and answer.headers["retry-after"]
        assert door.app._in_hand._count["127.0.0.1"] == 3
        for _, writer in held:
            writer.close()


async def test_row_32_connections_from_one_address_are_counted_before_their_heads(tmp_path: Path) -> None:
    limits = ListenerLimits(head_seconds=5, connections_per_address=4)
    async with opened(tmp_path, listener=limits) as door:
        held = [await asyncio.open_connection("127.0.0.1", door.port) for _ in range(4)]
        async with asyncio.timeout(5):
            while len(door.listener._server.server_state.connections) < 4:
                await asyncio.sleep(0.01)

        assert await door.talk(head(a_message(), length=0)) == b""

        for _, writer in held:
            writer.close()
            await writer.wait_closed()
        async with asyncio.timeout(5):
            while door.listener._server.server_state.connections:
                await asyncio.sleep(0.01)
        await others_are_served(door)


async def test_row_32_a_head_that_never_ends_is_given_up(door: Door) -> None:
    answer = await door.talk(b"POST /as2 HTTP/1.1\r\nHost: x\r\n", seconds=5)

    assert answer == b"" and QUICK.head_seconds < 5
    await others_are_served(door)


@pytest.mark.parametrize(
    ("lead", "piece"),
    [
        (b"0\r\n", b"X-More: " + b"y" * 1000 + b"\r\n"),
        (b"0\r\nX-More: ", b"y" * 1000),
        (b"5;more=", b"y" * 1000),
        (b"", b"0" * 1000),
    ],
    ids=["fields behind the last chunk", "one such field", "what stands beside a chunk's length", "that length"],
)
async def test_row_32_what_is_neither_head_nor_content_never_grows(tmp_path: Path, lead: bytes, piece: bytes) -> None:
    async with opened(tmp_path, limits=DoorLimits(body=BodyLimits(idle_seconds=60))) as door:
        reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
        writer.write(head(a_message(), "Transfer-Encoding: chunked") + b"1\r\nx\r\n" + lead)

        async def pour() -> None:
            while True:
                writer.write(piece * 64)
                await writer.drain()

        with pytest.raises(ConnectionError):
            async with asyncio.timeout(5):
                await pour()
        del reader
        await others_are_served(door)
        assert [one.channel for one in door.transmissions] == ["bolt-as2"]


async def test_row_30_a_field_behind_the_last_chunk_is_no_field_of_the_head(door: Door) -> None:
    packed = a_message()
    raw = whole(packed.body)

    answer = await door.talk(
        head(packed, "Transfer-Encoding: chunked", "Connection: close"),
        b"%x\r\n%s\r\n0\r\nX-Injected: yes\r\nAS2-From: BOLT AS2\r\n\r\n" % (len(raw), raw),
    )

    assert b"processed\r\n" in answer and [one.channel for one in door.transmissions] == ["acme-as2"]
    assert not any(name.lower() == "x-injected" for name, _ in door.messages[0].headers)


async def test_row_32_a_backlog_over_its_limit_answers_busy_before_the_body(tmp_path: Path) -> None:
    async with opened(tmp_path, writer={"backlog_limit": 0}) as door:
        answer = await door.send(a_message())

        assert answer.status == 503 and answer.headers["retry-after"]
        assert door.messages == [] and len(door.audit) == 1


async def test_a_disk_that_refuses_is_no_receipt(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise MachineError("blobs: no space left on device")

    monkeypatch.setattr("gateway.store.writer.work.process", full)
    first = await door.send(a_message())
    monkeypatch.undo()

    again = await door.send(a_message())

    assert first.status == 503 and b"space" not in first.body
    assert again.disposition == "processed" and len(door.transmissions) == 1


# ---------------------------------------------------------------------------------------------- 35, 36: secrets


async def test_row_35_changing_any_block_of_what_is_encrypted_gives_one_answer(door: Door) -> None:
    """CBC lets anybody change plain text they cannot read; nothing tells them what came of it."""
    packed = a_message(ORDER * 20)
    raw = whole(packed.body)
    said = set()
    for number, at in enumerate(range(len(raw) - 1200, len(raw), 97)):
        body = bytearray(raw)
        body[at] ^= 0x80
        answer = await door.send(replace(a_message(number=number), body=Memory(bytes(body))))
        said.add((answer.status, answer.disposition, answer.mdn().text))

    assert said == {(200, "processed/error: decryption-failed", "The message could not be decrypted.")}
    assert door.transmissions == []


async def test_row_35_a_key_that_was_tampered_with_gives_the_same_answer(door: Door) -> None:
    """Bleichenbacher: whether what came out of RSA was padded rightly shows neither in words nor in another road."""
    packed = a_message()
    raw = whole(packed.body)
    start = raw.index(b"\x04\x82\x01\x00") + 4
    said = set()
    for number, at in enumerate((start, start + 1, start + 100, start + 255)):
        body = bytearray(raw)
        body[at] ^= 1
        answer = await door.send(replace(a_message(number=number), body=Memory(bytes(body))))
        said.add((answer.status, answer.disposition, answer.mdn().text))

    assert said == {(200, "processed/error: decryption-failed", "The message could not be decrypted.")}
    assert door.transmissions == []


@pytest.mark.parametrize("wrong", [{"recipient": "mallory"}, {"signer": "mallory"}], ids=["key", "signature"])
async def test_row_35_what_does_not_open_is_answered_in_steps_of_time(tmp_path: Path, wrong: dict[str, str]) -> None:
    """A tenth of a millisecond tells whether what was decrypted could be read: no answer comes at such a time."""
    async with opened(tmp_path, limits=replace(PATIENT, step_seconds=0.5)) as door:
        started = asyncio.get_running_loop().time()

        answer = await door.send(a_message(**{name: somebody(who) for name, who in wrong.items()}))  # type: ignore[arg-type]

        assert answer.disposition == "processed/error: decryption-failed"
        assert asyncio.get_running_loop().time() - started >= 0.5
        await others_are_served(door)


async def test_row_36_no_key_or_content_is_in_any_log(tmp_path: Path) -> None:
    secret = ourselves().key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    out = io.StringIO()
    async with opened(tmp_path) as door:
        structlog.configure(logger_factory=structlog.PrintLoggerFactory(out))
        try:
            for packed in (
                a_message(b"ISA*TOP-SECRET-ORDER*~"),
                a_message(b"ISA*TOP-SECRET-ORDER*~", number=2, signer=somebody("mallory")),
                a_message(b"ISA*TOP-SECRET-ORDER*~", number=3, profile=PackProfile(encrypt=False)),
                a_message(b"ISA*TOP-SECRET-ORDER*~", as2_from="MALLORY"),
            ):
                await door.send(packed)
        finally:
            structlog.reset_defaults()
        logged = out.getvalue() + json.dumps(door.lines, default=repr)

        assert "acme-as2" in logged
        assert "TOP-SECRET" not in logged
        assert not any(line in logged for line in secret.splitlines()[1:-1])


async def test_row_26_nobody_writes_our_log(door: Door) -> None:
    packed = a_message()
    raw = head(packed, "Connection: close", length=0).replace(b"<0001@", b"<0001\x1b[31m\xe2\x80\xae@")
    await door.talk(raw)
    await door.send(a_message(as2_from='MALLORY "} \\'))

    assert all("\x1b" not in str(value) and str(value).isascii() for line in door.audit for value in line.values())
    assert "MALLORY" in str(door.audit[-1]["as2_from"])
