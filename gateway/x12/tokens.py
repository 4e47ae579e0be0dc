"""From bytes to segments: finds interchanges in a stream and cuts them, a bounded block at a time.

Bytes are read as Latin-1, so that characters and bytes count alike and nothing is lost; text that turns out to be
UTF-8 is read again as such where it is looked at. The cutting itself is `str.find` and `str.split` over whole blocks:
at no time is there a loop over characters.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from gateway.x12.cuts import ANY_HEADER, BLANK, Cuts, cuts_for, likely_header
from gateway.x12.delimiters import HEADER_LIMIT, HeaderText, read_header
from gateway.x12.interchange import Delimiters

__all__ = ["BLANK", "BYTE_ORDER_MARK", "Batch", "Limits", "Skipped", "Tokens"]

BYTE_ORDER_MARK = "\xef\xbb\xbf"
"""The UTF-8 byte order mark as it looks in Latin-1."""

SAMPLE_LENGTH = 80
"""Characters kept of text that is passed over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Security limits of reading, in the unit each name says. The defaults hold memory under 100 MB over the base.

    A segment of 64 KB is ten times what any guide allows, one with binary data may have `binary_bytes`; the largest
    order (100,000 lines) has fewer than `segments` segments; GE01 and IEA01 cannot say more than `sets` and `groups`.
    """

    block_bytes: int = 64 * 1024
    segment_bytes: int = 64 * 1024
    binary_bytes: int = 16 * 1024 * 1024
    elements: int = 1_000
    segments: int = 200_000
    set_bytes: int = 16 * 1024 * 1024
    findings: int = 1_000
    group_findings: int = 20_000
    sets: int = 1_000_000
    groups: int = 99_999


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """Text that belongs to no interchange. `sample` is its beginning without blanks, "" when it is all blank.

    `broken` says that it holds an "ISA" with a separator behind it that is not a readable header.
    """

    offset: int
    length: int
    sample: str
    bom: bool
    broken: bool


@dataclass(slots=True)
class Batch:
    """Segments in order, without their terminators. `offset` is where the first begins in the source.

    `originals` are the same with the blanks before each, whose lengths (plus one terminator each) tell offsets.
    `terminated` False: the source ended within the last one. `trailing`: some segment ends with a separator.
    """

    raws: list[str]
    originals: list[str]
    offset: int
    terminated: bool
    trailing: bool

    def length(self, start: int, end: int) -> int:
        """Characters, and so bytes, from segment `start` up to segment `end`, terminators included."""
        missing = 1 if end == len(self.originals) and not self.terminated and end > start else 0
        return sum(map(len, self.originals[start:end])) + end - start - missing


class Tokens:
    """A cursor over a source of bytes. `seek` finds a header, then `batch` gives its segments until `rewind`."""

    def __init__(self, source: bytes | Iterable[bytes], limits: Limits) -> None:
        self._blocks = _blocks(source, limits.block_bytes)
        self._limits = limits
        self._text = ""
        self._batch = ""
        self._batch_offset = 0
        self._wrapped = False
        self._binary = True
        self.offset = 0
        self.overlong = False

    def seek(self) -> tuple[Skipped, HeaderText | None]:
        """Pass over everything up to the next readable header, and take it; None at the end of the source."""
        passed, at = Passed(self.offset), 0
        pattern = likely_header(wrapped=self._wrapped)
        while True:
            found = pattern.search(self._text, at)
            if found is None:
                at = 0
                self._pass(len(self._text) - HEADER_LIMIT, passed)
                if not self._more():
                    self._pass(len(self._text), passed)
                    return passed.skipped(self.offset), None
                continue
            self._pass(found.start(), passed)
            while len(self._text) < HEADER_LIMIT and self._more():
                pass
            header = read_header(self._text[:HEADER_LIMIT], self.offset)
            if header is not None:
                skipped = passed.skipped(self.offset)
                self._drop(header.length)
                self.overlong, self._wrapped, self._binary = False, header.wrapped, not header.wrapped
                return skipped, header
            at = 3

    def batch(self, delimiters: Delimiters) -> Batch | None:
        """The next segments, at least one; None at the end, or when a segment is `overlong`.

        A batch never goes past an IEA nor over an ISA, so that the next interchange, which may have other delimiters,
        is not cut with these; a segment with binary data is a batch of its own.
        """
        cuts = cuts_for(delimiters.element, delimiters.segment, wrapped=self._wrapped)
        while True:
            if self._binary and (binary := cuts.binary_start(self._text)) >= 0:
                length = self._binary_length(binary, cuts, delimiters.segment)
                if length:
                    return self._take_binary(length)
            end = cuts.end(self._text, binary=self._binary)
            if end:
                return self._take(end, delimiters, cuts, terminated=True)
            if len(self._text) > self._limits.segment_bytes:
                self.overlong = True
                return None
            if not self._more():
                break
        if not self._text.strip(BLANK):
            return None
        return self._take(len(self._text), delimiters, cuts, terminated=False)

    def rewind(self, offset: int) -> None:
        """Go back to `offset`, which lies within the last batch or at its end."""
        kept = offset - self._batch_offset
        self._text = self._batch[kept:] + self._text
        self.offset = offset
        self._batch, self._batch_offset = "", offset

    def _binary_length(self, start: int, cuts: Cuts, terminator: str) -> int:
        """Characters of the binary segment that begins the buffer, terminator included; 0 when its length is wrong.

        A wrong one is believed once in an interchange: looking for its end may take as much memory as it says.
        """
        length = cuts.binary_length(self._text, start)
        while length is None and self._more():
            length = cuts.binary_length(self._text, start)
        end = start + (length or 0)
        if length and length <= self._limits.binary_bytes:
            blocks = [self._text]
            have = len(self._text)
            while have <= end and (block := next(self._blocks, None)) is not None:
                blocks.append(block)
                have += len(block)
            text = "".join(blocks)
            if text[end : end + 1] == terminator:
                self._text = text
                return end + 1
            self._blocks = chain(blocks[1:], self._blocks)
        self._binary = False
        return 0

    def _take_binary(self, length: int) -> Batch:
        text = self._hand_out(length)
        return Batch(
            raws=[text[:-1].lstrip(BLANK)],
            originals=[text[:-1]],
            offset=self._batch_offset,
            terminated=True,
            trailing=False,
        )

    def _take(self, end: int, delimiters: Delimiters, cuts: Cuts, *, terminated: bool) -> Batch | None:
        originals, sparse = cuts.split(self._text[:end])
        if terminated:
            originals.pop()
        limit = self._limits.segment_bytes
        if end > limit and (count := cuts.within(originals, limit)) < len(originals):
            if count == 0:
                self.overlong = True
                return None
            originals, terminated = originals[:count], True
            end = sum(map(len, originals)) + count
        text = self._hand_out(end)
        return Batch(
            raws=cuts.bare(originals, text, terminated=terminated, sparse=sparse),
            originals=originals,
            offset=self._batch_offset,
            terminated=terminated,
            trailing=text.rfind(delimiters.element + delimiters.segment) >= 0,
        )

    def _hand_out(self, end: int) -> str:
        self._batch, self._batch_offset = self._text[:end], self.offset
        self._drop(end)
        return self._batch

    def _more(self) -> bool:
        block = next(self._blocks, None)
        if block is None:
            return False
        self._text += block
        return True

    def _drop(self, count: int) -> None:
        self._text = self._text[count:]
        self.offset += count

    def _pass(self, count: int, passed: "Passed") -> None:
        """Leave `count` characters behind."""
        if count > 0:
            passed.take(self._text, count, first=self.offset == 0)
            self._drop(count)


class Passed:
    """What is gathered about text that belongs to no interchange while it is passed over."""

    def __init__(self, start: int) -> None:
        self._start = start
        self._sample = ""
        self._bom = False
        self._mark = 0  # characters of the byte order mark that are still to come
        self._broken = False

    def take(self, text: str, count: int, *, first: bool) -> None:
        """The first `count` characters of `text`, which may begin the source."""
        if not self._broken:
            found = ANY_HEADER.search(text, 0, count + 3)
            self._broken = found is not None and found.start() < count
        if first and text.startswith(BYTE_ORDER_MARK):
            self._bom, self._mark = True, len(BYTE_ORDER_MARK)
        marked = min(self._mark, count)
        self._mark -= marked
        passed = text[marked:count]
        if len(self._sample) < SAMPLE_LENGTH:
            self._sample = (self._sample + passed).lstrip(BLANK)[:SAMPLE_LENGTH]

    def skipped(self, end: int) -> Skipped:
        """All of it, up to byte `end`."""
        sample = self._sample.rstrip(BLANK)
        return Skipped(offset=self._start, length=end - self._start, sample=sample, bom=self._bom, broken=self._broken)


def _blocks(source: bytes | Iterable[bytes], size: int) -> Iterator[str]:
    """The source as text in blocks of about `size` characters, whatever the pieces it comes in."""
    gathered: list[bytes] = []
    waiting = 0
    for piece in (source,) if isinstance(source, bytes) else source:
        if len(piece) >= size * 2:
            view = memoryview(piece)
            yield b"".join(gathered).decode("latin-1")
            for start in range(0, len(piece), size):
                yield bytes(view[start : start + size]).decode("latin-1")
            gathered, waiting = [], 0
            continue
        gathered.append(piece)
        waiting += len(piece)
        if waiting >= size:
            yield b"".join(gathered).decode("latin-1")
            gathered, waiting = [], 0
    if gathered:
        yield b"".join(gathered).decode("latin-1")
