"""A request's body on its way into a spool: within bounds of size and time, small in memory, never half of it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

from starlette.types import Receive

from gateway.as2.errors import OverLimit
from gateway.parcel import INLINE_LIMIT
from gateway.pipeline.ports import Blobs, SpoolFile
from gateway.transports.as2.threads import Threads

WRITE_BYTES = 256 * 1024
"""Spooled in pieces of this size: one hop to a thread for each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyLimits:
    """How slow a client may be: silence of `idle_seconds`, or `grace_seconds` and then `least_bytes_per_second`."""

    idle_seconds: float = 30.0
    grace_seconds: float = 60.0
    least_bytes_per_second: float = 4096.0


class Gone(Exception):
    """The client hung up before its body was whole: nobody is left to answer, and nothing is kept."""


class TooSlow(Exception):
    """The body comes more slowly than we wait for. Nothing is kept."""


async def read_body(
    receive: Receive, *, most_bytes: int, blobs: Blobs, limits: BodyLimits, threads: Threads
) -> SpoolFile:
    """The whole body, in a spool that the caller discards. Raises OverLimit, Gone, TooSlow, MachineError."""
    spool = blobs.spool()
    gathered, size = bytearray(), 0

    async def write() -> None:
        data = bytes(gathered)
        gathered.clear()
        if size <= INLINE_LIMIT:
            spool.write(data)  # it stays in memory: a hop to a thread would cost more
        else:
            await threads.run(spool.write, data)

    try:
        async for piece in _pieces(receive, limits):
            size += len(piece)
            if size > most_bytes:
                raise OverLimit(f"a message of more than {most_bytes} bytes")
            gathered += piece
            if len(gathered) >= WRITE_BYTES:
                await write()
        await write()
    except BaseException:
        spool.discard()
        raise
    return spool


async def _pieces(receive: Callable[[], Awaitable[object]], limits: BodyLimits) -> AsyncIterator[bytes]:
    loop = asyncio.get_running_loop()
    started, received = loop.time(), 0
    while True:
        deadline = started + limits.grace_seconds + received / limits.least_bytes_per_second
        try:
            async with asyncio.timeout(max(0.0, min(limits.idle_seconds, deadline - loop.time()))):
                message = await receive()
        except TimeoutError:
            raise TooSlow from None
        if not isinstance(message, dict) or message["type"] != "http.request":
            raise Gone
        piece: bytes = message.get("body", b"")
        received += len(piece)
        yield piece
        if not message.get("more_body", False):
            return
