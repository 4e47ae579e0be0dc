"""What partners prescribe or are held to: folders and file names of their own, quotas, dated keys, two proofs."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import asyncssh
import pytest
import structlog
from asyncssh.constants import FXP_WRITE
from asyncssh.packet import String, UInt64

from gateway.partners.sftp_form import matches
from gateway.pipeline.ports import Waiting
from gateway.transports.sftp import Key, Layout
from gateway.transports.sftp.connection import Connection
from tests.fakes.mailroom import at_noon
from tests.fakes.sftp_door import ACME_KEY, OTHER_KEY, SftpDoor, eventually, open_door

NO_ENTRY = (asyncssh.PermissionDenied, asyncssh.ConnectionLost, asyncssh.DisconnectError, ConnectionError)


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[SftpDoor]:
    async with open_door(tmp_path) as door:
        yield door


def prescribe(door: SftpDoor, **terms: object) -> None:
    door.accounts["acme"] = replace(door.accounts["acme"], **terms)  # type: ignore[arg-type]  # tests name the fields


async def put(client: asyncssh.SFTPClient, path: str, data: bytes) -> None:
    async with client.open(path, "wb") as file:
        await file.write(data)


# ---------------------------------------------------------------------------------------------- folders and names


async def test_a_partner_works_in_folders_of_its_own_names(door: SftpDoor) -> None:
    prescribe(door, layout=Layout({"inbound": (("users", "acme", "in"),), "outbound": (("FromUs",),)}))
    door.mailroom.put("acme", "outbound", "997.edi", b"ST*997")
    client = await door.client()
    await put(client, "users/acme/in/po.tmp", b"ISA")
    await client.rename("/users/acme/in/po.tmp", "/inbound/po.edi")
    await client.remove("/FromUs/997.edi")

    assert await client.realpath("users/acme/in") == "/users/acme/in"
    assert sorted(await client.listdir("/")) == [".", "..", "FromUs", "archive", "error", "users"]
    assert await client.listdir("/users") == [".", "..", "acme"]
    assert await client.isdir("/users/acme")
    assert await client.listdir("/users/acme/in") == [".", "..", "po.edi"]
    assert door.received() == [("acme", "po.edi", b"ISA")]
    assert door.mailroom.entry("acme", "archive", "997.edi") is not None
    with pytest.raises((asyncssh.SFTPPermissionDenied, asyncssh.SFTPNoSuchFile)):
        await put(client, "/users/acme/po.edi", b"ISA")


async def test_folders_of_one_partner_are_not_there_for_another(door: SftpDoor) -> None:
    prescribe(door, layout=Layout({"inbound": (("in",),)}))

    with pytest.raises(asyncssh.SFTPNoSuchFile):
        await (await door.client("globex")).listdir("/in")


async def test_only_file_names_that_were_agreed_on_are_taken(door: SftpDoor) -> None:
    prescribe(door, takes=lambda name: matches((r"PO_[0-9]{8}\.edi",), name))
    client = await door.client()
    with pytest.raises(asyncssh.SFTPPermissionDenied, match="agreed"):
        await client.open("/inbound/po.edi", "wb")
    await put(client, "/inbound/whatever.tmp", b"ISA")
    with pytest.raises(asyncssh.SFTPPermissionDenied, match="agreed"):
        await client.rename("/inbound/whatever.tmp", "/inbound/po.edi")
    await client.rename("/inbound/whatever.tmp", "/inbound/PO_20260302.edi")

    assert door.received() == [("acme", "PO_20260302.edi", b"ISA")]
    assert door.blobs.leftovers() == []


# ---------------------------------------------------------------------------------------------- quotas


async def test_a_partner_over_its_quota_of_files_is_refused_at_open_and_others_are_not(door: SftpDoor) -> None:
    prescribe(door, quota=Waiting(files=3, size=1_000_000))
    client = await door.client()
    await put(client, "/inbound/a.tmp", b"staged")
    door.mailroom.unprocessed["acme"] = [10]
    file = await client.open("/inbound/b.edi", "wb")
    with pytest.raises(asyncssh.SFTPFailure, match="waits here"):
        await client.open("/inbound/c.edi", "wb")
    await put(await door.client("globex"), "/inbound/c.edi", b"theirs")
    await file.close()
    await put(client, "/inbound/c.edi", b"fits again")

    assert [name for _, name, _ in door.received()] == ["c.edi", "b.edi", "c.edi"]


async def test_files_being_written_on_several_connections_share_one_quota_of_bytes(door: SftpDoor) -> None:
    prescribe(door, quota=Waiting(files=100, size=100_000))
    door.mailroom.unprocessed["acme"] = [30_000]
    one = await (await door.client()).open("/inbound/one.edi", "wb")
    other = await (await door.client()).open("/inbound/other.edi", "wb")
    await one.write(b"x" * 40_000)
    with pytest.raises(asyncssh.SFTPFailure, match="waits here"):
        await other.write(b"x" * 40_000)
    with pytest.raises(asyncssh.SFTPFailure, match="not accepted"):
        await other.close()
    await one.close()

    assert [name for _, name, _ in door.received()] == ["one.edi"]
    assert door.blobs.leftovers() == []


async def test_an_upload_that_broke_off_gives_its_part_of_the_quota_back(door: SftpDoor) -> None:
    prescribe(door, quota=Waiting(files=1, size=100_000))
    connection = await door.connect()
    file = await (await connection.start_sftp_client()).open("/inbound/po.edi", "wb")
    await file.write(b"x" * 50_000)
    connection.abort()
    await eventually(lambda: door.blobs.leftovers() == [])
    await put(await door.client(), "/inbound/po.edi", b"x" * 60_000)

    assert [len(data) for _, _, data in door.received()] == [60_000]


# ---------------------------------------------------------------------------------------------- keys and proofs


async def test_a_key_opens_the_door_in_its_days_only(door: SftpDoor) -> None:
    day = timedelta(days=1)
    old = Key(ACME_KEY.public_data, until=at_noon())
    coming = Key(OTHER_KEY.public_data, since=at_noon() - day, until=at_noon() + day)
    prescribe(door, keys=(old, coming))
    with pytest.raises(NO_ENTRY):
        await door.connect("acme", client_keys=[ACME_KEY])

    await door.connect("acme", client_keys=[OTHER_KEY])


async def test_where_both_are_asked_for_neither_alone_opens_the_door(door: SftpDoor) -> None:
    prescribe(door, sign_in="both")
    for secrets in (
        {"client_keys": [ACME_KEY]},
        {"client_keys": None, "password": "road-runner"},
        {"client_keys": [ACME_KEY], "password": "wrong"},
        {"client_keys": [OTHER_KEY], "password": "road-runner"},
    ):
        with pytest.raises(NO_ENTRY):
            await door.connect("acme", **secrets)
    with structlog.testing.capture_logs() as lines:
        connection = await door.connect("acme", client_keys=[ACME_KEY], password="road-runner")

    assert await (await connection.start_sftp_client()).exists("/inbound")
    assert [(line["operation"], line["result"]) for line in lines if line["operation"] == "login"] == [("login", "ok")]


async def test_a_password_is_not_told_to_be_right_before_the_key_was_shown(door: SftpDoor) -> None:
    class Watcher(asyncssh.SSHClient):
        def password_auth_requested(self) -> str:
            return "road-runner"

    prescribe(door, sign_in="both")
    told = []
    for password in ("road-runner", "wrong"):
        with structlog.testing.capture_logs() as lines, pytest.raises(NO_ENTRY) as refused:
            await door.connect("acme", client_keys=None, password=password, preferred_auth="password")
        told.append((str(refused.value), [line["result"] for line in lines if line["operation"] == "login"]))

    assert told[0] == told[1]


async def test_a_key_shown_for_one_user_is_nothing_for_the_next(door: SftpDoor) -> None:
    connection = Connection(door.server._door)
    connection.begin_auth("acme")
    connection._shown.add("key")
    connection.begin_auth("hub")

    assert connection._shown == set()
    assert connection.public_key_auth_supported()


# ---------------------------------------------------------------------------------------------- what clients do


async def test_what_follows_the_data_of_a_write_is_let_be(door: SftpDoor) -> None:
    client = await door.client()
    file = await client.open("/inbound/po.edi", "wb")
    await client._handler._make_request(FXP_WRITE, String(file._handle), UInt64(0), String(b"ISA"), b"the rest")
    await file.close()

    assert door.received() == [("acme", "po.edi", b"ISA")]


@pytest.mark.parametrize(("how", "picked_up"), [("in order", ["997.edi"]), ("cut", [])])
async def test_a_session_ended_in_order_after_the_whole_file_is_a_pickup(
    door: SftpDoor, how: str, picked_up: list[str]
) -> None:
    door.mailroom.put("acme", "outbound", "997.edi", b"ST*997")
    connection = await door.connect()
    client = await connection.start_sftp_client()
    file = await client.open("/outbound/997.edi", "rb")
    await file.read()
    with structlog.testing.capture_logs() as lines:
        if how == "in order":
            client.exit()
        else:
            connection.abort()
        await eventually(lambda: any(line["operation"] == "download" for line in lines))

    assert [entry.name for entry in door.mailroom.pickups] == picked_up


async def test_a_listing_of_outbound_says_that_the_partner_was_shown_the_names_once(door: SftpDoor) -> None:
    door.mailroom.put("acme", "outbound", "997.edi", b"ST*997")
    client = await door.client()
    for folder in ("/inbound", "/archive", "/outbound", "/outbound"):
        await client.listdir(folder)

    assert door.mailroom.listings == [("acme", ["997.edi"])]


async def test_uploads_left_under_temporary_names_are_written_down(tmp_path: Path) -> None:
    async with open_door(tmp_path, tending_seconds=0.01) as door:
        with structlog.testing.capture_logs() as lines:
            door.mailroom.left = [("acme", "po\n.tmp")]
            await eventually(lambda: any("left" in line["event"] for line in lines))
        await eventually(lambda: door.mailroom.tended > 5)

    assert [(line["channel"], line["name"]) for line in lines if "left" in line["event"]] == [("acme", "po\\n.tmp")]


async def test_a_store_that_cannot_be_tended_keeps_the_door_open(tmp_path: Path) -> None:
    async with open_door(tmp_path, tending_seconds=0.01) as door:
        tries: list[int] = []

        def fail() -> None:
            tries.append(1)
            raise OSError("disk")

        door.mailroom.tend = fail  # type: ignore[method-assign,assignment]  # a store that is down
        await eventually(lambda: len(tries) > 2)

        await put(await door.client(), "/inbound/po.edi", b"ISA")
        assert door.received() == [("acme", "po.edi", b"ISA")]
