"""asyncssh's server connection with what it has no switch for: two proofs, profiles by the clock, paramiko.

tests/contract/test_asyncssh_private_names.py fails when a private name used here changes; the version is pinned.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final, Protocol, cast

import asyncssh
from asyncssh.constants import MSG_SERVICE_REQUEST
from asyncssh.packet import SSHPacket

from gateway.transports.sftp import algorithms
from gateway.transports.sftp.algorithms import Profile, host_key_for
from gateway.transports.sftp.limits import Limits
from gateway.transports.sftp.proxied import Gate, Proxies

VERSION: Final = "EDI-Gateway"
"""What the server calls itself; no number, so that it tells no attacker anything."""


_USERAUTH: Final = b"ssh-userauth"


class _Owner(Protocol):
    def lacks_a_factor(self, method: bytes) -> bool: ...


class TwoFactorConnection(asyncssh.SSHServerConnection):
    """A connection whose owner may ask for a second proof after the first was good (RFC 4252, 5.1)."""

    async def send_userauth_success(self) -> None:
        """The one place from which asyncssh lets a client in: not before everything asked for was shown."""
        method: bytes = self._auth._method if self._auth is not None else b""  # type: ignore[attr-defined]  # of ServerAuth
        if cast("_Owner", self._owner).lacks_a_factor(method):
            self.send_userauth_failure(True)
            return
        await super().send_userauth_success()

    def _process_service_request(self, pkttype: int, pktid: int, packet: SSHPacket) -> None:
        """As asyncssh's, and again while a client signs in: paramiko asks anew before every way that it tries, and
        would be cut after its first key. OpenSSH's server lets it (RFC 4253, 10).
        """
        if self._auth_in_progress and self._next_service is None:
            self._next_service = _USERAUTH
        super()._process_service_request(pkttype, pktid, packet)

    _packet_handlers = {  # noqa: RUF012 - as asyncssh declares it
        **asyncssh.SSHServerConnection._packet_handlers,
        MSG_SERVICE_REQUEST: _process_service_request,
    }


def options_for(
    profile: Profile,
    host_keys: Sequence[asyncssh.SSHKey],
    limits: Limits,
    server_factory: Callable[[], asyncssh.SSHServer],
) -> asyncssh.SSHServerConnectionOptions:
    """Everything asyncssh is told, made once: it is the same for each connection under a profile."""
    return asyncssh.SSHServerConnectionOptions(
        server_factory=server_factory,
        server_host_keys=[host_key_for(profile, key) for key in host_keys],
        send_server_host_keys=True,
        server_version=VERSION,
        encoding=None,
        config=None,
        login_timeout=limits.login_seconds,
        keepalive_interval=30,
        keepalive_count_max=4,
        kex_algs=profile.key_exchange,
        encryption_algs=profile.encryption,
        mac_algs=profile.mac,
        signature_algs=profile.signature,
        compression_algs=algorithms.COMPRESSION,
        allow_pty=False,
        line_editor=False,
        allow_scp=False,
        agent_forwarding=False,
        x11_forwarding=False,
        rdns_lookup=False,
        gss_host=None,
    )


async def listen(
    host: str,
    port: int,
    options: Callable[[], asyncssh.SSHServerConnectionOptions],
    proxies: Proxies,
) -> asyncio.Server:
    """Listen; each connection gets the `options` of its moment. Raises OSError when the port is taken."""
    loop = asyncio.get_running_loop()

    def connection() -> asyncio.Protocol:
        return cast("asyncio.Protocol", TwoFactorConnection(loop, options()))

    factory = (lambda: Gate(proxies, connection)) if proxies.listed else connection
    return await loop.create_server(factory, host, port, backlog=1024)
