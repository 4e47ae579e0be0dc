"""AS2 messages in the store: with their receipt and what was in them in one commit, one per Message-ID, on any node."""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from gateway.errors import Busy, MachineError
from gateway.parcel import Content
from gateway.pipeline.messages import Answer, CameBack, Kept, Message
from gateway.store.database import Database
from gateway.store.later_answers import StoreLaterAnswers, StoreReceiptBook
from gateway.store.means import Means
from gateway.store.tables import AS2_MESSAGE, AS2_PART, AS2_RECEIPT, CONTENT, EVENT, TRANSMISSION
from gateway.store.writer import Writer
from tests.contract.store.rows import work
from tests.contract.store.shop import Shop

RAW = b"the body as it came"


def inline(data: bytes) -> Content:
    return Content(sha256=hashlib.sha256(data).hexdigest(), size=len(data), inline=data)


def a_message(shop: Shop, body: str = "receipt", **about: Any) -> Message:
    values: dict[str, Any] = {
        "channel": "acme-as2",
        "message_id": "<1@acme.example>",
        "as2_from": "ACME",
        "as2_to": "PINE",
        "remote": "192.0.2.7",
        "received_at": shop.means.now(),
        "headers": (("subject", "orders"),),
        "content": inline(RAW),
        "size": len(RAW),
        "mics": {"sha256": "mic-of-one"},
        "content_types": ("application/edi-x12",),
        "answer": Answer(headers=(("Content-Type", "x/y"),), body=body.encode(), disposition="processed"),
    } | about
    return Message(**values)


async def one(shop: Shop, datas: list[bytes], message: Message) -> Kept:
    writer = Writer(shop.means)
    writer.start()
    try:
        parcels = [shop.parcel(data, channel="acme-as2", door="as2") for data in datas]
        return await writer.receive_together(parcels, message)
    finally:
        await asyncio.to_thread(writer.stop)


async def together(shop: Shop, *handed_in: tuple[list[bytes], Message], means: Means | None = None) -> list[Kept]:
    """All at once through one writer, which has time to gather them."""
    writer = Writer(means or shop.means)
    writer.start()
    try:
        return list(
            await asyncio.gather(
                *(
                    writer.receive_together(
                        [shop.parcel(data, channel="acme-as2", door="as2") for data in datas], message
                    )
                    for datas, message in handed_in
                )
            )
        )
    finally:
        await asyncio.to_thread(writer.stop)


def rows(shop: Shop, table: Any) -> list[Any]:
    with shop.means.database.reading() as connection:
        return list(connection.execute(select(table).order_by(*table.primary_key.columns)).all())


def kinds(shop: Shop) -> list[str]:
    return [event.kind for event in rows(shop, EVENT)]


async def test_message_receipt_parcels_and_work_are_there_together(shop: Shop) -> None:
    kept = await one(shop, [b"ISA*1~", b"ISA*2~"], a_message(shop))

    (message,) = rows(shop, AS2_MESSAGE)
    transmissions = {row.id: row for row in rows(shop, TRANSMISSION)}
    assert (kept.outcome, kept.id) == ("stored", message.id)
    assert list(kept.transmissions) == [part.transmission_id for part in sorted(rows(shop, AS2_PART), key=_ordinal)]
    assert [transmissions[id].sha256 for id in kept.transmissions] == [
        inline(b"ISA*1~").sha256,
        inline(b"ISA*2~").sha256,
    ]
    assert (message.state, message.mdn_state, message.mic) == ("taken", "answered", "mic-of-one")
    stored = {row.sha256: row.body for row in rows(shop, CONTENT)}
    assert stored[message.sha256] == RAW and stored[message.mdn_sha256] == b"receipt"
    assert work(shop.means.database, "process") == [("process", [list(kept.transmissions)])]
    assert kinds(shop).count("message.taken") == 1 and kinds(shop).count("transmission.received") == 2


def _ordinal(part: Any) -> int:
    return int(part.ordinal)


async def test_the_same_again_gets_the_stored_receipt_and_stores_nothing(shop: Shop) -> None:
    first = await one(shop, [b"ISA*1~"], a_message(shop, "first"))
    before = [len(rows(shop, table)) for table in (AS2_MESSAGE, TRANSMISSION, CONTENT)]

    again = await one(shop, [b"ISA*1~"], a_message(shop, "second", content=inline(b"encrypted anew")))

    assert again.outcome == "known" and again.id == first.id
    assert again.answer is not None and again.answer.body == b"first"
    assert again.answer.headers == (("Content-Type", "x/y"),)
    assert [len(rows(shop, table)) for table in (AS2_MESSAGE, TRANSMISSION, CONTENT)] == before
    assert kinds(shop).count("message.repeated") == 1


async def test_other_content_under_the_id_is_told_and_nothing_is_stored_of_it(shop: Shop) -> None:
    first = await one(shop, [b"ISA*1~"], a_message(shop))

    other = await one(shop, [b"ISA*2~"], a_message(shop, mics={"sha256": "mic-of-other"}))

    assert (other.outcome, other.id, other.answer) == ("other", first.id, None)
    assert len(rows(shop, TRANSMISSION)) == 1 and len(rows(shop, AS2_MESSAGE)) == 1


