"""One file of a partner's server, read to its end into a spool file: all of it, or nothing."""

import asyncio
from contextlib import suppress

import asyncssh

from gateway.errors import TooLarge
from gateway.parcel import Content
from gateway.pipeline.ports import Blobs, SpoolFile
from gateway.transports.sftp_client.errors import Declined, NotWhole
from gateway.transports.sftp_client.line import Line
from gateway.transports.sftp_client.listing import Seen

BLOCK = 32 * 1024
"""Bytes of one request: what every server answers in one piece."""

AT_ONCE = 8
"""Requests under way: 256 KB for each round trip."""


async def fetch(line: Line, path: bytes, seen: Seen, blobs: Blobs, *, most: int) -> Content:
    """The bytes of a file that was listed as `seen`, durable. At most `most` bytes.

    Raises NotWhole when it has other bytes than its listing said, before, while or after we read; TooLarge; Declined,
    LineLost, MachineError.
    """
    if seen.size > most:
        raise TooLarge(f"{seen.size} bytes, this channel takes {most}")
    seconds = line.limits.grace_seconds + seen.size / line.limits.slowest
    with line.audit.operation("fetch", path) as told:
        told.size = seen.size
        return await line.step("read", _fetch(line, path, seen, blobs), seconds=seconds)


async def _fetch(line: Line, path: bytes, seen: Seen, blobs: Blobs) -> Content:
    file = await line.step("open", line.client.open(path, asyncssh.FXF_READ, encoding=None, block_size=None))
    spool = blobs.spool()
    try:
        await _as_listed(line, file, seen)
        await _read(line, file, seen.size, spool)
        await _as_listed(line, file, seen)
        return await asyncio.to_thread(spool.seal)
    finally:
        await asyncio.to_thread(spool.discard)
        with suppress(Declined):
            await line.step("close", file.close())


async def _as_listed(line: Line, file: "asyncssh.SFTPClientFile", seen: Seen) -> None:
    """Size and time of the open file, where the server tells them: somebody may still be writing."""
    try:
        now = await line.step("fstat", file.stat())
    except Declined:
        return  # the bytes themselves are counted all the same
    if now.size is not None and now.size != seen.size:
        raise NotWhole(f"was listed with {seen.size} bytes and has {now.size}")
    if None not in (now.mtime, seen.modified) and now.mtime != seen.modified:
        raise NotWhole("was written to while it was read")


async def _read(line: Line, file: "asyncssh.SFTPClientFile", size: int, spool: SpoolFile) -> None:
    """Several blocks at once, and every one held to its place.

    asyncssh's own reading at once fills what a server leaves out in the middle with zeros.
    """
    while spool.size < size:
        starts = range(spool.size, size, BLOCK)[:AT_ONCE]
        wanted = [min(BLOCK, size - start) for start in starts]
        blocks = await line.step(
            "read", asyncio.gather(*(_block(file, start, want) for start, want in zip(starts, wanted, strict=True)))
        )
        for block, want in zip(blocks, wanted, strict=True):
            if len(block) > want:
                raise NotWhole("the server sends more than was asked for")
            if not block:
                raise NotWhole(f"ends after {spool.size} bytes of {size}")
            await asyncio.to_thread(spool.write, block)
            if len(block) < want:
                break  # a short answer: the next round begins behind it
    if await line.step("read", _block(file, size, 1)):
        raise NotWhole(f"has more than the {size} bytes it was listed with")


async def _block(file: "asyncssh.SFTPClientFile", start: int, size: int) -> bytes:
    """One request: at most `size` bytes if the server is honest, none at the end."""
    block: bytes = await file.read(size, start)
    return block
