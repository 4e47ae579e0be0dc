"""For whom a message is encrypted, and how its key travels: PKCS#1 v1.5 or OAEP (RFC 5652, 6.2.1; RFC 3560)."""

from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding

from gateway.as2.algorithms import HASHES, OAEP, P_SPECIFIED, RSA
from gateway.as2.cms.ber import Element, root
from gateway.as2.cms.der import OCTETS, SEQUENCE, dotted
from gateway.as2.cms.identity import Named, identity, read
from gateway.as2.cms.masking import digest_of, generator_of
from gateway.as2.errors import InsufficientSecurity, OverLimit
from gateway.as2.source import Memory

MOST_RECIPIENTS = 100
_MOST_KEY = 2048
"""Bytes of an encrypted key: RSA with 16,384 bits."""


@dataclass(frozen=True, slots=True)
class Transport:
    """One of `algorithms.TRANSPORTS`, with its padding."""

    name: str
    padding: padding.AsymmetricPadding


@dataclass(frozen=True, slots=True)
class Recipient:
    """A KeyTransRecipientInfo. Its algorithm is read only when it is the one to be used."""

    named: Named
    algorithm: bytes
    encrypted_key: bytes

    def fits(self, certificate: x509.Certificate, *, exactly: bool) -> bool:
        """Whether it names this certificate; not `exactly`, the serial number will do.

        Some products write the issuer's name anew, in another kind of string.
        """
        if exactly or self.named.key_identifier is not None:
            return self.named.fits(certificate)
        return self.named.serial == identity(certificate).serial

    def transport(self, allowed: frozenset[str]) -> Transport:
        """How the key is encrypted.

        Raises:
            Malformed: parameters that are none.
            InsufficientSecurity: in a way that is not among `allowed`.
        """
        algorithm = root(Memory(self.algorithm))
        identifier = algorithm.oid()
        if identifier == RSA:
            found = Transport("rsa", padding.PKCS1v15())
        elif identifier == OAEP:
            found = _oaep(algorithm.maybe(SEQUENCE))
        else:
            raise InsufficientSecurity(f"a key encrypted with {dotted(identifier)}")
        if found.name not in allowed:
            raise InsufficientSecurity(f"a key encrypted with {found.name}, which is not allowed")
        return found


def _oaep(parameters: Element | None) -> Transport:
    """RSAES-OAEP-params (RFC 4055, 4.1). Java masks with SHA-1 whatever the digest is, which takes nothing from it."""
    digest = generator = "sha1"
    for part in parameters if parameters is not None else ():
        if part.tag == 0xA0:
            digest = digest_of(part.take("a digest", SEQUENCE))
        elif part.tag == 0xA1:
            generator = generator_of(part.take("a mask generator", SEQUENCE))
        elif part.tag != 0xA2 or not _is_empty_label(part.take("a label", SEQUENCE)):
            raise InsufficientSecurity("OAEP with a label, or with something unknown")
    return Transport(f"oaep-{digest}", padding.OAEP(padding.MGF1(HASHES[generator]), HASHES[digest], None))


def _is_empty_label(source: Element) -> bool:
    return source.oid() == P_SPECIFIED and not source.take("a label", OCTETS).content()


def recipients(named: Element) -> list[Recipient]:
    """Those of RecipientInfos that are KeyTransRecipientInfo; other kinds need no RSA, and are passed over."""
    found = []
    for count, info in enumerate(named, 1):
        if count > MOST_RECIPIENTS:
            raise OverLimit(f"more than {MOST_RECIPIENTS} recipients")
        if info.tag == SEQUENCE:
            info.number("the version")
            name = read(info)
            algorithm = info.take("an algorithm", SEQUENCE).raw()
            found.append(Recipient(name, algorithm, info.take("a key", OCTETS, OCTETS | 0x20).content(_MOST_KEY)))
    return found
