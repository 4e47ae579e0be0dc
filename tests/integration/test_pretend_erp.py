"""The pretend ERP that does business: it hears of what it keeps, and hands in what follows from it."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from gateway.backends.pretend.intake import HandedIn, PretendBusiness
from gateway.backends.sandbox import SandboxErp
from gateway.backends.sandbox_store import Stored
from tests.unit.backends.pretend.orders import a_desk, an_envelope, an_order

Answer = Callable[[], web.Response]


class Intake:
    """Answers posts in turn, then 202 for all others; keeps their keys and bodies."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.posts: list[tuple[str, str, bytes]] = []

    async def post(self, request: web.Request) -> web.Response:
        key = request.headers["Idempotency-Key"]
        self.posts.append((request.headers["Authorization"], key, await request.read()))
        if self.answers:
            return self.answers.pop(0)()
        return web.json_response({"id": f"of-{key}", "state": "collected"}, status=202)


@pytest.fixture
async def serve() -> AsyncIterator[Callable[[Intake], Any]]:
    runners: list[web.AppRunner] = []

    async def served(intake: Intake) -> PretendBusiness:
        application = web.Application()
        application.router.add_post("/api/v1/documents", intake.post)
        runner = web.AppRunner(application, access_log=None)
        runners.append(runner)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        business = PretendBusiness(a_desk(), url=f"http://127.0.0.1:{runner.addresses[0][1]}", key="secret")
        await business.start()
        return business

    yield served
    for runner in runners:
        await runner.cleanup()


async def handed_in(business: PretendBusiness, count: int) -> list[HandedIn]:
    async with asyncio.timeout(20):
        while len(business.handed_in) < count:
            await asyncio.sleep(0.01)
    await business.close()
    return business.handed_in


async def test_an_order_that_the_sandbox_keeps_is_answered_at_the_intake(serve: Callable[[Intake], Any]) -> None:
    intake = Intake()
    business = await serve(intake)
    sandbox = SandboxErp()
    url = await sandbox.start()
    sandbox.tell(business.kept)
    async with aiohttp.ClientSession(headers={"Idempotency-Key": "k-1"}) as session:
        for _ in range(2):  # the same key again is the same order
            async with session.post(f"{url}/orders", json=an_envelope(an_order())) as answer:
                assert answer.ok

    found = await handed_in(business, 2)
    await sandbox.close()

    assert [one.good for one in found] == [True, True]
    assert [(who, key) for who, key, _ in intake.posts] == [
        ("Bearer secret", "order_response SO-000001"),
        ("Bearer secret", "warehouse_order SO-000001"),
    ]


async def test_a_busy_gateway_is_asked_again_with_the_same_bytes_under_the_same_key(
    serve: Callable[[Intake], Any],
) -> None:
    intake = Intake(lambda: web.json_response({"detail": "busy"}, status=503))
    business = await serve(intake)
    business.run(business.desk.buy("kestrel", "PO-7", {"lines": []}))

    (found,) = await handed_in(business, 1)

    assert found.good
    assert len(intake.posts) == 2
    assert intake.posts[0] == intake.posts[1]


async def test_a_refusal_is_kept_with_the_fields_that_it_names(serve: Callable[[Intake], Any]) -> None:
    problem = {"detail": "the body is no order.v1", "errors": [{"field": "lines", "message": "is required"}]}
    intake = Intake(lambda: web.json_response(problem, status=422))
    business = await serve(intake)
    business.run(business.desk.buy("kestrel", "PO-7", {"lines": []}))

    (found,) = await handed_in(business, 1)

    assert (found.good, found.status) == (False, 422)
    assert found.problem == "the body is no order.v1; lines: is required"
    assert len(intake.posts) == 1


@pytest.mark.parametrize("early", [True, False])
async def test_a_listener_hears_the_envelope_and_our_own_number_once_also_of_what_came_before_it(early: bool) -> None:
    heard: list[tuple[str, object]] = []

    def listen(stored: Stored, envelope: Any) -> None:
        heard.append((stored.id, envelope["body"]))

    sandbox = SandboxErp()
    url = await sandbox.start()
    if not early:
        sandbox.tell(listen)
    async with aiohttp.ClientSession() as session:
        body = json.dumps(an_envelope(an_order()))
        async with session.post(f"{url}/orders", data=body, headers={"Idempotency-Key": "k-1"}) as answer:
            assert (await answer.json())["id"] == "SO-000001"
    if early:
        sandbox.tell(listen)
        sandbox.tell(listen)
    await sandbox.close()

    assert heard == [("SO-000001", an_order())]
