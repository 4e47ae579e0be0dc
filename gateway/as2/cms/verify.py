"""Verifying (RFC 5652, 5.6) with pinned certificates: what the message carries is never trusted, nor even read."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest

from cryptography import x509

from gateway.as2.algorithms import DEFAULT_DIGESTS
from gateway.as2.cms.ber import Element, root
from gateway.as2.cms.content import DATA, EXPLICIT, opened, take_data
from gateway.as2.cms.der import OCTETS, SEQUENCE, SET
from gateway.as2.cms.identity import identity
from gateway.as2.cms.signer import Scheme, Signer, read_signer
from gateway.as2.errors import (
    As2Error,
    AuthenticationFailed,
    InsufficientSecurity,
    IntegrityFailed,
    Malformed,
    OverLimit,
)
from gateway.as2.source import Memory, Sink, Source

MOST_SIGNATURE = 1 << 20
"""Bytes of a detached signature, with all the certificates somebody may put into it."""
MOST_SIGNERS = 16


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
    if len(signature) > MOST_SIGNATURE:
        raise OverLimit(f"a signature of {len(signature)} bytes; {MOST_SIGNATURE} are read")
    _, signers = _signed(Memory(signature))
    return _judged(signers, digests, trusted, allowed)


def open_opaque(
    source: Source,
    sink: Sink,
    trusted: Sequence[x509.Certificate],
    allowed: frozenset[str] = DEFAULT_DIGESTS,
) -> Verified:
    """Write the content of a SignedData that has it inside to `sink`, and verify it. Errors as of `verify`.

    What was written is worth nothing unless this returns.
    """
    content, signers = _signed(source)
    if content is None:
        raise Malformed("a signature without the content that was signed")
    names = {signer.digest_name for signer in signers} & allowed
    hashers = {name: hashlib.new(name, usedforsecurity=False) for name in names}
    size, first = 0, b""
    for piece in content.again().octets():
        first, size = first or piece[:16], size + len(piece)
        for hasher in hashers.values():
            hasher.update(piece)
        sink.write(piece)
    if _looks_like_attributes(first, size):
        signers = [signer for signer in signers if signer.attributes is not None]
    return _judged(signers, lambda name: hashers[name].digest(), trusted, allowed)


def _signed(source: Source) -> tuple[Element | None, list[Signer]]:
    """The content, when it is inside, and those who signed. Certificates and revocation lists are passed over."""
    _, body, info = opened(source, "signed")
    body.number("the version")
    body.take("the digest algorithms", SET)
    encapsulated = body.take("the content", SEQUENCE)
    take_data(encapsulated)
    explicit = encapsulated.maybe(EXPLICIT)
    content = explicit.take("the content", OCTETS, OCTETS | 0x20) if explicit is not None else None
    body.maybe(0xA0)
    body.maybe(0xA1)
    signers = []
    for count, signer in enumerate(body.take("the signers", SET), 1):
        if count > MOST_SIGNERS or signer.tag != SEQUENCE:
            raise OverLimit(f"more than {MOST_SIGNERS} signers, or something else among them")
        signers.append(read_signer(signer))
    info.finish()
    return content, signers


def _judged(
    signers: Sequence[Signer],
    digests: Callable[[str], bytes],
    trusted: Sequence[x509.Certificate],
    allowed: frozenset[str],
) -> Verified:
    """The first signature that holds; else the failure that says most."""
    failures: list[As2Error] = []
    for signer in signers:
        try:
            return _held(signer, digests, trusted, allowed)
        except (IntegrityFailed, AuthenticationFailed, InsufficientSecurity) as failure:
            failures.append(failure)
    telling = (IntegrityFailed, AuthenticationFailed, InsufficientSecurity)
    for worst in (failure for kind in telling for failure in failures if isinstance(failure, kind)):
        raise worst
    raise AuthenticationFailed("nobody signed")


def _held(
    signer: Signer,
    digests: Callable[[str], bytes],
    trusted: Sequence[x509.Certificate],
    allowed: frozenset[str],
) -> Verified:
    if signer.digest_name not in allowed:
        raise InsufficientSecurity(f"signed with {signer.digest_name}, which is not allowed")
    scheme = signer.scheme(allowed)
    digest = digests(signer.digest_name)
    certificate = _found(signer, scheme, digest, trusted)
    if signer.attributes is not None:
        if signer.attributes.content_type() != DATA:
            raise IntegrityFailed("signed as another type of content")
        if not compare_digest(signer.attributes.digest(), digest):
            raise IntegrityFailed("the content is not what was signed: another digest")
    return Verified(
        digest_name=signer.digest_name,
        digest=digest,
        certificate=certificate,
        scheme=scheme.name,
        signing_time=signer.attributes.signing_time() if signer.attributes is not None else None,
    )


def _found(signer: Signer, scheme: Scheme, digest: bytes, trusted: Sequence[x509.Certificate]) -> x509.Certificate:
    """The pinned certificate whose key signed: first the one that is named, then all.

    A certificate that was renewed over the same key is named by neither its old number nor its new one for a while.
    """
    named = [certificate for certificate in trusted if signer.named.fits(certificate)]
    for certificate in (*named, *(each for each in trusted if each not in named)):
        if signer.agrees(identity(certificate).public_key, scheme, digest):
            return certificate
    if named and signer.attributes is None:
        raise IntegrityFailed("the content is not what was signed, or the signature is damaged")
    raise AuthenticationFailed(
        "the signature is not that of the pinned certificate" if named else "signed with no pinned certificate"
    )


def _looks_like_attributes(first: bytes, size: int) -> bool:
    """Whether content is as long as a SET says that begins it.

    The signed attributes of one message, sent as the content of another without attributes, would carry the same
    signature (RFC 5652, 5.4 hashes both alike).
    """
    try:
        found = root(_Head(first, size))
    except Malformed:
        return False
    return found.tag == SET and found.after == size


class _Head:
    """The first bytes of a content, as if it were all there."""

    def __init__(self, first: bytes, size: int) -> None:
        self._first, self.size = first, size

    def read(self, offset: int, size: int, /) -> bytes:
        """As in `Source`."""
        return self._first[offset : offset + size]
