"""What stands around a message, read before anything else is: who sends to whom, which message, what receipt. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from gateway.as2.errors import As2Error, Malformed, OverLimit, UnsupportedFormat
from gateway.as2.headers import Headers
from gateway.as2.limits import DEFAULT
from gateway.as2.mime import Entity
from gateway.as2.names import read_message_id, read_name
from gateway.as2.receipt import NOTIFICATION
from gateway.as2.request import MdnRequest, read_request
from gateway.as2.source import Memory
from gateway.as2.unwrap import layer_claimed

_NO_BODY = Memory()


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """The head of one request. `wrong` is what has to be answered whatever is in the body: a receipt that cannot be
    given as it is required, a coding that is not read.
    """

    headers: Headers
    as2_from: str
    as2_to: str
    message_id: str
    remote: str
    received_at: datetime
    length: int | None
    request: MdnRequest | None
    wrong: As2Error | None = None

    @property
    def claimed(self) -> str:
        """What the fields say that the body is: see `layer_claimed`. "report" is a receipt without a signature."""
        try:
            entity = Entity(self.headers, _NO_BODY)
            if entity.content_type.value in ("multipart/report", NOTIFICATION):
                return "report"
            return layer_claimed(entity)
        except As2Error:
            return "unreadable"


def read_envelope(pairs: Iterable[tuple[bytes, bytes]], *, remote: str, received_at: datetime) -> Envelope:
    """Read the head of a request. Raises: Malformed, OverLimit: there is nobody then who could be answered by name."""
    headers = Headers.of(pairs)
    for name, value in headers.fields:
        if len(value) > DEFAULT.header_line:
            raise OverLimit(f"the header field {name[:80]} has {len(value)} characters")
    request, wrong = _request(headers)
    return Envelope(
        headers=headers,
        as2_from=read_name(_needed(headers, "AS2-From")),
        as2_to=read_name(_needed(headers, "AS2-To")),
        message_id=read_message_id(_needed(headers, "Message-ID")),
        remote=remote,
        received_at=received_at,
        length=_length(headers),
        request=request,
        wrong=wrong,
    )


def _needed(headers: Headers, name: str) -> str:
    value = headers.single(name)
    if value is None:
        raise Malformed(f"a request without {name}")
    return value


def _length(headers: Headers) -> int | None:
    value = headers.single("Content-Length")
    if value is None:
        return None
    if not value.isascii() or not value.isdigit() or len(value) > 18:
        raise Malformed(f"no length: {value[:40]!r}")
    return int(value)


def _request(headers: Headers) -> tuple[MdnRequest | None, As2Error | None]:
    """A receipt that is asked for badly is answered on the connection, without a signature."""
    try:
        request = read_request(headers)
    except As2Error as wrong:
        return MdnRequest(notify="-"), wrong
    if request is not None:
        try:
            request.answerable()
        except As2Error as wrong:
            return request, wrong
    coding = headers.first("Content-Encoding") or ""
    if coding.strip().lower() not in ("", "identity"):
        return request, UnsupportedFormat(f"Content-Encoding {coding[:40]!r}")
    return request, None
