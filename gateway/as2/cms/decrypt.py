"""Decrypting. Everything that depends on a key of ours fails in one way: the same error, the same words, at the end.

A key that cannot be decrypted is replaced by a random one and the work goes on (RFC 3218, 2.3.2), so that a wrong
key, a wrong padding and a wrong content look alike (Bleichenbacher, Vaudenay).
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gateway.as2.algorithms import DEFAULT_CIPHERS, DEFAULT_TRANSPORTS
from gateway.as2.cms.identity import KeyPair
from gateway.as2.source import Sink, Source

DEFAULT_ALLOWED = DEFAULT_CIPHERS | DEFAULT_TRANSPORTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Decrypted:
    """How it was encrypted: names of `algorithms.CIPHERS` and `algorithms.TRANSPORTS`, and which certificate fitted."""

    cipher: str
    transport: str
    recipient: KeyPair


def decrypt(
    source: Source,
    sink: Sink,
    keys: Sequence[KeyPair],
    allowed: frozenset[str] = DEFAULT_ALLOWED,
    *,
    random: Callable[[int], bytes] = secrets.token_bytes,
) -> Decrypted:
    """Write what an EnvelopedData or AuthEnvelopedData holds to `sink`; DER or BER.

    What was written is worth nothing unless this returns (GCM learns only at the end whether it was changed). When
    this raises `DecryptionFailed`, as much was written as would have been otherwise: a caller that wants to take
    the same time for every failure can go on with it, and then fail with the same error.

    Args:
        keys: ours, several while certificates change over; the first that the message names is used, once.
        allowed: names of ciphers and of transports; checked before a key of ours is touched.
        random: gives that many bytes nobody can guess; for the key that stands in for a wrong one.

    Raises:
        Malformed: not such a structure, or over a limit.
        UnsupportedFormat: another kind of CMS.
        InsufficientSecurity: a cipher or transport that is not allowed, or not known.
        DecryptionFailed: everything else.
    """
    raise NotImplementedError
