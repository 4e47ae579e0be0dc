"""MIME entities over sources: fields and body, and the parts of a multipart (RFC 2045, 2046). Nothing is copied.

Parts are found by looking for the delimiter in blocks, so that a message of 200 MB costs a few blocks of memory, and
what it costs grows with its size alone, whatever its bytes are.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from gateway.as2 import headers as fields
from gateway.as2.errors import Malformed, OverLimit
from gateway.as2.headers import Headers
from gateway.as2.limits import DEFAULT, Limits
from gateway.as2.parameters import Structured, parse
from gateway.as2.source import BLOCK, Slice, Source

_BOUNDARY = re.compile(r"[ -~]{0,199}[!-~]")
"""RFC 2046, 5.1.1 has up to 70 of fewer characters; partners use others and more."""

_BEHIND = re.compile(rb"(--)?[ \t]{0,200}(?:\r?\n|\Z)")
"""What stands behind a boundary: at most 204 bytes, so that the end of 210 read is only met where the body ends."""
_LOOK_ALIKES = 1000
"""Lines that begin like a delimiter and are none, as in a nested multipart. More are an attack on our time."""


@dataclass(frozen=True)
class Entity:
    """Fields with the body that they describe."""

    headers: Headers
    body: Source

    @cached_property
    def content_type(self) -> Structured:
        """Content-Type, empty without one. Raises: Malformed."""
        value = self.headers.single("Content-Type")
        return parse(value) if value else Structured("")


def read_entity(source: Source, limits: Limits = DEFAULT) -> Entity:
    """Read a part that begins with its header block. Raises: Malformed, OverLimit."""
    headers, start = fields.read(source, limits)
    return Entity(headers, Slice(source, start, source.size))


def boundary_of(content_type: Structured) -> bytes:
    """The boundary of a multipart. Raises: Malformed without one, or with one that cannot be."""
    boundary = content_type.get("boundary")
    if not _BOUNDARY.fullmatch(boundary):
        raise Malformed(f"no boundary of a multipart: {boundary[:80]!r}")
    return boundary.encode("ascii")


def split(body: Source, boundary: bytes, limits: Limits = DEFAULT, *, may_end_early: bool = False) -> list[Source]:
    """The parts of a multipart, each with its header block; preamble and epilogue are left out.

    The line end before a delimiter belongs to the delimiter (RFC 2046, 5.1.1).

    Args:
        may_end_early: take the end of the body for the closing delimiter; for content whose end is guarded otherwise.

    Raises: Malformed without parts or without the closing delimiter, OverLimit for too many.
    """
    parts: list[Source] = []
    start = None
    for before, behind, closing in _delimiters(body, boundary):
        if start is not None:
            parts.append(Slice(body, start, before))
            if len(parts) > limits.parts:
                raise OverLimit(f"a multipart of more than {limits.parts} parts")
        start = behind
        if closing:
            break
    else:
        if start is None or not may_end_early:
            raise Malformed("a multipart without its closing delimiter" if start is not None else "no part was found")
        parts.append(Slice(body, start, body.size))
    if not parts:
        raise Malformed("a multipart without parts")
    return parts


def _delimiters(body: Source, boundary: bytes) -> Iterator[tuple[int, int, bool]]:
    """Each delimiter line: where the part before it ends, where the next begins, and whether it closes."""
    mark = b"--" + boundary
    if body.read(0, len(mark)) == mark and (found := _line_behind(body, len(mark))):
        yield 0, found[0], found[1]
    look_alikes = 0
    for at in _occurrences(body, b"\n" + mark):
        behind = _line_behind(body, at + 1 + len(mark))
        if behind is None:
            look_alikes += 1
            if look_alikes > _LOOK_ALIKES:
                raise OverLimit(f"more than {_LOOK_ALIKES} lines look like a delimiter and are none")
            continue
        yield (at - 1 if at and body.read(at - 1, 1) == b"\r" else at), behind[0], behind[1]


def _line_behind(body: Source, at: int) -> tuple[int, bool] | None:
    """Where the line behind a boundary ends, and whether the boundary is a closing one; None for a longer boundary."""
    match = _BEHIND.match(body.read(at, 210))
    return (at + match.end(), match[1] is not None) if match else None


def _occurrences(body: Source, mark: bytes) -> Iterator[int]:
    """Every place where `mark` stands, from the start; each block is searched once."""
    offset = 0
    while offset < body.size:
        block = body.read(offset, BLOCK)
        at = block.find(mark)
        while at >= 0:
            yield offset + at
            at = block.find(mark, at + 1)
        if offset + len(block) >= body.size:
            return
        offset += max(1, len(block) - len(mark) + 1)
