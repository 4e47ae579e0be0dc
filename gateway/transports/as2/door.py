"""The AS2 door: an ASGI application of its own, with no router, session or account in common with any other.

A request is judged by its head first: who sends to whom, from where, how much, and whether it can be what was agreed.
Only then is its body read, into a spool, and only then opened. Message, receipt and work are committed together; the
answer follows.

    nobody agreed on these names, or not from there    one neutral answer for all of these; nothing is read
    too many at once, or our backlog is over its limit 503, come again
    cannot be what was agreed, or too large            its receipt says so; the rest of the body is not read
    does not open                                      its receipt says so, in the words of its kind
    the same again                                     the receipt of the first, byte for byte
    another under the same Message-ID                  its receipt says error; it waits for a person
    a receipt for a message of ours                    kept, and believed if it has earned it: 200 without content
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

import structlog
from starlette.types import Receive, Scope, Send

from gateway.as2.disposition import Disposition, of_error
from gateway.as2.errors import As2Error, InsufficientSecurity, OverLimit, UnknownRelationship
from gateway.as2.limits import DEFAULT
from gateway.as2.receipt import is_receipt
from gateway.errors import Busy, MachineError
from gateway.parcel import Content
from gateway.pipeline.messages import Answer, MessageIntake, ReceiptBook
from gateway.pipeline.ports import Blobs, Receipts, SpoolFile
from gateway.transports.as2 import audit
from gateway.transports.as2.answering import Answers
from gateway.transports.as2.body import BodyLimits, Gone, TooSlow, read_body
from gateway.transports.as2.counts import Allowance, InHand
from gateway.transports.as2.envelope import Envelope, read_envelope
from gateway.transports.as2.party import Parties, Party
from gateway.transports.as2.response import (
    TEXT,
    Response,
    busy_answer,
    come_again,
    not_here,
    send_response,
    with_receipt,
)
from gateway.transports.as2.returned import WORTHLESS, receive_receipt
from gateway.transports.as2.taking import Taken, message_of, take
from gateway.transports.as2.threads import Threads

log = structlog.get_logger("gateway.as2")

_CONFLICT = Disposition("processed", "error", "unexpected-processing-error")
_CONFLICT_TEXT = "Another message was received before under this Message-ID."


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorLimits:
    """What the door puts up with.

    `kept_bytes`: the most of a refused message that is kept for people to look at. `refusals_an_hour`: refused messages
    and worthless receipts that are stored, of each address; `strangers_an_hour`: events about strangers.
    `step_seconds`: what was read and does not open is answered at a multiple of this time after it was read.
    """

    body: BodyLimits = field(default_factory=BodyLimits)
    at_once: int = 500
    at_once_per_address: int = 50
    large_at_once: int = 2
    large_bytes: int = 4 * 1024 * 1024
    kept_bytes: int = 1024 * 1024
    refusals_an_hour: int = 600
    strangers_an_hour: int = 6
    step_seconds: float = 0.1
    threads: int = 4


class As2Door:
    """The application. `wake` is called when a receipt waits to be sent later; `clock` is aware UTC time."""

    def __init__(
        self,
        *,
        parties: Parties,
        intake: MessageIntake,
        blobs: Blobs,
        receipts: Receipts,
        book: ReceiptBook,
        answers: Answers,
        clock: Callable[[], datetime],
        limits: DoorLimits | None = None,
        wake: Callable[[], None] = lambda: None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._parties, self._intake, self._blobs = parties, intake, blobs
        self._receipts, self._book, self._answers = receipts, book, answers
        self._clock, self._wake = clock, wake
        self._limits = limits or DoorLimits()
        self._threads = Threads(self._limits.threads)
        self._in_hand = InHand(self._limits.at_once_per_address)
        self._count = 0
        self._large = asyncio.Semaphore(self._limits.large_at_once)
        self._refusals = Allowance(self._limits.refusals_an_hour, 3600.0, monotonic)
        self._strangers = Allowance(self._limits.strangers_an_hour, 3600.0, monotonic)

    def close(self) -> None:
        """Let what is being opened end. Call it when the listener is closed."""
        self._threads.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            return
        client = scope.get("client")
        remote = client[0] if client else ""
        try:
            response = await self._answered(scope, receive, remote)
        except Gone:
            audit.line("message", "the sender hung up before the end; nothing is kept", remote=remote)
            return
        except Exception:
            log.exception("as2 request failed", remote=remote)
            response = Response(503, (*TEXT, ("Retry-After", "60")), MachineError.partner_sees.encode())
        await send_response(send, response)

    async def _answered(self, scope: Scope, receive: Receive, remote: str) -> Response:
        refused = not_here(scope)
        if refused is not None:
            return refused
        if self._count >= self._limits.at_once:
            return busy_answer(remote, Busy("too many requests at once"))
        self._count += 1
        try:
            with self._in_hand.one(remote) as room:
                if not room:
                    return busy_answer(remote, Busy("too many requests at once from this address"))
                return await self._judged(scope, receive, remote)
        finally:
            self._count -= 1

    async def _judged(self, scope: Scope, receive: Receive, remote: str) -> Response:
        try:
            envelope = read_envelope(scope["headers"], remote=remote, received_at=self._clock())
        except As2Error as wrong:
            audit.line("message", f"refused: {wrong}", remote=remote, level="warning")
            return Response(400, TEXT, wrong.partner_sees.encode())
        party = self._parties(envelope.as2_from, envelope.as2_to)
        if party is None or not party.admits(remote):
            return await self._stranger(envelope)
        try:
            self._intake.admit(party.channel)
            return await self._message(envelope, party, receive)
        except TooSlow:
            _told(envelope, party, "refused: too slow; nothing is kept", level="warning")
            return Response(408, TEXT, b"too slow")
        except (Busy, MachineError) as later:
            _told(envelope, party, f"not stored: {later}", level="warning")
            return come_again(later)

    async def _message(self, envelope: Envelope, party: Party, receive: Receive) -> Response:
        body: SpoolFile | None = None
        now = asyncio.get_running_loop().time
        read_at = now()
        try:
            body = await self._body(envelope, party, receive)
            read_at = now()
            if envelope.claimed in ("report", "multipart-signed"):
                if await self._threads.run(is_receipt, envelope.headers, body):
                    return await self._receipt(envelope, party, body)
                if party.terms.receive.encrypted:
                    raise _not_encrypted(envelope)
            taken = await self._opened(envelope, party, body)
        except As2Error as wrong:
            refused = await self._refused(envelope, party, wrong, body)
            if body is not None:  # how far it was opened shows in the words to nobody, and not in the time either
                step = self._limits.step_seconds
                await asyncio.sleep(step - (now() - read_at) % step)
            return refused
        finally:
            if body is not None:
                body.discard()
        return await self._handed_in(envelope, party, taken)

    async def _body(self, envelope: Envelope, party: Party, receive: Receive) -> SpoolFile:
        """The body, if the head lets it pass. Raises As2Error."""
        most, claimed = party.terms.max_file_bytes, envelope.claimed
        if envelope.wrong is not None:
            raise envelope.wrong
        if claimed == "report":
            most = DEFAULT.receipt
        elif party.terms.receive.encrypted and claimed != "cms":
            most = min(most, DEFAULT.receipt)  # all that it may be is a signed receipt
            if claimed != "multipart-signed" or (envelope.length or 0) > most:
                raise _not_encrypted(envelope)
        elif party.terms.receive.signed and claimed == "plain":
            raise InsufficientSecurity("the message is neither signed nor encrypted, and has to be")
        if envelope.length is not None and envelope.length > most:
            raise OverLimit(f"a message of {envelope.length} bytes, {most} are taken")
        return await read_body(
            receive, most_bytes=most, blobs=self._blobs, limits=self._limits.body, threads=self._threads
        )

    async def _opened(self, envelope: Envelope, party: Party, body: SpoolFile) -> Taken:
        if body.size <= self._limits.large_bytes:
            return await self._threads.run(take, envelope, party, body, self._blobs, self._answers)
        async with self._large:
            return await self._threads.run(take, envelope, party, body, self._blobs, self._answers)

    # ------------------------------------------------------------------------------------------ what becomes of it

    async def _handed_in(self, envelope: Envelope, party: Party, taken: Taken) -> Response:
        kept = await self._intake.receive_together(taken.parcels, taken.message)
        if kept.outcome == "other":
            return await self._conflict(envelope, party, taken, kept.id)
        result = "taken" if kept.outcome == "stored" else "the same again: the stored receipt"
        _told(envelope, party, result, size=taken.message.size, parts=len(taken.parcels))
        answer, mine = kept.answer or taken.message.answer, taken.message.answer
        if answer is not None and answer.url and mine is not None and mine.url:
            self._wake()
            return Response(200)
        return with_receipt(answer) if mine is not None else Response(200)

    async def _conflict(self, envelope: Envelope, party: Party, taken: Taken, earlier: str) -> Response:
        reason = f"its Message-ID was used for {earlier}, with other content"
        wanted = taken.message.answer.url if taken.message.answer is not None else ""
        answer = await self._threads.run(
            lambda: self._answers.receipt(envelope, party, _CONFLICT, text=_CONFLICT_TEXT, url=wanted)
        )
        message = replace(taken.message, state="conflict", reason=reason, answer=answer)
        await self._intake.receive_together(taken.parcels, message)
        _told(envelope, party, f"quarantined: {reason}", size=message.size, level="warning")
        if answer is not None and answer.url:
            self._wake()
            return Response(200)
        return with_receipt(answer) if answer is not None else Response(409, TEXT, _CONFLICT_TEXT.encode())

    async def _refused(self, envelope: Envelope, party: Party, wrong: As2Error, body: SpoolFile | None) -> Response:
        """The one way for everything that does not open. The answer stays on the connection: who could not prove who
        they are, do not get us to call anybody.
        """
        size = body.size if body is not None else envelope.length or 0
        answer, content = await self._threads.run(self._bad_news, envelope, party, wrong, body)
        if self._refusals.take(envelope.remote):
            message = message_of(
                envelope, party, content=content, size=size, state="refused", reason=str(wrong), answer=answer
            )
            await self._intake.receive_together((), message)
        _told(envelope, party, f"refused: {wrong}", size=size, disposition=wrong.disposition, level="warning")
        return with_receipt(answer) if answer is not None else Response(400, TEXT, wrong.partner_sees.encode())

    def _bad_news(
        self, envelope: Envelope, party: Party, wrong: As2Error, body: SpoolFile | None
    ) -> tuple[Answer | None, Content | None]:
        answer = self._answers.receipt(envelope, party, of_error(wrong), text=wrong.partner_sees)
        kept = body is not None and body.size <= self._limits.kept_bytes
        return answer, body.seal() if body is not None and kept else None

    async def _receipt(self, envelope: Envelope, party: Party, body: SpoolFile) -> Response:
        room = self._refusals.left(envelope.remote)
        came = await self._threads.run(receive_receipt, envelope, party, body, self._receipts, self._book, room)
        if came.outcome in WORTHLESS:
            self._refusals.take(envelope.remote)
        level = "info" if came.outcome in ("confirmed", "refused") else "warning"
        told = {"about": came.original_message_id, "disposition": came.disposition}
        _told(envelope, party, f"{came.outcome}: {came.reason}", operation="receipt", level=level, told=told)
        if came.outcome == "unreadable":
            return Response(400, TEXT, b"The receipt cannot be read.")
        return Response(200)

    async def _stranger(self, envelope: Envelope) -> Response:
        """One answer, whether it is the sender, the receiver, the pair or the address that nobody agreed on."""
        if self._strangers.take(envelope.remote):
            await self._threads.run(
                lambda: self._book.stranger(as2_from=envelope.as2_from, as2_to=envelope.as2_to, remote=envelope.remote)
            )
        audit.line(
            "message",
            "refused: unknown",
            remote=envelope.remote,
            as2_from=envelope.as2_from,
            as2_to=envelope.as2_to,
            message_id=envelope.message_id,
            level="warning",
        )
        unknown = UnknownRelationship("no channel")
        if envelope.request is None or envelope.request.url is not None:
            return Response(403, TEXT, unknown.partner_sees.encode())
        return with_receipt(self._answers.receipt(envelope, None, of_error(unknown), text=unknown.partner_sees))


def _not_encrypted(envelope: Envelope) -> InsufficientSecurity:
    return InsufficientSecurity(f"the message is {envelope.claimed} and not encrypted, and has to be")


def _told(
    envelope: Envelope,
    party: Party,
    result: str,
    *,
    operation: str = "message",
    level: str = "info",
    size: int | None = None,
    told: Mapping[str, object] | None = None,
    **about: object,
) -> None:
    audit.line(
        operation,
        result,
        remote=envelope.remote,
        level=level,
        channel=party.channel,
        as2_from=envelope.as2_from,
        message_id=envelope.message_id,
        size=size,
        **{**(told or {}), **about},
    )
