"""kill -9 at random points while partners send, then the reckoning: nothing lost, nothing twice, every answer right."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from tests.contract.store.postgresql import Server
from tests.journeys.gateway_process import ROOT, Site, a_site, make_home
from tests.journeys.kills import Kills, a_seed, bring_back, strike
from tests.journeys.orders import OrderFile, order_files
from tests.journeys.partner_clients import OPENSSH, Partner, Yeses, post_all, put_all, upload_all
from tests.journeys.reckoning import Reckoning, reckon, settled

ERP_LATENCY_SECONDS = 0.12
"""Slow enough that kills hit documents on their way to the ERP."""

AHEAD = 12
"""Files that partners may be ahead of the next kill: the node that lives must not finish everything meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What is played: files, and at least so many kills."""

    files: int
    kills: int
    nodes: int
    seed: int
    pause_seconds: float = 0.12
    settle_seconds: float = 60.0


async def play(site: Site, round_: Round) -> tuple[Reckoning, Kills]:
    """Partners send everything while nodes are killed; then one node has to bring all of it to its end."""
    random = Random(round_.seed)
    files = order_files(round_.files, random)
    yeses, kills = Yeses(), Kills()
    async with asyncio.TaskGroup() as group:
        for node in site.nodes:
            group.create_task(node.start())
    async with asyncio.TaskGroup() as group:
        for task in _partners(site, yeses, round_, files):
            group.create_task(task)
        group.create_task(_kill(site, yeses, round_, kills))
    await settled(site, round_.settle_seconds)
    return await reckon(site, files, yeses), kills


def _partners(site: Site, yeses: Yeses, round_: Round, files: Sequence[OrderFile]) -> list:  # type: ignore[type-arg]
    def partner(number: int) -> Partner:
        return Partner(site, yeses, Random(round_.seed * 10 + number), round_.pause_seconds)

    playing = [
        post_all(partner(1), files[0::4]),
        upload_all(partner(2), files[1::4]),
        upload_all(partner(3), files[2::4]),
    ]
    last = put_all if OPENSSH else upload_all
    return [*playing, last(partner(4), files[3::4])]


async def _kill(site: Site, yeses: Yeses, round_: Round, kills: Kills) -> None:
    """Strike whenever another share of the files has been acknowledged, the last time when all have."""
    random = Random(round_.seed + 1)
    # Kills by progress, not by time: a slow machine is hit in the middle just as a fast one is.
    shares = [*sorted(random.uniform(0.05, 0.95) for _ in range(round_.kills - 1)), 1.0]
    for number, share in enumerate(shares, 1):
        yeses.allowed = share * round_.files + AHEAD
        while len(yeses.files) < share * round_.files:
            await asyncio.sleep(0.005)
        await asyncio.sleep(random.uniform(0, 0.15))
        node = random.choice(site.up())
        await strike(site, node, kills, f"{len(yeses.files)} of {round_.files}")
        last = number == len(shares)
        if last and len(site.nodes) > 1:
            return  # the other one takes over for good
        await bring_back(node, random, kills)


def told(round_: Round, result: Reckoning, kills: Kills, site: Site) -> str:
    """The message of a failed test: enough to play it again."""
    struck = "\n  ".join(kills.at)
    faults = "\n  ".join(result.faults[:20])
    return f"{round_}\nkills:\n  {struck}\nfaults:\n  {faults}\n{result}\n{site.logs()}"


@pytest.mark.long
async def test_nothing_is_lost_or_doubled_when_the_only_process_is_killed_on_sqlite(tmp_path: Path) -> None:
    round_ = Round(files=60, kills=3, nodes=1, seed=a_seed())
    async with a_site(make_home(tmp_path), latency_seconds=ERP_LATENCY_SECONDS) as site:
        result, kills = await play(site, round_)

        assert not result.faults, told(round_, result, kills, site)


async def test_nothing_is_lost_or_doubled_when_either_of_two_processes_is_killed_on_postgresql(
    tmp_path: Path, postgresql_url: str
) -> None:
    round_ = Round(files=60, kills=3, nodes=2, seed=a_seed())
    home = make_home(tmp_path, database_url=postgresql_url)
    async with a_site(home, nodes=2, latency_seconds=ERP_LATENCY_SECONDS) as site:
        result, kills = await play(site, round_)

        assert not result.faults, told(round_, result, kills, site)


# ---------------------------------------------------------------------------------------------- in full

ROUNDS = 20
"""Every other on PostgreSQL, with two processes."""

EVIDENCE = ROOT / "docs" / "evidence" / "kill-loop.md"
COLUMNS = (
    "round",
    "kills (with work in hand, while starting)",
    *("acknowledged", "stored", "lost", "duplicates"),
    *("orders at the ERP", "keys", "repeats", "997s", "faults"),
)
HEAD = f"""# Killed while partners send

Written by `./test --long` (`tests/journeys/test_kill.py`). Four partners send at once: two over SFTP with asyncssh
(every third file under a temporary name, then renamed), one over SFTP with OpenSSH's `sftp` where it is installed, one
over HTTP. One file in nine is some 80 KB, one in seven has two groups with three orders. Gateways are killed with -9 at
random points, the last time when everything has been acknowledged; on PostgreSQL the last one killed stays dead.

*Acknowledged* files are those a partner was told yes for (SFTP close or rename, HTTP 202); they are *stored* when every
byte is there, *lost* otherwise. *Duplicates* were stored before a crash took the yes away, and were sent again.
*Repeats* are posts whose key the ERP had seen: a crash came between its answer and our note of it. *Faults* counts
broken promises, as `tests/journeys/reckoning.py` looks for them.

| {" | ".join(COLUMNS)} |
|{"---|" * len(COLUMNS)}
"""


def row(name: str, result: Reckoning, kills: Kills) -> str:
    """One line of the table."""
    counts = (result.acknowledged, result.stored, result.lost, result.duplicates)
    effects = (result.orders, result.keys, result.repeats, result.answers, len(result.faults))
    struck = f"{kills.count} ({kills.with_work}, {kills.while_starting})"
    return f"| {name} | {struck} | {' | '.join(map(str, (*counts, *effects)))} |\n"


@pytest.mark.long
@pytest.mark.timeout(5400)
async def test_nothing_is_lost_or_doubled_in_whole_rounds_of_kills(tmp_path: Path, postgresql: Server) -> None:
    table = ""
    wrong = []
    for number in range(1, ROUNDS + 1):
        nodes = 1 if number % 2 else 2
        url = ""
        if nodes == 2:
            postgresql.execute(f"create database kill_{number}")
            url = postgresql.url(f"kill_{number}")
        round_ = Round(files=100, kills=4, nodes=nodes, seed=a_seed(), pause_seconds=0.1, settle_seconds=120)
        home = make_home(tmp_path / str(number), database_url=url)
        async with a_site(home, nodes=nodes, latency_seconds=ERP_LATENCY_SECONDS) as site:
            result, kills = await play(site, round_)
            name = "SQLite, one process" if nodes == 1 else "PostgreSQL, two processes"
            table += row(f"{name}, {round_.files} files, seed {round_.seed}", result, kills)
            if result.faults:
                wrong.append(told(round_, result, kills, site))
    EVIDENCE.parent.mkdir(parents=True, exist_ok=True)
    EVIDENCE.write_text(HEAD + table, "utf-8")

    assert not wrong, "\n".join(wrong)
