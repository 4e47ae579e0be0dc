"""Every refusal of the API as RFC 9457 problem+json: a fixed list, so that a program can branch on `type`.

No exception's text ever gets into one: a problem says what its row here says, and members we chose.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from starlette.responses import Response

from gateway.errors import Busy, Conflict, GatewayError, MachineError, NotPermitted, PartnerError, TooLarge

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One row: HTTP status, title (RFC 9457 3.1.3: the same for every occurrence) and whether to come again."""

    status: int
    title: str


KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "bad-request": Kind(status=400, title="The request cannot be understood"),
        "empty-body": Kind(status=400, title="The transmission has no content"),
        "idempotency-key": Kind(status=400, title="An Idempotency-Key is needed"),
        "message-id": Kind(status=400, title="The message id cannot be used"),
        "unauthenticated": Kind(status=401, title="A valid API key is needed"),
        "not-permitted": Kind(status=403, title="This is not permitted"),
        "not-found": Kind(status=404, title="There is nothing here"),
        "method": Kind(status=405, title="This method is not offered here"),
        "too-slow": Kind(status=408, title="The content arrived too slowly"),
        "conflict": Kind(status=409, title="This message id was used before with other content"),
        "key-used": Kind(status=409, title="This Idempotency-Key was used before for another document"),
        "not-now": Kind(status=409, title="This cannot be done to the document now"),
        "length": Kind(status=411, title="The length cannot be understood"),
        "too-large": Kind(status=413, title="The transmission is larger than agreed"),
        "encoding": Kind(status=415, title="Content encodings are not taken, send the bytes as they are"),
        "invalid": Kind(status=422, title="A value in the request is not valid"),
        "no-agreement": Kind(status=422, title="Nothing says how to send this document"),
        "internal": Kind(status=500, title="The gateway failed; its operators have been told"),
        "busy": Kind(status=503, title="The gateway is busy, send again later"),
        "storage": Kind(status=503, title="The gateway cannot store or read documents now, send again later"),
    }
)


@dataclass(eq=False)
class Problem(Exception):
    """Raised anywhere in the API, answered as one of `KINDS`. `members` are extension members (RFC 9457 3.2)."""

    kind: str
    detail: str = ""
    members: Mapping[str, object] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


def response(problem: Problem) -> Response:
    """The answer on the wire."""
    kind = KINDS[problem.kind]
    body: dict[str, object] = {
        "type": f"urn:edi-gateway:problem:{problem.kind}",
        "title": kind.title,
        "status": kind.status,
    }
    if problem.detail:
        body["detail"] = problem.detail
    body.update(problem.members)
    return Response(
        json.dumps(body).encode(), status_code=kind.status, media_type=MEDIA_TYPE, headers=dict(problem.headers)
    )


def from_error(error: GatewayError) -> Problem:
    """What a partner's program may know of an error: its class, never its text."""
    match error:
        case Busy():
            return busy(error.retry_after_seconds)
        case Conflict():
            return Problem("conflict")
        case TooLarge():
            return Problem("too-large")
        case NotPermitted():
            return Problem("not-permitted")
        case MachineError():
            return Problem("storage", headers={"Retry-After": "30"})
        case PartnerError():
            return Problem("bad-request", error.partner_sees)
        case _:
            return Problem("internal")


def busy(retry_after_seconds: int) -> Problem:
    """503 with the time to come again."""
    return Problem("busy", headers={"Retry-After": str(max(1, retry_after_seconds))})


def from_status(status: int) -> Problem:
    """For refusals the web framework makes itself: no such path, no such method."""
    match status:
        case 404:
            return Problem("not-found")
        case 405:
            return Problem("method")
        case 422:
            return Problem("invalid")
        case 401:
            return Problem("unauthenticated")
        case 403:
            return Problem("not-permitted")
        case _:
            return Problem("bad-request" if 400 <= status < 500 else "internal")
