"""The SFTP listener: takes connections, hands each what it needs, stops in order."""

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

import asyncssh

from gateway.errors import MachineError
from gateway.pipeline.ports import Blobs, Intake, Mailbox
from gateway.transports.sftp import algorithms
from gateway.transports.sftp.accounts import Accounts
from gateway.transports.sftp.connection import Connection, Door
from gateway.transports.sftp.desk import Ports
from gateway.transports.sftp.guard import Guard
from gateway.transports.sftp.host_keys import without_sha1
from gateway.transports.sftp.limits import Limits

VERSION: Final = "EDI-Gateway"
"""What the server calls itself; no number, so that it tells no attacker anything."""


DRAIN_POLL_SECONDS: Final = 0.02


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
    ) -> None:
        """`host_keys` are loaded keys, never paths; port 0 takes a free one; `clock` answers aware UTC times."""
        self._host = host
        self._port = port
        self._limits = limits
        self._host_keys = [without_sha1(key) for key in host_keys]
        self._door = Door(
            accounts=accounts,
            ports=Ports(intake=intake, mailbox=mailbox, blobs=blobs, clock=clock, listing=limits.listing),
            limits=limits,
            guard=Guard(limits, time.monotonic),
        )
        self._acceptor: asyncssh.SSHAcceptor | None = None

    async def start(self) -> int:
        """Listen; the port that was bound. Raises MachineError when it is taken."""
        try:
            self._acceptor = await asyncssh.listen(
                self._host,
                self._port,
                server_factory=lambda: Connection(self._door),
                server_host_keys=self._host_keys,
                server_version=VERSION,
                encoding=None,
                config=None,
                backlog=1024,
                login_timeout=self._limits.login_seconds,
                keepalive_interval=30,
                keepalive_count_max=4,
                kex_algs=algorithms.KEY_EXCHANGE,
                encryption_algs=algorithms.ENCRYPTION,
                mac_algs=algorithms.MAC,
                signature_algs=algorithms.SIGNATURE,
                compression_algs=algorithms.COMPRESSION,
                allow_pty=False,
                line_editor=False,
                allow_scp=False,
                agent_forwarding=False,
                x11_forwarding=False,
                rdns_lookup=False,
                gss_host=None,
            )
        except OSError as refused:
            raise MachineError(f"SFTP cannot listen on {self._host} port {self._port}: {refused}") from refused
        return self._acceptor.get_port()

    async def close(self) -> None:
        """Take no more connections, let uploads that are being stored finish, end every session."""
        if self._acceptor is None:
            return
        self._acceptor.close()
        deadline = time.monotonic() + self._limits.drain_seconds
        while self._door.ports.storing and time.monotonic() < deadline:
            await asyncio.sleep(DRAIN_POLL_SECONDS)
        for connection in list(self._door.connections):
            connection.disconnect("the gateway is stopping")
        if self._door.tasks:
            await asyncio.wait(list(self._door.tasks), timeout=self._limits.drain_seconds)
        await self._acceptor.wait_closed()
        self._acceptor = None
