"""What time does to mailboxes, what waits of a channel, and a second offer by a person."""

from typing import Any

import pytest
import sqlalchemy

from gateway.errors import NotInOrder, UsageError
from gateway.pipeline.ports import Waiting
from gateway.store.tables import ACKNOWLEDGEMENT, EVENT, MAILBOX_ENTRY, OUTBOUND_INTERCHANGE
from tests.contract.store.sending import handed_in, sealed
from tests.contract.store.shop import Shop, an_interchange, content_of


def told(shop: Shop, *kinds: str) -> list[Any]:
    return [event for event in shop.all(EVENT) if event.kind in kinds]


# ---------------------------------------------------------------------------------------------- listed


async def test_a_name_that_was_shown_is_listed_once_per_offer(shop: Shop) -> None:
    await shop.processed(an_interchange())
    await handed_in(shop, "HP-1")
    sealed(shop)
    shop.mailbox.listed("acme", shop.mail("outbound"))
    shop.mailbox.listed("acme", shop.mail("outbound"))

    assert {entry.state for entry in shop.mail("outbound")} == {"listed"}
    listed = told(shop, "acknowledgement.listed", "sending.listed")
    assert sorted(event.kind for event in listed) == ["acknowledgement.listed", "sending.listed"]
    assert {event.who for event in listed} == {"channel/acme"}


async def test_what_was_listed_can_be_fetched_and_another_channel_lists_nothing(shop: Shop) -> None:
    await shop.processed(an_interchange())
    entry = shop.mail("outbound")[0]
    shop.mailbox.listed("bolt", [entry])
    before = shop.mail("outbound")[0].state
    shop.mailbox.listed("acme", [entry])
    shop.mailbox.fetched("acme", entry)

    assert (before, shop.mail("outbound")[0].state) == ("ready", "fetched")
    assert shop.all(ACKNOWLEDGEMENT)[0].state == "fetched"


async def test_what_was_only_listed_is_not_there_outside_its_hours(shop: Shop) -> None:
    import dataclasses

    await handed_in(shop, "HP-1")
    sealed(shop)
    shop.mailbox.listed("acme", shop.mail("outbound"))
    closed = dataclasses.replace(shop.mailbox, shut=lambda channel, _: ["acme"])

    assert closed.entries("acme", "outbound") == []


# ---------------------------------------------------------------------------------------------- waiting


async def test_what_waits_is_what_is_staged_and_what_was_not_processed(shop: Shop) -> None:
    shop.mailbox.stage("acme", "a.tmp", content_of(b"12345"))
    shop.mailbox.stage("bolt", "a.tmp", content_of(b"other"))
    await shop.receive(shop.parcel(b"ISA*1"), shop.parcel(b"ISA*22"))
    before = shop.mailbox.waiting("acme")
    await shop.processed(an_interchange())

    assert before == Waiting(files=3, size=16)
    assert shop.mailbox.waiting("acme") == before
    assert shop.mailbox.waiting("nobody") == Waiting(files=0, size=0)


# ---------------------------------------------------------------------------------------------- what time does


def test_an_upload_left_under_its_temporary_name_is_told_once(shop: Shop) -> None:
    shop.mailbox.stage("acme", "old.tmp", content_of(b"x"))
    shop.clock.turn(minutes=29)
    shop.mailbox.stage("acme", "new.tmp", content_of(b"y"))
    early = shop.mailbox.tend()
    shop.clock.turn(minutes=1)
    first, second = shop.mailbox.tend(), shop.mailbox.tend()

    assert (early, first, second) == ([], [("acme", "old.tmp")], [])
    event = told(shop, "upload.left")[0]
    assert event.detail == {"channel": "acme", "name": "old.tmp", "size": "1"}
    assert [entry.name for entry in shop.mail("inbound")] == ["old.tmp", "new.tmp"]


def test_an_upload_that_came_again_under_the_name_is_another(shop: Shop) -> None:
    shop.mailbox.stage("acme", "a.tmp", content_of(b"x"))
    shop.clock.turn(minutes=31)
    shop.mailbox.tend()
    shop.mailbox.stage("acme", "a.tmp", content_of(b"y"))
    shop.clock.turn(minutes=31)

    assert shop.mailbox.tend() == [("acme", "a.tmp")]
    assert len(told(shop, "upload.left")) == 2


async def test_accepted_names_go_after_their_hour_and_what_they_meant_stays(shop: Shop) -> None:
    await shop.receive(shop.parcel(b"ISA", door="sftp", file_name="a.edi"))
    shop.mailbox.stage("acme", "b.tmp", content_of(b"x"))
    shop.clock.turn(minutes=59)
    shop.mailbox.tend()
    shown = [entry.name for entry in shop.mail("inbound")]
    shop.clock.turn(minutes=2)
    shop.mailbox.tend()

    assert shown == ["a.edi", "b.tmp"]
    assert [row.name for row in shop.all(MAILBOX_ENTRY)] == ["b.tmp"]
    assert shop.mailbox.waiting("acme").files == 2


