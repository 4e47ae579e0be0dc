"""Large answers over real connections: who has hung up while it waited keeps nobody behind it waiting any longer."""

import asyncio
import hashlib
import threading
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

import aiohttp
import pytest

from gateway.api.app import ApiLimits, create_app
from gateway.api.large import AT_ONCE
from gateway.api.listener import Listener
from gateway.api.reports import Question, Report
from gateway.api.verbs import OperatorAccount
from gateway.pipeline.sheet import Sheet
from tests.fakes.blobs import MemoryBlobs
from tests.fakes.intake import MemoryIntake
from tests.fakes.mailbox import MemoryMailbox
from tests.fakes.questions import PreparedQuestions

KEY = "key-of-kim"


class Slow:
    """A report that takes until it is let go, and counts how often it was made."""

    def __init__(self) -> None:
        self.made, self.full, self.go = 0, threading.Event(), threading.Event()
        self._lock = threading.Lock()

    def __call__(self, _: Question) -> Sheet:
        with self._lock:
            self.made += 1
            if self.made == AT_ONCE:
                self.full.set()
        self.go.wait(30)
        return Sheet(("partner",), [("acme",)])


@pytest.fixture
def slow() -> Slow:
    return Slow()


class Keys:
    """Who asks, and how many have asked."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, key: str) -> OperatorAccount | None:
        self.asked += 1
        known = hashlib.sha256(KEY.encode()).hexdigest()
        return OperatorAccount(channel="", max_file_bytes=0, who="kim") if key == known else None


@pytest.fixture
def keys() -> Keys:
    return Keys()


@pytest.fixture
async def listener(slow: Slow, keys: Keys) -> AsyncIterator[Listener]:
    application = create_app(
        intake=MemoryIntake(),
        accounts={}.get,
        systems={}.get,
        operators=keys,
        asked=[Report(name="owed", summary="What is owed", question=Question, answer=slow)],
        admit=lambda _content, _account: None,
        questions=PreparedQuestions(),
        mailbox=MemoryMailbox(),
        blobs=MemoryBlobs(),
        limits=ApiLimits(failure_delay_seconds=0.001),
        clock=lambda: datetime(2026, 3, 2, 12, tzinfo=UTC),
        version="0.0.0",
    )
    listener = Listener(application)
    yield listener
    slow.go.set()
    await listener.close()


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not true():
            await asyncio.sleep(0.01)


async def test_nothing_is_made_for_who_hung_up_while_it_waited(listener: Listener, slow: Slow, keys: Keys) -> None:
    url = await listener.start()
    connections = listener._server.server_state.connections

    async def ask() -> int:
        headers = {"Authorization": f"Bearer {KEY}"}
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{url}/api/v1/reports/owed", headers=headers) as got,
        ):
            return got.status

    waited_for = [asyncio.create_task(ask()) for _ in range(AT_ONCE)]
    await until(slow.full.is_set)
    given_up = [asyncio.create_task(ask()) for _ in range(2 * AT_ONCE)]
    await until(lambda: keys.asked == 3 * AT_ONCE)  # all stand in line
    for one in given_up:
        one.cancel()
    await until(lambda: len(connections) == AT_ONCE)
    patient = asyncio.create_task(ask())
    await until(lambda: keys.asked == 3 * AT_ONCE + 1)
    slow.go.set()

    assert await asyncio.gather(*waited_for, patient) == [200] * (AT_ONCE + 1)
    assert slow.made == AT_ONCE + 1
