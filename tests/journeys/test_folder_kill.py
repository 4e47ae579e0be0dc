"""kill -9 in whole rounds while orders come and answers and invoices go by folders, and the evidence of it."""

from pathlib import Path

import pytest

from tests.journeys.gateway_process import ROOT
from tests.journeys.kills import Kills, a_seed
from tests.journeys.test_folder import a_van_site, play

EVIDENCE = ROOT / "docs" / "evidence" / "folder-kill-loop.md"
FILES = 20
HEAD = """# Killed while files come and go by folders

Written by `./test --long` (`tests/journeys/test_folder_kill.py`). A VAN's client on the same machine drops orders, each
under a temporary name and then renamed, and takes what it finds in the other folder a hundred times a second, so that
no file of ours lies there to be asked for. Meanwhile our systems hand in invoices, each until it is answered 202. The
gateway is killed with -9 at random points.

*Dropped* are orders, *stored* those that became transmissions, *at the ERP* those that reached it, each under one key.
*Taken* are the files that the client found: an invoice or a 997 each, whole, under control numbers that it saw once.
*Faults* counts broken promises: a file that is there twice, not whole, or not at all, and a row that says otherwise.

| round | kills (with work in hand, while starting) | dropped | stored | at the ERP | taken | faults |
|---|---|---|---|---|---|---|
"""


async def _round(folder: Path, seed: int) -> tuple[str, str]:
    """A line of the evidence, and what went wrong."""
    wrong, kills = "", Kills()
    async with a_van_site(folder) as (site, van):
        try:
            kills = await play(site, van, orders=FILES, invoices=FILES, kills=3, seed=seed)
        except AssertionError as fault:
            wrong = f"seed {seed}: {fault}"
        done = len(list((van.inbox / "done").iterdir()))
        struck = f"{kills.count} ({kills.with_work}, {kills.while_starting})"
        counts = (struck, FILES, done, len({order["key"] for order in site.erp.orders()}), len(van.taken))
    return f"seed {seed} | {' | '.join(map(str, counts))} | {int(bool(wrong))} |\n", wrong


@pytest.mark.long
@pytest.mark.timeout(3600)
async def test_nothing_is_lost_or_laid_out_twice_in_whole_rounds_of_kills(tmp_path: Path) -> None:
    table, faults = "", []
    for number in range(1, 21):
        line, wrong = await _round(tmp_path / str(number), a_seed())
        table += f"| {number}, {line}"
        faults += [wrong] if wrong else []
    EVIDENCE.write_text(HEAD + table, "utf-8")

    assert not faults, "\n".join(faults)
