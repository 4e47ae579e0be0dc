"""One SignerInfo (RFC 5652, 5.3): who signed, with what, and whether a public key agrees."""

from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, padding, utils
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from gateway.as2.algorithms import DIGEST_NAMES, EC_KEY, ECDSA_WITH, HASHES, PSS, RSA, RSA_WITH
from gateway.as2.cms.attributes import Attributes
from gateway.as2.cms.ber import Element, root
from gateway.as2.cms.der import INTEGER, OCTETS, SEQUENCE, dotted
from gateway.as2.cms.identity import Named, read
from gateway.as2.cms.masking import digest_of, generator_of
from gateway.as2.errors import InsufficientSecurity
from gateway.as2.source import Memory

_MOST_SIGNATURE = 2048
"""Bytes of one signature: RSA with 16,384 bits."""
_MOST_SALT = 512

PublicKey = RSAPublicKey | EllipticCurvePublicKey | None


@dataclass(frozen=True, slots=True)
class Scheme:
    """How a signature is made: `rsa`, `pss` or `ecdsa`, the digest within it, and the padding of the first two."""

    name: str
    digest_name: str
    padding: padding.AsymmetricPadding | None


@dataclass(frozen=True, slots=True)
class Signer:
    """One signer. Its algorithm is read only when its digest is allowed."""

    named: Named
    digest_name: str
    """Of the content; dotted numbers when it is none of ours."""

    attributes: Attributes | None
    algorithm: bytes
    signature: bytes

    def scheme(self, allowed: frozenset[str]) -> Scheme:
        """How it signed.

        Raises:
            Malformed: parameters that are none.
            InsufficientSecurity: an algorithm that is not known, or a digest that is not allowed.
        """
        algorithm = root(Memory(self.algorithm))
        identifier = algorithm.oid()
        if identifier == RSA or identifier in RSA_WITH:
            found = Scheme("rsa", RSA_WITH.get(identifier, self.digest_name), padding.PKCS1v15())
        elif identifier == EC_KEY or identifier in ECDSA_WITH:
            found = Scheme("ecdsa", ECDSA_WITH.get(identifier, self.digest_name), None)
        elif identifier == PSS:
            found = _pss(algorithm.maybe(SEQUENCE))
        else:
            raise InsufficientSecurity(f"signature algorithm {dotted(identifier)} is not known")
        if found.digest_name not in allowed:
            raise InsufficientSecurity(f"signed with {found.digest_name}, which is not allowed")
        if found.digest_name != self.digest_name and (self.attributes is None or found.name == "pss"):
            # RFC 4056, 3: one and the same; and without attributes there is nothing that a second one would be of.
            raise InsufficientSecurity(f"the digest is {self.digest_name}, the signature says {found.digest_name}")
        return found

    def agrees(self, key: PublicKey, scheme: Scheme, digest: bytes) -> bool:
        """Whether this key made the signature: over the attributes, or over the content with this digest."""
        if self.attributes is None:
            return self._verifies(key, scheme, digest, prehashed=True)
        sent = self.attributes.as_sent()
        if self._verifies(key, scheme, sent, prehashed=False):
            return True
        ordered = self.attributes.in_order()
        return ordered != sent and self._verifies(key, scheme, ordered, prehashed=False)

    def _verifies(self, key: PublicKey, scheme: Scheme, data: bytes, *, prehashed: bool) -> bool:
        plain = HASHES[scheme.digest_name]
        algorithm = utils.Prehashed(plain) if prehashed else plain
        try:
            if isinstance(key, RSAPublicKey) and scheme.padding is not None:
                key.verify(self.signature, data, scheme.padding, algorithm)
            elif isinstance(key, EllipticCurvePublicKey) and scheme.padding is None:
                key.verify(self.signature, data, ec.ECDSA(algorithm))
            else:
                return False
        except (InvalidSignature, UnsupportedAlgorithm, ValueError):
            return False
        return True


def _pss(parameters: Element | None) -> Scheme:
    """RSASSA-PSS-params (RFC 4055, 3.1), whose defaults are SHA-1, MGF1 with SHA-1, and a salt of 20."""
    digest = generator = "sha1"
    salt, trailer = 20, 1
    for part in parameters if parameters is not None else ():
        if part.tag == 0xA0:
            digest = digest_of(part.take("a digest", SEQUENCE))
        elif part.tag == 0xA1:
            generator = generator_of(part.take("a mask generator", SEQUENCE))
        elif part.tag == 0xA2:
            salt = part.number("the length of the salt")
        else:
            trailer = part.number("the trailer") if part.tag == 0xA3 else 0
    if not 0 <= salt <= _MOST_SALT or trailer != 1 or generator == "md5":
        raise InsufficientSecurity(f"PSS with a salt of {salt}, trailer {trailer}, {generator}")
    return Scheme("pss", digest, padding.PSS(padding.MGF1(HASHES[generator]), salt))


def read_signer(info: Element) -> Signer:
    """A SignerInfo.

    Raises:
        Malformed: it is none.
    """
    info.take("the version", INTEGER)
    named = read(info)
    digest = info.take("the digest algorithm", SEQUENCE).oid()
    attributes = info.maybe(0xA0)
    # Before the next is taken: what was sent in indefinite length is read through only once.
    signed = None if attributes is None else Attributes(attributes)
    algorithm = info.take("the signature algorithm", SEQUENCE).raw()
    signature = info.take("the signature", OCTETS, OCTETS | 0x20).content(_MOST_SIGNATURE)
    return Signer(named, DIGEST_NAMES.get(digest) or dotted(digest), signed, algorithm, signature)
