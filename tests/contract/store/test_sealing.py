"""What is translated is numbered, written, stored and laid out in one transaction, each document once."""

import asyncio
import dataclasses
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from gateway.errors import MachineError
from gateway.pipeline.outbound.seal import pack
from gateway.pipeline.outbound.waiting import Waiting
from gateway.store.database import Database
from gateway.store.journal import StoreJournal
from gateway.store.numbers import LARGEST
from gateway.store.tables import (
    CONTROL_NUMBER,
    DOCUMENT,
    EVENT,
    MAILBOX_ENTRY,
    OUTBOUND_GROUP,
    OUTBOUND_INTERCHANGE,
    UNSEALED_SET,
)
from tests.contract.store.sending import handed_in, packed, read, sealed, translated
from tests.contract.store.shop import Shop, an_interchange


async def test_a_translated_document_becomes_an_interchange_in_the_outbound_folder(shop: Shop) -> None:
    document = await handed_in(shop, "HP-1")

    sealed(shop)

    [entry] = shop.mail("outbound")
    data = entry.content.inline or b""
    interchange, [group] = read(data)
    assert (entry.name, entry.state) == ("acme-810-000000001.x12", "ready")
    assert (interchange.status, group.status, group.header.control_number) == ("A", "A", "1")
    row = shop.all(DOCUMENT, DOCUMENT.c.id == document)[0]
    assert (row.state, row.acknowledgement) == ("sealed", "awaited")
    numbers = (row.interchange_control_number, row.group_control_number, row.set_control_number)
    assert numbers == ("000000001", "1", "0001")
    assert data[row.byte_offset : row.byte_offset + row.byte_length].startswith(b"ST*810*0001~BIG*20260302*HP-1~")
    assert data[row.byte_offset : row.byte_offset + row.byte_length].endswith(b"SE*5*0001~")
    assert shop.all(UNSEALED_SET) == []


async def test_it_is_found_by_its_numbers_and_shown_with_its_file_and_its_bytes(shop: Shop) -> None:
    document = await handed_in(shop, "HP-1")
    sealed(shop)

    detail = shop.questions.document(document)

    assert [row.id for row in shop.questions.documents(search="1", direction="outbound")] == [document]
    assert shop.questions.documents(direction="inbound") == []
    assert detail is not None
    assert detail.row.control_numbers == "000000001/1/0001"
    assert detail.x12.startswith(b"ST*810*0001~")
    assert (detail.sending["name"], detail.sending["state"]) == ("acme-810-000000001.x12", "offered")
    assert (detail.arrived_by, detail.message_id) == ("intake/erp", "key-HP-1")
    assert [event.kind for event in detail.events] == [
        "transmission.received",
        "transmission.processed",
        "document.collected",
        "document.translated",
        "document.sealed",
        "sending.offered",
    ]


async def test_sealing_twice_what_was_read_once_seals_it_once(shop: Shop) -> None:
    await handed_in(shop, "HP-1")
    twice = packed(shop)
    shop.journal.record_sealed(twice)
    before = _counts(shop)

    assert shop.journal.record_sealed(twice) == 0

    assert _counts(shop) == before


async def test_of_two_nodes_that_seal_at_once_each_seals_what_the_other_does_not(
    shop: Shop, opened: Callable[[], Database]
) -> None:
    documents = [await handed_in(shop, f"HP-{number}") for number in range(30)]
    nodes = [shop.journal, StoreJournal(dataclasses.replace(shop.means, database=opened(), node="two"))]
    packings = [packed(shop) for _ in nodes]

    await asyncio.gather(
        *(asyncio.to_thread(node.record_sealed, one) for node, one in zip(nodes, packings, strict=True))
    )
    sealed(shop)  # what each of them left to the other while it was locked

    assert {row.id for row in shop.all(DOCUMENT, DOCUMENT.c.state == "sealed")} == set(documents)
    numbers = sorted(row.control_number for row in shop.all(OUTBOUND_INTERCHANGE))
    assert numbers == list(range(1, 31))
    assert sorted(row.control_number for row in shop.all(OUTBOUND_GROUP)) == list(range(1, 31))


async def test_a_document_translated_anew_since_it_was_read_is_not_sealed_with_what_it_was(shop: Shop) -> None:
    document = await handed_in(shop, "HP-1")
    stale = packed(shop)
    shop.clock.turn(seconds=1)
    with shop.means.database.begin() as connection:
        connection.execute(DOCUMENT.update().values(state="collected"))
    shop.journal.record_collected([translated(document, "HP-1-corrected")])

    shop.journal.record_sealed(stale)

    assert shop.state(document) == "translated"
    sealed(shop)
    assert b"BIG*20260302*HP-1-corrected~" in (shop.mail("outbound")[0].content.inline or b"")


