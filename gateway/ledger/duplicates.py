"""Has this interchange come before? Decided from what is known under its key: sender, receiver, usage and ISA13.

Partners send a file again when they are in doubt, which must be harmless; and they correct a file and keep its number,
which must not silently win over what was delivered first.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The interchange that holds the key since `seen_at`; `sha256` is over its bytes, ISA to IEA."""

    interchange: str
    sha256: str
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class First:
    """Go on; it holds the key from now on."""


@dataclass(frozen=True, slots=True)
class SameBytes:
    """It came before, byte for byte: offer the stored acknowledgement again, deliver nothing."""

    known: Known


@dataclass(frozen=True, slots=True)
class OtherBytes:
    """The number came before with other content: quarantine until a person releases it."""

    known: Known


Judgement = First | SameBytes | OtherBytes


def judge(
    known: Known | None, sha256: str, *, now: datetime, window: timedelta, released: bool = False, interchange: str = ""
) -> Judgement:
    """What an interchange with these bytes is, given who holds its key.

    Args:
        known: who holds the key, None when nobody does.
        window: how long a number may not be used again; after it ISA13 has gone round and the key is free.
        released: an operator lets other bytes take the key. The same bytes stay a duplicate even then.
        interchange: the id of the one that asks, so that work done twice finds itself and not a duplicate.
    """
    if known is None or (interchange and known.interchange == interchange):
        return First()
    # A clock that runs behind on another node makes `seen_at` lie in the future: that is within the window.
    if now - known.seen_at > window:
        return First()
    if known.sha256 == sha256:
        return SameBytes(known)
    return First() if released else OtherBytes(known)
