"""Decrypting. Everything that depends on a key of ours fails in one way: the same error, the same words, at the end.

A key that cannot be decrypted is replaced by a random one and the work goes on (RFC 3218, 2.3.2), so that a wrong
key, a wrong padding and a wrong content look alike (Bleichenbacher, Vaudenay).
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.padding import PKCS7

from gateway.as2.algorithms import CIPHERS_BY_OID, DEFAULT_CIPHERS, DEFAULT_TRANSPORTS, CipherKind
from gateway.as2.cms.ber import Element
from gateway.as2.cms.content import opened, take_data
from gateway.as2.cms.der import INTEGER, OCTETS, SEQUENCE, SET, dotted
from gateway.as2.cms.identity import KeyPair
from gateway.as2.cms.transport import Recipient, Transport, recipients
from gateway.as2.errors import DecryptionFailed, InsufficientSecurity, Malformed
from gateway.as2.source import Sink, Source

_FAILED = "nothing sound came out of decrypting"

DEFAULT_ALLOWED = DEFAULT_CIPHERS | DEFAULT_TRANSPORTS

_GCM_TAGS = range(12, 17)
"""Sizes that RFC 5084, 3.1 knows; a shorter tag can be guessed."""
_GCM_NONCES = range(8, 65)


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
        allowed: names of ciphers and of transports; checked before a key of ours is touched. Where a partner sends
            GCM, allow nothing else: somebody on the way can write the same octets as if they were CBC, without a tag.
        random: gives that many bytes nobody can guess; for the key that stands in for a wrong one.

    Raises:
        Malformed: not such a structure, or over a limit.
        UnsupportedFormat: another kind of CMS.
        InsufficientSecurity: a cipher or transport that is not allowed, or not known.
        DecryptionFailed: everything else.
    """
    kind, body, info = opened(source, "enveloped", "auth-enveloped")
    body.number("the version")
    body.maybe(0xA0)
    named = recipients(body.take("the recipients", SET))
    encrypted = body.take("the encrypted content", SEQUENCE)
    take_data(encrypted)
    cipher = _cipher(encrypted.take("the cipher", SEQUENCE), allowed, gcm=kind == "auth-enveloped")
    recipient, pair, private = _chosen(named, keys)
    transport = recipient.transport(allowed)
    content = encrypted.take("the encrypted content", 0x80, 0xA0)
    size = cipher.kind.key_size
    if cipher.kind.gcm:
        # What the tag covers beside the content comes behind it, and has to be known before.
        tag, attributes = _authentication(body, cipher)
        info.finish()
        key = _key(recipient, transport, private, size, random(size))
        sound = _gcm(content.again(), sink, cipher, key, tag, attributes)
    else:
        key = _key(recipient, transport, private, size, random(size))
        sound = _cbc(content, sink, cipher, key)
        info.finish()
    if not sound:
        raise DecryptionFailed(_FAILED)
    return Decrypted(cipher=cipher.kind.name, transport=transport.name, recipient=pair)


@dataclass(frozen=True, slots=True)
class _Content:
    """A cipher with the parameters of this message. The vector is the nonce of GCM."""

    kind: CipherKind
    vector: bytes
    tag_size: int


def _cipher(algorithm: Element, allowed: frozenset[str], *, gcm: bool) -> _Content:
    identifier = algorithm.oid()
    kind = CIPHERS_BY_OID.get(identifier)
    if kind is None or kind.name not in allowed:
        raise InsufficientSecurity(f"cipher {kind.name if kind else dotted(identifier)} is not allowed")
    if kind.gcm != gcm:
        raise Malformed(f"{kind.name} in the structure of the other kind of cipher")
    if not kind.gcm:
        vector = algorithm.take("an initial vector", OCTETS).content(64)
        if len(vector) != kind.block_size:
            raise Malformed(f"an initial vector of {len(vector)} bytes")
        return _Content(kind, vector, 0)
    parameters = algorithm.take("the parameters", SEQUENCE)
    nonce = parameters.take("a nonce", OCTETS).content(64)
    size = parameters.maybe(INTEGER)
    return _Content(kind, nonce, 12 if size is None else int.from_bytes(size.content(8), "big"))


def _chosen(named: Sequence[Recipient], keys: Sequence[KeyPair]) -> tuple[Recipient, KeyPair, RSAPrivateKey]:
    """The first recipient that is one of ours; its key is used once, however often it is named."""
    for exactly in (True, False):
        for recipient in named:
            for pair in keys:
                if isinstance(pair.key, RSAPrivateKey) and recipient.fits(pair.certificate, exactly=exactly):
                    return recipient, pair, pair.key
    raise DecryptionFailed("none of the recipients is one of our certificates")


def _key(recipient: Recipient, transport: Transport, private: RSAPrivateKey, size: int, stand_in: bytes) -> bytes:
    """The key of the content, or `stand_in`: nobody may learn here which it is."""
    try:
        key = private.decrypt(recipient.encrypted_key, transport.padding)
    except ValueError:
        return stand_in
    return key if len(key) == size else stand_in


def _cbc(content: Element, sink: Sink, cipher: _Content, key: bytes) -> bool:
    """Decrypt; the last block is kept back, since its padding is to go. Whether the padding was sound."""
    block = cipher.kind.block_size
    decryptor = Cipher(cipher.kind.algorithm(key), modes.CBC(cipher.vector)).decryptor()
    held = b""
    for piece in content.octets():
        plain = held + decryptor.update(piece)
        sink.write(plain[:-block])
        held = plain[-block:]
    unpadder = PKCS7(block * 8).unpadder()
    try:
        decryptor.finalize()
        last, sound = unpadder.update(held) + unpadder.finalize(), True
    except ValueError:
        last, sound = held, False
    sink.write(last)
    return sound


def _gcm(content: Element, sink: Sink, cipher: _Content, key: bytes, tag: bytes, attributes: bytes) -> bool:
    """Decrypt; whether the tag was that of the content and the attributes."""
    mode = modes.GCM(cipher.vector, tag, min_tag_length=_GCM_TAGS.start)
    decryptor = Cipher(cipher.kind.algorithm(key), mode).decryptor()
    decryptor.authenticate_additional_data(attributes)
    for piece in content.octets():
        sink.write(decryptor.update(piece))
    try:
        decryptor.finalize()
    except InvalidTag:
        return False
    return True


def _authentication(body: Element, cipher: _Content) -> tuple[bytes, bytes]:
    """The tag, and the attributes that it covers too, as a SET (RFC 5083, 2.2)."""
    attributes = body.maybe(0xA1)
    covered = b""
    if attributes is not None:
        covered = bytes((SET,)) + attributes.raw()[1:]
    tag = body.take("the tag", OCTETS, OCTETS | 0x20).content(64)
    if len(tag) != cipher.tag_size or len(tag) not in _GCM_TAGS or len(cipher.vector) not in _GCM_NONCES:
        raise Malformed(f"a tag of {len(tag)} bytes and a nonce of {len(cipher.vector)}")
    return tag, covered
