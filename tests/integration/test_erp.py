"""The ERP adapter against the pretend ERP and worse servers, over real sockets."""

import asyncio
import base64
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from gateway.backends.authentication import ClientCredentials, api_key, basic
from gateway.backends.batch import Deliveries, Destination
from gateway.backends.erp import ErpBackend
from gateway.backends.exchange import Wire, wire_for
from gateway.backends.sandbox import SandboxErp
from gateway.backends.sandbox_store import Mode
from gateway.pipeline.inbound.deliver import DeliveryTerms, Idempotency
from gateway.pipeline.stage import DeliveryOutcome
from tests.documents import a_document

QUICK = Wire(total_seconds=0.5, connect_seconds=0.5)


@pytest.fixture
async def sandbox() -> AsyncIterator[SandboxErp]:
    pretend = SandboxErp(slow_seconds=0.05)
    yield pretend
    await pretend.close()


@pytest.fixture
async def erp(sandbox: SandboxErp) -> AsyncIterator[ErpBackend]:
    backend = ErpBackend(await sandbox.start(), wire=QUICK)
    yield backend
    await backend.close()


async def one_attempt(backend: ErpBackend, idempotency: Idempotency = "key", attempts: int = 0) -> DeliveryOutcome:
    destination = Destination(backend=backend, terms=DeliveryTerms(idempotency=idempotency))
    outcomes, _ = await Deliveries({"erp": destination}).deliver("erp", [a_document(attempts=attempts)])
    return outcomes[0]


@pytest.mark.parametrize(
    ("mode", "kind", "state"),
    [
        (Mode.OK, "delivered", "delivered"),
        (Mode.SLOW, "delivered", "delivered"),
        (Mode.CONFLICT409, "known", "delivered"),
        (Mode.FAIL500, "retry", "mapped"),
        (Mode.BUSY429, "retry", "mapped"),
        (Mode.TIMEOUT, "unknown", "mapped"),
        (Mode.GARBAGE, "unknown", "mapped"),
        (Mode.LOST, "unknown", "mapped"),
        (Mode.REFUSE400, "refused", "dead"),
        (Mode.IGNORES_KEY, "delivered", "delivered"),
    ],
)
async def test_each_way_of_answering_leads_to_its_outcome(
    sandbox: SandboxErp, erp: ErpBackend, mode: Mode, kind: str, state: str
) -> None:
    sandbox.set_mode(mode)

    outcome = await one_attempt(erp)

    assert (outcome.reply.kind, outcome.state) == (kind, state)


async def test_a_delivery_that_got_lost_is_one_order_after_it_is_repeated(sandbox: SandboxErp, erp: ErpBackend) -> None:
    sandbox.set_mode(Mode.LOST, times=1)
    await one_attempt(erp)

    outcome = await one_attempt(erp, attempts=1)

    assert (outcome.state, outcome.reply.status) == ("delivered", 200)
    assert (sandbox.counters.orders, sandbox.counters.repeats) == (1, 1)
    assert sandbox.counters.repeats_by_key == {"d-1.1": 1}


async def test_a_system_without_keys_is_asked_before_it_gets_a_lost_delivery_again(
    sandbox: SandboxErp, erp: ErpBackend
) -> None:
    sandbox.set_mode(Mode.LOST, times=1)
    await one_attempt(erp, "lookup")
    sandbox.set_mode(Mode.IGNORES_KEY)

    outcome = await one_attempt(erp, "lookup", attempts=1)

    assert (outcome.state, outcome.reply.kind) == ("delivered", "known")
    assert sandbox.counters.orders == 1


async def test_a_system_without_keys_gets_what_it_never_got(sandbox: SandboxErp, erp: ErpBackend) -> None:
    sandbox.set_mode(Mode.TIMEOUT, times=1)
    await one_attempt(erp, "lookup")
    sandbox.set_mode(Mode.IGNORES_KEY)

    outcome = await one_attempt(erp, "lookup", attempts=1)

    assert outcome.state == "delivered"
    assert sandbox.counters.orders == 1


async def test_the_sandbox_without_keys_shows_what_a_repeat_does(sandbox: SandboxErp, erp: ErpBackend) -> None:
    sandbox.set_mode(Mode.IGNORES_KEY)

    await one_attempt(erp)
    await one_attempt(erp)

    assert sandbox.counters.orders == 2


async def test_the_wait_a_busy_system_asks_for_is_kept(erp: ErpBackend, sandbox: SandboxErp) -> None:
    sandbox.set_mode(Mode.BUSY429)

    reply = await erp.deliver(a_document())

    assert (reply.status, reply.retry_after_seconds) == (429, 1.0)


async def test_a_system_that_does_not_listen_got_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    backend = ErpBackend(f"http://127.0.0.1:{port}")

    reply = await backend.deliver(a_document())
    await backend.close()

    assert reply.kind == "retry"
    assert "no connection" in reply.detail


