"""Which parts of a mail are documents, by what they say they are and by what they are. Pure.

application/edi-x12, edifact, edi-consent    always: what is wrong inside is found and told where documents are read
text/html, images, messages, calendars       never
anything else                                when it begins as an interchange does: mail programs call a file of X12
                                             text, octet-stream, or whatever its name ends with
"""

import re
from collections.abc import Sequence
from typing import Final

from gateway.as2.source import Source
from gateway.as2.unpack import Part

_ALWAYS: Final = frozenset({"application/edi-x12", "application/edifact", "application/edi-consent"})
"""RFC 1767."""

_NEVER: Final = ("text/html", "text/calendar", "image/", "audio/", "video/", "message/", "multipart/")
_LOOKED_AT: Final = 4096
_BEGINS: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*ISA[^A-Za-z0-9\s]")


def documents(parts: Sequence[Part]) -> tuple[Sequence[Part], Sequence[Part]]:
    """The documents in their order, and what is left out."""
    taken = [part for part in parts if _is_one(part.content_type, part.source)]
    return taken, [part for part in parts if part not in taken]


def _is_one(content_type: str, source: Source) -> bool:
    if content_type in _ALWAYS:
        return True
    if content_type.startswith(_NEVER):
        return False
    return _BEGINS.match(source.read(0, _LOOKED_AT)) is not None
