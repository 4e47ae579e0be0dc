"""The API over real sockets: whole uploads, cut ones, slow ones and loud ones."""

import asyncio
import hashlib
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from io import BytesIO

import aiohttp
import pytest

from gateway.api.accounts import ApiAccount
from gateway.api.app import ApiLimits, create_app
from gateway.api.listener import MAX_HEAD_BYTES, Listener, ListenerLimits
from gateway.errors import MachineError
from tests.fakes.blobs import MemoryBlobs
from tests.fakes.intake import MemoryIntake
from tests.fakes.mailbox import MemoryMailbox
from tests.fakes.questions import PreparedQuestions

KEY = "key-of-acme"
MAX_BYTES = 5_000_000
QUICK = ListenerLimits(head_seconds=0.3, idle_seconds=1, linger_seconds=0.3)
HEAD = f"POST /api/v1/transmissions HTTP/1.1\r\nHost: x\r\nX-API-Key: {KEY}\r\n"


class Door:
    """The API listening on loopback, with the fakes behind it."""

    def __init__(self) -> None:
        self.intake, self.blobs, self.mailbox = MemoryIntake(), MemoryBlobs(), MemoryMailbox()
        accounts = {hashlib.sha256(KEY.encode()).hexdigest(): ApiAccount(channel="acme", max_file_bytes=MAX_BYTES)}
        self.app = create_app(
            intake=self.intake,
            accounts=accounts.get,
            systems={}.get,
            admit=lambda _content, _account: None,
            questions=PreparedQuestions(),
            mailbox=self.mailbox,
            blobs=self.blobs,
            limits=ApiLimits(failure_delay_seconds=0.001),
            clock=lambda: datetime.now(UTC),
            version="0.0.0",
        )
        self.listener = Listener(self.app, limits=QUICK)
        self.url = ""

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    async def talk(self, *pieces: bytes, pause: float = 0.0) -> bytes:
        """Send raw bytes, hang on, and return everything answered until the server hangs up."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(pause)
            return await asyncio.wait_for(reader.read(), 5)
        except ConnectionError:
            return b""
        finally:
            writer.close()


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    door = Door()
    door.url = await door.listener.start()
    yield door
    await door.listener.close()


@pytest.fixture
async def client(door: Door) -> AsyncIterator[aiohttp.ClientSession]:
    headers = {"Authorization": f"Bearer {KEY}"}
    async with aiohttp.ClientSession(base_url=door.url, headers=headers) as session:
        yield session


async def test_a_large_chunked_upload_arrives_byte_for_byte(door: Door, client: aiohttp.ClientSession) -> None:
    data = bytes(number % 251 for number in range(MAX_BYTES))

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(data), 100_000):
            yield data[start : start + 100_000]

    async with client.post("/api/v1/transmissions", data=pieces()) as answer:
        status = answer.status

    assert status == 202
    assert door.blobs.bytes_of(door.intake.parcels[0].content) == data


async def test_an_upload_over_the_limit_hears_413(door: Door, client: aiohttp.ClientSession) -> None:
    async with client.post("/api/v1/transmissions", data=BytesIO(b"x" * (MAX_BYTES + 1))) as answer:
        document = await answer.json(content_type="application/problem+json")

    assert (answer.status, document["type"]) == (413, "urn:edi-gateway:problem:too-large")
    assert not door.intake.parcels


@pytest.mark.parametrize("body", [b"ISA*", b"x" * 200_000])
async def test_a_connection_cut_in_mid_upload_stores_nothing(door: Door, body: bytes) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", door.port)
    writer.write(f"{HEAD}Content-Length: 1000000\r\n\r\n".encode() + body)
    await writer.drain()
    await asyncio.sleep(0.1)
    writer.transport.abort()
    await asyncio.sleep(0.2)

    assert not door.intake.parcels
    assert not door.blobs.open


async def test_a_download_over_a_socket_is_a_pickup(door: Door, client: aiohttp.ClientSession) -> None:
    data = b"x" * 3_000_000
    door.mailbox.put("acme", "outbound", "997.edi", door.blobs.keep(data))

    async with client.get("/api/v1/mailbox/997.edi") as answer:
        fetched = await answer.read()
    for _ in range(100):
        if door.mailbox.pickups:
            break
        await asyncio.sleep(0.01)

    assert fetched == data
    assert door.mailbox.pickups == [("acme", "997.edi")]


async def test_a_download_that_is_cut_is_no_pickup(door: Door) -> None:
    door.mailbox.put("acme", "outbound", "big", door.blobs.keep(b"x" * 50_000_000))
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    writer.write(f"GET /api/v1/mailbox/big HTTP/1.1\r\nHost: x\r\nX-API-Key: {KEY}\r\n\r\n".encode())
    await reader.readexactly(100_000)
    writer.transport.abort()
    await asyncio.sleep(0.3)

    assert not door.mailbox.pickups


@pytest.mark.parametrize("head", [b"", b"GET /hea", HEAD.encode()])
async def test_a_head_that_does_not_come_is_not_waited_for(door: Door, head: bytes) -> None:
    started = asyncio.get_running_loop().time()

    await door.talk(head)

    assert asyncio.get_running_loop().time() - started < 2


async def test_a_head_that_drips_is_not_waited_for(door: Door) -> None:
    started = asyncio.get_running_loop().time()

    await door.talk(*[b"X: y\r\n"] * 20, pause=0.05)

    assert asyncio.get_running_loop().time() - started < 3


async def test_an_endless_head_is_refused(door: Door) -> None:
    answer = await door.talk(HEAD.encode(), *[b"X-Pad: " + b"y" * 30_000 + b"\r\n"] * (MAX_HEAD_BYTES // 30_000 + 3))

    assert answer == b"" or answer.startswith(b"HTTP/1.1 400")


async def test_a_second_request_on_a_kept_connection_is_bounded_too(door: Door) -> None:
    request = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"

    answer = await door.talk(request, request, b"GET /healthz HT", pause=0.1)

    assert answer.count(b"200 OK") == 2


async def test_the_content_of_an_answer_does_not_wait_for_the_client_to_acknowledge_its_head(
    door: Door, client: aiohttp.ClientSession
) -> None:
    """Nagle: 40 ms for each answer on a kept connection."""
    await client.get("/healthz")

    (connection,) = door.listener._server.server_state.connections
    held = connection.transport.get_extra_info("socket")  # type: ignore[union-attr]  # uvicorn's is HTTP here
    assert held.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


async def test_content_nobody_wants_is_not_read_for_ever(door: Door) -> None:
    started = asyncio.get_running_loop().time()
    head = HEAD.replace(KEY, "wrong").encode() + b"Content-Length: 4000000\r\n\r\n"

    answer = await door.talk(head, b"x")

    assert answer.startswith(b"HTTP/1.1 401")
    assert asyncio.get_running_loop().time() - started < 2


@pytest.mark.parametrize(
    "smuggled",
    [
        b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde",
        b"Transfer-Encoding: chunked\r\n\r\nZZ\r\nx\r\n0\r\n\r\n",
        b"Content-Length: +4\r\n\r\nabcd",
    ],
)
async def test_content_of_two_lengths_is_never_stored(door: Door, smuggled: bytes) -> None:
    answer = await door.talk(HEAD.encode() + smuggled)

    assert b" 202 " not in answer
    assert not door.intake.parcels


async def test_nothing_says_what_the_server_is_made_of(door: Door) -> None:
    answer = await door.talk(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")

    assert b"server:" not in answer.lower()


async def test_a_port_that_is_taken_is_told(door: Door) -> None:
    with pytest.raises(MachineError, match=str(door.port)):
        await Listener(door.app, port=door.port).start()
