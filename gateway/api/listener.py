"""uvicorn as this API needs it: started and stopped by hand, quiet, and patient only within limits.

uvicorn has no time-out for a request's head, nor a limit to its size or to what stands between chunks and behind the
last one, and goes on reading content after it has answered: a few hundred slow clients would hold every connection, one
endless trailer all memory. `BoundedProtocol` overrides the parser's callbacks for these; a test on real sockets holds
it to uvicorn's behaviour.
"""

import asyncio
import contextlib
import socket
import ssl
from asyncio import TimerHandle
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway.errors import MachineError

MAX_HEAD_BYTES = 64 * 1024
"""Request line and headers together; nginx takes 32 KB, Apache about 800 KB by default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenerLimits:
    """Seconds for a request's head, for a kept connection to stay idle, and for content nobody waits for any more.

    `connections_per_address` 0: as many as there are, for what stands behind a proxy.
    """

    head_seconds: float = 15.0
    idle_seconds: int = 30
    linger_seconds: float = 5.0
    connections: int = 1000
    connections_per_address: int = 0


class BoundedProtocol(HttpToolsProtocol):
    """One connection."""

    limits: ClassVar[ListenerLimits] = ListenerLimits()
    open_by_address: ClassVar[Counter[str]] = Counter()

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._timer: TimerHandle | None = None
        self._in_head = False
        self._in_message = False
        self._head_bytes = 0
        self._since_content = 0
        self._counted = ""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        """The first head is due now."""
        super().connection_made(transport)
        self._close_after(self.limits.head_seconds)
        self._counted = self.client[0] if self.client else "unknown"
        self.open_by_address[self._counted] += 1
        if 0 < self.limits.connections_per_address < self.open_by_address[self._counted]:
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """No timer outlives its connection."""
        self._no_timer()
        self.open_by_address[self._counted] -= 1
        if self.open_by_address[self._counted] <= 0:
            del self.open_by_address[self._counted]
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what has come of a head that is not whole yet, and of what is neither head nor content."""
        self._since_content += len(data)
        super().data_received(data)
        if self._in_message and not self._in_head and self._since_content > MAX_HEAD_BYTES + len(data):
            self.transport.abort()
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                self.send_400_response("Request head too large")

    def on_message_begin(self) -> None:
        """A head begins."""
        super().on_message_begin()
        self._in_head = self._in_message = True
        self._head_bytes = 0
        self._close_after(self.limits.head_seconds)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A field of the head. Those behind the last chunk are dropped: they would be added to a head that was judged
        already.
        """
        if self._in_head:
            super().on_header(name, value)

    def on_body(self, body: bytes) -> None:
        """Content has come."""
        self._since_content = 0
        super().on_body(body)

    def on_headers_complete(self) -> None:
        """The head is whole; from here on the application minds the time."""
        self._in_head = False
        self._since_content = 0
        self._no_timer()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The content is whole."""
        self._in_message = False
        self._no_timer()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Answered. Content still on its way is read for a while, so that the client gets to see the answer."""
        super().on_response_complete()
        if self._in_message and not self._in_head:
            self._close_after(self.limits.linger_seconds)

    def _close_after(self, seconds: float) -> None:
        self._no_timer()
        self._timer = self.loop.call_later(seconds, self._out_of_time)

    def _no_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _out_of_time(self) -> None:
        if not self.transport.is_closing():
            self.transport.abort()


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals belong to whoever composed the process."""
        yield


class Listener:
    """An ASGI application on one port. `start` returns the URL once it accepts connections."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        certificate: Path | None = None,
        key: Path | None = None,
        limits: ListenerLimits | None = None,
    ) -> None:
        self._host, self._port, self._tls = host, port, certificate is not None
        chosen = limits or ListenerLimits()
        mine = {"limits": chosen, "open_by_address": Counter()}
        protocol = type("BoundedProtocol", (BoundedProtocol,), mine)
        self._config = uvicorn.Config(
            app,
            http=protocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            limit_concurrency=chosen.connections,
            timeout_keep_alive=chosen.idle_seconds,
            timeout_graceful_shutdown=10,
            ssl_certfile=certificate,
            ssl_keyfile=key,
            ssl_version=ssl.PROTOCOL_TLS_SERVER,
        )
        self._server = _Server(self._config)
        self._serving: asyncio.Task[None] | None = None

    async def start(self) -> str:
        """Bind and accept. Raises MachineError when the port is taken or may not be used."""
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        try:
            bound = socket.create_server((self._host, self._port), family=family, backlog=1024)
        except OSError as fault:
            raise MachineError(f"cannot listen on {self._host} port {self._port}: {fault.strerror}") from fault
        # Passed on to what is accepted: asyncio does it only for sockets that name their protocol, and without it the
        # content of an answer waits 40 ms behind its head for the client's delayed acknowledgement (Nagle).
        bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        port: int = bound.getsockname()[1]
        self._serving = asyncio.create_task(self._server.serve(sockets=[bound]))
        while not self._server.started:
            if self._serving.done():
                self._serving.result()
                raise MachineError("the HTTP server did not start")
            await asyncio.sleep(0.005)
        shown = f"[{self._host}]" if ":" in self._host else self._host
        return f"{'https' if self._tls else 'http'}://{shown}:{port}"

    async def close(self) -> None:
        """Stop accepting, let running requests finish (at most 10 s)."""
        self._server.should_exit = True
        if self._serving is not None:
            await self._serving
            self._serving = None
