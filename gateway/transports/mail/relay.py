"""The mail server of ours that takes what goes out: one connection for each mail, and what its answers mean.

no connection, no TLS, signing in refused    retry      about the relay or about us, not about this mail
4xx at any step                              retry      it says so itself
5xx to an address or to the mail             refused    this mail, by rule
the line cut, or silence, from DATA on       unknown    the relay may have it
250 after DATA                               taken      it is the relay's to deliver now
"""

import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Literal

import aiosmtplib

from gateway.partners.mail_form import Relay as RelayForm

CONNECT_SECONDS: Final = 30.0
MOST_WORDS: Final = 200


@dataclass(frozen=True, slots=True)
class Handed:
    """What the relay said to one mail, with a sentence for people."""

    kind: Literal["taken", "refused", "retry", "unknown"]
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """One relay. `password` is asked for when we sign in; `authority` is PEM that its certificate has to lead to,
    "" for the system's. `helo` is the name that we give.
    """

    form: RelayForm
    helo: str
    password: Callable[[], str] = field(repr=False, default=lambda: "")
    authority: str = ""

    async def hand_over(self, *, sender: str, recipient: str, mail: bytes, seconds: float = 120.0) -> Handed:
        """Give it one mail, which is whole: head, empty line and body. Never raises for what the relay does.

        Args:
            sender: of the envelope; "" for receipts (RFC 8098, 3).
            mail: lines end with CRLF and have at most 998 octets.
            seconds: for each answer of the relay.
        """
        form, sending = self.form, False
        try:
            client = self._client(seconds)
        except (OSError, ValueError) as wrong:  # its certificate cannot be read
            return Handed("retry", f"the relay cannot be spoken to: {wrong}")
        try:
            await client.connect(timeout=min(seconds, CONNECT_SECONDS))
            if form.user is not None:
                await client.login(form.user, self.password())
            await client.mail(sender, options=_options(client, mail))
            await client.rcpt(recipient)
            sending = True
            answer = await client.data(mail)
            return Handed("taken", f"{form.host} took it: {_said(answer.code, answer.message)}")
        except (aiosmtplib.SMTPDataError, aiosmtplib.SMTPSenderRefused, aiosmtplib.SMTPRecipientRefused) as refused:
            kind: Literal["refused", "retry"] = "refused" if 500 <= refused.code < 600 else "retry"
            return Handed(kind, f"{form.host} says {_said(refused.code, refused.message)}")
        except (aiosmtplib.SMTPException, OSError, ValueError) as failed:
            what = f"{form.host}: {_line(str(failed)) or type(failed).__name__}"
            return Handed("unknown", f"{what}; it may have the mail") if sending else Handed("retry", what)
        finally:
            client.close()

    def _client(self, seconds: float) -> aiosmtplib.SMTP:
        form = self.form
        context = ssl.create_default_context(cadata=self.authority or None) if form.tls != "none" else None
        return aiosmtplib.SMTP(
            hostname=form.host,
            port=form.port,
            local_hostname=self.helo,
            timeout=seconds,
            use_tls=form.tls == "tls",
            start_tls=form.tls == "starttls",  # True, not "if offered": who cuts the offer out reads nothing
            tls_context=context,
        )


def _options(client: aiosmtplib.SMTP, mail: bytes) -> list[str]:
    options = [f"SIZE={len(mail)}"] if client.supports_extension("size") else []
    return options if mail.isascii() or not client.supports_extension("8bitmime") else [*options, "BODY=8BITMIME"]


def _said(code: int, message: str) -> str:
    return f"{code} {_line(message)}".strip()


def _line(text: str) -> str:
    line = " ".join("".join(one if one.isprintable() else " " for one in text).split())
    return line if len(line) <= MOST_WORDS else f"{line[:MOST_WORDS]}…"
