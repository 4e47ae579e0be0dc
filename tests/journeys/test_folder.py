"""ACME by a VAN client that knows folders only: both ways, killed at the worst moments, and with the folder gone."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml
from sqlalchemy import func, select, update

from gateway.store.tables import (
    ACKNOWLEDGEMENT,
    CARRYING,
    DOCUMENT,
    EVENT,
    OUTBOUND_CHANNEL,
    OUTBOUND_INTERCHANGE,
    TRANSMISSION,
)
from gateway.x12.interchange import InterchangeResult
from gateway.x12.read import examine
from tests.journeys import dying_gateway
from tests.journeys.gateway_process import MAIN, Site, a_site, make_home
from tests.journeys.invoices import agree, invoice
from tests.journeys.kills import Kills, a_seed, bring_back, strike
from tests.journeys.orders import OrderFile, order_file
from tests.journeys.reckoning import waiting
from tests.journeys.test_outbound import command, post

CHANNEL = """
door: folder
owner: tests
carries: [acme]
in: van/from
out: {out}
settle_seconds: 0
first_delay_seconds: 0.2
longest_delay_seconds: 1
failures_to_trip: 3
"""
LIMIT_SECONDS = 60.0


@dataclass(slots=True)
class Van:
    """A VAN's client on the same machine: it drops files, and takes what it finds as fast as it can."""

    root: Path
    taken: list[tuple[str, bytes]] = field(default_factory=list)

    @property
    def inbox(self) -> Path:
        return self.root / "van" / "from"

    def drop(self, file: OrderFile) -> None:
        """Written under a temporary name, then renamed, as these programs do."""
        self.inbox.mkdir(parents=True, exist_ok=True)
        part = self.inbox / f"{file.name}.part"
        part.write_bytes(file.content)
        part.rename(self.inbox / file.name)

    def take(self, out: str = "van/to") -> None:
        """Whatever shows."""
        folder = self.root / out
        for path in sorted(folder.iterdir()) if folder.exists() else ():
            if path.is_file() and not path.name.startswith("."):
                self.taken.append((path.name, path.read_bytes()))
                path.unlink()

    @contextlib.asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Taking, for the length of a block."""
        task = asyncio.create_task(self._forever())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            self.take()

    async def _forever(self) -> None:
        while True:
            self.take()
            await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def a_van_site(
    folder: Path,
    *,
    database_url: str = "",
    nodes: int = 1,
    program: Sequence[str] = MAIN,
    environment: Mapping[str, str] | None = None,
    profile: Mapping[str, Any] | None = None,
    channels: Mapping[str, str] | None = None,
) -> AsyncIterator[tuple[Site, Van]]:
    """A site whose ACME is reached by folders; `profile` is added to its file, `channels` are further ones."""
    home = make_home(folder, database_url=database_url)
    agree(folder)
    partners = folder / "partners"
    acme = yaml.safe_load((partners / "acme.yaml").read_text("utf-8"))
    for agreement in acme["agreements"].values():
        if agreement.get("direction") == "outbound":
            agreement["channel"] = "acme-van"
    (partners / "acme.yaml").write_text(yaml.safe_dump(acme | dict(profile or {})), "utf-8")
    for name, text in {"acme-van": CHANNEL.format(out="van/to"), **(channels or {})}.items():
        (partners / "channels" / f"{name}.yaml").write_text(text, "utf-8")
    settings = {"GATEWAY_MAPPINGS_DIR": str(folder / "mappings"), **(environment or {})}
    async with a_site(home, nodes=nodes, program=program, environment=settings) as site:
        yield site, Van(folder / "folders")


def _left(site: Site) -> tuple[int, int, int]:
    with site.memory.database.reading() as connection:
        moving = select(func.count()).where(CARRYING.c.state.in_(["waiting", "awaiting"]))
        return (*waiting(site), connection.execute(moving).scalar_one())


async def _until_quiet(site: Site, van: Van) -> None:
    deadline = time.monotonic() + LIMIT_SECONDS
    while await asyncio.to_thread(_left, site) != (0, 0, 0) or _dropped(van):
        assert time.monotonic() < deadline, f"{_left(site)} {_dropped(van)}\n{site.logs()}"
        await asyncio.sleep(0.05)


def _dropped(van: Van) -> list[str]:
    return sorted(str(one) for one in van.inbox.rglob("*.edi") if "done" not in one.parts) if van.inbox.exists() else []


def _rows(site: Site, table: Any) -> Sequence[Any]:
    with site.memory.database.reading() as connection:
        return connection.execute(select(table).order_by(*table.primary_key.columns)).all()


def _numbers(van: Van) -> list[str]:
    """ISA13 of everything the van took; anything that is no whole interchange is a fault of ours."""
    found = []
    for name, data in van.taken:
        results = [event for event in examine(data) if isinstance(event, InterchangeResult)]
        assert [one.status for one in results] == ["A"], name
        found.append(results[0].header.control_number)
    return found


def _hold_everything(site: Site, van: Van, *, orders: int, invoices: int) -> None:
    """Every file there once, nothing lost, and the store says so."""
    interchanges, answers = _rows(site, OUTBOUND_INTERCHANGE), _rows(site, ACKNOWLEDGEMENT)
    sent = [row for row in _rows(site, DOCUMENT) if row.direction == "outbound"]
    expected = [*(row.name for row in interchanges), *(row.name for row in answers)]
    received = [row for row in _rows(site, TRANSMISSION) if row.door == "folder"]
    assert sorted(name for name, _ in van.taken) == sorted(expected), site.logs()
    assert len(set(_numbers(van))) == len(expected)
    assert ({row.state for row in interchanges}, {row.state for row in answers}) == ({"carried"}, {"carried"})
    assert ({row.state for row in sent}, len(sent)) == ({"sent"}, invoices)
    assert (len(received), len(answers)) == (orders, orders)
    told = [row.kind for row in _rows(site, EVENT)]
    assert told.count("sending.carried") == len(interchanges)
    assert told.count("acknowledgement.carried") == len(answers)


async def test_orders_come_and_answers_and_invoices_go_by_folders(tmp_path: Path) -> None:
    async with a_van_site(tmp_path) as (site, van), van.at_work():
        await site.nodes[0].start()
        for number in (1, 2, 3):
            van.drop(order_file(number))
        for number in (1, 2):
            one = invoice(number, lines=900 if number == 1 else 3)
            assert (await post(site, one.content, one.key))[0] == 202
        await _until_quiet(site, van)
        van.take()
        _hold_everything(site, van, orders=3, invoices=2)

        assert sorted(one.name for one in (van.inbox / "done").iterdir()) == [
            "order-000001.edi",
            "order-000002.edi",
            "order-000003.edi",
        ]
        assert len(site.erp.orders()) == 3


@pytest.mark.parametrize(
    "point", ["shown", *(pytest.param(one, marks=pytest.mark.long) for one in ("claimed", "stored"))]
)
async def test_a_process_that_dies_between_a_rename_and_its_record_leaves_one_file_and_loses_none(
    tmp_path: Path, point: str
) -> None:
    deadly = {dying_gateway.POINT: point, dying_gateway.MARK: str(tmp_path / "died")}
    async with a_van_site(tmp_path, program=dying_gateway.PROGRAM, environment=deadly) as (site, van), van.at_work():
        await site.nodes[0].start()
        van.drop(order_file(1))
        await asyncio.wait_for(site.nodes[0].process.ended(), LIMIT_SECONDS)
        van.take()  # what showed is taken before the next start, so that its absence says nothing

        await site.nodes[0].start()
        one = invoice(1)
        assert (await post(site, one.content, one.key))[0] == 202
        await _until_quiet(site, van)
        van.take()

        _hold_everything(site, van, orders=1, invoices=1)
        assert len(site.erp.orders()) == 1


async def play(site: Site, van: Van, *, orders: int, invoices: int, kills: int, seed: int) -> Kills:
    """Files and invoices come while nodes are killed; afterwards every one is where it belongs, once."""
    random, done = Random(seed), Kills()
    await asyncio.gather(*(node.start() for node in site.nodes))
    async with van.at_work():
        for number in range(1, max(orders, invoices) + 1):
            if number <= orders:
                van.drop(order_file(number))
            if number <= invoices:
                await _post_until_yes(site, number)
            if number % max(1, max(orders, invoices) // (kills + 1)) == 0 and done.count < kills:
                node = random.choice(site.up())
                await asyncio.sleep(random.uniform(0, 0.3))
                await strike(site, node, done, str(number))
                await bring_back(node, random, done)
        await _until_quiet(site, van)
    _hold_everything(site, van, orders=orders, invoices=invoices)
    return done


async def _post_until_yes(site: Site, number: int) -> None:
    one = invoice(number * 3 + 1)  # all of them production: each travels alone
    async with asyncio.timeout(LIMIT_SECONDS):
        while True:
            with contextlib.suppress(OSError, json.JSONDecodeError):
                if (await post(site, one.content, one.key))[0] == 202:
                    return
            await asyncio.sleep(0.05)


@pytest.mark.timeout(240)
async def test_nothing_is_lost_or_laid_out_twice_when_the_process_is_killed_on_sqlite(tmp_path: Path) -> None:
    async with a_van_site(tmp_path) as (site, van):
        await play(site, van, orders=30, invoices=30, kills=2, seed=a_seed())


@pytest.mark.long
@pytest.mark.timeout(240)
async def test_nothing_is_lost_or_laid_out_twice_when_one_of_two_nodes_is_killed_on_postgresql(
    tmp_path: Path, postgresql_url: str
) -> None:
    async with a_van_site(tmp_path, database_url=postgresql_url, nodes=2) as (site, van):
        await play(site, van, orders=30, invoices=30, kills=2, seed=a_seed())


async def test_while_the_folder_is_gone_files_go_to_the_second_and_come_back_when_it_is_there(tmp_path: Path) -> None:
    fallback = {"fallback": {"channel": "acme-spare", "after_minutes": "1"}}
    spare = CHANNEL.format(out="spare/acme").replace("in: van/from\n", "")
    async with a_van_site(tmp_path, profile=fallback, channels={"acme-spare": spare}) as (site, van):
        gone = van.root / "van" / "to"
        gone.parent.mkdir(parents=True)
        gone.write_text("a file where the folder should be")
        await site.nodes[0].start()
        one, two = invoice(1), invoice(2)
        assert (await post(site, one.content, one.key))[0] == 202
        await _until(site, lambda: any(row.paused for row in _rows(site, OUTBOUND_CHANNEL)))

        _down_for_longer(site)
        await _until(site, lambda: [row.state for row in _rows(site, CARRYING)] == ["carried"])
        gone.unlink()
        assert (await post(site, two.content, two.key))[0] == 202
        await _until_quiet(site, van)

        van.take("spare/acme")
        there = [name for name, _ in van.taken]
        van.take()
        ways = [(row.channel, row.via) for row in _rows(site, CARRYING)]
        assert ways == [("acme-van", "acme-spare"), ("acme-van", "acme-van")]
        assert (len(there), len(van.taken), len(set(_numbers(van)))) == (1, 2, 2)
        document = next(row.id for row in _rows(site, DOCUMENT))
        code, shown, _ = await command(site, "documents", "show", document)
        assert code == 0
        assert "The partner has it (acme-spare instead of acme-van)" in shown


async def _until(site: Site, holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LIMIT_SECONDS
    while not await asyncio.to_thread(holds):
        assert time.monotonic() < deadline, site.logs()
        await asyncio.sleep(0.05)


def _down_for_longer(site: Site) -> None:
    """The outage began two minutes ago: a test has no minutes to wait."""
    long_ago = datetime.now(UTC) - timedelta(minutes=2)
    with site.memory.database.begin() as connection:
        connection.execute(update(OUTBOUND_CHANNEL).values(changed_at=long_ago))
