"""Behind a balancer: the client's own address counts, and only listed proxies are believed."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from ipaddress import ip_network
from pathlib import Path

import asyncssh
import pytest
import structlog

from gateway.transports.sftp import Account, Key
from tests.fakes.sftp_door import ACME_KEY, SftpDoor, eventually, open_door

NO_ENTRY = (asyncssh.PermissionDenied, asyncssh.DisconnectError, asyncssh.ConnectionLost, ConnectionError)
V1 = b"PROXY TCP4 203.0.113.7 192.0.2.1 40000 2222\r\n"
V2 = b"\r\n\r\n\0\r\nQUIT\n" + struct.pack("!BBH", 0x21, 0x11, 12) + bytes([203, 0, 113, 7, 192, 0, 2, 1, 1, 2, 3, 4])
LOCAL = b"\r\n\r\n\0\r\nQUIT\n" + struct.pack("!BBH", 0x20, 0, 0)


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[SftpDoor]:
    async with open_door(tmp_path, proxies=["127.0.0.0/8"], proxy_seconds=0.5) as door:
        door.accounts["acme"] = Account(
            channel="acme", user="acme", keys=(Key(ACME_KEY.public_data),), allow_from=(ip_network("203.0.113.0/24"),)
        )
        yield door


async def through(door: SftpDoor, *pieces: bytes, **options: object) -> asyncssh.SSHClientConnection:
    """A connection on which a balancer says something first."""
    loop = asyncio.get_running_loop()
    sock = socket.socket()
    sock.setblocking(False)
    await loop.sock_connect(sock, ("127.0.0.1", door.port))
    for piece in pieces:
        await loop.sock_sendall(sock, piece)
        await asyncio.sleep(0)
    connection = await asyncssh.connect(
        "door",
        sock=sock,
        username="acme",
        known_hosts=None,
        config=None,
        agent_path=None,
        **({"client_keys": [ACME_KEY]} | options),
    )
    door.clients.append(connection)
    return connection


@pytest.mark.parametrize("header", [V1, V2])
async def test_an_allow_list_is_held_against_the_client_behind_the_proxy(door: SftpDoor, header: bytes) -> None:
    with structlog.testing.capture_logs() as lines:
        client = await (await through(door, header)).start_sftp_client()
        async with client.open("/inbound/po.edi", "wb") as file:
            await file.write(b"ISA")

    assert {line["remote"] for line in lines} == {"203.0.113.7"}
    assert door.mailroom.parcels[0].remote == "203.0.113.7"


async def test_a_header_may_come_in_pieces_and_with_the_first_bytes_of_the_client(door: SftpDoor) -> None:
    await through(door, *(V2[start : start + 5] for start in range(0, len(V2), 5)))


@pytest.mark.parametrize("header", [V1.replace(b"203.0.113.7", b"198.51.100.7"), LOCAL, b"PROXY UNKNOWN\r\n"])
async def test_others_behind_the_proxy_stay_outside(door: SftpDoor, header: bytes) -> None:
    with pytest.raises(NO_ENTRY):
        await through(door, header)


@pytest.mark.parametrize(
    "first", [b"SSH-2.0-OpenSSH_9.2\r\n", b"PROXY TCP4 x\r\n", b"PROXY " + b"x" * 200, b"GET / HTTP/1.1"]
)
async def test_a_proxy_without_a_right_header_is_cut(door: SftpDoor, first: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    writer.write(first)
    async with asyncio.timeout(5):
        try:
            said = await reader.read()
        except ConnectionError:
            said = b""
    writer.close()

    assert said == b""


async def test_a_proxy_that_says_nothing_is_cut_in_time_and_gives_its_place_back(door: SftpDoor) -> None:
    silent = [await asyncio.open_connection("127.0.0.1", door.port) for _ in range(20)]
    await eventually(lambda: door.server._proxies.waiting == 20)
    await eventually(lambda: door.server._proxies.waiting == 0)
    for _, writer in silent:
        writer.close()

    await through(door, V1)


async def test_bans_are_on_the_client_and_not_on_the_proxy(tmp_path: Path) -> None:
    async with open_door(tmp_path, proxies=["127.0.0.1"], failures_before_ban=3) as door:
        for _ in range(3):
            with pytest.raises(NO_ENTRY):
                await through(door, V1, client_keys=None, password="wrong", preferred_auth="password")
        with pytest.raises(NO_ENTRY):
            await through(door, V1)

        await through(door, V1.replace(b"203.0.113.7", b"203.0.113.8"))


async def test_nobody_else_is_believed(tmp_path: Path) -> None:
    async with open_door(tmp_path, proxies=["192.0.2.1"]) as door:
        with pytest.raises((asyncssh.Error, OSError)):
            await through(door, V1)

        await (await door.connect()).start_sftp_client()
