"""A request's content, read within bounds of size and time: small in memory, large in a file, never half of it."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope

from gateway.api.problems import Problem
from gateway.parcel import INLINE_LIMIT, Content
from gateway.pipeline.ports import Blobs, SpoolFile

WRITE_BYTES = 1 << 20
"""Spooled in pieces of this size: one hop to a thread per megabyte instead of one per network read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyLimits:
    """How slow a client may be: silence of `idle_seconds`, or `grace_seconds` and then `least_bytes_per_second`."""

    idle_seconds: float = 30.0
    grace_seconds: float = 60.0
    least_bytes_per_second: float = 4096.0


class Gone(Exception):
    """The client hung up before its content was whole: nobody is left to answer, and nothing is kept."""


async def read_content(scope: Scope, receive: Receive, *, max_bytes: int, blobs: Blobs, limits: BodyLimits) -> Content:
    """The whole content. Raises Problem (too large, too slow, empty, encoded), Gone, MachineError."""
    _check_head(scope, max_bytes)
    gathered, spool, size = bytearray(), None, 0
    try:
        async for piece in _pieces(receive, limits):
            size += len(piece)
            if size > max_bytes:
                raise _too_large(max_bytes)
            gathered += piece
            if len(gathered) > (WRITE_BYTES if spool else INLINE_LIMIT):
                spool = await _spooled(blobs, spool, gathered)
        if not size:
            raise Problem("empty-body")
        if spool is None:
            return Content(sha256=hashlib.sha256(gathered).hexdigest(), size=size, inline=bytes(gathered))
        await run_in_threadpool(spool.write, bytes(gathered))
        return await run_in_threadpool(spool.seal)
    except BaseException:
        if spool is not None:
            spool.discard()
        raise


async def read_small(scope: Scope, receive: Receive, *, max_bytes: int, limits: BodyLimits) -> bytes:
    """The whole content in memory, which may be empty. Raises Problem (too large, too slow, encoded), Gone."""
    _check_head(scope, max_bytes)
    gathered = bytearray()
    async for piece in _pieces(receive, limits):
        gathered += piece
        if len(gathered) > max_bytes:
            raise _too_large(max_bytes)
    return bytes(gathered)


async def _spooled(blobs: Blobs, spool: SpoolFile | None, gathered: bytearray) -> SpoolFile:
    if spool is None:
        spool = await run_in_threadpool(blobs.spool)
    try:
        await run_in_threadpool(spool.write, bytes(gathered))
    except BaseException:
        spool.discard()
        raise
    gathered.clear()
    return spool


async def _pieces(receive: Receive, limits: BodyLimits) -> AsyncIterator[bytes]:
    started, received = asyncio.get_running_loop().time(), 0
    while True:
        deadline = started + limits.grace_seconds + received / limits.least_bytes_per_second
        left = deadline - asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(max(0.0, min(limits.idle_seconds, left))):
                message = await receive()
        except TimeoutError as fault:
            raise Problem("too-slow") from fault
        if message["type"] != "http.request":
            raise Gone
        piece: bytes = message.get("body", b"")
        received += len(piece)
        yield piece
        if not message.get("more_body", False):
            return


def _check_head(scope: Scope, max_bytes: int) -> None:
    for name, value in scope["headers"]:
        if name == b"content-length":
            if not value.isdigit() or len(value) > 18:
                raise Problem("length")
            if int(value) > max_bytes:
                raise _too_large(max_bytes)
        elif name == b"content-encoding" and value.strip().lower() not in (b"", b"identity"):
            raise Problem("encoding")


def _too_large(max_bytes: int) -> Problem:
    return Problem("too-large", members={"max_bytes": max_bytes})
