"""How a partner that the demo plays reaches the gateway: over SFTP or HTTP, as its channel says."""

from collections.abc import Sequence
from typing import Protocol
from urllib.parse import quote

import aiohttp

from gateway.app.demo.partner import PartnerClient


class Door(Protocol):
    """One channel of one partner. Each method raises what its client raises when the gateway does not do it."""

    async def send(self, name: str, content: bytes) -> None:
        """Hand a file in; returns when the gateway has it."""

    async def waiting(self) -> Sequence[str]:
        """Names of the files that lie here for the partner."""

    async def fetch(self, name: str) -> bytes:
        """One of them, read to its end."""

    async def confirm(self, name: str) -> None:
        """It is safe here: the gateway may put it away."""


class SftpDoor:
    """Folders `inbound/` and `outbound/` of an SFTP channel."""

    def __init__(self, client: PartnerClient, channel: str) -> None:
        self._client, self._channel = client, channel

    async def send(self, name: str, content: bytes) -> None:
        """Upload into `inbound/`."""
        await self._client.upload(self._channel, name, content)

    async def waiting(self) -> Sequence[str]:
        """Names in `outbound/`."""
        return await self._client.waiting(self._channel)

    async def fetch(self, name: str) -> bytes:
        """Read from `outbound/`."""
        return await self._client.fetch(self._channel, name)

    async def confirm(self, name: str) -> None:
        """Remove from `outbound/`."""
        await self._client.remove(self._channel, name)


class HttpDoor:
    """The HTTP API under one channel's key. Closes nothing: the session is its caller's."""

    def __init__(self, session: aiohttp.ClientSession, url: str, key: str) -> None:
        self._session, self._url = session, url
        self._headers = {"Authorization": f"Bearer {key}"}

    async def send(self, name: str, content: bytes) -> None:
        """POST /api/v1/transmissions, the file's name as the message id."""
        headers = {**self._headers, "X-Message-Id": name}
        url = f"{self._url}/api/v1/transmissions?file_name={quote(name)}"
        async with self._session.post(url, data=content, headers=headers) as answer:
            answer.raise_for_status()

    async def waiting(self) -> Sequence[str]:
        """GET /api/v1/mailbox."""
        async with self._session.get(f"{self._url}/api/v1/mailbox", headers=self._headers) as answer:
            answer.raise_for_status()
            return [str(one["name"]) for one in (await answer.json())["items"]]

    async def fetch(self, name: str) -> bytes:
        """GET /api/v1/mailbox/NAME."""
        async with self._session.get(self._place(name), headers=self._headers) as answer:
            answer.raise_for_status()
            return await answer.read()

    async def confirm(self, name: str) -> None:
        """DELETE /api/v1/mailbox/NAME."""
        async with self._session.delete(self._place(name), headers=self._headers) as answer:
            answer.raise_for_status()

    def _place(self, name: str) -> str:
        return f"{self._url}/api/v1/mailbox/{quote(name, safe='')}"
