"""Receipts for messages, made once and answered as often as they are asked for. One way for good news and for bad."""

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from gateway.as2.algorithms import DEFAULT_DIGESTS
from gateway.as2.disposition import Disposition
from gateway.as2.mdn import Answered, Signing, build
from gateway.as2.mic import Mic
from gateway.pipeline.messages import Answer
from gateway.transports.as2.envelope import Envelope
from gateway.transports.as2.party import Party, Secured

_UNSAFE = re.compile(r"[^A-Za-z0-9]+")
_WITHOUT_WISH = "sha256"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Makes receipts. `product` says who does, in printable ASCII; `token` gives letters nobody can guess."""

    product: str
    new_id: Callable[[], str]
    token: Callable[[], str] = lambda: secrets.token_hex(16)

    def receipt(
        self,
        envelope: Envelope,
        party: Party | None,
        disposition: Disposition,
        *,
        mic: Mic | None = None,
        text: str = "",
        url: str = "",
    ) -> Answer | None:
        """The receipt of a message; None when none was asked for. For strangers, without `party`, it is not signed."""
        request = envelope.request
        if request is None:
            return None
        right = _UNSAFE.sub("-", envelope.as2_to).strip("-").lower() or "as2"
        built = build(
            Answered(
                message_id=envelope.message_id,
                sender=envelope.as2_from,
                receiver=envelope.as2_to,
                disposition=disposition,
                mic=mic,
            ),
            message_id=f"<{self.new_id()}@{right}>",
            reporting_ua=self.product,
            token=self.token(),
            date=envelope.received_at,
            text=text,
            signing=signing_for(envelope, party, mic) if party is not None and request.signed else None,
        )
        return Answer(headers=built.headers.fields, body=built.body, disposition=str(disposition), url=url)


def signing_for(envelope: Envelope, party: Secured, mic: Mic | None) -> Signing | None:
    """By the digest of the MIC or the first that is asked for, as far as this partner may be signed to with it."""
    key = party.signer(envelope.received_at)
    if key is None or envelope.request is None:
        return None
    allowed = DEFAULT_DIGESTS | frozenset(party.terms.receive.digests)
    wanted = [mic.digest] if mic is not None else list(envelope.request.digests)
    digest = next((name for name in wanted if name in allowed), _WITHOUT_WISH)
    return Signing(signer=key, digest=digest, allowed=allowed, time=envelope.received_at)
