"""A partner's AS2 server on loopback, made of our own core: it takes messages and answers well, or badly on request."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Literal

from aiohttp import web

from gateway.as2.cms.identity import KeyPair
from gateway.as2.disposition import DUPLICATE, PROCESSED, Disposition, of_error
from gateway.as2.errors import As2Error
from gateway.as2.headers import Headers
from gateway.as2.mdn import Answered, Built, Signing, build
from gateway.as2.mic import Mic
from gateway.as2.request import MdnRequest, read_request
from gateway.as2.source import Memory, whole
from gateway.as2.unpack import UnpackPolicy, unpack

TOKEN = "fedcba98765432100123"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)

Mood = Literal[
    "good",
    "lost",
    "silent",
    "unsigned",
    "no mic",
    "wrong mic",
    "tampered",
    "by a stranger",
    "about another",
    "empty",
    "page",
    "cut",
    "huge",
    "redirect",
    "unreadable",
    "known without a mic",
]


def at_noon() -> datetime:
    """The clock of everybody in tests."""
    return NOON


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """One message as it came."""

    headers: Headers
    body: bytes
    message_id: str
    payload: bytes | None
    file_name: str | None
    compressed: str | None


@dataclass(slots=True)
class As2Partner:
    """Dedupes by Message-ID, as partners should. `mood` is how it answers; `status` and `refusal` go before it.

    `stranger` signs in its stead where it is asked to. Receipts that were asked for later wait in `later`.
    """

    own: KeyPair
    stranger: KeyPair
    theirs: KeyPair
    policy: UnpackPolicy = field(default_factory=lambda: UnpackPolicy(require_signed=False, require_encrypted=False))
    mood: Mood = "good"
    moods: list[Mood] = field(default_factory=list)
    status: int = 200
    refusal: Disposition | None = None
    taken: list[Taken] = field(default_factory=list)
    effects: dict[str, bytes] = field(default_factory=dict)
    later: list[tuple[str, Built]] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    url: str = ""
    _runner: web.AppRunner | None = None

    async def start(self, tls: ssl.SSLContext | None = None) -> str:
        """Listen on a free port. Returns the URL."""
        application = web.Application(client_max_size=1 << 30)
        application.router.add_post("/as2", self._answer)
        self._runner = web.AppRunner(application, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=tls)
        await site.start()
        self.url = f"{site.name}/as2"
        return self.url

    async def close(self) -> None:
        """Stop listening."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        headers, body = Headers.of(request.raw_headers), await request.read()
        mood = self.moods.pop(0) if self.moods else self.mood
        answered, asked = self._took(headers, body)
        self.arrived.set()
        if self.status != 200:
            return web.Response(status=self.status, text="not here", headers={"Retry-After": "7"})
        broken = await _BROKEN[mood](request) if mood in _BROKEN else None
        if broken is not None or asked is None:
            return broken or web.Response(status=200)
        receipt = self._receipt(answered, asked, mood)
        if asked.url is not None:
            self.later.append((asked.url, receipt))
            return web.Response(status=202)
        return web.Response(body=receipt.body, headers=dict(receipt.headers.fields))

    def _took(self, headers: Headers, body: bytes) -> tuple[Answered, MdnRequest | None]:
        message_id, asked = headers.single("Message-ID") or "", read_request(headers)
        disposition, mic, payload, name, compressed = PROCESSED, None, None, None, None
        try:
            trusted = [self.theirs.certificate]
            opened = unpack(headers, Memory(body), policy=self.policy, keys=[self.own], trusted=trusted, scratch=Memory)
            mic, payload, name = opened.mic(asked), whole(opened.payloads[0].source), opened.payloads[0].file_name
            compressed = opened.compressed
        except As2Error as error:
            disposition = of_error(error)
        if payload is not None and self.refusal is None:
            disposition = DUPLICATE if message_id in self.effects else PROCESSED
            self.effects.setdefault(message_id, payload)
        self.taken.append(
            Taken(
                headers=headers,
                body=body,
                message_id=message_id,
                payload=payload,
                file_name=name,
                compressed=compressed,
            )
        )
        names = [headers.single(name) or "" for name in ("AS2-From", "AS2-To")]
        said = Answered(
            message_id=message_id,
            sender=names[0].strip('"'),
            receiver=names[1].strip('"'),
            disposition=self.refusal or disposition,
            mic=mic if self.refusal is None else None,
        )
        return said, asked

    def _receipt(self, answered: Answered, asked: MdnRequest, mood: Mood) -> Built:
        """As good, or as bad, as the mood."""
        if mood == "about another":
            answered = replace(answered, message_id="<another-1@elsewhere.example>")
        if mood == "wrong mic" and answered.mic is not None:
            answered = replace(answered, mic=Mic("A" * 43 + "=", "sha256"))
        if mood == "no mic":
            answered = replace(answered, mic=None)
        if mood == "known without a mic":
            answered = replace(answered, mic=None, disposition=DUPLICATE)
        signer = self.stranger if mood == "by a stranger" else self.own
        signing = Signing(signer=signer, time=NOON) if asked.signed and mood != "unsigned" else None
        built = build(
            answered,
            message_id="<mdn-1@partner.example>",
            reporting_ua="partner.example; test",
            token=TOKEN,
            signing=signing,
        )
        if mood == "tampered":
            return replace(built, body=built.body.replace(b"Reporting-UA: p", b"Reporting-UA: P"))
        return built


async def _lost(request: web.Request) -> web.StreamResponse:
    """It took the message, and the line is cut before the answer."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def _silent(_request: web.Request) -> web.StreamResponse:
    await asyncio.sleep(30)
    return web.Response()


async def _empty(_request: web.Request) -> web.StreamResponse:
    return web.Response(status=200)


async def _page(_request: web.Request) -> web.StreamResponse:
    return web.Response(text="<html>Thank you</html>", content_type="text/html")


async def _cut(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "multipart/report; boundary=x", "Content-Length": "1000"})
    await response.prepare(request)
    await response.write(b"--x\r\n")
    assert request.transport is not None
    request.transport.abort()
    return response


async def _huge(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(64):
        await response.write(bytes(64 * 1024))
    return response


async def _redirect(request: web.Request) -> web.StreamResponse:
    return web.Response(status=307, headers={"Location": str(request.url.with_path("/elsewhere"))})


async def _unreadable(_request: web.Request) -> web.StreamResponse:
    return web.Response(body=b"--x\r\nnothing", headers={"Content-Type": "multipart/report; boundary=x"})


_BROKEN: dict[str, Callable[[web.Request], Awaitable[web.StreamResponse]]] = {
    "lost": _lost,
    "silent": _silent,
    "empty": _empty,
    "page": _page,
    "cut": _cut,
    "huge": _huge,
    "redirect": _redirect,
    "unreadable": _unreadable,
}
