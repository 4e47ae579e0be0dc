"""Signing (RFC 5652, 5): the signature beside the content (multipart/signed), or around it (opaque)."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, utils

from gateway.as2.algorithms import DEFAULT_DIGESTS, DIGEST_OIDS, ECDSA_OIDS, HASHES, MGF1, PSS, RSA
from gateway.as2.cms.attributes import written as written_attributes
from gateway.as2.cms.content import DATA, EXPLICIT, OIDS
from gateway.as2.cms.der import NULL, OCTETS, OID, SEQUENCE, SET, Layer, element, integer, wrapped
from gateway.as2.cms.identity import KeyPair, NamedBy, identity, written
from gateway.as2.errors import InsufficientSecurity
from gateway.as2.source import Sink, Source, chunks

_SIGNED_ATTRIBUTES = EXPLICIT
_CERTIFICATES = EXPLICIT
_VERSION_BY_ISSUER, _VERSION_BY_KEY = 1, 3


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
    way = _Way(digest_name, signer, pss, tuple(chain), attributes, signing_time, by)
    way.check(allowed)
    if len(digest) != HASHES[digest_name].digest_size:
        raise ValueError(f"{len(digest)} bytes are no {digest_name}")
    before, behind = _around(way, way.signers(digest), (), 0)
    return before + behind


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
    way = _Way(digest_name, signer, pss, tuple(chain), attributes, signing_time, by)
    way.check(allowed)
    hasher = hashlib.new(digest_name, usedforsecurity=False)
    for chunk in chunks(source):
        hasher.update(chunk)
    digest = hasher.digest()
    opaque = ((OCTETS, b"", b""), (EXPLICIT, b"", b""))
    before, behind = _around(way, way.signers(digest), opaque, source.size)
    sink.write(before)
    for chunk in chunks(source):
        sink.write(chunk)
    sink.write(behind)
    return digest


@dataclass(frozen=True, slots=True)
class _Way:
    """How it is signed, for both shapes."""

    digest_name: str
    signer: KeyPair
    pss: bool
    chain: tuple[x509.Certificate, ...]
    attributes: bool
    signing_time: datetime | None
    by: NamedBy

    @property
    def version(self) -> bytes:
        """Of SignerInfo, and with plain data of SignedData too (RFC 5652, 5.1 and 5.3)."""
        return integer(_VERSION_BY_KEY if self.by == "ski" else _VERSION_BY_ISSUER)

    def check(self, allowed: frozenset[str]) -> None:
        """Whether it may be done at all."""
        if self.digest_name not in allowed or self.digest_name == "md5":
            raise InsufficientSecurity(f"signing with {self.digest_name} is not allowed")

    def certificates(self) -> bytes:
        """The certificates [0] of SignedData: the signer's and the chain's."""
        found = {identity(each).der for each in (self.signer.certificate, *self.chain)}
        return element(_CERTIFICATES, *sorted(found))

    def signers(self, digest: bytes) -> bytes:
        """The signerInfos of SignedData, with the one signature."""
        name = written(self.signer.certificate, self.by)
        attributes = written_attributes(DATA, digest, self.signing_time) if self.attributes else b""
        algorithm, signature = self._signed(attributes, digest)
        return element(
            SET,
            element(
                SEQUENCE,
                self.version,
                name,
                digest_algorithm(self.digest_name),
                bytes((_SIGNED_ATTRIBUTES,)) + attributes[1:] if attributes else b"",
                algorithm,
                element(OCTETS, signature),
            ),
        )

    def _signed(self, attributes: bytes, digest: bytes) -> tuple[bytes, bytes]:
        """AlgorithmIdentifier and value of the signature: over the attributes, else over the content."""
        data = attributes or digest
        plain = HASHES[self.digest_name]
        algorithm = plain if attributes else utils.Prehashed(plain)
        key = self.signer.key
        if isinstance(key, ec.EllipticCurvePrivateKey):
            return element(SEQUENCE, element(OID, ECDSA_OIDS[self.digest_name])), key.sign(data, ec.ECDSA(algorithm))
        if self.pss:
            salted = padding.PSS(padding.MGF1(plain), plain.digest_size)
            return _pss(self.digest_name), key.sign(data, salted, algorithm)
        return element(SEQUENCE, element(OID, RSA), NULL), key.sign(data, padding.PKCS1v15(), algorithm)


def digest_algorithm(name: str) -> bytes:
    """The AlgorithmIdentifier of a digest. With NULL, which all read (RFC 5754, 2), and the oldest insist on."""
    return element(SEQUENCE, element(OID, DIGEST_OIDS[name]), NULL)


def _pss(name: str) -> bytes:
    """RSASSA-PSS-params (RFC 4055, 3.1): one digest for both uses, a salt as long as it; SHA-1 is the default."""
    hashed = digest_algorithm(name)
    generator = element(SEQUENCE, element(OID, MGF1), hashed)
    size = HASHES[name].digest_size
    parts = () if name == "sha1" else (element(0xA0, hashed), element(0xA1, generator), element(0xA2, integer(size)))
    return element(SEQUENCE, element(OID, PSS), element(SEQUENCE, *parts))


def _around(way: _Way, signers: bytes, content: tuple[Layer, ...], size: int) -> tuple[bytes, bytes]:
    """What stands before and behind the content of `size` bytes in the ContentInfo."""
    lead = way.version + element(SET, digest_algorithm(way.digest_name))
    return wrapped(
        size,
        *content,
        (SEQUENCE, element(OID, DATA), b""),
        (SEQUENCE, lead, way.certificates() + signers),
        (EXPLICIT, b"", b""),
        (SEQUENCE, element(OID, OIDS["signed"]), b""),
    )
