"""Folders, temporary names, pickups, and the walls between partners."""

from collections.abc import AsyncIterator
from pathlib import Path

import asyncssh
import pytest
import structlog
from asyncssh import FXF_APPEND, FXF_CREAT, FXF_WRITE

from gateway.errors import Busy
from gateway.transports.sftp import Account, Key
from tests.fakes.sftp_door import ACME_KEY, SftpDoor, eventually, open_door

LARGE = bytes(range(256)) * 2_000


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[SftpDoor]:
    async with open_door(tmp_path) as door:
        yield door


async def put(client: asyncssh.SFTPClient, path: str, data: bytes) -> None:
    async with client.open(path, "wb") as file:
        await file.write(data)


# ---------------------------------------------------------------------------------------------- temporary names


async def test_a_temporary_name_waits_for_its_rename_and_is_received_once(door: SftpDoor) -> None:
    client = await door.client()
    await put(client, "/inbound/po.edi.filepart", b"whole")
    received_before = door.received()
    await client.rename("/inbound/po.edi.filepart", "/inbound/po.edi")

    assert received_before == []
    assert door.received() == [("acme", "po.edi", b"whole")]
    assert door.mailroom.parcels[0].staged_name == "po.edi.filepart"
    assert await client.listdir("/inbound") == [".", "..", "po.edi"]


@pytest.mark.parametrize("rename", ["rename", "posix_rename"])
async def test_a_rename_onto_an_accepted_name_is_a_new_document(door: SftpDoor, rename: str) -> None:
    client = await door.client()
    await put(client, "/inbound/po.edi", b"first")
    await put(client, "/inbound/po.tmp", b"second")
    await getattr(client, rename)("/inbound/po.tmp", "/inbound/po.edi")

    assert door.received() == [("acme", "po.edi", b"first"), ("acme", "po.edi", b"second")]


async def test_a_plain_rename_never_replaces_another_staged_upload(door: SftpDoor) -> None:
    client = await door.client()
    await put(client, "/inbound/a.tmp", b"a")
    await put(client, "/inbound/b.tmp", b"b")
    with pytest.raises(asyncssh.SFTPFailure, match="exists"):
        await client.rename("/inbound/a.tmp", "/inbound/b.tmp")
    await client.posix_rename("/inbound/a.tmp", "/inbound/b.tmp")
    await client.rename("/inbound/b.tmp", "/inbound/c.edi")

    assert door.received() == [("acme", "c.edi", b"a")]


async def test_a_rename_that_cannot_be_stored_fails_and_keeps_the_staged_upload(door: SftpDoor) -> None:
    client = await door.client()
    await put(client, "/inbound/a.tmp", b"a")
    door.mailroom.refuse_receipt = Busy("backlog")
    with pytest.raises(asyncssh.SFTPFailure, match="busy"):
        await client.rename("/inbound/a.tmp", "/inbound/a.edi")
    door.mailroom.refuse_receipt = None
    await client.rename("/inbound/a.tmp", "/inbound/a.edi")

    assert door.received() == [("acme", "a.edi", b"a")]


async def test_a_staged_upload_can_be_continued_and_appended_to(door: SftpDoor) -> None:
    client = await door.client()
    await put(client, "/inbound/po.part", b"one")
    file = await client.open("/inbound/po.part", FXF_WRITE | FXF_CREAT, encoding=None)
    await file.write(b"two", 3)
    await file.close()
    file = await client.open("/inbound/po.part", FXF_WRITE | FXF_APPEND, encoding=None)
    await file.write(b"three", 0)
    await file.close()
    await client.rename("/inbound/po.part", "/inbound/po.edi")

    assert door.received() == [("acme", "po.edi", b"onetwothree")]


async def test_a_staged_upload_can_be_removed_and_an_accepted_document_only_loses_its_name(door: SftpDoor) -> None:
    client = await door.client()
    await put(client, "/inbound/po.tmp", b"a")
    await put(client, "/inbound/po.edi", b"b")
    await client.remove("/inbound/po.tmp")
    await client.remove("/inbound/po.edi")
    with pytest.raises(asyncssh.SFTPNoSuchFile):
        await client.remove("/inbound/po.edi")

    assert await client.listdir("/inbound") == [".", ".."]
    assert door.received() == [("acme", "po.edi", b"b")]