async def test_our_acknowledgements_count_in_the_same_numbers(shop: Shop) -> None:
    await handed_in(shop, "HP-1")
    await shop.processed(an_interchange())
    sealed(shop)
    await shop.processed(an_interchange("000000002"))

    headers = [read(entry.content.inline or b"") for entry in shop.mail("outbound")]
    assert [one.header.control_number for one, _ in headers] == ["000000001", "000000002", "000000003"]
    assert [group.header.control_number for _, [group] in headers] == ["1", "2", "3"]


async def test_tests_and_production_count_isa13_apart_and_gs06_together(shop: Shop) -> None:
    await handed_in(shop, "HP-1")
    await handed_in(shop, "HP-2", terms={"usage": "T"})

    sealed(shop)

    rows = [(row.usage, row.control_number) for row in shop.all(OUTBOUND_INTERCHANGE)]
    assert sorted(rows) == [("P", 1), ("T", 1)]
    assert sorted(row.control_number for row in shop.all(OUTBOUND_GROUP)) == [1, 2]


async def test_999999999_is_followed_by_1(shop: Shop) -> None:
    await handed_in(shop, "HP-1")
    sealed(shop)
    with shop.means.database.begin() as connection:
        connection.execute(CONTROL_NUMBER.update().values(value=LARGEST))

    await handed_in(shop, "HP-2")
    sealed(shop)

    names = [entry.name for entry in shop.mail("outbound")]
    assert [row.control_number for row in shop.all(OUTBOUND_INTERCHANGE)] == [1, 1]
    assert len(set(names)) == 2
    assert names[1].startswith("acme-810-000000001-")


