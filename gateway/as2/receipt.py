"""Receipts read: what a partner says became of our message (RFC 4130, 7; RFC 8098), and whether that settles it.

Anybody may send a receipt, so it is read within the limits of `limits.Limits`, and believed by `matches` alone.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from cryptography import x509

from gateway.as2.algorithms import DEFAULT_DIGESTS
from gateway.as2.disposition import Disposition, read_disposition
from gateway.as2.errors import (
    As2Error,
    AuthenticationFailed,
    InsufficientSecurity,
    IntegrityFailed,
    Malformed,
    OverLimit,
)
from gateway.as2.headers import Headers
from gateway.as2.headers import read as read_fields
from gateway.as2.limits import DEFAULT, Limits
from gateway.as2.mic import Mic, Mics, read_mic
from gateway.as2.mime import Entity, boundary_of, read_entity, split
from gateway.as2.names import read_message_id, read_name, same_message
from gateway.as2.opening import Opening, UnpackPolicy
from gateway.as2.source import Memory, Source, whole
from gateway.as2.transfer import decoded
from gateway.as2.unwrap import first_part, layer_claimed

NOTIFICATION = "message/disposition-notification"
_FIELD = re.compile(rb"[!-9;-~]+[ \t]*:")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_TEXT_LIMIT = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Mdn:
    """A receipt as it was read. Nothing in it is true because it is here: see `matches`.

    `signed_by` is a pinned certificate whose signature holds; `signature_problem` says why one that is there does not.
    `mic_text` is the field as it stands, `mic` what could be read of it. `text` is for people, up to 4,000 characters.
    """

    original_message_id: str | None
    disposition: Disposition
    mic: Mic | None
    mic_text: str
    signed_by: x509.Certificate | None
    signature_problem: str
    signing_time: datetime | None
    message_id: str | None
    as2_from: str | None
    as2_to: str | None
    reporting_ua: str
    final_recipient: str
    text: str


def is_receipt(headers: Headers, body: Source, limits: Limits = DEFAULT) -> bool:
    """Whether what arrived is a receipt and no message: by its type, or by that of the part that is signed in it."""
    try:
        entity = Entity(headers, body)
        if layer_claimed(entity) == "multipart-signed":
            entity = first_part(entity, limits)
        return entity.content_type.value in ("multipart/report", NOTIFICATION)
    except As2Error:
        return False


def read(
    headers: Headers,
    body: Source,
    *,
    trusted: Sequence[x509.Certificate],
    allowed: frozenset[str] = DEFAULT_DIGESTS,
    limits: Limits = DEFAULT,
) -> Mdn:
    """Read a receipt.

    A signature that does not hold is no error: what the receipt says is read, and `signed_by` stays empty.

    Args:
        trusted: the certificates pinned for the partner.
        allowed: digests that a signature may be made with.

    Raises: As2Error for what is no receipt, or is over a limit.
    """
    if body.size > limits.receipt:
        raise OverLimit(f"a receipt of {body.size} bytes, {limits.receipt} are read")
    opening, problem = _opened(Entity(headers, body), trusted, allowed, limits)
    notification, text = _parts(opening.entity, limits)
    fields = _notification_fields(notification, limits)
    disposition = fields.single("Disposition")
    if disposition is None:
        raise Malformed("a receipt without a disposition")
    mic_text = fields.single("Received-content-MIC") or ""
    return Mdn(
        original_message_id=_read_id(fields.single("Original-Message-ID")),
        disposition=read_disposition(disposition),
        mic=read_mic(mic_text) if mic_text else None,
        mic_text=mic_text,
        signed_by=opening.signature.certificate if opening.signature else None,
        signature_problem=problem,
        signing_time=opening.signature.signing_time if opening.signature else None,
        message_id=_read_id(headers.single("Message-ID")),
        as2_from=_read_name(headers.single("AS2-From")),
        as2_to=_read_name(headers.single("AS2-To")),
        reporting_ua=fields.first("Reporting-UA") or "",
        final_recipient=fields.first("Final-Recipient") or "",
        text=text,
    )


def _opened(
    entity: Entity, trusted: Sequence[x509.Certificate], allowed: frozenset[str], limits: Limits
) -> tuple[Opening, str]:
    """The layers opened; where a detached signature does not hold, its content all the same, and why it does not."""
    small = replace(limits, decompressed=min(limits.decompressed, limits.receipt))
    policy = UnpackPolicy(require_signed=False, require_encrypted=False, allowed=allowed, limits=small)
    opening = Opening(policy=policy, trusted=trusted, scratch=Memory, digest_names=frozenset(), entity=entity)
    try:
        opening.open_layers()
    except (AuthenticationFailed, IntegrityFailed, InsufficientSecurity) as error:
        if layer_claimed(opening.entity) != "multipart-signed":
            raise
        parts = split(opening.entity.body, boundary_of(opening.entity.content_type), limits, may_end_early=True)
        opening.enter(parts[0])
        return opening, str(error)
    return opening, ""


def _parts(entity: Entity, limits: Limits) -> tuple[Entity, str]:
    """The notification, and the text for people, in whatever order they stand."""
    if entity.content_type.value == NOTIFICATION:
        return entity, ""
    if not entity.content_type.value.startswith("multipart/"):
        raise Malformed(f"{entity.content_type.value[:80]!r} is no receipt")
    parts = split(entity.body, boundary_of(entity.content_type), limits, may_end_early=True)
    entities = [read_entity(part, limits) for part in parts]
    notifications = [part for part in entities if part.content_type.value == NOTIFICATION]
    if len(notifications) != 1:
        raise Malformed(f"{len(notifications)} notifications in one receipt")
    texts = [part for part in entities if part.content_type.value in ("text/plain", "")]
    return notifications[0], _text(texts[0]) if texts else ""


def _text(entity: Entity) -> str:
    raw = decoded(entity.headers, entity.body, Memory).read(0, 4 * _TEXT_LIMIT)
    return _UNPRINTABLE.sub("", raw.decode("utf-8", "replace")).strip()[:_TEXT_LIMIT]


def _notification_fields(entity: Entity, limits: Limits) -> Headers:
    """The fields of a notification. Empty lines between them, and lines that are no field, are passed over."""
    content = decoded(entity.headers, entity.body, Memory)
    if content.size > limits.header_block:
        raise OverLimit(f"a notification of {content.size} bytes, {limits.header_block} are read")
    lines: list[bytes] = []
    continues = False
    for line in whole(content).split(b"\n"):
        line = line.removesuffix(b"\r")
        continues = bool(_FIELD.match(line)) or (continues and line[:1] in (b" ", b"\t") and bool(line.strip()))
        if continues:
            lines.append(line)
    return read_fields(Memory(b"".join(line + b"\n" for line in lines) + b"\n"), limits)[0]


def _read_id(value: str | None) -> str | None:
    return read_message_id(value) if value and value.strip() else None


def _read_name(value: str | None) -> str | None:
    return read_name(value) if value is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What is kept of a message that waits for its receipt: `signed` says that a signed one was asked for."""

    message_id: str
    mics: Mics
    signed: bool


