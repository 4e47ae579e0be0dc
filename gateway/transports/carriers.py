"""Carries batches of our files through the doors that we push through: in order, and not at all while one is down.

Failures in a row are counted for each channel over all batches of this process, as they are for our own systems;
across processes the channel's row is the truth.
"""

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import structlog

from gateway.errors import MachineError
from gateway.pipeline.breaker import Breaker
from gateway.pipeline.outbound.send import (
    BY_THE_CLOCK,
    Carriage,
    Carried,
    CarryOutcome,
    Way,
    decide,
    put_off,
    too_late,
)
from gateway.pipeline.ports import Sender
from gateway.pipeline.retry import Patience

log = structlog.get_logger("gateway.carriers")

BATCH_SECONDS = 60.0
"""What of a batch has not begun by then goes back untried: nobody may take it for the remains of a dead node."""

NO_DOOR_SECONDS = 60.0
"""A node with other partner files may know the channel; after a restart with new ones so do we."""

Opening = Callable[[str, datetime], datetime]
"""(partner, now) -> now when files for the partner may be carried, else when they next may."""


def _always(_partner: str, now: datetime) -> datetime:
    return now


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One channel and how to treat it.

    `concurrency` files at once, `failures_to_trip` failures in a row pause it, `fallbacks` are second ways by partner.
    `timeout_seconds` ends a try whose door does not end it itself; it has to stay far below half an hour.
    """

    sender: Sender
    patience: Patience = BY_THE_CLOCK
    concurrency: int = 1
    failures_to_trip: int = 5
    timeout_seconds: float = 600.0
    opens_at: Opening = _always
    fallbacks: Mapping[str, Way] = field(default_factory=dict)


@dataclass(slots=True)
class _Line:
    """What this process knows of one channel."""

    slots: asyncio.Semaphore
    breaker: Breaker

    def count(self, carriage: Carriage) -> None:
        """Any answer shows that the other side works; none, or "not now", that it does not."""
        failed = carriage.kind in ("retry", "unknown")
        self.breaker = self.breaker.failed() if failed else self.breaker.answered()


def _timed(route: Route, file: Carried) -> Carried:
    """Its time begins when its channel first opens: what was laid out at night has all of it in the morning."""
    return replace(file, since=route.opens_at(file.partner, file.since))


class Carriers:
    """Concurrent carrying. Use it from one event loop."""

    def __init__(
        self,
        routes: Mapping[str, Route],
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        uniform: Callable[[], float] = random.random,
    ) -> None:
        self._routes, self._clock, self._uniform = routes, clock, uniform
        self._lines: dict[str, _Line] = {}

    async def carry(self, channel: str, files: Sequence[Carried]) -> tuple[Sequence[CarryOutcome], bool]:
        """Carry every file, begun in this order. Returns an outcome for each, and whether to pause the channel.

        Once enough failures in a row have tripped nothing more is tried: what was not tried has spent no attempt.
        """
        route = self._routes.get(channel)
        if route is None:
            return [self._no_door(channel, one) for one in files], False
        line = self._line(channel, route)
        line.breaker = line.breaker.half_open()  # these files were given to us: a pause there was is over
        until = self._clock() + timedelta(seconds=BATCH_SECONDS)
        outcomes = await asyncio.gather(*(self._in_turn(route, line, _timed(route, one), until) for one in files))
        if line.breaker.open:
            log.warning("channel.tripped", channel=channel, failures=line.breaker.failures)
        return outcomes, line.breaker.open

    async def probe(self, channel: str, files: Sequence[Carried]) -> tuple[Sequence[CarryOutcome], bool]:
        """Try one of these while the channel is paused: outcomes of all, and whether the channel works.

        One that cannot be read on our own disk says nothing about the channel: then the next is tried.
        """
        route = self._routes.get(channel)
        if route is None:
            return [self._no_door(channel, one) for one in files], False
        line, works, asked = self._line(channel, route), False, False
        outcomes: list[CarryOutcome] = []
        for one in (_timed(route, file) for file in files):
            outcome = self._not_now(route, one)
            if outcome is None and asked:
                outcome = put_off(one, self._clock(), "")
            elif outcome is None:
                carriage = await self._attempt(route, one)
                asked = carriage is not None
                works = carriage is not None and carriage.kind not in ("retry", "unknown")
                if carriage is not None:
                    line.count(carriage)
                outcome = self._decided(route, one, carriage)
            outcomes.append(outcome)
        return outcomes, works

    def fallbacks(self, channel: str) -> Mapping[str, Way]:
        """Second ways by partner."""
        route = self._routes.get(channel)
        return {} if route is None else route.fallbacks

    async def close(self) -> None:
        """Close every door."""
        for route in self._routes.values():
            await route.sender.close()

    def _line(self, name: str, route: Route) -> _Line:
        if name not in self._lines:
            breaker = Breaker(failures_to_trip=route.failures_to_trip)
            self._lines[name] = _Line(asyncio.Semaphore(route.concurrency), breaker)
        return self._lines[name]

    async def _in_turn(self, route: Route, line: _Line, file: Carried, until: datetime) -> CarryOutcome:
        async with line.slots:
            outcome = self._not_now(route, file)
            if outcome is not None:
                return outcome
            if line.breaker.open or self._clock() >= until:
                return put_off(file, self._clock(), "")
            carriage = await self._attempt(route, file)
            if carriage is not None:
                line.count(carriage)
            return self._decided(route, file, carriage)

    def _not_now(self, route: Route, file: Carried) -> CarryOutcome | None:
        """Given up when its time is over, put off while the channel is closed; None when it is to be tried."""
        now = self._clock()
        late = too_late(file, route.patience, now)
        if late is not None:
            return late
        opens = route.opens_at(file.partner, now)
        return put_off(file, opens, f"the channel is closed until {opens:%Y-%m-%d %H:%M} UTC") if opens > now else None

    async def _attempt(self, route: Route, file: Carried) -> Carriage | None:
        """What the door said; None when it was not asked, because our own disk refuses the file."""
        try:
            async with asyncio.timeout(route.timeout_seconds):
                return await route.sender.send(file)
        except MachineError as refused:
            log.error("carry.unreadable", channel=file.channel, file=file.id, error=str(refused))
            return None
        except TimeoutError:
            return Carriage(kind="unknown", detail=f"no answer within {route.timeout_seconds:g} seconds")
        except Exception as fault:  # a door's own fault: its neighbours' outcomes must not be lost
            log.exception("carry.failed", channel=file.channel, file=file.id)
            return Carriage(kind="unknown", detail=f"the gateway itself failed on it: {type(fault).__name__}")

    def _decided(self, route: Route, file: Carried, carriage: Carriage | None) -> CarryOutcome:
        said = carriage or Carriage(kind="retry", detail="its bytes cannot be read just now: see gateway doctor")
        return decide(file, said, route.patience, now=self._clock(), random=self._uniform())

    def _no_door(self, channel: str, file: Carried) -> CarryOutcome:
        why = f"this node knows no door to push through by the name {channel!r}: partner files of another revision?"
        return put_off(file, self._clock() + timedelta(seconds=NO_DOOR_SECONDS), why)
