"""When a partner's server is looked into, and what a failure costs: that channel its next look, nobody else a thing."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from gateway.errors import Busy
from gateway.transports.sftp_client import Pins, Poller, PollPorts, PollTerms, Schedule
from gateway.transports.sftp_client.errors import HostKeyChanged, NotReached
from tests.fakes.blobs import MemoryBlobs
from tests.fakes.intake import MemoryIntake
from tests.fakes.partner_server import OTHER_PARTNER_KEY
from tests.fakes.poll_bench import a_server
from tests.fakes.polls import MemoryPolls

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Enough(BaseException):
    """The test has seen enough turns."""


class Turns:
    """A poller whose looks end as they are told; `slept` is how long it waited after each."""

    def __init__(self, *ends: BaseException | None, schedule: Schedule | None = None) -> None:
        self.ends, self.slept, self.now = list(ends), list[float](), NOON
        self.intake = MemoryIntake()
        self.polls = MemoryPolls(self.intake)
        self.looks = 0
        ports = PollPorts(
            intake=self.intake, blobs=MemoryBlobs(), polls=self.polls, clock=lambda: self.now, sleep=self.sleep
        )
        self.poller = Poller(
            server=a_server(1), terms=PollTerms(folder="out"), schedule=schedule or Schedule(), ports=ports
        )

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)
        if not self.ends:
            raise Enough

    async def look(self, poller: Poller) -> int:
        self.looks += 1
        end = self.ends.pop(0)
        if end is not None:
            raise end
        poller.failures = 0
        return 0

    async def run(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(Poller, "look", lambda poller: self.look(poller))
        try:
            await self.poller.run()
        except Enough:
            pass


async def test_a_server_that_answers_is_looked_into_on_its_schedule(monkeypatch: pytest.MonkeyPatch) -> None:
    turns = Turns(None, None, schedule=Schedule(every_seconds=30))
    await turns.run(monkeypatch)

    assert turns.slept == [30, 30]


async def test_one_that_does_not_is_looked_into_later_and_later(monkeypatch: pytest.MonkeyPatch) -> None:
    schedule = Schedule(every_seconds=10, first_delay_seconds=20, longest_delay_seconds=100)
    turns = Turns(*(NotReached("down") for _ in range(5)), None, schedule=schedule)
    await turns.run(monkeypatch)

    for slept, most in zip(turns.slept, (20, 40, 80, 100, 100), strict=False):
        assert most * 0.8 <= slept <= most
    assert turns.slept[-1] == 10
    assert [look.state for look in turns.polls.looks] == ["failing"] * 5


@pytest.mark.parametrize("end", [Busy("full"), RuntimeError("a bug of ours"), OSError("who knows")])
async def test_whatever_goes_wrong_the_next_look_comes(monkeypatch: pytest.MonkeyPatch, end: Exception) -> None:
    turns = Turns(end, None)
    await turns.run(monkeypatch)

    assert turns.looks == 2


async def test_a_bug_of_ours_says_nothing_of_what_it_had_in_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    turns = Turns(RuntimeError("ISA*00*secret"))
    await turns.run(monkeypatch)

    assert [look.reason for look in turns.polls.looks] == ["our own code failed: RuntimeError"]


async def test_another_host_key_ends_the_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    turns = Turns(HostKeyChanged("shows another"), None)
    await turns.run(monkeypatch)

    assert (turns.looks, turns.slept) == (1, [])
    assert [look.state for look in turns.polls.looks] == ["stopped"]


async def test_once_another_host_key_is_pinned_the_looks_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    turns = Turns(HostKeyChanged("shows another"), None, None)
    server = turns.poller.server
    now = [None, server.pins, Pins((OTHER_PARTNER_KEY,))]  # not readable, as it was, put right
    server.reread = lambda: now.pop(0)
    await turns.run(monkeypatch)

    assert (turns.looks, server.stopped, server.pins.hold(OTHER_PARTNER_KEY)) == (3, "", True)
    assert turns.slept == [5, 5, 60, 60]


async def test_nobody_looks_outside_the_hours(monkeypatch: pytest.MonkeyPatch) -> None:
    opens = NOON + timedelta(seconds=12)
    turns = Turns(None, schedule=Schedule(every_seconds=60, opens_at=lambda now: max(now, opens)))
    await turns.run(monkeypatch)

    assert turns.slept == [5, 5, 2, 60]


async def test_what_another_node_has_is_asked_for_again_and_not_looked_into(monkeypatch: pytest.MonkeyPatch) -> None:
    turns = Turns(None)
    turns.polls.taken_by_another.add("acme-server")

    async def free(seconds: float) -> None:
        turns.slept.append(seconds)
        if len(turns.slept) == 3:
            turns.polls.taken_by_another.clear()
        if len(turns.slept) == 4:
            raise Enough

    monkeypatch.setattr(turns, "sleep", free)
    object.__setattr__(turns.poller.ports, "sleep", free)
    await turns.run(monkeypatch)

    assert (turns.slept[:3], turns.looks) == ([5, 5, 5], 1)


async def test_a_poller_that_is_cancelled_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    turns = Turns(None, None)

    async def forever(_: float) -> None:
        await asyncio.sleep(3600)

    object.__setattr__(turns.poller.ports, "sleep", forever)
    monkeypatch.setattr(Poller, "look", lambda poller: turns.look(poller))
    task = asyncio.create_task(turns.poller.run())
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