Outcome = Literal["confirmed", "refused", "mismatch", "unsigned", "unknown"]
"""Taken by the partner | not taken, it says | it has other content | not signed as asked | about something else."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a receipt settles a message, and a sentence that says why."""

    outcome: Outcome
    reason: str


def matches(mdn: Mdn, sent: Sent) -> Verdict:
    """Hold a receipt to the message that it is said to be for. Only `confirmed` is success.

    A signed receipt was asked for and this one has no MIC: `mismatch` (RFC 4130, 7.4.3 wants it there). Without a
    signature asked for, a missing MIC is all right, a wrong one is not. Who may send it is the caller's business.
    """
    if mdn.original_message_id is None or not same_message(mdn.original_message_id, sent.message_id):
        return Verdict("unknown", f"the receipt is for {mdn.original_message_id or 'no message'}, not for this one")
    if sent.signed and mdn.signed_by is None:
        problem = mdn.signature_problem or "it has no signature"
        return Verdict("unsigned", f"a signed receipt was asked for: {problem}; it says {mdn.disposition}")
    if mdn.disposition.kind in ("error", "failure") or mdn.disposition.type in ("failed", "deleted", "denied"):
        return Verdict("refused", f"the partner says {mdn.disposition}")
    if not mdn.disposition.is_good:
        return Verdict("unknown", f"the receipt says neither processed nor failed, but {mdn.disposition}")
    return _held_to_mic(mdn, sent)


def _held_to_mic(mdn: Mdn, sent: Sent) -> Verdict:
    if not mdn.mic_text:
        if sent.signed:
            return Verdict("mismatch", "the receipt is signed and has no MIC")
        return Verdict("confirmed", f"the partner says {mdn.disposition}, without a MIC")
    if mdn.mic is None:
        return Verdict("mismatch", f"the MIC cannot be read: {mdn.mic_text[:80]!r}")
    kept = sent.mics.get(mdn.mic.digest)
    if kept is None:
        return Verdict("mismatch", f"no MIC by {mdn.mic.digest} was kept to compare with")
    if kept != mdn.mic.value:
        return Verdict("mismatch", f"the partner received other content: its MIC by {mdn.mic.digest} differs")
    return Verdict("confirmed", f"the partner says {mdn.disposition}; the MIC by {mdn.mic.digest} agrees")
