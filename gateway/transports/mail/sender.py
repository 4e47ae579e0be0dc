"""The mail client: carries one file to one partner, as a mail that is made once and sent as often as it takes."""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gateway.as2.algorithms import micalg
from gateway.as2.cms.identity import KeyPair
from gateway.as2.headers import Headers
from gateway.as2.pack import Address, Packed, PackProfile, Payload, pack
from gateway.as2.request import MdnRequest, read_request
from gateway.errors import ConfigurationError, GatewayError
from gateway.partners.certificates import Dated
from gateway.partners.channel import MailChannel
from gateway.partners.mail_form import MailSending
from gateway.pipeline.outbound.send import Carriage, Carried
from gateway.pipeline.ports import Blobs
from gateway.pipeline.sent_messages import SentMessage, SentMessages
from gateway.transports.as2 import naming
from gateway.transports.as2.sender import Identity, Notes, SpoolsToPack, StoredToPack, made_once, secured_by
from gateway.transports.as2.sender import profile as secured_profile
from gateway.transports.mail.relay import Relay


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What every sender of a node has in common."""

    sent: SentMessages
    notes: Notes
    blobs: Blobs
    clock: Callable[[], datetime]
    token: Callable[[], str] = lambda: secrets.token_hex(16)


class MailSender:
    """The `Sender` of one mail channel. The mail is stored, with what judges its receipt, before the relay sees it."""

    def __init__(self, channel: MailChannel, identity: Identity, relay: Relay, desk: Desk) -> None:
        if channel.send is None:
            raise ConfigurationError("the channel has no `send`: nothing goes out by it")
        self._channel, self._terms, self._identity = channel, channel.send, identity
        self._relay, self._desk = relay, desk

    async def send(self, carried: Carried) -> Carriage:
        """Carry one file. Never raises for what the relay answers, nor for what is wrong on our side: that may be
        mended while the file waits.
        """
        most = self._relay.form.max_message_bytes
        try:
            message = await asyncio.to_thread(made_once, carried, self._desk.sent, self._desk.notes, self._made)
            if message.content.size > most:
                return Carriage(
                    kind="refused", detail=f"a mail of {message.content.size} bytes; the relay takes {most}"
                )
            mail = await asyncio.to_thread(self._read, message)
        except (GatewayError, ValueError) as wrong:
            return Carriage(kind="retry", detail=f"not sent: {wrong}")
        handed = await self._relay.hand_over(
            sender=self._channel.our_address, recipient=self._terms.to, mail=mail, seconds=self._terms.timeout_seconds
        )
        if handed.kind != "taken":
            return Carriage(kind=handed.kind, detail=handed.detail)
        if read_request(Headers(message.headers)) is None:
            return Carriage(kind="carried", detail=f"{handed.detail}; no receipt is agreed")
        due = self._desk.clock() + timedelta(minutes=self._terms.mdn_minutes)
        return Carriage(kind="awaiting", detail=f"{handed.detail}; its receipt is to follow", answer_due_at=due)

    async def close(self) -> None:
        """Nothing is kept open."""

    # ------------------------------------------------------------------------------------------ made once

    def _made(self, carried: Carried) -> SentMessage:
        now, spools = self._desk.clock(), SpoolsToPack(self._desk.blobs)
        try:
            encrypted_for = self._identity.recipient(now) if self._terms.encrypt else None
            signing = self._identity.signer(now) if self._terms.sign else None
            packed = self._packed(carried, now, spools, encrypted_for, signing)
            return SentMessage(
                channel=carried.channel,
                carried_id=carried.message_id,
                message_id=naming.message_id(carried.message_id, self._domain),
                headers=(("From", self._channel.our_address), ("To", self._terms.to), *packed.headers.fields),
                content=spools.sealed(packed),
                mics=packed.mics,
                packed_at=now,
                security=secured_by(self._terms, encrypted_for, signing),
            )
        finally:
            spools.discard()

    @property
    def _domain(self) -> str:
        return self._channel.our_address.rpartition("@")[2]

    def _packed(
        self,
        carried: Carried,
        now: datetime,
        spools: SpoolsToPack,
        encrypted_for: Dated | None,
        signing: KeyPair | None,
    ) -> Packed:
        terms = self._terms
        payload = Payload(
            source=StoredToPack(self._desk.blobs, carried.content),
            content_type=terms.content_type,
            file_name=carried.name if terms.file_names else None,
        )
        return pack(
            [payload],
            profile=profile(terms),
            address=Address(
                message_id=naming.message_id(carried.message_id, self._domain), subject=terms.subject, date=now
            ),
            token=self._desk.token(),
            scratch=spools.new,
            signer=signing,
            recipients=[encrypted_for.certificate] if encrypted_for else [],
            request=request(terms, self._channel.our_address),
            signing_time=now,
        )

    def _read(self, message: SentMessage) -> bytes:
        body = b"".join(self._desk.blobs.chunks(message.content))
        return Headers.to_write(message.headers).block() + body


def profile(terms: MailSending) -> PackProfile:
    """How a partner wants what we send, as the packer takes it; in what mail servers leave alone."""
    return replace(secured_profile(terms), transfer=terms.transfer)


def request(terms: MailSending, our_address: str) -> MdnRequest | None:
    """The receipt to ask for: by mail, to the address that finds the channel."""
    if terms.mdn == "none":
        return None
    dashed = terms.micalg_spelling == "sha-256"
    micalgs = (micalg(terms.digest, dashed=dashed),) if terms.mdn_signed else ()
    return MdnRequest(notify=our_address, signed=terms.mdn_signed, micalgs=micalgs)
