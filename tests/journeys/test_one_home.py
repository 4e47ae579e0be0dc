"""One database, one home: another folder or database is refused in words, and bytes that are gone are told of."""

import asyncio
import contextlib
import json
import os
import re
import shutil
import signal
import sqlite3
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import make_url

from gateway.pipeline.questions import TransmissionRow
from tests.contract.store.postgresql import Server
from tests.journeys.gateway_process import MAIN, ROOT, GatewayProcess, Home, Process, Site, a_site, make_home, tail


@dataclass(frozen=True, slots=True)
class Said:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


async def gateway(settings: Mapping[str, str], *arguments: str) -> Said:
    """Run a command to its end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *MAIN,
        *arguments,
        cwd=ROOT,
        env=settings,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode is not None
    return Said(process.returncode, out.decode(), err.decode())


def settings_of(site: Site, folder: Path | None = None) -> Mapping[str, str]:
    """Settings of a node of this site, with the home it should have or another."""
    return site.home.environment(site.erp.url) | ({"GATEWAY_HOME": str(folder)} if folder else {})


def checks(said: Said) -> dict[str, tuple[bool, str]]:
    """What doctor says of each check."""
    rows: Sequence[Mapping[str, Any]] = [json.loads(line) for line in said.out.splitlines()]
    return {row["check"]: (row["good"], row["found"]) for row in rows}


@pytest.mark.long
async def test_a_second_node_starts_in_the_same_home_and_is_refused_in_any_other(
    tmp_path: Path, postgresql_url: str
) -> None:
    home = make_home(tmp_path / "home", database_url=postgresql_url)
    empty, copy = tmp_path / "empty", tmp_path / "copy"
    empty.mkdir()
    async with a_site(home, nodes=2) as site:
        await site.nodes[0].start()
        shutil.copytree(home.folder, copy)

        in_empty = await gateway(settings_of(site, empty), "serve", "--json")
        in_copy = await gateway(settings_of(site, copy), "serve", "--json")
        of_copy = checks(await gateway(settings_of(site, copy), "doctor", "--json"))
        await site.nodes[1].start()
        of_home = checks(await gateway(settings_of(site), "doctor", "--json"))

        assert (in_empty.code, in_empty.out) == (3, "")
        assert f"{empty} is not the home of this database: it has no mark of any" in in_empty.err
        assert f"last used in {home.folder}" in in_empty.err
        assert "gateway database adopt-home" in in_empty.err
        assert (in_copy.code, in_copy.out) == (3, "")
        assert f"{copy} is not the folder that the nodes which run have as their home" in in_copy.err
        assert of_copy["one home"][0] is False
        assert of_home["one home"][0] is True
        assert "a node that runs has it, too" in of_home["one home"][1]


@pytest.mark.long
async def test_another_home_is_adopted_only_on_purpose_and_says_what_is_lost(
    tmp_path: Path, postgresql_url: str
) -> None:
    home = make_home(tmp_path / "home", database_url=postgresql_url)
    heir = tmp_path / "heir"
    shutil.copytree(home.folder, heir)
    async with a_site(home) as site:
        node = site.nodes[0]
        await node.start()
        await post(site, a_large_order())
        while_running = await gateway(settings_of(site, heir), "database", "adopt-home", "--yes")
        await node.process.kill()
        await asyncio.to_thread(until_nobody_runs, site)

        shown = await gateway(settings_of(site, heir), "database", "adopt-home")
        adopted = await gateway(settings_of(site, heir), "database", "adopt-home", "--yes", "--json")
        again = await gateway(settings_of(site), "serve", "--json")
        settings = settings_of(site, heir)
        other = GatewayProcess(Process([*MAIN, "serve", "--json"], settings, tmp_path / "heir.log"))
        try:
            await other.start()
        finally:
            await other.process.kill()

        assert (while_running.code, "stop every node first" in while_running.err) == (3, True)
        assert shown.code == 1
        assert "1: 0 readable here, 1 not" in shown.out
        assert "nothing was changed" in shown.out
        assert adopted.code == 0
        assert json.loads(adopted.out)["holdings"]["missing"] == 1
        assert (again.code, "is the home of another database" in again.err) == (3, True)


@pytest.mark.long
async def test_a_node_that_was_paused_while_a_copy_started_ends_when_it_goes_on(
    tmp_path: Path, postgresql_url: str
) -> None:
    home = make_home(tmp_path / "home", database_url=postgresql_url)
    copy = tmp_path / "copy"
    async with a_site(home, nodes=2) as site:
        paused, started = site.nodes
        await paused.start()
        shutil.copytree(home.folder, copy)
        paused.process.send(signal.SIGSTOP)
        started.process.environment = settings_of(site, copy)
        await started.start()
        paused.process.send(signal.SIGCONT)

        code = await asyncio.wait_for(paused.process.ended(), 60)

        said = json.loads(tail(paused.process.log, 1))["error"]["message"]
        assert code == 3
        assert f"{home.folder} is a copy or an older state of this database's home" in said
        assert f"last used in {copy}" in said
        assert started.process.alive


@pytest.mark.long
async def test_a_copy_of_the_database_is_refused_in_the_home_of_the_original(
    tmp_path: Path, postgresql: Server, postgresql_url: str
) -> None:
    home = make_home(tmp_path / "home", database_url=postgresql_url)
    name = make_url(postgresql_url).database
    async with a_site(home) as site:
        node = site.nodes[0]
        await node.start()
        await node.process.stop()
        await asyncio.to_thread(site.memory.close)
        postgresql.execute(f"create database {name}_copy template {name}")
        await node.start()
        await post(site, a_large_order())
        before = contents_of(home, age_seconds=7200)
        try:
            settings = {**settings_of(site), "GATEWAY_DATABASE_URL": postgresql.url(f"{name}_copy")}
            said = await gateway(settings, "serve", "--json")
        finally:
            postgresql.execute(f"drop database {name}_copy with (force)")

        assert (said.code, said.out) == (3, "")
        assert "the database is older than the home" in said.err
        assert "another database uses this home" in said.err
        assert contents_of(home) == before


@pytest.mark.parametrize("stopped", [pytest.param(one, marks=pytest.mark.long) for one in ("in order", "by force")])
async def test_a_database_that_was_put_back_costs_no_file_that_a_partner_was_told_is_safe(
    stopped: str, tmp_path: Path
) -> None:
    home = make_home(tmp_path / "home")
    database, backup, newest = (home.folder / "gateway.db", tmp_path / "backup.db", tmp_path / "newest.db")
    async with a_site(home) as site:
        node = site.nodes[0]
        await node.start()
        await post(site, a_large_order())
        copy_database(database, backup)
        second = await post(site, a_large_order(b"\n"), name="two")
        await until(site, second, lambda row: row.state == "processed", node)
        await (node.process.stop() if stopped == "in order" else node.process.kill())
        await asyncio.to_thread(site.memory.close)
        before = contents_of(home, age_seconds=7200)
        copy_database(database, newest)

        copy_database(backup, database)
        refused = await gateway(settings_of(site), "database", "adopt-home")
        adopted = await gateway(settings_of(site), "database", "adopt-home", "--yes")
        await node.start()
        await node.process.stop()
        after = contents_of(home)

        # Without an end in order no mark tells of it: nothing is lost all the same.
        assert (refused.code, "the database is older than the home" in refused.out) == (
            (1, True) if stopped == "in order" else (0, False)
        )
        assert adopted.code == 0
        assert "blobs.set_aside" in tail(node.process.log)
        assert set(before) == set(after)
        assert any("set-aside" in path.parts for path in after.values())

        copy_database(newest, database)
        back = await gateway(settings_of(site), "database", "adopt-home", "--yes", "--json")
        await node.start()

        assert json.loads(back.out)["holdings"]["missing"] == 0
        assert contents_of(home) == before


@pytest.mark.long
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_a_file_whose_bytes_are_gone_says_so_until_they_are_back(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue("postgresql_url") if kind == "postgresql" else ""
    home = make_home(tmp_path / "home", database_url=url)
    async with a_site(home, environment={"GATEWAY_PROCESS": "false"}) as site:
        node = site.nodes[0]
        await node.start()
        transmission = await post(site, a_large_order())
        await node.process.kill()
        blob = home.folder / "blobs"
        blob.rename(tmp_path / "aside")
        node.process.environment = settings_of(site)
        await node.start()

        waiting = await until(site, transmission, lambda row: bool(row.reason), node)
        listed = await gateway(settings_of(site), "documents", "transmissions", "--state", "received")
        sick = checks(await gateway(settings_of(site), "doctor", "--json"))
        shutil.rmtree(blob)
        (tmp_path / "aside").rename(blob)
        now = datetime.now(UTC)
        await asyncio.to_thread(lambda: site.memory.journal.requeue_stranded(now))
        through = await until(site, transmission, lambda row: row.state != "received", node)
        well = checks(await gateway(settings_of(site), "doctor", "--json"))

        assert (waiting.state, "its bytes cannot be read" in waiting.reason) == ("received", True)
        assert waiting.reason in listed.out
        assert (through.state, through.reason) == ("processed", "")
        assert sick["one home"][0] is False
        assert "1 of 1 contents looked at cannot be read" in sick["one home"][1]
        assert well["one home"][0] is True


def copy_database(source: Path, target: Path) -> None:
    """As SQLite's own backup does it: whole, also while the source is written."""
    with contextlib.closing(sqlite3.connect(source)) as old, contextlib.closing(sqlite3.connect(target)) as new:
        old.backup(new)


