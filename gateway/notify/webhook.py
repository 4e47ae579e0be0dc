"""One webhook: a POST of a few kilobytes, signed, without redirects, and what its answer means.

2xx                          taken     it has it
410                          gone      it wants no more, ever (Standard Webhooks): nothing goes there any longer
400, 409, 413, 415, 422      failed    this notice is not liked; it is tried again, others are not kept waiting
everything else, silence     down      the receiver, or the way to it: all wait, one asks now and then
"""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector

from gateway.notify.signature import signature
from gateway.pipeline.notices.values import Due, Told

MOST_ANSWER_BYTES: Final = 4 * 1024
MOST_DETAIL: Final = 300
MOST_ASKED_SECONDS: Final = 3_600.0
"""One wrong Retry-After must not keep a receiver waiting for a year."""

CONNECT_SECONDS: Final = 5.0
_NOT_LIKED: Final = frozenset({400, 409, 413, 415, 422})


def open_session() -> ClientSession:
    """A session for all webhooks, on the running loop: no cookies, no proxies from the environment."""
    return ClientSession(
        connector=TCPConnector(limit=64, limit_per_host=8, ttl_dns_cache=30),
        cookie_jar=DummyCookieJar(),
        headers={"User-Agent": "edi-gateway", "Accept": "*/*", "Accept-Encoding": "identity"},
        auto_decompress=False,
        trust_env=False,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where a webhook is. `keys` sign, the newest first; url and keys are shown to nobody."""

    url: str = field(repr=False)
    keys: Sequence[bytes] = field(repr=False)
    timeout_seconds: float = 15.0


class WebhookSender:
    """Sends to one endpoint. `session` is shared; whoever made it closes it."""

    def __init__(self, endpoint: Endpoint, session: Callable[[], ClientSession], clock: Callable[[], datetime]) -> None:
        self._endpoint, self._session, self._clock = endpoint, session, clock

    async def send(self, due: Due) -> Told:
        """POST one notice. Never raises for what the receiver or the network does."""
        body = body_of(due.body)
        timeout = ClientTimeout(total=self._endpoint.timeout_seconds, sock_connect=CONNECT_SECONDS)
        try:
            async with self._session().post(
                self._endpoint.url,
                data=body,
                headers=self._headers(due.id, body),
                allow_redirects=False,
                timeout=timeout,
            ) as response:
                return judged(response.status, response.headers, await _read(response))
        except TimeoutError:
            return Told(kind="down", detail="no answer within the time-out")
        except (ClientError, OSError, ValueError) as fault:
            return Told(kind="down", detail=f"no answer: {type(fault).__name__}")

    def _headers(self, id: str, body: bytes) -> Mapping[str, str]:
        timestamp = int(self._clock().timestamp())
        return {
            "Content-Type": "application/json",
            "webhook-id": id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature(self._endpoint.keys, id, timestamp, body),
        }


def body_of(body: Mapping[str, Any]) -> bytes:
    """The bytes that are signed and sent."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def judged(status: int, headers: Mapping[str, str], text: bytes) -> Told:
    """What an answer means."""
    if 200 <= status < 300:
        return Told(kind="taken", detail=f"HTTP {status}", status=status)
    said = _line(text)
    detail = f"HTTP {status}" + (f": {said}" if said else "")
    if status == 410:
        return Told(kind="gone", detail=detail, status=status)
    if status in _NOT_LIKED:
        return Told(kind="failed", detail=detail, status=status)
    if 300 <= status < 400:
        detail = f"HTTP {status}: redirects are not followed"
    return Told(kind="down", detail=detail, status=status, asked_seconds=_asked(headers.get("Retry-After", "")))


def _asked(value: str) -> float | None:
    text = value.strip()
    whole = text.isascii() and text.isdigit() and len(text) <= 9
    return min(float(text), MOST_ASKED_SECONDS) if whole else None


async def _read(response: ClientResponse) -> bytes:
    try:
        return await response.content.read(MOST_ANSWER_BYTES)
    except (ClientError, TimeoutError, OSError):  # the status stands
        return b""


def _line(text: bytes) -> str:
    words = " ".join(text.decode("utf-8", "replace").split())
    shown = "".join(one for one in words if one.isprintable())
    return shown if len(shown) <= MOST_DETAIL else f"{shown[: MOST_DETAIL - 1]}…"


def elapsed(since: float) -> int:
    """Whole milliseconds since a `time.monotonic()`."""
    return int((time.monotonic() - since) * 1000)
