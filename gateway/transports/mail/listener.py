"""The listener of the mail door: connections counted, in all and by address, before a word is said on any."""

import asyncio
import contextlib
import ssl
from collections import Counter
from dataclasses import dataclass, field
from typing import Final, cast

from gateway.errors import MachineError
from gateway.transports.as2.counts import whose
from gateway.transports.mail.door import MailDoor
from gateway.transports.mail.protocol import MailProtocol, SessionLimits

TOO_MANY: Final = b"421 4.3.2 Too many connections\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailLimits:
    """Connections at once, in all and from one address; `linger_seconds` is how long an end waits for mails in hand."""

    session: SessionLimits = field(default_factory=SessionLimits)
    connections: int = 200
    connections_per_address: int = 20
    linger_seconds: float = 20.0


class MailListener:
    """Start it once, close it once, on one loop. `hostname` is the name it gives; without `context` no TLS is
    offered.
    """

    def __init__(
        self,
        door: MailDoor,
        *,
        host: str,
        port: int,
        hostname: str,
        context: ssl.SSLContext | None = None,
        limits: MailLimits | None = None,
    ) -> None:
        self._door, self._host, self._port = door, host, port
        self._hostname, self._context, self._limits = hostname, context, limits or MailLimits()
        self._open: set[MailProtocol] = set()
        self._by_address: Counter[str] = Counter()
        self._server: asyncio.Server | None = None

    async def start(self) -> int:
        """Listen. Returns the port. Raises MachineError when it is taken."""
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(lambda: _Gate(self), self._host, self._port, backlog=100)
        except OSError as refused:
            raise MachineError(f"cannot listen on {self._host}:{self._port}: {refused.strerror}") from refused
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Stop accepting, let mails in hand be answered, cut the rest."""
        server, self._server = self._server, None
        if server is None:
            return
        server.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._limits.linger_seconds):
                while any(one.in_hand for one in self._open):
                    for idle in [one for one in self._open if not one.in_hand]:
                        idle.cut()
                    await asyncio.sleep(0.02)
        for one in list(self._open):
            one.drop()
        self._door.close()

    def room_for(self, remote: str) -> bool:
        """Whether one more may come from this address."""
        limits = self._limits
        return len(self._open) < limits.connections and self._by_address[whose(remote)] < limits.connections_per_address

    def connected(self, remote: str) -> MailProtocol:
        """One more, counted until it ends."""
        protocol = MailProtocol(
            self._door,
            hostname=self._hostname,
            context=self._context,
            limits=self._limits.session,
            ended=self._gone,
            loop=asyncio.get_running_loop(),
        )
        self._open.add(protocol)
        self._by_address[whose(remote)] += 1
        return protocol

    def _gone(self, protocol: MailProtocol) -> None:
        self._open.discard(protocol)
        address = whose(protocol.remote)
        self._by_address[address] -= 1
        if self._by_address[address] <= 0:
            del self._by_address[address]


class _Gate(asyncio.Protocol):
    """Stands before each connection until it is counted."""

    def __init__(self, listener: MailListener) -> None:
        self._listener = listener

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let it in, or say that there are too many."""
        stream = cast("asyncio.Transport", transport)  # uvloop's is one in all but name
        peer = transport.get_extra_info("peername")
        remote = str(peer[0]) if peer else ""
        if not self._listener.room_for(remote):
            stream.write(TOO_MANY)
            stream.close()
            return
        protocol = self._listener.connected(remote)
        stream.set_protocol(protocol)
        protocol.connection_made(transport)
