"""Encrypting for recipients: EnvelopedData (RFC 5652, 6) with CBC, AuthEnvelopedData (RFC 5083, 5084) with GCM."""

import secrets
from collections.abc import Callable, Iterator, Sequence
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, modes

from gateway.as2.algorithms import CIPHER_KINDS, HASHES, MGF1, OAEP, RSA, TRANSPORTS, CipherKind
from gateway.as2.cms.content import DATA, EXPLICIT, OIDS
from gateway.as2.cms.der import NULL, OCTETS, OID, SEQUENCE, SET, element, integer, wrapped
from gateway.as2.cms.identity import NamedBy, identity, written
from gateway.as2.cms.sign import digest_algorithm
from gateway.as2.source import Sink, Source, chunks

GCM_NONCE_SIZE, GCM_TAG_SIZE = 12, 16
_IMPLICIT = 0x80


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
        ValueError: no recipient, one whose key is not RSA, or is too small for the transport, or a name that is
            unknown: our mistake.
    """
    if cipher not in CIPHER_KINDS or transport not in TRANSPORTS or not recipients:
        raise ValueError(f"{cipher} with {transport} for {len(recipients)} recipients cannot be done")
    kind = CIPHER_KINDS[cipher]
    key, iv = random(kind.key_size), random(GCM_NONCE_SIZE if kind.gcm else kind.block_size)
    named = element(SET, *sorted(_recipient(each, key, transport, by) for each in recipients))
    if kind.gcm:
        _authenticated(source, sink, kind, key, iv, named)
    else:
        version = integer(2 if by == "ski" else 0)
        _enveloped(source, sink, kind, key, iv, version + named)


def _enveloped(source: Source, sink: Sink, kind: CipherKind, key: bytes, iv: bytes, lead: bytes) -> None:
    """Padded by hand: the padder of the library would copy every block, and halve the speed."""
    padding_size = kind.block_size - source.size % kind.block_size
    before, behind = _around("enveloped", kind, element(OCTETS, iv), lead, b"", source.size + padding_size)
    encryptor = Cipher(kind.algorithm(key), modes.CBC(iv)).encryptor()
    sink.write(before)
    for chunk in _exactly(source):
        sink.write(encryptor.update(chunk))
    sink.write(encryptor.update(bytes((padding_size,)) * padding_size) + encryptor.finalize() + behind)


def _authenticated(source: Source, sink: Sink, kind: CipherKind, key: bytes, nonce: bytes, named: bytes) -> None:
    """The tag follows the content, so what is behind it is made when it is known; its size is known before."""
    parameters = element(SEQUENCE, element(OCTETS, nonce), integer(GCM_TAG_SIZE))
    room = element(OCTETS, bytes(GCM_TAG_SIZE))
    before, _ = _around("auth-enveloped", kind, parameters, integer(0) + named, room, source.size)
    encryptor = Cipher(kind.algorithm(key), modes.GCM(nonce)).encryptor()
    sink.write(before)
    for chunk in _exactly(source):
        sink.write(encryptor.update(chunk))
    sink.write(encryptor.finalize() + element(OCTETS, encryptor.tag))


def _exactly(source: Source) -> Iterator[bytes]:
    """The chunks of a source; the lengths that were written before would be wrong if it were shorter."""
    left = source.size
    for chunk in chunks(source):
        left -= len(chunk)
        yield chunk
    if left:
        raise ValueError(f"a source ended {left} bytes early")


def _around(
    content_kind: Literal["enveloped", "auth-enveloped"],
    kind: CipherKind,
    parameters: bytes,
    lead: bytes,
    trail: bytes,
    size: int,
) -> tuple[bytes, bytes]:
    """What stands before and behind the encrypted content of `size` bytes in the ContentInfo."""
    algorithm = element(SEQUENCE, element(OID, kind.oid), parameters)
    return wrapped(
        size,
        (_IMPLICIT, b"", b""),
        (SEQUENCE, element(OID, DATA) + algorithm, b""),
        (SEQUENCE, lead, trail),
        (EXPLICIT, b"", b""),
        (SEQUENCE, element(OID, OIDS[content_kind]), b""),
    )


def _recipient(certificate: x509.Certificate, key: bytes, transport: str, by: NamedBy) -> bytes:
    """KeyTransRecipientInfo (RFC 5652, 6.2.1)."""
    public_key = identity(certificate).public_key
    if not isinstance(public_key, RSAPublicKey):
        raise ValueError("a recipient's key is not RSA")
    if transport == "rsa":
        algorithm, encrypted = element(SEQUENCE, element(OID, RSA), NULL), public_key.encrypt(key, padding.PKCS1v15())
    else:
        name = transport.removeprefix("oaep-")
        plain = HASHES[name]
        algorithm = _oaep(name)
        encrypted = public_key.encrypt(key, padding.OAEP(padding.MGF1(plain), plain, None))
    version = integer(2 if by == "ski" else 0)
    return element(SEQUENCE, version, written(certificate, by), algorithm, element(OCTETS, encrypted))


def _oaep(name: str) -> bytes:
    """RSAES-OAEP-params (RFC 4055, 4.1): one digest for both uses; SHA-1 is the default, which DER leaves out."""
    hashed = digest_algorithm(name)
    generator = element(SEQUENCE, element(OID, MGF1), hashed)
    parts = () if name == "sha1" else (element(0xA0, hashed), element(0xA1, generator))
    return element(SEQUENCE, element(OID, OAEP), element(SEQUENCE, *parts))
