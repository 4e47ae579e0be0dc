"""Opening a mail and laying out what is in it, in a thread: from its bytes to parcels and a receipt.

Nothing here is durable yet: the caller hands the result in, in one piece.
"""

from collections.abc import Sequence

import structlog

from gateway.as2.algorithms import DIGESTS
from gateway.as2.disposition import PROCESSED
from gateway.as2.errors import As2Error, UnsupportedFormat
from gateway.as2.source import Source
from gateway.as2.unpack import Part, Unpacked, unpack
from gateway.errors import MachineError
from gateway.parcel import Content, Parcel
from gateway.pipeline.ports import Blobs
from gateway.transports.as2.envelope import Envelope
from gateway.transports.as2.taking import Spools, Taken, message_of, security_of
from gateway.transports.mail.documents import documents
from gateway.transports.mail.letter import wanted_at
from gateway.transports.mail.party import MailParty
from gateway.transports.mail.receipts import MailAnswers, receiver

log = structlog.get_logger("gateway.mail")

_MOST_LEFT_OUT = 200


class NoDocument(UnsupportedFormat):
    """It was opened, and there is nothing in it for us. Said plainly: what proved itself, or needed none, is told."""

    partner_sees = (
        "No document was found in the message: an attachment of the type application/edi-x12, or one that begins "
        "with ISA, is needed; winmail.dat, archives and PDF are not read."
    )


def take(envelope: Envelope, party: MailParty, mail: Source, body: Source, blobs: Blobs, answers: MailAnswers) -> Taken:
    """Open a mail. Raises As2Error when it has to be refused, MachineError when it can come again."""
    spools = Spools(blobs)
    try:
        unpacked = unpack(
            envelope.headers,
            body,
            policy=party.policy(),
            keys=party.keys(envelope.received_at),
            trusted=party.trusted(envelope.received_at),
            scratch=spools.new,
            digest_names=DIGESTS,
        )
        found, left_out = documents(unpacked.payloads)
        if not found:
            raise NoDocument(f"no document among {len(unpacked.payloads)} parts: {_kinds(left_out)}")
        contents = [spools.sealed(part.source) for part in found]
        whole = spools.sealed(mail)
    except (As2Error, MachineError):
        raise
    except MemoryError as scarce:
        raise MachineError("not enough memory to open a mail") from scarce
    except Exception as fault:  # ours, or a case nobody thought of: the partner is told that it was not taken
        log.exception("mail opening failed", channel=party.channel, remote=envelope.remote)
        raise As2Error(f"the gateway itself failed on it: {type(fault).__name__}") from fault
    finally:
        spools.discard()
    return _taken(envelope, party, answers, unpacked, found, left_out, contents, whole)


def _taken(
    envelope: Envelope,
    party: MailParty,
    answers: MailAnswers,
    unpacked: Unpacked,
    found: Sequence[Part],
    left_out: Sequence[Part],
    contents: Sequence[Content],
    whole: Content,
) -> Taken:
    parcels = [
        Parcel(
            channel=party.channel,
            door="mail",
            content=content,
            received_at=envelope.received_at,
            file_name=part.file_name,
            remote=envelope.remote,
        )
        for part, content in zip(found, contents, strict=True)
    ]
    mic = unpacked.mic(envelope.request)
    security = security_of(unpacked) | ({"left_out": _kinds(left_out)} if left_out else {})
    message = message_of(
        envelope,
        party,
        content=whole,
        reason=_elsewhere(envelope, party),
        mics=unpacked.mics,
        security=security,
        content_types=[part.content_type for part in found],
        answer=answers.receipt(envelope, party, PROCESSED, mic=mic),
    )
    return Taken(parcels, message)


def _elsewhere(envelope: Envelope, party: MailParty) -> str:
    if envelope.request is None:
        return ""
    if party.relay is None:
        return "its receipt cannot be sent: the channel has no relay"
    if receiver(envelope, party) != wanted_at(envelope.request):
        return "its receipt is wanted at an address that is not agreed, and goes to the sender"
    return ""


def _kinds(parts: Sequence[Part]) -> str:
    return ", ".join(part.content_type[:60] for part in parts)[:_MOST_LEFT_OUT]