async def test_an_account_without_staging_has_names_that_look_temporary_and_are_final(door: SftpDoor) -> None:
    door.accounts["acme"] = Account(channel="acme", user="acme", keys=(Key(ACME_KEY.public_data),), staging=False)
    client = await door.client()

    await put(client, "/inbound/po.tmp", b"a")

    assert door.received() == [("acme", "po.tmp", b"a")]
    with pytest.raises(asyncssh.SFTPPermissionDenied, match="it keeps its name"):
        await client.rename("/inbound/po.tmp", "/inbound/po.edi")


# ---------------------------------------------------------------------------------------------- folders


async def test_the_root_has_four_folders_and_no_more_can_be_made(door: SftpDoor) -> None:
    client = await door.client()
    for attempt in (
        client.mkdir("/inbound/new"),
        client.mkdir("/new"),
        client.rmdir("/inbound"),
        client.symlink("/etc/passwd", "/inbound/link"),
        client.readlink("/inbound/link"),
        client.remove("/inbound"),
    ):
        with pytest.raises(asyncssh.SFTPPermissionDenied):
            await attempt

    assert sorted(await client.listdir("/")) == [".", "..", "archive", "error", "inbound", "outbound"]
    assert await client.realpath(".") == "/"
    assert await client.isdir("/outbound")


@pytest.mark.parametrize("path", ["/outbound/x.edi", "/archive/x.edi", "/error/x.edi", "/x.edi", "/inbound"])
async def test_only_inbound_takes_files(door: SftpDoor, path: str) -> None:
    client = await door.client()

    with pytest.raises((asyncssh.SFTPPermissionDenied, asyncssh.SFTPNoSuchFile)):
        await client.open(path, "wb")


async def test_files_are_not_moved_between_folders(door: SftpDoor) -> None:
    door.mailroom.put("acme", "outbound", "997.edi", b"ST*997")
    client = await door.client()
    await put(client, "/inbound/po.tmp", b"a")
    for old, new in (("/outbound/997.edi", "/inbound/997.edi"), ("/inbound/po.tmp", "/archive/po.edi")):
        with pytest.raises(asyncssh.SFTPPermissionDenied):
            await client.rename(old, new)

    assert door.received() == []


async def test_listing_a_folder_that_is_none_fails_at_opendir(door: SftpDoor) -> None:
    client = await door.client()

    with pytest.raises(asyncssh.SFTPNoSuchFile):
        await client.listdir("/nowhere")


@pytest.mark.parametrize("name", [b"a\nb", b"a\x00b", b"\xff", b"..\\..\\x", b"x" * 201])
async def test_names_that_hide_something_are_refused(door: SftpDoor, name: bytes) -> None:
    client = await (await door.connect()).start_sftp_client(path_encoding=None)

    with pytest.raises(asyncssh.SFTPFailure):
        await client.open(b"/inbound/" + name, "wb")


# ---------------------------------------------------------------------------------------------- pickup


@pytest.mark.parametrize("data", [b"ST*997", LARGE])
async def test_a_file_read_to_its_end_and_closed_is_picked_up(door: SftpDoor, tmp_path: Path, data: bytes) -> None:
    spool = door.blobs.spool()
    spool.write(data)
    entry = door.mailroom.put("acme", "outbound", "997.edi", spool.seal())
    client = await door.client()
    await client.get("/outbound/997.edi", tmp_path / "got")

    assert (tmp_path / "got").read_bytes() == data
    assert door.mailroom.pickups == [entry]
    assert await client.exists("/outbound/997.edi")


async def test_a_partial_read_is_not_a_pickup(door: SftpDoor) -> None:
    door.mailroom.put("acme", "outbound", "997.edi", LARGE)
    client = await door.client()
    async with client.open("/outbound/997.edi", "rb") as file:
        await file.read(1000, 0)
    async with client.open("/outbound/997.edi", "rb") as file:
        await file.read(1000, len(LARGE) - 1000)

    assert door.mailroom.pickups == []


