"""Receipts that were asked for later: sent from their rows, each to the address that the channel agreed to.

The rows are the truth: whoever takes some has them for a while, and when it dies another node takes them again. A
receipt that arrives twice is the same bytes twice, and does no harm. A partner that is down keeps nobody else waiting:
each channel has turns of its own, and after one failure the rest of its receipts in hand are put off untried.
"""

import asyncio
import hashlib
import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from gateway.errors import MachineError
from gateway.parcel import Content
from gateway.pipeline.messages import DueAnswer, LaterAnswers
from gateway.pipeline.ports import Blobs
from gateway.pipeline.retry import Again, Failure, Patience, decide
from gateway.transports.as2 import audit
from gateway.transports.as2.judge import Answer, NoAnswer
from gateway.transports.as2.party import Party
from gateway.transports.as2.post import Wire, open_session, post

log = structlog.get_logger("gateway.as2")


@dataclass(frozen=True, slots=True, kw_only=True)
class LaterLimits:
    """How receipts are sent: `at_once` to one partner. A row is in hand for `lease_seconds`, longer than any turn."""

    poll_seconds: float = 5.0
    at_once: int = 4
    in_hand: int = 200
    lease_seconds: float = 600.0
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


class LaterPost:
    """Sends receipts while it runs. `party` gives the channel as it is now, None when there is none any more."""

    def __init__(
        self,
        answers: LaterAnswers,
        *,
        party: Callable[[str], Party | None],
        blobs: Blobs,
        clock: Callable[[], datetime],
        user_agent: str,
        limits: LaterLimits | None = None,
    ) -> None:
        self._answers, self._party, self._blobs = answers, party, blobs
        self._clock, self._user_agent = clock, user_agent
        self._limits = limits or LaterLimits()
        self._wanted = asyncio.Event()
        self._running: asyncio.Task[None] | None = None

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
        try:
            while True:
                due = await self._due()
                by_channel: defaultdict[str, list[DueAnswer]] = defaultdict(list)
                for one in due:
                    by_channel[one.channel].append(one)
                for channel, ones in by_channel.items():
                    turns[channel] = asyncio.create_task(self._turn(channel, ones, turns[channel]))
                if len(due) < self._limits.in_hand:
                    await self._wait()
        finally:
            for task in turns.values():
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
            log.warning("as2 receipts cannot be read", error=str(refused))
            return ()

    async def _turn(self, channel: str, due: Sequence[DueAnswer], before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait([before])
        room, down = asyncio.Semaphore(self._limits.at_once), asyncio.Event()

        async def one(answer: DueAnswer) -> None:
            async with room:
                detail = "another receipt could not be sent just now" if down.is_set() else await self._tried(answer)
                if detail:
                    down.set()
                await self._written(answer, detail)

        await asyncio.gather(*(one(answer) for answer in due))

    async def _tried(self, due: DueAnswer) -> str:
        """Send one. Returns why it did not arrive, "" when it did."""
        party, url = self._party(due.channel), due.answer.url
        if party is None or not party.answers_to(url):
            return "its address is not agreed any more"
        wire = Wire(
            url=url,
            answer_seconds=self._limits.answer_seconds,
            connect_seconds=self._limits.connect_seconds,
            authority=party.authority,
            networks=party.terms.mdn_networks,
            user_agent=self._user_agent,
        )
        body = due.answer.body
        content = Content(sha256=hashlib.sha256(body).hexdigest(), size=len(body), inline=body)
        session = open_session(wire)
        try:
            answer = await post(session, wire, due.answer.headers, content, self._blobs)
        finally:
            await session.close()
        return _why_not(answer)

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
        audit.line("receipt", result, remote=due.answer.url, channel=due.channel, about=due.message_id, level=level)
        try:
            await write
        except MachineError as refused:  # its row comes up again by itself
            log.warning("as2 receipt not written down", message=due.id, error=str(refused))


def _why_not(answer: Answer | NoAnswer) -> str:
    if isinstance(answer, NoAnswer):
        return answer.detail
    return "" if 200 <= answer.status < 300 else f"HTTP {answer.status}"
