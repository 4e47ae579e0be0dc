"""Compressed content: there and back, and bombs that do not go off."""

import zlib

import pytest

from gateway.as2.algorithms import ZLIB
from gateway.as2.cms.compress import compress, decompress
from gateway.as2.cms.content import DATA, OIDS, content_kind
from gateway.as2.cms.der import OCTETS, OID, SEQUENCE, element, integer
from gateway.as2.errors import DecompressionFailed, Malformed, OverLimit, UnsupportedFormat
from gateway.as2.source import Memory, whole
from tests.unit.as2.cms.samples import ORDER, compressed, decompressed

_MB = 1 << 20


def _noise(size: int) -> bytes:
    """Octets that do not compress, the same ones each time."""
    state = zlib.crc32(b"noise")
    pieces = []
    for _ in range(size // 4):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        pieces.append((state >> 8 & 0xFFFFFF).to_bytes(4, "big"))
    return b"".join(pieces)


@pytest.mark.parametrize("content", [b"", b"x", ORDER, ORDER * 1000], ids=["none", "one", "order", "large"])
def test_content_comes_back(content: bytes) -> None:
    message = compressed(content)

    assert content_kind(Memory(message)) == "compressed"
    assert decompressed(message, most_ratio=2000) == content


def test_a_large_result_is_written_in_pieces_and_comes_back() -> None:
    content = _noise(2 * _MB)
    message = compressed(content)

    assert message[1] == 0x80  # indefinite
    assert decompressed(message) == content
    for end in (2, 12, 24, 13):
        with pytest.raises(Malformed):
            decompressed(message[:-end])


def test_a_message_that_ends_early_is_malformed_at_every_place() -> None:
    message = compressed(ORDER)
    for place in range(len(message)):
        with pytest.raises(Malformed):
            decompressed(message[:place])


def test_content_over_the_limit_is_not_written() -> None:
    message = compressed(bytes(100_000))
    sink = Memory()

    assert len(decompressed(message, most_bytes=100_000)) == 100_000
    with pytest.raises(DecompressionFailed):
        decompress(Memory(message), sink, most_bytes=99_999)
    assert sink.size <= 99_999


def test_a_bomb_of_300_mb_is_stopped_early() -> None:
    """Before much of it is written; a few tens of blocks, not a thousand."""
    deflater = zlib.compressobj(9)
    bomb = b"".join([*(deflater.compress(bytes(_MB)) for _ in range(300)), deflater.flush()])
    message = _holding(bomb)
    counted = _Counting()

    with pytest.raises(DecompressionFailed):
        decompress(Memory(message), counted)
    assert len(message) < _MB
    assert counted.size < 8 * _MB


class _Counting:
    """Forgets what it is given."""

    size = 0

    def write(self, data: bytes, /) -> None:
        """Count it."""
        self.size += len(data)


def _holding(stream: bytes, algorithm: bytes = ZLIB) -> bytes:
    """A CompressedData with exactly these octets in it."""
    content = element(SEQUENCE, element(OID, DATA), element(0xA0, element(OCTETS, stream)))
    data = element(SEQUENCE, integer(0), element(SEQUENCE, element(OID, algorithm)), content)
    return element(SEQUENCE, element(OID, OIDS["compressed"]), element(0xA0, data))


def test_what_is_not_one_whole_stream_is_refused() -> None:
    stream = zlib.compress(ORDER)
    raw = zlib.compressobj(wbits=-15)
    headless = raw.compress(ORDER) + raw.flush()
    for wrong in (b"", stream[:-1], stream[:20], stream + b"x", stream + stream, headless, b"\0" * 40, ORDER):
        with pytest.raises(DecompressionFailed):
            decompressed(_holding(wrong))


def test_another_algorithm_is_not_supported() -> None:
    with pytest.raises(UnsupportedFormat, match=r"1\.2\.840"):
        decompressed(_holding(zlib.compress(ORDER), algorithm=ZLIB[:-1] + b"\x09"))


def test_pieces_of_one_octet_are_counted() -> None:
    """A message of pieces costs time for each; ours is stopped."""
    few, many = zlib.compress(ORDER), zlib.compress(_noise(80_000))

    assert decompressed(_in_pieces(few)) == ORDER
    with pytest.raises(OverLimit):
        decompressed(_in_pieces(many))


def _in_pieces(stream: bytes) -> bytes:
    """A CompressedData of indefinite lengths, each octet a piece."""
    pieces = b"".join(b"\x04\x01" + stream[i : i + 1] for i in range(len(stream)))
    lead = element(OID, OIDS["compressed"]) + b"\xa0\x80\x30\x80" + integer(0)
    algorithm = element(SEQUENCE, element(OID, ZLIB))
    content = b"\x30\x80" + element(OID, DATA) + b"\xa0\x80\x24\x80" + pieces
    return b"\x30\x80" + lead + algorithm + content + b"\0\0" * 6


def test_levels_of_compression_all_come_back() -> None:
    for level in (0, 1, 9):
        sink = Memory()
        compress(Memory(ORDER * 30), sink, level=level)

        assert decompressed(whole(sink)) == ORDER * 30
