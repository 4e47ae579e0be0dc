"""Receipts for mails: built once, laid into the row of their mail, and sent from there (RFC 3335, 5)."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from gateway.as2.disposition import Disposition
from gateway.as2.mdn import Answered, build
from gateway.as2.mic import Mic
from gateway.pipeline.messages import Answer
from gateway.transports.as2.answering import signing_for
from gateway.transports.as2.envelope import Envelope
from gateway.transports.mail.letter import wanted_at
from gateway.transports.mail.party import MailParty

SCHEME = "mailto:"


@dataclass(frozen=True, slots=True, kw_only=True)
class MailAnswers:
    """Makes receipts. `product` says who does, in printable ASCII; `token` gives letters nobody can guess."""

    product: str
    new_id: Callable[[], str]
    token: Callable[[], str] = lambda: secrets.token_hex(16)

    def receipt(
        self, envelope: Envelope, party: MailParty, disposition: Disposition, *, mic: Mic | None = None, text: str = ""
    ) -> Answer | None:
        """The receipt of a mail, for the address `receiver` gives; None when none was asked for or can be sent."""
        if envelope.request is None or party.relay is None:
            return None
        ours, theirs = party.terms.our_address, receiver(envelope, party)
        built = build(
            Answered(message_id=envelope.message_id, sender=theirs, receiver=ours, disposition=disposition, mic=mic),
            message_id=f"<{self.new_id()}@{ours.rpartition('@')[2]}>",
            reporting_ua=self.product,
            token=self.token(),
            date=envelope.received_at,
            text=text,
            signing=signing_for(envelope, party, mic) if envelope.request.signed else None,
            by_mail=True,
        )
        fields = (("From", ours), ("To", theirs), *built.headers.fields)
        return Answer(headers=fields, body=built.body, disposition=str(disposition), url=f"{SCHEME}{theirs}")


def receiver(envelope: Envelope, party: MailParty) -> str:
    """Where a receipt goes: where it is wanted, if that is an address of the partner; else to the sender of the mail.

    Nobody gets us to write to others.
    """
    wanted = wanted_at(envelope.request) if envelope.request is not None else ""
    return wanted if wanted in party.terms.their_addresses else envelope.as2_from
