"""Compressing with zlib (RFC 3274, 5402), and back with limits, since 1 KB may say that it is 1 MB."""

from gateway.as2.source import Sink, Source

MOST_BYTES = 1 << 30
MOST_RATIO = 200
"""EDI shrinks to a tenth, spaces and XML to a hundredth. zlib itself ends at 1,032."""


def compress(source: Source, sink: Sink, *, level: int = 6) -> None:
    """Write the content of `source` as CompressedData.

    DER while the result is at most 1 MiB; a larger one is written as it arises, in BER with indefinite lengths.
    """
    raise NotImplementedError


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
    raise NotImplementedError
