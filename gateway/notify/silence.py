"""Looks every few minutes which partners have sent nothing for longer than a rule allows."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

import structlog

from gateway.errors import MachineError
from gateway.pipeline.notices.silence import Silences, Silent, Watched, silent

log = structlog.get_logger("gateway.notify")

EVERY_SECONDS: Final = 300.0


class SilenceWatch:
    """One sweep every five minutes, the first at once. Nothing to watch: nothing is asked."""

    def __init__(
        self,
        watched: Sequence[Watched],
        silences: Silences,
        *,
        clock: Callable[[], datetime],
        every_seconds: float = EVERY_SECONDS,
    ) -> None:
        self._watched, self._silences, self._clock, self._every = watched, silences, clock, every_seconds
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin, on the running loop."""
        if self._watched:
            self._task = asyncio.create_task(self._forever())

    async def close(self) -> None:
        """Stop."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def sweep(self) -> Sequence[Silent]:
        """Tell of silences that nobody was told of yet. Raises MachineError."""
        heard = self._silences.last_heard(sorted({one.partner for one in self._watched}))
        new = self._silences.tell(silent(self._watched, heard, self._clock()))
        for one in new:
            log.warning("partner.silent", partner=one.partner, rule=one.rule, since=one.since.isoformat())
        return new

    async def _forever(self) -> None:
        while True:
            try:
                await asyncio.to_thread(self.sweep)
            except MachineError as refused:
                log.warning("partner.silence_not_looked_at", error=str(refused))
            except Exception:  # a bug of ours in one look must not end all that come after
                log.exception("partner.silence_not_looked_at")
            await asyncio.sleep(self._every)
