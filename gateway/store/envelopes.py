"""One transaction set as an interchange of its own, from stored bytes: the original ISA and GS, the set, GE, IEA."""

import re
from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from gateway.parcel import Content
from gateway.store.blobs import FileBlobs

_BLOCK = 1 << 20
_OVERLAP = 4096
"""Bytes in which an ISA or a GS ends, with room to spare."""

_ISA_BYTES = 106
_REMEMBERED = 16
"""Interchanges whose groups are remembered: the documents of a large one come in many batches."""


@dataclass(slots=True)
class _Groups:
    """The GS segments of one interchange as far as it was searched: (offset, text with its terminator)."""

    header: bytes
    searched: int
    found: list[tuple[int, bytes]] = field(default_factory=list)


class Envelopes:
    """Wraps sets. Reads the bytes before a set once per interchange, however many of its sets are asked for."""

    def __init__(self, blobs: FileBlobs) -> None:
        self._blobs = blobs
        self._known: OrderedDict[str, _Groups] = OrderedDict()
        self._lock = Lock()

    def wrap(self, document: Any, content: Content) -> bytes:
        """`document` is its row with its interchange's `header` and `interchange_offset`; `content` what it came in."""
        element = document.header["element"].encode("latin-1", "replace")
        segment = document.header["segment"].encode("latin-1", "replace")
        with self._lock:
            groups = self._groups(document, content, element, segment)
        group = next((text for offset, text in reversed(groups.found) if offset < document.byte_offset), b"")
        body = self._blobs.read(content, document.byte_offset, document.byte_length)
        group_number = _elements(group, element, segment)[6:7] or [b""]
        interchange_number = _elements(groups.header, element, segment)[13:14] or [b""]
        return b"".join(
            (
                groups.header,
                group,
                body,
                element.join((b"GE", b"1", group_number[0])) + segment,
                element.join((b"IEA", b"1", interchange_number[0])) + segment,
            )
        )

    def _groups(self, document: Any, content: Content, element: bytes, segment: bytes) -> _Groups:
        groups = self._known.get(document.interchange_id)
        if groups is None:
            start = self._blobs.read(content, document.interchange_offset, _OVERLAP)
            end = _ISA_BYTES if start[_ISA_BYTES - 1 : _ISA_BYTES] == segment else start.find(segment, 3) + 1
            header = start[:end]
            groups = self._known[document.interchange_id] = _Groups(header, document.interchange_offset)
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        self._known.move_to_end(document.interchange_id)
        ends, parts = re.escape(segment), re.escape(element)
        opening = re.compile(ends + rb"\s*(GS" + parts + b"[^" + ends + b"]*" + ends + b")")
        while groups.searched < document.byte_offset:
            groups.searched = self._search(groups, content, opening, document.byte_offset)
        return groups

    def _search(self, groups: _Groups, content: Content, opening: "re.Pattern[bytes]", until: int) -> int:
        """Search one block; blocks overlap, so that a GS across their border is found."""
        start = groups.searched
        block = self._blobs.read(content, start, _BLOCK + _OVERLAP)
        for match in opening.finditer(block):
            place = start + match.start(1)
            if not groups.found or place > groups.found[-1][0]:
                groups.found.append((place, match.group(1)))
        return start + _BLOCK if len(block) > _BLOCK else max(until, start + len(block))


def _elements(text: bytes, element: bytes, segment: bytes) -> list[bytes]:
    return text.rstrip(segment).split(element)
