"""Packing: payloads into the headers and body of one AS2 message, or of one mail (RFC 4130, 3335, 5402, 6362, 8551).

Content is compressed, signed, compressed and encrypted in this order, each if the profile wants it. Large content is
read in blocks and laid down in the caller's scratches; fields and boundaries depend on the arguments alone, so that the
same arguments give the same message, as far as the cryptography has no randomness of its own (encryption, PSS, ECDSA).
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Literal

from cryptography import x509

from gateway.as2.algorithms import CIPHER_KINDS, DEFAULT_DIGESTS, DIGESTS
from gateway.as2.cms.compress import compress
from gateway.as2.cms.encrypt import encrypt
from gateway.as2.cms.identity import KeyPair, NamedBy
from gateway.as2.cms.sign import sign
from gateway.as2.headers import Headers
from gateway.as2.mic import Mic, Mics, answering, digests, mics
from gateway.as2.mime import Entity
from gateway.as2.names import write_message_id, write_name
from gateway.as2.parameters import encoded_words, media_type, parameter
from gateway.as2.request import MULTIPLE_ATTACHMENTS, MdnRequest, request_fields, write_features
from gateway.as2.source import NewScratch, Source, chunks
from gateway.as2.transfer import Base64Lines, is_seven_bit
from gateway.as2.wrap import cms_part, joined, multipart, signed
from gateway.errors import UsageError

AS2_VERSION = "1.2"
"""RFC 6017, 2: compression (1.1) and EDIINT-Features."""

TOKEN = re.compile(r"[0-9A-Za-z]{16,48}")
"""What boundaries are made of; nobody may be able to guess it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """One document. `content_type` as it is written, `file_name` up to 255 bytes of UTF-8."""

    source: Source
    content_type: str = "application/edi-x12"
    file_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PackProfile:
    """How a partner wants messages. Names are those of `algorithms`.

    `allowed` are the digests that may sign; `digest` has to be one of them. `attributes`, `pss`, `by`, `transport` as
    in `cms.sign` and `cms.encrypt`. `dashed` spells micalg `sha-256`, else `sha256`.
    `transfer` is `binary` for HTTP; `base64` and `7bit` write what mail servers leave alone (RFC 3335): everything in
    base64, or only what is not text of short lines.
    """

    sign: bool = True
    digest: str = "sha256"
    allowed: frozenset[str] = DEFAULT_DIGESTS
    pss: bool = False
    attributes: bool = True
    dashed: bool = True
    encrypt: bool = True
    cipher: str = "aes256-cbc"
    transport: str = "rsa"
    by: NamedBy = "issuer-serial"
    compress: Literal["before", "after"] | None = None
    transfer: Literal["binary", "base64", "7bit"] = "binary"
    features: tuple[str, ...] = (MULTIPLE_ATTACHMENTS,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """The fields around the message. Without AS2 names it is for a mail, whose From and To the mailer writes.

    `message_id` with angle brackets, at most 255 characters; `date` is aware.
    """

    message_id: str
    as2_from: str | None = None
    as2_to: str | None = None
    subject: str = ""
    date: datetime | None = None

    def fields(self) -> list[tuple[str, str]]:
        """As header fields. Raises: UsageError for what must not be written."""
        fields: list[tuple[str, str]] = []
        if self.as2_from is not None and self.as2_to is not None:
            fields += [("AS2-Version", AS2_VERSION), ("AS2-From", write_name(self.as2_from))]
            fields += [("AS2-To", write_name(self.as2_to))]
        fields.append(("Message-ID", write_message_id(self.message_id)))
        if self.date is not None:
            fields.append(("Date", format_datetime(self.date)))
        if self.subject:
            fields.append(("Subject", encoded_words(self.subject)))
        return [*fields, ("MIME-Version", "1.0")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """A message to be sent. The receipt should return `mic`; by whatever digest it does, `mics` has that one."""

    headers: Headers
    body: Source
    mics: Mics
    mic: Mic | None


def pack(
    payloads: Sequence[Payload],
    *,
    profile: PackProfile,
    address: Address,
    token: str,
    scratch: NewScratch,
    signer: KeyPair | None = None,
    chain: Sequence[x509.Certificate] = (),
    recipients: Sequence[x509.Certificate] = (),
    request: MdnRequest | None = None,
    signing_time: datetime | None = None,
    digest_names: Iterable[str] = DIGESTS,
) -> Packed:
    """Make one message of the payloads; several become a multipart/related (RFC 6362).

    Args:
        token: 16 to 48 letters and digits that nobody can guess; boundaries are made of it.
        scratch: makes a place for compressed and for encrypted content.
        signer, recipients: needed where the profile signs, and encrypts.
        chain: further certificates to put beside the signer's.
        digest_names: the digests of which MICs are kept.

    Raises:
        UsageError: no payload, a name or header that must not be written, no signer or recipient where one is needed.
        InsufficientSecurity: the profile signs with a digest that is not allowed.
    """
    if not payloads or not TOKEN.fullmatch(token):
        raise UsageError("a message needs a payload, and a token of 16 to 48 letters and digits")
    fields = _fields(address, profile, request)
    entity = _content(payloads, profile, token)
    made = {} if profile.sign else digests(chunks(_unsigned(entity, payloads, profile)), digest_names)
    if profile.compress == "before":
        entity = _compressed(entity, profile, scratch)
    if profile.sign:
        made = digests(chunks(joined(entity)), {*digest_names, profile.digest})
        entity = _signed(entity, made[profile.digest], profile, signer, chain, token, signing_time)
    if profile.compress == "after":
        entity = _compressed(entity, profile, scratch)
    if profile.encrypt:
        entity = _encrypted(entity, profile, recipients, scratch)
    kept = mics(made)
    return Packed(
        headers=Headers.to_write((*fields, *entity.headers.fields)),
        body=entity.body,
        mics=kept,
        mic=answering(kept, profile.digest if profile.sign else None, request),
    )


def _fields(address: Address, profile: PackProfile, request: MdnRequest | None) -> list[tuple[str, str]]:
    fields = address.fields()
    if address.as2_from is not None and profile.features:
        fields.append(("EDIINT-Features", write_features(profile.features)))
    return fields + (request_fields(request) if request else [])


def _unsigned(entity: Entity, payloads: Sequence[Payload], profile: PackProfile) -> Source:
    """What the MIC of an unsigned message is made over: see `mic`."""
    if profile.encrypt or profile.compress is not None:
        return joined(entity)
    return payloads[0].source if len(payloads) == 1 else entity.body


def _content(payloads: Sequence[Payload], profile: PackProfile, token: str) -> Entity:
    parts = [_payload(payload, profile) for payload in payloads]
    if len(parts) == 1:
        return parts[0]
    root = media_type(payloads[0].content_type).partition(";")[0].strip()
    return multipart("related", [joined(part) for part in parts], f"{token}-related", f'; type="{root}"')


def _payload(payload: Payload, profile: PackProfile) -> Entity:
    transfer = profile.transfer
    if transfer == "7bit" and not is_seven_bit(payload.source):
        transfer = "base64"
    fields = [("Content-Type", media_type(payload.content_type)), ("Content-Transfer-Encoding", transfer)]
    if payload.file_name is not None:
        fields.append(("Content-Disposition", "attachment" + parameter("filename", payload.file_name)))
    body = Base64Lines(payload.source) if transfer == "base64" else payload.source
    return Entity(Headers(tuple(fields)), body)


def _signed(
    entity: Entity,
    digest: bytes,
    profile: PackProfile,
    signer: KeyPair | None,
    chain: Sequence[x509.Certificate],
    token: str,
    signing_time: datetime | None,
) -> Entity:
    if signer is None:
        raise UsageError("the profile signs, and there is no key to sign with")
    signature = sign(
        digest,
        digest_name=profile.digest,
        signer=signer,
        pss=profile.pss,
        chain=chain,
        attributes=profile.attributes,
        signing_time=signing_time,
        by=profile.by,
        allowed=profile.allowed,
    )
    return signed(joined(entity), signature, profile.digest, token, dashed=profile.dashed)


def _compressed(entity: Entity, profile: PackProfile, scratch: NewScratch) -> Entity:
    into = scratch()
    compress(joined(entity), into)
    return cms_part("compressed-data", "smime.p7z", into, binary=profile.transfer == "binary")


def _encrypted(
    entity: Entity, profile: PackProfile, recipients: Sequence[x509.Certificate], scratch: NewScratch
) -> Entity:
    if not recipients:
        raise UsageError("the profile encrypts, and there is no certificate to encrypt for")
    into = scratch()
    encrypt(joined(entity), into, recipients, cipher=profile.cipher, transport=profile.transport, by=profile.by)
    kind = "authEnveloped-data" if CIPHER_KINDS[profile.cipher].gcm else "enveloped-data"
    return cms_part(kind, "smime.p7m", into, binary=profile.transfer == "binary")
