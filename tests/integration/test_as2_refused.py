"""What is not as agreed: answered in the words of its kind, kept for people, never read as a document."""

import asyncio
import zlib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.as2.cms.compress import compress
from gateway.as2.pack import Packed, PackProfile
from gateway.as2.request import MdnRequest
from gateway.as2.source import Memory, whole
from gateway.transports.as2.door import DoorLimits
from tests.integration.as2_door import (
    ORDER,
    PATIENT,
    UNSIGNED_SYNC,
    Answered,
    Door,
    a_message,
    a_party,
    dated,
    opened,
    ourselves,
    receiving,
    somebody,
    with_fields,
)

ERROR = "processed/error: "


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    async with opened(tmp_path) as door:
        yield door


def tampered(packed: Packed, at: int = -20) -> Packed:
    body = bytearray(whole(packed.body))
    body[at] ^= 1
    return replace(packed, body=Memory(bytes(body)))


def nothing_was_let_in(door: Door) -> None:
    assert door.transmissions == [] == door.work
    (line,) = door.audit
    assert line["result"].startswith("refused") and line["log_level"] == "warning"


async def refused(door: Door, packed: Packed) -> Answered:
    answer = await door.send(packed)
    nothing_was_let_in(door)
    (message,) = door.messages
    assert message.state == "refused" and message.reason and message.mics == {}
    assert len(door.events("message.refused")) == 1
    assert (await door.send(a_message(partner="bolt"))).disposition == "processed", "others are served"
    return answer


async def test_a_message_that_is_encrypted_and_not_signed_is_refused(door: Door) -> None:
    answer = await refused(door, a_message(profile=PackProfile(sign=False)))

    # Nobody vouched for it, so it is told as everything that comes out of decrypting.
    assert answer.disposition == f"{ERROR}decryption-failed"
    assert answer.mdn().signed_by is not None


async def test_a_message_that_is_neither_signed_nor_encrypted_is_refused_in_the_name_of_a_partner(door: Door) -> None:
    answer = await refused(door, a_message(profile=PackProfile(sign=False, encrypt=False)))

    assert answer.disposition == f"{ERROR}insufficient-message-security"


async def test_an_unencrypted_message_is_refused_without_its_body(door: Door) -> None:
    fields = "".join(
        f"{n}: {v}\r\n" for n, v in a_message(profile=PackProfile(sign=False, encrypt=False)).headers.fields
    )
    head = f"POST /as2 HTTP/1.1\r\nHost: x\r\n{fields}Content-Length: 5000000\r\n\r\n"

    answer = await door.talk(head.encode(), seconds=5)

    assert b"insufficient-message-security" in answer
    nothing_was_let_in(door)
    assert door.messages[0].sha256 is None


async def test_a_signed_message_in_the_clear_is_refused_where_encryption_is_agreed(door: Door) -> None:
    answer = await refused(door, a_message(profile=PackProfile(encrypt=False)))

    assert answer.disposition == f"{ERROR}insufficient-message-security"


async def test_a_signature_of_somebody_else_is_refused(door: Door) -> None:
    answer = await refused(door, a_message(signer=somebody("mallory")))

    # Nothing vouched for what was decrypted, so it is told as what it might be.
    assert answer.disposition == f"{ERROR}decryption-failed"


async def test_a_signature_of_somebody_else_in_the_clear_is_told_as_such(tmp_path: Path) -> None:
    async with opened(tmp_path, a_party(**receiving(encrypted="false")), a_party("bolt")) as door:
        answer = await refused(door, a_message(profile=PackProfile(encrypt=False), signer=somebody("mallory")))

        assert answer.disposition == f"{ERROR}authentication-failed"


async def test_content_that_was_changed_is_refused(tmp_path: Path) -> None:
    async with opened(tmp_path, a_party(**receiving(encrypted="false")), a_party("bolt")) as door:
        packed = a_message(profile=PackProfile(encrypt=False))
        changed = replace(packed, body=Memory(whole(packed.body).replace(b"000000001", b"000000009")))

        assert (await refused(door, changed)).disposition == f"{ERROR}integrity-check-failed"


async def test_sha1_is_refused_where_it_is_not_permitted(door: Door) -> None:
    profile = PackProfile(digest="sha1", allowed=frozenset({"sha1"}))

    answer = await refused(door, a_message(profile=profile))

    assert answer.disposition == f"{ERROR}decryption-failed"


async def test_sha1_is_taken_where_it_is_permitted(tmp_path: Path) -> None:
    async with opened(tmp_path, a_party(**receiving(digests=("sha1",)))) as door:
        profile = PackProfile(digest="sha1", allowed=frozenset({"sha1"}))

        assert (await door.send(a_message(profile=profile))).disposition == "processed"


async def test_3des_is_refused_where_it_is_not_permitted(door: Door) -> None:
    answer = await refused(door, a_message(profile=PackProfile(cipher="3des-cbc")))

    assert answer.disposition == f"{ERROR}insufficient-message-security"


