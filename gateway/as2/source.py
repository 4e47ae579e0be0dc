"""Bytes that need not fit into memory: read at any place, written at the end, held by whoever made them.

The core asks for blocks of at most `BLOCK` bytes, so that a message of 200 MB costs a few of them and a message of
2 KB is one read.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

BLOCK = 1 << 18
"""Most bytes asked for in one read. More makes hashing and AES no faster, and each is held two or three times."""


class Source(Protocol):
    """Bytes that can be read at any place, as often as wanted; they do not change meanwhile."""

    @property
    def size(self) -> int:
        """How many bytes there are."""

    def read(self, offset: int, size: int, /) -> bytes:
        """The bytes from `offset`, `size` of them, or those left before the end (none beyond it)."""


class Sink(Protocol):
    """Takes bytes, each write behind the last."""

    def write(self, data: bytes, /) -> object:
        """Take all of `data`, or raise."""


class Scratch(Source, Sink, Protocol):
    """What was written can be read back. The file of a message that is being received is one."""


NewScratch = Callable[[], Scratch]
"""Makes an empty one. Whoever hands this in removes what was made."""


class Memory:
    """A `Scratch` in memory. Reading the whole of unchanged bytes copies nothing."""

    __slots__ = ("_data", "size")

    def __init__(self, data: bytes = b"") -> None:
        self._data: bytes | bytearray = data
        self.size = len(data)

    def read(self, offset: int, size: int, /) -> bytes:
        """As in `Source`."""
        return bytes(self._data[offset : offset + size])

    def write(self, data: bytes, /) -> None:
        """As in `Sink`."""
        if not self._data:
            self._data = bytes(data)
        else:
            if isinstance(self._data, bytes):
                self._data = bytearray(self._data)
            self._data += data
        self.size = len(self._data)


class Slice:
    """The bytes `start <= i < end` of another source; a slice of a slice reads the source below both."""

    __slots__ = ("_source", "_start", "size")

    def __init__(self, source: Source, start: int, end: int) -> None:
        start = min(max(start, 0), source.size)
        end = min(max(end, start), source.size)
        self.size = end - start
        self._source: Source = source._source if isinstance(source, Slice) else source
        self._start: int = source._start + start if isinstance(source, Slice) else start

    def read(self, offset: int, size: int, /) -> bytes:
        """As in `Source`."""
        size = min(size, self.size - offset)
        return self._source.read(self._start + offset, size) if size > 0 else b""


class Joined:
    """Several sources, one behind the other: what a head, a payload and a tail are before they are sent."""

    __slots__ = ("_parts", "size")

    def __init__(self, parts: Sequence[Source]) -> None:
        self._parts = tuple(parts)
        self.size = sum(part.size for part in self._parts)

    def read(self, offset: int, size: int, /) -> bytes:
        """As in `Source`."""
        pieces: list[bytes] = []
        for part in self._parts:
            if size <= 0:
                break
            if offset < part.size:
                piece = part.read(offset, size)
                pieces.append(piece)
                size -= len(piece)
            offset = max(0, offset - part.size)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def chunks(source: Source, most: int = BLOCK) -> Iterator[bytes]:
    """All bytes in order, in pieces of at most `most` bytes. A source that ends early ends the pieces early."""
    size = source.size
    for offset in range(0, size, most):
        yield source.read(offset, min(most, size - offset))


def whole(source: Source) -> bytes:
    """All bytes at once. Only for what was found to be small."""
    return source.read(0, source.size)
