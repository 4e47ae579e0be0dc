"""Signing (RFC 5652, 5): the signature beside the content (multipart/signed), or around it (opaque)."""

from collections.abc import Sequence
from datetime import datetime

from cryptography import x509

from gateway.as2.algorithms import DEFAULT_DIGESTS
from gateway.as2.cms.identity import KeyPair, NamedBy
from gateway.as2.source import Sink, Source


def sign(
    digest: bytes,
    *,
    digest_name: str,
    signer: KeyPair,
    pss: bool = False,
    chain: Sequence[x509.Certificate] = (),
    attributes: bool = True,
    signing_time: datetime | None = None,
    by: NamedBy = "issuer-serial",
    allowed: frozenset[str] = DEFAULT_DIGESTS,
) -> bytes:
    """A detached signature over content whose digest is known: a SignedData in DER, some 2 KB.

    Args:
        digest: of the content, as `digest_name` makes it.
        digest_name: among `allowed`; `sha1` only by permission.
        signer: the certificate is put into the message. RSA signs with PKCS#1 v1.5, or with PSS (salt as long as
            the digest) when `pss`; a curve key signs with ECDSA.
        chain: further certificates for the message, for partners that build a path.
        attributes: sign content type, digest and time as attributes (RFC 5652, 5.3); some old partners want none.
        signing_time: aware; goes into the attributes when given.
        by: how the signer is named.

    Raises:
        InsufficientSecurity: the digest is not among `allowed`.
        ValueError: the key is too small for the digest, or an argument makes no sense: our mistake.
    """
    raise NotImplementedError


def sign_opaque(
    source: Source,
    sink: Sink,
    *,
    digest_name: str,
    signer: KeyPair,
    pss: bool = False,
    chain: Sequence[x509.Certificate] = (),
    attributes: bool = True,
    signing_time: datetime | None = None,
    by: NamedBy = "issuer-serial",
    allowed: frozenset[str] = DEFAULT_DIGESTS,
) -> bytes:
    """Write a SignedData in DER with the content of `source` in it; arguments and errors as of `sign`.

    The source is read twice. Returns the digest of the content.
    """
    raise NotImplementedError
