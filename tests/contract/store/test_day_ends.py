"""Days of partners that are over: one that does not add up is told once, whoever looks; nobody is told of others."""

import contextlib
import json
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from gateway.app import day_ends
from gateway.app.day_ends import DaySweep
from gateway.app.restoring import restore
from gateway.errors import MachineError
from gateway.pipeline.day_ends import Differs
from gateway.settings import Places
from gateway.store.backup import Backup
from gateway.store.database import Database, open_database
from gateway.store.day_end_tables import DAY_END
from gateway.store.day_ends import StoreDayEnds
from gateway.store.means import Means
from gateway.store.notice_tables import NOTICE
from gateway.store.notices import StoreOutbox
from gateway.store.reports.reconciliation import StoreReconciling
from gateway.store.tables import EVENT, INTERCHANGE
from tests.contract.store.happenings import wanted
from tests.contract.store.shop import Shop, an_interchange

TELL = """\
owner: finance
webhooks:
  ledger: {url: "https://hooks.pine.example/edi", secret: file:secrets/ledger.key, events: [partner.day-differs]}
alerts:
  mail: [controller@pine.example]
  rules:
    days: {when: [partner.day-differs]}
"""


def swept(shop: Shop, **zones: str) -> list[tuple[str, date]]:
    """Whose days were told by one sweep."""
    return [(one.partner, one.day) for one in DaySweep(shop.means, zones or {"acme": "UTC"}).sweep()]


def told(means: Means) -> list[Any]:
    with means.database.reading() as connection:
        wanted = select(EVENT).where(EVENT.c.kind == "partner.day-differs").order_by(EVENT.c.number)
        return list(connection.execute(wanted))


async def skipped(shop: Shop, *numbers: int, partner: str = "acme") -> None:
    """Interchanges of these control numbers: what is between them was skipped."""
    for number in numbers:
        outcome = await shop.processed(an_interchange(f"{number:09}"))
        with shop.means.database.begin() as connection:
            of = INTERCHANGE.c.id == outcome.interchanges[0].id
            connection.execute(update(INTERCHANGE).where(of).values(partner=partner))


async def a_day_that_differs(shop: Shop) -> None:
    """The second of March, on which ISA13 3 and 4 were skipped; it is 7 o'clock on the third."""
    assert swept(shop) == []  # nobody has looked before
    await skipped(shop, 1, 2, 5)
    shop.clock.turn(hours=19)


async def test_a_day_that_does_not_add_up_is_told_once_with_what_to_ask(shop: Shop) -> None:
    await a_day_that_differs(shop)

    assert swept(shop) == [("acme", date(2026, 3, 2))]
    assert swept(shop) == []
    shop.clock.turn(days=1)
    assert swept(shop) == []

    [event] = told(shop.means)
    ask = "gateway reconcile --day 2026-03-02 --partner acme"
    words = "ISA13 3 to 4 were skipped, ZZ/ACMERETAIL to ZZ/OURHOUSE"
    assert (event.subject, event.transmission_id, event.who) == ("acme", "", "gateway/one")
    assert event.why == f"2026-03-02 has 1 difference ({ask}): {words}"
    assert event.detail == {"day": "2026-03-02", "differences": "1", "command": ask, "difference_1": words}


