"""The mailbox: what a partner puts, sees, fetches and removes."""

import asyncio
import dataclasses

import pytest

from gateway.errors import UsageError
from gateway.parcel import INLINE_LIMIT
from gateway.store.tables import ACKNOWLEDGEMENT, EVENT
from tests.contract.store.sending import handed_in, sealed
from tests.contract.store.shop import Shop, an_interchange, content_of


def test_a_staged_upload_shows_under_its_temporary_name(shop: Shop) -> None:
    shop.mailbox.stage("acme", "a.tmp", content_of(b"ISA"))

    entry = shop.mailbox.entry("acme", "inbound", "a.tmp")
    assert entry is not None
    assert (entry.state, entry.content.inline, entry.modified_at) == ("staged", b"ISA", shop.means.now())
    assert shop.mailbox.entry("bolt", "inbound", "a.tmp") is None
    assert shop.mailbox.entry("acme", "outbound", "a.tmp") is None


def test_staging_a_name_again_replaces_it(shop: Shop) -> None:
    shop.mailbox.stage("acme", "a.tmp", content_of(b"one"))
    shop.mailbox.stage("acme", "a.tmp", content_of(b"two"))

    assert [entry.content.inline for entry in shop.mail("inbound")] == [b"two"]


def test_a_large_staged_upload_is_read_from_its_file(shop: Shop) -> None:
    data = b"x" * (INLINE_LIMIT + 1)
    shop.mailbox.stage("acme", "a.tmp", shop.means.blobs.keep(data))

    entry = shop.mail("inbound")[0]
    assert b"".join(shop.means.blobs.chunks(entry.content)) == data


def test_a_temporary_name_can_be_changed_to_another_in_the_place_of_what_had_it(shop: Shop) -> None:
    shop.mailbox.stage("acme", "a.tmp", content_of(b"one"))
    shop.mailbox.stage("acme", "b.tmp", content_of(b"two"))

    shop.mailbox.rename("acme", "a.tmp", "b.tmp")

    assert [(one.name, one.content.inline) for one in shop.mail("inbound")] == [("b.tmp", b"one")]
    with pytest.raises(UsageError):
        shop.mailbox.rename("acme", "a.tmp", "c.tmp")


async def test_the_final_name_appears_when_the_temporary_one_goes(shop: Shop) -> None:
    shop.mailbox.stage("acme", "a.tmp", content_of(b"ISA"))

    await shop.receive(shop.parcel(b"ISA", door="sftp", file_name="a.edi", staged_name="a.tmp"))

    assert [(one.name, one.state) for one in shop.mail("inbound")] == [("a.edi", "accepted")]


async def test_a_second_file_of_the_same_name_is_another_transmission(shop: Shop) -> None:
    receipts = await shop.receive(
        shop.parcel(b"one", door="sftp", file_name="a.edi"), shop.parcel(b"two", door="sftp", file_name="a.edi")
    )

    assert len({receipt.transmission_id for receipt in receipts}) == 2
    assert [one.content.inline for one in shop.mail("inbound")] == [b"two"]


async def test_an_accepted_name_is_hidden_after_an_hour_and_a_staged_one_is_not(shop: Shop) -> None:
    await shop.receive(shop.parcel(door="sftp", file_name="a.edi"))
    shop.mailbox.stage("acme", "b.tmp", content_of(b"two"))
    shop.clock.turn(minutes=59)
    before = [entry.name for entry in shop.mail("inbound")]
    shop.clock.turn(minutes=2)

    assert before == ["a.edi", "b.tmp"]
    assert [entry.name for entry in shop.mail("inbound")] == ["b.tmp"]
    assert shop.mailbox.entry("acme", "inbound", "a.edi") is None


async def test_removing_an_accepted_name_leaves_the_document(shop: Shop) -> None:
    receipt = (await shop.receive(shop.parcel(door="sftp", file_name="a.edi")))[0]

    assert shop.mailbox.remove("acme", "inbound", "a.edi")
    assert shop.mail("inbound") == []
    assert shop.journal.received([receipt.transmission_id]) != []
    assert not shop.mailbox.remove("acme", "inbound", "a.edi")


