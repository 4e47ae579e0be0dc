"""A transmission that kills whoever opens it is set aside after three crashes; its neighbours get through."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from random import Random

import pytest

from tests.journeys.gateway_process import GatewayProcess, Home, Site, a_site, make_home
from tests.journeys.orders import order_file, order_files
from tests.journeys.partner_clients import Partner, Yeses, post_all
from tests.journeys.poisoned_gateway import EXIT_CODE, MARKER, PROGRAM
from tests.journeys.reckoning import read_books, settled

POISON = "QXPOISONQX"
NEIGHBOURS = 20
CRASHES_ALLOWED = 3


async def supervise(node: GatewayProcess, crashes: list[str]) -> None:
    """Start it again whenever it ends by the poison, as systemd or Kubernetes would."""
    while True:
        code = await node.process.ended()
        node.http_url = ""
        assert code == EXIT_CODE, f"ended with {code}"
        crashes.append(node.process.log.name)
        assert len(crashes) <= CRASHES_ALLOWED + 2, "it crashes and crashes"
        await node.process.start()
        if line := await node.process.ready_line():
            node.adopt(line)


async def play(site: Site) -> list[str]:
    """Send the poison among its neighbours, all at once, and wait until everything is at its end."""
    files = order_files(NEIGHBOURS, Random(3))
    files.insert(NEIGHBOURS // 2, order_file(900, note=POISON))
    crashes: list[str] = []
    await asyncio.gather(*(node.start() for node in site.nodes))
    supervisors = [asyncio.create_task(supervise(node, crashes)) for node in site.nodes]
    try:
        async with asyncio.TaskGroup() as group:
            for number in range(4):
                group.create_task(post_all(Partner(site, Yeses(), Random(number), 0.0), files[number::4]))
        await settled(site, 60)
    finally:
        for supervisor in supervisors:
            supervisor.cancel()
        await asyncio.gather(*supervisors, return_exceptions=True)
    return crashes


async def outcome(home: Home, *, nodes: int = 1, environment: Mapping[str, str] | None = None) -> tuple[int, list[str]]:
    """Crashes, and everything that is not as it should be afterwards."""
    settings = {MARKER: POISON, **(environment or {})}
    async with a_site(home, nodes=nodes, program=PROGRAM, environment=settings) as site:
        crashes = await play(site)
        books = await asyncio.to_thread(read_books, site)
        at_erp = Counter(order["business_number"] for order in site.erp.orders())
    wrong = [f"{row.file_name}: {row.state} {row.reason}" for row in books.transmissions if row.state == "dead"]
    if [name.partition(":")[0] for name in wrong] == [order_file(900).name]:
        wrong.clear()
    expected = Counter(number for file in order_files(NEIGHBOURS, Random(3)) for number in file.numbers)
    if at_erp != expected:
        wrong.append(f"missing {expected - at_erp}, too many {at_erp - expected}")
    return len(crashes), wrong


async def test_poison_is_set_aside_and_its_neighbours_get_through_on_sqlite(tmp_path: Path) -> None:
    crashes, wrong = await outcome(make_home(tmp_path))

    assert wrong == []
    assert 1 <= crashes <= CRASHES_ALLOWED


@pytest.mark.long
async def test_poison_is_set_aside_between_two_processes_on_postgresql(tmp_path: Path, postgresql_url: str) -> None:
    crashes, wrong = await outcome(make_home(tmp_path, database_url=postgresql_url), nodes=2)

    assert wrong == []
    assert 1 <= crashes <= CRASHES_ALLOWED


@pytest.mark.long
async def test_poison_is_set_aside_by_a_process_that_keeps_its_name_on_postgresql(
    tmp_path: Path, postgresql_url: str
) -> None:
    """In a container the host name and the process id are the same at every start: nobody else takes its work over."""
    home = make_home(tmp_path, database_url=postgresql_url)
    crashes, wrong = await outcome(home, environment={"GATEWAY_NODE": "gateway-1"})

    assert wrong == []
    assert 1 <= crashes <= CRASHES_ALLOWED
