"""Messages that are good: taken, stored and answered over real HTTP."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.as2.mic import mics
from gateway.as2.pack import PackProfile
from gateway.as2.receipt import Sent, matches
from gateway.as2.request import MdnRequest
from gateway.as2.source import whole
from tests.integration.as2_door import (
    ORDER,
    UNSIGNED_SYNC,
    Door,
    a_message,
    a_party,
    opened,
    receiving,
    somebody,
    with_fields,
)


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    async with opened(tmp_path) as door:
        yield door


async def test_a_signed_and_encrypted_message_is_stored_and_answered_with_a_signed_receipt(door: Door) -> None:
    packed = a_message()

    answer = await door.send(packed)

    mdn = answer.mdn()
    verdict = matches(mdn, Sent(message_id="<0001@acme.example>", mics=packed.mics, signed=True))
    assert (answer.status, verdict.outcome) == (200, "confirmed")
    assert mdn.as2_from == "HARBORPINE" and mdn.as2_to == "ACME AS2"
    assert len(answer.headers.getall("Date")) == 1
    assert door.contents() == [ORDER]
    assert door.work == [[[door.transmissions[0].id]]]


async def test_the_message_as_it_came_and_its_receipt_are_kept_as_evidence(door: Door) -> None:
    packed = a_message()

    answer = await door.send(packed)

    (message,) = door.messages
    assert message.sha256 == hashlib.sha256(whole(packed.body)).hexdigest()
    assert ["content-type", dict(packed.headers.fields)["Content-Type"]] in message.headers
    assert message.mdn_sha256 == hashlib.sha256(answer.body).hexdigest()
    assert (message.state, message.mdn_state, message.disposition) == ("taken", "answered", "processed")
    assert message.security["cipher"] == "aes256-cbc" and message.security["digest"] == "sha256"
    assert message.mics == dict(packed.mics) and len(message.mics) == 6


async def test_what_was_in_it_is_a_transmission_of_its_channel(door: Door) -> None:
    await door.send(a_message())

    (one,), (part,) = door.transmissions, door.parts
    assert (one.channel, one.door, one.file_name, one.remote) == ("acme-as2", "as2", "orders.edi", "127.0.0.1")
    assert (part.transmission_id, part.as2_message_id, part.ordinal) == (one.id, door.messages[0].id, 0)
    assert part.content_type == "application/edi-x12"


async def test_every_request_has_one_audit_line(door: Door) -> None:
    await door.send(a_message())

    (line,) = door.audit
    assert (line["result"], line["channel"], line["message_id"]) == ("taken", "acme-as2", "<0001@acme.example>")


async def test_several_attachments_are_several_transmissions_in_one_commit(door: Door) -> None:
    answer = await door.send(a_message(ORDER, ORDER + b"GS~", b"%PDF-1.7"))

    assert answer.disposition == "processed"
    assert door.contents() == [ORDER, ORDER + b"GS~", b"%PDF-1.7"]
    assert [part.ordinal for part in door.parts] == [0, 1, 2]
    assert len(door.messages) == 1


@pytest.mark.parametrize(
    "profile",
    [
        PackProfile(compress="before"),
        PackProfile(compress="after"),
        PackProfile(cipher="aes128-cbc", digest="sha512", pss=True),
        PackProfile(transport="oaep-sha256", by="ski", attributes=False),
    ],
    ids=["compressed before", "compressed after", "sha512 with PSS", "OAEP, key identifier, no attributes"],
)
async def test_the_ways_of_partners_are_read(door: Door, profile: PackProfile) -> None:
    packed = a_message(profile=profile)

    answer = await door.send(packed)

    sent = Sent(message_id="<0001@acme.example>", mics=packed.mics, signed=True)
    assert matches(answer.mdn(), sent).outcome == "confirmed"
    assert door.contents() == [ORDER]


async def test_a_receipt_that_nobody_asked_to_be_signed_is_not(door: Door) -> None:
    answer = await door.send(a_message(request=UNSIGNED_SYNC))

    assert answer.mdn().signed_by is None and answer.disposition == "processed"


async def test_who_asks_for_no_receipt_gets_an_empty_answer(door: Door) -> None:
    answer = await door.send(a_message(request=None))

    assert (answer.status, answer.body) == (200, b"")
    assert (door.messages[0].mdn_state, len(door.transmissions)) == ("", 1)


async def test_the_mic_is_by_the_digest_that_is_asked_for(door: Door) -> None:
    request = MdnRequest(notify="x", signed=True, micalgs=("sha1", "sha-512"))
    packed = a_message(request=request)

    mdn = (await door.send(packed)).mdn()

    assert mdn.mic is not None and mdn.mic.digest == "sha1"
    assert mdn.mic.value == packed.mics["sha1"] and mdn.mic_text.endswith(", sha1")
    assert mdn.signed_by is not None


async def test_both_paths_take_messages(door: Door) -> None:
    assert (await door.send(a_message(number=1), path="/as2/mdn")).disposition == "processed"
    assert (await door.send(a_message(number=2), path="/as2/")).disposition == "processed"


async def test_a_message_comes_in_chunks_too(door: Door) -> None:
    packed = a_message(ORDER * 2000)
    body = whole(packed.body)

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 10_000):
            yield body[start : start + 10_000]

    answer = await door.post(packed.headers.fields, pieces())

    assert answer.disposition == "processed" and door.contents() == [ORDER * 2000]


async def test_who_expects_100_continue_gets_it_before_the_body_is_sent(door: Door) -> None:
    packed = a_message()
    body = whole(packed.body)
    fields = "".join(f"{name}: {value}\r\n" for name, value in packed.headers.fields)
    head = f"POST /as2 HTTP/1.1\r\nHost: x\r\n{fields}Content-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n"

    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    writer.write(head.encode())
    first = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5)
    writer.write(body)
    second = await asyncio.wait_for(reader.readuntil(b"\r\n"), 5)
    writer.close()

    assert first.startswith(b"HTTP/1.1 100") and second.startswith(b"HTTP/1.1 200")


async def test_who_expects_100_continue_and_is_refused_sends_no_body(door: Door) -> None:
    fields = "".join(f"{name}: {value}\r\n" for name, value in a_message(as2_from="MALLORY").headers.fields)
    head = f"POST /as2 HTTP/1.1\r\nHost: x\r\n{fields}Content-Length: 9000\r\nExpect: 100-continue\r\n\r\n"

    answer = await door.talk(head.encode())

    assert b"100 Continue" not in answer and b"unknown-trading-relationship" in answer


async def test_a_large_message_costs_files_and_no_rows(door: Door) -> None:
    data = ORDER * 30_000

    answer = await door.send(a_message(data))

    assert answer.disposition == "processed"
    assert door.contents() == [data]
    assert door.messages[0].size > 3_000_000


async def test_old_and_new_certificate_are_both_accepted_while_they_change(tmp_path: Path) -> None:
    from tests.integration.as2_door import dated

    both = [dated("acme/old.pem", somebody("acme")), dated("acme/new.pem", somebody("acme again"))]
    async with opened(tmp_path, a_party(theirs=both)) as door:
        assert (await door.send(a_message(number=1))).disposition == "processed"
        assert (await door.send(a_message(number=2, signer=somebody("acme again")))).disposition == "processed"


async def test_a_partner_of_a_channel_without_encryption_may_leave_it_out(tmp_path: Path) -> None:
    async with opened(tmp_path, a_party(**receiving(encrypted="false"))) as door:
        answer = await door.send(a_message(profile=PackProfile(encrypt=False)))

        assert answer.disposition == "processed" and door.contents() == [ORDER]


async def test_gcm_is_taken_where_it_stands_alone(tmp_path: Path) -> None:
    async with opened(tmp_path, a_party(**receiving(ciphers=("aes256-gcm",)))) as door:
        gcm, cbc = PackProfile(cipher="aes256-gcm"), PackProfile(cipher="aes256-cbc")

        assert (await door.send(a_message(number=1, profile=gcm))).disposition == "processed"
        refused = await door.send(a_message(number=2, profile=cbc))
        assert refused.disposition == "processed/error: insufficient-message-security"


async def test_a_file_name_is_data_and_never_a_path(door: Door, tmp_path: Path) -> None:
    before = {path for path in tmp_path.rglob("*") if path.is_dir()}

    for number, name in enumerate(("../../etc/passwd", "C:\\autorun\\x.py", "../autorun/run.sh"), 1):
        assert (await door.send(a_message(number=number, file_name=name))).disposition == "processed"

    assert [one.file_name for one in door.transmissions] == ["passwd", "x.py", "run.sh"]
    assert {path for path in tmp_path.rglob("*") if path.is_dir()} == before
    assert not [path for path in tmp_path.rglob("*") if path.name in ("passwd", "x.py", "run.sh")]


async def test_a_message_without_transfer_encoding_is_binary(door: Door) -> None:
    packed = with_fields(a_message(), Content_Transfer_Encoding=None)

    assert (await door.send(packed)).disposition == "processed"


async def test_equal_mics_are_of_equal_content() -> None:
    one, other = a_message(), a_message(number=2)

    assert one.mics == other.mics != mics({"sha256": hashlib.sha256(ORDER).digest()})
    assert whole(one.body) != whole(other.body)
    assert replace(one, body=other.body).mics == one.mics
