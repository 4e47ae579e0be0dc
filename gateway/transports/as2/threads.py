"""Threads of this door's own: what is opened here takes none from the other doors."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Value = TypeVar("Value")


class Threads:
    """A few threads."""

    def __init__(self, count: int) -> None:
        self._pool = ThreadPoolExecutor(count, thread_name_prefix="as2")

    async def run(self, work: Callable[..., Value], *arguments: object) -> Value:
        """Run it there. Whoever is cancelled meanwhile leaves only when it has ended: a file that somebody still
        writes to must not be closed.
        """
        future = asyncio.get_running_loop().run_in_executor(self._pool, work, *arguments)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            await asyncio.wait([future])
            raise

    def close(self) -> None:
        """Wait for what runs, start nothing more."""
        self._pool.shutdown(wait=True, cancel_futures=True)
