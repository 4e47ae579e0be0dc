"""kill -9 at random points while we fetch from a partner's server and lay our answers there.

The partner's server lives in the test and outlives the gateway. Afterwards: every file of the partner was received once
in effect, none was lost, none is left half or claimed; each 997 is there once, whole, under its final name.
"""

import asyncio
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from tests.fakes.partner_server import PARTNER_KEY, Drive, partner_server
from tests.journeys.gateway_process import ROOT, Home, Site, a_site, make_home
from tests.journeys.kills import Kills, a_seed, bring_back, strike
from tests.journeys.orders import OrderFile, order_files
from tests.journeys.reckoning import read_books, settled

CHANNEL = """\
door: sftp-client
owner: onboarding
carries: [acme]
host: 127.0.0.1
port: {port}
user: harborpine
password: file:secrets/acme-server.password
host_keys: ["{host_key}"]
networks: [127.0.0.0/8]
first_delay_seconds: 0.2
longest_delay_seconds: 1
poll: {{folder: out, file_names: ['.*[.]edi'], every_seconds: 1, settle_seconds: 0, {ways}}}
push: {{folder: in{push}}}
"""
_WHOLE = re.compile(rb"IEA\*1\*[0-9]{9}~\s*$")
WAYS = ("claim: rename", "claim: memory", "claim: memory, after: leave", "after: move, move_to: done")
PUSHES = ("", ", temporary: none")
EVIDENCE = ROOT / "docs" / "evidence" / "sftp-client-kill-loop.md"
HEAD = """# Killed while we fetch from a partner's server and lay our answers there

Written by `./test --long` (`tests/journeys/test_sftp_client_kill.py`). The partner's server has orders for us and is up
to 30 ms slow at each step; the gateway fetches them, and lays a 997 for each beside them. It is killed with -9 in the
middle of what it does there, counted by operations at the server, in each of the ways in which files are claimed and
put away, and with answers under a temporary name or, where renames are forbidden, under their final one.

*Received* are transmissions, one for each file or something is doubled; *at the ERP* orders by their key (one file
has three); *answers* the 997s that lie at the partner, whole, under their final names. *Fetched* is how often a file
was opened there: once more for each kill in the wrong moment. *Faults* counts what was lost, doubled, half, or left
under a name of ours.

| round | ways | kills (with work, while starting) | files | received | at the ERP | answers | fetched | faults |
|---|---|---|---|---|---|---|---|---|
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What is played: `ways` of fetching, `push` of laying; two nodes on a database of that URL, else one."""

    seed: int
    files: int = 12
    kills: int = 2
    ways: str = WAYS[0]
    push: str = PUSHES[0]
    url: str = ""


def _home(folder: Path, port: int, round_: Round) -> Home:
    home = make_home(folder, database_url=round_.url)
    key = PARTNER_KEY.export_public_key().decode().strip()
    text = CHANNEL.format(port=port, host_key=key, ways=round_.ways, push=round_.push)
    (folder / "partners" / "channels" / "acme-server.yaml").write_text(text, "utf-8")
    (folder / "secrets" / "acme-server.password").write_text("pine-cone", "ascii")
    return home


def _slow(drive: Drive, random: Random) -> None:
    """A partner far away: kills hit files that are claimed, half read, stored and not removed, half written."""

    async def wait(_: str) -> None:
        await asyncio.sleep(random.uniform(0, 0.03))

    for kind in ("rename", "open", "read", "lstat", "remove", "create", "write"):
        drive.hooks[kind] = lambda path: wait(path)


async def _play(site: Site, drive: Drive, files: list[OrderFile], count: int, random: Random) -> Kills:
    kills = Kills()
    for number, file in enumerate(files):
        drive.put(f"out/{file.name}", file.content, mtime=1_700_000_000 + number)
    await asyncio.gather(*(node.start() for node in site.nodes))
    for number in range(count):
        # By progress, not by time: wait for what is done at the partner's server, then strike in its middle.
        seen = len(drive.done)
        while len(drive.done) < seen + random.randint(1, 40) and not _finished(drive, files):
            await asyncio.sleep(0.005)
        node = random.choice(site.up())
        await strike(site, node, kills, f"{number}: {len(drive.done)} operations")
        await bring_back(node, random, kills)
    async with asyncio.timeout(90):
        while not _finished(drive, files):
            await asyncio.sleep(0.05)
    await settled(site, 60)
    return kills


