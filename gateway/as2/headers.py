"""Header fields, of an HTTP message and of any MIME part: read within limits, written with no way to smuggle a line in.

Grammar: RFC 5322, 2.2 and 3.2.2 (folding), RFC 9110, 5.5. Line ends may be CRLF or LF; a CR anywhere else, a NUL and
every other control character is refused, so that nobody behind us can see another field than we did.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from gateway.as2.errors import Malformed, OverLimit
from gateway.as2.limits import DEFAULT, Limits
from gateway.as2.source import Source
from gateway.errors import UsageError

_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,200}")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_LINE_TO_WRITE = 998
"""Octets of a line (RFC 5322, 2.1.1)."""

Pair = tuple[str | bytes, str | bytes]


@dataclass(frozen=True, slots=True)
class Headers:
    """Fields in their order. Names keep their spelling and are compared without regard to case."""

    fields: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, pairs: Iterable[Pair], limits: Limits = DEFAULT) -> "Headers":
        """Fields that somebody else split, as a web server does. Bytes are read as UTF-8 where they are, else Latin-1.

        Raises: Malformed for a name that is none or a control character, OverLimit.
        """
        fields = [(_text(name), _text(value).strip(" \t")) for name, value in pairs]
        if len(fields) > limits.fields:
            raise OverLimit(f"{len(fields)} header fields, {limits.fields} are read")
        if sum(len(name) + len(value) for name, value in fields) > limits.header_block:
            raise OverLimit(f"headers of more than {limits.header_block} characters")
        for name, value in fields:
            _check(name, value)
        return cls(tuple(fields))

    @classmethod
    def to_write(cls, fields: Iterable[tuple[str, str]]) -> "Headers":
        """Fields of ours that somebody else will write. Raises: UsageError for what must not be written."""
        headers = cls(tuple(fields))
        headers.block()
        return headers

    def all(self, name: str) -> tuple[str, ...]:
        """Values of every field of this name, in order."""
        name = name.lower()
        return tuple(value for other, value in self.fields if other.lower() == name)

    def first(self, name: str) -> str | None:
        """The first value. Only for what is shown to people: whoever decides by a field uses `single`."""
        return next(iter(self.all(name)), None)

    def single(self, name: str) -> str | None:
        """The one value, None without such a field.

        Raises: Malformed when there are several, even equal ones: two readers could follow different ones.
        """
        values = self.all(name)
        if len(values) > 1:
            raise Malformed(f"{len(values)} fields {name}, at most one makes sense")
        return values[0] if values else None

    def block(self) -> bytes:
        """The fields as bytes with the empty line behind them. Folds nothing.

        Raises: UsageError for what must not be written: see `field`.
        """
        return b"".join(field(name, value) for name, value in self.fields) + b"\r\n"


def field(name: str, value: str) -> bytes:
    """One field with its line end.

    Raises: UsageError for a name that is none, for anything but printable ASCII and tabs, and for more than a line.
    """
    if not _NAME.fullmatch(name) or _CONTROL.search(value) or not value.isascii():
        raise UsageError(f"the header field {name!r} cannot be written: {value[:80]!r}")
    line = f"{name}: {value}\r\n".encode("ascii")
    if len(line) > _LINE_TO_WRITE + 2:
        raise UsageError(f"the header field {name} would have {len(line)} bytes, {_LINE_TO_WRITE} may be in a line")
    return line


def read(source: Source, limits: Limits = DEFAULT) -> tuple[Headers, int]:
    """Read the header block at the start of a MIME part: its fields, and the offset of the body behind the empty line.

    A part that begins with an empty line has no fields; one without any empty line has no body.
    Raises: Malformed, OverLimit.
    """
    window = source.read(0, limits.header_block + 2)
    lines: list[bytes] = []
    at = 0
    while at < len(window):
        end = window.find(b"\n", at)
        if end < 0 and len(window) < source.size:
            raise OverLimit(f"headers of more than {limits.header_block} bytes")
        after = end + 1 if end >= 0 else len(window)
        line = window[at : after - 1 if end >= 0 else after].removesuffix(b"\r")
        if len(line) > limits.header_line:
            raise OverLimit(f"a header line of {len(line)} bytes, {limits.header_line} are read")
        at = after
        if not line:
            return _fields(lines, limits), at
        lines.append(line)
    if at < source.size:
        raise OverLimit(f"headers of more than {limits.header_block} bytes")
    return _fields(lines, limits), at


def _fields(lines: list[bytes], limits: Limits) -> Headers:
    fields: list[tuple[str, list[str]]] = []
    for line in lines:
        text = _text(line)
        if text[0] in " \t":
            if not fields:
                raise Malformed("the headers begin with a continued line")
            fields[-1][1].append(text)
            continue
        name, colon, value = text.partition(":")
        if not colon:
            raise Malformed(f"a header line without a colon: {text[:80]!r}")
        fields.append((name.rstrip(" \t"), [value]))
        if len(fields) > limits.fields:
            raise OverLimit(f"more than {limits.fields} header fields")
    found = tuple((name, "".join(pieces).strip(" \t")) for name, pieces in fields)
    for name, value in found:
        _check(name, value)
    return Headers(found)


def _check(name: str, value: str) -> None:
    if not _NAME.fullmatch(name):
        raise Malformed(f"no name of a header field: {name[:80]!r}")
    if _CONTROL.search(value):
        raise Malformed(f"a control character in the header field {name}")


def _text(value: str | bytes) -> str:
    if isinstance(value, str):
        if value.isascii():
            return value
        value = _bytes(value)
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _bytes(value: str) -> bytes:
    """What was decoded with surrogates for what is no UTF-8, as HTTP clients do."""
    try:
        return value.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raise Malformed("a header field with half a character") from None
