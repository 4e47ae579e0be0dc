"""Looks every few seconds where documents stand: what is not done has a deadline, and a missed one is told."""

import asyncio
import contextlib

import structlog

from gateway.errors import MachineError
from gateway.partners.clocks import BookClocks
from gateway.pipeline.rules import Rules
from gateway.store.deadlines import StoreDeadlines
from gateway.store.means import Means

log = structlog.get_logger("gateway.deadlines")

EVERY_SECONDS = 2.0


class DeadlineWatch:
    """One look after the other, the first at once; any number of nodes may have one."""

    def __init__(self, kept: StoreDeadlines, *, every_seconds: float = EVERY_SECONDS) -> None:
        self._kept, self._every = kept, every_seconds
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin, on the running loop."""
        self._task = asyncio.create_task(self._forever())

    async def close(self) -> None:
        """Stop."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _forever(self) -> None:
        while True:
            try:
                missed = await asyncio.to_thread(self._kept.work)
                if missed:
                    log.warning("deadlines.missed", documents=missed)
            except MachineError as refused:
                log.warning("deadlines.look_failed", error=str(refused))
            await asyncio.sleep(self._every)


def deadline_watch(rules: Rules, means: Means) -> DeadlineWatch:
    """The watch by the partner files of one revision."""
    return DeadlineWatch(StoreDeadlines(means, BookClocks(rules.book), rules.revision))
