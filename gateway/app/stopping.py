"""Running until told to stop."""

import asyncio
import signal
from collections.abc import Callable


async def until_stopped(tell: Callable[[], None]) -> None:
    """Call `tell` once, then wait for SIGINT or SIGTERM."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    tell()
    await stop.wait()
