"""What goes back over the wire, receipt or not."""

from dataclasses import dataclass

from starlette.types import Scope, Send

from gateway.errors import Busy, GatewayError
from gateway.pipeline.messages import Answer
from gateway.transports.as2 import audit

PATHS = ("/as2", "/as2/mdn")
"""Both take messages and receipts: partners have one address for both, or want two."""

TEXT = (("Content-Type", "text/plain; charset=us-ascii"),)


@dataclass(frozen=True, slots=True)
class Response:
    """What goes over the wire."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


def not_here(scope: Scope) -> Response | None:
    """What everything but a post to one of `PATHS` is answered; None for those."""
    if scope["path"].rstrip("/") not in PATHS:
        return Response(404, TEXT, b"nothing is here")
    if scope["method"] != "POST":
        return Response(405, (*TEXT, ("Allow", "POST")), b"AS2 messages are posted here")
    return None


def busy_answer(remote: str, busy: Busy) -> Response:
    """503 before anything was read, with its audit line."""
    audit.line("message", f"not taken: {busy}", remote=remote, level="warning")
    return come_again(busy)


def come_again(later: GatewayError) -> Response:
    """503: nothing was stored, and `Retry-After` says when to come again."""
    seconds = later.retry_after_seconds if isinstance(later, Busy) else 60
    return Response(503, (*TEXT, ("Retry-After", str(seconds))), later.partner_sees.encode())


def with_receipt(answer: Answer | None) -> Response:
    """200 with the receipt, as it is stored: good news or bad (RFC 4130, 7). Its date is left to the listener, which
    dates every answer: one Date is all that an answer may have (RFC 9110, 5.3).
    """
    if answer is None:
        return Response(200)
    return Response(200, tuple(one for one in answer.headers if one[0].lower() != "date"), answer.body)


async def send_response(send: Send, response: Response) -> None:
    """All of it at once: a receipt is small."""
    headers = [*response.headers, ("Content-Length", str(len(response.body)))]
    raw = [(name.lower().encode("ascii"), value.encode("ascii", "replace")) for name, value in headers]
    await send({"type": "http.response.start", "status": response.status, "headers": raw})
    await send({"type": "http.response.body", "body": response.body})