async def test_a_conflict_is_stored_beside_and_its_parcels_wait_for_a_person(shop: Shop) -> None:
    await one(shop, [b"ISA*1~"], a_message(shop))

    kept = await one(shop, [b"ISA*2~"], a_message(shop, state="conflict", reason="used before", mics={"sha256": "o"}))

    aside = next(row for row in rows(shop, TRANSMISSION) if row.id == kept.transmissions[0])
    assert (kept.outcome, aside.state, aside.reason) == ("stored", "quarantined", "used before")
    assert [len(arguments[0]) for _, arguments in work(shop.means.database, "process")] == [1]  # type: ignore[arg-type]
    assert "message.conflict" in kinds(shop) and "transmission.quarantined" in kinds(shop)


async def test_what_was_set_aside_can_be_released(shop: Shop) -> None:
    await one(shop, [b"ISA*1~"], a_message(shop))
    kept = await one(shop, [b"ISA*2~"], a_message(shop, state="conflict", reason="used before", mics={"sha256": "o"}))

    shop.operator.release(kept.transmissions[0], reason="the partner meant it", who="ann")

    row = next(row for row in rows(shop, TRANSMISSION) if row.id == kept.transmissions[0])
    assert row.state == "received"


async def test_refused_messages_take_no_message_id(shop: Shop) -> None:
    refused = a_message(shop, state="refused", reason="no", mics={}, content=None, size=9)

    for _ in range(2):
        assert (await one(shop, [], refused)).outcome == "stored"
    assert (await one(shop, [b"ISA*1~"], a_message(shop))).outcome == "stored"

    assert [row.state for row in rows(shop, AS2_MESSAGE)].count("refused") == 2


async def test_copies_in_one_group_are_one_message(shop: Shop) -> None:
    kept = await together(shop, *([([b"ISA*1~"], a_message(shop, f"receipt {number}")) for number in range(8)]))

    stored = [one for one in kept if one.outcome == "stored"]
    assert len(stored) == 1 and {one.outcome for one in kept} == {"stored", "known"}
    assert stored[0].answer is not None
    assert {one.answer.body for one in kept if one.answer} == {stored[0].answer.body}
    assert len(rows(shop, TRANSMISSION)) == 1


async def test_copies_at_two_nodes_are_one_message(shop: Shop, opened: Callable[[], Database]) -> None:
    other = replace(shop.means, database=opened(), node="two")
    for number in range(5):
        message = a_message(shop, f"receipt {number}", message_id=f"<{number}@acme.example>")

        both = await asyncio.gather(
            together(shop, ([b"ISA*1~"], message)),
            together(shop, ([b"ISA*1~"], replace(message, answer=_other(message))), means=other),
        )

        outcomes = sorted(kept.outcome for (kept,) in both)
        bodies = {kept.answer.body for (kept,) in both if kept.answer}
        assert outcomes == ["known", "stored"] and len(bodies) == 1
    assert len(rows(shop, TRANSMISSION)) == len(rows(shop, AS2_MESSAGE)) == 5


def _other(message: Message) -> Answer:
    assert message.answer is not None
    return replace(message.answer, body=b"made by the other node")


async def test_messages_and_files_share_a_group(shop: Shop) -> None:
    writer = Writer(shop.means)
    writer.start()
    try:
        receipt, kept = await asyncio.gather(
            writer.receive(shop.parcel(b"ISA*file~")),
            writer.receive_together([shop.parcel(b"ISA*1~", channel="acme-as2", door="as2")], a_message(shop)),
        )
    finally:
        await asyncio.to_thread(writer.stop)

    assert {row.id for row in rows(shop, TRANSMISSION)} == {receipt.transmission_id, *kept.transmissions}


