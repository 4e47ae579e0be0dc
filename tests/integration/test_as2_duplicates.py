"""The same message again, at once or later, and another under its Message-ID: one effect, and the same receipt."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.as2.pack import PackProfile
from gateway.as2.source import whole
from tests.integration.as2_door import ORDER, Door, a_database, a_message, opened

OTHER = ORDER.replace(b"000000001", b"000000002")


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    async with opened(tmp_path) as door:
        yield door


async def test_the_same_bytes_again_get_the_stored_receipt_byte_for_byte(door: Door) -> None:
    packed = a_message()

    first, second = await door.send(packed), await door.send(packed)

    assert second.wire == first.wire
    assert len(door.transmissions) == len(door.messages) == len(door.work) == 1
    assert len(door.events("message.repeated")) == 1


async def test_the_same_content_encrypted_anew_is_the_same_message(door: Door) -> None:
    one, other = a_message(), a_message()
    assert whole(one.body) != whole(other.body)

    first, second = await door.send(one), await door.send(other)

    assert second.wire == first.wire
    assert len(door.transmissions) == 1


async def test_a_receipt_stays_the_same_when_another_key_would_sign_it_now(tmp_path: Path) -> None:
    packed = a_message()
    with a_database(tmp_path):
        pass
    async with opened(tmp_path) as door:
        first = await door.send(packed)
    async with opened(tmp_path) as door:
        second = await door.send(packed)

        assert second.wire == first.wire and len(door.transmissions) == 1


async def test_copies_in_flight_are_taken_once_and_all_get_the_same_receipt(door: Door) -> None:
    packed = a_message()

    answers = await asyncio.gather(*(door.send(packed) for _ in range(12)))

    assert len({(answer.status, answer.wire) for answer in answers}) == 1
    assert answers[0].disposition == "processed"
    assert len(door.transmissions) == len(door.messages) == len(door.work) == 1


async def test_the_same_message_id_of_another_partner_is_another_message(door: Door) -> None:
    for partner in ("acme", "bolt"):
        answer = await door.send(a_message(partner=partner, message_id="<1@x.example>"))
        assert answer.disposition == "processed"

    assert [one.channel for one in door.transmissions] == ["acme-as2", "bolt-as2"]


async def test_other_content_under_a_known_message_id_is_an_error_and_waits_for_a_person(door: Door) -> None:
    first = await door.send(a_message(ORDER))

    second = await door.send(a_message(OTHER))

    taken, aside = door.transmissions
    assert second.disposition == "processed/error: unexpected-processing-error"
    assert second.mdn().signed_by is not None and second.mdn().mic is None
    assert (taken.state, aside.state) == ("received", "quarantined")
    assert aside.reason == f"its Message-ID was used for {door.messages[0].id}, with other content"
    assert door.work == [[[taken.id]]]
    assert sorted(door.contents()) == [ORDER, OTHER]
    assert len(door.events("message.conflict")) == len(door.events("transmission.quarantined")) == 1
    assert (await door.send(a_message(ORDER))).wire == first.wire


async def test_two_others_at_once_under_one_message_id_are_one_taken_and_one_set_aside(door: Door) -> None:
    answers = await asyncio.gather(door.send(a_message(ORDER)), door.send(a_message(OTHER)))

    assert sorted(answer.disposition for answer in answers) == [
        "processed",
        "processed/error: unexpected-processing-error",
    ]
    assert sorted(one.state for one in door.transmissions) == ["quarantined", "received"]


async def test_a_message_that_was_refused_may_come_again_under_its_id(door: Door) -> None:
    refused = await door.send(a_message(profile=PackProfile(encrypt=False)))
    assert refused.disposition == "processed/error: insufficient-message-security"

    again = await door.send(a_message())

    assert again.disposition == "processed" and len(door.transmissions) == 1


async def test_long_message_ids_that_begin_alike_are_told_apart(door: Door) -> None:
    one = a_message()
    for end in ("a", "b"):
        answer = await door.send(one, Message_ID=f"<{'x' * 600}{end}@acme.example>")
        assert answer.disposition == "processed"

    assert len(door.transmissions) == 2


async def test_a_receipt_asked_for_only_the_second_time_is_given(door: Door) -> None:
    await door.send(a_message(request=None))

    assert (await door.send(a_message())).disposition == "processed"
    assert len(door.transmissions) == 1
