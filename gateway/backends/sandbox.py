"""A small pretend ERP that keeps the contract of `docs/erp-contract.md`, and breaks it on command.

For newcomers, the demo and tests: it runs on loopback inside the gateway's process or alone, keeps what it is given in
memory (and in a JSON-lines file when asked to), and shows every request it saw. It is no place for real orders.
"""

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Final

from aiohttp import web

from gateway.backends.erp import PATHS
from gateway.backends.sandbox_store import Counters, Mode, Seen, Stored, StoredDocuments
from gateway.errors import MachineError

MAX_BODY_BYTES = 64 * 1024 * 1024
"""A canonical order of 100,000 lines is about 40 MB."""

_MOST_UNHEARD: Final = 200
"""Documents that are remembered for who listens later: what waited for us comes before anybody is there to do it."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Shows = Callable[[], object]
"""What came of it, as JSON values, for people who look."""

Listener = Callable[[Stored, Mapping[str, Any]], None]
"""Hears of each document that is kept, once, with its envelope; returns at once and raises nothing."""


class SandboxErp:
    """A pretend ERP on loopback.

    Args:
        mode: how it behaves until told otherwise.
        file: keeps stored documents as JSON lines, read again at the next start.
        hang_seconds: how long mode "timeout" keeps a caller waiting.
        slow_seconds: how long mode "slow" takes; `latency_seconds` what every answer takes.
        retry_after_seconds: what mode "busy429" asks for.
    """

    def __init__(
        self,
        *,
        mode: Mode = Mode.OK,
        file: Path | None = None,
        hang_seconds: float = 120.0,
        slow_seconds: float = 2.0,
        latency_seconds: float = 0.0,
        retry_after_seconds: int = 1,
    ) -> None:
        self._mode, self._left = mode, 0
        self._documents = StoredDocuments(file)
        self._hang, self._slow, self._latency = hang_seconds, slow_seconds, latency_seconds
        self._retry_after = retry_after_seconds
        self._runner: web.AppRunner | None = None
        self._stopping = asyncio.Event()
        self._listener: Listener | None = None
        self._unheard: deque[tuple[Stored, bytes]] = deque(maxlen=_MOST_UNHEARD)
        self._shows: Shows = dict

    async def start(self, *, host: str = "127.0.0.1", port: int = 0) -> str:
        """Listen, and return the base URL; port 0 takes a free one."""
        application = web.Application(client_max_size=MAX_BODY_BYTES)
        application.router.add_post("/mode", self._set_mode)
        application.router.add_get("/requests", self._show_requests)
        application.router.add_get("/stats", self._show_counters)
        application.router.add_get("/business", self._show_business)
        application.router.add_put("/documents/{document}/status", self._put_status)
        application.router.add_get("/statuses", self._show_statuses)
        for path in sorted(set(PATHS.values())):
            application.router.add_post(f"/{path}", self._post)
            application.router.add_get(f"/{path}", self._look_up)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        try:
            await site.start()
        except OSError as refused:
            raise MachineError(f"the sandbox ERP cannot listen on {host} port {port}: {refused}") from refused
        bound: int = self._runner.addresses[0][1]
        return f"http://{host}:{bound}"

    async def close(self) -> None:
        """Stop listening; callers that are kept waiting are cut off."""
        self._stopping.set()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        self._documents.close()

    def set_mode(self, mode: Mode, *, times: int = 0) -> None:
        """Behave so from now on; with `times` only for that many posts, then "ok" again."""
        self._mode, self._left = mode, times

    def tell(self, listener: Listener, *, shows: Shows = dict) -> None:
        """From now on this one hears of every document that is kept, and first of those that were kept since the start,
        while nobody listened; `GET /business` answers what it `shows`.
        """
        self._listener, self._shows = listener, shows
        while self._unheard:
            stored, body = self._unheard.popleft()
            listener(stored, json.loads(body))

    @property
    def counters(self) -> Counters:
        """What it has seen and kept so far."""
        return self._documents.counters()

    @property
    def stored(self) -> tuple[Stored, ...]:
        """Every document it keeps, in order of arrival; with "ignores_key" a repeat is there twice."""
        return self._documents.stored

    @property
    def requests(self) -> tuple[Seen, ...]:
        """The latest requests, oldest first, credentials blanked."""
        return self._documents.requests

    async def _set_mode(self, request: web.Request) -> web.Response:
        try:
            wanted = json.loads(await request.read())
            mode, times = Mode(wanted["mode"]), int(wanted.get("times", 0))
        except (ValueError, KeyError, TypeError, AttributeError):
            return _json({"detail": f"mode is one of {', '.join(mode.value for mode in Mode)}"}, status=400)
        self.set_mode(mode, times=times)
        return _json({"mode": mode.value, "times": times})

    async def _show_requests(self, request: web.Request) -> web.Response:
        return _json([seen.as_json() for seen in self._documents.requests])

    async def _show_counters(self, request: web.Request) -> web.Response:
        counters = self._documents.counters()
        return _json({name: getattr(counters, name) for name in ("requests", "keys", "repeats", "orders")})

    async def _show_business(self, request: web.Request) -> web.Response:
        return _json(self._shows())

    @property
    def statuses(self) -> tuple[Mapping[str, object], ...]:
        """How documents stand, as far as it was told: the latest of each."""
        return self._documents.statuses

    async def _show_statuses(self, request: web.Request) -> web.Response:
        return _json(list(self._documents.statuses))

    async def _put_status(self, request: web.Request) -> web.StreamResponse:
        """How a document stands. What it was told to do wrong it does wrong here too, and it counts no time of it."""
        body = await request.read()
        self._documents.saw(request.method, request.path_qs, request.headers, body)
        if self._mode in (Mode.FAIL500, Mode.TIMEOUT):
            return _json({"detail": "the sandbox was told to fail"}, status=503)
        try:
            taken = self._documents.told(request.match_info["document"], body)
        except ValueError as fault:
            return _json({"detail": f"the sandbox cannot read this: {fault}"}, status=422)
        return _json({}) if taken else _json({"detail": "a later status is here already"}, status=409)

    def _next_mode(self) -> Mode:
        mode = self._mode
        if self._left:
            self._left -= 1
            if not self._left:
                self._mode = Mode.OK
        return mode

    async def _post(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self._documents.saw(request.method, request.path_qs, request.headers, body)
        mode = self._next_mode()
        if self._latency:
            await asyncio.sleep(self._latency)
        return await self._refuse(mode) or await self._take(mode, request, body)

    async def _refuse(self, mode: Mode) -> web.Response | None:
        """The modes in which nothing is kept."""
        match mode:
            case Mode.FAIL500:
                return _json({"detail": "the sandbox was told to fail"}, status=500)
            case Mode.BUSY429:
                headers = {"Retry-After": str(self._retry_after)}
                return _json({"detail": "the sandbox was told to be busy"}, status=429, headers=headers)
            case Mode.REFUSE400:
                return _json({"detail": "the sandbox was told to refuse: unknown item number"}, status=400)
            case Mode.TIMEOUT:
                await self._wait(self._hang)
                return _json({"detail": "too late"}, status=503)
            case _:
                return None

    async def _take(self, mode: Mode, request: web.Request, body: bytes) -> web.StreamResponse:
        try:
            stored, repeated = self._documents.take(
                request.path, request.headers.get("Idempotency-Key", ""), body, dedupe=mode is not Mode.IGNORES_KEY
            )
        except ValueError as fault:
            return _json({"detail": f"the sandbox cannot read this: {fault}"}, status=422)
        if not repeated:
            if self._listener is None:
                self._unheard.append((stored, body))
            else:
                self._listener(stored, json.loads(body))
        if mode is Mode.SLOW:
            await self._wait(self._slow)
        if mode is Mode.LOST and request.transport is not None:
            request.transport.abort()
        if mode is Mode.GARBAGE:
            return web.Response(text="<html>It works!</html>", content_type="text/html")
        if mode is Mode.CONFLICT409:
            return _json({"id": stored.id, "detail": "it is here already"}, status=409)
        return _json({"id": stored.id}, status=200 if repeated else 201)

    async def _look_up(self, request: web.Request) -> web.StreamResponse:
        self._documents.saw(request.method, request.path_qs, request.headers, b"")
        number, partner = request.query.get("business_number", ""), request.query.get("partner", "")
        found = self._documents.find(request.path, number, partner)
        return _json({"items": [stored.summary() for stored in found]})

    async def _wait(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return


def _json(value: object, *, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(
        body=json.dumps(value).encode(), status=status, headers=headers, content_type="application/json"
    )
