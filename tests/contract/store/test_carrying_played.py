"""Days of a channel in a moment: the real store, workflows and carriers, and a clock that is turned to what is due.

Doors are scripted; work is begun when its delay is over, as the engine does it.
"""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from gateway.engine.pushing import Pushing
from gateway.pipeline.outbound.send import Carriage, Carried, Verdict, Way
from gateway.pipeline.retry import Patience
from gateway.store.tables import CARRYING, EVENT, OUTBOUND_CHANNEL
from gateway.transports.carriers import Carriers, Route
from tests.contract.store.rows import WORK
from tests.contract.store.sending import to_carry
from tests.contract.store.shop import Shop, an_interchange
from tests.contract.store.test_carrying import kinds, the_row
from tests.fakes.carrying import ScriptedSender

CARRIED = Carriage(kind="carried")
DOWN = Carriage(kind="retry", detail="connection refused")
PATIENCE = Patience(
    first_delay_seconds=5, longest_delay_seconds=900, most_attempts=10**6, longest_age=timedelta(minutes=90)
)


@dataclass
class Day:
    """The stage. `run` plays on for so long."""

    shop: Shop
    pushing: Pushing
    first: ScriptedSender
    second: ScriptedSender
    due: list[tuple[datetime, int, str, list[Any]]] = field(default_factory=list)
    seen: int = 0

    def run(self, **how_long: float) -> None:
        """Do all work that is due until then, each at its time."""
        until = self.shop.means.now() + timedelta(**how_long)
        while True:
            self._collect()
            waiting = [one for one in self.due if one[0] <= until]
            if not waiting:
                break
            at, *_, task, arguments = chosen = min(waiting)
            self.due.remove(chosen)
            self.shop.clock.time = max(at, self.shop.clock.time)
            getattr(self.pushing, task)(*arguments)
        self.shop.clock.time = until

    def _collect(self) -> None:
        with self.shop.means.database.reading() as connection:
            rows = connection.execute(select(WORK).where(WORK.c.number > self.seen).order_by(WORK.c.number)).all()
        for row in rows:
            self.seen = row.number
            if row.task in ("send", "probe_channel"):
                due = self.shop.means.now() + timedelta(seconds=row.delay)
                self.due.append((due, row.number, row.task, json.loads(row.arguments)))

    def paused(self) -> bool:
        """Whether the first channel is."""
        return any(row.paused for row in self.shop.all(OUTBOUND_CHANNEL, OUTBOUND_CHANNEL.c.name == "acme"))


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """Where doors live."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield loop
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


MakeDay = Callable[..., Day]


@pytest.fixture
def a_day(shop: Shop, loop: asyncio.AbstractEventLoop) -> MakeDay:
    """A day with ACME's channel, and another one to fall back on; `route` is about the first."""

    def make(first: Callable[[Carried], Carriage | Exception], **route: Any) -> Day:
        doors = ScriptedSender(first), ScriptedSender(lambda _: CARRIED)
        routes = {
            "acme": Route(sender=doors[0], patience=PATIENCE, failures_to_trip=3, **route),
            "spare": Route(sender=doors[1], patience=PATIENCE),
        }
        carriers = Carriers(routes, clock=shop.means.now, uniform=lambda: 0.5)
        return Day(shop, Pushing(shop.carryings, carriers, loop), *doors)

    return make


async def test_after_an_outage_everything_goes_and_few_tries_were_wasted(shop: Shop, a_day: MakeDay) -> None:
    back = shop.means.now() + timedelta(minutes=40)
    day = a_day(lambda _: DOWN if shop.means.now() < back else CARRIED)
    documents = [await to_carry(shop, f"HP-{number}") for number in range(4)]

    day.run(minutes=30)
    halfway = (day.paused(), len(day.first.sent))
    late = await to_carry(shop, "HP-9")
    day.run(minutes=12)

    assert halfway[0] is True
    assert halfway[1] < 3 + 10 + 2 * 30  # a probe once or twice a minute, whatever waits
    assert [shop.state(one) for one in [*documents, late]] == ["sent"] * 5
    assert (day.paused(), kinds(shop, "acme")) == (False, ["channel.paused", "channel.resumed"])
    assert {row.reason for row in shop.all(CARRYING)} == {""}


async def test_a_channel_that_stays_down_has_its_files_go_another_way_until_it_is_back(
    shop: Shop, a_day: MakeDay
) -> None:
    back = shop.means.now() + timedelta(minutes=40)
    day = a_day(lambda _: DOWN if shop.means.now() < back else CARRIED, fallbacks={"acme": Way("spare", 20)})
    first = await to_carry(shop, "HP-1")
    day.run(minutes=19)
    before = (shop.state(first), len(day.second.sent))

    day.run(minutes=5)
    second = await to_carry(shop, "HP-2")
    day.run(minutes=2)
    answer = await shop.processed(an_interchange(), push=True)
    day.run(minutes=2)
    elsewhere = [shop.state(first), shop.state(second)]
    day.run(minutes=20)
    third = await to_carry(shop, "HP-3")
    day.run(minutes=2)

    assert before == ("sealed", 0)
    assert elsewhere == ["sent", "sent"]
    assert len(day.second.sent) == 3
    assert (shop.state(third), day.second.sent[-1].kind, day.paused()) == ("sent", "acknowledgement", False)
    ways = {row.name: (row.channel, row.via) for row in shop.all(CARRYING)}
    assert sorted(ways.values()) == [("acme", "acme"), *[("acme", "spare")] * 3]
    told = shop.all(EVENT, EVENT.c.kind == "carrying.rerouted")
    assert [row.detail["via"] for row in told] == ["spare"] * 3
    assert all("has been down since" in row.why for row in told)
    assert answer.id in {row.transmission_id for row in told}


