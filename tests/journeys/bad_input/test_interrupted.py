"""A connection that is cut in mid-upload: half a document is none."""

import asyncio
import contextlib
from urllib.parse import urlsplit

import pytest

from tests.journeys.bad_input.orders import an_order, from_acme
from tests.journeys.bad_input.road import Road

pytestmark = pytest.mark.asyncio(loop_scope="package")

LARGE = b"~" * 200_000
"""Behind an interchange it is noise without meaning, and makes the upload one that is spooled to disk."""


async def _rows(road: Road) -> int:
    return len(await asyncio.to_thread(road.gateway.memory.questions.transmissions, limit=1000))


async def _nothing_came_of(road: Road, number: str, rows: int) -> None:
    await road.neighbour()
    for _ in range(100):
        if not list((road.home / "spool").iterdir()):
            break
        await asyncio.sleep(0.02)

    assert await _rows(road) == rows + 1
    assert list((road.home / "spool").iterdir()) == []
    assert not [one for one in road.sandbox.stored if one.business_number == number]


@pytest.mark.parametrize("size", ["small", "large"])
async def test_an_sftp_upload_that_is_cut_off_is_not_received_and_may_be_sent_again(road: Road, size: str) -> None:
    content = from_acme(an_order(f"CUT-1-{size}")) + (LARGE if size == "large" else b"")
    rows = await _rows(road)
    connection = await road.connect("acme-sftp")
    client = await connection.start_sftp_client()
    file = await client.open(f"/inbound/cut-{size}.edi", "wb")
    await file.write(content)  # all of it: only CLOSE is missing
    connection.abort()
    with contextlib.suppress(Exception):
        await connection.wait_closed()

    await _nothing_came_of(road, f"CUT-1-{size}", rows)
    assert f"cut-{size}.edi" not in await road.names("acme-sftp", "inbound")
    await road.upload("acme-sftp", content, f"cut-{size}.edi")
    assert (await road.settled(file_name=f"cut-{size}.edi")).states == ["delivered"]


async def test_an_sftp_session_that_ends_in_order_without_close_is_no_upload_either(road: Road) -> None:
    rows = await _rows(road)
    connection = await road.connect("acme-sftp")
    client = await connection.start_sftp_client()
    file = await client.open("/inbound/unclosed.edi", "wb")
    await file.write(from_acme(an_order("CUT-2")))
    client.exit()
    await client.wait_closed()
    connection.close()
    await connection.wait_closed()

    await _nothing_came_of(road, "CUT-2", rows)


@pytest.mark.parametrize("size", ["small", "large"])
async def test_an_http_upload_that_is_cut_off_is_not_received_and_may_be_sent_again(road: Road, size: str) -> None:
    content = from_acme(an_order(f"CUT-3-{size}")) + (LARGE if size == "large" else b"")
    rows = await _rows(road)
    address = urlsplit(road.addresses.http_url)
    _, writer = await asyncio.open_connection(address.hostname, address.port)
    head = [
        "POST /api/v1/transmissions HTTP/1.1",
        f"Host: {address.netloc}",
        f"Content-Length: {len(content) + 1}",
        f"X-Message-Id: cut-3-{size}",
        *(f"{name}: {value}" for name, value in road.key("acme-http").items()),
    ]
    writer.write("\r\n".join([*head, "", ""]).encode() + content)  # one byte is missing
    await writer.drain()
    await asyncio.sleep(0.2)
    writer.transport.abort()

    await _nothing_came_of(road, f"CUT-3-{size}", rows)
    status, receipt = await road.post("acme-http", content, f"cut-3-{size}")
    assert (status, receipt["known"]) == (202, False)
    assert (await road.settled(transmission_id=receipt["transmission_id"])).states == ["delivered"]