async def test_a_message_for_somebody_elses_key_is_refused(door: Door) -> None:
    answer = await refused(door, a_message(recipient=somebody("mallory")))

    assert answer.disposition == f"{ERROR}decryption-failed"


async def test_a_certificate_that_is_over_verifies_nothing_unless_that_is_written(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    over = dated("acme/2025.pem", somebody("acme"), ends=now - timedelta(days=1))
    async with opened(tmp_path / "a", a_party(theirs=[over]), a_party("bolt")) as door:
        assert (await refused(door, a_message())).disposition == f"{ERROR}decryption-failed"


async def test_whatever_is_wrong_behind_the_encryption_has_the_same_words(tmp_path: Path) -> None:
    """Nobody who tries keys, paddings or contents on us learns which of them was wrong."""
    async with opened(tmp_path) as door:
        wrong = [
            tampered(a_message(number=1)),  # the last block: a padding
            tampered(a_message(number=2), -400),
            a_message(number=3, recipient=somebody("mallory")),
            a_message(number=4, signer=somebody("mallory")),
            a_message(number=5, profile=PackProfile(digest="sha1", allowed=frozenset({"sha1"}))),
            a_message(number=6, profile=PackProfile(sign=False)),
        ]
        answers = [await door.send(packed) for packed in wrong]

        assert {(answer.status, answer.disposition, answer.mdn().text) for answer in answers} == {
            (200, f"{ERROR}decryption-failed", "The message could not be decrypted.")
        }
        assert door.transmissions == []
        assert len(door.audit) == len(wrong)


async def test_a_receipt_for_what_failed_has_no_mic_and_our_signature(door: Door) -> None:
    mdn = (await door.send(a_message(recipient=somebody("mallory")))).mdn()

    assert mdn.mic is None and mdn.signed_by == ourselves().certificate


async def test_without_a_receipt_the_status_says_that_it_was_refused(door: Door) -> None:
    answer = await door.send(a_message(request=None, recipient=somebody("mallory")))

    assert (answer.status, answer.body) == (400, b"The message could not be decrypted.")


async def test_refused_messages_are_kept_for_people_when_they_are_small(tmp_path: Path) -> None:
    async with opened(tmp_path, limits=replace(PATIENT, kept_bytes=10_000)) as door:
        await door.send(a_message(number=1, recipient=somebody("mallory")))
        await door.send(a_message(ORDER * 200, number=2, recipient=somebody("mallory")))

        small, large = door.messages
        assert small.sha256 is not None and large.sha256 is None
        assert large.size > 20_000


async def test_what_is_refused_without_end_is_answered_and_no_more_stored(tmp_path: Path) -> None:
    async with opened(tmp_path, limits=replace(PATIENT, refusals_an_hour=3)) as door:
        answers = [await door.send(a_message(number=n, recipient=somebody("mallory"))) for n in range(6)]

        assert {answer.disposition for answer in answers} == {f"{ERROR}decryption-failed"}
        assert len(door.messages) == 3 and len(door.audit) == 6


# ---------------------------------------------------------------------------------------------- size


async def test_a_message_over_the_limit_of_its_channel_is_refused_by_its_length(tmp_path: Path) -> None:
    async with opened(tmp_path, a_party(max_file_bytes="5000"), a_party("bolt")) as door:
        answer = await refused(door, a_message(ORDER * 100))

        assert answer.disposition == f"{ERROR}unexpected-processing-error"
        assert answer.mdn().text == "The message is over a limit of size or number."
        assert door.messages[0].sha256 is None


async def test_a_message_over_the_limit_is_cut_off_where_it_says_no_length(tmp_path: Path) -> None:
    async with opened(tmp_path, a_party(max_file_bytes="50000")) as door:
        packed = a_message()
        sent = 0

        async def pieces() -> AsyncIterator[bytes]:
            nonlocal sent
            for _ in range(10_000):
                sent += 10_000
                yield b"\x30" * 10_000

        answer = await door.post(packed.headers.fields, pieces())

        assert answer.disposition == f"{ERROR}unexpected-processing-error"
        assert sent < 50_000_000 and door.transmissions == []
        assert not list((tmp_path / "spool").iterdir())


async def test_a_bomb_is_refused_before_it_grows(tmp_path: Path) -> None:
    """notes on attacks: 254 KB that grow to 256 MB took 3 GB elsewhere."""
    async with opened(tmp_path, a_party(**receiving(encrypted="false"))) as door:
        into = Memory()
        compress(Memory(b"Content-Type: text/plain\r\n\r\n" + bytes(50_000_000)), into)
        assert into.size < 100_000
        packed = a_message(profile=PackProfile(encrypt=False))
        bomb = with_fields(
            replace(packed, body=into), Content_Type="application/pkcs7-mime; smime-type=compressed-data"
        )

        answer = await door.send(bomb)

        assert answer.disposition == f"{ERROR}decompression-failed"
        nothing_was_let_in(door)


async def test_what_is_no_cms_at_all_is_refused(door: Door) -> None:
    packed = a_message()

    answer = await refused(door, replace(packed, body=Memory(zlib.compress(ORDER))))

    assert answer.disposition.startswith(ERROR)


async def test_a_receipt_that_is_required_and_cannot_be_given_is_said_so(door: Door) -> None:
    packed = with_fields(
        a_message(),
        Disposition_Notification_Options="signed-receipt-protocol=required, pkcs7-signature; "
        "signed-receipt-micalg=required, whirlpool",
    )

    answer = await refused(door, packed)

    assert answer.disposition == "failed/failure: unsupported MIC-algorithms"


async def test_a_digest_in_letters_that_only_look_right_is_none(door: Door) -> None:
    """A long s is an s to who compares without case: it would stand in our receipt, which is ASCII."""
    options = "signed-receipt-protocol=optional, pkcs7-signature; signed-receipt-micalg=optional, \u017fha-256, sha-512"

    answer = await door.send(with_fields(a_message(), Disposition_Notification_Options=options))

    mdn = answer.mdn()
    assert answer.disposition == "processed" and mdn.mic is not None and mdn.mic.digest == "sha512"


async def test_a_coding_that_is_not_read_is_refused(door: Door) -> None:
    answer = await refused(door, with_fields(a_message(), Content_Encoding="gzip"))

    assert answer.disposition == "failed/failure: unsupported format"


# ---------------------------------------------------------------------------------------------- strangers


async def test_unknown_names_get_one_neutral_answer_whatever_was_unknown(tmp_path: Path) -> None:
    from_elsewhere = a_party("bolt", allow_from=("192.0.2.0/24",))
    async with opened(tmp_path, a_party(), from_elsewhere) as door:
        request = UNSIGNED_SYNC
        strangers = [
            a_message(as2_from="MALLORY", request=request),
            a_message(as2_to="SOMEBODY", request=request),
            a_message(as2_from="BOLT AS2", as2_to="ACME AS2", request=request),
            a_message(as2_from="acme as2", request=request),
            a_message(partner="bolt", request=request),
        ]
        answers = [await door.send(packed) for packed in strangers]

        assert {(one.status, one.disposition, one.mdn().text, one.mdn().signed_by) for one in answers} == {
            (
                200,
                f"{ERROR}unknown-trading-relationship",
                "No trading relationship is known between these AS2 names.",
                None,
            )
        }
        assert door.messages == door.transmissions == []
        assert [line["result"] for line in door.audit] == ["refused: unknown"] * 5
        assert 1 <= len(door.events("message.stranger")) <= PATIENT.strangers_an_hour


async def test_a_stranger_never_has_us_call_anybody(door: Door) -> None:
    later = MdnRequest(notify="x", url="http://127.0.0.1:9/mdn")

    answer = await door.send(a_message(as2_from="MALLORY", request=later))

    assert (answer.status, answer.body) == (403, b"No trading relationship is known between these AS2 names.")


async def test_events_about_strangers_are_few_however_many_come(tmp_path: Path) -> None:
    async with opened(tmp_path, limits=replace(PATIENT, strangers_an_hour=2)) as door:
        for number in range(5):
            await door.send(a_message(as2_from=f"MALLORY {number}"))

        assert len(door.events("message.stranger")) == 2 and len(door.audit) == 5


@pytest.mark.parametrize(
    "fields",
    [
        {"AS2_From": None},
        {"AS2_To": None},
        {"Message_ID": None},
        {"AS2_From": "X" * 129},
        {"Message_ID": "<>"},
        {"Subject": "y" * 9000},
    ],
    ids=["no sender", "no receiver", "no id", "a long name", "an empty id", "a long line"],
)
async def test_a_head_that_makes_no_sense_is_a_bad_request(door: Door, fields: dict[str, str | None]) -> None:
    answer = await door.send(with_fields(a_message(), **fields))

    assert answer.status == 400 and door.messages == []
    assert len(door.audit) == 1


async def test_two_senders_in_one_request_are_refused(door: Door) -> None:
    packed = a_message()
    doubled = [*packed.headers.fields, ("AS2-From", "BOLT AS2")]

    answer = await door.post(doubled, whole(packed.body))

    assert answer.status == 400 and door.messages == []


async def test_only_posts_to_its_own_paths_are_taken(door: Door) -> None:
    packed = a_message()

    assert (await door.post(packed.headers.fields, whole(packed.body), path="/api/v1/transmissions")).status == 404
    answer = await door.talk(b"GET /as2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 405") and b"allow: POST" in answer
    assert door.transmissions == []


async def test_limits_have_their_defaults() -> None:
    assert DoorLimits().kept_bytes == 1024 * 1024 and DoorLimits().at_once_per_address < DoorLimits().at_once


async def test_many_bad_ones_at_once_do_not_keep_a_good_one_waiting(door: Door) -> None:
    bad = [door.send(tampered(a_message(number=n))) for n in range(20)]
    *_, good = await asyncio.gather(*bad, door.send(a_message(partner="bolt")))

    assert good.disposition == "processed" and len(door.transmissions) == 1