async def test_the_archive_keeps_thirty_days_from_the_removal(shop: Shop) -> None:
    await shop.processed(an_interchange())
    name = shop.mail("outbound")[0].name
    shop.clock.turn(days=40)
    shop.mailbox.remove("acme", "outbound", name)
    shop.clock.turn(days=29)
    shop.mailbox.tend()
    kept = [entry.name for entry in shop.mail("archive")]
    shop.clock.turn(days=1)
    shown = shop.mail("archive")
    shop.mailbox.tend()

    assert (kept, shown) == ([name], [])
    assert shop.all(MAILBOX_ENTRY) == []
    assert shop.all(ACKNOWLEDGEMENT)[0].state == "confirmed"


# ---------------------------------------------------------------------------------------------- offered again


async def test_an_answer_that_was_removed_is_offered_again_and_fetched_again(shop: Shop) -> None:
    await shop.processed(an_interchange())
    entry = shop.mail("outbound")[0]
    shop.mailbox.fetched("acme", entry)
    shop.mailbox.remove("acme", "outbound", entry.name)
    shop.mailbox.offer_again("acme", entry.name, reason="their disk failed", who="pat")
    again = shop.mail("outbound")[0]
    offered = shop.all(ACKNOWLEDGEMENT)[0]
    shop.mailbox.fetched("acme", again)

    assert (again.name, again.state, again.content.sha256) == (entry.name, "ready", entry.content.sha256)
    assert (offered.state, offered.offers) == ("offered", 2)
    assert shop.all(ACKNOWLEDGEMENT)[0].state == "fetched"
    event = told(shop, "acknowledgement.offered")[-1]
    assert (event.who, event.why, event.detail["name"]) == ("pat", "their disk failed", entry.name)


async def test_a_document_of_ours_is_offered_again_and_nothing_of_its_state_moves_back(shop: Shop) -> None:
    document = await handed_in(shop, "HP-1")
    sealed(shop)
    entry = shop.mail("outbound")[0]
    shop.mailbox.remove("acme", "outbound", entry.name)
    shop.mailbox.offer_again("acme", entry.name, reason="asked by phone", who="pat")
    shop.mailbox.fetched("acme", shop.mail("outbound")[0])

    assert shop.state(document) == "sent"
    assert shop.all(OUTBOUND_INTERCHANGE)[0].state == "confirmed"
    assert told(shop, "sending.offered")[-1].who == "pat"
    assert shop.mail("outbound")[0].state == "fetched"


async def test_what_waits_already_or_never_was_is_not_offered_again(shop: Shop) -> None:
    await shop.processed(an_interchange())
    entry = shop.mail("outbound")[0]
    with pytest.raises(NotInOrder, match="already"):
        shop.mailbox.offer_again("acme", entry.name, reason="r", who="pat")
    for channel, name in (("acme", "other.x12"), ("bolt", entry.name)):
        with pytest.raises(UsageError, match="neither outbound nor archive"):
            shop.mailbox.offer_again(channel, name, reason="r", who="pat")
    shop.mailbox.fetched("acme", entry)
    shop.mailbox.offer_again("acme", entry.name, reason="r", who="pat")

    assert shop.mail("outbound")[0].state == "ready"


# ---------------------------------------------------------------------------------------------- among millions


def test_what_is_asked_every_second_and_every_minute_is_found_by_an_index(shop: Shop, kind: str) -> None:
    asked: list[tuple[str, Any]] = []

    def note(_: object, __: object, statement: str, parameters: Any, *___: object) -> None:
        asked.append((statement, parameters))

    sqlalchemy.event.listen(shop.means.database.read, "before_cursor_execute", note)
    try:
        shop.mailbox.waiting("acme")
        shop.mailbox.tend()
    finally:
        sqlalchemy.event.remove(shop.means.database.read, "before_cursor_execute", note)
    plans = _plans(shop, kind, [one for one in asked if one[0].upper().startswith("SELECT")])

    assert len(plans) == 5
    assert not [plan for plan in plans if "SCAN mailbox_entry" in plan or "SCAN transmission" in plan]
    assert not [plan for plan in plans if "Seq Scan" in plan]


def _plans(shop: Shop, kind: str, asked: list[tuple[str, Any]]) -> list[str]:
    """How the database would find the answers; PostgreSQL reads a small table whole unless it is told not to."""
    explain = "EXPLAIN QUERY PLAN " if kind == "sqlite" else "EXPLAIN "
    with shop.means.database.begin() as connection:
        if kind == "postgresql":
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        return [
            "\n".join(str(row[-1]) for row in connection.exec_driver_sql(explain + statement, parameters))
            for statement, parameters in asked
        ]