async def test_a_transaction_that_fails_leaves_no_number_and_no_file_behind(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    await handed_in(shop, "HP-1")
    before = _counts(shop)

    def full(*_: Any) -> None:
        raise MachineError("disk full")

    with monkeypatch.context() as patch, pytest.raises(MachineError):
        patch.setattr("gateway.store.sealings.put_entries", full)
        sealed(shop)

    assert _counts(shop) == before
    sealed(shop)
    assert [row.control_number for row in shop.all(OUTBOUND_INTERCHANGE)] == [1]


async def test_one_that_cannot_be_written_is_held_alone_and_takes_no_number(shop: Shop) -> None:
    bad = await handed_in(shop, "HP-1", segments=(("BIG", "20260302", "a~b"),))
    good = await handed_in(shop, "HP-2")

    with capture_logs():
        sealed(shop)

    assert (shop.state(bad), shop.state(good)) == ("held", "sealed")
    detail = shop.questions.document(bad)
    assert detail is not None
    assert detail.row.reason == "the gateway could not seal it: OutputRefused"
    assert [row.control_number for row in shop.all(OUTBOUND_INTERCHANGE)] == [1]
    assert shop.all(UNSEALED_SET) == []


async def test_files_that_would_have_one_name_keep_their_own(shop: Shop) -> None:
    await handed_in(shop, "HP-1")
    await handed_in(shop, "HP-2", terms={"usage": "T"})

    sealed(shop)

    names = [entry.name for entry in shop.mail("outbound")]
    assert len(set(names)) == 2
    assert all(name.startswith("acme-810-000000001") for name in names)


async def test_a_large_set_is_read_from_its_file(shop: Shop) -> None:
    lines = tuple(("IT1", str(n), "2", "EA", "1.25", "", "VN", f"AB-{n}") for n in range(1, 3000))
    await handed_in(shop, "HP-1", segments=(("BIG", "20260302", "HP-1"), *lines, ("TDS", "749750")))

    sealed(shop)

    entry = shop.mail("outbound")[0]
    data = b"".join(shop.means.blobs.chunks(entry.content))
    assert (entry.content.inline, read(data)[0].status) == (None, "A")
    assert b"IT1*2999*2*EA*1.25**VN*AB-2999~" in data


# ---------------------------------------------------------------------------------------------- together and in time


async def test_a_batch_waits_until_it_is_full(shop: Shop) -> None:
    batch = {"batch_sets": 3, "batch_wait_minutes": 10}
    for number in range(2):
        await handed_in(shop, f"HP-{number}", terms=batch)
    assert shop.journal.sealable() == []

    for number in range(2, 4):
        await handed_in(shop, f"HP-{number}", terms=batch)
    sealed(shop)

    assert [row.sets for row in shop.all(OUTBOUND_GROUP)] == [3]
    assert [row.state for row in shop.all(DOCUMENT)] == ["sealed", "sealed", "sealed", "translated"]
    ordinals = [(row.set_control_number, row.ordinal) for row in shop.all(DOCUMENT, DOCUMENT.c.state == "sealed")]
    assert ordinals == [("0001", 1), ("0002", 2), ("0003", 3)]


async def test_what_waits_is_told_with_how_many_are_here_and_until_when(shop: Shop) -> None:
    batch = {"batch_sets": 3, "batch_wait_minutes": 10}
    first = await handed_in(shop, "HP-1", terms=batch)
    due, opens = shop.means.now() + timedelta(minutes=10), shop.means.now() + timedelta(hours=1)
    shop.clock.turn(minutes=5)
    await handed_in(shop, "HP-2", terms=batch)
    closed = await handed_in(shop, "HP-3", opens_at=opens)

    told = [shop.questions.document(one) for one in (first, closed)]
    assert [one and one.waiting for one in told] == [
        Waiting(opens_at=due - timedelta(minutes=10), due_at=due, here=2, most_sets=3),
        Waiting(opens_at=opens, due_at=opens, here=1, most_sets=1),
    ]

    shop.clock.turn(minutes=10)
    sealed(shop)
    gone = shop.questions.document(first)
    assert gone is not None
    assert gone.waiting is None


async def test_what_is_due_goes_with_all_that_waits_for_it(shop: Shop) -> None:
    batch = {"batch_sets": 5, "batch_wait_minutes": 10}
    await handed_in(shop, "HP-1", terms=batch)
    assert shop.delays("seal") == [0.0, 600.0]
    shop.clock.turn(minutes=9)
    await handed_in(shop, "HP-2", terms=batch)
    shop.clock.turn(minutes=1)

    sealed(shop)

    assert [row.sets for row in shop.all(OUTBOUND_GROUP)] == [2]


async def test_the_urgent_lane_goes_first_whatever_came_first(shop: Shop) -> None:
    for number, lane in enumerate(("bulk", "normal", "urgent", "bulk", "urgent")):
        await handed_in(shop, f"HP-{number}", terms={"lane": lane})

    sealed(shop)

    rows = sorted(shop.all(OUTBOUND_INTERCHANGE), key=lambda row: int(row.control_number))
    assert [row.lane for row in rows] == ["urgent", "urgent", "normal", "bulk", "bulk"]


async def test_the_urgent_lane_is_the_first_that_is_read_when_not_all_can_be(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, lane in enumerate(("bulk", "normal", "bulk", "urgent")):
        await handed_in(shop, f"HP-{number}", terms={"lane": lane})
    monkeypatch.setattr("gateway.store.unsealed.MOST", 2)

    assert [one.terms.lane for one in shop.journal.sealable()] == ["urgent", "normal"]


async def test_a_closed_channel_keeps_its_documents_until_it_opens(shop: Shop) -> None:
    document = await handed_in(shop, "HP-1")
    morning = shop.means.now() + timedelta(hours=3)

    def closed(_channel: str, _time_zone: str, now: datetime) -> datetime:
        return max(morning, now)

    shop.journal.record_sealed(pack(shop.journal.sealable(), closed, shop.means.now()))

    assert (shop.state(document), shop.journal.sealable(), shop.all(OUTBOUND_INTERCHANGE)) == ("translated", [], [])
    assert shop.delays("seal")[-1] == 3 * 3600
    shop.clock.turn(hours=3)
    shop.journal.record_sealed(pack(shop.journal.sealable(), closed, shop.means.now()))
    assert shop.state(document) == "sealed"


async def test_a_document_translated_while_its_channel_is_closed_waits_for_it(shop: Shop) -> None:
    await handed_in(shop, "HP-1", opens_at=shop.means.now() + timedelta(hours=1))

    assert shop.journal.sealable() == []
    assert shop.delays("seal") == [3600.0]
    shop.clock.turn(hours=1)
    assert len(shop.journal.sealable()) == 1


async def test_what_no_work_knows_of_is_sealed_by_the_sweep(shop: Shop) -> None:
    await handed_in(shop, "HP-1")
    known = len(shop.work("seal"))
    shop.clock.turn(minutes=2)

    taken = shop.journal.requeue_stranded(shop.means.now() - timedelta(minutes=1))

    assert taken == 1
    assert len(shop.work("seal")) == known + 1


def _counts(shop: Shop) -> dict[str, int]:
    tables = (CONTROL_NUMBER, OUTBOUND_INTERCHANGE, OUTBOUND_GROUP, MAILBOX_ENTRY, EVENT, UNSEALED_SET)
    numbers = {f"{row.kind} {row.usage}": row.value for row in shop.all(CONTROL_NUMBER)}
    return {table.name: len(shop.all(table)) for table in tables} | numbers
