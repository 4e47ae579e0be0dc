"""Certificates and keys, and the two ways in which CMS names them: issuer with serial number, or key identifier."""

from dataclasses import dataclass, field
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

NamedBy = Literal["issuer-serial", "ski"]


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A certificate of ours with its private key: RSA, or an elliptic curve, which only signs."""

    certificate: x509.Certificate
    key: RSAPrivateKey | EllipticCurvePrivateKey = field(repr=False)
