"""Large answers: a few at a time, in the order in which they were asked for, and never on the loop."""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from gateway.api.large import AT_ONCE, Desk
from gateway.api.reports import Question, Report
from gateway.pipeline.sheet import Cell, Sheet
from tests.unit.api.conftest import DANA, Caller


class Rows(Sequence[Sequence[Cell]]):
    """Rows that remember on which threads they were read."""

    def __init__(self) -> None:
        self.read_on: set[int] = set()

    def __len__(self) -> int:
        return 1

    def __getitem__(self, place: Any) -> Any:
        return list(self)[place]

    def __iter__(self) -> Iterator[Sequence[Cell]]:
        self.read_on.add(threading.get_ident())
        return iter([("acme",)])


@pytest.fixture
def rows() -> Rows:
    return Rows()


@pytest.fixture
def reports(rows: Rows) -> list[Report[Any]]:
    sheet = Sheet(("partner",), rows)
    return [Report(name="owed", summary="What is owed", question=Question, answer=lambda _: sheet)]


@pytest.mark.parametrize("form", ["json", "csv"])
async def test_a_large_report_is_not_written_on_the_loop_that_partners_are_answered_on(
    call: Caller, rows: Rows, form: str
) -> None:
    answer = await call("GET", f"/api/v1/reports/owed?format={form}", key=DANA)

    assert (answer.status, b"acme" in answer.body) == (200, True)
    assert rows.read_on
    assert threading.get_ident() not in rows.read_on


async def stays() -> bool:
    return False


async def test_nothing_is_made_for_who_hung_up_before_its_turn(call: Caller, rows: Rows) -> None:
    answer = await call("GET", "/api/v1/reports/owed", key=DANA, pieces=[], cut=True)

    assert (answer.status, rows.read_on) == (0, set())


async def test_of_many_large_answers_only_a_few_are_made_at_once() -> None:
    desk, going, here, most = Desk(), threading.Event(), [0], [0]
    lock, full = threading.Lock(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def make() -> bytes:
        with lock:
            here[0] += 1
            most[0] = max(most[0], here[0])
            if here[0] == AT_ONCE:
                loop.call_soon_threadsafe(full.set)
        going.wait(30)
        with lock:
            here[0] -= 1
        return b"made"

    asked = [asyncio.create_task(desk.answered(make, stays)) for _ in range(3 * AT_ONCE)]
    await asyncio.wait_for(full.wait(), 30)
    going.set()

    assert await asyncio.gather(*asked) == [b"made"] * (3 * AT_ONCE)
    assert most[0] == AT_ONCE


async def test_who_fails_at_the_desk_lets_the_next_one_in() -> None:
    desk = Desk(at_once=1)

    def fails() -> bytes:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await desk.answered(fails, stays)

    assert await asyncio.wait_for(desk.answered(lambda: b"made", stays), 30) == b"made"