def _answers(drive: Drive) -> list[str]:
    """Whole ones under their final names."""
    here = {path: kept.data for path, kept in drive.files.items() if path.startswith("in/")}
    return [path for path, data in here.items() if not path.endswith(".part") and _WHOLE.search(data)]


def _finished(drive: Drive, files: list[OrderFile]) -> bool:
    return len(_answers(drive)) >= len(files)


def _check(site: Site, drive: Drive, files: list[OrderFile], ways: str) -> list[str]:
    books, faults = read_books(site), []
    received = Counter(row.sha256 for row in books.transmissions)
    if received != Counter(file.sha256 for file in files):
        faults.append(f"received {len(books.transmissions)} transmissions of {len(files)} files: {received}")
    numbers = Counter(row.business_number for row in books.documents if row.state == "delivered")
    if numbers != Counter(number for file in files for number in file.numbers):
        faults.append(f"delivered {numbers}")
    orders = Counter(order["key"] for order in site.erp.orders())
    if max(orders.values(), default=0) != 1:
        faults.append("orders twice at the ERP")
    answered = [re.search(rb"AK1\*PO\*(\d+)~", drive.files[path].data) for path in _answers(drive)]
    groups = Counter(found[1] for found in answered if found is not None)
    if len(groups) != len(files) or max(groups.values()) != 1:
        faults.append(f"answers at the partner: {groups}")
    odd = [path for path in drive.files if path.endswith(".taken")]
    odd += [path for path in drive.files if path.startswith("in/") and path not in _answers(drive)]
    left = [path for path in drive.files if path.startswith("out/") and "leave" not in ways]
    if odd or left:
        faults.append(f"left at the partner: {odd + left}")
    return faults


async def _round(folder: Path, round_: Round) -> tuple[str, list[str]]:
    """A line of the evidence, and what went wrong."""
    random, drive = Random(round_.seed), Drive()
    _slow(drive, random)
    async with partner_server(drive) as running:
        home = _home(folder, running.port, round_)
        async with a_site(home, nodes=2 if round_.url else 1) as site:
            sent = order_files(round_.files, random)
            struck = await _play(site, drive, sent, round_.kills, random)
            await asyncio.sleep(1.5)  # a look after the last: nothing may come twice now
            faults = await asyncio.to_thread(_check, site, drive, sent, round_.ways)
            line = await asyncio.to_thread(_line, site, drive, round_, struck, len(faults))
            return line, [f"{round_}: {fault}\n{struck}\n{site.logs()}" for fault in faults]


def _line(site: Site, drive: Drive, round_: Round, struck: Kills, faults: int) -> str:
    kills = f"{struck.count} ({struck.with_work}, {struck.while_starting})"
    orders = len({order["key"] for order in site.erp.orders()})
    fetched = len([path for _, path in drive.operations("open") if not path.startswith("in/")])
    counts = (round_.files, len(read_books(site).transmissions), orders, len(_answers(drive)), fetched, faults)
    ways = f"`{round_.ways}{round_.push}`"
    return f"seed {round_.seed} | {ways} | {kills} | {' | '.join(map(str, counts))} |\n"


async def test_killed_twice_every_file_is_received_once_and_answered_once(tmp_path: Path) -> None:
    seed = a_seed()
    round_ = Round(seed=seed, ways=WAYS[seed % len(WAYS)], push=PUSHES[seed % 2])
    assert (await _round(tmp_path, round_))[1] == []


@pytest.mark.long
async def test_one_of_two_nodes_is_killed_and_the_other_goes_on(tmp_path: Path, postgresql_url: str) -> None:
    assert (await _round(tmp_path, Round(seed=a_seed(), url=postgresql_url)))[1] == []


@pytest.mark.long
@pytest.mark.timeout(3600)
async def test_killed_in_twenty_rounds_in_every_way(tmp_path: Path) -> None:
    table, faults, first = "", [], a_seed()
    for number in range(20):
        ways, push = WAYS[number % len(WAYS)], PUSHES[number // len(WAYS) % 2]
        line, wrong = await _round(tmp_path / str(number), Round(seed=first + number, ways=ways, push=push))
        table += f"| {number + 1}, {line}"
        faults += wrong
    EVIDENCE.write_text(HEAD + table, "utf-8")

    assert not faults, "\n".join(faults)
