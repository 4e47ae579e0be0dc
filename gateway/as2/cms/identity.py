"""Certificates and keys, and the two ways in which CMS names them: issuer with serial number, or key identifier."""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.as2.cms.ber import Element
from gateway.as2.cms.der import SEQUENCE, element, integer
from gateway.as2.errors import Malformed

NamedBy = Literal["issuer-serial", "ski"]

_SKI = 0x80
"""[0] IMPLICIT OCTET STRING, as the second choice of SignerIdentifier and RecipientIdentifier."""


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A certificate of ours with its private key: RSA, or an elliptic curve, which only signs."""

    certificate: x509.Certificate
    key: RSAPrivateKey | EllipticCurvePrivateKey = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What of a certificate is compared and used for every message, taken out once."""

    issuer: bytes
    """The name in DER."""

    serial: int
    key_identifier: bytes
    public_key: RSAPublicKey | EllipticCurvePublicKey | None
    """None: of a kind that AS2 does not use."""

    der: bytes


@dataclass(frozen=True, slots=True)
class Named:
    """How a message names a certificate; `key_identifier`, or `issuer` and `serial`."""

    issuer: bytes = b""
    serial: int = 0
    key_identifier: bytes | None = None

    def fits(self, certificate: x509.Certificate) -> bool:
        """Whether it is this one."""
        known = identity(certificate)
        if self.key_identifier is not None:
            return self.key_identifier == known.key_identifier
        return self.serial == known.serial and self.issuer == known.issuer


@lru_cache(maxsize=1024)
def identity(certificate: x509.Certificate) -> Identity:
    """The identity of a certificate; of the same one always the same."""
    return Identity(
        issuer=certificate.issuer.public_bytes(),
        serial=certificate.serial_number,
        key_identifier=_key_identifier(certificate),
        public_key=_public_key(certificate),
        der=certificate.public_bytes(Encoding.DER),
    )


def _public_key(certificate: x509.Certificate) -> RSAPublicKey | EllipticCurvePublicKey | None:
    try:
        key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, RSAPublicKey | EllipticCurvePublicKey) else None


def _key_identifier(certificate: x509.Certificate) -> bytes:
    """As the certificate says, else by RFC 5280, 4.2.1.2, method 1; nothing when its key is unknown."""
    try:
        return certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        pass
    try:
        return x509.SubjectKeyIdentifier.from_public_key(certificate.public_key()).digest
    except (ValueError, UnsupportedAlgorithm):
        return b""


def written(certificate: x509.Certificate, by: NamedBy) -> bytes:
    """The name of a certificate in a SignerInfo or RecipientInfo (RFC 5652, 5.3 and 6.2.1)."""
    known = identity(certificate)
    if by == "ski":
        return element(_SKI, known.key_identifier)
    return element(SEQUENCE, known.issuer, integer(known.serial))


def read(info: Element) -> Named:
    """The name that comes next in a SignerInfo or RecipientInfo.

    Raises:
        Malformed: it is neither of the two.
    """
    name = info.next()
    if name is None:
        raise Malformed("nobody is named")
    if name.tag == SEQUENCE:
        issuer = name.take("an issuer", SEQUENCE).raw()
        return Named(issuer, name.number("a serial number"))
    if name.tag & ~0x20 == _SKI:
        return Named(key_identifier=name.content(1024))
    raise Malformed(f"a certificate is named by a tag {name.tag:#x}")