async def test_nothing_of_a_message_is_stored_when_the_database_refuses(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.store.writer.work.process", _refusing)

    with pytest.raises(MachineError):
        await one(shop, [b"ISA*1~"], a_message(shop))

    assert rows(shop, AS2_MESSAGE) == rows(shop, TRANSMISSION) == rows(shop, AS2_PART) == rows(shop, EVENT) == []


def _refusing(*_: object) -> None:
    raise MachineError("the disk is full")


async def test_a_full_backlog_takes_no_message(shop: Shop) -> None:
    writer = Writer(shop.means, backlog_limit=0)
    writer.start()
    try:
        with pytest.raises(Busy):
            await writer.receive_together([], a_message(shop))
    finally:
        await asyncio.to_thread(writer.stop)


# ---------------------------------------------------------------------------------------------- receipts sent later


def later(shop: Shop, number: int = 1) -> Message:
    url = "https://as2.acme.example/mdn"
    answer = Answer(headers=(("a", "b"),), body=b"receipt", disposition="processed", url=url)
    return a_message(shop, message_id=f"<{number}@acme.example>", answer=answer)


async def test_a_receipt_for_later_is_due_until_it_was_sent(shop: Shop) -> None:
    kept = await one(shop, [b"ISA*1~"], later(shop))
    answers = StoreLaterAnswers(shop.means)

    (due,) = answers.due(limit=10, lease_seconds=60)

    assert (due.id, due.attempts, due.answer.body) == (kept.id, 0, b"receipt")
    assert due.answer.url == "https://as2.acme.example/mdn"
    assert answers.due(limit=10, lease_seconds=60) == []
    answers.sent(due.id, "there")
    shop.clock.turn(minutes=5)
    assert answers.due(limit=10, lease_seconds=60) == []
    (row,) = rows(shop, AS2_MESSAGE)
    assert (row.mdn_state, row.mdn_attempts) == ("sent", 1) and row.mdn_at is not None


async def test_a_receipt_in_hand_stays_there_as_long_as_its_node_says_so(shop: Shop) -> None:
    for number in (1, 2):
        await one(shop, [b"ISA*1~"], later(shop, number))
    answers = StoreLaterAnswers(shop.means)
    first, second = answers.due(limit=10, lease_seconds=60)
    answers.sent(second.id, "there")

    shop.clock.turn(seconds=50)
    answers.hold([first.id, second.id], 60)
    shop.clock.turn(seconds=50)

    assert answers.due(limit=10, lease_seconds=60) == []
    shop.clock.turn(seconds=11)
    assert [one.id for one in answers.due(limit=10, lease_seconds=60)] == [first.id], "its node died"


async def test_a_receipt_that_is_put_off_is_due_then(shop: Shop) -> None:
    await one(shop, [b"ISA*1~"], later(shop))
    answers = StoreLaterAnswers(shop.means)
    (due,) = answers.due(limit=10, lease_seconds=60)

    answers.put_off(due.id, "down", shop.means.now().replace(year=2027))

    assert answers.due(limit=10, lease_seconds=60) == []
    (row,) = rows(shop, AS2_MESSAGE)
    assert (row.mdn_state, row.mdn_reason, row.mdn_next_at) == ("waiting", "down", row.mdn_next_at)
    assert kinds(shop).count("receipt.deferred") == 1


async def test_a_receipt_is_given_up_once(shop: Shop) -> None:
    await one(shop, [b"ISA*1~"], later(shop))
    answers = StoreLaterAnswers(shop.means)
    (due,) = answers.due(limit=10, lease_seconds=60)

    answers.give_up(due.id, "24 hours")
    answers.give_up(due.id, "24 hours")
    answers.sent(due.id, "late")

    assert kinds(shop).count("receipt.given-up") == 1 and "receipt.sent" not in kinds(shop)


async def test_two_nodes_never_have_one_receipt_in_hand(shop: Shop, opened: Callable[[], Database]) -> None:
    for number in range(20):
        await one(shop, [b"ISA*1~"], later(shop, number))
    mine = StoreLaterAnswers(shop.means)
    theirs = StoreLaterAnswers(replace(shop.means, database=opened(), node="two"))

    taken = await asyncio.gather(
        *(asyncio.to_thread(one.due, limit=3, lease_seconds=600) for one in (mine, theirs) * 4)
    )

    ids = [due.id for found in taken for due in found]
    assert len(ids) == len(set(ids))


async def test_the_same_message_again_puts_its_receipt_in_line_again(shop: Shop) -> None:
    await one(shop, [b"ISA*1~"], later(shop))
    answers = StoreLaterAnswers(shop.means)
    (due,) = answers.due(limit=10, lease_seconds=60)
    answers.sent(due.id, "there")

    await one(shop, [b"ISA*1~"], later(shop))

    assert [again.id for again in answers.due(limit=10, lease_seconds=60)] == [due.id]


# ---------------------------------------------------------------------------------------------- receipts that came


def test_a_receipt_that_came_is_kept_with_its_bytes_and_an_event(shop: Shop) -> None:
    came = CameBack(
        channel="acme-as2",
        remote="192.0.2.7",
        received_at=datetime(2026, 1, 2, tzinfo=UTC),
        headers=(("a", "b"),),
        body=b"multipart",
        outcome="confirmed",
        reason="the MIC agrees",
        original_message_id="<1@pine>",
        subject="01FILE",
    )

    StoreReceiptBook(shop.means).keep(came)
    StoreReceiptBook(shop.means).keep(came)

    first, _ = rows(shop, AS2_RECEIPT)
    assert (first.outcome, first.subject, first.headers) == ("confirmed", "01FILE", [["a", "b"]])
    assert [row.body for row in rows(shop, CONTENT)] == [b"multipart"]
    assert kinds(shop) == ["receipt.came"] * 2


def test_a_stranger_is_an_event(shop: Shop) -> None:
    StoreReceiptBook(shop.means).stranger(as2_from="MALLORY", as2_to="PINE", remote="192.0.2.9")

    (event,) = rows(shop, EVENT)
    assert (event.kind, event.who, event.detail["as2_from"]) == ("message.stranger", "address/192.0.2.9", "MALLORY")
