"""From bytes to segments: finds interchanges in a stream and cuts them, a bounded block at a time.

Bytes are read as Latin-1, so that characters and bytes count alike and nothing is lost; text that turns out to be
UTF-8 is read again as such where it is looked at. The cutting itself is `str.find` and `str.split` over whole blocks:
at no time is there a loop over characters.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gateway.x12.delimiters import HEADER_LIMIT, HeaderText, read_header
from gateway.x12.interchange import Delimiters

BLANK = " \t\r\n\x00\x1a"
"""What may stand between segments and interchanges without a word: line ends, and the Ctrl-Z and NUL of old hosts."""

BYTE_ORDER_MARK = "\xef\xbb\xbf"
"""The UTF-8 byte order mark as it looks in Latin-1."""

SAMPLE_LENGTH = 80
"""Characters kept of text that is passed over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Security limits of reading, in the unit each name says. The defaults hold memory under 100 MB over the base.

    A segment of 64 KB is ten times what any guide allows; the largest order (100,000 lines) has fewer than `segments`
    segments; GE01 and IEA01 cannot say more than `sets` and `groups`.
    """

    block_bytes: int = 64 * 1024
    segment_bytes: int = 64 * 1024
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
        self.offset = 0
        self.overlong = False

    def seek(self) -> tuple[Skipped, HeaderText | None]:
        """Pass over everything up to the next readable header, and take it; None at the end of the source."""
        start, sample, broken = self.offset, "", False
        bom = False
        while self.offset == 0 and len(self._text) < len(BYTE_ORDER_MARK) + 2 and self._more():
            pass
        while True:
            found = self._text.find("ISA")
            if found < 0:
                sample, bom = self._pass(len(self._text) - 2, sample, bom)
                if self._more():
                    continue
                sample, bom = self._pass(len(self._text), sample, bom)
                return self._skipped(start, sample, bom, broken), None
            sample, bom = self._pass(found, sample, bom)
            while len(self._text) < HEADER_LIMIT and self._more():
                pass
            header = read_header(self._text[:HEADER_LIMIT], self.offset)
            if header is not None:
                skipped = self._skipped(start, sample, bom, broken)
                self._drop(header.length)
                self.overlong = False
                return skipped, header
            broken = broken or (len(self._text) < 4 or not (self._text[3].isalnum() or self._text[3].isspace()))
            sample, bom = self._pass(3, sample, bom)

    def batch(self, delimiters: Delimiters) -> Batch | None:
        """The next segments, at least one; None at the end, or when a segment is `overlong`.

        A batch never goes past an IEA nor over an ISA, so that the next interchange, which may have other delimiters,
        is not cut with these.
        """
        while True:
            end = self._cut(delimiters)
            if end:
                return self._take(end, delimiters, terminated=True)
            if len(self._text) > self._limits.segment_bytes:
                self.overlong = True
                return None
            if not self._more():
                break
        if not self._text.strip(BLANK):
            return None
        return self._take(len(self._text), delimiters, terminated=False)

    def rewind(self, offset: int) -> None:
        """Go back to `offset`, which lies within the last batch or at its end."""
        kept = offset - self._batch_offset
        self._text = self._batch[kept:] + self._text
        self.offset = offset
        self._batch, self._batch_offset = "", offset

    def _cut(self, delimiters: Delimiters) -> int:
        """How many characters of the buffer are whole segments that may go out together."""
        text, terminator = self._text, delimiters.segment
        trailer = text.find("IEA" + delimiters.element)
        if trailer < 0:
            end = text.rfind(terminator) + 1
        else:
            end = text.find(terminator, trailer) + 1 or text.rfind(terminator, 0, trailer) + 1
        blanks = BLANK.replace(terminator, "")
        header = text.find("ISA" + delimiters.element, 0, end)
        while header >= 0:
            before = text[max(0, header - 64) : header].rstrip(blanks)
            if not before and header < 64:
                return text.find(terminator, header) + 1
            if before.endswith(terminator):
                return text.rfind(terminator, 0, header) + 1
            header = text.find("ISA" + delimiters.element, header + 3, end)
        return end

    def _take(self, end: int, delimiters: Delimiters, *, terminated: bool) -> Batch | None:
        text = self._text[:end]
        originals = text.split(delimiters.segment)
        if terminated:
            originals.pop()
        limit = self._limits.segment_bytes
        if len(text) > limit and max(map(len, originals)) > limit:
            count = next(index for index, raw in enumerate(originals) if len(raw) > limit)
            if count == 0:
                self.overlong = True
                return None
            originals, terminated = originals[:count], True
            end = sum(map(len, originals)) + count
            text = text[:end]
        self._batch, self._batch_offset = text, self.offset
        self._drop(end)
        return Batch(
            raws=_without_blanks(originals, text, terminated=terminated),
            originals=originals,
            offset=self._batch_offset,
            terminated=terminated,
            trailing=delimiters.element + delimiters.segment in text,
        )

    def _more(self) -> bool:
        block = next(self._blocks, None)
        if block is None:
            return False
        self._text += block
        return True

    def _drop(self, count: int) -> None:
        self._text = self._text[count:]
        self.offset += count

    def _pass(self, count: int, sample: str, bom: bool) -> tuple[str, bool]:
        """Leave `count` characters behind, keeping a sample of the first that are not blank."""
        if count <= 0:
            return sample, bom
        passed = self._text[:count]
        if self.offset == 0 and passed.startswith(BYTE_ORDER_MARK):
            passed, bom = passed[3:], True
        self._drop(count)
        return sample if len(sample) >= SAMPLE_LENGTH else (sample + passed).lstrip(BLANK)[:SAMPLE_LENGTH], bom

    def _skipped(self, start: int, sample: str, bom: bool, broken: bool) -> Skipped:
        return Skipped(offset=start, length=self.offset - start, sample=sample.rstrip(BLANK), bom=bom, broken=broken)


def _without_blanks(originals: list[str], text: str, *, terminated: bool) -> list[str]:
    """The segments without blanks in front, and without those behind the last when nothing ends it."""
    raws = originals
    if "\n" in text or "\r" in text or not terminated:
        raws = [raw.lstrip(BLANK) for raw in originals]
    if not terminated:
        raws[-1] = raws[-1].rstrip(BLANK)
    return raws


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
