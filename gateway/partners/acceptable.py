"""Whether a file that a partner sent is a certificate to be pinned: one, public, sound, and good for what it is for.

Partners send PEM, DER and PKCS#7, and now and then, by mistake, their private key. Pure: bytes in, certificate out.
"""

from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, load_der_private_key, pkcs7

from gateway.partners.as2_terms import Purpose
from gateway.partners.certificates import SOUND_RSA_BITS, read_certificate

LARGEST: Final = 64 * 1024
"""Bytes of such a file; a chain of four certificates has some 8 KB."""

_PKCS12: Final = b"\x02\x01\x03"
"""Version 3, the first thing in a PKCS#12 file (RFC 7292, 4): a key with its certificates."""


def acceptable(data: bytes, *, purpose: Purpose, now: datetime) -> x509.Certificate:
    """The one certificate of a file.

    Raises: ValueError with a sentence for people, which repeats nothing of the file.
    """
    if len(data) > LARGEST:
        raise ValueError(f"the file has more than {LARGEST} bytes: no certificate has")
    if holds_a_private_key(data):
        raise ValueError(
            "the file holds a private key: delete it, tell the partner that this key is burnt, and ask for a "
            "certificate of a new one"
        )
    certificate = read_certificate(_the_one(data).public_bytes(Encoding.PEM).decode("ascii"))
    _is_sound(certificate, now)
    _is_for(certificate, purpose)
    return certificate


def holds_a_private_key(data: bytes) -> bool:
    """Whether there is a private key in the file, in PEM, DER or PKCS#12, encrypted or not."""
    if b"PRIVATE KEY" in data or _PKCS12 in data[:12]:
        return True
    try:
        load_der_private_key(data, None)
    except TypeError:  # it is one, and wants a passphrase
        return True
    except (ValueError, UnsupportedAlgorithm):
        return False
    return True


def _the_one(data: bytes) -> x509.Certificate:
    try:
        found = _found(data)
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("there is no certificate in it: PEM, DER or PKCS#7 is expected") from None
    if len(found) > 1:
        leaves = [one for one in found if not _is_an_authority(one)]
        if len(leaves) != 1:
            raise ValueError(f"there are {len(found)} certificates in it: ask which one is in use, and add that alone")
        return leaves[0]
    if not found:
        raise ValueError("there is no certificate in it: PEM, DER or PKCS#7 is expected")
    return found[0]


def _found(data: bytes) -> list[x509.Certificate]:
    if b"-----BEGIN CERTIFICATE-----" in data:
        return x509.load_pem_x509_certificates(data)
    if b"-----BEGIN PKCS7-----" in data:
        return pkcs7.load_pem_pkcs7_certificates(data)
    try:
        return [x509.load_der_x509_certificate(data)]
    except ValueError:
        return pkcs7.load_der_pkcs7_certificates(data)


def _is_sound(certificate: x509.Certificate, now: datetime) -> None:
    key = certificate.public_key()
    if isinstance(key, RSAPublicKey) and key.key_size < SOUND_RSA_BITS:
        raise ValueError(f"its RSA key has {key.key_size} bits: at least {SOUND_RSA_BITS} are needed, ask for another")
    if certificate.not_valid_after_utc <= now:
        raise ValueError(f"it is over since {certificate.not_valid_after_utc:%Y-%m-%d}: ask for the one in use")


def _is_for(certificate: x509.Certificate, purpose: Purpose) -> None:
    if purpose != "signing" and not isinstance(certificate.public_key(), RSAPublicKey):
        raise ValueError("its key is of an elliptic curve, for which nobody can encrypt in AS2: --purpose signing")
    usage = _usage(certificate)
    if usage is None:
        return
    signs = usage.digital_signature or usage.content_commitment
    encrypts = usage.key_encipherment or usage.data_encipherment
    if not signs and not encrypts:
        raise ValueError("it is for signing certificates only, an authority's: ask for the one of the AS2 system")
    if purpose != "encryption" and not signs:
        raise ValueError("its key usage leaves signing out: --purpose encryption, and ask for the one that signs")
    if purpose != "signing" and not encrypts:
        raise ValueError("its key usage leaves encryption out: --purpose signing, and ask for the one to encrypt for")


def _usage(certificate: x509.Certificate) -> x509.KeyUsage | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return None


def _is_an_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return False
