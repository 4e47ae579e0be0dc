"""A partner as the demo plays it: signs in over SFTP, uploads, and fetches what is put out for it."""

from collections.abc import Mapping, Sequence
from types import TracebackType

import asyncssh

from gateway.app.secrets import Secrets
from gateway.partners.channel import SftpChannel


class PartnerClient:
    """One SFTP session per channel, opened when first used. An asynchronous context manager."""

    def __init__(self, port: int, channels: Mapping[str, SftpChannel], secrets: Secrets) -> None:
        self._port, self._channels, self._secrets = port, channels, secrets
        self._connections: list[asyncssh.SSHClientConnection] = []
        self._sessions: dict[str, asyncssh.SFTPClient] = {}

    async def __aenter__(self) -> "PartnerClient":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for connection in self._connections:
            connection.close()
            await connection.wait_closed()

    async def upload(self, channel: str, name: str, content: bytes) -> None:
        """Put one file into the channel's inbound folder. Raises asyncssh.Error when the gateway refuses it."""
        session = await self._session(channel)
        async with session.open(f"/inbound/{name}", "wb") as file:
            await file.write(content)

    async def fetch(self, channel: str, name: str) -> bytes:
        """Read one file of the channel's outbound folder to its end. Raises asyncssh.Error when it is not there."""
        session = await self._session(channel)
        async with session.open(f"/outbound/{name}", "rb") as file:
            content = await file.read()
        assert isinstance(content, bytes)  # noqa: S101 - opened as bytes
        return content

    async def waiting(self, channel: str) -> Sequence[str]:
        """Names of the files in the channel's outbound folder."""
        session = await self._session(channel)
        return sorted(str(name) for name in await session.listdir("/outbound") if name not in (".", ".."))

    async def remove(self, channel: str, name: str) -> None:
        """Remove one file of the channel's outbound folder. Raises asyncssh.Error when it is not there."""
        session = await self._session(channel)
        await session.remove(f"/outbound/{name}")

    async def _session(self, channel: str) -> asyncssh.SFTPClient:
        if channel not in self._sessions:
            account = self._channels[channel]
            connection = await asyncssh.connect(
                "127.0.0.1",
                self._port,
                username=account.user,
                password=self._secrets.get(account.password) if account.password else None,
                known_hosts=None,  # the demo made the host key a moment ago, on this machine
                client_keys=None,
                config=[],
            )
            self._connections.append(connection)
            self._sessions[channel] = await connection.start_sftp_client()
        return self._sessions[channel]
