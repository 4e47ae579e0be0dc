"""Running until told to stop."""

import asyncio
import gc
import signal
from collections.abc import Callable


async def until_stopped(tell: Callable[[], None], stop: asyncio.Event | None = None) -> None:
    """Call `tell` once, then wait for SIGINT or SIGTERM, or for somebody else to set `stop`."""
    gc.freeze()  # code and settings stay to the end
    stop = stop or asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    tell()
    await stop.wait()
