"""The message integrity check that a receipt returns (RFC 4130, 7.3.1 and 7.4.3; RFC 5402, 4).

Over what it is made:

- signed: the MIME part that was signed, fields and body, as it was signed: compressed, when it was compressed before;
- not signed, but encrypted or compressed: the MIME part without either, fields and body, in its transfer encoding;
- neither: the content alone, without any fields.

By which digest: products disagree, so a MIC is kept by every digest, and compared by the one that the receipt names.
"""

import base64
import binascii
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gateway.as2.algorithms import DIGESTS, digest_named, micalg
from gateway.as2.request import MdnRequest

Mics = Mapping[str, str]
"""Digest (one of `algorithms.DIGESTS`) to MIC in base64."""

_WITHOUT_A_WISH = "sha1"
"""RFC 4130, 7.4.3: SHA-1 where neither a signature nor the sender says which. It is no more than a checksum there."""

_SIZES = {name: hashlib.new(name, usedforsecurity=False).digest_size for name in DIGESTS}


@dataclass(frozen=True, slots=True)
class Mic:
    """A MIC and its digest, as Received-content-MIC carries them; an empty `spelling` of the digest is RFC 8551's."""

    value: str
    digest: str
    spelling: str = ""

    def __str__(self) -> str:
        """As the field is written: base64, comma, spelling."""
        return f"{self.value}, {self.spelling or micalg(self.digest)}"


def digests(content: Iterable[bytes], names: Iterable[str]) -> dict[str, bytes]:
    """Digest content, in pieces (`source.chunks`), by several names at once."""
    made = {name: hashlib.new(name, usedforsecurity=False) for name in names}
    for chunk in content:
        for digest in made.values():
            digest.update(chunk)
    return {name: digest.digest() for name, digest in made.items()}


def mics(made: Mapping[str, bytes]) -> Mics:
    """Digests in base64."""
    return {name: base64.b64encode(digest).decode("ascii") for name, digest in made.items()}


def answering(kept: Mics, signed_with: str | None, request: MdnRequest | None) -> Mic | None:
    """Choose the MIC that the receipt returns.

    The digest of the signature is what RFC 4130, 7.4.3 wants, and what nearly every sender asks for too. Where the
    sender asks for others only, its first one wins: it compares what it asked for. Where nobody says anything, SHA-1.

    Args:
        kept: the MICs of the message.
        signed_with: the digest of its signature.

    Returns it in the spelling of the sender, which some compare as text; None when that MIC was not kept.
    """
    wanted = request.digests if request else ()
    if signed_with and (signed_with in wanted or not wanted):
        name = signed_with
    else:
        name = next((name for name in wanted if name in kept), signed_with or _WITHOUT_A_WISH)
    spelling = next((spelling for spelling in request.micalgs if digest_named(spelling) == name), "") if request else ""
    return Mic(kept[name], name, spelling) if name in kept else None


def read_mic(text: str) -> Mic | None:
    """Read Received-content-MIC: `base64, sha-256`, in any spelling of the digest and with the two in any order.

    None when it is no MIC, when the digest is not known, or when the value is not as long as that digest.
    """
    pieces = [piece.strip().strip('"') for piece in text.split(",")]
    if len(pieces) != 2:
        return None
    for value, spelling in (pieces, reversed(pieces)):
        name = digest_named(spelling)
        if name is not None and (plain := _canonical(value, _SIZES[name])):
            return Mic(plain, name)
    return None


def _canonical(value: str, size: int) -> str | None:
    try:
        raw = base64.b64decode("".join(value.split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    return base64.b64encode(raw).decode("ascii") if len(raw) == size else None
