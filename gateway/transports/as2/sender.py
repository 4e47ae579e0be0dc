"""The AS2 client: carries one file to one partner, as a message that is made once and sent as often as it takes."""

import asyncio
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from aiohttp import ClientSession

from gateway.as2.algorithms import DEFAULT_DIGESTS, micalg
from gateway.as2.cms.identity import KeyPair
from gateway.as2.headers import Headers
from gateway.as2.names import write_name
from gateway.as2.pack import Address, Packed, PackProfile, Payload, pack
from gateway.as2.receipt import Sent
from gateway.as2.request import MdnRequest, read_request
from gateway.as2.source import Scratch, chunks
from gateway.errors import ConfigurationError, GatewayError
from gateway.parcel import Content
from gateway.partners.as2_terms import Packing, Sending
from gateway.partners.certificates import Dated, fingerprint, recipient, signer, trusted
from gateway.partners.channel import As2Channel
from gateway.pipeline.outbound.send import Carriage, Carried
from gateway.pipeline.ports import Blobs, SpoolFile
from gateway.pipeline.sent_messages import SentMessage, SentMessages
from gateway.transports.as2 import naming
from gateway.transports.as2.judge import Answer, Asked, NoAnswer, judge
from gateway.transports.as2.post import Wire, open_session, post


class Notes(Protocol):
    """What of the `Receipts` port the client needs."""

    def note(self, id: str, notes: Mapping[str, str]) -> None:
        """Keep, durably, what a door has to know of a file."""


@dataclass(slots=True, kw_only=True)
class Identity:
    """Who is who at one channel: the partner's certificates and keys of ours, each in its time.

    `pairs` are our keys by name: each of `keys` is in it. Door and sender of a channel share one, and it may become
    another between two messages.
    """

    theirs: Sequence[Dated]
    keys: Sequence[Dated]
    pairs: Mapping[str, KeyPair]

    def become(self, other: "Identity") -> None:
        """Take over what is authored now. Whoever looks meanwhile, in another thread, finds each key that is named."""
        self.pairs = {**self.pairs, **other.pairs}
        self.keys, self.theirs = other.keys, other.theirs

    def signer(self, now: datetime) -> KeyPair:
        """The key to sign with. Raises ConfigurationError."""
        found = signer(self.keys, now)
        if found is None:
            raise ConfigurationError("no key of ours is in force to sign with: gateway partner certificate new-key")
        return self.pairs[found.name]

    def recipient(self, now: datetime) -> Dated:
        """The certificate to encrypt for. Raises ConfigurationError."""
        found = recipient(self.theirs, now)
        if found is None:
            raise ConfigurationError(
                "no certificate of the partner is in force to encrypt for: gateway partner certificate add"
            )
        return found


