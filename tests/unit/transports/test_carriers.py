"""Batches through one channel: in order, within its hours and its time, and not at all while it is down."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from gateway.errors import MachineError
from gateway.pipeline.outbound.send import Carriage, Carried, Way
from gateway.pipeline.retry import Patience
from gateway.transports.carriers import Carriers, Route
from tests.fakes.carrying import NOON, ScriptedSender, a_file

DOWN = Carriage(kind="retry", detail="connection refused")


def carriers(sender: ScriptedSender, *, clock: Callable[[], datetime] = lambda: NOON, **route: Any) -> Carriers:
    """A way through one channel."""
    return Carriers({"acme-folder": Route(sender=sender, **route)}, clock=clock, uniform=lambda: 0.5)


async def test_files_are_begun_in_the_order_given_and_each_has_its_outcome() -> None:
    sender = ScriptedSender()
    files = [a_file(f"f{number}") for number in range(4)]

    outcomes, trip = await carriers(sender).carry("acme-folder", files)

    assert [one.id for one in sender.sent] == [one.id for one in outcomes] == ["f0", "f1", "f2", "f3"]
    assert ({one.state for one in outcomes}, trip) == ({"carried"}, False)


async def test_so_many_failures_in_a_row_trip_and_nothing_more_is_tried() -> None:
    sender = ScriptedSender(lambda _: DOWN)

    outcomes, trip = await carriers(sender, failures_to_trip=3).carry("acme-folder", [a_file(str(n)) for n in range(5)])

    assert (trip, len(sender.sent)) == (True, 3)
    assert [one.tried for one in outcomes] == [True, True, True, False, False]
    assert [one.next_at for one in outcomes[3:]] == [NOON, NOON]


async def test_an_answer_of_any_kind_shows_that_the_other_side_works() -> None:
    answers = iter([DOWN, DOWN, Carriage(kind="refused", detail="no"), DOWN, DOWN])
    sender = ScriptedSender(lambda _: next(answers))

    _, trip = await carriers(sender, failures_to_trip=3).carry("acme-folder", [a_file(str(n)) for n in range(5)])

    assert trip is False


async def test_after_a_pause_one_failure_pauses_again() -> None:
    sender = ScriptedSender(lambda _: DOWN)
    road = carriers(sender, failures_to_trip=3)
    await road.carry("acme-folder", [a_file(str(n)) for n in range(3)])

    _, trip = await road.carry("acme-folder", [a_file("f1"), a_file("f2")])

    assert (trip, len(sender.sent)) == (True, 4)


async def test_a_door_that_hangs_is_left_and_the_file_may_be_there() -> None:
    class Hanging(ScriptedSender):
        async def send(self, carried: Carried) -> Carriage:
            await asyncio.Event().wait()
            raise AssertionError

    [outcome], _ = await carriers(Hanging(), timeout_seconds=0.01).carry("acme-folder", [a_file()])

    assert (outcome.state, outcome.doubt) == ("waiting", True)
    assert "no answer" in outcome.reason


async def test_a_door_that_breaks_does_not_take_its_neighbours_with_it() -> None:
    sender = ScriptedSender(lambda one: RuntimeError("oops") if one.id == "f1" else Carriage(kind="carried"))

    (first, second), _ = await carriers(sender).carry("acme-folder", [a_file("f1"), a_file("f2")])

    assert (first.state, first.doubt, second.state) == ("waiting", True, "carried")
    assert "RuntimeError" in first.reason


async def test_a_file_that_our_own_disk_refuses_says_nothing_about_the_channel() -> None:
    sender = ScriptedSender(lambda _: MachineError("gone"))

    outcomes, trip = await carriers(sender, failures_to_trip=1).carry("acme-folder", [a_file("f1"), a_file("f2")])

    assert (trip, len(sender.sent)) == (False, 2)
    assert {(one.state, one.doubt) for one in outcomes} == {("waiting", False)}


async def test_what_is_too_late_is_given_up_without_a_try() -> None:
    sender = ScriptedSender()
    patience = Patience(longest_age=timedelta(hours=72))

    [outcome], _ = await carriers(sender, patience=patience).carry(
        "acme-folder", [a_file(since=NOON - timedelta(hours=72), attempts=9)]
    )

    assert (outcome.state, outcome.tried, sender.sent) == ("given_up", False, [])
    assert outcome.reason == "not carried within 72 hours, in 9 attempts"


async def test_what_is_given_up_by_the_clock_says_what_the_last_try_came_to() -> None:
    late = a_file(since=NOON - timedelta(hours=72), attempts=36, reason="no receipt came in time")

    [outcome], _ = await carriers(ScriptedSender()).carry("acme-folder", [late])

    assert outcome.reason == "not carried within 72 hours, in 36 attempts; the last: no receipt came in time"


async def test_the_time_of_a_file_begins_when_its_channel_first_opens() -> None:
    """A 997 of Tuesday for a channel that opens on Mondays: it is tried, and for as long as any other."""
    sender = ScriptedSender(lambda _: DOWN)
    tuesday, monday = NOON - timedelta(days=6), NOON - timedelta(hours=1)
    way = {"opens_at": lambda _partner, at: max(at, monday), "patience": Patience(longest_age=timedelta(hours=72))}

    [tried], _ = await carriers(sender, **way).carry("acme-folder", [a_file(since=tuesday)])
    [probed], _ = await carriers(sender, **way).probe("acme-folder", [a_file(since=tuesday)])
    later = monday + timedelta(hours=72)
    [late], _ = await carriers(sender, clock=lambda: later, **way).carry("acme-folder", [a_file(since=tuesday)])

    assert (tried.state, probed.state, late.state, len(sender.sent)) == ("waiting", "waiting", "given_up", 2)


async def test_outside_its_hours_nothing_is_tried_and_it_goes_when_they_begin() -> None:
    sender, opens = ScriptedSender(), NOON + timedelta(hours=6)

    [outcome], trip = await carriers(sender, opens_at=lambda _p, _n: opens).carry("acme-folder", [a_file()])

    assert (outcome.next_at, outcome.tried, trip, sender.sent) == (opens, False, False, [])
    assert "closed until 2026-03-02 18:00 UTC" in outcome.reason


async def test_what_has_not_begun_within_a_minute_goes_back_untried() -> None:
    times = iter([NOON, NOON, NOON, NOON, *[NOON + timedelta(seconds=61)] * 10])
    sender = ScriptedSender()

    (first, second), _ = await carriers(sender, clock=lambda: next(times)).carry(
        "acme-folder", [a_file("f1"), a_file("f2")]
    )

    assert ([one.id for one in sender.sent], first.state, second.tried) == (["f1"], "carried", False)


async def test_a_channel_nobody_here_knows_is_looked_for_again_in_a_minute() -> None:
    [outcome], trip = await Carriers({}, clock=lambda: NOON).carry("acme-as2", [a_file()])

    assert (outcome.state, outcome.tried, outcome.next_at, trip) == (
        "waiting",
        False,
        NOON + timedelta(seconds=60),
        False,
    )
    assert "acme-as2" in outcome.reason


# ---------------------------------------------------------------------------------------------- probes


@pytest.mark.parametrize(
    ("kind", "works"), [("carried", True), ("refused", True), ("retry", False), ("unknown", False)]
)
async def test_a_probe_tries_one_file_and_says_whether_the_channel_works(kind: Any, works: bool) -> None:
    sender = ScriptedSender(lambda _: Carriage(kind=kind, detail="x"))

    outcomes, found = await carriers(sender).probe("acme-folder", [a_file("f1"), a_file("f2")])

    assert (found, len(sender.sent)) == (works, 1)
    assert [one.tried for one in outcomes] == [True, False]


async def test_a_probe_passes_over_what_is_too_late_and_what_cannot_be_read() -> None:
    sender = ScriptedSender(lambda one: MachineError("gone") if one.id == "lost" else Carriage(kind="carried"))
    late = a_file("late", since=NOON - timedelta(days=30))

    outcomes, works = await carriers(sender).probe("acme-folder", [late, a_file("lost"), a_file("good")])

    assert works is True
    assert [one.state for one in outcomes] == ["given_up", "waiting", "carried"]


async def test_when_nothing_could_be_tried_nobody_knows_whether_it_works() -> None:
    late = a_file(since=NOON - timedelta(days=30))

    assert (await carriers(ScriptedSender()).probe("acme-folder", [late]))[1] is False
    assert (await Carriers({}).probe("acme-folder", [a_file()]))[1] is False


async def test_second_ways_are_told_and_doors_closed() -> None:
    sender, ways = ScriptedSender(), {"acme": Way("acme-sftp", 30)}
    road = carriers(sender, fallbacks=ways)

    await road.close()

    assert (road.fallbacks("acme-folder"), road.fallbacks("other"), sender.closed) == (ways, {}, True)
