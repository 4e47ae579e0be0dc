"""A disk that is full: the client hears no while it is still connected, and nothing half is stored."""

import asyncio
import contextlib
import errno
import os
import threading
from collections.abc import Iterator, Sequence

import asyncssh
import pytest

from gateway.pipeline.questions import TransmissionRow
from gateway.store.spool import Disk
from tests.journeys.bad_input.orders import an_order, from_acme
from tests.journeys.bad_input.road import Road

pytestmark = pytest.mark.asyncio(loop_scope="package")


LARGE = b"~" * 300_000
ROW = b"~" * 60_000
"""Behind an interchange: content of a size that is a file of its own, and one that goes into a row."""

LIMITLESS = 1_073_741_823
"""SQLite's own default of pages."""


@contextlib.contextmanager
def a_disk(road: Road) -> Iterator[threading.Event]:
    """The gateway's files on a disk that takes no byte more while the event is set."""
    full = threading.Event()

    def write(descriptor: int, data: bytes | memoryview, offset: int) -> int:
        if full.is_set():
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return os.pwrite(descriptor, data, offset)

    blobs = road.gateway.memory.blobs
    before = blobs.disk
    object.__setattr__(blobs, "disk", Disk(write=write))  # frozen: only a test changes a disk while it is in use
    try:
        yield full
    finally:
        full.clear()
        object.__setattr__(blobs, "disk", before)


async def _pages(road: Road, *, more: int | None = None) -> None:
    """Let the database grow by so many pages of 4 KB, and without limit when none are named."""

    def limit() -> None:
        with road.gateway.memory.database.write.connect() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            most = LIMITLESS if more is None else pages + more
            connection.exec_driver_sql(f"PRAGMA max_page_count={most}")

    await asyncio.to_thread(limit)


async def _transmissions(road: Road) -> Sequence[TransmissionRow]:
    return await asyncio.to_thread(road.gateway.memory.questions.transmissions, limit=1000)


async def _rows(road: Road) -> int:
    return len(await _transmissions(road))


async def _taken_again(road: Road, name: str, content: bytes) -> None:
    await road.upload("acme-sftp", content, name)
    became = await road.settled(file_name=name)

    assert became.states == ["delivered"]
    assert len(became.erp) == 1
    await road.neighbour()


async def test_an_sftp_upload_onto_a_full_disk_is_refused_and_taken_when_there_is_space(road: Road) -> None:
    content = from_acme(an_order("FULL-1")) + LARGE
    rows = await _rows(road)
    with a_disk(road) as full:
        full.set()
        with pytest.raises(asyncssh.SFTPError):
            await road.upload("acme-sftp", content, "full-1.edi")
        await road.neighbour()  # what fits into a row goes on

        assert await _rows(road) == rows + 1
        assert list((road.home / "spool").iterdir()) == []
        assert "full-1.edi" not in await road.names("acme-sftp", "inbound")
        full.clear()
        await _taken_again(road, "full-1.edi", content)


async def test_a_disk_that_fills_in_mid_upload_spoils_the_upload_also_when_there_is_space_again(road: Road) -> None:
    content = from_acme(an_order("FULL-2")) + LARGE
    rows = await _rows(road)
    session = await road.session("acme-sftp")
    with a_disk(road) as full:
        file = await session.open("/inbound/full-2.edi", "wb")
        await file.write(content[:100_000])
        full.set()
        with pytest.raises(asyncssh.SFTPError):
            await file.write(content[100_000:], 100_000)
        full.clear()
        with pytest.raises(asyncssh.SFTPError):
            await file.write(content[100_000:], 100_000)
        with pytest.raises(asyncssh.SFTPError):
            await file.close()

    assert await _rows(road) == rows
    assert list((road.home / "spool").iterdir()) == []
    assert "full-2.edi" not in await road.names("acme-sftp", "inbound")
    await _taken_again(road, "full-2.edi", content)


async def test_an_http_upload_onto_a_full_disk_is_answered_503_and_taken_when_there_is_space(road: Road) -> None:
    content = from_acme(an_order("FULL-3")) + LARGE
    rows = await _rows(road)
    with a_disk(road) as full:
        full.set()
        status, problem = await road.post("acme-http", content, "full-3")
        await road.neighbour()

    assert status == 503
    assert problem["type"] == "urn:edi-gateway:problem:storage"
    assert await _rows(road) == rows + 1
    assert list((road.home / "spool").iterdir()) == []
    status, receipt = await road.post("acme-http", content, "full-3")
    assert (status, receipt["known"]) == (202, False)
    assert (await road.settled(transmission_id=receipt["transmission_id"])).states == ["delivered"]


async def test_a_database_that_cannot_grow_refuses_at_both_doors_and_takes_it_when_there_is_space(road: Road) -> None:
    by_sftp, by_http = from_acme(an_order("FULL-4")) + ROW, from_acme(an_order("FULL-5")) + ROW
    rows = await _rows(road)
    await _pages(road, more=0)
    try:
        with pytest.raises(asyncssh.SFTPError):
            await road.upload("acme-sftp", by_sftp, "full-4.edi")
        status, problem = await road.post("acme-http", by_http, "full-5")
    finally:
        await _pages(road)

    assert status == 503
    assert problem["type"] == "urn:edi-gateway:problem:storage"
    assert await _rows(road) == rows
    await _taken_again(road, "full-4.edi", by_sftp)
    status, receipt = await road.post("acme-http", by_http, "full-5")
    assert (status, receipt["known"]) == (202, False)
    assert (await road.settled(transmission_id=receipt["transmission_id"])).states == ["delivered"]


async def test_what_was_taken_just_before_the_disk_was_full_is_finished_when_there_is_space(road: Road) -> None:
    # Room for the file itself, and not for what its eighty orders become.
    sets = [an_order(f"FULL-6-{number}", st02=f"{number:04}") for number in range(1, 81)]
    await _pages(road, more=20)
    try:
        name = await road.upload("acme-sftp", from_acme(*sets))
        await asyncio.sleep(1.0)
        (row,) = [one for one in await _transmissions(road) if one.file_name == name]
    finally:
        await _pages(road)
    became = await road.settled(file_name=name)

    assert row.state == "received"
    assert row.documents == []
    assert became.states == ["delivered"] * 80
    assert became.answer("997", "AK9") == ["A", "80", "80", "80"]
    assert len(became.erp) == 80
    await road.neighbour()
