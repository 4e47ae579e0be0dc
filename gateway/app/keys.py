"""Our private keys, in the home: one file each, the key encrypted, its certificate beside it in the clear.

    <home>/keys/as2/<name>.pem      a certificate, then PKCS#8 under the passphrase that company.yaml refers to

Whoever copies the home without its secrets has no key. Keys are never deleted by the gateway: what a partner encrypted
for an old one, years ago, can be opened as long as it is there.
"""

import os
import secrets
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from gateway.as2.cms.identity import KeyPair
from gateway.errors import ConfigurationError, MachineError, UsageError
from gateway.partners.certificates import read_certificate
from gateway.partners.form import ID_PATTERN

RSA_BITS = 2048
"""What every product reads, old ones too; sound until 2030 (NIST SP 800-57 part 1, table 4)."""

YEARS = 3
_LARGEST = 64 * 1024


class KeyStore:
    """The keys of one home. `passphrase` is asked for only where a private key is written or read."""

    def __init__(self, home: Path, passphrase: Callable[[], str]) -> None:
        self._folder = home / "keys" / "as2"
        self._passphrase = passphrase

    def names(self) -> tuple[str, ...]:
        """All keys there are, in order."""
        return tuple(sorted(path.stem for path in self._folder.glob("*.pem")))

    def path(self, name: str) -> Path:
        """Where a key lies. Raises UsageError for what is no name."""
        if not ID_PATTERN.fullmatch(name):
            raise UsageError(f"'{name[:60]}' is no name of a key: lower-case letters, digits and hyphens, at most 40")
        return self._folder / f"{name}.pem"

    def make(self, name: str, *, owner: str, now: datetime, years: int = YEARS, bits: int = RSA_BITS) -> KeyPair:
        """Make a key with a certificate that it signs itself, and store it.

        Args:
            owner: our name, in the certificate that partners see.
            now: aware; it is valid from a day before, as clocks of partners differ.

        Raises UsageError when there is one of this name, MachineError.
        """
        path = self.path(name)
        if path.exists():
            raise UsageError(f"there is a key {name} already: a new one needs a new name, like {name}-2")
        key = generate_private_key(public_exponent=65537, key_size=bits)
        pair = KeyPair(_certificate(name, owner, key, now, years), key)
        self.put(name, pair)
        return pair

    def put(self, name: str, pair: KeyPair) -> None:
        """Store a key that somebody made elsewhere. Raises UsageError when there is one of this name, MachineError."""
        path = self.path(name)
        cipher = BestAvailableEncryption(self._passphrase().encode())
        private = pair.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, cipher)
        unfinished = path.with_name(f".{name}.{secrets.token_hex(8)}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(pair.certificate.public_bytes(Encoding.PEM) + private)
                file.flush()
                os.fsync(file.fileno())
            path.hardlink_to(unfinished)  # fails, rather than replace a key
        except FileExistsError:
            raise UsageError(f"there is a key {name} already") from None
        except OSError as refused:
            raise MachineError(f"{path}: {refused.strerror}") from refused
        finally:
            unfinished.unlink(missing_ok=True)

    def certificate(self, name: str) -> x509.Certificate:
        """The certificate alone: for partners, who may have it. Raises ConfigurationError."""
        return self._certificate(name, self._read(name))

    def load(self, name: str) -> KeyPair:
        """The key. Raises ConfigurationError, which repeats nothing of it, nor of the passphrase."""
        raw = self._read(name)
        try:
            key = load_pem_private_key(
                raw[raw.find(b"-----BEGIN ENCRYPTED PRIVATE KEY") :], self._passphrase().encode()
            )
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise ConfigurationError(f"{self.path(name)}: cannot be decrypted: is `key_passphrase` the one?") from None
        certificate = self._certificate(name, raw)
        if not isinstance(key, RSAPrivateKey | EllipticCurvePrivateKey):
            raise ConfigurationError(f"{self.path(name)}: neither RSA nor of an elliptic curve")
        if key.public_key() != certificate.public_key():
            raise ConfigurationError(f"{self.path(name)}: key and certificate do not belong together")
        return KeyPair(certificate, key)

    def _certificate(self, name: str, raw: bytes) -> x509.Certificate:
        try:
            return read_certificate(raw.decode("ascii", "replace"))
        except ValueError as wrong:
            raise ConfigurationError(f"{self.path(name)}: {wrong}") from None

    def _read(self, name: str) -> bytes:
        path = self.path(name)
        try:
            with path.open("rb") as file:
                raw = file.read(_LARGEST + 1)
        except FileNotFoundError:
            raise ConfigurationError(
                f"there is no key {name} in {self._folder}: gateway partner certificate new-key {name}"
            ) from None
        except OSError as refused:
            raise ConfigurationError(f"{path}: {refused.strerror}") from refused
        if len(raw) > _LARGEST:
            raise ConfigurationError(f"{path}: larger than {_LARGEST} bytes")
        return raw


def load_all(store: KeyStore, names: Iterable[str]) -> Mapping[str, KeyPair]:
    """These keys by name. Raises ConfigurationError for the first that cannot be used."""
    return {name: store.load(name) for name in names}


def fill_keys(store: KeyStore, names: Iterable[str], *, owner: str, now: datetime) -> tuple[str, ...]:
    """Make every key that is not there yet: for a new local home only. Returns the names of those made."""
    made = tuple(name for name in names if not store.path(name).exists())
    for name in made:
        store.make(name, owner=owner, now=now)
    return made


def _certificate(name: str, owner: str, key: RSAPrivateKey, now: datetime, years: int) -> x509.Certificate:
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, owner[:64]),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=True,
        data_encipherment=True,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365 * years))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=False)
        .sign(key, hashes.SHA256())
    )
