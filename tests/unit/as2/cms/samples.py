"""Content, and the short way through each function when everything is in memory."""

import hashlib
from collections.abc import Callable, Sequence

from cryptography import x509

from gateway.as2.algorithms import CIPHERS, DIGESTS, TRANSPORTS
from gateway.as2.cms.compress import compress, decompress
from gateway.as2.cms.decrypt import Decrypted, decrypt
from gateway.as2.cms.encrypt import encrypt
from gateway.as2.cms.identity import KeyPair
from gateway.as2.cms.sign import sign, sign_opaque
from gateway.as2.cms.verify import Verified, open_opaque, verify
from gateway.as2.source import Memory, whole

ORDER = b"Content-Type: application/edi-x12\r\n\r\n" + b"PO1*1*12*EA*4.25**UP*075900001234~\n" * 60
ALL_DIGESTS = frozenset(DIGESTS)
ALL_WAYS = frozenset(CIPHERS) | frozenset(TRANSPORTS)


def digests_of(content: bytes) -> Callable[[str], bytes]:
    """What `verify` asks."""
    return lambda name: hashlib.new(name, content).digest()


def signed(content: bytes, signer: KeyPair, **how: object) -> bytes:
    """A detached signature; SHA-256 unless told otherwise, SHA-1 permitted."""
    name = str(how.pop("digest_name", "sha256"))
    return sign(digests_of(content)(name), digest_name=name, signer=signer, allowed=ALL_DIGESTS, **how)  # type: ignore[arg-type]  # passed on


def enclosed(content: bytes, signer: KeyPair, **how: object) -> bytes:
    """SignedData with the content in it."""
    name = str(how.pop("digest_name", "sha256"))
    sink = Memory()
    sign_opaque(Memory(content), sink, digest_name=name, signer=signer, allowed=ALL_DIGESTS, **how)  # type: ignore[arg-type]  # passed on
    return whole(sink)


def verified(
    signature: bytes,
    content: bytes,
    trusted: Sequence[x509.Certificate],
    allowed: frozenset[str] = ALL_DIGESTS,
) -> Verified:
    """Of a detached signature."""
    return verify(signature, digests_of(content), trusted, allowed)


def taken_out(message: bytes, trusted: Sequence[x509.Certificate]) -> tuple[Verified, bytes]:
    """Of SignedData with content."""
    sink = Memory()
    found = open_opaque(Memory(message), sink, trusted, ALL_DIGESTS)
    return found, whole(sink)


def encrypted(content: bytes, *recipients: KeyPair, **how: object) -> bytes:
    """The message in DER."""
    sink = Memory()
    encrypt(Memory(content), sink, [each.certificate for each in recipients], **how)  # type: ignore[arg-type]  # passed on
    return whole(sink)


def decrypted(message: bytes, *keys: KeyPair, allowed: frozenset[str] = ALL_WAYS) -> tuple[Decrypted, bytes]:
    """How it was encrypted, and the content."""
    sink = Memory()
    found = decrypt(Memory(message), sink, keys, allowed)
    return found, whole(sink)


def compressed(content: bytes) -> bytes:
    """CompressedData."""
    sink = Memory()
    compress(Memory(content), sink)
    return whole(sink)


def decompressed(message: bytes, **limits: int) -> bytes:
    """The content."""
    sink = Memory()
    size = decompress(Memory(message), sink, **limits)
    assert size == sink.size
    return whole(sink)
