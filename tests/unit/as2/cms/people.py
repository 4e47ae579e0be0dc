"""Invented people with keys and certificates, made anew for every run."""

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from gateway.as2.cms.identity import KeyPair

_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


def certified(
    name: str,
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey,
    *,
    identifier: bool = True,
    serial: int | None = None,
) -> KeyPair:
    """The key with a certificate that signs itself, with a subject key identifier unless told otherwise."""
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CH"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Invented Trees"),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(serial or x509.random_serial_number())
        .not_valid_before(_EPOCH)
        .not_valid_after(_EPOCH + timedelta(days=36500))
    )
    if identifier:
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    return KeyPair(builder.sign(key, hashes.SHA256()), key)


def with_rsa(name: str, bits: int = 2048) -> KeyPair:
    """Somebody with an RSA key."""
    return certified(name, rsa.generate_private_key(public_exponent=65537, key_size=bits))


def with_curve(name: str) -> KeyPair:
    """Somebody with a key on P-256."""
    return certified(name, ec.generate_private_key(ec.SECP256R1()))
