"""Receipts that are asked for later: only to hosts that are agreed, tried until they arrive, no redirect followed."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from gateway.as2.headers import Headers
from gateway.as2.receipt import Mdn
from gateway.as2.receipt import read as read_receipt
from gateway.as2.request import MdnRequest
from gateway.as2.source import Memory
from gateway.pipeline.retry import Patience
from gateway.transports.as2.later import LaterLimits
from tests.integration.as2_door import (
    PATIENT,
    Door,
    a_message,
    a_party,
    opened,
    ourselves,
    receiving,
    somebody,
)

SOON = LaterLimits(
    poll_seconds=0.05,
    connect_seconds=1.0,
    answer_seconds=0.5,
    patience=Patience(first_delay_seconds=0.05, longest_delay_seconds=0.1, most_attempts=4),
)


@dataclass
class Listening:
    """A partner's server for receipts; `answers` are its statuses, the last for all that follow."""

    answers: list[int] = field(default_factory=lambda: [200])
    got: list[tuple[Any, bytes]] = field(default_factory=list)
    port: int = 0
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def url(self, path: str = "/mdn") -> str:
        return f"http://{self.host}{path}"

    async def take(self, request: web.Request) -> web.Response:
        self.got.append((request.headers.copy(), await request.read()))
        status = self.answers[0] if len(self.answers) == 1 else self.answers.pop(0)
        if status == 0:
            await asyncio.sleep(2)
        return web.Response(status=status or 200, headers=self.headers)

    def receipt(self, index: int = 0) -> Mdn:
        headers, body = self.got[index]
        return read_receipt(Headers.of(headers.items()), Memory(body), trusted=[ourselves().certificate])


@contextlib.asynccontextmanager
async def listening(*answers: int) -> AsyncIterator[Listening]:
    server = Listening(answers=list(answers) or [200])
    app = web.Application()
    app.router.add_post("/{path:.*}", server.take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.port = runner.addresses[0][1]
    try:
        yield server
    finally:
        await runner.cleanup()


@pytest.fixture
async def partner() -> AsyncIterator[Listening]:
    async with listening() as server:
        yield server


Open = Callable[..., Awaitable[Door]]


@pytest.fixture
async def open_door(tmp_path: Path) -> AsyncIterator[Open]:
    async with contextlib.AsyncExitStack() as held:

        async def one(*hosts: str, **about: Any) -> Door:
            parties = [a_party(**receiving(mdn_hosts=hosts)), a_party("bolt")]
            values = {"later": SOON} | about
            return await held.enter_async_context(opened(tmp_path, *parties, **values))

        yield one


def later(url: str) -> MdnRequest:
    return MdnRequest(notify="x", url=url, signed=True, micalgs=("sha-256",))


async def until(door: Door, state: str) -> Any:
    """The first message, once its receipt stands so."""
    async with asyncio.timeout(20):
        while door.messages[0].mdn_state != state:
            await asyncio.sleep(0.02)
    return door.messages[0]


async def test_the_answer_is_empty_and_the_receipt_follows(open_door: Open, partner: Listening) -> None:
    door = await open_door(partner.host)

    packed = a_message(request=later(partner.url()))
    answer = await door.send(packed)
    row = await until(door, "sent")

    assert (answer.status, answer.body) == (200, b"")
    assert partner.receipt().disposition.is_good and partner.receipt().signed_by == ourselves().certificate
    assert partner.receipt().mic is not None and partner.receipt().mic.value == packed.mics["sha256"]  # type: ignore[union-attr]
    assert row.mdn_attempts == 1 and row.mdn_at is not None
    assert len(door.events("receipt.sent")) == 1


async def test_a_receipt_is_tried_until_it_arrives_and_is_the_same_every_time(open_door: Open) -> None:
    async with listening(503, 302, 200) as partner:
        partner.headers["Location"] = "http://127.0.0.1:9/internal-admin"
        door = await open_door(partner.host)

        await door.send(a_message(request=later(partner.url())))
        row = await until(door, "sent")

        assert row.mdn_attempts == 3
        assert len({body for _, body in partner.got}) == 1
        assert len(door.events("receipt.deferred")) == 2


async def test_a_receipt_that_never_arrives_is_given_up_and_people_are_told(open_door: Open) -> None:
    async with listening(500) as partner:
        door = await open_door(partner.host)

        await door.send(a_message(request=later(partner.url())))
        row = await until(door, "given_up")

        assert row.mdn_attempts == 4 and "HTTP 500" in row.mdn_reason
        (event,) = door.events("receipt.given-up")
        assert event.subject == row.id and event.transmission_id == door.transmissions[0].id


async def test_what_waits_is_sent_after_a_restart(tmp_path: Path, partner: Listening) -> None:
    party = a_party(**receiving(mdn_hosts=(partner.host,)))
    never = replace(SOON, poll_seconds=3600.0)
    async with opened(tmp_path, party, later=never) as door:
        await door.later.close()  # as if the process ended right after its answer
        await door.send(a_message(request=later(partner.url())))
        assert partner.got == []

    async with opened(tmp_path, party, later=SOON) as door:
        await until(door, "sent")

        assert len(partner.got) == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data",
        "http://127.1:{port}/mdn",
        "http://0x7f.1:{port}/mdn",
        "http://2130706433:{port}/mdn",
        "http://[::1]:{port}/mdn",
        "http://localhost:{port}/mdn",
        "http://as2.acme.example:{port}/mdn",
        "http://as2.acme.example.mallory.example/mdn",
        "http://as2.acme.example@127.0.0.1:{port}/mdn",
        "http://127.0.0.1:{port}@as2.acme.example/mdn",
    ],
)
async def test_a_receipt_goes_nowhere_but_to_hosts_that_are_agreed(
    open_door: Open, partner: Listening, url: str
) -> None:
    door = await open_door("as2.acme.example")

    answer = await door.send(a_message(request=later(url.format(port=partner.port))))

    # It is given on the connection that the message came by: whoever that is, has it signed with the partner's key.
    assert answer.disposition == "processed"
    assert partner.got == [] and door.messages[0].mdn_state == "answered"
    assert len(door.transmissions) == 1


