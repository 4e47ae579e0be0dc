"""Encrypting for recipients: EnvelopedData (RFC 5652, 6) with CBC, AuthEnvelopedData (RFC 5083, 5084) with GCM."""

import secrets
from collections.abc import Callable, Sequence

from cryptography import x509

from gateway.as2.cms.identity import NamedBy
from gateway.as2.source import Sink, Source


def encrypt(
    source: Source,
    sink: Sink,
    recipients: Sequence[x509.Certificate],
    *,
    cipher: str = "aes256-cbc",
    transport: str = "rsa",
    by: NamedBy = "issuer-serial",
    random: Callable[[int], bytes] = secrets.token_bytes,
) -> None:
    """Write the content of `source`, encrypted, to `sink`: DER with definite lengths, read and written once.

    Args:
        recipients: certificates with RSA keys; each can decrypt.
        cipher: one of `algorithms.CIPHERS`.
        transport: one of `algorithms.TRANSPORTS`: how the key is encrypted for each recipient.
        by: how recipients are named.
        random: gives that many bytes nobody can guess; for key and initial vector.

    Raises:
        ValueError: no recipient, one whose key is not RSA, or a name that is unknown: our mistake.
    """
    raise NotImplementedError