async def test_what_may_have_gone_through_waits_for_its_own_channel(shop: Shop, a_day: MakeDay) -> None:
    back = shop.means.now() + timedelta(minutes=40)
    cut = Carriage(kind="unknown", detail="the line was cut")
    day = a_day(lambda _: cut if shop.means.now() < back else CARRIED, fallbacks={"acme": Way("spare", 20)})
    document = await to_carry(shop)

    day.run(minutes=42)

    assert (shop.state(document), day.second.sent, day.first.sent[-1].again) == ("sent", [], True)
    assert len({one.message_id for one in day.first.sent}) == 1


async def test_urgent_files_are_not_put_in_doubt_one_by_one_by_the_probes_of_a_channel_that_is_down(
    shop: Shop, a_day: MakeDay
) -> None:
    """Whatever is tried by a channel that hangs may be there and goes no other way: probes take what is so already."""
    cut = Carriage(kind="unknown", detail="no answer within the time allowed")
    day = a_day(lambda _: cut, fallbacks={"acme": Way("spare", 5)})
    for number in range(3):
        await to_carry(shop, f"HP-{number}")
    day.run(minutes=10)
    before = {row.subject for row in shop.all(CARRYING, CARRYING.c.doubt.is_(True))}

    urgent = [await to_carry(shop, f"HP-U{number}", lane="urgent") for number in range(3)]
    day.run(minutes=10)

    assert len(before) == 3
    assert {row.subject for row in shop.all(CARRYING, CARRYING.c.doubt.is_(True))} == before
    assert [shop.state(one) for one in urgent] == ["sent"] * 3


async def test_while_a_channel_is_paused_its_files_say_why_they_wait(shop: Shop, a_day: MakeDay) -> None:
    day = a_day(lambda _: DOWN)
    for number in range(3):
        await to_carry(shop, f"HP-{number}")

    day.run(minutes=10)

    assert day.paused()
    assert {row.reason for row in shop.all(CARRYING)} == {"connection refused"}


async def test_a_receipt_that_is_late_has_the_file_sent_again_and_then_counts_once(shop: Shop, a_day: MakeDay) -> None:
    def taken(_: Carried) -> Carriage:
        return Carriage(kind="awaiting", answer_due_at=shop.means.now() + timedelta(minutes=30))

    day = a_day(taken)
    document = await to_carry(shop)
    day.run(minutes=29)
    assert (len(day.first.sent), the_row(shop).state) == (1, "awaiting")
    day.run(minutes=2)

    again = day.first.sent[-1]
    said = [shop.carryings.settle(again.message_id, Verdict(kind="carried", receipt=b"MDN")) for _ in range(2)]
    day.run(hours=2)

    assert [one.again for one in day.first.sent] == [False, True]
    assert day.first.sent[0].message_id == again.message_id
    assert (said, shop.state(document)) == (["settled", "known"], "sent")
    assert kinds(shop, the_row(shop).subject).count("sending.carried") == 1


async def test_a_receipt_that_never_comes_ends_with_a_person(shop: Shop, a_day: MakeDay) -> None:
    def taken(_: Carried) -> Carriage:
        return Carriage(kind="awaiting", answer_due_at=shop.means.now() + timedelta(minutes=25))

    day = a_day(taken)
    await to_carry(shop)

    day.run(hours=2)

    row = the_row(shop)
    assert (row.state, row.doubt, len(day.first.sent)) == ("given_up", True, 4)
    assert "not carried within 1.5 hours" in row.reason


async def test_a_file_whose_channel_never_comes_back_is_given_up_even_while_that_is_paused(
    shop: Shop, a_day: MakeDay
) -> None:
    day = a_day(lambda _: DOWN)
    await to_carry(shop)

    day.run(minutes=93)

    assert (the_row(shop).state, day.paused()) == ("given_up", False)


async def test_outside_its_hours_a_channel_is_left_in_peace(shop: Shop, a_day: MakeDay) -> None:
    opens = shop.means.now() + timedelta(hours=1)
    day = a_day(lambda _: CARRIED, opens_at=lambda _partner, now: max(now, opens))
    document = await to_carry(shop)

    day.run(minutes=59)
    before = (list(day.first.sent), the_row(shop).reason)
    day.run(minutes=2)

    assert before == ([], "the channel is closed until 2026-03-02 13:00 UTC")
    assert (shop.state(document), len(day.first.sent)) == ("sent", 1)


async def test_a_refusal_of_one_file_keeps_nobody_waiting(shop: Shop, a_day: MakeDay) -> None:
    day = a_day(lambda one: Carriage(kind="refused", detail="no") if one.name.endswith("1.x12") else CARRIED)
    documents = [await to_carry(shop, f"HP-{number}") for number in range(3)]

    day.run(minutes=1)

    assert [shop.state(one) for one in documents] == ["sealed", "sent", "sent"]
    assert not day.paused()
