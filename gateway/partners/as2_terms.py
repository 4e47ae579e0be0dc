"""What an AS2 channel says beyond other doors: names, certificates, keys, and the terms of both ways (RFC 4130)."""

import re
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Literal, Self, get_args
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from gateway.as2.names import read_name
from gateway.errors import GatewayError
from gateway.partners.form import Form, Line, Name, Switch

Digest = Literal["sha1", "sha224", "sha256", "sha384", "sha512"]
"""MD5 signs nothing here and is believed from nobody; a MIC may still be asked for by it."""

Cipher = Literal["3des-cbc", "aes128-cbc", "aes192-cbc", "aes256-cbc", "aes128-gcm", "aes192-gcm", "aes256-gcm"]
Transport = Literal["rsa", "oaep-sha1", "oaep-sha256", "oaep-sha384", "oaep-sha512"]

_PEM = re.compile(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?/[A-Za-z0-9][A-Za-z0-9._-]{0,99}\.pem")
_HOST = r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*|\[[0-9a-f:.]{2,45}\])"
_HOST_PORT = re.compile(rf"{_HOST}(?::[1-9][0-9]{{0,4}})?")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def _as2_name(text: str) -> str:
    try:
        return read_name(text)
    except GatewayError:
        raise ValueError(f"'{text[:60]}' is not an AS2 name: 1 to 128 printable ASCII characters") from None


def _pem(text: str) -> str:
    if not _PEM.fullmatch(text):
        raise ValueError(f"'{text[:60]}' is not a file of partners/certificates/, like acme/2026.pem")
    return text


def _host(text: str) -> str:
    if not _HOST_PORT.fullmatch(text) or int(text.rpartition(":")[2] if _has_port(text) else 1) > 65_535:
        raise ValueError(f"'{text[:60]}' is not a host in lower case, like as2.acme.example or as2.acme.example:4080")
    return text


def _has_port(text: str) -> bool:
    return not text.endswith("]") and ":" in text


def _url(text: str) -> str:
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        good = False
    if not good or not text.isascii() or not text.isprintable() or " " in text or parts.fragment or "@" in parts.netloc:
        raise ValueError(f"'{text[:60]}' is not an address, like https://as2.acme.example/as2")
    return text


def _day(value: object) -> object:
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise ValueError("a day is written like 2027-03-31")
    return date.fromisoformat(value)


def _once(values: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(values))


As2Name = Annotated[str, AfterValidator(_as2_name)]
PemFile = Annotated[str, AfterValidator(_pem)]
"""Below `partners/certificates/`: the folder of the partner, and a file with one certificate in PEM."""
HostPort = Annotated[str, AfterValidator(_host)]
"""A host, and its port where it is not 443 for https or 80 for http."""
Url = Annotated[str, AfterValidator(_url)]
Day = Annotated[date, BeforeValidator(_day)]
Purpose = Literal["both", "signing", "encryption"]


class _Window(Form):
    """A span of days in UTC, both with the days named; without one of them the certificate's own end counts."""

    from_: Annotated[Day | None, Field(alias="from")] = None
    until: Day | None = None

    @model_validator(mode="after")
    def _is_a_span(self) -> Self:
        if self.from_ is not None and self.until is not None and self.until < self.from_:
            raise ValueError(f"`until` {self.until} is before `from` {self.from_}")
        return self


class TheirCertificate(_Window):
    """A certificate of the partner. Any that is in force verifies; of those the one in force latest is encrypted for.

    A certificate whose own time is over stays in force only where `until` says so.
    """

    file: PemFile
    purpose: Purpose = "both"


class OurKey(_Window):
    """A key of ours by its name in the home. The one in force latest signs; all decrypt that are not over.

    `from` is when we begin to sign with it: what is encrypted for it is read before that too.
    """

    name: Name
    purpose: Purpose = "both"


