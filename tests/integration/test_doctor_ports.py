"""`gateway doctor` tells a gateway that runs from a stranger on its port."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import asyncssh
import pytest

from gateway.api.app import ApiLimits, create_app
from gateway.api.listener import Listener
from gateway.cli.ports import http_port, mail_port, sftp_port
from tests.fakes.blobs import MemoryBlobs
from tests.fakes.intake import MemoryIntake
from tests.fakes.mailbox import MemoryMailbox
from tests.fakes.questions import PreparedQuestions
from tests.fakes.sftp_door import HOST_KEY, open_door
from tests.integration.mail_door import a_mailbox, opened

HOST = "127.0.0.1"


@pytest.fixture
def stranger() -> Iterator[int]:
    """The port of a program that greets everybody in a language of its own, and hangs up."""
    with socket.create_server((HOST, 0)) as listening:
        threading.Thread(target=greet, args=(listening,), daemon=True).start()
        yield listening.getsockname()[1]


def greet(listening: socket.socket) -> None:
    try:
        while True:
            with listening.accept()[0] as connection:
                connection.sendall(b"220 mail.example ready\r\n")
    except OSError:
        return


def free_port() -> int:
    with socket.create_server((HOST, 0)) as listening:
        return int(listening.getsockname()[1])


def a_key_in(folder: Path, key: asyncssh.SSHKey) -> Path:
    folder.mkdir()
    (folder / "sftp_host_ed25519_key").write_bytes(key.export_private_key())
    return folder


def test_a_port_that_nobody_has_is_free(tmp_path: Path) -> None:
    port = free_port()

    assert sftp_port(HOST, port, tmp_path) == f"{HOST}:{port} is free"
    assert http_port(HOST, port) == mail_port(HOST, port) == f"{HOST}:{port} is free"


def test_a_stranger_on_a_port_is_no_gateway(stranger: int, tmp_path: Path) -> None:
    with pytest.raises(OSError, match=f"port {stranger} is taken by something that is not this gateway"):
        sftp_port(HOST, stranger, tmp_path)
    with pytest.raises(OSError, match=f"port {stranger} is taken by something that is not this gateway"):
        http_port(HOST, stranger)
    with pytest.raises(OSError, match=f"port {stranger} is taken by something that is not this gateway"):
        mail_port(HOST, stranger)


async def test_the_sftp_door_is_known_by_its_host_key(tmp_path: Path) -> None:
    ours = a_key_in(tmp_path / "keys", HOST_KEY)
    theirs = a_key_in(tmp_path / "other", asyncssh.generate_private_key("ssh-ed25519"))
    async with open_door(tmp_path) as door:
        assert await asyncio.to_thread(sftp_port, HOST, door.port, ours) == (
            f"{HOST}:{door.port} is answered by this gateway"
        )
        with pytest.raises(OSError, match="not this gateway: its SSH host key is not one of"):
            await asyncio.to_thread(sftp_port, HOST, door.port, theirs)


async def test_the_http_door_is_known_by_its_description() -> None:
    application = create_app(
        intake=MemoryIntake(),
        accounts=lambda _: None,
        systems=lambda _: None,
        admit=lambda _content, _account: None,
        questions=PreparedQuestions(),
        mailbox=MemoryMailbox(),
        blobs=MemoryBlobs(),
        limits=ApiLimits(),
        clock=lambda: datetime.now(UTC),
        version="0.0.0",
    )
    listener = Listener(application)
    port = int((await listener.start()).rpartition(":")[2])
    try:
        found = await asyncio.to_thread(http_port, HOST, port)
    finally:
        await listener.close()

    assert found == f"{HOST}:{port} is answered by a gateway"


async def test_the_mail_door_is_known_by_what_it_says_to_help(tmp_path: Path) -> None:
    async with opened(tmp_path) as door, a_mailbox() as other:
        assert await asyncio.to_thread(mail_port, HOST, door.port) == f"{HOST}:{door.port} is answered by a gateway"
        with pytest.raises(OSError, match=f"port {other.port} is taken by something that is not this gateway"):
            await asyncio.to_thread(mail_port, HOST, other.port)


def test_an_address_that_is_not_ours_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(OSError, match=r"192\.0\.2\.1:2222 cannot be listened on"):
        sftp_port("192.0.2.1", 2222, tmp_path)
