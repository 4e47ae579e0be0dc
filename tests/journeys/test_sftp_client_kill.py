"""kill -9 at random points while we fetch from a partner's server and lay our answers there.

The partner's server lives in the test and outlives the gateway. Afterwards: every file of the partner was received once
in effect, none was lost, none is left half or claimed; each 997 is there once, whole, under its final name.
"""

import asyncio
import re
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from tests.fakes.partner_server import PARTNER_KEY, Drive, partner_server
from tests.journeys.gateway_process import Home, Site, a_site, make_home
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
push: {{folder: in}}
"""
WAYS = ("claim: rename", "claim: memory", "claim: memory, after: leave", "after: move, move_to: done")


def _home(folder: Path, port: int, ways: str, database_url: str = "") -> Home:
    home = make_home(folder, database_url=database_url)
    key = PARTNER_KEY.export_public_key().decode().strip()
    text = CHANNEL.format(port=port, host_key=key, ways=ways)
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
    return [path for path in drive.files if path.startswith("in/") and not path.endswith(".part")]


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
    if not all(drive.files[path].data.rstrip().rpartition(b"IEA*")[1] for path in _answers(drive)):
        faults.append("an answer is there that is not whole")
    odd = [path for path in drive.files if path.endswith((".part", ".taken"))]
    left = [path for path in drive.files if path.startswith("out/") and "leave" not in ways]
    if odd or left:
        faults.append(f"left at the partner: {odd + left}")
    return faults


async def _round(folder: Path, ways: str, *, files: int, kills: int, seed: int, url: str = "") -> list[str]:
    random, drive = Random(seed), Drive()
    _slow(drive, random)
    async with partner_server(drive) as running:
        home = _home(folder, running.port, ways, url)
        async with a_site(home, nodes=2 if url else 1) as site:
            sent = order_files(files, random)
            struck = await _play(site, drive, sent, kills, random)
            await asyncio.sleep(1.5)  # a look after the last: nothing may come twice now
            faults = await asyncio.to_thread(_check, site, drive, sent, ways)
            return [f"{ways} seed {seed}: {fault}\n{struck}\n{site.logs()}" for fault in faults]


async def test_killed_twice_every_file_is_received_once_and_answered_once(tmp_path: Path) -> None:
    seed = a_seed()
    assert await _round(tmp_path, WAYS[seed % len(WAYS)], files=12, kills=2, seed=seed) == []


@pytest.mark.long
async def test_one_of_two_nodes_is_killed_and_the_other_goes_on(tmp_path: Path, postgresql_url: str) -> None:
    seed = a_seed()
    assert await _round(tmp_path, WAYS[0], files=12, kills=2, seed=seed, url=postgresql_url) == []


@pytest.mark.long
@pytest.mark.timeout(1800)
async def test_killed_twenty_times_in_every_way(tmp_path: Path) -> None:
    seed, faults = a_seed(), []
    for number in range(20):
        ways = WAYS[number % len(WAYS)]
        faults += await _round(tmp_path / str(number), ways, files=20, kills=3, seed=seed + number)

    assert not faults, "\n".join(faults)
