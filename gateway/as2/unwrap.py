"""Unwrapping one layer: a signature beside the content, or CMS with the content in it (RFC 8551, 3; RFC 1847, 2.1).

Which layer it is, the CMS says itself: headers of partners lie about it, or say nothing.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Literal

from cryptography import x509

from gateway.as2.cms.content import content_kind
from gateway.as2.cms.verify import Verified, verify
from gateway.as2.errors import IntegrityFailed, Malformed, OverLimit, UnsupportedFormat
from gateway.as2.limits import Limits
from gateway.as2.mic import digests
from gateway.as2.mime import Entity, boundary_of, read_entity, split
from gateway.as2.parameters import file_name
from gateway.as2.source import Memory, NewScratch, Slice, Source, chunks, whole
from gateway.as2.transfer import PLAIN, decode_base64, decoded, encoding, is_base64

Layer = Literal["plain", "multipart-signed", "signed", "enveloped", "auth-enveloped", "compressed"]

_CMS_TYPES = ("application/pkcs7-mime", "application/x-pkcs7-mime")
_CMS_NAMES = (".p7m", ".p7z")
"""Mail servers that do not know the types leave application/octet-stream and these names (RFC 8551, 3.2.1)."""
_SIGNATURE_TYPES = ("", "application/pkcs7-signature", "application/x-pkcs7-signature")
_BARE_LINE_END = re.compile(rb"(?<!\r)\n")


def layer_claimed(entity: Entity) -> Layer | Literal["cms"]:
    """What the fields say, without a look at the content; `cms` is any that is one, until `cms_of` told which."""
    value = entity.content_type.value
    if value == "multipart/signed":
        return "multipart-signed"
    if value == "application/octet-stream" and (file_name(entity.headers) or "").lower().endswith(_CMS_NAMES):
        return "cms"
    return "cms" if value in _CMS_TYPES else "plain"


def cms_of(entity: Entity, scratch: NewScratch) -> tuple[Layer, Source]:
    """The kind of the CMS in a part, and its bytes.

    Raises: Malformed for no CMS, UnsupportedFormat for a kind that is no layer of a message.
    """
    content = cms_bytes(entity, scratch)
    kind = content_kind(content)
    if kind == "data":
        raise UnsupportedFormat("a CMS of mere data is no layer of a message")
    return kind, content


def cms_bytes(entity: Entity, scratch: NewScratch) -> Source:
    """The bytes of a CMS. Base64 is seen by its first letter, where Content-Transfer-Encoding is missing or wrong."""
    start = entity.body.read(0, 80)
    name = encoding(entity.headers)
    if name == "base64" and start[:1] == b"\x30":
        return entity.body
    if name in PLAIN and is_base64(start):
        into = scratch()
        decode_base64(entity.body, into)
        return into
    return decoded(entity.headers, entity.body, scratch)


def signed_parts(entity: Entity, limits: Limits) -> tuple[Source, bytes]:
    """The signed part of a multipart/signed, with its fields, and the signature.

    Raises: Malformed unless there are exactly these two, UnsupportedFormat for a signature that is not CMS, OverLimit.
    """
    content_type = entity.content_type
    if content_type.get("protocol").lower() not in _SIGNATURE_TYPES:
        raise UnsupportedFormat(f"signatures of {content_type.get('protocol')[:80]!r} are not read")
    parts = split(entity.body, boundary_of(content_type), limits, may_end_early=True)
    if len(parts) != 2:
        raise Malformed(f"a multipart/signed of {len(parts)} parts")
    signature = read_entity(parts[1], limits)
    if signature.body.size > 2 * limits.signature:
        raise OverLimit(f"a signature of {signature.body.size} bytes, {limits.signature} are read")
    return parts[0], whole(cms_bytes(signature, Memory))


def verified(
    content: Source,
    signature: bytes,
    trusted: Sequence[x509.Certificate],
    allowed: frozenset[str],
    digest_names: Iterable[str],
    limits: Limits,
) -> tuple[Verified, dict[str, bytes]]:
    """Verify a detached signature over a part; with the digests of what was signed, by `digest_names` and by its own.

    What arrived is tried first. A part whose fields end in a bare LF was changed on its way, or never brought into its
    canonical form before it was sent; its signature was then made over CRLF (RFC 8551, 3.1.1), which is tried next.

    Raises: as `cms.verify`.
    """
    names = frozenset(digest_names)
    found, digest_by = _digests_when_asked(lambda: chunks(content), names)
    try:
        return verify(signature, digest_by, trusted, allowed), found
    except IntegrityFailed:
        start = read_entity(content, limits)
        head = content.read(0, content.size - start.body.size)
        if not _BARE_LINE_END.search(head):
            raise
    found, digest_by = _digests_when_asked(lambda: _canonical(head, start), names)
    return verify(signature, digest_by, trusted, allowed), found


def _digests_when_asked(
    content: Callable[[], Iterable[bytes]], names: frozenset[str]
) -> tuple[dict[str, bytes], Callable[[str], bytes]]:
    """Digest when the first one is asked for, so that nothing is read for a signature that is no good anyway."""
    found: dict[str, bytes] = {}

    def digest_by(name: str) -> bytes:
        if name not in found:
            found.update(digests(content(), names | {name}))
        return found[name]

    return found, digest_by


def _canonical(head: bytes, entity: Entity) -> Iterator[bytes]:
    """The part with CRLF: in its fields always, in its body unless that is binary (RFC 8551, 3.1.1)."""
    yield _BARE_LINE_END.sub(b"\r\n", head)
    if encoding(entity.headers) in ("", "binary"):
        yield from chunks(entity.body)
        return
    before = b""
    for chunk in chunks(entity.body):
        if before == b"\r" and chunk[:1] == b"\n":
            yield b"\n"
            chunk = chunk[1:]
        yield _BARE_LINE_END.sub(b"\r\n", chunk)
        before = chunk[-1:] or before


def first_part(entity: Entity, limits: Limits) -> Entity:
    """The first part of a multipart, for a look at its fields; its body may go on too long. Raises: Malformed."""
    start = Slice(entity.body, 0, 2 * limits.header_block)
    return read_entity(split(start, boundary_of(entity.content_type), limits, may_end_early=True)[0], limits)
