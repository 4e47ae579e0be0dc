"""kill -9 while our systems hand in documents: no control number twice or lost, no document in two interchanges."""

import asyncio
import contextlib
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import aiohttp
import pytest

from tests.contract.store.postgresql import Server
from tests.journeys.gateway_process import ROOT, Site, a_site, make_home
from tests.journeys.invoices import KEY, Invoice, agree, invoices
from tests.journeys.kills import Kills, a_seed, bring_back, strike
from tests.journeys.orders import order_files
from tests.journeys.outbound_reckoning import OutboundReckoning, fetch_everything, reckon_outbound
from tests.journeys.partner_clients import TROUBLE, TRY_SECONDS, Partner, Yeses, post_all
from tests.journeys.reckoning import settled

SENDERS = 20
PATIENCE_SECONDS = 120.0
AHEAD = 15
"""Invoices that the senders may be ahead of the next kill."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What is played: invoices out, orders in at the same time (their 997s take numbers too), and so many kills."""

    invoices: int
    orders: int
    kills: int
    nodes: int
    seed: int
    settle_seconds: float = 90.0


@dataclass(slots=True)
class Told:
    """Every id that a 202 gave, by key; `allowed` is how many keys may have one just now."""

    ids: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    allowed: float = 0


@contextlib.asynccontextmanager
async def outbound_site(folder: Path, *, database_url: str = "", nodes: int = 1) -> AsyncIterator[Site]:
    """A site whose ACME is sent invoices."""
    home = make_home(folder, database_url=database_url)
    agree(folder)
    environment = {"GATEWAY_MAPPINGS_DIR": str(folder / "mappings")}
    async with a_site(home, nodes=nodes, environment=environment) as site:
        yield site


async def play(site: Site, round_: Round) -> tuple[OutboundReckoning, Kills]:
    """Twenty senders hand in everything while nodes are killed; then one node brings it to its end."""
    random = Random(round_.seed)
    sent = invoices(round_.invoices, random)
    told, kills, left = Told(), Kills(), list(sent)
    async with asyncio.TaskGroup() as group:
        for node in site.nodes:
            group.create_task(node.start())
    async with asyncio.TaskGroup() as group:
        for number in range(SENDERS):
            group.create_task(_sender(site, left, told, Random(round_.seed * 100 + number)))
        group.create_task(_kill(site, told, round_, kills))
        partner = Partner(site, Yeses(), Random(round_.seed + 7), 0.3)
        group.create_task(post_all(partner, order_files(round_.orders, random)))
    await settled(site, round_.settle_seconds)
    result = await asyncio.to_thread(reckon_outbound, site, sent, told.ids)
    await fetch_everything(site, result)
    return result, kills


