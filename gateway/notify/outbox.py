"""Follows the events and empties the outbox: one task that makes notices, one that sends them, a turn for each target.

The rows are the truth: a notice is made in the transaction that moves past its event, and sent under one id until that
is written down; who dies in between sends it once more under the same id. A target that is slow or down keeps nobody
else waiting.
"""

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from gateway.errors import MachineError
from gateway.notify.webhook import elapsed
from gateway.pipeline.notices.values import Choosing, Due, NoticeState, Outbox, Settlement, Told
from gateway.pipeline.retry import Failure, GiveUp, Patience, decide, delay_seconds

log = structlog.get_logger("gateway.notify")

Send = Callable[[Due], Awaitable[Told]]

PATIENCE: Final = Patience(
    first_delay_seconds=5.0, longest_delay_seconds=3_600.0, most_attempts=1_000, longest_age=timedelta(days=3)
)
"""Of one notice."""

KEPT: Final = timedelta(days=90)
"""How long what was sent or given up can be looked at and sent once more."""

PAUSES: Final = Patience(first_delay_seconds=5.0, longest_delay_seconds=900.0)
"""Of a target that takes nothing: how long until it is asked again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxLimits:
    """How much at a time. `in_hand` notices of a target at most, `at_once` of them on their way, `lease_seconds` longer
    than that can take.
    """

    poll_seconds: float = 1.0
    events: int = 500
    in_hand: int = 16
    at_once: int = 8
    lease_seconds: float = 300.0
    expire_seconds: float = 600.0
    patience: Patience = field(default_factory=lambda: PATIENCE)
    pauses: Patience = field(default_factory=lambda: PAUSES)


class OutboxTask:
    """Runs while the gateway does. `senders` by target; what has none waits, and is given up in the end."""

    def __init__(
        self,
        outbox: Outbox,
        choosing: Choosing,
        senders: Mapping[str, Send],
        *,
        clock: Callable[[], datetime],
        limits: OutboxLimits | None = None,
    ) -> None:
        self._outbox, self._choosing, self._senders = outbox, choosing, senders
        self._clock, self._limits = clock, limits or OutboxLimits()
        self._failures: defaultdict[str, int] = defaultdict(int)
        self._turns: dict[str, asyncio.Task[None]] = {}
        self._in_hand: set[str] = set()
        self._wanted = asyncio.Event()
        self._tasks: Sequence[asyncio.Task[None]] = ()

    def start(self) -> None:
        """Begin, on the running loop."""
        loops = (self._follow(), self._send(), self._expire())
        self._tasks = [asyncio.create_task(self._forever(one)) for one in loops]

    async def close(self) -> None:
        """Stop. What is on its way is cut off, and sent again under the same id."""
        tasks = [*self._tasks, *self._turns.values()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        self._tasks = ()
        try:
            await asyncio.to_thread(self._outbox.let_go, sorted(self._in_hand))
        except MachineError as refused:  # the lease ends by itself
            log.warning("notify.not_let_go", error=str(refused))

    async def _forever(self, loop: Awaitable[None]) -> None:
        try:
            await loop
        except asyncio.CancelledError:
            raise
        except Exception:
            log.exception("notify.ended")

    # ------------------------------------------------------------------------------------------ following

    async def _follow(self) -> None:
        while True:
            try:
                looked, more = await asyncio.to_thread(self._outbox.follow, self._choosing, most=self._limits.events)
                if looked:
                    self._wanted.set()
                pause = 0.0 if more else self._limits.poll_seconds
            except MachineError as refused:
                log.warning("notify.not_followed", error=str(refused))
                pause = 10 * self._limits.poll_seconds
            await asyncio.sleep(pause)

    async def _expire(self) -> None:
        while True:
            try:
                given_up = await asyncio.to_thread(
                    self._outbox.expire, self._clock() - self._limits.patience.longest_age
                )
                if given_up:
                    log.warning("notify.given_up", notices=given_up)
                await asyncio.to_thread(self._outbox.forget, self._clock() - KEPT)
            except MachineError as refused:
                log.warning("notify.not_expired", error=str(refused))
            await asyncio.sleep(self._limits.expire_seconds)

    # ------------------------------------------------------------------------------------------ sending

    async def _send(self) -> None:
        while True:
            try:
                targets = await asyncio.to_thread(self._outbox.due)
            except MachineError as refused:
                log.warning("notify.not_read", error=str(refused))
                targets = ()
            for target in targets:
                if target in self._senders and target not in self._turns:
                    self._turns[target] = task = asyncio.create_task(self._turn(target))
                    task.add_done_callback(lambda _, target=target: self._ended(target))  # type: ignore[misc]
            await self._wait()

    def _ended(self, target: str) -> None:
        self._turns.pop(target, None)
        self._wanted.set()

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(self._limits.poll_seconds):
                await self._wanted.wait()
        except TimeoutError:
            pass
        self._wanted.clear()

    async def _turn(self, target: str) -> None:
        """Send what is due for a target; nothing more is begun once it is down."""
        limits = self._limits
        try:
            due = await asyncio.to_thread(
                self._outbox.take, target, most=limits.in_hand, lease_seconds=limits.lease_seconds
            )
            self._in_hand |= {one.id for one in due}
            room, down = asyncio.Semaphore(limits.at_once), asyncio.Event()
            done = await asyncio.gather(*(self._one(one, room, down) for one in due))
            settled = [one for one in done if one is not None]
            await asyncio.to_thread(self._outbox.settle, settled)
            untried = {one.id for one in due} - {one.notice for one in settled}
            await asyncio.to_thread(self._outbox.let_go, sorted(untried))
            self._in_hand -= {one.id for one in due}
        except MachineError as refused:  # the rows come up again when their lease is over
            log.warning("notify.not_written", target=target, error=str(refused))
            await asyncio.sleep(limits.poll_seconds)

    async def _one(self, due: Due, room: asyncio.Semaphore, down: asyncio.Event) -> Settlement | None:
        async with room:
            if down.is_set():
                return None
            began = time.monotonic()
            told = await self._told(due)
            if told.kind in ("down", "gone"):
                down.set()
            return self._settlement(due, told, elapsed(began))

    async def _told(self, due: Due) -> Told:
        try:
            return await self._senders[due.target](due)
        except Exception as failed:  # our own fault, and one notice's: the others go on
            log.exception("notify.failed", notice=due.id)
            return Told(kind="failed", detail=f"the gateway failed on it: {type(failed).__name__}")

    def _settlement(self, due: Due, told: Told, milliseconds: int) -> Settlement:
        now, limits = self._clock(), self._limits
        done = Settlement(
            notice=due.id, target=due.target, told=told, milliseconds=milliseconds, state=NoticeState.SENT
        )
        if told.kind in ("taken", "refused"):
            self._failures.pop(due.target, None)
        if told.kind == "taken":
            return done
        again = decide(
            Failure(detail=told.detail, permanent=told.kind == "refused", asked_seconds=told.asked_seconds),
            limits.patience,
            attempts=due.attempts + 1,
            first_attempt_at=due.first_attempt_at,
            now=now,
            random=random.random(),  # noqa: S311 - jitter, not a secret
        )
        log.warning("notify.not_taken", notice=due.id, target=due.target, told=told.kind, detail=told.detail)
        if isinstance(again, GiveUp):
            return replace(done, state=NoticeState.GIVEN_UP, reason=again.reason, paused_until=self._pause(due, told))
        next_at = now + timedelta(seconds=again.delay_seconds)
        return replace(done, state=NoticeState.WAITING, next_at=next_at, paused_until=self._pause(due, told))

    def _pause(self, due: Due, told: Told) -> datetime | None:
        """Until when the target is left alone."""
        if told.kind != "down":
            return None
        self._failures[due.target] += 1
        seconds = delay_seconds(
            self._failures[due.target],
            self._limits.pauses,
            random=random.random(),  # noqa: S311 - jitter, not a secret
            asked_seconds=told.asked_seconds,
        )
        return self._clock() + timedelta(seconds=seconds)
