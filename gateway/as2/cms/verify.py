"""Verifying (RFC 5652, 5.6) with pinned certificates: what the message carries is never trusted, nor even read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509

from gateway.as2.algorithms import DEFAULT_DIGESTS
from gateway.as2.source import Sink, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """A signature of one of the pinned certificates over the content."""

    digest_name: str
    digest: bytes
    """Of the content, by `digest_name`."""

    certificate: x509.Certificate
    scheme: str
    """`rsa`, `pss` or `ecdsa`."""

    signing_time: datetime | None
    """As the partner says; aware."""


def verify(
    signature: bytes,
    digests: Callable[[str], bytes],
    trusted: Sequence[x509.Certificate],
    allowed: frozenset[str] = DEFAULT_DIGESTS,
) -> Verified:
    """Verify a detached signature; the first signer that holds decides.

    Args:
        signature: the SignedData, DER or BER, at most 1 MiB, at most 16 signers.
        digests: gives the digest of the content by its name (`algorithms.DIGESTS`); asked only for allowed ones.
        trusted: the certificates pinned for the partner. Whether they are within their time is the caller's business.
        allowed: names of digests, for the content and for the signature.

    Raises:
        Malformed: not a SignedData, or over a limit.
        AuthenticationFailed: nobody signed, or with none of the pinned keys.
        IntegrityFailed: a pinned key signed the digest of something else.
        InsufficientSecurity: signed, but with a digest that is not allowed.
    """
    raise NotImplementedError


def open_opaque(
    source: Source,
    sink: Sink,
    trusted: Sequence[x509.Certificate],
    allowed: frozenset[str] = DEFAULT_DIGESTS,
) -> Verified:
    """Write the content of a SignedData that has it inside to `sink`, and verify it. Errors as of `verify`.

    What was written is worth nothing unless this returns.
    """
    raise NotImplementedError
