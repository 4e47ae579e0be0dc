"""Opening a message and laying out what is in it, in a thread: from the body as it came to parcels and a receipt.

Whatever does not open takes one way out, `Refused`, whose words to the partner are those of its kind alone. Nothing
here is durable yet: the caller hands the result in, in one piece.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from gateway.as2.algorithms import DIGESTS
from gateway.as2.disposition import PROCESSED
from gateway.as2.errors import As2Error
from gateway.as2.source import Scratch, Source, chunks
from gateway.as2.unpack import Unpacked, unpack
from gateway.errors import MachineError
from gateway.parcel import Content, Parcel
from gateway.partners.certificates import fingerprint
from gateway.pipeline.messages import Message
from gateway.pipeline.ports import Blobs, SpoolFile
from gateway.transports.as2.answering import Answers
from gateway.transports.as2.envelope import Envelope
from gateway.transports.as2.party import Party, Secured

log = structlog.get_logger("gateway.as2")

ELSEWHERE = "its receipt is wanted at a place that is not agreed, and was given in the answer"


@dataclass(frozen=True, slots=True)
class Taken:
    """What is to be handed in together."""

    parcels: Sequence[Parcel]
    message: Message


class Spools:
    """Places for what is being opened, all gone in the end."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._made: list[SpoolFile] = []

    def new(self) -> Scratch:
        """An empty one."""
        spool = self._blobs.spool()
        self._made.append(spool)
        return spool

    def sealed(self, source: Source) -> Content:
        """A copy of this, durable. Raises MachineError."""
        into = self._blobs.spool()
        self._made.append(into)
        for chunk in chunks(source):
            into.write(chunk)
        return into.seal()

    def discard(self) -> None:
        """Remove whatever is left."""
        for spool in self._made:
            spool.discard()


def take(envelope: Envelope, party: Party, body: SpoolFile, blobs: Blobs, answers: Answers) -> Taken:
    """Open a message. Raises As2Error when it has to be refused, MachineError when it can come again."""
    spools = Spools(blobs)
    try:
        unpacked, contents = _opened(envelope, party, body, spools)
    except (As2Error, MachineError):
        raise
    except MemoryError as scarce:
        raise MachineError("not enough memory to open a message") from scarce
    except Exception as fault:  # ours, or a case nobody thought of: the partner is told that it was not taken
        log.exception("as2 opening failed", channel=party.channel, remote=envelope.remote)
        raise As2Error(f"the gateway itself failed on it: {type(fault).__name__}") from fault
    finally:
        spools.discard()
    return _taken(envelope, party, body, answers, unpacked, contents)


def _opened(envelope: Envelope, party: Party, body: SpoolFile, spools: Spools) -> tuple[Unpacked, list[Content]]:
    if envelope.wrong is not None:
        raise envelope.wrong
    unpacked = unpack(
        envelope.headers,
        body,
        policy=party.policy(),
        keys=party.keys(envelope.received_at),
        trusted=party.trusted(envelope.received_at),
        scratch=spools.new,
        digest_names=DIGESTS,
    )
    return unpacked, [spools.sealed(part.source) for part in unpacked.payloads]


def _taken(
    envelope: Envelope, party: Party, body: SpoolFile, answers: Answers, unpacked: Unpacked, contents: list[Content]
) -> Taken:
    parcels = [
        Parcel(
            channel=party.channel,
            door="as2",
            content=content,
            received_at=envelope.received_at,
            file_name=part.file_name,
            remote=envelope.remote,
        )
        for part, content in zip(unpacked.payloads, contents, strict=True)
    ]
    wanted = envelope.request.url if envelope.request is not None else None
    later = wanted if wanted is not None and party.answers_to(wanted) else ""
    mic = unpacked.mic(envelope.request)
    message = message_of(
        envelope,
        party,
        content=body.seal(),
        reason=ELSEWHERE if wanted is not None and not later else "",
        mics=unpacked.mics,
        security=security_of(unpacked),
        content_types=[part.content_type for part in unpacked.payloads],
        answer=answers.receipt(envelope, party, PROCESSED, mic=mic, url=later),
    )
    return Taken(parcels, message)


def message_of(
    envelope: Envelope, party: Secured, *, content: Content | None, size: int = 0, **about: object
) -> Message:
    """The message as it is stored, whatever became of it."""
    return Message(
        channel=party.channel,
        message_id=envelope.message_id,
        as2_from=envelope.as2_from,
        as2_to=envelope.as2_to,
        remote=envelope.remote,
        received_at=envelope.received_at,
        headers=envelope.headers.fields,
        content=content,
        size=content.size if content is not None else size,
        **about,  # type: ignore[arg-type]  # what differs, by the names of `Message`
    )


def security_of(unpacked: Unpacked) -> dict[str, str]:
    """What people want to know of a message, in words; nothing that is empty."""
    ours = unpacked.decrypted_with
    found = {
        "signed_by": fingerprint(unpacked.signed_by) if unpacked.signed_by is not None else "",
        "digest": unpacked.digest or "",
        "scheme": unpacked.scheme,
        "signing_time": unpacked.signing_time.isoformat() if unpacked.signing_time is not None else "",
        "cipher": unpacked.cipher,
        "transport": unpacked.transport,
        "decrypted_with": fingerprint(ours) if ours is not None else "",
        "compressed": unpacked.compressed or "",
    }
    return {name: value for name, value in found.items() if value}
