"""A file being received: in memory while it is small, on disk from then on, poisoned by the first failed write."""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from gateway.errors import MachineError
from gateway.parcel import INLINE_LIMIT, Content

_BLOCK = 1 << 20
Value = TypeVar("Value")
Adopt = Callable[[Path, str], Path]
"""Moves a synced file to where content of this hash lives, durably."""


@dataclass(frozen=True, slots=True)
class Disk:
    """The calls a full or broken disk refuses; tests put failing ones in their place."""

    write: Callable[[int, bytes | memoryview, int], int] = os.pwrite
    sync: Callable[[int], None] = os.fsync
    replace: Callable[[Path, Path], None] = os.replace

    def sync_folder(self, folder: Path) -> None:
        """Make a rename in this folder durable."""
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            self.sync(descriptor)
        finally:
            os.close(descriptor)


class Spool:
    """The `SpoolFile` port. Not for two threads at once.

    Up to `INLINE_LIMIT` bytes are kept in memory: most documents are that small, and their row is their only home.
    """

    def __init__(self, path: Path, adopt: Adopt, disk: Disk) -> None:
        self._path, self._adopt, self._disk = path, adopt, disk
        self._memory: bytearray | None = bytearray()
        self._descriptor: int | None = None
        self._poison: MachineError | None = None
        self._closed = False
        self.size = 0
        # While bytes arrive in order their hash grows along; a write elsewhere means reading the file again.
        self._digest = hashlib.sha256()
        self._hashed = 0

    def write(self, data: bytes, offset: int | None = None) -> None:
        """Write at `offset` (end when None); a gap reads as zeros. Raises MachineError, then and ever after."""
        self._usable()
        start = self.size if offset is None else offset
        end = start + len(data)
        if start == self._hashed:
            self._digest.update(data)
            self._hashed = end
        elif start < self._hashed:
            self._hashed = -1
        if self._memory is not None and max(end, self.size) <= INLINE_LIMIT:
            if start > self.size:
                self._memory.extend(bytes(start - self.size))
            self._memory[start:end] = data
        else:
            self._guarded(lambda: self._to_file(data, start))
        self.size = max(self.size, end)

    def read(self, offset: int, size: int) -> bytes:
        """Bytes written so far."""
        self._usable()
        if self._memory is not None:
            return bytes(self._memory[offset : offset + size])
        assert self._descriptor is not None  # noqa: S101
        return os.pread(self._descriptor, max(0, min(size, self.size - offset)), offset)

    def truncate(self, size: int) -> None:
        """Cut or extend to `size` bytes."""
        self._usable()
        if size < self._hashed:
            self._hashed = -1
        if self._memory is not None and size <= INLINE_LIMIT:
            del self._memory[size:]
            self._memory.extend(bytes(size - len(self._memory)))
        else:
            self._guarded(lambda: os.ftruncate(self._file(), size))
        self.size = size

    def seal(self) -> Content:
        """Hash, make durable what is too large for a row, close. Raises MachineError when that fails."""
        self._usable()
        if self._memory is None and self.size > INLINE_LIMIT:
            content = self._guarded(self._seal_file)
        else:
            content = self._seal_memory()
        self.discard()
        return content

    def discard(self) -> None:
        """Close and remove; does nothing the second time, and after `seal`."""
        self._closed = True
        self._memory = None
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
            self._path.unlink(missing_ok=True)

    def _seal_memory(self) -> Content:
        data = bytes(self._memory) if self._memory is not None else self.read(0, self.size)
        digest = self._digest if self._hashed == self.size else hashlib.sha256(data)
        return Content(sha256=digest.hexdigest(), size=self.size, inline=data)

    def _seal_file(self) -> Content:
        sha256 = (self._digest if self._hashed == self.size else self._rehashed()).hexdigest()
        self._disk.sync(self._file())
        return Content(sha256=sha256, size=self.size, path=self._adopt(self._path, sha256))

    def _rehashed(self) -> "hashlib._Hash":
        digest = hashlib.sha256()
        for offset in range(0, self.size, _BLOCK):
            digest.update(os.pread(self._file(), min(_BLOCK, self.size - offset), offset))
        return digest

    def _to_file(self, data: bytes, start: int) -> None:
        descriptor = self._file()
        left = memoryview(data)
        while left:
            written = self._disk.write(descriptor, left, start)
            left, start = left[written:], start + written

    def _file(self) -> int:
        """The file, made at first need; what was in memory goes first."""
        if self._descriptor is None:
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            kept, self._memory = self._memory or b"", None
            self._to_file(bytes(kept), 0)
        return self._descriptor

    def _guarded(self, action: Callable[[], Value]) -> Value:
        try:
            return action()
        except OSError as refused:
            # Half a document is none: a client that goes on after this error must not be able to close it well.
            self._poison = MachineError(f"spool: {os.strerror(refused.errno or 0)}")
            raise self._poison from refused

    def _usable(self) -> None:
        if self._poison is not None:
            raise self._poison
        if self._closed:
            raise MachineError("spool: the file is closed")
