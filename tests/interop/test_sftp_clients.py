"""The clients that partners have get through the SFTP door, and hear of it when a file was not taken."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes.sftp_door import SftpDoor, open_door
from tests.interop.sftp_clients import CLIENTS, Client, Desk

ORDER = b"ISA*00*" + b"0123456789" * 15_000
every_client = pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
whoever_does_more_than_copy = pytest.mark.parametrize(
    "client", [client for client in CLIENTS if client.name != "scp"], ids=lambda client: client.name
)

DEAF = {("curl", "close")}
"""Who does not look at the answer to CLOSE. For them everything that can be refused is refused at OPEN."""


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[SftpDoor]:
    (tmp_path / "spool").mkdir()
    async with open_door(tmp_path / "spool", unauthenticated_per_address=50) as door:
        yield door


@pytest.fixture
def desk(door: SftpDoor, tmp_path: Path) -> Desk:
    (tmp_path / "desk").mkdir()
    (tmp_path / "desk" / "po.edi").write_bytes(ORDER)
    return Desk(door, tmp_path / "desk")


def require(client: Client) -> None:
    if client.missing:
        pytest.skip(f"{client.name} is not here: {client.missing}")


@every_client
async def test_a_client_uploads_a_file_byte_for_byte_and_says_so(desk: Desk, client: Client) -> None:
    require(client)
    said = await client.run(desk, "upload", "po.edi", "inbound/po.edi")

    assert said.code == 0, said.text
    assert [data for _, name, data in desk.door.received() if name == "po.edi"] == [ORDER]


@whoever_does_more_than_copy
async def test_a_client_uploads_under_a_temporary_name_and_renames(desk: Desk, client: Client) -> None:
    require(client)
    uploaded = await client.run(desk, "upload", "po.edi", "inbound/po.edi.tmp")
    taken_early = desk.door.received()
    renamed = await client.run(desk, "rename", "inbound/po.edi.tmp", "inbound/po.edi")

    assert (uploaded.code, renamed.code) == (0, 0), uploaded.text + renamed.text
    assert taken_early == []
    assert [(name, data) for _, name, data in desk.door.received()] == [("po.edi", ORDER)]


@every_client
async def test_a_client_downloads_what_waits_and_that_is_a_pickup(desk: Desk, client: Client) -> None:
    require(client)
    channel = desk.door.accounts[client.user].channel
    entry = desk.door.mailroom.put(channel, "outbound", "997.edi", ORDER)
    said = await client.run(desk, "download", "outbound/997.edi", "got.edi")

    assert said.code == 0, said.text
    assert (desk.folder / "got.edi").read_bytes() == ORDER
    assert [one.id for one in desk.door.mailroom.pickups] == [entry.id]


@whoever_does_more_than_copy
async def test_a_client_removes_what_it_has_and_that_confirms_it(desk: Desk, client: Client) -> None:
    require(client)
    channel = desk.door.accounts[client.user].channel
    desk.door.mailroom.put(channel, "outbound", "997.edi", ORDER)
    said = await client.run(desk, "delete", "outbound/997.edi")

    assert said.code == 0, said.text
    assert desk.door.mailroom.entry(channel, "outbound", "997.edi") is None
    assert desk.door.mailroom.entry(channel, "archive", "997.edi") is not None


@every_client
@pytest.mark.parametrize("stage", ["open", "write", "close"])
async def test_a_client_hears_that_its_file_was_not_taken(desk: Desk, client: Client, stage: str) -> None:
    require(client)
    match stage:
        case "open":
            desk.door.mailroom.refuse_admission = RuntimeError("secret")
        case "write":
            desk.door.blobs.room_bytes = 100_000
        case "close":
            desk.door.mailroom.refuse_receipt = RuntimeError("secret")
    said = await client.run(desk, "upload", "po.edi", "inbound/po.edi")

    assert (said.code == 0) == ((client.name, stage) in DEAF), said.text
    assert "secret" not in said.text
    assert desk.door.received() == []
    assert desk.door.blobs.leftovers() == []
