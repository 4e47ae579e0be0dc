"""The algorithms by their names here, their object identifiers in CMS and their spellings in headers.

Names are lower case and plain: `sha256`, `aes256-cbc`, `oaep-sha256`. What is allowed for a partner is a frozenset of
such names, of all kinds together; the `DEFAULT_` sets are what everybody may use, the rest is by permission.
Object identifiers are kept as the bytes of their DER content, which is how they are compared.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.algorithms import AES

from gateway.as2.cms.der import oid

DIGESTS: Final = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512")
"""Every digest a MIC is made with. Weakest first."""
DEFAULT_DIGESTS: Final = frozenset({"sha256", "sha384", "sha512"})

CIPHERS: Final = ("3des-cbc", "aes128-cbc", "aes192-cbc", "aes256-cbc", "aes128-gcm", "aes192-gcm", "aes256-gcm")
DEFAULT_CIPHERS: Final = frozenset(CIPHERS[1:])

TRANSPORTS: Final = ("rsa", "oaep-sha1", "oaep-sha256", "oaep-sha384", "oaep-sha512")
"""How the key of a message is encrypted: `rsa` is PKCS#1 v1.5 (RFC 8017, 7.2)."""
DEFAULT_TRANSPORTS: Final = frozenset(TRANSPORTS)

HASHES: Final[Mapping[str, hashes.HashAlgorithm]] = {
    "md5": hashes.MD5(),  # noqa: S303 - verified by permission only
    "sha1": hashes.SHA1(),  # noqa: S303 - by permission only, and within OAEP, where it is sound
    "sha224": hashes.SHA224(),
    "sha256": hashes.SHA256(),
    "sha384": hashes.SHA384(),
    "sha512": hashes.SHA512(),
}
DIGEST_OIDS: Final[Mapping[str, bytes]] = {
    "md5": oid("1.2.840.113549.2.5"),
    "sha1": oid("1.3.14.3.2.26"),
    "sha224": oid("2.16.840.1.101.3.4.2.4"),
    "sha256": oid("2.16.840.1.101.3.4.2.1"),
    "sha384": oid("2.16.840.1.101.3.4.2.2"),
    "sha512": oid("2.16.840.1.101.3.4.2.3"),
}
DIGEST_NAMES: Final = {value: name for name, value in DIGEST_OIDS.items()}

RSA: Final = oid("1.2.840.113549.1.1.1")
OAEP: Final = oid("1.2.840.113549.1.1.7")
MGF1: Final = oid("1.2.840.113549.1.1.8")
P_SPECIFIED: Final = oid("1.2.840.113549.1.1.9")
PSS: Final = oid("1.2.840.113549.1.1.10")
EC_KEY: Final = oid("1.2.840.10045.2.1")
ZLIB: Final = oid("1.2.840.113549.1.9.16.3.8")

RSA_WITH: Final[Mapping[bytes, str]] = {
    oid("1.2.840.113549.1.1.4"): "md5",
    oid("1.2.840.113549.1.1.5"): "sha1",
    oid("1.2.840.113549.1.1.14"): "sha224",
    oid("1.2.840.113549.1.1.11"): "sha256",
    oid("1.2.840.113549.1.1.12"): "sha384",
    oid("1.2.840.113549.1.1.13"): "sha512",
}
ECDSA_WITH: Final[Mapping[bytes, str]] = {
    oid("1.2.840.10045.4.1"): "sha1",
    oid("1.2.840.10045.4.3.1"): "sha224",
    oid("1.2.840.10045.4.3.2"): "sha256",
    oid("1.2.840.10045.4.3.3"): "sha384",
    oid("1.2.840.10045.4.3.4"): "sha512",
}
ECDSA_OIDS: Final = {name: value for value, name in ECDSA_WITH.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class CipherKind:
    """A cipher of message content. Sizes are in bytes."""

    name: str
    oid: bytes
    algorithm: type[AES] | type[TripleDES]
    key_size: int
    block_size: int
    gcm: bool


def _cipher(name: str, dotted: str, key_size: int) -> CipherKind:
    triple = name.startswith("3des")
    return CipherKind(
        name=name,
        oid=oid(dotted),
        algorithm=TripleDES if triple else AES,
        key_size=key_size,
        block_size=8 if triple else 16,
        gcm=name.endswith("-gcm"),
    )


CIPHER_KINDS: Final[Mapping[str, CipherKind]] = {
    kind.name: kind
    for kind in (
        _cipher("3des-cbc", "1.2.840.113549.3.7", 24),
        _cipher("aes128-cbc", "2.16.840.1.101.3.4.1.2", 16),
        _cipher("aes192-cbc", "2.16.840.1.101.3.4.1.22", 24),
        _cipher("aes256-cbc", "2.16.840.1.101.3.4.1.42", 32),
        _cipher("aes128-gcm", "2.16.840.1.101.3.4.1.6", 16),
        _cipher("aes192-gcm", "2.16.840.1.101.3.4.1.26", 24),
        _cipher("aes256-gcm", "2.16.840.1.101.3.4.1.46", 32),
    )
}
CIPHERS_BY_OID: Final = {kind.oid: kind for kind in CIPHER_KINDS.values()}

_SPELLING = re.compile(
    r"(?:rsa[-_]|id[-_])?(md[-_]?5|sha(?:[-_]?2)?[-_]?(1|224|256|384|512))", re.IGNORECASE | re.ASCII
)


def digest_named(spelling: str) -> str | None:
    """The digest that a partner means: `sha1`, `SHA-1`, `sha-256`, `rsa-sha256`, `sha2-256`; None for any other."""
    match = _SPELLING.fullmatch(spelling.strip().strip('"'))
    if match is None:
        return None
    return f"sha{match[2]}" if match[2] else "md5"


def micalg(digest: str, *, dashed: bool = True) -> str:
    """The spelling for a header: `sha-256` (RFC 8551, 3.5.3.2), or `sha256`, as older products write it."""
    return digest.replace("sha", "sha-", 1) if dashed else digest