class Security(Form):
    """How what a partner sends has to be secured. Lists replace the defaults: what is not in them is refused."""

    signed: Switch = True
    encrypted: Switch = True
    digests: Annotated[tuple[Digest, ...], Field(min_length=1), AfterValidator(_once)] = ("sha256", "sha384", "sha512")
    ciphers: Annotated[tuple[Cipher, ...], Field(min_length=1), AfterValidator(_once)] = (
        "aes128-cbc",
        "aes192-cbc",
        "aes256-cbc",
    )
    transports: Annotated[tuple[Transport, ...], Field(min_length=1), AfterValidator(_once)] = get_args(Transport)

    @property
    def allowed(self) -> frozenset[str]:
        """Every algorithm by its name, as `gateway.as2` takes it."""
        return frozenset((*self.digests, *self.ciphers, *self.transports))

    @model_validator(mode="after")
    def _one_kind_of_cipher(self) -> Self:
        # Somebody on the way can write the octets of GCM as if they were CBC, where no tag protects them.
        if len({cipher.endswith("-gcm") for cipher in self.ciphers}) > 1:
            raise ValueError("ciphers with GCM stand alone: a partner that sends GCM sends nothing else")
        return self


class Receiving(Security):
    """What we take from the partner.

    `mdn_hosts` are where receipts may be sent that are asked for later; addresses of private networks only when they
    are in `mdn_networks` of the channel.
    """

    mdn_hosts: tuple[HostPort, ...] = ()


class Packing(Form):
    """How a partner wants what we send: signed, encrypted and compressed as it can read it.

    `mdn_minutes` is how long a receipt is awaited before the message is sent again under the same Message-ID.
    """

    sign: Switch = True
    digest: Digest = "sha256"
    pss: Switch = False
    signed_attributes: Switch = True
    encrypt: Switch = True
    cipher: Cipher = "aes256-cbc"
    transport: Transport = "rsa"
    named_by: Literal["issuer-serial", "ski"] = "issuer-serial"
    compress: Literal["no", "before", "after"] = "no"
    micalg_spelling: Literal["sha-256", "sha256"] = "sha-256"
    mdn_signed: Switch = True
    mdn_minutes: Annotated[int, Field(ge=1, le=10_080)] = 120
    content_type: Annotated[str, Field(pattern=r"^[a-z]+/[A-Za-z0-9.+-]{1,80}$")] = "application/edi-x12"
    subject: Line = "EDI"
    file_names: Switch = True
    timeout_seconds: Annotated[float, Field(gt=0, le=3_600, allow_inf_nan=False)] = 120.0


class Sending(Packing):
    """Where AS2 messages of ours go. `mdn_url` is where receipts reach us, needed for `mdn: async`.

    `tls_authority` is a certificate that its https has to lead to, instead of the system's.
    """

    url: Url
    mdn: Literal["none", "sync", "async"] = "sync"
    mdn_url: Url | None = None
    tls_authority: PemFile | None = None

    @model_validator(mode="after")
    def _later_needs_an_address(self) -> Self:
        if self.mdn == "async" and self.mdn_url is None:
            raise ValueError("`mdn: async` needs `mdn_url`: our address that the partner sends its receipts to")
        return self


def held_together(
    certificates: Sequence[TheirCertificate], keys: Sequence[OurKey], receive: Security, send: Packing | None
) -> None:
    """Whether there is a certificate and a key for everything that is agreed. Raises: ValueError."""
    verifies = any(one.purpose != "encryption" for one in certificates)
    encrypts = any(one.purpose != "signing" for one in certificates)
    signs = any(one.purpose != "encryption" for one in keys)
    decrypts = any(one.purpose != "signing" for one in keys)
    wanted = (
        (receive.signed and not verifies, "`certificates`: one of the partner to verify what it signs"),
        (receive.encrypted and not decrypts, "`keys`: one of ours to decrypt what the partner encrypts"),
        (send is not None and send.sign and not signs, "`keys`: one of ours to sign what we send"),
        (send is not None and send.encrypt and not encrypts, "`certificates`: one of the partner to encrypt for"),
        (send is not None and send.mdn_signed and not verifies, "`certificates`: one of the partner for its receipts"),
    )
    missing = [sentence for lacks, sentence in wanted if lacks]
    if missing:
        raise ValueError(f"this needs {missing[0]}")
