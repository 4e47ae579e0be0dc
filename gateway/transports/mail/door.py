"""What becomes of a mail. It knows nothing of SMTP but the answers it gives, each with code and text.

    not to an address of ours, or not from who may write to it   one neutral 550 for all of these, before any content
    over a connection in the clear, where TLS is agreed          530
    too much of us waits, or our disk or database refuse         451: come again
    cannot be what was agreed, does not open, or no document     554, in the words of its kind; it is kept for people
    taken                                                        250, when mail, receipt, parcels and work are durable
    the same again                                               250; the stored receipt goes once more, nothing else
    another under the same Message-ID                            250; set aside for a person, its receipt says error
    a receipt for a mail of ours                                 250; kept, and believed if it has earned it

Whoever could not prove who they are gets no mail from us: what does not open is answered on the connection alone.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import structlog

from gateway.as2.disposition import Disposition
from gateway.as2.errors import As2Error, Malformed, OverLimit, UnsupportedFormat
from gateway.as2.limits import DEFAULT
from gateway.as2.receipt import is_receipt
from gateway.as2.source import Source
from gateway.errors import Busy, MachineError
from gateway.parcel import Content
from gateway.partners.mail_form import folded
from gateway.pipeline.messages import MessageIntake, ReceiptBook
from gateway.pipeline.ports import Blobs, Receipts, SpoolFile
from gateway.transports.as2.counts import Allowance
from gateway.transports.as2.envelope import Envelope
from gateway.transports.as2.returned import WORTHLESS, Letter, receive
from gateway.transports.as2.taking import Taken, message_of
from gateway.transports.as2.threads import Threads
from gateway.transports.mail import audit
from gateway.transports.mail.letter import read_letter
from gateway.transports.mail.party import NOBODY, MailParty
from gateway.transports.mail.receipts import MailAnswers
from gateway.transports.mail.taking import take

log = structlog.get_logger("gateway.mail")

DURABLE: Final = "250 2.0.0 Durable"
NOT_HERE: Final = "550 5.7.1 This mail is not accepted here"
LARGE: Final = "552 5.3.4 The message is larger than agreed"
IN_THE_CLEAR: Final = "530 5.7.0 Begin with STARTTLS"
LATER: Final = "451 4.3.0 It cannot be stored now; send it again later"

_CONFLICT: Final = Disposition("processed", "error", "unexpected-processing-error")
_CONFLICT_TEXT: Final = "Another message was received before under this Message-ID."

Parties = Mapping[str, MailParty]
"""The party by our address, folded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorLimits:
    """What the door puts up with: as at the AS2 door."""

    kept_bytes: int = 1024 * 1024
    refusals_an_hour: int = 600
    strangers_an_hour: int = 6
    threads: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Welcome:
    """A mail that may come: by which channel, from whom, to which address of ours."""

    party: MailParty
    sender: str
    recipient: str
    remote: str