@pytest.mark.parametrize(("idempotency", "connections"), [("key", 1), ("lookup", 3), ("none", 3)])
async def test_connections_are_reused_only_where_a_repeat_is_harmless(
    idempotency: Idempotency, connections: int
) -> None:
    peers: set[object] = set()

    async def orders(request: web.Request) -> web.Response:
        assert request.transport is not None
        peers.add(request.transport.get_extra_info("peername"))
        return web.json_response({"id": "SO-1"})

    async with server(orders=orders) as url:
        backend = ErpBackend(url, wire=wire_for(idempotency, concurrency=4))
        for _ in range(3):
            await backend.deliver(a_document())
        await backend.close()

    assert len(peers) == connections


async def test_a_very_large_order_arrives_whole(sandbox: SandboxErp, erp: ErpBackend) -> None:
    canonical = json.dumps({"lines": ["x" * 100] * 50_000}).encode()

    reply = await erp.deliver(a_document(canonical=canonical))

    assert reply.kind == "delivered"
    assert sandbox.requests[0].body.endswith(canonical + b"}")


async def test_the_sandbox_shows_requests_without_credentials(sandbox: SandboxErp) -> None:
    url = await sandbox.start()
    backend = ErpBackend(url, authentication=api_key("X-API-Key", "s3cret"))
    await backend.deliver(a_document())
    await backend.close()

    async with aiohttp.ClientSession() as session, session.get(f"{url}/requests") as answer:
        text = await answer.text()

    assert "s3cret" not in text
    seen = json.loads(text)[0]
    assert seen["headers"]["Idempotency-Key"] == "d-1.1"
    assert seen["body"]["body"] == {"total": "10.50"}


async def test_the_sandbox_is_told_its_mode_over_http(sandbox: SandboxErp) -> None:
    url = await sandbox.start()
    backend = ErpBackend(url)
    async with aiohttp.ClientSession() as session:
        async with session.post(f"{url}/mode", json={"mode": "fail500", "times": 1}) as answer:
            accepted = answer.status
        async with session.post(f"{url}/mode", json={"mode": "nonsense"}) as answer:
            refused = answer.status

    kinds = [(await backend.deliver(a_document())).kind for _ in range(2)]
    await backend.close()

    assert (accepted, refused) == (200, 400)
    assert kinds == ["retry", "delivered"]


async def test_the_sandbox_remembers_its_file(tmp_path: Path) -> None:
    file = tmp_path / "orders.jsonl"
    first = SandboxErp(file=file)
    backend = ErpBackend(await first.start())
    before = await backend.deliver(a_document())
    await backend.close()
    await first.close()
    file.write_bytes(file.read_bytes() + b'{"torn')

    second = SandboxErp(file=file)
    backend = ErpBackend(await second.start())
    after = await backend.deliver(a_document())
    other = await backend.deliver(a_document("d-2"))
    await backend.close()
    await second.close()
    third = SandboxErp(file=file)
    kept = third.counters.orders
    await third.close()

    assert after.external_id == before.external_id
    assert other.external_id != before.external_id
    assert kept == 2


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def server(**handlers: Handler) -> AsyncIterator[str]:
    """An HTTP server of one's own: `orders=...` answers /orders."""
    application = web.Application()
    for path, handler in handlers.items():
        application.router.add_route("*", f"/{path}", handler)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def test_redirects_are_not_followed() -> None:
    async def redirect(request: web.Request) -> web.Response:
        return web.Response(status=307, headers={"Location": "/elsewhere"})

    async def elsewhere(request: web.Request) -> web.Response:
        raise AssertionError("followed a redirect")

    async with server(orders=redirect, elsewhere=elsewhere) as url:
        backend = ErpBackend(url)
        reply = await backend.deliver(a_document())
        await backend.close()

    assert (reply.kind, reply.status) == ("unknown", 307)


