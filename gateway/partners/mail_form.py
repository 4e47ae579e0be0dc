"""What a mail channel says beyond other doors: addresses, our relay, and the terms of both ways (AS1, RFC 3335)."""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from gateway.partners.as2_terms import Packing, PemFile, Security
from gateway.partners.form import Form, Line, Secret
from gateway.partners.sftp_client_form import Host

_ATOMS = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"(?=.{{1,254}}$)(?=[^@]{{1,64}}@){_ATOMS}(?:\.{_ATOMS})*@{_LABEL}(?:\.{_LABEL})+")
"""RFC 5321, 4.1.2, of it what mail servers agree on: no quotes, no comments, no address literals, ASCII only."""


def is_address(text: str) -> bool:
    """Whether this is a mail address as we write, take and compare them."""
    return _ADDRESS.fullmatch(text) is not None


def folded(address: str) -> str:
    """An address as it is compared: servers on the way change the case of both sides."""
    return address.lower()


def _address(text: str) -> str:
    if not is_address(text):
        raise ValueError(f"'{text[:60]}' is not a mail address, like edi@acme.example")
    return folded(text)


Address = Annotated[str, AfterValidator(_address)]
"""In lower case, whatever was written."""


class Relay(Form):
    """The mail server of ours, or of our provider, that takes what we send. Partners' own are never spoken to.

    `tls: starttls` (port 587) begins in the clear and never goes on so; `tls: tls` (port 465) does not; `none` is for a
    server on this machine or network, and never with a password. `tls_authority` is a certificate that it has to lead
    to, instead of the system's.
    """

    host: Host
    port: Annotated[int, Field(ge=1, le=65_535)] = 587
    tls: Literal["starttls", "tls", "none"] = "starttls"
    tls_authority: PemFile | None = None
    user: Line | None = None
    password: Secret | None = None
    max_message_bytes: Annotated[int, Field(ge=1_024, le=200 * 1024**2)] = 25 * 1024**2

    @model_validator(mode="after")
    def _signs_in_or_not(self) -> Self:
        if (self.user is None) != (self.password is None):
            raise ValueError("user and password belong together")
        if self.password is not None and self.tls == "none":
            raise ValueError("a password is not sent in the clear: tls: starttls or tls: tls")
        if self.tls_authority is not None and self.tls == "none":
            raise ValueError("tls_authority is about TLS, and tls is none")
        return self


class MailReceiving(Security):
    """What we take from the partner. `plain: allowed` takes attachments that are neither signed nor encrypted: who may
    send is then known by address and network alone.
    """

    plain: Literal["refused", "allowed"] = "refused"

    @model_validator(mode="after")
    def _plain_is_said(self) -> Self:
        bare = not self.signed and not self.encrypted
        if bare and self.plain == "refused":
            raise ValueError("neither signed nor encrypted: say `plain: allowed`, and whoever can write mail can send")
        if not bare and self.plain == "allowed":
            raise ValueError("`plain: allowed` goes with `signed: false` and `encrypted: false`")
        return self


class MailSending(Packing):
    """How what we send goes to the partner: to the address `to`, with a receipt by mail or none."""

    to: Address
    mdn: Literal["none", "mail"] = "mail"
    transfer: Literal["base64", "7bit"] = "base64"


def held_to_relay(
    relay: Relay | None, send: MailSending | None, our_address: str, their_addresses: tuple[str, ...]
) -> None:
    """Whether there is a way out for what goes out. Raises: ValueError."""
    if send is not None and relay is None:
        raise ValueError("send needs `relay`: the mail server that takes what we send")
    if our_address in their_addresses:
        raise ValueError("our_address is among their_addresses: a mail would answer itself")
    if send is not None and send.to == our_address:
        raise ValueError("send.to is our_address: what we send would come back")
