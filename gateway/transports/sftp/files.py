"""One file being written to the mailbox, or read from it, through the bytes ports."""

import asyncio
from typing import Final

import asyncssh

from gateway.errors import TooLarge
from gateway.parcel import Content
from gateway.pipeline.ports import Blobs, Entry, SpoolFile
from gateway.transports.sftp.extents import Extents
from gateway.transports.sftp.quota import Share

INLINE_WRITE: Final = 256 * 1024
"""Bytes written on the event loop; a larger piece goes through a thread. Clients send 32 KB, some 255 KB."""

LARGEST_READ: Final = 256 * 1024
"""Bytes answered to one READ; clients that ask for more take less (SFTP v3 allows it, and 4 MB answers pile up)."""


class Upload:
    """A file the client writes. Nothing of it counts before `finish`; one failed write spoils it for good."""

    def __init__(
        self,
        name: str,
        spool: SpoolFile,
        *,
        limit_bytes: int,
        share: Share,
        append: bool = False,
        continues_accepted: bool = False,
    ) -> None:
        """`spool` may hold a staged file's bytes to go on from. `share` is its part of what the channel may have here.
        `continues_accepted`: an accepted document has this name, so a first write that is not at the start means to go
        on with it, and that cannot be.
        """
        self.name = name
        self.poisoned = False
        self._spool = spool
        self._limit = limit_bytes
        self.share = share
        self._append = append
        self._continues_accepted = continues_accepted
        self._extents = Extents(spool.size)

    @property
    def size(self) -> int:
        """Bytes so far, holes included."""
        return self._spool.size

    async def write(self, offset: int, data: bytes) -> None:
        """Write a piece. Raises TooLarge, SFTPError, OSError, MachineError; after any of them nothing is accepted."""
        self._refuse_poisoned()
        try:
            await self._write(self.size if self._append else offset, data)
        except BaseException:
            # A client that does not listen (curl) goes on and CLOSEs: what follows must never look like the file.
            self.abandon()
            raise

    async def _write(self, offset: int, data: bytes) -> None:
        if offset + len(data) > self._limit:
            raise TooLarge(f"over {self._limit} bytes")
        if offset and self._continues_accepted and not self._extents.end:
            raise asyncssh.SFTPPermissionDenied("this document has been accepted; it cannot be continued")
        self.share.grow(max(self.size, offset + len(data)))
        if len(data) <= INLINE_WRITE:
            self._spool.write(data, offset)
        else:
            await asyncio.to_thread(self._spool.write, data, offset)
        self._extents.add(offset, len(data))

    def read(self, offset: int, size: int) -> bytes:
        """Bytes written so far: some clients read back what they write."""
        self._refuse_poisoned()
        return self._spool.read(offset, min(size, LARGEST_READ))

    def truncate(self, size: int) -> None:
        """Cut or extend; bytes that an extension leaves open must still be written. Raises as `write`."""
        self._refuse_poisoned()
        if size == self.size:  # scp and lftp say the size they have just written
            return
        try:
            if size > self._limit:
                raise TooLarge(f"over {self._limit} bytes")
            self.share.grow(size)
            self._spool.truncate(size)
        except BaseException:
            self.abandon()
            raise
        self._extents.cut(size)

    async def finish(self) -> Content:
        """Seal the file: its content when every byte came. Raises SFTPFailure, OSError, MachineError."""
        self._refuse_poisoned()
        if not self._extents.whole(self.size):
            self.abandon()
            raise asyncssh.SFTPFailure("bytes in the middle of the file are missing; it was not accepted")
        try:
            return await asyncio.to_thread(self._spool.seal)
        except BaseException:
            self.abandon()
            raise

    def abandon(self) -> None:
        """Forget the bytes; nothing was received."""
        self.poisoned = True
        self._spool.discard()
        self.share.release()

    def _refuse_poisoned(self) -> None:
        if self.poisoned:
            raise asyncssh.SFTPFailure("an earlier write failed; the file was not accepted")


class Download:
    """A file the client reads, with what it has read so far."""

    def __init__(self, entry: Entry, blobs: Blobs, *, read_before: int = 0) -> None:
        """`read_before`: bytes from the start that this client read in an earlier, unfinished download."""
        self.entry = entry
        self._blobs = blobs
        self._extents = Extents(read_before)
        self._reads = 0

    @property
    def size(self) -> int:
        """Bytes of the whole file."""
        return self.entry.content.size

    @property
    def whole(self) -> bool:
        """Whether every byte was served, this time or before."""
        return self._reads > 0 and self._extents.whole(self.size)

    @property
    def prefix(self) -> int:
        """Bytes served from the start without a hole."""
        return self._extents.prefix

    async def read(self, offset: int, size: int) -> bytes:
        """A piece, empty at the end of the file. Raises OSError, MachineError."""
        content = self.entry.content
        self._reads += 1
        size = max(0, min(size, LARGEST_READ, content.size - offset))
        if content.inline is not None:
            data = content.inline[offset : offset + size]
        elif size:
            data = await asyncio.to_thread(self._blobs.read, content, offset, size)
        else:
            data = b""
        self._extents.add(offset, len(data))
        return data
