"""One POST of an AS2 message: bounded in time and size, no redirects, no proxies, and honest about what was sent."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

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

from gateway.as2.errors import As2Error
from gateway.as2.headers import Headers
from gateway.as2.limits import DEFAULT
from gateway.errors import MachineError
from gateway.parcel import INLINE_LIMIT, Content
from gateway.pipeline.messages import Fields
from gateway.pipeline.ports import Blobs
from gateway.transports.as2.judge import Answer, NoAnswer
from gateway.transports.as2.reach import Guarded, Network

CONNECT_SECONDS: Final = 15.0
"""For name, connection and TLS together: what takes longer is down, and the next of the channel's files waits."""

SLOWEST_BYTES_A_SECOND: Final = 32 * 1024
"""A message may take so long on its way: 200 MB under two hours, cut at `LONGEST_SECONDS`."""

LONGEST_SECONDS: Final = 1200.0
"""A file that is in hand for half an hour is taken for left over by a dead node."""

CONNECTIONS: Final = 4
"""At once to one partner: small servers have few workers, and big ones are fast."""

_CHUNK: Final = 256 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """How to talk to one partner. `answer_seconds` is how long nothing may come back after the message is out.

    `authority` is PEM that its https has to lead to instead of the system's; `networks` are private ones that the
    partner's name may lead to.
    """

    url: str
    answer_seconds: float = 120.0
    connect_seconds: float = CONNECT_SECONDS
    authority: str = ""
    networks: Sequence[Network] = ()
    user_agent: str = "edi-gateway"

    def total_seconds(self, size: int) -> float:
        """From connecting to the last byte of the answer, for a message of `size` bytes."""
        wanted = self.connect_seconds + size / SLOWEST_BYTES_A_SECOND + self.answer_seconds
        return min(wanted, LONGEST_SECONDS)


@lru_cache(maxsize=256)
def tls(authority: str) -> ssl.SSLContext:
    """Verifies name and chain. Raises ValueError when `authority` cannot be used.

    Made once for all connections: reading the system's authorities holds the loop for some 30 ms.
    """
    if not authority:
        return ssl.create_default_context()
    try:
        context = ssl.create_default_context(cadata=authority)
    except ssl.SSLError:
        raise ValueError("the certificate that its https has to lead to cannot be used") from None
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # the server's own certificate may be what is pinned
    return context


def open_session(wire: Wire) -> ClientSession:
    """A session for one partner. Call it on the loop that will use it.

    A connection is opened for every message: a kept one may be closed by the other side just as we send, and then
    nobody knows whether the message was read.
    """
    connector = TCPConnector(
        limit=CONNECTIONS,
        force_close=True,
        ssl=tls(wire.authority),
        resolver=Guarded(wire.networks),
        use_dns_cache=False,
    )
    return ClientSession(
        connector=connector,
        cookie_jar=DummyCookieJar(),
        headers={"User-Agent": wire.user_agent, "Accept": "*/*", "Accept-Encoding": "identity"},
        auto_decompress=False,
        trust_env=False,
    )


async def post(
    session: ClientSession, wire: Wire, headers: Fields, content: Content, blobs: Blobs
) -> Answer | NoAnswer:
    """Send one message with its Content-Length; read at most a megabyte back. Never raises for what the network
    does; raises MachineError when our own disk does not give the message, of which a part may have gone out.
    """
    timeout = ClientTimeout(
        total=wire.total_seconds(content.size), connect=wire.connect_seconds, sock_read=wire.answer_seconds
    )
    fields = [*headers, ("Content-Length", str(content.size))]
    try:
        async with session.post(
            wire.url, data=_body(content, blobs), headers=fields, allow_redirects=False, timeout=timeout
        ) as response:
            return await _read(response)
    except (ClientConnectorError, ConnectionTimeoutError) as fault:
        return NoAnswer(sent=False, detail=f"no connection: {_said(fault)}")
    except TimeoutError:
        return NoAnswer(sent=True, detail="no answer within the time allowed")
    except (ClientError, OSError) as fault:
        if isinstance(fault.__cause__, MachineError):
            raise fault.__cause__ from None
        return NoAnswer(sent=True, detail=f"the connection broke off before an answer: {type(fault).__name__}")
    except As2Error as fault:
        return NoAnswer(sent=True, detail=f"an answer that cannot be read: {str(fault)[:200]}")


def _body(content: Content, blobs: Blobs) -> bytes | AsyncIterator[bytes]:
    if content.inline is not None and content.size <= INLINE_LIMIT:
        return content.inline
    return _pieces(content, blobs)


async def _pieces(content: Content, blobs: Blobs) -> AsyncIterator[bytes]:
    for offset in range(0, content.size, _CHUNK):
        piece = await asyncio.to_thread(blobs.read, content, offset, _CHUNK)
        if len(piece) != min(_CHUNK, content.size - offset):
            raise MachineError("a stored message of ours is shorter than it was")
        yield piece


async def _read(response: ClientResponse) -> Answer:
    # The status is known by now and stands, even when the rest breaks off: `judge` weighs what is missing.
    body, whole = bytearray(), True
    most = DEFAULT.receipt
    try:
        while len(body) <= most and (piece := await response.content.read(most + 1 - len(body))):
            body += piece
    except (ClientError, TimeoutError, OSError):
        whole = False
    return Answer(
        status=response.status,
        headers=Headers.of(response.raw_headers),
        body=bytes(body[:most]),
        whole=whole and len(body) <= most,
        retry_after=response.headers.get("Retry-After", ""),
    )


def _said(fault: Exception) -> str:
    if isinstance(fault, ConnectionTimeoutError):
        return "it took too long"
    if isinstance(fault, ClientConnectorCertificateError):
        return "its certificate is not trusted"
    if isinstance(fault, ClientConnectorError):
        return fault.os_error.strerror or str(fault.os_error) or type(fault).__name__
    return type(fault).__name__
