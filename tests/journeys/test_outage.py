"""An ERP that is down, forgets to answer or knows no keys: partners notice nothing, and it gets every order once."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select

from gateway.store.tables import DESTINATION, EVENT
from tests.journeys.gateway_process import PATIENCE, Site, a_site, make_home
from tests.journeys.orders import OrderFile, order_files
from tests.journeys.partner_clients import Partner, Yeses, post_all, upload_all
from tests.journeys.reckoning import Books, read_books, reckon, settled

FILES = 24
POSTS_WHILE_DOWN = 5 + 8 + 6
"""Failures that trip the breaker, posts that were under way beside them, and some seconds of probes."""


async def send(site: Site, files: Sequence[OrderFile], *, pause_seconds: float = 0.1) -> Yeses:
    """Half of the files by HTTP, half by SFTP, until every one is acknowledged."""
    yeses = Yeses()
    async with asyncio.TaskGroup() as group:
        group.create_task(post_all(Partner(site, yeses, Random(1), pause_seconds), files[0::2]))
        group.create_task(upload_all(Partner(site, yeses, Random(2), pause_seconds), files[1::2]))
    return yeses


async def until(site: Site, holds: Callable[[Books], bool], limit_seconds: float = 20.0) -> Books:
    """The store's books once something holds. Raises AssertionError after `limit_seconds`."""
    deadline = time.monotonic() + limit_seconds
    while not holds(books := await asyncio.to_thread(read_books, site)):
        assert time.monotonic() < deadline, f"not within {limit_seconds} s\n{site.logs()}"
        await asyncio.sleep(0.05)
    return books


def paused(site: Site) -> bool:
    """Whether destination erp is paused."""
    with site.memory.database.reading() as connection:
        return bool(connection.execute(select(DESTINATION.c.paused).where(DESTINATION.c.name == "erp")).scalar())


def pauses(site: Site) -> Counter[str]:
    """How often it was paused and resumed."""
    with site.memory.database.reading() as connection:
        told = select(EVENT.c.kind).where(EVENT.c.subject == "erp")
        return Counter(connection.execute(told).scalars())


def business_numbers(site: Site) -> Counter[str]:
    """Orders at the ERP by the partner's number."""
    return Counter(order["business_number"] for order in site.erp.orders())


def wanted(files: Sequence[OrderFile]) -> Counter[str]:
    """Each number once."""
    return Counter(number for file in files for number in file.numbers)


async def test_receiving_and_answering_go_on_while_the_erp_fails_and_all_follows_when_it_is_back(
    tmp_path: Path,
) -> None:
    files = order_files(FILES, Random(7))
    async with a_site(make_home(tmp_path)) as site:
        await site.nodes[0].start()
        await site.erp.behave("fail500")
        yeses = await send(site, files)
        await until(site, lambda books: len(books.acknowledgements) == FILES)
        while_down = await site.erp.counters()
        was_paused = await asyncio.to_thread(paused, site)
        await site.erp.behave("ok")
        await settled(site, 30)
        result = await reckon(site, files, yeses)

        assert not result.faults, f"{result}\n{site.logs()}"
        assert was_paused
        assert while_down["orders"] == 0
        assert while_down["requests"] <= POSTS_WHILE_DOWN
        assert result.repeats == 0
        assert not await asyncio.to_thread(paused, site)


async def test_an_erp_that_does_not_run_at_all_is_waited_for(tmp_path: Path) -> None:
    files = order_files(FILES, Random(8))
    async with a_site(make_home(tmp_path), erp_running=False) as site:
        await site.nodes[0].start()
        yeses = await send(site, files)
        await until(site, lambda books: len(books.acknowledgements) == FILES)
        was_paused = await asyncio.to_thread(paused, site)
        await site.erp.start()
        await settled(site, 30)
        result = await reckon(site, files, yeses)

        assert not result.faults, f"{result}\n{site.logs()}"
        assert was_paused
        assert result.repeats == 0


