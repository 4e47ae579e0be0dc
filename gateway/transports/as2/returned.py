"""A receipt that comes by itself for a message of ours: kept whatever it is worth, believed when it has earned it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography import x509

from gateway.as2.errors import As2Error
from gateway.as2.headers import Headers
from gateway.as2.receipt import Mdn
from gateway.as2.receipt import read as read_receipt
from gateway.as2.source import Source, whole
from gateway.partners.certificates import fingerprint
from gateway.pipeline.messages import CameBack, ReceiptBook
from gateway.pipeline.outbound.send import Awaited, Verdict
from gateway.pipeline.ports import Receipts
from gateway.transports.as2 import naming
from gateway.transports.as2.envelope import Envelope
from gateway.transports.as2.judge import evidence, settling, weigh
from gateway.transports.as2.party import Party


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A receipt as it came by a channel. `their_id` is the name that the partner has at that door."""

    channel: str
    remote: str
    received_at: datetime
    headers: Headers
    their_id: str
    trusted: Sequence[x509.Certificate]
    allowed: frozenset[str]


WORTHLESS: Final = frozenset({"unreadable", "unknown"})
"""Outcomes of what says nothing of anything that we sent: anybody can make as many as they like."""


def receive_receipt(
    envelope: Envelope, party: Party, body: Source, receipts: Receipts, book: ReceiptBook, room: bool
) -> CameBack:
    """The same for the AS2 door."""
    letter = Letter(
        channel=party.channel,
        remote=envelope.remote,
        received_at=envelope.received_at,
        headers=envelope.headers,
        their_id=party.terms.their_id,
        trusted=party.trusted(envelope.received_at),
        allowed=party.terms.receive.allowed,
    )
    return receive(letter, body, receipts, book, room)


def receive(letter: Letter, body: Source, receipts: Receipts, book: ReceiptBook, room: bool) -> CameBack:
    """Read, keep and settle, in this order: what is kept twice does no harm. Raises MachineError.

    Only a file that went out by this very channel is touched: a receipt of one partner says nothing for another's.
    One that is worthless is kept only while there is `room` for such: nobody who is unknown to us fills our disk.
    """
    came, verdict = _weighed(letter, body, receipts)
    if room or came.outcome not in WORTHLESS:
        book.keep(came)
    if verdict is not None:
        receipts.settle(*verdict)
    return came


def _weighed(letter: Letter, body: Source, receipts: Receipts) -> tuple[CameBack, tuple[str, Verdict] | None]:
    raw = whole(body)
    try:
        mdn = read_receipt(
            letter.headers,
            body,
            trusted=letter.trusted,
            allowed=letter.allowed,
        )
    except As2Error as wrong:
        return _came(letter, raw, outcome="unreadable", reason=str(wrong)), None
    awaited = receipts.awaited(naming.carried_id(mdn.original_message_id)) if mdn.original_message_id else None
    mine = awaited if awaited is not None and awaited.channel == letter.channel else None
    sent = naming.noted(mine.notes) if mine is not None else None
    if mine is not None and mine.earlier and naming.alike(mdn.original_message_id or "", sent):
        return _came(letter, raw, outcome="earlier", reason=_of_a_copy(mdn, mine), mdn=mdn, subject=mine.id), None
    if mine is None or mine.earlier or sent is None:
        reason = f"nothing was sent here as {mdn.original_message_id or 'no message'}"
        return _came(letter, raw, outcome="unknown", reason=reason, mdn=mdn), None
    weighed = weigh(mdn, sent, their_id=letter.their_id)
    came = _came(letter, raw, outcome=weighed.outcome, reason=weighed.reason, mdn=mdn, subject=mine.id)
    verdict = settling(weighed, evidence(letter.headers, raw))
    return came, (mine.message_id, verdict) if verdict is not None else None


def _of_a_copy(mdn: Mdn, sent: Awaited) -> str:
    which = "the first copy" if sent.earlier == 1 else f"copy {sent.earlier}"
    signed = "signed by the partner" if mdn.signed_by is not None else "without a signature of the partner's"
    return (
        f"it is for {which}, {mdn.original_message_id}, of what went again since as {sent.message_id}: it says "
        f"{mdn.disposition}, {signed}; it is evidence of that copy, and nothing moves by it"
    )


def _came(
    letter: Letter,
    raw: bytes,
    *,
    outcome: str,
    reason: str,
    mdn: Mdn | None = None,
    subject: str = "",
) -> CameBack:
    return CameBack(
        channel=letter.channel,
        remote=letter.remote,
        received_at=letter.received_at,
        headers=letter.headers.fields,
        body=raw,
        outcome=outcome,
        reason=reason,
        original_message_id=(mdn.original_message_id or "") if mdn else "",
        disposition=str(mdn.disposition) if mdn else "",
        mic=mdn.mic_text if mdn else "",
        signed_by=fingerprint(mdn.signed_by) if mdn is not None and mdn.signed_by is not None else "",
        subject=subject,
    )
