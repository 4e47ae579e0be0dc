"""kill -9 while two nodes follow what happens: what is known of documents is what one look at everything sets, and each
change of an order goes to the ERP once, after its order.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import Table, delete, func, select, update

from gateway.app.following import follower
from gateway.app.gateway import checked_rules
from gateway.partners.authored import IN_FORCE
from gateway.store.authored import read_folder
from gateway.store.business_tables import BUSINESS_NUMBER
from gateway.store.following_tables import FOLLOWER
from gateway.store.owed_tables import OWED
from gateway.store.pace_tables import DOCUMENT_PACE, PACE_DAY
from gateway.store.tables import DOCUMENT, EVENT
from gateway.store.threading_tables import ORDER_WAIT, THREAD, THREAD_DOCUMENT
from tests.journeys.gateway_process import Site, a_site, make_home
from tests.journeys.kills import Kills, a_seed, bring_back, strike
from tests.journeys.orders import OrderFile, order_file
from tests.journeys.partner_clients import Partner, Yeses, post_all
from tests.journeys.reckoning import MORE_THAN_ONCE

PROJECTED: tuple[Table, ...] = (THREAD_DOCUMENT, THREAD, BUSINESS_NUMBER, OWED, DOCUMENT_PACE, PACE_DAY)
"""What the follower of documents sets, those that refer to others first."""


@pytest.mark.parametrize(
    ("orders", "kills"), [(16, 2), pytest.param(120, 12, marks=pytest.mark.long)], ids=["short", "long"]
)
async def test_nothing_is_missed_or_doubled_when_either_of_two_followers_is_killed(
    tmp_path: Path, postgresql_url: str, orders: int, kills: int
) -> None:
    seed = a_seed()
    home = make_home(tmp_path, database_url=postgresql_url)
    async with a_site(home, nodes=2, latency_seconds=0.05) as site:
        struck = await play(site, orders=orders, kills=kills, seed=seed)
        await followed(site, 2 * orders, limit_seconds=120)
        told, delivered = await asyncio.to_thread(look_back, site)
        stood = await asyncio.to_thread(projected, site)
        await asyncio.gather(*(node.process.kill() for node in site.nodes))
        anew = await asyncio.to_thread(projected_anew, site)

        about = f"seed {seed}, kills {struck.at}\n{site.logs()}"
        assert [key for key, count in told.items() if count > 1] == [], about
        # One that was taken up again after a kill may have come behind its order: then it had not to wait.
        assert 0 < sum(kind == "document.after-order" for _, kind, _ in told) <= orders, about
        assert len(delivered) == orders, about
        assert [names for names in delivered.values() if names != ["order", "order_change"]] == [], about
        assert {name: (stood[name], anew[name]) for name in stood if stood[name] != anew[name]} == {}, about
        assert min(map(len, stood.values())) > 0
        assert site.memory.database.status()["at"]


async def play(site: Site, *, orders: int, kills: int, seed: int) -> Kills:
    """A partner sends each change before its order, while nodes are killed and come back."""
    random, struck, yeses = Random(seed), Kills(), Yeses()
    files = [file for number in range(1, orders + 1) for file in (a_change(number), order_file(number))]
    await asyncio.gather(*(node.start() for node in site.nodes))
    sending = asyncio.create_task(post_all(Partner(site, yeses, random, 0.15), files))
    for _ in range(kills):
        before = await asyncio.to_thread(events, site)
        while await asyncio.to_thread(events, site) < before + random.randint(5, 60) and not sending.done():
            await asyncio.sleep(0.02)
        await asyncio.sleep(random.uniform(0, 1.5))  # the followers look every one or two seconds
        node = random.choice(site.up())
        await strike(site, node, struck, f"{before} events")
        await bring_back(node, random, struck)
    await sending
    return struck


def a_change(number: int) -> OrderFile:
    """An 860 that cancels the order of that number, as the sample partner writes it."""
    control, order = 500_000 + number, order_file(number).numbers[0]
    text = (
        "ISA*00*          *00*          *ZZ*ACMERETAIL     *ZZ*HARBORPINE     *260102*0915*U*00401*"
        f"{control:09}*0*P*>~GS*PC*ACMERETAIL*HARBORPINE*20260102*0915*{control}*X*004010~ST*860*0001~"
        f"BCH*01*CP*{order}**1*20260102*****20260102~CUR*BY*USD~REF*19*077~REF*IA*ACM0417~N9*L1*0001*REASON~"
        f"MSG*POSTPONED.~SE*8*0001~GE*1*{control}~IEA*1*{control:09}~"
    )
    name = f"change-{number:06}.edi"
    return OrderFile(name=name, content=text.encode(), control_number=f"{control:09}", groups=((order,),))


def events(site: Site) -> int:
    """The highest number there is."""
    with site.memory.database.reading() as connection:
        return int(connection.execute(select(func.max(EVENT.c.number))).scalar() or 0)


async def followed(site: Site, documents: int, *, limit_seconds: float) -> None:
    """Wait until everything is delivered and every follower has come to the end."""
    deadline = time.monotonic() + limit_seconds
    while not await asyncio.to_thread(_at_its_end, site, documents):
        assert time.monotonic() < deadline, f"not everything was delivered and followed\n{site.logs()}"
        await asyncio.sleep(0.2)


def _at_its_end(site: Site, documents: int) -> bool:
    with site.memory.database.reading() as connection:
        done = connection.execute(select(func.count()).where(DOCUMENT.c.state == "delivered")).scalar_one()
        waits = connection.execute(select(func.count()).select_from(ORDER_WAIT)).scalar_one()
        behind = connection.execute(select(func.min(FOLLOWER.c.position), func.count())).one()
        last = connection.execute(select(func.max(EVENT.c.number))).scalar_one()
    return (done, waits) == (documents, 0) and (behind[0], behind[1] >= 3) == (last, True)


def look_back(site: Site) -> tuple[Counter[tuple[str, str, str]], dict[str, list[str]]]:
    """How often each change was told, and by order number what was delivered, in the order in which it was."""
    delivered: dict[str, list[str]] = {}
    with site.memory.database.reading() as connection:
        told = Counter(
            (row.subject, row.kind, row.why if row.kind == "acknowledgement.offered" else "")
            for row in connection.execute(select(EVENT))
            if row.kind not in MORE_THAN_ONCE and not row.kind.endswith("late")
        )
        rows = connection.execute(
            select(DOCUMENT.c.thread, DOCUMENT.c.canonical_type)
            .join(EVENT, EVENT.c.subject == DOCUMENT.c.id)
            .where(EVENT.c.kind == "document.delivered")
            .order_by(EVENT.c.number)
        )
        for row in rows:
            delivered.setdefault(row.thread["order"], []).append(row.canonical_type.partition(".")[0])
    return told, delivered


def projected(site: Site) -> dict[str, Sequence[Any]]:
    """Everything that the follower of documents has set."""
    found: dict[str, Sequence[Any]] = {}
    with site.memory.database.reading() as connection:
        for table in PROJECTED:
            columns = [column for column in table.c if column.name != "missed_at"]  # when the watch looked
            where = [OWED.c.document_id.is_not(None)] if table is OWED else []
            rows = connection.execute(select(*columns).where(*where).order_by(*table.primary_key.columns))
            found[table.name] = [tuple(row) for row in rows]
    # A thread's id is of the document that was looked at first, an order or its change: its number is what it is.
    numbers = {thread: number for thread, _, _, _, number, *_ in found[THREAD.name]}
    found[THREAD.name] = sorted(row[1:] for row in found[THREAD.name])
    found[THREAD_DOCUMENT.name] = sorted((numbers[row[0]], *row[1:]) for row in found[THREAD_DOCUMENT.name])
    return found


def projected_anew(site: Site) -> dict[str, Sequence[Any]]:
    """The same by one look over everything, with nothing known before."""
    memory, home = site.memory, site.home
    partners = read_folder(home.folder / "partners", IN_FORCE)
    rules = checked_rules(partners, read_folder(Path(home.environment("")["GATEWAY_MAPPINGS_DIR"]), (".yaml", ".lock")))
    with memory.database.begin() as connection:
        for table in PROJECTED:
            where = [OWED.c.document_id.is_not(None)] if table is OWED else []
            connection.execute(delete(table).where(*where))
        connection.execute(update(FOLLOWER).values(position=0))
    follower(rules, memory.means).work()
    return projected(site)
