"""Looks every few minutes which partners have sent nothing for longer than a rule allows."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

import structlog

from gateway.pipeline.notices.silence import Silences, Silent, Watched, silent
from gateway.rounds import Rounds

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
        self._watched, self._silences, self._clock = watched, silences, clock
        self._rounds = Rounds("silence", self.sweep, every_seconds=every_seconds)

    def start(self) -> None:
        """Begin, on the running loop."""
        if self._watched:
            self._rounds.start()

    async def close(self) -> None:
        """Stop."""
        await self._rounds.close()

    def sweep(self) -> Sequence[Silent]:
        """Tell of silences that nobody was told of yet. Raises MachineError."""
        heard = self._silences.last_heard(sorted({one.partner for one in self._watched}))
        new = self._silences.tell(silent(self._watched, heard, self._clock()))
        for one in new:
            log.warning("partner.silent", partner=one.partner, rule=one.rule, since=one.since.isoformat())
        return new