def contents_of(home: Home, *, age_seconds: float = 0.0) -> Mapping[str, Path]:
    """Where the content of every hash is; made to look so old first."""
    found = {path.name: path for path in home.folder.rglob("*") if re.fullmatch(r"[0-9a-f]{64}", path.name)}
    for path in found.values() if age_seconds else ():
        then = path.stat().st_mtime - age_seconds
        os.utime(path, (then, then))
    return found


def a_large_order(more: bytes = b"") -> bytes:
    """A sample order with so many lines that it is kept as a file."""
    text = (ROOT / "edi_samples" / "acme" / "850-004010" / "plain" / "in.edi").read_bytes()
    padded = text + b"\n" * 70_000 + more
    assert len(padded) > 65536
    return padded


async def post(site: Site, data: bytes, *, name: str = "one") -> str:
    """Hand a file in over HTTP: the id of its transmission."""
    url = f"{site.nodes[0].http_url}/api/v1/transmissions"
    headers = {"Authorization": f"Bearer {site.home.api_key.strip()}", "X-Message-Id": name}
    async with aiohttp.ClientSession() as session, session.post(url, data=data, headers=headers) as answer:
        assert answer.status == 202, await answer.text()
        return str((await answer.json())["transmission_id"])


async def until(site: Site, transmission: str, holds: Any, node: GatewayProcess) -> TransmissionRow:
    """The transmission once something holds of it."""
    deadline = asyncio.get_running_loop().time() + 30
    while True:
        row = await asyncio.to_thread(site.memory.questions.transmission, transmission)
        if row is not None and holds(row):
            return row
        assert asyncio.get_running_loop().time() < deadline, f"{row}\n{tail(node.process.log)}"
        await asyncio.sleep(0.05)


def until_nobody_runs(site: Site) -> None:
    """The database has noticed that the last node is dead."""
    while site.memory.home.nodes.running():
        pass
