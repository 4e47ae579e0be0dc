"""Receipts written: a message disposition notification (MDN), signed or not (RFC 4130, 7; RFC 8098; RFC 6522).

Equal arguments give equal bytes, as long as the key signs with PKCS#1 v1.5: a receipt can be made again.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509

from gateway.as2.algorithms import DEFAULT_DIGESTS
from gateway.as2.cms.identity import KeyPair
from gateway.as2.cms.sign import sign
from gateway.as2.disposition import Disposition
from gateway.as2.headers import Headers
from gateway.as2.mic import Mic, digests
from gateway.as2.mime import Entity
from gateway.as2.names import read_message_id, write_name
from gateway.as2.pack import TOKEN, Address
from gateway.as2.request import MULTIPLE_ATTACHMENTS, write_features
from gateway.as2.source import Memory, chunks, whole
from gateway.as2.transfer import base64_lines
from gateway.as2.wrap import joined, multipart, signed
from gateway.errors import UsageError

_TEXT_LIMIT = 4000
_PRODUCT = re.compile(r"[ -~]{1,200}")
_UNPRINTABLE = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")

_WORDS = {
    "": "The message was received and processed.",
    "warning": "The message was received and processed. There is something to know about it: {text}.",
    "error": "The message was received, but could not be processed: {text}.",
    "failure": "The message was received, but a receipt as it was asked for cannot be given: {text}.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The message that a receipt is for.

    `sender` and `receiver` are its AS2-From and AS2-To, as `names.read_name` gave them, or mail addresses; `message_id`
    as it arrived. `mic` is left out where the content could not be checked.
    """

    message_id: str
    sender: str
    receiver: str
    disposition: Disposition
    mic: Mic | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """How a receipt is signed. `digest` should be the one of its MIC or of the request; it is among `allowed`."""

    signer: KeyPair
    digest: str = "sha256"
    allowed: frozenset[str] = DEFAULT_DIGESTS
    chain: Sequence[x509.Certificate] = ()
    time: datetime | None = None
    dashed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """A receipt: the fields of its HTTP answer, request or mail, and its body."""

    headers: Headers
    body: bytes


def build(
    answered: Answered,
    *,
    message_id: str,
    reporting_ua: str,
    token: str,
    date: datetime | None = None,
    text: str = "",
    signing: Signing | None = None,
    by_mail: bool = False,
    features: Sequence[str] = (MULTIPLE_ATTACHMENTS,),
) -> Built:
    """Make the receipt of a message.

    Args:
        message_id: of the receipt itself.
        reporting_ua: who says so, as `gateway.example; EDI gateway 1.0`: printable ASCII.
        token: 16 to 48 letters and digits; boundaries are made of it.
        text: for people, up to 4,000 characters; empty takes a sentence that fits the disposition. It goes to the
            partner: nothing of an error's own text belongs in it.
        signing: None for a receipt without signature.
        by_mail: leaves AS2's own fields out (RFC 3335).

    Raises:
        UsageError: something that must not be written.
        InsufficientSecurity: the digest to sign with is not allowed.
    """
    if not TOKEN.fullmatch(token) or not _PRODUCT.fullmatch(reporting_ua):
        raise UsageError("a receipt needs a token of 16 to 48 letters and digits, and the name of who makes it")
    entity = _report(answered, reporting_ua, token, text)
    if signing is not None:
        entity = _signed(entity, signing, token)
    address = Address(
        message_id=message_id,
        as2_from=None if by_mail else answered.receiver,
        as2_to=None if by_mail else answered.sender,
        subject="Receipt of your message",
        date=date,
    )
    fields = address.fields()
    if features and not by_mail:
        fields.append(("EDIINT-Features", write_features(features)))
    return Built(headers=Headers.to_write((*fields, *entity.headers.fields)), body=whole(entity.body))


def _report(answered: Answered, reporting_ua: str, token: str, text: str) -> Entity:
    """The multipart/report (RFC 6522, 3): text for people, then the notification."""
    parts = [Memory(_text_part(text or words(answered.disposition))), Memory(_notification(answered, reporting_ua))]
    return multipart("report", parts, f"{token}-report", "; report-type=disposition-notification")


def words(disposition: Disposition) -> str:
    """A sentence for people that says no more than the disposition."""
    return _WORDS[disposition.kind].format(text=disposition.text or "no reason is given")


def _text_part(text: str) -> bytes:
    lines = _UNPRINTABLE.sub("", text[:_TEXT_LIMIT].replace("\r\n", "\n")).split("\n")
    raw = "".join(f"{line}\r\n" for line in lines).encode("utf-8", "replace")
    plain = raw.isascii() and all(len(line) <= 900 for line in lines)
    head = Headers(
        (
            ("Content-Type", f"text/plain; charset={'us-ascii' if plain else 'utf-8'}"),
            ("Content-Transfer-Encoding", "7bit" if plain else "base64"),
        )
    )
    return head.block() + (raw if plain else base64_lines(raw))


def _notification(answered: Answered, reporting_ua: str) -> bytes:
    """The notification itself (RFC 8098, 3.1; RFC 4130, 7.4.3), a block of fields within a part."""
    recipient = f"rfc822; {write_name(answered.receiver)}"
    fields = [
        ("Reporting-UA", reporting_ua),
        ("Original-Recipient", recipient),
        ("Final-Recipient", recipient),
        ("Original-Message-ID", read_message_id(answered.message_id)),
        ("Disposition", answered.disposition.field()),
    ]
    if answered.mic is not None:
        fields.append(("Received-content-MIC", str(answered.mic)))
    head = Headers((("Content-Type", "message/disposition-notification"), ("Content-Transfer-Encoding", "7bit")))
    return head.block() + Headers(tuple(fields)).block()


def _signed(entity: Entity, signing: Signing, token: str) -> Entity:
    content = joined(entity)
    signature = sign(
        digests(chunks(content), (signing.digest,))[signing.digest],
        digest_name=signing.digest,
        signer=signing.signer,
        chain=signing.chain,
        signing_time=signing.time,
        allowed=signing.allowed,
    )
    return signed(content, signature, signing.digest, token, dashed=signing.dashed)
