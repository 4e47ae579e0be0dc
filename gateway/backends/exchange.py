"""One HTTP exchange with one of our systems: bounded in time and size, no redirects, and honest about what was sent."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO

from aiohttp import (
    ClientConnectorCertificateError,
    ClientConnectorError,
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    ConnectionTimeoutError,
    DummyCookieJar,
    TCPConnector,
)

from gateway.backends.answer import MAX_ANSWER_BYTES, Answer
from gateway.pipeline.inbound.deliver import Idempotency

SENT_WHOLE_BYTES = 256 * 1024
"""A larger body is handed to the socket in pieces, so that one huge order does not hold up the loop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """How to talk: time-outs in seconds (`total_seconds` from connecting to the last byte read), connections at once.

    `reuse` keeps connections open between requests. A kept connection may be closed by the other side just as we send,
    and then nobody knows whether it was read: with a system that cannot tell a repeat, open a new one each time.
    """

    total_seconds: float = 30.0
    connect_seconds: float = 5.0
    connections: int = 16
    reuse: bool = True
    tls: ssl.SSLContext | None = None
    user_agent: str = "edi-gateway"


def wire_for(
    idempotency: Idempotency,
    *,
    concurrency: int,
    total_seconds: float = 30.0,
    connect_seconds: float = 5.0,
    tls: ssl.SSLContext | None = None,
) -> Wire:
    """The wire that suits what a destination promises: connections are reused only where a repeat is harmless."""
    return Wire(
        total_seconds=total_seconds,
        connect_seconds=connect_seconds,
        connections=concurrency + 2,  # a probe and a token must not wait behind a full batch
        reuse=idempotency == "key",
        tls=tls,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Unanswered:
    """No answer came. `sent` is false when certainly nothing had been sent yet."""

    sent: bool
    detail: str


def open_session(wire: Wire) -> ClientSession:
    """A session for one system. Call it on the loop that will use it.

    No cookies (an answer must not colour the next request), no proxies from the environment, no decompression: an
    answer of 64 KB stays one.
    """
    return ClientSession(
        connector=TCPConnector(
            limit=wire.connections, force_close=not wire.reuse, ssl=wire.tls or True, ttl_dns_cache=30
        ),
        timeout=ClientTimeout(total=wire.total_seconds, sock_connect=wire.connect_seconds),
        cookie_jar=DummyCookieJar(),
        headers={"User-Agent": wire.user_agent, "Accept": "application/json", "Accept-Encoding": "identity"},
        auto_decompress=False,
        trust_env=False,
    )


async def exchange(
    session: ClientSession,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    data: bytes | Mapping[str, str] | None = None,
    parameters: Mapping[str, str] | None = None,
) -> Answer | Unanswered:
    """Send one request, read at most `MAX_ANSWER_BYTES` of its answer. Never raises for what the network does."""
    body = BytesIO(data) if isinstance(data, bytes) and len(data) > SENT_WHOLE_BYTES else data
    try:
        async with session.request(
            method, url, data=body, headers=headers, params=parameters, allow_redirects=False
        ) as response:
            text, whole = await _read(response)
            retry_after = response.headers.get("Retry-After", "")
            return Answer(status=response.status, body=text, whole=whole, retry_after=retry_after)
    except (ClientConnectorError, ConnectionTimeoutError) as fault:
        return Unanswered(sent=False, detail=f"no connection: {_said(fault)}")
    except TimeoutError:
        return Unanswered(sent=True, detail="no answer within the time-out")
    except (ClientError, OSError) as fault:
        return Unanswered(sent=True, detail=f"the connection broke off before an answer: {type(fault).__name__}")


async def _read(response: ClientResponse) -> tuple[bytes, bool]:
    # The status is known by now and stands, even when the rest breaks off: the caller weighs what is missing.
    body = bytearray()
    try:
        while len(body) <= MAX_ANSWER_BYTES:
            piece = await response.content.read(MAX_ANSWER_BYTES + 1 - len(body))
            if not piece:
                return bytes(body), True
            body += piece
    except (ClientError, TimeoutError, OSError):
        return bytes(body), False
    return bytes(body[:MAX_ANSWER_BYTES]), False


def _said(fault: Exception) -> str:
    if isinstance(fault, ConnectionTimeoutError):
        return "it took too long"
    if isinstance(fault, ClientConnectorCertificateError):
        return "its certificate is not trusted"
    if isinstance(fault, ClientConnectorError):
        return fault.os_error.strerror or type(fault).__name__
    return type(fault).__name__
