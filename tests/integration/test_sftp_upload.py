"""What an OK to an upload means, and what is never taken for an upload."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC
from pathlib import Path

import asyncssh
import pytest
from asyncssh import FXF_APPEND, FXF_CREAT, FXF_EXCL, FXF_WRITE

from gateway.errors import Busy, MachineError
from tests.fakes.mailroom import at_noon
from tests.fakes.sftp_door import SftpDoor, eventually, open_door

HALF = b"ISA*00*" + b"x" * 50_000


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[SftpDoor]:
    async with open_door(tmp_path) as door:
        yield door


async def put(client: asyncssh.SFTPClient, path: str, data: bytes) -> None:
    async with client.open(path, "wb") as file:
        await file.write(data)


async def test_an_upload_is_received_byte_for_byte_under_its_channel(door: SftpDoor) -> None:
    await put(await door.client(), "/inbound/po 1.edi", HALF)
    parcel = door.mailroom.parcels[0]

    assert door.received() == [("acme", "po 1.edi", HALF)]
    assert (parcel.door, parcel.remote, parcel.staged_name) == ("sftp", "127.0.0.1", None)
    assert parcel.received_at == at_noon()
    assert parcel.received_at.tzinfo is UTC
    assert door.blobs.leftovers() == []


async def test_a_file_larger_than_a_row_arrives_as_a_file(door: SftpDoor) -> None:
    data = bytes(range(256)) * 3000
    await put(await door.client(), "/inbound/large.edi", data)

    assert door.mailroom.parcels[0].content.path is not None
    assert door.received() == [("acme", "large.edi", data)]


async def test_close_is_answered_only_when_the_document_is_durable(door: SftpDoor) -> None:
    door.mailroom.gate = asyncio.Event()
    client = await door.client()
    file = await client.open("/inbound/po.edi", "wb")
    await file.write(HALF)
    closing = asyncio.create_task(file.close())
    await door.mailroom.receiving.wait()
    await asyncio.sleep(0.05)
    answered_early = closing.done()
    door.mailroom.gate.set()
    await closing

    assert not answered_early
    assert door.received() == [("acme", "po.edi", HALF)]


@pytest.mark.parametrize("error", [MachineError("/srv/secret is full"), RuntimeError("secret"), OSError("secret")])
async def test_a_store_that_fails_is_told_in_neutral_words(door: SftpDoor, error: Exception) -> None:
    door.mailroom.refuse_receipt = error
    with pytest.raises(asyncssh.SFTPFailure) as told:
        await put(await door.client(), "/inbound/po.edi", HALF)

    assert "secret" not in told.value.reason
    assert "gateway" in told.value.reason
    assert door.received() == []


@pytest.mark.parametrize("error", [Busy("backlog"), MachineError("disk"), RuntimeError("secret")])
async def test_what_cannot_be_taken_is_refused_at_open(door: SftpDoor, error: Exception) -> None:
    door.mailroom.refuse_admission = error
    client = await door.client()
    with pytest.raises(asyncssh.SFTPFailure) as told:
        await client.open("/inbound/po.edi", "wb")

    assert "secret" not in told.value.reason
    assert door.blobs.opened == 0


async def test_the_same_name_twice_is_two_documents(door: SftpDoor) -> None:
    client = await door.client()
    await put(client, "/inbound/po.edi", b"first")
    await put(client, "/inbound/po.edi", b"second")

    assert door.received() == [("acme", "po.edi", b"first"), ("acme", "po.edi", b"second")]
    assert (await client.listdir("/inbound")).count("po.edi") == 1


async def test_an_accepted_document_stays_visible_and_cannot_be_changed(door: SftpDoor) -> None:
    client = await door.client()
    await put(client, "/inbound/po.edi", b"first")
    with pytest.raises(asyncssh.SFTPPermissionDenied):
        await client.open("/inbound/po.edi", FXF_WRITE | FXF_APPEND)
    with pytest.raises(asyncssh.SFTPPermissionDenied):
        await client.truncate("/inbound/po.edi", 2)
    with pytest.raises(asyncssh.SFTPPermissionDenied):
        await client.rename("/inbound/po.edi", "/inbound/other.edi")
    with pytest.raises(asyncssh.SFTPFailure):
        await client.open("/inbound/po.edi", FXF_WRITE | FXF_CREAT | FXF_EXCL)

    assert (await client.stat("/inbound/po.edi")).size == 5
    assert door.received() == [("acme", "po.edi", b"first")]


async def test_going_on_with_an_accepted_document_is_refused_at_the_first_write(door: SftpDoor) -> None:
    client = await door.client()
    await put(client, "/inbound/po.edi", b"first")
    file = await client.open("/inbound/po.edi", FXF_WRITE, encoding=None)
    with pytest.raises(asyncssh.SFTPPermissionDenied):
        await file.write(b"more", 5)
    with pytest.raises(asyncssh.SFTPFailure):
        await file.close()

    assert door.received() == [("acme", "po.edi", b"first")]


@pytest.mark.parametrize("how", ["session exit", "connection close", "abort", "disconnect", "eof"])
async def test_an_upload_that_broke_off_is_never_received(door: SftpDoor, how: str) -> None:
    connection = await door.connect()
    client = await connection.start_sftp_client()
    file = await client.open("/inbound/po.edi", "wb")
    await file.write(HALF)
    assert len(door.blobs.leftovers()) == 1
    match how:
        case "session exit":
            client.exit()
        case "connection close":
            connection.close()
        case "abort":
            connection.abort()
        case "disconnect":
            connection.disconnect(asyncssh.DISC_BY_APPLICATION, "bye")
        case "eof":
            connection._transport.write_eof()
    await eventually(lambda: door.blobs.leftovers() == [])

    assert door.received() == []
    assert await (await door.client()).listdir("/inbound") == [".", ".."]


async def test_a_staged_name_that_broke_off_is_not_staged(door: SftpDoor) -> None:
    connection = await door.connect()
    client = await connection.start_sftp_client()
    file = await client.open("/inbound/po.edi.tmp", "wb")
    await file.write(HALF)
    connection.abort()
    await eventually(lambda: door.blobs.leftovers() == [])
    with pytest.raises(asyncssh.SFTPNoSuchFile):
        await (await door.client()).rename("/inbound/po.edi.tmp", "/inbound/po.edi")

    assert door.received() == []


async def test_a_close_sent_before_the_line_broke_is_an_upload(door: SftpDoor) -> None:
    door.mailroom.gate = asyncio.Event()
    connection = await door.connect()
    client = await connection.start_sftp_client()
    file = await client.open("/inbound/po.edi", "wb")
    await file.write(HALF)
    closing = asyncio.create_task(file.close())
    await door.mailroom.receiving.wait()
    connection.abort()
    door.mailroom.gate.set()
    with pytest.raises((asyncssh.SFTPError, asyncssh.Error)):
        await closing
    await eventually(lambda: door.received() == [("acme", "po.edi", HALF)])


async def test_stopping_the_door_lets_an_upload_being_stored_finish_and_answers_it(door: SftpDoor) -> None:
    door.mailroom.gate = asyncio.Event()
    client = await door.client()
    file = await client.open("/inbound/po.edi", "wb")
    await file.write(HALF)
    closing = asyncio.create_task(file.close())
    await door.mailroom.receiving.wait()
    stopping = asyncio.create_task(door.server.close())
    await asyncio.sleep(0.05)
    door.mailroom.gate.set()
    await closing
    await stopping

    assert door.received() == [("acme", "po.edi", HALF)]


async def test_a_full_disk_spoils_the_upload_though_the_client_goes_on(door: SftpDoor) -> None:
    door.blobs.room_bytes = 40_000
    client = await door.client()
    file = await client.open("/inbound/po.edi", "wb")
    await file.write(b"a" * 30_000, 0)
    with pytest.raises(asyncssh.SFTPFailure) as told:
        await file.write(b"b" * 30_000, 30_000)
    with pytest.raises(asyncssh.SFTPFailure):
        await file.write(b"c" * 5_000, 30_000)
    with pytest.raises(asyncssh.SFTPFailure, match="not accepted"):
        await file.close()

    assert "space" not in told.value.reason
    assert door.received() == []
    assert door.blobs.leftovers() == []


async def test_a_file_over_the_limit_is_refused_and_forgotten(door: SftpDoor) -> None:
    client = await door.client()
    file = await client.open("/inbound/big.edi", "wb")
    await file.write(b"x" * 100_000, 900_000)
    with pytest.raises(asyncssh.SFTPFailure, match="larger than agreed"):
        await file.write(b"x", 1_000_000)
    with pytest.raises(asyncssh.SFTPFailure):
        await file.close()

    assert door.received() == []
    assert door.blobs.leftovers() == []


async def test_an_offset_near_the_end_of_numbers_is_over_the_limit(door: SftpDoor) -> None:
    file = await (await door.client()).open("/inbound/big.edi", "wb")

    with pytest.raises(asyncssh.SFTPFailure):
        await file.write(b"x", 2**64 - 1)


async def test_a_file_with_a_hole_is_not_accepted(door: SftpDoor) -> None:
    file = await (await door.client()).open("/inbound/po.edi", "wb")
    await file.write(b"start", 0)
    await file.write(b"end", 100)
    with pytest.raises(asyncssh.SFTPFailure, match="missing"):
        await file.close()

    assert door.received() == []


async def test_pieces_in_any_order_are_a_whole_file(door: SftpDoor) -> None:
    file = await (await door.client()).open("/inbound/po.edi", "wb")
    await file.write(b"cc", 4)
    await file.write(b"aa", 0)
    await file.write(b"bb", 2)
    await file.close()

    assert door.received() == [("acme", "po.edi", b"aabbcc")]


async def test_fsetstat_cuts_to_a_size_and_ignores_everything_else(door: SftpDoor) -> None:
    file = await (await door.client()).open("/inbound/po.edi", "wb")
    await file.write(b"0123456789")
    await file.setstat(asyncssh.SFTPAttrs(permissions=0o777, uid=0, gid=0, atime=1, mtime=1))
    await file.setstat(asyncssh.SFTPAttrs(size=4))
    await file.close()

    assert door.received() == [("acme", "po.edi", b"0123")]


async def test_fsetstat_cannot_make_bytes_that_were_never_sent(door: SftpDoor) -> None:
    file = await (await door.client()).open("/inbound/po.edi", "wb")
    await file.write(b"0123456789")
    await file.setstat(asyncssh.SFTPAttrs(size=20))
    with pytest.raises(asyncssh.SFTPFailure, match="missing"):
        await file.close()

    assert door.received() == []


async def test_setstat_after_the_upload_is_accepted_and_ignored(door: SftpDoor) -> None:
    client = await door.client()
    await put(client, "/inbound/po.edi", b"first")
    await client.setstat("/inbound/po.edi", asyncssh.SFTPAttrs(permissions=0o600, atime=1, mtime=1))

    assert (await client.stat("/inbound/po.edi")).mtime == int(at_noon().timestamp())


async def test_a_client_can_see_and_read_back_what_it_writes(door: SftpDoor) -> None:
    client = await door.client()
    file = await client.open("/inbound/po.edi", "w+b")
    await file.write(b"0123456789")
    await file.fsync()
    await file.seek(3)

    assert (await client.stat("/inbound/po.edi")).size == 10
    assert (await file.stat()).size == 10
    assert await file.read(4) == b"3456"
