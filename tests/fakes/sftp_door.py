"""The SFTP door on a free port, with fake ports behind it, and clients to knock at it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import ip_network
from pathlib import Path

import asyncssh

from gateway.transports.sftp import Account, Key, Limits, SftpServer, same_secret
from gateway.transports.sftp.algorithms import COMPATIBLE, Profile
from tests.fakes.mailroom import FolderBlobs, Mailroom, at_noon

HOST_KEY = asyncssh.generate_private_key("ssh-ed25519")
ACME_KEY = asyncssh.generate_private_key("ssh-ed25519")
OTHER_KEY = asyncssh.generate_private_key("ssh-ed25519")
QUICK = {"failure_delay_seconds": 0.0, "drain_seconds": 2.0, "counting_seconds": 0.0}


@dataclass
class SftpDoor:
    """A running door. `acme` and `globex` are its partners; acme may send 1 MB."""

    blobs: FolderBlobs
    mailroom: Mailroom
    server: SftpServer
    accounts: dict[str, Account]
    port: int = 0
    clients: list[asyncssh.SSHClientConnection] = field(default_factory=list)

    async def connect(self, user: str = "acme", **options: object) -> asyncssh.SSHClientConnection:
        """A signed-in connection, closed with the door."""
        if not options.keys() & {"password", "client_keys"}:
            options["client_keys"] = [ACME_KEY if user == "acme" else OTHER_KEY]
        options.setdefault("known_hosts", None)
        connection = await asyncssh.connect(
            "127.0.0.1", self.port, username=user, config=None, agent_path=None, **options
        )
        self.clients.append(connection)
        return connection

    async def client(self, user: str = "acme") -> asyncssh.SFTPClient:
        """An SFTP session of its own connection."""
        return await (await self.connect(user)).start_sftp_client()

    def fingerprint(self) -> str:
        """Of the door's host key, as OpenSSH and PuTTY write it."""
        return HOST_KEY.convert_to_public().get_fingerprint()

    def received(self) -> list[tuple[str, str | None, bytes]]:
        """What was received: channel, file name and bytes, in order."""
        return [
            (parcel.channel, parcel.file_name, self.blobs.read(parcel.content, 0, parcel.content.size))
            for parcel in self.mailroom.parcels
        ]


@asynccontextmanager
async def open_door(
    folder: Path,
    *,
    host_keys: Sequence[asyncssh.SSHKey] = (HOST_KEY,),
    profile: Callable[[], Profile] = lambda: COMPATIBLE,
    proxies: Sequence[str] = (),
    clock: Callable[[], datetime] = at_noon,
    **limits: float,
) -> AsyncIterator[SftpDoor]:
    """A door whose spool is in `folder`; `limits` are fields of Limits."""
    accounts = {
        "acme": Account(
            channel="acme",
            user="acme",
            keys=(Key(ACME_KEY.public_data),),
            password_check=same_secret("road-runner"),
            max_file_bytes=1_000_000,
        ),
        "globex": Account(channel="globex-sftp", user="globex", keys=(Key(OTHER_KEY.public_data),)),
    }
    blobs, mailroom = FolderBlobs(folder), Mailroom()
    server = SftpServer(
        accounts=accounts.get,
        intake=mailroom,
        mailbox=mailroom,
        blobs=blobs,
        host_keys=host_keys,
        host="127.0.0.1",
        port=0,
        limits=Limits(**(QUICK | limits)),  # type: ignore[arg-type]  # tests name the fields
        clock=clock,
        profile=profile,
        proxies=[ip_network(one) for one in proxies],
    )
    door = SftpDoor(blobs, mailroom, server, accounts)
    door.port = await server.start()
    try:
        yield door
    finally:
        for client in door.clients:
            client.abort()
        await server.close()
        for client in door.clients:
            await client.wait_closed()


async def eventually(condition: object, seconds: float = 5.0) -> None:
    """Wait until the callable `condition` is true. Raises TimeoutError."""
    assert callable(condition)
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)
