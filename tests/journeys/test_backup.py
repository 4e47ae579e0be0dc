"""A backup while partners send, then kill -9, then a restore elsewhere: what was acknowledged by the backup's moment is
there, what came later is listed, and nothing is delivered twice or numbered twice without anybody noticing.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import Table

from gateway.app.restoring import back_up, restore
from gateway.settings import Places
from gateway.store.after_restore import AHEAD
from gateway.store.later import Difference, Later
from gateway.store.tables import ACKNOWLEDGEMENT, CONTENT, DOCUMENT, TRANSMISSION
from tests.contract.store.postgresql import Server
from tests.journeys.gateway_process import MAIN, ROOT, GatewayProcess, Home, Process, Site, a_site, make_home, tail
from tests.journeys.kills import a_seed
from tests.journeys.orders import OrderFile, order_file, order_files
from tests.journeys.partner_clients import Partner, Yeses, post_all, upload_all
from tests.journeys.reckoning import contents, settled

ERP_LATENCY_SECONDS = 0.05


@dataclass(slots=True)
class Played:
    """What one round came to."""

    acknowledged: int = 0
    by_the_moment: int = 0
    missing: int = 0
    later: int = 0
    listed: int = 0
    set_aside: int = 0
    doubled: int = 0
    backup_seconds: float = 0.0
    during: int = 0
    faults: list[str] = field(default_factory=list)

    def expect(self, holds: bool, fault: str) -> None:
        """Note the fault unless it holds."""
        if not holds:
            self.faults.append(fault)


async def play(tmp_path: Path, site: Site, new: Home, *, files: int, seed: int) -> Played:
    """Send, back up, go on, kill, restore with the help of what is left, compare, start again, reckon."""
    result, yeses, random = Played(), Yeses(), Random(seed)
    sent, folder = order_files(files, random), tmp_path / "backup"
    await site.nodes[0].start()
    # Partners pause before all is sent, so that there is something left to come after the backup.
    yeses.allowed = random.uniform(0.5, 0.6) * files
    sending = asyncio.gather(
        post_all(Partner(site, yeses, Random(seed + 1), 0.02), sent[0::2]),
        upload_all(Partner(site, yeses, Random(seed + 2), 0.02), sent[1::2]),
    )
    try:
        await _acknowledged(yeses, random.uniform(0.2, 0.4) * files)
        by_then, began = list(yeses.files), time.monotonic()
        manifest, _ = await asyncio.to_thread(back_up, site.memory, folder, who="jo", secrets=False, link=True)
        result.backup_seconds, result.during = time.monotonic() - began, len(yeses.files) - len(by_then)
        result.expect(not manifest.missing, f"content was missing: {manifest.missing}")
        yeses.allowed = random.uniform(0.8, 0.95) * files
        await _acknowledged(yeses, yeses.allowed)
        await site.nodes[0].process.kill()
    finally:
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
    result.acknowledged, result.by_the_moment = len(yeses.files), len(by_then)
    places = Places.model_construct(home=new.folder, database_url=new.database_url)
    later = Later(site.memory.database)
    done = await asyncio.to_thread(restore, folder, places, who="jo", ahead=AHEAD, later=later)
    result.set_aside = done.taken.quarantined
    await _compare(result, site, new, yeses, by_then)
    return result


async def _acknowledged(yeses: Yeses, number: float) -> None:
    while len(yeses.files) < number:
        await asyncio.sleep(0.005)


async def _compare(result: Played, site: Site, new: Home, yeses: Yeses, by_then: Sequence[OrderFile]) -> None:
    """Restored against what is left of the old, before and after the new one runs."""
    process = Process([*MAIN, "serve", "--json"], new.environment(site.erp.url), new.folder / "node.log")
    node = GatewayProcess(process)
    there = Site(home=new, erp=site.erp, nodes=[node], memory=new.memory())
    try:
        result.missing = len(await asyncio.to_thread(_missing, there, by_then))
        result.expect(not result.missing, f"{result.missing} files acknowledged by the backup's moment are not there")
        later = Later(site.memory.database)
        found = await asyncio.to_thread(lambda: list(later.beyond(there.memory.database)))
        await _listed(result, site, there, yeses, found)
        await node.start()
        await settled(there, 60)
        await _nothing_twice(result, site, there)
    finally:
        await process.kill()
        await asyncio.to_thread(there.memory.close)


def _missing(there: Site, by_then: Sequence[OrderFile]) -> list[str]:
    """Files that were acknowledged and are not stored whole."""
    with there.memory.database.reading() as connection:
        known = set(connection.execute(CONTENT.select().with_only_columns(CONTENT.c.sha256)).scalars())
    wanted = {one.sha256 for one in by_then}
    found = contents(there, wanted & known)
    whole = {one.sha256 for one in by_then if found.get(one.sha256) == one.content}
    return sorted(wanted - whole)


async def _listed(result: Played, site: Site, there: Site, yeses: Yeses, lines: Sequence[Difference]) -> None:
    """Every acknowledged file is restored or listed, and nothing that is restored is listed as received later."""
    restored = {row.sha256 for row in await asyncio.to_thread(_rows, there, TRANSMISSION)}
    received = [one for one in lines if one.kind == "received"]
    result.listed = len(received)
    told = {one.found.rpartition(" ")[2] for one in received}
    lost = {one.sha256 for one in yeses.files} - restored - told
    result.later = len({one.sha256 for one in yeses.files} - restored)
    result.expect(not lost, f"{len(lost)} acknowledged files are neither restored nor listed")
    before = {row.id: row for row in await asyncio.to_thread(_rows, site, DOCUMENT)}
    after = {row.id: row for row in await asyncio.to_thread(_rows, there, DOCUMENT)}
    delivered = {one for one, row in before.items() if row.state == "delivered"}
    since = {one for one in delivered if one not in after or after[one].state != "delivered"}
    named = {one.id for one in lines if one.kind == "delivered"}
    result.expect(named == since, f"delivered since and not listed: {sorted(since - named)[:3]}")
    result.expect(not [one for one in lines if one.kind == "number"], "control numbers would be used again")


async def _nothing_twice(result: Played, site: Site, there: Site) -> None:
    """Each order is in the ERP once, and a new answer of ours has a number that was never used."""
    numbers = Counter(order["business_number"] for order in site.erp.orders())
    twice = [number for number, count in numbers.items() if count > 1]
    result.doubled = len(twice)
    result.expect(not twice, f"orders that the ERP has twice: {twice[:5]}")
    used = {row.interchange_number for row in await asyncio.to_thread(_rows, site, ACKNOWLEDGEMENT)}
    mine = {row.id for row in await asyncio.to_thread(_rows, there, ACKNOWLEDGEMENT)}
    yeses = Yeses()
    await post_all(Partner(there, yeses, Random(1), 0.0), [order_file(900_001)])
    await settled(there, 30)
    fresh = [row for row in await asyncio.to_thread(_rows, there, ACKNOWLEDGEMENT) if row.id not in mine]
    result.expect(len(fresh) == 1, f"{len(fresh)} answers to one new file")
    result.expect(not used & {row.interchange_number for row in fresh}, "a control number was used twice")


def _rows(site: Site, table: Table) -> Sequence[Any]:
    with site.memory.database.reading() as connection:
        return connection.execute(table.select()).all()


async def test_what_was_acknowledged_by_the_backups_moment_is_restored_and_what_came_later_is_listed(
    tmp_path: Path,
) -> None:
    seed = a_seed()
    new = make_home(tmp_path / "new")
    async with a_site(make_home(tmp_path / "old"), latency_seconds=ERP_LATENCY_SECONDS) as site:
        result = await play(tmp_path, site, new, files=80, seed=seed)

        assert not result.faults, f"{seed} {result}\n{site.logs()}\n{tail(new.folder / 'node.log')}"
        assert result.later > 0


# ---------------------------------------------------------------------------------------------- in full

ROUNDS = 3
EVIDENCE = ROOT / "docs" / "evidence" / "backup.md"
COLUMNS = (
    "round",
    *("acknowledged", "by the moment", "of these missing", "acknowledged later", "of these listed", "set aside"),
    *("orders twice at the ERP", "backup, seconds", "acknowledged meanwhile", "faults"),
)
HEAD = f"""# Backup under load, kill -9, restore

