"""Answers that may be large, as reports are: made beside the loop, body and all, and a few at a time."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import date, datetime
from decimal import Decimal

from starlette.concurrency import run_in_threadpool

from gateway.api.body import Gone

AT_ONCE = 4
"""Half of the connections that SQLite is read by: who asks for a year of days must not keep documents waiting, and so
many answers of the largest size are in memory together.
"""


class Desk:
    """Where people wait for large answers, in the order in which they came."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._turns = asyncio.Semaphore(at_once)

    async def answered(self, make: Callable[[], bytes], hung_up: Callable[[], Awaitable[bool]]) -> bytes:
        """What `make` makes, in a thread: a large body is not written on the loop that partners are answered on.

        Raises Gone when whoever asked hung up before its turn: a client that gives up and asks again would otherwise
        have the same made once more each time, for nobody, while everybody waits.
        """
        async with self._turns:
            if await hung_up():
                raise Gone
            return await run_in_threadpool(make)


def as_json(value: object) -> str:
    """JSON with times as ISO 8601, and amounts as text with every digit."""
    return json.dumps(value, default=_plain, ensure_ascii=False)


def _plain(value: object) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(type(value).__name__)
