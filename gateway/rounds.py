"""Something that is looked at again and again while the gateway runs, whatever happens to one look."""

import asyncio
import contextlib
from collections.abc import Callable

import structlog

from gateway.errors import MachineError

log = structlog.get_logger("gateway.rounds")


class Rounds:
    """One look after the other in a thread, the first at once. A look that fails is logged, and the next one comes."""

    def __init__(self, name: str, look: Callable[[], object], *, every_seconds: float) -> None:
        self._name, self._look, self._every = name, look, every_seconds
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
                await asyncio.to_thread(self._look)
            except MachineError as refused:
                log.warning("rounds.failed", what=self._name, error=str(refused))
            except Exception:  # a bug of ours in one look must not end all that come after
                log.exception("rounds.failed", what=self._name)
            await asyncio.sleep(self._every)
