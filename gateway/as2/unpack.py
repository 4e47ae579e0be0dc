"""Unpacking: one AS2 message, or mail, into its payloads, under the policy that was agreed with the partner.

What fails between CBC decryption and a good signature is answered as a failed decryption, whatever it was, and a failed
decryption runs through what follows all the same: neither words nor time tell more about what was decrypted.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509

from gateway.as2.algorithms import DIGESTS
from gateway.as2.cms.decrypt import Decrypted, decrypt
from gateway.as2.cms.identity import KeyPair
from gateway.as2.errors import As2Error, DecryptionFailed, Malformed, OverLimit, UnsupportedFormat, veiled
from gateway.as2.headers import Headers
from gateway.as2.mic import Mic, Mics, answering, digests, mics
from gateway.as2.mime import Entity, boundary_of, read_entity, split
from gateway.as2.opening import Compressed, Opening, UnpackPolicy
from gateway.as2.parameters import file_name
from gateway.as2.request import MdnRequest
from gateway.as2.source import NewScratch, Source, chunks
from gateway.as2.transfer import decoded
from gateway.as2.unwrap import layer_claimed

__all__ = ["Part", "UnpackPolicy", "Unpacked", "unpack"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A payload, decoded. `content_type` is its media type in lower case, `file_name` is data and never a path."""

    source: Source
    content_type: str
    file_name: str | None
    headers: Headers


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpacked:
    """A message, opened. `signed_by` is a pinned certificate; `cipher` and `transport` are empty when not encrypted.

    `mics` are of what RFC 4130, 7.3.1 names, by every digest that was asked for and by that of the signature.
    """

    payloads: tuple[Part, ...]
    mics: Mics
    signed_by: x509.Certificate | None
    digest: str | None
    scheme: str
    signing_time: datetime | None
    cipher: str
    transport: str
    decrypted_with: x509.Certificate | None
    compressed: Compressed | None

    def mic(self, request: MdnRequest | None) -> Mic | None:
        """The MIC that answers this request; None when its digest was not asked for in `unpack`."""
        return answering(self.mics, self.digest, request)


def unpack(
    headers: Headers,
    body: Source,
    *,
    policy: UnpackPolicy,
    keys: Sequence[KeyPair],
    trusted: Sequence[x509.Certificate],
    scratch: NewScratch,
    digest_names: Iterable[str] = DIGESTS,
) -> Unpacked:
    """Open a message down to its payloads.

    Args:
        headers: of the HTTP request or mail.
        keys: ours to decrypt with; `trusted` are the certificates pinned for the partner: several while they change.
        scratch: makes a place for what is decrypted, decompressed and decoded. What was written there is worth nothing
            when this raises.
        digest_names: the digests to make MICs of, all in one reading.

    Raises: every `errors.As2Error` but UnknownRelationship and UnsupportedMic; nothing else, whatever the bytes are.
    """
    opening = Opening(
        policy=policy,
        trusted=trusted,
        scratch=scratch,
        digest_names=frozenset(digest_names),
        entity=Entity(headers, body),
    )
    layer, content = opening.outermost()
    if layer in ("enveloped", "auth-enveloped"):
        return _encrypted(opening, content, keys)
    opening.open_layers((layer, content))
    return _unpacked(opening, None)


def _encrypted(opening: Opening, content: Source, keys: Sequence[KeyPair]) -> Unpacked:
    into = opening.scratch()
    failure: DecryptionFailed | None = None
    decrypted: Decrypted | None = None
    try:
        decrypted = decrypt(content, into, keys, opening.policy.allowed)
    except DecryptionFailed as error:
        failure = error
    try:
        opening.enter(into)
        opening.open_layers()
        unpacked = _unpacked(opening, decrypted)
    except As2Error as error:
        if failure is not None:
            raise failure from None
        authentic = opening.signature is not None or (decrypted is not None and decrypted.cipher.endswith("-gcm"))
        if authentic:
            raise
        raise veiled(error) from error
    if failure is not None:
        raise failure
    return unpacked


def _unpacked(opening: Opening, decrypted: Decrypted | None) -> Unpacked:
    payloads = tuple(_payloads(opening))
    signature = opening.signature
    made = opening.made if signature else digests(chunks(_unsigned(opening, payloads)), opening.digest_names)
    return Unpacked(
        payloads=payloads,
        mics=mics(made),
        signed_by=signature.certificate if signature else None,
        digest=signature.digest_name if signature else None,
        scheme=signature.scheme if signature else "",
        signing_time=signature.signing_time if signature else None,
        cipher=decrypted.cipher if decrypted else "",
        transport=decrypted.transport if decrypted else "",
        decrypted_with=decrypted.recipient.certificate if decrypted else None,
        compressed=opening.compressed,
    )


def _unsigned(opening: Opening, payloads: Sequence[Part]) -> Source:
    """What the MIC of an unsigned message is made over: see `mic`."""
    if opening.within is not None:
        return opening.within
    is_multipart = opening.entity.content_type.value.startswith("multipart/")
    return opening.entity.body if is_multipart else payloads[0].source


def _payloads(opening: Opening) -> list[Part]:
    """The parts that are no multipart themselves, in their order; several documents are one multipart (RFC 6362)."""
    if opening.entity.content_type.value == "multipart/report":
        raise UnsupportedFormat("this is a receipt or report, and no message")
    limits = opening.policy.limits
    found: list[Part] = []
    waiting = [(opening.entity, opening.layers)]
    while waiting:
        entity, depth = waiting.pop()
        content_type = entity.content_type
        if layer_claimed(entity) != "plain":
            raise UnsupportedFormat(f"{content_type.value} within a multipart is not read")
        if not content_type.value.startswith("multipart/"):
            found.append(_part(entity, content_type.value, opening.scratch))
        elif depth >= limits.depth:
            raise OverLimit(f"multiparts more than {limits.depth} levels deep")
        else:
            parts = split(entity.body, boundary_of(content_type), limits)
            waiting += [(read_entity(part, limits), depth + 1) for part in reversed(parts)]
        if len(found) + len(waiting) > limits.parts:
            raise OverLimit(f"more than {limits.parts} parts")
    if not found:
        raise Malformed("no content")
    return found


def _part(entity: Entity, content_type: str, scratch: NewScratch) -> Part:
    return Part(
        source=decoded(entity.headers, entity.body, scratch),
        content_type=content_type or "application/octet-stream",
        file_name=file_name(entity.headers),
        headers=entity.headers,
    )
