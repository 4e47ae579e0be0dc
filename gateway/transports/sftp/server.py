"""The SFTP listener: takes connections, hands each what it needs, stops in order."""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Final

import asyncssh
import structlog

from gateway.errors import MachineError
from gateway.pipeline.ports import Blobs, Intake, Mailbox
from gateway.transports.sftp import wire
from gateway.transports.sftp.accounts import Accounts, Network
from gateway.transports.sftp.algorithms import COMPATIBLE, Profile
from gateway.transports.sftp.connection import Connection, Door
from gateway.transports.sftp.desk import Ports
from gateway.transports.sftp.guard import Guard
from gateway.transports.sftp.limits import Limits
from gateway.transports.sftp.names import escaped
from gateway.transports.sftp.proxied import Proxies

DRAIN_POLL_SECONDS: Final = 0.02

log = structlog.get_logger("gateway.sftp")


class SftpServer:
    """The drop-box: `start` once, `close` once."""

    def __init__(
        self,
        *,
        accounts: Accounts,
        intake: Intake,
        mailbox: Mailbox,
        blobs: Blobs,
        host_keys: Sequence[asyncssh.SSHKey],
        host: str,
        port: int,
        limits: Limits,
        clock: Callable[[], datetime],
        profile: Callable[[], Profile] = lambda: COMPATIBLE,
        proxies: Sequence[Network] = (),
    ) -> None:
        """`host_keys` are loaded keys, never paths, the first of a type in use and the others announced; port 0 takes a
        free one; `clock` answers aware UTC times. `profile` is asked at each connection; `proxies` are those whose word
        for a client's address is believed.
        """
        self._host = host
        self._port = port
        self._limits = limits
        self._host_keys = host_keys
        self._profile = profile
        self._proxies = Proxies(proxies, limits.proxy_seconds, limits.unauthenticated)
        self._options: dict[str, asyncssh.SSHServerConnectionOptions] = {}
        self._door = Door(
            accounts=accounts,
            ports=Ports(
                intake=intake,
                mailbox=mailbox,
                blobs=blobs,
                clock=clock,
                listing=limits.listing,
                counting_seconds=limits.counting_seconds,
            ),
            limits=limits,
            guard=Guard(limits, time.monotonic),
            profile=profile,
        )
        self._listener: asyncio.Server | None = None
        self._tending: asyncio.Task[None] | None = None

    async def start(self) -> int:
        """Listen; the port that was bound. Raises MachineError when it is taken."""
        self._options_now()  # made before the first client waits for them
        try:
            self._listener = await wire.listen(self._host, self._port, self._options_now, self._proxies)
        except OSError as refused:
            raise MachineError(f"SFTP cannot listen on {self._host} port {self._port}: {refused}") from refused
        self._tending = asyncio.create_task(self._tend())
        return int(self._listener.sockets[0].getsockname()[1])

    def _options_now(self) -> asyncssh.SSHServerConnectionOptions:
        profile = self._profile()
        if profile.name not in self._options:
            self._options[profile.name] = wire.options_for(
                profile, self._host_keys, self._limits, lambda: Connection(self._door)
            )
        return self._options[profile.name]

    async def _tend(self) -> None:
        """Now and then: what was left under a temporary name is nobody's yet, and somebody has to hear of it."""
        while True:
            try:
                left = await asyncio.to_thread(self._door.ports.mailbox.tend)
            except Exception:  # the disk may refuse now and not in a minute; the door stays open
                log.exception("the mailboxes could not be tended")
            else:
                for channel, name in left:
                    log.warning("an upload was left under its temporary name", channel=channel, name=escaped(name))
            await asyncio.sleep(self._limits.tending_seconds)

    async def close(self) -> None:
        """Take no more connections, let uploads that are being stored finish, end every session."""
        if self._listener is None:
            return
        self._listener.close()
        if self._tending is not None:
            self._tending.cancel()
            with suppress(asyncio.CancelledError):
                await self._tending
        deadline = time.monotonic() + self._limits.drain_seconds
        while self._door.ports.storing and time.monotonic() < deadline:
            await asyncio.sleep(DRAIN_POLL_SECONDS)
        for connection in list(self._door.connections):
            connection.disconnect("the gateway is stopping")
        if self._door.tasks:
            await asyncio.wait(list(self._door.tasks), timeout=self._limits.drain_seconds)
        await self._listener.wait_closed()
        self._listener = None
