"""Running until told to stop."""

import asyncio
import gc
import signal
from collections.abc import Callable

NEWBORN, SURVIVORS, OLD = 20_000, 20, 50
"""When the collector of reference cycles looks: rarely. A batch in hand holds some hundred thousand objects, all alive;
looking them over as often as Python does by itself takes a tenth of the time. Memory is freed by counting all the same.
"""


async def until_stopped(tell: Callable[[], None], stop: asyncio.Event | None = None) -> None:
    """Call `tell` once, then wait for SIGINT or SIGTERM, or for somebody else to set `stop`."""
    gc.freeze()  # code and settings stay to the end
    gc.set_threshold(NEWBORN, SURVIVORS, OLD)
    stop = stop or asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    tell()
    await stop.wait()