class As2Sender:
    """The `Sender` of one AS2 channel. Use it on one loop, and close it there.

    `channel` has `send`; `notes` is the road's `Receipts`. The message is stored, with what judges its receipt, before
    the first byte goes out.
    """

    def __init__(
        self,
        channel: As2Channel,
        identity: Identity,
        *,
        sent: SentMessages,
        notes: Notes,
        blobs: Blobs,
        wire: Wire,
        clock: Callable[[], datetime],
        token: Callable[[], str] = lambda: secrets.token_hex(16),
    ) -> None:
        if channel.send is None:
            raise ConfigurationError("the channel has no `send`: nothing goes out by it")
        self._channel, self._terms, self._identity = channel, channel.send, identity
        self._sent, self._notes, self._blobs = sent, notes, blobs
        self._wire, self._clock, self._token = wire, clock, token
        self._session: ClientSession | None = None

    async def send(self, carried: Carried) -> Carriage:
        """Carry one file. Never raises for what the partner answers, nor for what is wrong on our side: that may be
        mended while the file waits.
        """
        try:
            session = self._session = self._session or open_session(self._wire)
            message = await asyncio.to_thread(made_once, carried, self._sent, self._notes, self._made)
        except (GatewayError, ValueError) as wrong:
            return Carriage(kind="retry", detail=f"not sent: {wrong}")
        answer = await post(session, self._wire, message.headers, message.content, self._blobs)
        return await asyncio.to_thread(self._judged, answer, message, again=carried.again)

    async def close(self) -> None:
        """Close every connection."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _judged(self, answer: Answer | NoAnswer, message: SentMessage, *, again: bool) -> Carriage:
        """By what was asked for when the message was made, whatever is agreed now."""
        now = self._clock()
        request = read_request(Headers(message.headers))
        asked = Asked(
            sent=_sent(message),
            their_id=self._channel.their_id,
            mdn="none" if request is None else "sync" if request.url is None else "async",
            mdn_minutes=self._terms.mdn_minutes,
            trusted=trusted(self._identity.theirs, now),
            allowed=self._channel.receive.allowed,
            again=again,
        )
        return judge(answer, asked, now)

    # ------------------------------------------------------------------------------------------ made once

    def _made(self, carried: Carried) -> SentMessage:
        now, spools = self._clock(), SpoolsToPack(self._blobs)
        try:
            encrypted_for = self._identity.recipient(now) if self._terms.encrypt else None
            signing = self._identity.signer(now) if self._terms.sign else None
            packed = self._packed(carried, now, spools, encrypted_for, signing)
            return SentMessage(
                channel=carried.channel,
                carried_id=carried.message_id,
                message_id=naming.message_id(carried.message_id, self._channel.our_id),
                headers=packed.headers.fields,
                content=spools.sealed(packed),
                mics=packed.mics,
                packed_at=now,
                security=secured_by(self._terms, encrypted_for, signing),
            )
        finally:
            spools.discard()

    def _packed(
        self,
        carried: Carried,
        now: datetime,
        spools: "SpoolsToPack",
        encrypted_for: Dated | None,
        signing: KeyPair | None,
    ) -> Packed:
        terms, ours = self._terms, self._channel.our_id
        payload = Payload(
            source=StoredToPack(self._blobs, carried.content),
            content_type=terms.content_type,
            file_name=carried.name if terms.file_names else None,
        )
        return pack(
            [payload],
            profile=profile(terms),
            address=Address(
                message_id=naming.message_id(carried.message_id, ours),
                as2_from=ours,
                as2_to=self._channel.their_id,
                subject=terms.subject,
                date=now,
            ),
            token=self._token(),
            scratch=spools.new,
            signer=signing,
            recipients=[encrypted_for.certificate] if encrypted_for else [],
            request=request(terms, ours),
            signing_time=now,
        )


def made_once(
    carried: Carried, sent: SentMessages, notes: Notes, make: Callable[[Carried], SentMessage]
) -> SentMessage:
    """The message of this file: the stored one, or a new one, stored and noted before this returns."""
    message = sent.kept(carried.channel, carried.message_id)
    if message is None:
        message = sent.keep(make(carried))
    wanted = naming.notes(_sent(message))
    if any(carried.notes.get(name) != value for name, value in wanted.items()):
        notes.note(carried.id, wanted)
    return message


def profile(terms: Packing) -> PackProfile:
    """How a partner wants what we send, as the packer takes it."""
    return PackProfile(
        sign=terms.sign,
        digest=terms.digest,
        allowed=DEFAULT_DIGESTS | {terms.digest},
        pss=terms.pss,
        attributes=terms.signed_attributes,
        dashed=terms.micalg_spelling == "sha-256",
        encrypt=terms.encrypt,
        cipher=terms.cipher,
        transport=terms.transport,
        by=terms.named_by,
        compress=None if terms.compress == "no" else terms.compress,
    )


def request(terms: Sending, our_id: str) -> MdnRequest | None:
    """The receipt to ask for. That Disposition-Notification-To is there is all that counts (RFC 4130, 7.3)."""
    if terms.mdn == "none":
        return None
    dashed = terms.micalg_spelling == "sha-256"
    return MdnRequest(
        notify=write_name(our_id),
        url=terms.mdn_url if terms.mdn == "async" else None,
        signed=terms.mdn_signed,
        micalgs=(micalg(terms.digest, dashed=dashed),) if terms.mdn_signed else (),
    )


def _sent(message: SentMessage) -> Sent:
    asked = read_request(Headers(message.headers))
    return Sent(message_id=message.message_id, mics=message.mics, signed=asked is not None and asked.signed)


def secured_by(terms: Packing, encrypted_for: Dated | None, signing: KeyPair | None) -> dict[str, str]:
    """What people want to know of a message of ours, in words; nothing that is empty."""
    found = {
        "signed_with": fingerprint(signing.certificate) if signing else "",
        "digest": terms.digest if signing else "",
        "encrypted_for": fingerprint(encrypted_for.certificate) if encrypted_for else "",
        "cipher": terms.cipher if encrypted_for else "",
        "transport": terms.transport if encrypted_for else "",
        "compress": terms.compress if terms.compress != "no" else "",
    }
    return {name: value for name, value in found.items() if value}


@dataclass(frozen=True, slots=True)
class StoredToPack:
    """Content of the store as the packer reads it."""

    blobs: Blobs
    content: Content

    @property
    def size(self) -> int:
        """Bytes of it."""
        return self.content.size

    def read(self, offset: int, size: int, /) -> bytes:
        """As in `Source`."""
        return self.blobs.read(self.content, offset, size)


class SpoolsToPack:
    """Places for what is being packed; gone when the message is made or cannot be."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._made: list[SpoolFile] = []

    def new(self) -> Scratch:
        """An empty one."""
        spool = self._blobs.spool()
        self._made.append(spool)
        return spool

    def sealed(self, packed: Packed) -> Content:
        """The body, durable. What was encrypted last is the body already; anything else is put together once more."""
        for spool in self._made:
            if packed.body is spool:
                return spool.seal()
        into = self.new()
        for chunk in chunks(packed.body):
            into.write(chunk)
        return self._made[-1].seal()

    def discard(self) -> None:
        """Remove whatever is left."""
        for spool in self._made:
            spool.discard()
