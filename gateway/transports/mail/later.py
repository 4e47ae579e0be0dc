"""Receipts for mails, sent from their rows through the channel's relay, from nobody (RFC 8098, 3)."""

from collections.abc import Callable
from datetime import datetime

from gateway.as2.headers import Headers
from gateway.pipeline.messages import DueAnswer, LaterAnswers
from gateway.transports.later import Later, LaterLimits
from gateway.transports.mail import audit
from gateway.transports.mail.party import NOBODY, MailParty
from gateway.transports.mail.receipts import SCHEME


class LaterMail(Later):
    """Sends receipts while it runs. `party` gives the channel as it is now, None when there is none any more."""

    def __init__(
        self,
        answers: LaterAnswers,
        *,
        party: Callable[[str], MailParty | None],
        clock: Callable[[], datetime],
        limits: LaterLimits | None = None,
    ) -> None:
        self._party, self._within = party, limits or LaterLimits()
        super().__init__(answers, send=self._mail, told=audit.line, clock=clock, limits=self._within)

    async def _mail(self, due: DueAnswer) -> str:
        """Send one. Returns why it did not go, "" when the relay has it."""
        party, to = self._party(due.channel), due.answer.url.removeprefix(SCHEME)
        if party is None or party.relay is None or to not in party.terms.their_addresses:
            return "its address is not agreed any more, or the channel has no relay"
        mail = Headers.to_write(due.answer.headers).block() + due.answer.body
        handed = await party.relay.hand_over(
            sender=NOBODY, recipient=to, mail=mail, seconds=self._within.answer_seconds
        )
        return "" if handed.kind == "taken" else handed.detail
