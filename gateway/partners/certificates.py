"""Which certificates and keys are in force at a time, and which will be over soon: partners change theirs, we ours.

Certificates of partners are pinned: the files below `partners/certificates/` are trusted because they are there, and
nothing that a message carries is. Several stand beside each other while one takes the place of another.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Literal

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from gateway.partners.as2_terms import OurKey, Purpose, TheirCertificate

FOLDER: Final = "certificates"
"""Below the partner files: `certificates/<partner>/<name>.pem`."""

WARN_DAYS: Final = (30, 7, 1)
"""So many days before a certificate is over people are told, each time once; and when it is."""

LEAST_RSA_BITS: Final = 1024
"""Shorter keys can be broken by anybody; those under `SOUND_RSA_BITS` by somebody, some day."""
SOUND_RSA_BITS: Final = 2048

Whose = Literal["theirs", "ours", "server"]
"""A certificate of the partner, a key of ours, or what the server that we send to has to lead to."""

_BEGIN = "-----BEGIN CERTIFICATE-----"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dated:
    """A certificate with the time it is in force: from `begins` on, before `ends`. `name` is a file, or a key of ours.

    `ends` None: never; only keys of ours may have that, for decrypting. `extended` says that `until` was written.
    """

    name: str
    certificate: x509.Certificate
    begins: datetime
    ends: datetime | None
    purpose: Purpose = "both"
    extended: bool = False

    def in_force(self, now: datetime) -> bool:
        """Whether it is, at an aware time."""
        return self.begins <= now and (self.ends is None or now < self.ends)


def read_certificate(text: str) -> x509.Certificate:
    """The one certificate of a PEM file. Raises: ValueError with a sentence for people, which repeats nothing of it."""
    if text.count(_BEGIN) != 1:
        raise ValueError(f"one certificate in PEM is expected, there are {text.count(_BEGIN)}")
    try:
        certificate = x509.load_pem_x509_certificate(text.encode("utf-8", "replace"))
        key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("the certificate cannot be read: ask the partner to send it again, in PEM") from None
    if isinstance(key, RSAPublicKey):
        if key.key_size < LEAST_RSA_BITS:
            raise ValueError(f"an RSA key of {key.key_size} bits is not safe: at least {SOUND_RSA_BITS} are expected")
    elif not isinstance(key, EllipticCurvePublicKey):
        raise ValueError("its key is neither RSA nor of an elliptic curve: AS2 has no use for it")
    return certificate


def is_weak(certificate: x509.Certificate) -> bool:
    """Whether its key is shorter than is sound today."""
    key = certificate.public_key()
    return isinstance(key, RSAPublicKey) and key.key_size < SOUND_RSA_BITS


def fingerprint(certificate: x509.Certificate) -> str:
    """Its SHA-256 in lower-case hex: what two people compare on the telephone."""
    return certificate.fingerprint(SHA256()).hex()


def theirs(written: TheirCertificate, certificate: x509.Certificate) -> Dated:
    """A partner's certificate under the window that is written for it."""
    return Dated(
        name=written.file,
        certificate=certificate,
        begins=_first_moment(written.from_) or certificate.not_valid_before_utc,
        ends=_last_moment(written.until) or certificate.not_valid_after_utc,
        purpose=written.purpose,
        extended=written.until is not None,
    )


def ours(written: OurKey, certificate: x509.Certificate) -> Dated:
    """A key of ours under its window. Without `until` it ends with its certificate, for signing."""
    return Dated(
        name=written.name,
        certificate=certificate,
        begins=_first_moment(written.from_) or certificate.not_valid_before_utc,
        ends=_last_moment(written.until) or certificate.not_valid_after_utc,
        purpose=written.purpose,
        extended=written.until is not None,
    )


def trusted(certificates: Iterable[Dated], now: datetime) -> tuple[x509.Certificate, ...]:
    """Those that signatures of the partner are verified with."""
    return tuple(one.certificate for one in certificates if one.purpose != "encryption" and one.in_force(now))


