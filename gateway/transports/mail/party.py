"""Who may send at the mail door, and on what terms: one address of ours is one channel."""

from dataclasses import dataclass

from gateway.partners.channel import MailChannel
from gateway.partners.mail_form import folded
from gateway.transports.as2.party import Secured
from gateway.transports.mail.relay import Relay

NOBODY = ""
"""The envelope sender of receipts and bounces, `<>` (RFC 5321, 4.5.5)."""


@dataclass(frozen=True, kw_only=True)
class MailParty(Secured):
    """One channel of the door. `relay` carries its receipts; without one none is given."""

    terms: MailChannel
    relay: Relay | None = None

    def admits(self, sender: str, remote: str) -> bool:
        """Whether a mail with this envelope sender may come from this address. Receipts come from nobody."""
        known = folded(sender) in self.terms.their_addresses or (sender == NOBODY and self.terms.send is not None)
        return known and self.reaches(remote)
