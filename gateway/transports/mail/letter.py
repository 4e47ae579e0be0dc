"""The head of a mail, read within limits before anything else of it is (RFC 5322, RFC 3335). Pure."""

from dataclasses import replace
from datetime import datetime

from gateway.as2 import headers as fields
from gateway.as2.errors import Malformed
from gateway.as2.limits import DEFAULT
from gateway.as2.names import read_message_id
from gateway.as2.request import MdnRequest, read_request
from gateway.as2.source import Slice, Source
from gateway.partners.mail_form import folded, is_address
from gateway.transports.as2.envelope import Envelope


def read_letter(
    mail: Source, *, sender: str, recipient: str, remote: str, received_at: datetime
) -> tuple[Envelope, Source]:
    """The head and the body of a mail. `sender` and `recipient` are those of the SMTP envelope.

    Raises: As2Error: more fields, or longer ones, than are read; no Message-ID, or two; a receipt that cannot be given
    as it is required.
    """
    headers, start = fields.read(mail, DEFAULT)
    message_id = headers.single("Message-ID")
    if message_id is None:
        raise Malformed("a mail without Message-ID")
    return Envelope(
        headers=headers,
        as2_from=sender,
        as2_to=recipient,
        message_id=read_message_id(message_id),
        remote=remote,
        received_at=received_at,
        length=mail.size,
        request=_request(headers),
    ), Slice(mail, start, mail.size)


def _request(headers: fields.Headers) -> MdnRequest | None:
    request = read_request(headers)
    if request is None:
        return None
    request.answerable()
    return replace(request, url=None)  # a receipt for a mail is a mail, wherever else it is wanted


def wanted_at(request: MdnRequest) -> str:
    """The address that a receipt is wanted at, folded; "" when it is none that can be compared."""
    text = request.notify.strip()
    if text.endswith(">") and "<" in text:
        text = text[text.rindex("<") + 1 : -1]
    return folded(text) if is_address(text) else ""
