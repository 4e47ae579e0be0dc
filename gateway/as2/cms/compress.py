"""Compressing with zlib (RFC 3274, 5402), and back with limits, since 1 KB may say that it is 1 MB."""

import zlib
from collections.abc import Iterator

from gateway.as2.algorithms import ZLIB
from gateway.as2.cms.ber import Element
from gateway.as2.cms.content import DATA, EXPLICIT, OIDS, opened, take_data
from gateway.as2.cms.der import OCTETS, OID, SEQUENCE, dotted, element, header, integer, wrapped
from gateway.as2.errors import DecompressionFailed, UnsupportedFormat
from gateway.as2.source import BLOCK, Sink, Source, chunks

MOST_BYTES = 1 << 30
MOST_RATIO = 200
"""EDI shrinks to a tenth, spaces and XML to a hundredth. zlib itself ends at 1,032."""

_RATIO_FROM = 1 << 20
_MOST_HELD = 1 << 20
_FED = 1 << 14
"""Bytes given to zlib at a time: of a bomb it hands back what it did not use, again and again."""

_CONSTRUCTED, _INDEFINITE, _END = 0x20, b"\x80", b"\0\0"
_ALGORITHM = element(SEQUENCE, element(OID, ZLIB))


def compress(source: Source, sink: Sink, *, level: int = 6) -> None:
    """Write the content of `source` as CompressedData.

    DER while the result is at most 1 MiB; a larger one is written as it arises, in BER with indefinite lengths.
    """
    pieces = _deflated(source, level)
    held, size = [], 0
    for piece in pieces:
        held.append(piece)
        size += len(piece)
        if size > _MOST_HELD:
            _in_pieces(sink, held, pieces)
            return
    before, behind = wrapped(
        size,
        (OCTETS, b"", b""),
        (EXPLICIT, b"", b""),
        (SEQUENCE, element(OID, DATA), b""),
        (SEQUENCE, integer(0) + _ALGORITHM, b""),
        (EXPLICIT, b"", b""),
        (SEQUENCE, element(OID, OIDS["compressed"]), b""),
    )
    sink.write(b"".join((before, *held, behind)))


def _deflated(source: Source, level: int) -> Iterator[bytes]:
    deflater = zlib.compressobj(level)
    for chunk in chunks(source):
        yield deflater.compress(chunk)
    yield deflater.flush()


def _in_pieces(sink: Sink, held: list[bytes], rest: Iterator[bytes]) -> None:
    """The same structure, each element around the content of indefinite length."""
    opening = b"".join(
        bytes((tag,)) + _INDEFINITE + lead
        for tag, lead in (
            (SEQUENCE, element(OID, OIDS["compressed"])),
            (EXPLICIT, b""),
            (SEQUENCE, integer(0) + _ALGORITHM),
            (SEQUENCE, element(OID, DATA)),
            (EXPLICIT, b""),
            (OCTETS | _CONSTRUCTED, b""),
        )
    )
    sink.write(opening)
    first = b"".join(held)
    held.clear()
    sink.write(header(OCTETS, len(first)) + first)
    for piece in rest:
        if piece:
            sink.write(header(OCTETS, len(piece)) + piece)
    sink.write(_END * 6)


def decompress(source: Source, sink: Sink, *, most_bytes: int = MOST_BYTES, most_ratio: int = MOST_RATIO) -> int:
    """Write the content of a CompressedData, DER or BER, to `sink`; returns how many bytes that was.

    Args:
        most_bytes: of content; nothing beyond it is written.
        most_ratio: content to compressed bytes, once there is more than 1 MiB of content.

    Raises:
        Malformed: not a CompressedData, or over a limit of structure.
        UnsupportedFormat: another kind of CMS, or compressed with something else.
        DecompressionFailed: not zlib, cut short, or over one of the limits.
    """
    _, body, info = opened(source, "compressed")
    body.number("the version")
    algorithm = body.take("the algorithm", SEQUENCE).oid()
    if algorithm != ZLIB:
        raise UnsupportedFormat(f"compressed with {dotted(algorithm)}")
    encapsulated = body.take("the content", SEQUENCE)
    take_data(encapsulated)
    octets = encapsulated.take("the content", EXPLICIT).take("the content", OCTETS, OCTETS | _CONSTRUCTED)
    size = _inflate(octets, sink, most_bytes, most_ratio)
    info.finish()
    return size


def _inflate(octets: Element, sink: Sink, most_bytes: int, most_ratio: int) -> int:
    inflater = zlib.decompressobj()
    taken = size = 0
    for piece in _small(octets.octets()):
        taken += len(piece)
        for plain in _inflated(inflater, piece):
            size += len(plain)
            if size > most_bytes:
                raise DecompressionFailed(f"more than {most_bytes} bytes of content")
            if size > _RATIO_FROM and size > taken * most_ratio:
                raise DecompressionFailed(f"{size} bytes of content in {taken} bytes: more than {most_ratio} to 1")
            sink.write(plain)
    if not inflater.eof or inflater.unused_data:
        raise DecompressionFailed("the compressed bytes end early, or go on behind their end")
    return size


def _small(pieces: Iterator[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        for offset in range(0, len(piece), _FED):
            yield piece[offset : offset + _FED]


def _inflated(inflater: "zlib._Decompress", piece: bytes) -> Iterator[bytes]:
    """What these bytes become, at most a block at a time."""
    while True:
        try:
            plain = inflater.decompress(piece, BLOCK)
        except zlib.error as error:
            raise DecompressionFailed(f"not zlib: {error}") from None
        if plain:
            yield plain
        piece = inflater.unconsumed_tail
        if inflater.eof or (not piece and len(plain) < BLOCK):
            return