async def _sender(site: Site, left: list[Invoice], told: Told, random: Random) -> None:
    """Takes one after the other, and posts it until it is a 202; some once more, as programs do."""
    headers = {"Authorization": f"Bearer {KEY}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        while left:
            one = left.pop(0)
            while len(told.ids) >= told.allowed:
                await asyncio.sleep(0.01)
            for _ in range(2 if random.random() < 0.2 else 1):
                await _post_until_yes(site, session, one, told, random)


async def _post_until_yes(site: Site, session: aiohttp.ClientSession, one: Invoice, told: Told, random: Random) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            try:
                async with asyncio.timeout(TRY_SECONDS):
                    told.ids[one.key].append(await _post(site, session, one, random))
                    return
            except TROUBLE:
                await asyncio.sleep(0.05)


async def _post(site: Site, session: aiohttp.ClientSession, one: Invoice, random: Random) -> str:
    nodes = site.up()
    if not nodes:
        raise OSError("no node is up")
    url = f"{random.choice(nodes).http_url}/api/v1/documents"
    async with session.post(url, data=one.content, headers={"Idempotency-Key": one.key}) as answer:
        said = await answer.read()
        assert answer.status not in (400, 401, 409, 413, 422), said
        if answer.status != 202:
            raise OSError(f"{answer.status} {said!r}")
        return str(json.loads(said)["id"])


async def _kill(site: Site, told: Told, round_: Round, kills: Kills) -> None:
    """Strike whenever another share has been acknowledged: by progress and not by time, the last when all has."""
    random = Random(round_.seed + 1)
    shares = [*sorted(random.uniform(0.05, 0.95) for _ in range(round_.kills - 1)), 1.0]
    for number, share in enumerate(shares, 1):
        told.allowed = share * round_.invoices + AHEAD
        while len(told.ids) < share * round_.invoices:
            await asyncio.sleep(0.005)
        await asyncio.sleep(random.uniform(0, 0.6))  # some strike while sets are read, others while they are sealed
        node = random.choice(site.up())
        await strike(site, node, kills, f"{len(told.ids)} of {round_.invoices}")
        if number == len(shares) and len(site.nodes) > 1:
            break  # the other one takes over for good
        await bring_back(node, random, kills)
    told.allowed = float("inf")


def _message(round_: Round, result: OutboundReckoning, kills: Kills, site: Site) -> str:
    struck, faults = "\n  ".join(kills.at), "\n  ".join(result.faults[:20])
    return f"{round_}\nkills:\n  {struck}\nfaults:\n  {faults}\n{site.logs()}"


@pytest.mark.timeout(300)
async def test_no_number_is_lost_or_used_twice_when_the_only_process_is_killed_on_sqlite(tmp_path: Path) -> None:
    round_ = Round(invoices=90, orders=15, kills=3, nodes=1, seed=a_seed())
    async with outbound_site(tmp_path) as site:
        result, kills = await play(site, round_)

        assert not result.faults, _message(round_, result, kills, site)


@pytest.mark.long
@pytest.mark.timeout(300)
async def test_no_number_is_lost_or_used_twice_when_either_of_two_processes_is_killed_on_postgresql(
    tmp_path: Path, postgresql_url: str
) -> None:
    round_ = Round(invoices=90, orders=15, kills=3, nodes=2, seed=a_seed())
    async with outbound_site(tmp_path, database_url=postgresql_url, nodes=2) as site:
        result, kills = await play(site, round_)

        assert not result.faults, _message(round_, result, kills, site)


# ---------------------------------------------------------------------------------------------- in full

ROUNDS = 2
EVIDENCE = ROOT / "docs" / "evidence" / "outbound-kill-loop.md"
COLUMNS = (
    "round",
    "kills (with work in hand, while starting)",
    *("acknowledged", "documents", "interchanges", "997s in the same counters", "faults"),
)
HEAD = f"""# Killed while documents go out

Written by `./test --long` (`tests/journeys/test_outbound_kill.py`). Twenty senders post invoices for one partner at
once, each under its Idempotency-Key until it is answered 202, one in five again after that; two thirds in production,
each in an interchange of its own, one third in test, up to ten in one; one in fifteen is some 30 KB of X12. Meanwhile
the partner posts orders, whose 997s take numbers from the same counters. Gateways are killed with -9 at random points,
the last time when everything has been acknowledged; on PostgreSQL the last one killed stays dead.

*Faults* counts broken promises, as `tests/journeys/outbound_reckoning.py` looks for them: an ISA13 or GS06 that is
missing or there twice, in the stored bytes and in the rows; an invoice that is in no interchange or in two; one that is
not where its document says; an id that is not the one that was told; a file that is not in the outbound folder exactly
once, or that the partner fetches with other bytes.

| {" | ".join(COLUMNS)} |
|{"---|" * len(COLUMNS)}
"""


def _row(name: str, result: OutboundReckoning, kills: Kills) -> str:
    counts: Sequence[int] = (result.acknowledged, result.documents, result.interchanges, result.answers)
    struck = f"{kills.count} ({kills.with_work}, {kills.while_starting})"
    return f"| {name} | {struck} | {' | '.join(map(str, (*counts, len(result.faults))))} |\n"


@pytest.mark.long
@pytest.mark.timeout(1800)
async def test_no_number_is_lost_or_used_twice_in_whole_rounds_of_kills(tmp_path: Path, postgresql: Server) -> None:
    table, wrong = "", []
    for number in range(1, 2 * ROUNDS + 1):
        nodes = 1 if number <= ROUNDS else 2
        url = ""
        if nodes == 2:
            postgresql.execute(f"create database outbound_{number}")
            url = postgresql.url(f"outbound_{number}")
        round_ = Round(invoices=600, orders=80, kills=8, nodes=nodes, seed=a_seed(), settle_seconds=180)
        async with outbound_site(tmp_path / str(number), database_url=url, nodes=nodes) as site:
            result, kills = await play(site, round_)
            name = "SQLite, one process" if nodes == 1 else "PostgreSQL, two processes"
            table += _row(f"{name}, {round_.invoices} invoices, seed {round_.seed}", result, kills)
            if result.faults:
                wrong.append(_message(round_, result, kills, site))
    EVIDENCE.parent.mkdir(parents=True, exist_ok=True)
    EVIDENCE.write_text(HEAD + table, "utf-8")

    assert not wrong, "\n".join(wrong)