def recipient(certificates: Iterable[Dated], now: datetime) -> Dated | None:
    """The one to encrypt for: of those in force the one that came into force last. None when there is none."""
    found = [
        one
        for one in certificates
        if one.purpose != "signing" and one.in_force(now) and isinstance(one.certificate.public_key(), RSAPublicKey)
    ]
    return max(found, key=lambda one: one.begins, default=None)


def signer(keys: Iterable[Dated], now: datetime) -> Dated | None:
    """The key of ours to sign with: the one that came into force last.

    When the certificates of all are over, it is still the last: partners that pinned it go on, and a receipt without
    a signature would stop all of them. None before the first came into force, or where `until` ended the last.
    """
    begun = [one for one in keys if one.purpose != "encryption" and one.begins <= now]
    standing = [one for one in begun if one.in_force(now) or not one.extended]
    return max(standing, key=lambda one: (one.in_force(now), one.begins), default=None)


def decrypting(keys: Iterable[Dated], now: datetime) -> tuple[Dated, ...]:
    """Keys of ours that decrypt: all that `until` has not ended, those that do not sign yet too.

    That a certificate of ours is over is for the partner to mind; the key opens what was encrypted for it.
    """
    return tuple(
        one for one in keys if one.purpose != "signing" and (not one.extended or one.ends is None or now < one.ends)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """A certificate that will be over soon, or is. `days` is the warning it is due for: one of `WARN_DAYS`, or 0.

    `followed`: another of the same channel takes its place for the same purposes, so nothing will stop.
    """

    channel: str
    whose: Whose
    name: str
    ends: datetime
    days: int
    followed: bool

    @property
    def sentence(self) -> str:
        """For people."""
        what = {
            "theirs": f"certificate {self.name} of the partner",
            "ours": f"our key {self.name}",
            "server": f"certificate {self.name} of the server that we send to",
        }[self.whose]
        when = "is over since" if self.days == 0 else "will be over on"
        rest = "another takes its place" if self.followed else "nothing is there to take its place"
        return f"channel {self.channel}: {what} {when} {self.ends:%Y-%m-%d}; {rest}"


def endings(channel: str, whose: Whose, certificates: Sequence[Dated], now: datetime) -> tuple[Ending, ...]:
    """Those of a channel that are over within the longest of `WARN_DAYS`, or are over already, the first first."""
    found = [
        Ending(
            channel=channel,
            whose=whose,
            name=one.name,
            ends=one.ends,
            days=due,
            followed=_is_followed(one, certificates),
        )
        for one in certificates
        if one.ends is not None and (due := warning(one.ends, now)) is not None
    ]
    return tuple(sorted(found, key=lambda ending: (ending.ends, ending.name)))


def warning(ends: datetime, now: datetime) -> int | None:
    """The warning that is due at this time: the least of `WARN_DAYS` that is not passed yet, 0 at the end, or None."""
    if now >= ends:
        return 0
    return min((days for days in WARN_DAYS if ends - now <= timedelta(days=days)), default=None)


def _is_followed(one: Dated, among: Iterable[Dated]) -> bool:
    """Whether others do all that it does, from its end on at the latest, and longer."""
    if one.ends is None:
        return True
    later = [
        other
        for other in among
        if other is not one and other.begins <= one.ends and (other.ends is None or other.ends > one.ends)
    ]
    wanted = {"signing", "encryption"} if one.purpose == "both" else {one.purpose}
    done = {purpose for other in later for purpose in _purposes(other)}
    return wanted <= done


def _purposes(one: Dated) -> set[str]:
    return {"signing", "encryption"} if one.purpose == "both" else {one.purpose}


def _first_moment(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), UTC) if day else None


def _last_moment(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), UTC) + timedelta(days=1) if day else None