async def test_a_gateway_killed_while_the_erp_is_down_delivers_what_waited(tmp_path: Path) -> None:
    files = order_files(FILES, Random(9))
    async with a_site(make_home(tmp_path), erp_running=False) as site:
        await site.nodes[0].start()
        yeses = await send(site, files, pause_seconds=0.02)
        await until(site, lambda books: len(books.acknowledgements) == FILES)
        await site.nodes[0].process.kill()
        await site.erp.start()
        await site.nodes[0].start()
        await settled(site, 30)
        result = await reckon(site, files, yeses)
        told = await asyncio.to_thread(pauses, site)

        assert not result.faults, f"{result}\n{site.logs()}"
        assert told["destination.paused"] == told["destination.resumed"] > 0


async def test_answers_that_get_lost_make_one_order_by_key(tmp_path: Path) -> None:
    files = order_files(8, Random(10))
    async with a_site(make_home(tmp_path)) as site:
        await site.nodes[0].start()
        await site.erp.behave("lost", times=4)
        yeses = await send(site, files)
        await settled(site, 30)
        result = await reckon(site, files, yeses)

        assert not result.faults, f"{result}\n{site.logs()}"
        assert result.repeats >= 4


@pytest.mark.long
async def test_an_erp_without_keys_is_asked_instead_of_sent_a_second_order(tmp_path: Path) -> None:
    files = order_files(8, Random(11))
    home = make_home(tmp_path, destination=f"{PATIENCE}idempotency: lookup\n")
    async with a_site(home) as site:
        await site.nodes[0].start()
        await site.erp.behave("lost", times=4)
        yeses = await send(site, files)
        await settled(site, 30)
        result = await reckon(site, files, yeses)

        assert not result.faults, f"{result}\n{site.logs()}"
        assert result.repeats == 0


async def in_the_middle_of_a_post(site: Site, files: Sequence[OrderFile]) -> None:
    """Send, and kill the gateway once the ERP has requests in hand that it has not answered."""
    await site.erp.behave("ignores_key")
    await send(site, files, pause_seconds=0.0)
    deadline = time.monotonic() + 10
    while (counters := await site.erp.counters())["requests"] == counters["orders"]:
        assert time.monotonic() < deadline, f"nothing under way: {counters}"
        await asyncio.sleep(0.01)
    await site.nodes[0].process.kill()
    await asyncio.sleep(2 * site.erp.latency_seconds)


async def test_after_a_crash_an_erp_without_keys_is_asked_what_it_already_has(tmp_path: Path) -> None:
    files = order_files(8, Random(12))
    home = make_home(tmp_path, destination=f"{PATIENCE}idempotency: lookup\n")
    async with a_site(home, latency_seconds=0.4) as site:
        await site.nodes[0].start()
        await in_the_middle_of_a_post(site, files)
        await site.nodes[0].start()
        await settled(site, 30)

        assert business_numbers(site) == wanted(files)


async def test_after_a_crash_nothing_is_posted_again_to_an_erp_that_can_neither_tell_nor_be_asked(
    tmp_path: Path,
) -> None:
    files = order_files(8, Random(13))
    home = make_home(tmp_path, destination=f"{PATIENCE}idempotency: none\n")
    async with a_site(home, latency_seconds=0.4) as site:
        await site.nodes[0].start()
        await send(site, files[:2])
        await settled(site, 30)
        await in_the_middle_of_a_post(site, files[2:])
        await site.nodes[0].start()
        await settled(site, 30)
        books = await asyncio.to_thread(read_books, site)
        states = {row.business_number: row.state for row in books.documents}
        held = [row for row in books.documents if row.state == "held"]

        assert max(business_numbers(site).values()) == 1
        assert set(states.values()) == {"delivered", "held"}
        assert {number for number, state in states.items() if state == "delivered"} <= set(business_numbers(site))
        assert all("outcome unknown" in row.reason for row in held)


@pytest.mark.parametrize("mode", [pytest.param(one, marks=pytest.mark.long) for one in ("garbage", "busy429")])
async def test_an_erp_that_answers_badly_for_a_while_gets_each_order_once(tmp_path: Path, mode: str) -> None:
    files = order_files(8, Random(14))
    async with a_site(make_home(tmp_path)) as site:
        await site.nodes[0].start()
        await site.erp.behave(mode, times=3)
        yeses = await send(site, files)
        await settled(site, 30)
        result = await reckon(site, files, yeses)

        assert not result.faults, f"{result}\n{site.logs()}"
