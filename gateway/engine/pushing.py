"""Files that we push, batch by batch: taken in hand, carried, written down. One worker a channel in this process.

A piece of work names a channel and no files: what is to be carried is read when its turn comes, the most urgent first,
whoever woke it. Who finds the channel busy leaves word and goes: the one that is at it looks once more before it ends.
"""

import asyncio
import random
import threading
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from gateway.engine.persistence import EFFECT_TRIES, persistently
from gateway.pipeline.breaker import probe_delay_seconds
from gateway.pipeline.outbound.send import Carried, CarryOutcome, Way

Value = TypeVar("Value")

BATCH = 16
"""Files taken in hand at once: what a dead node leaves in doubt is never more than this for each channel."""

TURN_SECONDS = 60.0
"""After this a worker lets others have its place in the queue and has itself called again."""


class Carryings(Protocol):
    """What the engine reads and writes of files that we push. Every method is one transaction, like the journal's."""

    def take(self, channel: str, *, most: int, probing: bool = False) -> Sequence[Carried]:
        """Files that wait for this channel now, the most urgent first, marked as in our hands before this returns.

        None while it is paused, unless `probing`: then whatever waits, due or not. What a dead node had in hand, and
        what was awaiting a receipt that is overdue, comes with `again`.
        """

    def record_sent(self, channel: str, outcomes: Sequence[CarryOutcome], *, trip: bool = False) -> None:
        """Write what became of these. Those that wait are enqueued with their delay, unless `trip`: then the channel
        is paused and one probe enqueued.
        """

    def send_later(self, channel: str, delay_seconds: float) -> None:
        """Enqueue `send` for a channel."""

    def channel_probe_failed(self, channel: str, probes: int, delay_seconds: float) -> None:
        """The next probe, after a delay."""

    def reroute(self, channel: str, fallbacks: Mapping[str, Way]) -> int:
        """Give what waits for a paused channel to another, by partner, when it has been down for long enough. Returns
        how many files.
        """

    def resume_channel(self, channel: str) -> None:
        """Close the breaker; in a second transaction take back what went by other channels, and enqueue `send`."""

    def put_down(self, node: str) -> int:
        """A node is dead: what it had in hand may be there or not, and is to be tried again. Returns how many."""


class Carriers(Protocol):
    """Concurrent carrying of a batch through one channel."""

    async def carry(self, channel: str, files: Sequence[Carried]) -> tuple[Sequence[CarryOutcome], bool]:
        """Outcomes, one for each file, and whether the breaker has tripped."""

    async def probe(self, channel: str, files: Sequence[Carried]) -> tuple[Sequence[CarryOutcome], bool]:
        """One try of one file while the channel is paused: outcomes of all, and whether the channel works."""

    def fallbacks(self, channel: str) -> Mapping[str, Way]:
        """Second ways by partner; none where nothing was agreed."""


@dataclass(slots=True)
class _Busy:
    """Channels that a worker of this process is at, and those of them that somebody left word for."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    at_work: set[str] = field(default_factory=set)
    called: set[str] = field(default_factory=set)

    def begin(self, channel: str) -> bool:
        with self.lock:
            if channel in self.at_work:
                self.called.add(channel)
                return False
            self.at_work.add(channel)
            return True

    def called_again(self, channel: str) -> bool:
        """Whether there was word. If not, the place is free from this moment on: in one step, or word could be lost."""
        with self.lock:
            if channel in self.called:
                self.called.discard(channel)
                return True
            self.at_work.discard(channel)
            return False

    def end(self, channel: str) -> None:
        with self.lock:
            self.at_work.discard(channel)
            self.called.discard(channel)


@dataclass(frozen=True, slots=True)
class Pushing:
    """The two workflows of what we push, over their ports. `loop` is where the doors live."""

    carryings: Carryings
    carriers: Carriers
    loop: asyncio.AbstractEventLoop
    clock: Callable[[], float] = time.monotonic
    _busy: _Busy = field(default_factory=_Busy)

    def send(self, channel: str) -> None:
        """Carry whatever waits for a channel, until nothing does or its turn is over."""
        if not self._busy.begin(channel):
            return
        until = self.clock() + TURN_SECONDS
        try:
            while self._batch(channel) or self._busy.called_again(channel):
                if self.clock() >= until:
                    persistently(lambda: self.carryings.send_later(channel, 0.0))
                    self._busy.end(channel)
                    return
        except BaseException:  # what is left in hand, the sweep finds
            self._busy.end(channel)
            raise

    def _batch(self, channel: str) -> bool:
        """Carry one batch. False when nothing more can be carried just now."""
        files = persistently(lambda: self.carryings.take(channel, most=BATCH))
        if not files:
            return False
        outcomes, trip = self._on_loop(self.carriers.carry(channel, files))
        persistently(lambda: self.carryings.record_sent(channel, outcomes, trip=trip), tries=EFFECT_TRIES)
        return not trip

    def probe_channel(self, channel: str, probes: int) -> None:
        """Try the most urgent file of a paused channel: its success opens the way for all; a failure may mean that
        they go another way.
        """
        files = persistently(lambda: self.carryings.take(channel, most=BATCH, probing=True))
        if files:
            outcomes, works = self._on_loop(self.carriers.probe(channel, files))
            persistently(lambda: self.carryings.record_sent(channel, outcomes), tries=EFFECT_TRIES)
        else:
            # Where files go another way meanwhile, that none waits here says nothing: the next one will be tried.
            works = not self.carriers.fallbacks(channel)
        if not works:
            self._still_down(channel, probes)
            return
        persistently(lambda: self.carryings.resume_channel(channel))

    def _still_down(self, channel: str, probes: int) -> None:
        fallbacks = self.carriers.fallbacks(channel)
        if fallbacks:
            persistently(lambda: self.carryings.reroute(channel, fallbacks))
        delay = probe_delay_seconds(probes + 1, random.random())  # noqa: S311 - jitter, not a secret
        persistently(lambda: self.carryings.channel_probe_failed(channel, probes + 1, delay))

    def _on_loop(self, work: Awaitable[Value]) -> Value:
        async def run() -> Value:
            return await work

        return asyncio.run_coroutine_threadsafe(run(), self.loop).result()