@pytest.mark.parametrize("url", ["gopher://127.0.0.1/x", "file:///etc/passwd", "mailto:x@acme.example", "http://"])
async def test_what_is_no_address_of_the_web_is_refused(open_door: Open, url: str) -> None:
    door = await open_door("as2.acme.example")
    packed = a_message()
    fields = [*packed.headers.fields, ("Receipt-Delivery-Option", url)]

    answer = await door.send(replace(packed, headers=Headers(tuple(fields))))

    assert answer.disposition == "processed/error: unexpected-processing-error"
    assert door.transmissions == []


async def test_a_name_that_leads_into_a_private_network_is_not_called(open_door: Open, partner: Listening) -> None:
    """`localhost` stands for any name whose owner points it at us: DNS rebinding."""
    door = await open_door(f"localhost:{partner.port}")

    await door.send(a_message(request=later(f"http://localhost:{partner.port}/mdn")))
    row = await until(door, "given_up")

    assert partner.got == [] and "private network" in row.mdn_reason


async def test_a_name_may_lead_into_a_private_network_that_the_channel_names(
    tmp_path: Path, partner: Listening
) -> None:
    host = f"localhost:{partner.port}"
    party = a_party(mdn_networks=("127.0.0.0/8", "::1/128"), **receiving(mdn_hosts=(host,)))
    async with opened(tmp_path, party, later=SOON) as door:
        await door.send(a_message(request=later(f"http://{host}/mdn")))
        await until(door, "sent")

        assert len(partner.got) == 1


async def test_bad_news_are_given_in_the_answer_so_that_nobody_unproven_has_us_call(
    open_door: Open, partner: Listening
) -> None:
    door = await open_door(partner.host)

    answer = await door.send(a_message(request=later(partner.url()), signer=somebody("mallory")))

    assert answer.disposition == "processed/error: decryption-failed"
    assert partner.got == [] and door.messages[0].mdn_state == "answered"


async def test_the_same_message_again_has_its_receipt_sent_again(open_door: Open, partner: Listening) -> None:
    door = await open_door(partner.host)
    packed = a_message(request=later(partner.url()))

    await door.send(packed)
    await until(door, "sent")
    answer = await door.send(packed)
    async with asyncio.timeout(10):
        while len(partner.got) < 2:
            await asyncio.sleep(0.02)

    assert (answer.status, answer.body) == (200, b"")
    assert partner.got[0][1] == partner.got[1][1]
    assert len(door.transmissions) == 1


async def test_a_partner_that_hangs_keeps_no_other_waiting(tmp_path: Path, partner: Listening) -> None:
    async with listening(0) as slow:
        parties = [
            a_party(**receiving(mdn_hosts=(slow.host,))),
            a_party("bolt", **receiving(mdn_hosts=(partner.host,))),
        ]
        async with opened(tmp_path, *parties, later=replace(SOON, answer_seconds=5.0, at_once=1)) as door:
            for number in range(5):
                await door.send(a_message(number=number, request=later(slow.url())))
            await door.send(a_message(partner="bolt", request=later(partner.url())))

            async with asyncio.timeout(1.5):
                while not partner.got:
                    await asyncio.sleep(0.01)


async def test_a_row_in_the_hands_of_a_dead_node_comes_up_again(open_door: Open, partner: Listening) -> None:
    door = await open_door(partner.host, later=replace(SOON, poll_seconds=3600.0))
    await door.later.close()
    await door.send(a_message(request=later(partner.url())))
    answers = door.later._answers

    (first,) = answers.due(limit=10, lease_seconds=0.0)  # its node died, and its lease is over
    (second,) = answers.due(limit=10, lease_seconds=60.0)

    assert first.id == second.id and first.answer == second.answer
    assert answers.due(limit=10, lease_seconds=60.0) == []


def test_limits_are_patient() -> None:
    assert LaterLimits().patience.longest_age == timedelta(hours=24)
    assert PATIENT.at_once_per_address == 50
