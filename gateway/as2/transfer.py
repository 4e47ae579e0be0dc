"""Content-Transfer-Encoding (RFC 2045, 6), read and written in streams.

Over HTTP a part without the field is binary, whatever RFC 2045 says of mail: several products leave it out and send
binary content (RFC 4130, 3.4.2).
"""

import base64
import binascii
from collections.abc import Iterator

from gateway.as2.errors import Malformed, UnsupportedFormat
from gateway.as2.headers import Headers
from gateway.as2.source import NewScratch, Sink, Source, chunks

PLAIN = frozenset({"", "binary", "8bit", "7bit"})
"""Encodings that leave the bytes as they are."""

_IN_LINE = 57
"""Bytes in a line of base64: 76 characters, as RFC 2045, 6.8 wants at most."""
_LINE = 78
_SPACE = b" \t\r\n"


def encoding(headers: Headers) -> str:
    """The encoding in lower case, empty without the field."""
    value = headers.single("Content-Transfer-Encoding") or ""
    return value.partition(";")[0].strip().strip('"').lower()


def decoded(headers: Headers, body: Source, scratch: NewScratch) -> Source:
    """The content of a part: `body` itself where nothing is encoded, else decoded into a scratch.

    Raises: Malformed for what is not in its encoding, UnsupportedFormat for an encoding that is not known.
    """
    name = encoding(headers)
    if name in PLAIN:
        return body
    if name not in ("base64", "quoted-printable"):
        raise UnsupportedFormat(f"the transfer encoding {name[:80]!r} is not known")
    into = scratch()
    if name == "base64":
        decode_base64(body, into)
    else:
        decode_quoted_printable(body, into)
    return into


def decode_base64(source: Source, sink: Sink) -> None:
    """Decode with or without line ends, and with or without padding at the end. Raises: Malformed."""
    left = b""
    ended = False
    for chunk in chunks(source):
        text = left + chunk.translate(None, _SPACE)
        if ended and text:
            raise Malformed("base64 goes on behind its end")
        whole = len(text) & ~3
        left = text[whole:]
        if whole:
            ended = text[:whole].endswith(b"=")
            sink.write(_from_base64(text[:whole]))
    if left and ended:
        raise Malformed("base64 goes on behind its end")
    if left:
        sink.write(_from_base64(left + b"=" * (-len(left) % 4)))


def _from_base64(text: bytes) -> bytes:
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except binascii.Error as error:
        raise Malformed(f"this is not base64: {error}") from None


def decode_quoted_printable(source: Source, sink: Sink) -> None:
    """Decode (RFC 2045, 6.7); blanks at the end of a line are what a mail server added, and go."""
    for lines in _whole_lines(source):
        sink.write(binascii.a2b_qp(lines))


def _whole_lines(source: Source) -> Iterator[bytes]:
    """Pieces that end with a line, without blanks before the line ends; a line longer than a chunk comes in pieces."""
    left = b""
    for chunk in chunks(source):
        text = left + chunk
        cut = text.rfind(b"\n") + 1
        if not cut:
            equals = text.rfind(b"=", -2)
            cut = equals if equals >= 0 else len(text)
        left = text[cut:]
        if cut:
            yield _without_blanks(text[:cut])
    if left:
        yield _without_blanks(left)


def _without_blanks(text: bytes) -> bytes:
    if b" \n" not in text and b" \r\n" not in text and b"\t\n" not in text and b"\t\r\n" not in text:
        return text
    lines = text.split(b"\n")
    return b"\n".join([_stripped(line) for line in lines[:-1]] + lines[-1:])


def _stripped(line: bytes) -> bytes:
    return line[:-1].rstrip(b" \t") + b"\r" if line.endswith(b"\r") else line.rstrip(b" \t")


def is_base64(start: bytes) -> bool:
    """Whether content that should be CMS begins as base64 of CMS does: a SEQUENCE is `M` there, 0x30 in DER and BER.

    Products send base64 without saying so, and say so of binary content.
    """
    return start.lstrip(_SPACE)[:1] == b"M"


class Base64Lines:
    """A source encoded as base64 in lines of 76 characters with CRLF, made as it is read: nothing is stored."""

    __slots__ = ("_source", "size")

    def __init__(self, source: Source) -> None:
        self._source = source
        lines, rest = divmod(source.size, _IN_LINE)
        self.size = lines * _LINE + (((rest + 2) // 3) * 4 + 2 if rest else 0)

    def read(self, offset: int, size: int, /) -> bytes:
        """As in `Source`."""
        size = min(size, self.size - offset)
        if size <= 0:
            return b""
        first, last = offset // _LINE, (offset + size - 1) // _LINE
        raw = self._source.read(first * _IN_LINE, (last - first + 1) * _IN_LINE)
        text = base64_lines(raw)
        return text[offset - first * _LINE : offset - first * _LINE + size]


def base64_lines(raw: bytes) -> bytes:
    """Small content as base64 in lines of 76 characters, each with CRLF."""
    return base64.encodebytes(raw).replace(b"\n", b"\r\n")


def is_seven_bit(source: Source) -> bool:
    """Whether content may be sent as 7bit (RFC 2045, 2.7): ASCII without NUL, lines of at most 998 bytes, CRLF only."""
    line = 0
    carry = b""
    for chunk in chunks(source):
        if not chunk.isascii() or b"\0" in chunk:
            return False
        text = carry + chunk
        carry = b"\r" if text.endswith(b"\r") else b""
        text = text.removesuffix(b"\r") if carry else text
        lines = text.split(b"\r\n")
        lines[0] = b"." * line + lines[0]
        if any(len(piece) > 998 or b"\r" in piece or b"\n" in piece for piece in lines):
            return False
        line = len(lines[-1])
    return not carry
