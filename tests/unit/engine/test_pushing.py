"""The workflows of what we push, over ports that remember what they were told."""

import asyncio
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from gateway.engine.pushing import BATCH, TURN_SECONDS, Pushing
from gateway.engine.workflows import Workflows
from gateway.pipeline.outbound.send import BY_THE_CLOCK, Carriage, Carried, CarryOutcome, Way, decide
from tests.fakes.carrying import NOON, a_file


@dataclass
class Carryings:
    """`waiting` are taken in order; everything told is kept."""

    waiting: list[Carried] = field(default_factory=list)
    paused: bool = False
    told: list[tuple[str, object]] = field(default_factory=list)
    on_take: Callable[[], None] = lambda: None

    def take(self, channel: str, *, most: int, probing: bool = False) -> Sequence[Carried]:
        self.on_take()
        if self.paused and not probing:
            return []
        taken, self.waiting = self.waiting[:most], self.waiting[most:]
        return taken

    def record_sent(self, channel: str, outcomes: Sequence[CarryOutcome], *, trip: bool = False) -> None:
        self.paused = self.paused or trip
        self.told.append(("sent", [one.id for one in outcomes]))

    def send_later(self, channel: str, delay_seconds: float) -> None:
        self.told.append(("later", channel))

    def channel_probe_failed(self, channel: str, probes: int, delay_seconds: float) -> None:
        assert delay_seconds > 0
        self.told.append(("probe failed", probes))

    def reroute(self, channel: str, fallbacks: Mapping[str, Way]) -> int:
        self.told.append(("reroute", dict(fallbacks)))
        return 0

    def resume_channel(self, channel: str) -> None:
        self.told.append(("resume", channel))

    def put_down(self, node: str) -> int:
        self.told.append(("put down", node))
        return 0


@dataclass
class Doors:
    """`kind` is what every try comes to."""

    kind: str = "carried"
    trip: bool = False
    ways: Mapping[str, Way] = field(default_factory=dict)
    batches: list[list[str]] = field(default_factory=list)

    async def carry(self, channel: str, files: Sequence[Carried]) -> tuple[Sequence[CarryOutcome], bool]:
        self.batches.append([one.id for one in files])
        return [self._decided(one) for one in files], self.trip

    async def probe(self, channel: str, files: Sequence[Carried]) -> tuple[Sequence[CarryOutcome], bool]:
        return [self._decided(one) for one in files], self.kind == "carried"

    def fallbacks(self, channel: str) -> Mapping[str, Way]:
        return self.ways

    def _decided(self, file: Carried) -> CarryOutcome:
        carriage = Carriage(kind=self.kind)  # type: ignore[arg-type]
        return decide(file, carriage, BY_THE_CLOCK, now=NOON, random=0.5)


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """A loop in a thread of its own, as doors have."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield loop
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def files(count: int) -> list[Carried]:
    return [a_file(f"f{number}") for number in range(count)]


def test_whatever_waits_goes_in_batches_until_nothing_does(loop: asyncio.AbstractEventLoop) -> None:
    carryings, doors = Carryings(files(BATCH + 3)), Doors()

    Pushing(carryings, doors, loop).send("acme")

    assert [len(batch) for batch in doors.batches] == [BATCH, 3]
    assert len(carryings.told) == 2


def test_a_channel_that_trips_is_left_alone(loop: asyncio.AbstractEventLoop) -> None:
    carryings, doors = Carryings(files(BATCH + 3)), Doors(kind="retry", trip=True)

    Pushing(carryings, doors, loop).send("acme")

    assert len(doors.batches) == 1
    assert len(carryings.waiting) == 3


def test_who_finds_the_channel_busy_leaves_word_and_what_it_came_for_goes_too(loop: asyncio.AbstractEventLoop) -> None:
    carryings, doors = Carryings(), Doors()
    pushing = Pushing(carryings, doors, loop)
    looks: list[int] = []

    def look() -> None:
        looks.append(1)
        if len(looks) == 1:
            pushing.send("acme")  # another worker, for a file that this look is too early to see
        elif len(looks) == 2:
            carryings.waiting.extend(files(1))

    carryings.on_take = look

    pushing.send("acme")

    assert doors.batches == [["f0"]]


def test_a_worker_that_failed_leaves_the_channel_free(loop: asyncio.AbstractEventLoop) -> None:
    carryings, doors = Carryings(files(1)), Doors()
    pushing = Pushing(carryings, doors, loop)

    def fail() -> None:
        raise RuntimeError("a bug")

    carryings.on_take = fail
    with pytest.raises(RuntimeError):
        pushing.send("acme")
    carryings.on_take = lambda: None

    pushing.send("acme")

    assert doors.batches == [["f0"]]


def test_after_its_turn_a_worker_has_itself_called_again(loop: asyncio.AbstractEventLoop) -> None:
    carryings, doors = Carryings(files(BATCH * 3)), Doors()
    times = iter([0.0, TURN_SECONDS])
    pushing = Pushing(carryings, doors, loop, clock=lambda: next(times))

    pushing.send("acme")

    assert (len(doors.batches), carryings.told[-1]) == (1, ("later", "acme"))
    assert pushing._busy.begin("acme")


def test_a_probe_that_succeeds_opens_the_channel(loop: asyncio.AbstractEventLoop) -> None:
    carryings = Carryings(files(2), paused=True)

    Pushing(carryings, Doors(), loop).probe_channel("acme", 3)

    assert carryings.told == [("sent", ["f0", "f1"]), ("resume", "acme")]


def test_a_probe_that_fails_gives_the_files_another_way_and_asks_again(loop: asyncio.AbstractEventLoop) -> None:
    ways = {"acme": Way("acme-folder", 60)}
    carryings = Carryings(files(1), paused=True)

    Pushing(carryings, Doors(kind="retry", ways=ways), loop).probe_channel("acme", 3)

    assert carryings.told == [("sent", ["f0"]), ("reroute", ways), ("probe failed", 4)]


def test_a_channel_for_which_nothing_waits_any_more_is_opened(loop: asyncio.AbstractEventLoop) -> None:
    carryings = Carryings(paused=True)

    Pushing(carryings, Doors(), loop).probe_channel("acme", 0)

    assert carryings.told == [("resume", "acme")]


def test_where_files_go_another_way_a_channel_without_any_stays_closed_until_one_was_tried(
    loop: asyncio.AbstractEventLoop,
) -> None:
    carryings = Carryings(paused=True)

    Pushing(carryings, Doors(ways={"acme": Way("acme-folder", 60)}), loop).probe_channel("acme", 0)

    assert [what for what, _ in carryings.told] == ["reroute", "probe failed"]


def test_the_workflows_pass_on_what_is_for_channels(loop: asyncio.AbstractEventLoop) -> None:
    carryings, doors = Carryings(files(1)), Doors()
    workflows = Workflows(None, None, None, loop, Pushing(carryings, doors, loop))  # type: ignore[arg-type]

    workflows.send("acme")
    workflows.probe_channel("acme", 0)
    workflows.put_down("other")

    assert [what for what, _ in carryings.told] == ["sent", "resume", "put down"]
