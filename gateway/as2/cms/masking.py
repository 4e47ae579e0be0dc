"""The two things that PSS and OAEP are parametrised with: a digest, and MGF1 with a digest (RFC 4055, 2.1 and 2.2)."""

from gateway.as2.algorithms import DIGEST_NAMES, MGF1
from gateway.as2.cms.ber import Element
from gateway.as2.cms.der import SEQUENCE, dotted
from gateway.as2.errors import InsufficientSecurity


def digest_of(algorithm: Element) -> str:
    """The name of the digest that an AlgorithmIdentifier means.

    Raises:
        InsufficientSecurity: it is none of ours.
    """
    identifier = algorithm.oid()
    if identifier not in DIGEST_NAMES:
        raise InsufficientSecurity(f"digest {dotted(identifier)} is not known")
    return DIGEST_NAMES[identifier]


def generator_of(algorithm: Element) -> str:
    """The name of the digest within a mask generation function.

    Raises:
        InsufficientSecurity: it is not MGF1, or its digest is none of ours.
    """
    identifier = algorithm.oid()
    if identifier != MGF1:
        raise InsufficientSecurity(f"mask generation {dotted(identifier)} is not known")
    return digest_of(algorithm.take("the digest of a mask generator", SEQUENCE))