class MailDoor:
    """Decides. `wake` is called when a receipt waits to be sent; `clock` is aware UTC time."""

    def __init__(
        self,
        *,
        parties: Parties,
        intake: MessageIntake,
        blobs: Blobs,
        receipts: Receipts,
        book: ReceiptBook,
        answers: MailAnswers,
        clock: Callable[[], datetime],
        limits: DoorLimits | None = None,
        wake: Callable[[], None] = lambda: None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._parties, self._intake, self.blobs = parties, intake, blobs
        self._receipts, self._book, self._answers = receipts, book, answers
        self._clock, self._wake = clock, wake
        self._limits = limits or DoorLimits()
        self.threads = Threads(self._limits.threads)
        self._refusals = Allowance(self._limits.refusals_an_hour, 3600.0, monotonic)
        self._strangers = Allowance(self._limits.strangers_an_hour, 3600.0, monotonic)

    @property
    def largest(self) -> int:
        """Bytes of the largest mail that anybody may send."""
        return max((party.terms.max_file_bytes for party in self._parties.values()), default=0)

    def close(self) -> None:
        """Let what is being opened end. Call it when the listener is closed."""
        self.threads.close()

    async def admit(self, sender: str, recipient: str, *, remote: str, secure: bool, size: int) -> Welcome | str:
        """Whether a mail may come; the answer that refuses it if not. `size` is what the client said, 0 for nothing."""
        party = self._parties.get(folded(recipient))
        if party is None or not party.admits(sender, remote):
            await self._stranger(sender, recipient, remote)
            return NOT_HERE
        if party.terms.require_tls and not secure:
            return IN_THE_CLEAR
        if size > party.terms.max_file_bytes:
            return LARGE
        try:
            self._intake.admit(party.channel)
        except Busy as busy:
            audit.line("mail", f"not taken: {busy}", remote=remote, channel=party.channel, level="warning")
            return LATER
        return Welcome(party=party, sender=sender, recipient=party.terms.our_address, remote=remote)

    async def judge(self, welcome: Welcome, mail: SpoolFile) -> str:
        """The answer to a mail, which the caller discards. It is durable before this returns a 250."""
        party, envelope = welcome.party, None
        try:
            envelope, body = await self.threads.run(self._read, welcome, mail)
            if await self.threads.run(is_receipt, envelope.headers, body):
                return await self._receipt(envelope, party, body)
            if welcome.sender == NOBODY:
                return self._bounce(envelope, party)
            taken = await self.threads.run(take, envelope, party, mail, body, self.blobs, self._answers)
            return await self._handed_in(envelope, party, taken)
        except As2Error as wrong:
            return await self._refused(welcome, envelope, wrong, mail)
        except (Busy, MachineError) as later:
            _told(welcome, f"not stored: {later}", level="warning")
            return LATER

    def refused_on_the_way(self, welcome: Welcome, answer: str) -> None:
        """A mail that was refused while it came, and of which nothing is kept: the audit line."""
        _told(welcome, f"refused while it came: {answer}", level="warning")

    # ------------------------------------------------------------------------------------------ what becomes of it

    def _read(self, welcome: Welcome, mail: Source) -> tuple[Envelope, Source]:
        return read_letter(
            mail,
            sender=welcome.sender,
            recipient=welcome.recipient,
            remote=welcome.remote,
            received_at=self._clock(),
        )

    async def _handed_in(self, envelope: Envelope, party: MailParty, taken: Taken) -> str:
        kept = await self._intake.receive_together(taken.parcels, taken.message)
        message = taken.message
        if kept.outcome == "other":
            reason = f"its Message-ID was used for {kept.id}, with other content"
            answer = await self.threads.run(
                lambda: self._answers.receipt(envelope, party, _CONFLICT, text=_CONFLICT_TEXT)
            )
            message = replace(message, state="conflict", reason=reason, answer=answer)
            await self._intake.receive_together(taken.parcels, message)
            result, level = f"quarantined: {reason}", "warning"
        else:
            result, level = "taken" if kept.outcome == "stored" else "the same again: the stored receipt", "info"
        _about(envelope, party, result, level=level, size=message.size, parts=len(taken.parcels))
        if message.answer is not None:
            self._wake()
        return DURABLE

    async def _receipt(self, envelope: Envelope, party: MailParty, body: Source) -> str:
        if body.size > DEFAULT.receipt:
            raise OverLimit(f"a receipt of {body.size} bytes, {DEFAULT.receipt} are read")
        letter = Letter(
            channel=party.channel,
            remote=envelope.remote,
            received_at=envelope.received_at,
            headers=envelope.headers,
            their_id=party.terms.send.to if party.terms.send is not None else "",
            trusted=party.trusted(envelope.received_at),
            allowed=party.terms.receive.allowed,
        )
        room = self._refusals.left(envelope.remote)
        came = await self.threads.run(receive, letter, body, self._receipts, self._book, room)
        if came.outcome in WORTHLESS:
            self._refusals.take(envelope.remote)
        level = "info" if came.outcome in ("confirmed", "refused") else "warning"
        _about(envelope, party, f"receipt, {came.outcome}: {came.reason}", level=level, about=came.original_message_id)
        return DURABLE

    def _bounce(self, envelope: Envelope, party: MailParty) -> str:
        """Neither a receipt nor a report, from nobody: no partner sends documents so."""
        _about(envelope, party, "refused: a mail from nobody that is no receipt", level="warning")
        return NOT_HERE

    async def _refused(self, welcome: Welcome, envelope: Envelope | None, wrong: As2Error, mail: SpoolFile) -> str:
        """The one way for everything that does not open: an answer on the connection, and no mail to anybody."""
        size = mail.size
        if envelope is not None and self._refusals.take(welcome.remote):
            content = await self.threads.run(self._kept, mail)
            message = message_of(
                envelope, welcome.party, content=content, size=size, state="refused", reason=str(wrong)
            )
            await self._intake.receive_together((), message)
        _told(welcome, f"refused: {wrong}", level="warning", size=size)
        return f"554 {'5.6.0' if isinstance(wrong, Malformed | UnsupportedFormat) else '5.7.0'} {wrong.partner_sees}"

    def _kept(self, mail: SpoolFile) -> Content | None:
        return mail.seal() if mail.size <= self._limits.kept_bytes else None

    async def _stranger(self, sender: str, recipient: str, remote: str) -> None:
        """One answer, whether it is the sender, the address or the network that nobody agreed on."""
        if self._strangers.take(remote):
            await self.threads.run(
                lambda: self._book.stranger(as2_from=sender[:320], as2_to=recipient[:320], remote=remote)
            )
        audit.line("mail", "refused: unknown", remote=remote, sender=sender, recipient=recipient, level="warning")


def _about(envelope: Envelope, party: MailParty, result: str, *, level: str, **about: object) -> None:
    audit.line(
        "mail",
        result,
        remote=envelope.remote,
        level=level,
        channel=party.channel,
        sender=envelope.as2_from,
        message_id=envelope.message_id,
        **about,
    )


def _told(welcome: Welcome, result: str, *, level: str = "info", **about: object) -> None:
    audit.line(
        "mail",
        result,
        remote=welcome.remote,
        level=level,
        channel=welcome.party.channel,
        sender=welcome.sender,
        **about,
    )
