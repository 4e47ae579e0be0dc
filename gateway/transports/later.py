"""Receipts that were asked for later: sent from their rows, by whatever carries them.

The rows are the truth: whoever takes some has them for a minute, and says before it is over that it still has. When it
dies they are taken up again that soon, by whatever node there is, itself started anew too. A receipt that arrives twice
is the same bytes twice, and does no harm. A partner that is down keeps nobody else waiting:
each channel has turns of its own, and after one failure the rest of its receipts in hand are put off untried.
"""

import asyncio
import random
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from gateway.errors import MachineError
from gateway.pipeline.messages import DueAnswer, LaterAnswers
from gateway.pipeline.retry import Again, Failure, Patience, decide

log = structlog.get_logger("gateway.receipts")


@dataclass(frozen=True, slots=True, kw_only=True)
class LaterLimits:
    """How receipts are sent: `at_once` to one partner. A row is in hand for `lease_seconds`, and on as long as its node
    lives.
    """

    poll_seconds: float = 5.0
    at_once: int = 4
    in_hand: int = 200
    lease_seconds: float = 60.0
    answer_seconds: float = 30.0
    connect_seconds: float = 10.0
    patience: Patience = field(
        default_factory=lambda: Patience(
            first_delay_seconds=15.0,
            longest_delay_seconds=900.0,
            most_attempts=1_000,
            longest_age=timedelta(hours=24),
        )
    )


class Later:
    """Sends receipts while it runs. `send` carries one, and says why it did not arrive, "" when it did; `told` writes
    an audit line.
    """

    def __init__(
        self,
        answers: LaterAnswers,
        *,
        send: Callable[[DueAnswer], Awaitable[str]],
        told: Callable[..., None],
        clock: Callable[[], datetime],
        limits: LaterLimits,
    ) -> None:
        self._answers, self._send, self._told = answers, send, told
        self._clock, self._limits = clock, limits
        self._wanted = asyncio.Event()
        self._running: asyncio.Task[None] | None = None
        self._in_hand: set[str] = set()

    def start(self) -> None:
        """Begin, with what waits from before."""
        self._wanted.set()
        self._running = asyncio.create_task(self._run())

    def wake(self) -> None:
        """A receipt waits since now."""
        self._wanted.set()

    async def close(self) -> None:
        """Stop; what is in hand stays in its row."""
        running, self._running = self._running, None
        if running is not None:
            running.cancel()
            await asyncio.wait([running])

    async def _run(self) -> None:
        turns: defaultdict[str, asyncio.Task[None] | None] = defaultdict(lambda: None)
        holding = asyncio.create_task(self._hold())
        try:
            while True:
                due = await self._due()
                self._in_hand.update(one.id for one in due)
                by_channel: defaultdict[str, list[DueAnswer]] = defaultdict(list)
                for one in due:
                    by_channel[one.channel].append(one)
                for channel, ones in by_channel.items():
                    turns[channel] = asyncio.create_task(self._turn(channel, ones, turns[channel]))
                if len(due) < self._limits.in_hand:
                    await self._wait()
        finally:
            for task in (holding, *turns.values()):
                if task is not None:
                    task.cancel()

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(self._limits.poll_seconds):
                await self._wanted.wait()
        except TimeoutError:
            pass
        self._wanted.clear()

    async def _due(self) -> Sequence[DueAnswer]:
        try:
            return await asyncio.to_thread(
                self._answers.due, limit=self._limits.in_hand, lease_seconds=self._limits.lease_seconds
            )
        except MachineError as refused:
            log.warning("receipts cannot be read", error=str(refused))
            return ()

    async def _hold(self) -> None:
        """Say of what is in hand that it still is, well before others take us for dead."""
        while True:
            await asyncio.sleep(self._limits.lease_seconds / 3)
            if not self._in_hand:
                continue
            try:
                await asyncio.to_thread(self._answers.hold, list(self._in_hand), self._limits.lease_seconds)
            except MachineError as refused:
                log.warning("receipts not held", error=str(refused))

    async def _turn(self, channel: str, due: Sequence[DueAnswer], before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait([before])
        room, down = asyncio.Semaphore(self._limits.at_once), asyncio.Event()

        async def one(answer: DueAnswer) -> None:
            async with room:
                detail = "another receipt could not be sent just now" if down.is_set() else await self._send(answer)
                if detail:
                    down.set()
                await self._written(answer, detail)

        await asyncio.gather(*(one(answer) for answer in due))

    async def _written(self, due: DueAnswer, detail: str) -> None:
        again = None
        if detail:
            again = decide(
                Failure(detail=detail),
                self._limits.patience,
                attempts=due.attempts + 1,
                first_attempt_at=due.since,
                now=self._clock(),
                random=random.random(),  # noqa: S311 - jitter, not a secret
            )
        if again is None:
            result = "sent"
            write = asyncio.to_thread(self._answers.sent, due.id, due.answer.url)
        elif isinstance(again, Again):
            result = f"put off: {detail}"
            until = self._clock() + timedelta(seconds=again.delay_seconds)
            write = asyncio.to_thread(self._answers.put_off, due.id, detail, until)
        else:
            result = again.reason
            write = asyncio.to_thread(self._answers.give_up, due.id, again.reason)
        level = "warning" if detail else "info"
        self._told("receipt", result, remote=due.answer.url, channel=due.channel, about=due.message_id, level=level)
        try:
            await write
        except MachineError as refused:  # its row comes up again by itself
            log.warning("receipt not written down", message=due.id, error=str(refused))
        finally:
            self._in_hand.discard(due.id)
