"""A look that fails, by the machine or by a bug of ours, is not the last one."""

import asyncio

from gateway.errors import MachineError
from gateway.rounds import Rounds


async def test_looks_go_on_after_one_that_fails() -> None:
    failures: list[Exception] = [MachineError("the database is away"), ValueError("a bug")]
    looked = asyncio.Event()
    loop = asyncio.get_running_loop()

    def look() -> None:
        if failures:
            raise failures.pop()
        loop.call_soon_threadsafe(looked.set)

    rounds = Rounds("tests", look, every_seconds=0.001)
    rounds.start()
    try:
        await asyncio.wait_for(looked.wait(), 10)
    finally:
        await rounds.close()