Written by `./test --long` (`tests/journeys/test_backup.py`). Two partners send orders, by SFTP and HTTP; one file in
nine is some 80 KB and so a file of the home. In the middle `gateway database backup` runs beside the gateway; partners
go on, and are told yes meanwhile. Then the gateway is killed with -9. The backup is restored into an empty home and
database (`--later` names what is left of the old), compared with the old, and started on the same ERP.

*By the moment*: partners had their yes before the command began. *Set aside*: received by the moment, and read by the
old gateway after it: they wait for a person, so that no order reaches the ERP under two keys.

| {" | ".join(COLUMNS)} |
|{"---|" * len(COLUMNS)}
"""


@pytest.mark.long
@pytest.mark.timeout(1200)
async def test_backup_and_restore_hold_in_whole_rounds(tmp_path: Path, postgresql: Server) -> None:
    table, wrong = "", []
    for number in range(1, 2 * ROUNDS + 1):
        urls = ["", ""]
        if number > ROUNDS:
            for place, name in enumerate((f"backup_old_{number}", f"backup_new_{number}")):
                postgresql.execute(f"create database {name}")
                urls[place] = postgresql.url(name)
        seed, below = a_seed(), tmp_path / str(number)
        new = make_home(below / "new", database_url=urls[1])
        old = make_home(below / "old", database_url=urls[0])
        async with a_site(old, latency_seconds=ERP_LATENCY_SECONDS) as site:
            result = await play(below, site, new, files=400, seed=seed)
            name = "PostgreSQL" if urls[0] else "SQLite"
            counts = (result.acknowledged, result.by_the_moment, result.missing, result.later, result.listed)
            more = (result.set_aside, result.doubled, f"{result.backup_seconds:.1f}", result.during, len(result.faults))
            table += f"| {name}, seed {seed} | {' | '.join(map(str, (*counts, *more)))} |\n"
            if result.faults:
                wrong.append(f"{seed} {result}\n{site.logs()}\n{tail(new.folder / 'node.log')}")
    EVIDENCE.write_text(HEAD + table, "utf-8")

    assert not wrong, "\n".join(wrong)