async def test_an_endless_answer_is_read_to_its_limit_only() -> None:
    sent = 0

    async def endless(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse(status=200)
        await response.prepare(request)
        while True:
            await response.write(b"x" * 65536)
            sent += 65536

    async with server(orders=endless) as url:
        backend = ErpBackend(url)
        reply = await backend.deliver(a_document())
        await backend.close()

    assert reply.kind == "unknown"
    assert sent < 32 * 1024 * 1024


async def test_a_compressed_bomb_stays_compressed() -> None:
    async def bomb(request: web.Request) -> web.Response:
        return web.Response(status=200, body=b"\x1f\x8b garbage", headers={"Content-Encoding": "gzip"})

    async with server(orders=bomb) as url:
        backend = ErpBackend(url)
        reply = await backend.deliver(a_document())
        await backend.close()

    assert reply.kind == "unknown"


async def raw_server(answer: bytes) -> asyncio.Server:
    """A server that reads a request, writes `answer` and hangs up."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"}}")
        writer.write(answer)
        writer.close()

    return await asyncio.start_server(talk, "127.0.0.1", 0)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (b"", "unknown"),
        (b"SSH-2.0-OpenSSH\r\n\r\n", "unknown"),
        (b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"id": ', "unknown"),
        (b'HTTP/1.1 201 Created\r\nContent-Length: 14\r\n\r\n{"id": "SO-1"}', "delivered"),
        (b"HTTP/1.1 400 Bad\r\nContent-Length: 100\r\n\r\nno", "refused"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n", "unknown"),
    ],
)
async def test_a_line_that_breaks_leaves_only_what_was_said(answer: bytes, kind: str) -> None:
    listening = await raw_server(answer)
    backend = ErpBackend(f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}", wire=QUICK)

    reply = await backend.deliver(a_document())
    await backend.close()
    listening.close()
    await listening.wait_closed()

    assert reply.kind == kind


async def test_basic_credentials_reach_the_system() -> None:
    seen: list[str] = []

    async def orders(request: web.Request) -> web.Response:
        seen.append(request.headers["Authorization"])
        return web.json_response({"id": "SO-1"})

    async with server(orders=orders) as url:
        backend = ErpBackend(url, authentication=basic("gateway", "pässword"))
        await backend.deliver(a_document())
        await backend.close()

    assert base64.b64decode(seen[0].removeprefix("Basic ")).decode() == "gateway:pässword"


class TokenServer:
    """Gives out tokens t1, t2, ... and takes only the latest of them."""

    def __init__(self, *, expires_in: float | None = 3600, status: int = 200) -> None:
        self.given = 0
        self.posts: list[str] = []
        self.forms: list[dict[str, str]] = []
        self.valid = "t1"
        self._expires_in, self._status = expires_in, status

    async def token(self, request: web.Request) -> web.Response:
        self.forms.append({name: str(value) for name, value in (await request.post()).items()})
        await asyncio.sleep(0.01)
        self.given += 1
        answer = {"access_token": f"t{self.given}", "token_type": "bearer", "expires_in": self._expires_in}
        return web.json_response(answer, status=self._status)

    async def orders(self, request: web.Request) -> web.Response:
        self.posts.append(request.headers["Authorization"])
        if request.headers["Authorization"] != f"Bearer {self.valid}":
            return web.Response(status=401)
        return web.json_response({"id": "SO-1"}, status=201)


@asynccontextmanager
async def oauth(tokens: TokenServer, clock: Callable[[], float] = lambda: 0.0) -> AsyncIterator[ErpBackend]:
    async with server(token=tokens.token, orders=tokens.orders) as url:
        proof = ClientCredentials(
            token_url=f"{url}/token", client_id="gw", client_secret="shh", scope="orders", monotonic=clock
        )
        backend = ErpBackend(url, authentication=proof)
        yield backend
        await backend.close()


async def test_one_token_serves_many_documents_at_once() -> None:
    tokens = TokenServer()
    async with oauth(tokens) as backend:
        replies = await asyncio.gather(*(backend.deliver(a_document(f"d-{number}")) for number in range(20)))

    assert {reply.kind for reply in replies} == {"delivered"}
    assert tokens.forms == [{"grant_type": "client_credentials", "scope": "orders"}]


async def test_a_token_that_was_revoked_is_renewed_once() -> None:
    tokens = TokenServer()
    async with oauth(tokens) as backend:
        await backend.deliver(a_document())
        tokens.valid = "t2"
        replies = await asyncio.gather(*(backend.deliver(a_document(f"d-{number}")) for number in range(10)))

    assert {reply.kind for reply in replies} == {"delivered"}
    assert tokens.given == 2


async def test_a_token_is_renewed_before_it_runs_out() -> None:
    now = 0.0
    tokens = TokenServer(expires_in=100)
    async with oauth(tokens, lambda: now) as backend:
        await backend.deliver(a_document())
        now, tokens.valid = 95.0, "t2"
        reply = await backend.deliver(a_document())

    assert reply.kind == "delivered"
    assert tokens.posts == ["Bearer t1", "Bearer t2"]


async def test_a_token_that_is_never_accepted_is_tried_twice_and_blames_no_document() -> None:
    tokens = TokenServer()
    tokens.valid = "none"
    async with oauth(tokens) as backend:
        reply = await backend.deliver(a_document())

    assert (reply.kind, reply.status) == ("retry", 401)
    assert len(tokens.posts) == 2


async def test_without_a_token_nothing_is_sent() -> None:
    tokens = TokenServer(status=400)
    async with oauth(tokens) as backend:
        reply = await backend.deliver(a_document())

    assert reply.kind == "retry"
    assert "token server answered HTTP 400" in reply.detail
    assert tokens.posts == []