async def test_an_answer_is_ready_then_fetched_then_in_the_archive(shop: Shop) -> None:
    await shop.processed(an_interchange())
    entry = shop.mail("outbound")[0]
    shop.clock.turn(minutes=1)
    fetched_at = shop.means.now()

    shop.mailbox.fetched("acme", entry)
    fetched = shop.mailbox.entry("acme", "outbound", entry.name)
    shop.clock.turn(minutes=1)
    shop.mailbox.fetched("acme", entry)
    removed = shop.mailbox.remove("acme", "outbound", entry.name)

    row = shop.all(ACKNOWLEDGEMENT)[0]
    assert fetched is not None
    assert (fetched.state, removed, row.state, row.fetched_at) == ("fetched", True, "confirmed", fetched_at)
    assert shop.mail("outbound") == []
    assert [(one.name, one.state) for one in shop.mail("archive")] == [(entry.name, "confirmed")]
    kinds = [event.kind for event in shop.all(EVENT) if event.subject == row.id]
    assert kinds == ["acknowledgement.offered", "acknowledgement.fetched", "acknowledgement.confirmed"]


async def test_another_channel_can_neither_fetch_nor_remove(shop: Shop) -> None:
    await shop.processed(an_interchange())
    entry = shop.mail("outbound")[0]

    shop.mailbox.fetched("bolt", entry)

    assert not shop.mailbox.remove("bolt", "outbound", entry.name)
    assert shop.mail("outbound")[0].state == "ready"


def test_names_are_compared_as_text(shop: Shop) -> None:
    for name in ("100%.tmp", "a_b.tmp", "x'; drop table mailbox_entry; --", "A.tmp", "a.tmp"):
        shop.mailbox.stage("acme", name, content_of(name.encode()))

    assert shop.mailbox.entry("acme", "inbound", "100_.tmp") is None
    assert shop.mailbox.entry("acme", "inbound", "aXb.tmp") is None
    assert len(shop.mail("inbound")) == 5


def test_a_folder_is_listed_oldest_first_up_to_its_limit(shop: Shop) -> None:
    for name in ("c.tmp", "a.tmp", "b.tmp"):
        shop.mailbox.stage("acme", name, content_of(b"x"))
        shop.clock.turn(seconds=1)

    assert [entry.name for entry in shop.mailbox.entries("acme", "inbound", limit=2)] == ["c.tmp", "a.tmp"]


def test_a_list_comes_without_bytes(shop: Shop) -> None:
    shop.mailbox.stage("acme", "a.tmp", content_of(b"ISA"))

    content = shop.mailbox.entries("acme", "inbound")[0].content
    assert (content.size, content.inline, content.path) == (3, None, None)
    assert content.sha256 == content_of(b"ISA").sha256


async def test_reading_does_not_wait_for_a_writer(shop: Shop) -> None:
    shop.mailbox.stage("acme", "a.tmp", content_of(b"x"))

    with shop.means.database.begin() as connection:
        connection.execute(ACKNOWLEDGEMENT.delete())
        entries = await asyncio.wait_for(asyncio.to_thread(shop.mailbox.entries, "acme", "inbound"), timeout=2)

    assert len(entries) == 1
    assert dataclasses.is_dataclass(entries[0])


async def test_what_we_send_is_not_there_outside_its_hours_and_answers_always_are(shop: Shop) -> None:
    await shop.processed(an_interchange())
    await handed_in(shop, "HP-1")
    await handed_in(shop, "HP-2", terms={"partner": "bolt"})
    sealed(shop)
    closed = dataclasses.replace(shop.mailbox, shut=lambda channel, _: ["acme"] if channel == "acme" else [])
    names = [entry.name for entry in shop.mail("outbound")]
    answer, ours, theirs = (next(one for one in names if kind in one) for kind in ("997", "acme-810", "bolt-810"))

    assert sorted(entry.name for entry in closed.entries("acme", "outbound")) == sorted([answer, theirs])
    assert closed.entry("acme", "outbound", ours) is None
    assert closed.remove("acme", "outbound", ours) is False
    assert len(shop.mail("outbound")) == 3

    entry = shop.mailbox.entry("acme", "outbound", ours)
    assert entry is not None
    shop.mailbox.fetched("acme", entry)
    assert closed.entry("acme", "outbound", ours) is not None
    assert closed.remove("acme", "outbound", ours) is True