async def test_a_listing_and_a_stat_are_not_a_pickup(door: SftpDoor) -> None:
    door.mailroom.put("acme", "outbound", "997.edi", LARGE)
    client = await door.client()
    names = await client.listdir("/outbound")
    size = (await client.stat("/outbound/997.edi")).size

    assert (names, size) == ([".", "..", "997.edi"], len(LARGE))
    assert door.mailroom.pickups == []


async def test_a_download_cut_before_close_is_not_a_pickup(door: SftpDoor) -> None:
    door.mailroom.put("acme", "outbound", "997.edi", b"ST*997")
    connection = await door.connect()
    client = await connection.start_sftp_client()
    file = await client.open("/outbound/997.edi", "rb")
    await file.read()
    connection.abort()
    with structlog.testing.capture_logs() as lines:
        await eventually(lambda: any(line.get("operation") == "logout" for line in lines))

    assert door.mailroom.pickups == []


async def test_a_download_resumed_to_its_end_is_a_pickup(door: SftpDoor) -> None:
    entry = door.mailroom.put("acme", "outbound", "997.edi", LARGE)
    client = await door.client()
    async with client.open("/outbound/997.edi", "rb") as file:
        await file.read(300_000, 0)
    async with client.open("/outbound/997.edi", "rb") as file:
        await file.read(len(LARGE), 300_000)

    assert door.mailroom.pickups == [entry]


async def test_removing_an_outbound_file_confirms_it_into_the_archive(door: SftpDoor) -> None:
    door.mailroom.put("acme", "outbound", "997.edi", b"ST*997")
    client = await door.client()
    await client.remove("/outbound/997.edi")
    async with client.open("/archive/997.edi", "rb") as file:
        again = await file.read()

    assert again == b"ST*997"
    assert await client.listdir("/outbound") == [".", ".."]
    with pytest.raises(asyncssh.SFTPPermissionDenied):
        await client.remove("/archive/997.edi")


# ---------------------------------------------------------------------------------------------- walls


async def test_partners_never_see_each_other(door: SftpDoor) -> None:
    door.mailroom.put("globex-sftp", "outbound", "secret.edi", b"theirs")
    acme, globex = await door.client("acme"), await door.client("globex")
    await put(globex, "/inbound/po.tmp", b"theirs")
    for path in ("/outbound/secret.edi", "/inbound/po.tmp", "/../globex-sftp/outbound/secret.edi"):
        with pytest.raises(asyncssh.SFTPNoSuchFile):
            await acme.stat(path)
        with pytest.raises(asyncssh.SFTPNoSuchFile):
            await acme.open(path, "rb")
    with pytest.raises(asyncssh.SFTPNoSuchFile):
        await acme.rename("/inbound/po.tmp", "/inbound/po.edi")
    with pytest.raises(asyncssh.SFTPNoSuchFile):
        await acme.remove("/outbound/secret.edi")

    assert await acme.listdir("/outbound") == [".", ".."]
    assert await globex.listdir("/outbound") == [".", "..", "secret.edi"]
    assert door.received() == []


async def test_every_operation_leaves_one_line_that_no_name_can_forge(door: SftpDoor) -> None:
    with structlog.testing.capture_logs() as lines:
        client = await door.client()
        await put(client, "/inbound/bestellung-ä.edi", b"12345")
        await client.listdir("/inbound")
        with pytest.raises(asyncssh.SFTPFailure):
            await client.open("/inbound/a\nlogin ok", "wb")
    said = [
        (line["user"], line["operation"], line["name"], line["size"], line["result"])
        for line in lines
        if line["log_level"] != "debug"
    ]

    assert [line[1] for line in said] == ["login", "upload", "list", "open"]
    assert said[1] == ("acme", "upload", "bestellung-\\xe4.edi", 5, "accepted entry-1")
    assert said[3][2] == "/inbound/a\\nlogin ok"
    assert {line["remote"] for line in lines} == {"127.0.0.1"}
