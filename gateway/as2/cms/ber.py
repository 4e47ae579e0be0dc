"""Reading ASN.1 as partners write it: DER, and BER with indefinite lengths and strings in pieces (X.690, 8.1 to 8.7).

An `Element` is read by its header only; its children one after the other, forward. What is large is never held:
`octets` gives it in blocks. Nothing here raises anything but `Malformed` and `OverLimit`, whatever the bytes.
"""

from collections.abc import Iterator

from gateway.as2.cms.der import INTEGER, OCTETS, OID, SET, element
from gateway.as2.errors import Malformed, OverLimit
from gateway.as2.source import BLOCK, Source

MOST_DEPTH = 10
"""Levels. A value of a signed attribute is on the tenth; the pieces of an encrypted content are on the sixth."""

MOST_SMALL = 1 << 16
"""Bytes of anything that is taken into memory as one value: names, keys, attributes."""

_SPARE_HEADERS, _BYTES_PER_HEADER = 10_000, 64
"""A count of elements that grows with the message. Products write pieces of 1,000 bytes and more; 200 MB in pieces of
one byte would be 60 million, a minute of work for nothing."""

_LONGEST_HEADER = 16
_EOC_SIZE = 2


class Reader:
    """A window over the source, so that neighbouring headers and small values cost one read."""

    __slots__ = ("_base", "_data", "_headers_left", "_source", "size")

    def __init__(self, source: Source) -> None:
        self._source, self.size = source, source.size
        self._base, self._data = 0, source.read(0, BLOCK)
        self._headers_left = _SPARE_HEADERS + self.size // _BYTES_PER_HEADER

    def header(self, at: int, limit: int, depth: int) -> "Element":
        """The element whose header is at `at`, and which ends at `limit` at the latest."""
        i = at - self._base
        if i < 0 or i + _LONGEST_HEADER > len(self._data):
            i = self._move(at)
        data = self._data
        try:
            tag, length = data[i], data[i + 1]
        except IndexError:
            raise Malformed(f"it ends within a header, at offset {at}") from None
        self._headers_left -= 1
        if self._headers_left < 0 or (depth > MOST_DEPTH and tag):
            raise OverLimit(f"more than {MOST_DEPTH} levels, or too many elements, at offset {at}")
        if tag & 0x1F == 0x1F:
            raise Malformed(f"a tag in several octets, at offset {at}")
        start = at + 2
        if length >= 0x80:
            start, length = self._long(i, at, tag, length & 0x7F)
        if start + length > limit:
            raise Malformed(f"an element at offset {at} ends beyond what is around it")
        return Element(self, tag, at, start, length, limit, depth)

    def _long(self, i: int, at: int, tag: int, count: int) -> tuple[int, int]:
        """Start of the content, and its length; -1 for an indefinite one."""
        if count == 0:
            if not tag & 0x20:
                raise Malformed(f"a primitive element without a length, at offset {at}")
            return at + 2, -1
        if count > 8:
            raise Malformed(f"a length of {count} octets, at offset {at}")
        # Where these end early, so does everything: the content would begin beyond the end.
        return at + 2 + count, int.from_bytes(self._data[i + 2 : i + 2 + count], "big")

    def _move(self, at: int) -> int:
        """Move the window to `at` unless it already reaches the end; returns the place of `at` in it."""
        if at < self._base or self._base + len(self._data) < self.size:
            self._data = self._source.read(at, BLOCK)
            self._base = at
        return at - self._base

    def read(self, start: int, end: int) -> bytes:
        """These bytes, at most a block; through the window when they are few."""
        i = start - self._base
        if i < 0 or end - self._base > len(self._data):
            if end - start > BLOCK // 2:
                return self._whole(self._source.read(start, end - start), end - start)
            i = self._move(start)
        return self._whole(self._data[i : i + end - start], end - start)

    @staticmethod
    def _whole(data: bytes, size: int) -> bytes:
        if len(data) != size:
            raise Malformed("it is shorter than it said")
        return data


