"""The mail door: a listener that takes AS1 (RFC 3335) and never passes anything on, and the sender for what is ours.

    lines       the bytes of a mail as they come: its end, its limits, no line end that others read differently
    protocol    aiosmtpd as this door needs it; listener: connections, counted and timed
    door        what becomes of a mail; letter, taking, documents: what is in it
    receipts    ours, made; returned: theirs, believed when they have earned it
    relay       the one mail server that we speak to; sender, later: what goes out by it

What a message is, is known to `gateway.as2`, which has no sockets.
"""

from gateway.transports.mail.door import MailDoor
from gateway.transports.mail.later import LaterMail
from gateway.transports.mail.listener import MailLimits, MailListener
from gateway.transports.mail.party import MailParty
from gateway.transports.mail.relay import Relay
from gateway.transports.mail.sender import MailSender

__all__ = ["LaterMail", "MailDoor", "MailLimits", "MailListener", "MailParty", "MailSender", "Relay"]