async def test_a_day_that_adds_up_tells_nothing_and_is_not_looked_at_again(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    swept(shop)
    await skipped(shop, 1, 2)
    shop.clock.turn(hours=19)
    assert swept(shop) == []

    monkeypatch.setattr(StoreReconciling, "days", lambda *_: pytest.fail("was looked at again"))

    assert swept(shop) == []
    assert told(shop.means) == []


async def test_what_comes_late_but_before_the_look_settles_the_day(shop: Shop) -> None:
    swept(shop)
    await skipped(shop, 1, 2, 4)
    shop.clock.turn(hours=17)  # five hours after the day's end
    assert swept(shop) == []
    await skipped(shop, 3)
    shop.clock.turn(hours=2)

    assert swept(shop) == []
    assert told(shop.means) == []


async def test_each_partner_s_day_is_told_when_it_is_over_there(shop: Shop) -> None:
    zones = {"acme": "America/New_York", "bolt": "Asia/Tokyo"}
    shop.clock.time = datetime(2026, 3, 7, 13, tzinfo=UTC)
    swept(shop, **zones)
    shop.clock.time = datetime(2026, 3, 8, 14, 30, tzinfo=UTC)  # in New York clocks were changed this night
    await skipped(shop, 1, 3)
    await skipped(shop, 101, 103, partner="bolt")

    told_at = []
    for _ in range(48):
        shop.clock.turn(hours=0.5)
        told_at += [(partner, day.day, f"{shop.clock():%d %H:%M}") for partner, day in swept(shop, **zones)]

    # There the eighth ends at 04:00 UTC and not at 05:00 as the day before; in Tokyo at 15:00.
    assert told_at == [("bolt", 8, "08 21:00"), ("acme", 8, "09 10:00")]


async def test_of_two_nodes_that_look_at_one_day_at_once_one_tells_it(
    shop: Shop, opened: Callable[[], Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    await a_day_that_differs(shop)
    both, whole = threading.Barrier(2), StoreReconciling.days
    monkeypatch.setattr(StoreReconciling, "days", lambda *asked: (both.wait(30), whole(*asked))[1])
    nodes = [DaySweep(replace(shop.means, database=opened(), node=name), {"acme": "UTC"}) for name in ("one", "two")]
    found: list[Differs] = []

    threads = [threading.Thread(target=lambda node=node: found.extend(node.sweep())) for node in nodes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert (len(found), len(told(shop.means))) == (1, 1)


async def test_nothing_of_before_is_told_to_whom_nobody_told_of_days(shop: Shop) -> None:
    await skipped(shop, 1, 3)
    shop.clock.turn(hours=19)

    assert swept(shop) == []  # an update: yesterday was before it
    await skipped(shop, 5)
    shop.clock.turn(days=1)
    assert swept(shop) == [("acme", date(2026, 3, 3))]


async def test_after_a_long_stop_the_last_week_is_looked_at_and_no_month(shop: Shop) -> None:
    swept(shop)
    for number in range(30):
        await skipped(shop, *(4 * number + step for step in (1, 2, 3)))
        shop.clock.turn(days=1)

    days = [day for _, day in swept(shop)]

    assert days == [date(2026, 3, day) for day in range(25, 32)]
    assert swept(shop) == []


async def test_a_sweep_looks_at_so_many_days_and_the_next_goes_on(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    swept(shop)
    for number in range(3):
        await skipped(shop, *(4 * number + step for step in (1, 2, 3)))
        shop.clock.turn(days=1)
    monkeypatch.setattr(day_ends, "AT_ONCE", 2)

    assert [len(swept(shop)) for _ in range(3)] == [1, 1, 0]  # the first day skipped nothing yet


@pytest.mark.parametrize("by", [RuntimeError("a bug of ours"), MachineError("the database was away")])
async def test_a_day_that_cannot_be_looked_at_keeps_no_other_partner_waiting_and_is_tried_again(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, by: Exception
) -> None:
    sweep = DaySweep(shop.means, {"acme": "UTC", "bolt": "UTC"})
    sweep.sweep()
    await skipped(shop, 1, 3)
    await skipped(shop, 101, 103, partner="bolt")
    shop.clock.turn(days=1, hours=19)  # for acme a second day waits behind
    whole, told_of = StoreReconciling.days, list[str]()

    def fails(store: StoreReconciling, wanted: Any) -> Any:
        if wanted.partner == "acme":
            raise by
        return whole(store, wanted)

    monkeypatch.setattr(StoreReconciling, "days", fails)
    for _ in range(2):
        with contextlib.suppress(MachineError):  # it ends a sweep: the next one begins with others
            sweep.sweep()
    told_of += [row.subject for row in told(shop.means)]
    monkeypatch.setattr(StoreReconciling, "days", whole)

    assert told_of == ["bolt"]
    assert [(one.partner, one.day) for one in sweep.sweep()] == [("acme", date(2026, 3, 2))]
    assert not sweep.failed


async def test_no_day_is_passed_over_because_it_could_not_be_looked_at(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    await a_day_that_differs(shop)
    shop.clock.turn(days=1)
    whole = StoreReconciling.days

    def fails(store: StoreReconciling, wanted: Any) -> Any:
        if wanted.first == date(2026, 3, 2):
            raise RuntimeError("a bug of ours")
        return whole(store, wanted)

    monkeypatch.setattr(StoreReconciling, "days", fails)
    assert swept(shop) == []
    monkeypatch.setattr(StoreReconciling, "days", whole)

    assert swept(shop) == [("acme", date(2026, 3, 2))]


async def test_whom_a_rule_names_is_told_by_webhook_and_mail(shop: Shop) -> None:
    outbox = StoreOutbox(shop.means, lambda _: ())
    outbox.stand_up({})
    await a_day_that_differs(shop)
    swept(shop)

    while outbox.follow(wanted(TELL), most=500)[1]:
        pass

    rows = {row.kind: json.loads(row.body) for row in shop.all(NOTICE)}
    assert rows["webhook"]["type"] == "partner.day-differs"
    assert rows["webhook"]["data"]["partners"] == ["acme"]
    assert rows["webhook"]["data"]["detail"]["command"] == "gateway reconcile --day 2026-03-02 --partner acme"
    [line] = rows["mail"]["data"]["lines"]
    assert line["words"].startswith("partner acme: a day of the partner's is over and does not add up: 2026-03-02 has")


async def test_what_was_told_after_a_backup_is_not_told_again_by_what_is_restored(
    shop: Shop, tmp_path: Path, kind: str, empty_url: str
) -> None:
    await a_day_that_differs(shop)
    Backup(shop.means.database, shop.means.blobs, shop.means.now, "0.1.0").write(tmp_path / "backup")
    assert swept(shop) == [("acme", date(2026, 3, 2))]

    places = Places.model_construct(home=tmp_path / "new", database_url="" if kind == "sqlite" else empty_url)
    restore(tmp_path / "backup", places, who="jo", ahead=1, later=None)
    database = open_database(places.url)
    try:
        new = Shop(replace(shop.means, database=database))
        assert swept(new) == []
        assert [(row.partner, row.day) for row in new.all(DAY_END)] == [("acme", date(2026, 3, 2))]
    finally:
        database.close()


def test_a_day_that_was_looked_at_is_not_done_again(shop: Shop) -> None:
    store, day = StoreDayEnds(shop.means), date(2026, 3, 2)
    differs = Differs(partner="acme", day=day, number=1, words=("one is lost",))
    store.begin({"acme": date(2026, 3, 1)})
    store.begin({"acme": date(2026, 2, 1)})

    assert store.looked() == {"acme": date(2026, 3, 1)}
    assert [store.done("acme", day, differs) for _ in range(2)] == [True, False]
    assert not store.done("stranger", day, differs)
    assert len(told(shop.means)) == 1
