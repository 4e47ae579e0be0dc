"""Full disks, crashes between file and row, many callers at once."""

import asyncio
import os
import time

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from gateway.errors import MachineError
from gateway.parcel import INLINE_LIMIT, Receipt
from gateway.store.contents import sweep_orphans
from gateway.store.tables import CONTENT, EVENT, TRANSMISSION
from gateway.store.writer import Writer
from tests.contract.store.shop import Shop, an_interchange, receive_together

LARGE = INLINE_LIMIT + 1


async def test_a_full_database_is_a_machine_error_that_leaves_nothing_half_stored(shop: Shop, kind: str) -> None:
    if kind == "postgresql":
        pytest.skip("the server's disk cannot be filled from here; SQLite has a limit of pages for it")
    with shop.means.database.write.connect() as connection:
        pages = connection.execute(text("PRAGMA page_count")).scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages + 8}")

    with capture_logs():
        answers = await receive_together(Writer(shop.means), [shop.parcel(os.urandom(INLINE_LIMIT)) for _ in range(3)])

    assert all(isinstance(answer, MachineError) for answer in answers)
    assert [len(shop.all(table)) for table in (CONTENT, TRANSMISSION, EVENT)] == [0, 0, 0]
    assert shop.work() == []


async def test_a_file_without_a_row_is_swept_and_one_with_a_row_is_not(shop: Shop) -> None:
    referred = shop.means.blobs.keep(b"r" * LARGE)
    transmission = (await shop.receive(shop.parcel(content=referred)))[0].transmission_id
    orphan = shop.means.blobs.keep(b"o" * LARGE)
    for content in (referred, orphan):
        assert content.path is not None
        os.utime(content.path, (time.time() - 7200,) * 2)

    swept = sweep_orphans(shop.means.database, shop.means.blobs)

    content = shop.journal.received([transmission])[0].content
    assert swept == 1
    assert b"".join(shop.means.blobs.chunks(content)) == b"r" * LARGE
    assert orphan.path is not None
    assert not orphan.path.exists()


async def test_many_callers_at_once_are_all_stored_once(shop: Shop) -> None:
    writer = Writer(shop.means, pace_seconds=0.005)
    await asyncio.to_thread(writer.start)

    async def caller(name: int) -> list[Receipt]:
        parcels = [shop.parcel(an_interchange(order=f"{name}"), message_id=f"{name}-{number}") for number in range(5)]
        return [await writer.receive(parcel) for parcel in parcels]

    answered = await asyncio.gather(*(caller(name) for name in range(50)))
    await asyncio.to_thread(writer.stop)

    ids = [receipt.transmission_id for receipts in answered for receipt in receipts]
    assert len(set(ids)) == 250
    assert {row.id for row in shop.all(TRANSMISSION)} == set(ids)
    assert sorted(one for _, arguments in shop.work("process") for one in arguments[0]) == sorted(ids)  # type: ignore[attr-defined]
    assert len(shop.work("process")) < 60
