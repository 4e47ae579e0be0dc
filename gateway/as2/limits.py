"""How much of a message is read before it is refused. All of these are security limits, not habits of partners."""

from dataclasses import dataclass

from gateway.as2.cms.compress import MOST_BYTES, MOST_RATIO


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The most that is read of each. A message over one of them is refused (`errors.OverLimit`), never cut."""

    header_block: int = 64 * 1024
    """Bytes of one header block, in the message or in any of its parts."""

    header_line: int = 8 * 1024
    """Bytes of one line of it, as sent; a folded field has several."""

    fields: int = 200
    """Header fields in one block."""

    depth: int = 8
    """Levels of encryption, compression, signature and multipart, one within the other."""

    parts: int = 50
    """Parts of a message, counted over all its multiparts."""

    signature: int = 1024 * 1024
    """Bytes of a detached signature after decoding. One with a long chain of certificates has some 20 KB."""

    receipt: int = 1024 * 1024
    """Bytes of a receipt. One that returns the headers of the message has some 10 KB."""

    decompressed: int = MOST_BYTES
    """Bytes that compressed content may grow to."""

    ratio: int = MOST_RATIO
    """How many times larger it may grow."""


DEFAULT = Limits()
