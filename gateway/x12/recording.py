"""Keeps the last bytes of a source while somebody else reads it, so that what was read can be shown as it came."""

from collections.abc import Iterable, Iterator

CHUNK_BYTES = 1 << 20
"""A source that is one bytes object is handed on in pieces of this size."""


class Recording:
    """Iterate over it as over the source; `take` cuts out by offset what passed and was not let go yet.

    `limit`: bytes kept at most. This is a security limit: of something longer the end is kept.
    """

    def __init__(self, source: bytes | Iterable[bytes], limit: int) -> None:
        self._source = source
        self._limit = limit
        self._kept = bytearray()
        self._start = 0

    def __iter__(self) -> Iterator[bytes]:
        for piece in _pieces(self._source):
            self._kept += piece
            if len(self._kept) > self._limit:
                self._drop(len(self._kept) - self._limit)
            yield piece

    def take(self, start: int, end: int) -> bytes:
        """The bytes from offset `start` to `end`, without those that are not kept (any more)."""
        first = max(start - self._start, 0)
        return bytes(self._kept[first : max(end - self._start, first)])

    def forget(self, until: int) -> None:
        """Let go of everything before offset `until`."""
        self._drop(min(max(until - self._start, 0), len(self._kept)))

    def _drop(self, count: int) -> None:
        del self._kept[:count]
        self._start += count


def _pieces(source: bytes | Iterable[bytes]) -> Iterator[bytes]:
    if isinstance(source, bytes):
        for start in range(0, len(source), CHUNK_BYTES):
            yield source[start : start + CHUNK_BYTES]
    else:
        yield from source
