"""Content in memory, behaving as the port says: poisoned after a failed write, gone when discarded."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from gateway.errors import MachineError
from gateway.parcel import INLINE_LIMIT, Content


class MemorySpool:
    """A spool file that is a bytearray."""

    def __init__(self, blobs: "MemoryBlobs", start: bytes = b"") -> None:
        self._blobs = blobs
        self._data: bytearray | None = bytearray(start)
        self.size = len(start)

    def write(self, data: bytes, offset: int | None = None) -> None:
        kept = self._open()
        if self._blobs.full:
            self.discard()
            raise MachineError("no space left on device")
        at = len(kept) if offset is None else offset
        kept.extend(bytes(max(0, at - len(kept))))
        kept[at : at + len(data)] = data
        self.size = len(kept)

    def read(self, offset: int, size: int) -> bytes:
        return bytes(self._open()[offset : offset + size])

    def truncate(self, size: int) -> None:
        kept = self._open()
        del kept[size:]
        kept.extend(bytes(size - len(kept)))
        self.size = size

    def seal(self) -> Content:
        data = bytes(self._open())
        if self._blobs.full:
            self.discard()
            raise MachineError("no space left on device")
        self._data = None
        self._blobs.open.discard(self)
        return self._blobs.keep(data)

    def discard(self) -> None:
        self._data = None
        self._blobs.open.discard(self)

    def _open(self) -> bytearray:
        if self._data is None:
            raise MachineError("this file is closed")
        return self._data


class MemoryBlobs:
    """`open` are spool files neither sealed nor discarded; `full` makes every write fail, as a full disk does."""

    def __init__(self) -> None:
        self.open: set[MemorySpool] = set()
        self.full = False
        self._by_hash: dict[str, bytes] = {}

    def spool(self) -> MemorySpool:
        return self._opened(MemorySpool(self))

    def resume(self, content: Content) -> MemorySpool:
        return self._opened(MemorySpool(self, self.bytes_of(content)))

    def chunks(self, content: Content, size: int = 1 << 20) -> Iterator[bytes]:
        data = self.bytes_of(content)
        for start in range(0, len(data), size):
            yield data[start : start + size]

    def read(self, content: Content, offset: int, size: int) -> bytes:
        return self.bytes_of(content)[offset : offset + size]

    def keep(self, data: bytes) -> Content:
        """Content of these bytes, inline when small."""
        sha256 = hashlib.sha256(data).hexdigest()
        if len(data) <= INLINE_LIMIT:
            return Content(sha256=sha256, size=len(data), inline=data)
        self._by_hash[sha256] = data
        return Content(sha256=sha256, size=len(data), path=Path("/nowhere") / sha256)

    def bytes_of(self, content: Content) -> bytes:
        """All of it."""
        return content.inline if content.inline is not None else self._by_hash[content.sha256]

    def _opened(self, spool: MemorySpool) -> MemorySpool:
        self.open.add(spool)
        return spool
