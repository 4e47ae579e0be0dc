"""One signed-in session at a partner's server. Every step has a time limit, and every failure is one of five kinds."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, suppress
from typing import TypeVar

import asyncssh
from asyncssh.packet import SSHPacket

from gateway.transports.sftp.algorithms import COMPRESSION
from gateway.transports.sftp_client.addresses import addresses_of
from gateway.transports.sftp_client.audit import Audit
from gateway.transports.sftp_client.errors import Declined, HostKeyChanged, LineLost, NotReached
from gateway.transports.sftp_client.host import Limits, PartnerServer, Pins, fingerprint_of

Value = TypeVar("Value")
END_SECONDS = 2.0
"""How long a session may take to end in order."""

_NO_KEYS: tuple[list[str], ...] = ([], [], [])
_BROKEN = (OSError, EOFError, asyncssh.Error, asyncio.IncompleteReadError)
_GONE = (asyncssh.SFTPConnectionLost, asyncssh.SFTPNoConnection, asyncssh.SFTPBadMessage)


class _Guard(asyncssh.SSHClient):
    """Believes pinned host keys only, and remembers which other one was shown."""

    def __init__(self, pins: Pins) -> None:
        self._pins = pins
        self.stranger = ""

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
        """See asyncssh.SSHClient: asked before anything of ours is sent."""
        good = self._pins.hold(key)
        self.stranger = "" if good else fingerprint_of(key)
        return good


class Line:
    """A session. `step` runs one request; after LineLost the session is of no use."""

    def __init__(
        self, connection: asyncssh.SSHClientConnection, client: asyncssh.SFTPClient, limits: Limits, audit: Audit
    ) -> None:
        self._connection, self.client, self.limits, self.audit = connection, client, limits, audit

    async def step(self, what: str, request: Awaitable[Value], *, seconds: float | None = None) -> Value:
        """The answer to one request. Raises Declined, LineLost."""
        try:
            return await self._answer(request, seconds or self.limits.step_seconds)
        except TimeoutError as late:
            self.abort()
            raise LineLost(f"{what}: no answer in time") from late
        except asyncssh.SFTPError as said:
            if isinstance(said, _GONE):
                self.abort()
                raise LineLost(f"{what}: {said.reason[:200]}") from said
            missing = isinstance(said, asyncssh.SFTPNoSuchFile)
            raise Declined(f"{what}: the server says {said.reason[:200]!r}", missing=missing) from said
        except (*_BROKEN, ValueError) as broken:
            self.abort()
            raise LineLost(f"{what}: {_words(broken)}") from broken

    async def _answer(self, request: Awaitable[Value], seconds: float) -> Value:
        """Raises TimeoutError. What is cancelled wants to close its handle first, and waits for a server that says
        nothing: so the line is cut before.
        """
        asked = asyncio.ensure_future(request)
        asked.add_done_callback(lambda one: one.cancelled() or one.exception())  # looked at, whoever waits
        try:
            answered, _ = await asyncio.wait({asked}, timeout=seconds)
        finally:
            if not asked.done():
                self.abort()
                asked.cancel()
                await asyncio.wait({asked}, timeout=END_SECONDS)
        if not answered:
            raise TimeoutError
        return asked.result()

    @property
    def usable(self) -> bool:
        """Whether the connection stands, as far as we know."""
        return not self._connection.is_closed()

    def abort(self) -> None:
        """Cut the connection."""
        self._connection.abort()

    async def close(self) -> None:
        """End in order, or by force when that takes too long."""
        self._connection.close()
        with suppress(*_BROKEN, TimeoutError):
            async with asyncio.timeout(END_SECONDS):
                await self._connection.wait_closed()
        self._connection.abort()


@asynccontextmanager
async def session(server: PartnerServer) -> AsyncIterator[Line]:
    """A session for as long as the block lasts. Raises what `connect` raises."""
    line = await connect(server)
    try:
        yield line
    finally:
        await line.close()


async def connect(server: PartnerServer) -> Line:
    """Sign in. Raises HostKeyChanged, NotReached: in both cases nothing has happened at the server."""
    audit = Audit(channel=server.channel, remote=server.remote)
    with audit.operation("connect"):
        addresses = await addresses_of(server.host, server.port, server.networks, server.limits.connect_seconds)
        for number, address in enumerate(addresses, 1):
            try:
                return await _connect(server, address, audit)
            except OSError as refused:
                if number == len(addresses):
                    raise NotReached(f"{server.remote} ({address}): {_words(refused)}") from refused
    raise AssertionError("a host without an address was let through")


async def _connect(server: PartnerServer, address: str, audit: Audit) -> Line:
    """Raises OSError when there is no connection: another address may have one."""
    guard, limits = _Guard(server.pins), server.limits
    options = asyncssh.SSHClientConnectionOptions(**_options(server))
    try:
        async with asyncio.timeout(limits.connect_seconds + limits.login_seconds):
            connection, _ = await asyncssh.create_connection(
                lambda: guard, address, server.port, options=options, connect_timeout=limits.connect_seconds
            )
    except asyncssh.HostKeyNotVerifiable as other:
        shown = (
            f"shows the host key {guard.stranger}" if guard.stranger else f"cannot prove its host key ({other.reason})"
        )
        raise HostKeyChanged(f"{server.remote} {shown}, which is not pinned for it") from other
    except asyncssh.PermissionDenied as refused:
        raise NotReached(f"{server.remote} does not let {server.sign_in.user} in: {refused.reason[:200]}") from refused
    except (asyncssh.Error, ValueError, EOFError) as broken:
        raise NotReached(f"{server.remote}: {_words(broken)}") from broken
    return await _session(server, connection, audit)


async def _session(server: PartnerServer, connection: asyncssh.SSHClientConnection, audit: Audit) -> Line:
    try:
        async with asyncio.timeout(server.limits.step_seconds):
            client = await connection.start_sftp_client(path_encoding=None, sftp_version=3)
    except (*_BROKEN, TimeoutError, ValueError) as broken:
        connection.abort()
        raise NotReached(f"{server.remote} has no SFTP for us: {_words(broken)}") from broken
    except BaseException:
        connection.abort()
        raise
    bound(client, server.limits.packet)
    return Line(connection, client, server.limits, audit)


def _options(server: PartnerServer) -> dict[str, object]:
    """Nothing of the machine's user: no configuration, no agent, no known hosts; nothing but what the channel says."""
    profile, own = server.profile(), server.sign_in
    return {
        "config": None,
        "known_hosts": lambda host, address, port: _NO_KEYS,  # so that the guard is asked about every key
        "server_host_key_algs": server.pins.algorithms(profile),
        "x509_trusted_certs": None,
        "username": own.user,
        "client_keys": [own.key] if own.key is not None else None,
        "password": own.password,
        "agent_path": None,
        "gss_host": None,
        "kex_algs": list(profile.key_exchange),
        "encryption_algs": list(profile.encryption),
        "mac_algs": list(profile.mac),
        "signature_algs": list(profile.signature),
        "compression_algs": list(COMPRESSION),
        "login_timeout": server.limits.login_seconds,
        "keepalive_interval": 15,
        "keepalive_count_max": 4,
    }


def bound(client: asyncssh.SFTPClient, most: int) -> None:
    """Take no answer of more than `most` bytes: asyncssh takes 4 MB, which is a listing of 350,000 names in one piece,
    taken apart while nothing else here runs. A contract test holds the private names.
    """
    handler = client._handler
    reader = handler._reader

    async def receive() -> SSHPacket:
        assert reader is not None  # noqa: S101 - a handler that receives has one
        size = int.from_bytes(await reader.readexactly(4), "big")
        if size > most:
            raise asyncssh.SFTPBadMessage(f"an answer of {size} bytes")
        return SSHPacket(await reader.readexactly(size))

    handler.recv_packet = receive  # type: ignore[method-assign]  # of this session alone


def _words(error: BaseException) -> str:
    return (str(error) or type(error).__name__)[:300]