class Element:
    """One element; what is in it is taken in order, once."""

    __slots__ = ("_ahead", "_depth", "_last", "_limit", "_reader", "after", "at", "end", "start", "tag")

    def __init__(self, reader: Reader, tag: int, at: int, start: int, length: int, limit: int, depth: int) -> None:
        self._reader, self.tag, self.at, self.start = reader, tag, at, start
        self._limit, self._depth = limit, depth
        self._last: Element | None = None
        self._ahead: Element | None = None
        self.end = self.after = -1 if length < 0 else start + length

    def next(self) -> "Element | None":
        """The next child; None behind the last. Finishes the one before."""
        if self._ahead is not None:
            child, self._ahead = self._ahead, None
            return child
        at = self.start if self._last is None else self._last.finish()
        if at == self.end:
            return None
        child = self._reader.header(at, self._limit if self.end < 0 else self.end, self._depth + 1)
        if child.tag == 0 and self.end < 0:
            if child.end != child.start:
                raise Malformed(f"an end of contents that has contents, at offset {at}")
            self.end, self.after = at, at + _EOC_SIZE
            return None
        self._last = child
        return child

    def __iter__(self) -> "Iterator[Element]":
        while (child := self.next()) is not None:
            yield child

    def take(self, what: str, *tags: int) -> "Element":
        """The next child, which has to have one of these tags."""
        child = self.next()
        if child is None or child.tag not in tags:
            raise Malformed(f"{what} is not where it should be, before offset {self.at if child is None else child.at}")
        return child

    def maybe(self, *tags: int) -> "Element | None":
        """The next child if it has one of these tags."""
        child = self.next()
        if child is None or child.tag in tags:
            return child
        self._ahead = child
        return None

    def finish(self) -> int:
        """The offset behind it, which for an indefinite length means to read through the rest of it."""
        if self.after < 0:
            self._ahead = None
            while self.next() is not None:
                pass
        return self.after

    def again(self) -> "Element":
        """The same from its beginning; only when it was finished."""
        return Element(self._reader, self.tag, self.at, self.start, self.end - self.start, self.end, self._depth)

    def octets(self) -> Iterator[bytes]:
        """What an octet string holds, in blocks, however many pieces it is sent in."""
        pieces: list[bytes] = []
        gathered = 0
        for start, end in self._spans():
            if gathered and gathered + end - start > BLOCK:
                yield b"".join(pieces)
                pieces, gathered = [], 0
            for offset in range(start, end, BLOCK):
                pieces.append(self._reader.read(offset, min(offset + BLOCK, end)))
                gathered += len(pieces[-1])
                if gathered >= BLOCK:
                    yield pieces[0] if len(pieces) == 1 else b"".join(pieces)
                    pieces, gathered = [], 0
        if gathered:
            yield pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _spans(self) -> Iterator[tuple[int, int]]:
        if not self.tag & 0x20:
            yield self.start, self.end
            return
        for child in self:
            if child.tag == OCTETS:
                yield child.start, child.end
            elif child.tag == OCTETS | 0x20:
                yield from child._spans()
            else:
                raise Malformed(f"an octet string with something else in it, at offset {child.at}")

    def content(self, most: int = MOST_SMALL) -> bytes:
        """What a primitive element or an octet string holds, if that is not more than `most` bytes."""
        if self.end - self.start > most:
            raise OverLimit(f"{self.end - self.start} bytes where {most} are read, at offset {self.at}")
        if not self.tag & 0x20:
            return self._reader.read(self.start, self.end)
        held, size = [], 0
        for piece in self.octets():
            held.append(piece)
            size += len(piece)
            if size > most:
                raise OverLimit(f"more than {most} bytes, at offset {self.at}")
        return b"".join(held)

    def raw(self, most: int = MOST_SMALL) -> bytes:
        """The element as it was sent, header and all; nothing of it may have been taken."""
        after = self.finish()
        if after - self.at > most:
            raise OverLimit(f"{after - self.at} bytes where {most} are read, at offset {self.at}")
        return self._reader.read(self.at, after)

    def oid(self) -> bytes:
        """The content of the object identifier that comes next."""
        return self.take("an object identifier", OID).content(64)

    def number(self, what: str) -> int:
        """The INTEGER that comes next."""
        content = self.take(what, INTEGER).content(128)
        if not content:
            raise Malformed(f"{what} has no octets")
        return int.from_bytes(content, "big", signed=True)

    def der(self) -> bytes:
        """The element in DER: definite lengths, strings in one piece, sets in order. For small ones."""
        if not self.tag & 0x20:
            return element(self.tag, self.content())
        if self.tag == OCTETS | 0x20:
            return element(OCTETS, self.content())
        children = [child.der() for child in self]
        return element(self.tag, *(sorted(children) if self.tag == SET else children))


def root(source: Source) -> Element:
    """The first element of a source. What follows it is ignored: some products send a line break."""
    return Reader(source).header(0, source.size, 1)
