"""kill -9 while a partner sends by AS2: a receipt that says processed means stored, and is the same ever after."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from tests.journeys.as2_partner import As2Keys, Said, send_again, send_all, with_as2
from tests.journeys.gateway_process import ROOT, Site, a_site, make_home
from tests.journeys.kills import Kills, a_seed, bring_back, strike
from tests.journeys.orders import order_files
from tests.journeys.partner_clients import Partner, Yeses
from tests.journeys.reckoning import Reckoning, reckon, settled

AHEAD = 6
EVIDENCE = ROOT / "docs" / "evidence" / "as2-kill-loop.md"
HEAD = """# Killed while a partner sends by AS2

Written by `./test --long` (`tests/journeys/test_as2_kill.py`). Three programs of a partner send signed and encrypted
messages, each always with the same bytes, until a signed receipt says processed with the right MIC; the gateway is
killed with -9 at random points. In the end every message is sent once more. *Same receipts* were read at least twice
and were the same byte for byte, headers too.

| round | kills | acknowledged | stored | lost | orders at the ERP | same receipts | faults |
|---|---|---|---|---|---|---|---|
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What is played."""

    files: int
    kills: int
    seed: int


async def play(site: Site, keys: As2Keys, round_: Round) -> tuple[Reckoning, Kills, Said]:
    """Send everything while the gateway is killed, then everything once more, and hold all of it to the store."""
    files = order_files(round_.files, Random(round_.seed))
    yeses, kills, said = Yeses(), Kills(), Said()
    await site.nodes[0].start()
    partners = [Partner(site, yeses, Random(round_.seed * 10 + number), 0.05) for number in range(3)]
    async with asyncio.TaskGroup() as group:
        for number, partner in enumerate(partners):
            group.create_task(send_all(partner, keys, said, files[number::3]))
        group.create_task(_kill(site, yeses, round_, kills))
    await settled(site, 60.0)
    await send_again(partners[0], keys, said)
    await settled(site, 60.0)
    result = await reckon(site, files, yeses)
    result.faults += said.faults
    result.expect(result.duplicates == 0, f"{result.duplicates} messages were taken twice")
    return result, kills, said


async def _kill(site: Site, yeses: Yeses, round_: Round, kills: Kills) -> None:
    random = Random(round_.seed + 1)
    for share in sorted(random.uniform(0.05, 0.95) for _ in range(round_.kills)):
        yeses.allowed = share * round_.files + AHEAD
        while len(yeses.files) < share * round_.files:
            await asyncio.sleep(0.005)
        await asyncio.sleep(random.uniform(0, 0.1))
        await strike(site, site.nodes[0], kills, f"{len(yeses.files)} of {round_.files}")
        await bring_back(site.nodes[0], random, kills)
    yeses.allowed = float("inf")


def told(round_: Round, result: Reckoning, kills: Kills, site: Site) -> str:
    """The message of a failed test: enough to play it again."""
    struck, faults = "\n  ".join(kills.at), "\n  ".join(result.faults[:20])
    return f"{round_}\nkills:\n  {struck}\nfaults:\n  {faults}\n{result}\n{site.logs()}"


async def one_round(folder: Path, round_: Round) -> tuple[Reckoning, Kills, Said, str]:
    """In a home of its own."""
    home = make_home(folder)
    keys = with_as2(home)
    async with a_site(home, latency_seconds=0.05) as site:
        result, kills, said = await play(site, keys, round_)
        return result, kills, said, told(round_, result, kills, site)


async def test_a_receipt_means_stored_and_stays_the_same_through_kills(tmp_path: Path) -> None:
    result, _, said, words = await one_round(tmp_path, Round(files=30, kills=2, seed=a_seed()))

    assert not result.faults, words
    assert result.acknowledged == result.stored == len(said.first) == 30


@pytest.mark.long
@pytest.mark.timeout(3600)
async def test_a_receipt_means_stored_in_whole_rounds_of_kills(tmp_path: Path) -> None:
    table, wrong = "", []
    for number in range(1, 21):
        round_ = Round(files=60, kills=3, seed=a_seed())
        result, kills, said, words = await one_round(tmp_path / str(number), round_)
        counts = (kills.count, result.acknowledged, result.stored, result.lost, result.orders, len(said.first))
        table += f"| {number}, seed {round_.seed} | {' | '.join(map(str, (*counts, len(result.faults))))} |\n"
        if result.faults:
            wrong.append(words)
    EVIDENCE.parent.mkdir(parents=True, exist_ok=True)
    EVIDENCE.write_text(HEAD + table, "utf-8")

    assert not wrong, "\n".join(wrong)
