"""Receipts in hand are held for as long as they are, and no longer."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

from gateway.pipeline.messages import Answer, DueAnswer
from gateway.transports.later import Later, LaterLimits

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
ONE = DueAnswer(
    id="01JD8K",
    channel="acme-as2",
    message_id="<1@acme.example>",
    answer=Answer(headers=(), body=b"receipt", disposition="processed", url="https://as2.acme.example/mdn"),
    attempts=0,
    since=NOW,
)


class _Rows:
    """The `LaterAnswers` port over one row; notes what is held."""

    def __init__(self) -> None:
        self.waiting: list[DueAnswer] = [ONE]
        self.held: list[Sequence[str]] = []
        self.told = asyncio.Event()
        self.done = asyncio.Event()
        self.loop = asyncio.get_running_loop()

    def due(self, *, limit: int, lease_seconds: float) -> Sequence[DueAnswer]:
        found, self.waiting = self.waiting, []
        return found

    def hold(self, ids: Sequence[str], lease_seconds: float) -> None:
        self.held.append(ids)
        if len(self.held) >= 3:
            self.loop.call_soon_threadsafe(self.told.set)

    def sent(self, id: str, detail: str) -> None:
        self.loop.call_soon_threadsafe(self.done.set)

    def put_off(self, id: str, detail: str, until: datetime) -> None:
        raise NotImplementedError

    def give_up(self, id: str, detail: str) -> None:
        raise NotImplementedError


async def test_a_receipt_that_takes_long_is_held_until_it_is_written_down() -> None:
    """A turn of two hundred receipts may last longer than any lease: no other node must send them meanwhile."""
    rows, answered = _Rows(), asyncio.Event()

    async def send(_due: DueAnswer) -> str:
        await answered.wait()
        return ""

    later = Later(
        rows, send=send, told=lambda *_, **__: None, clock=lambda: NOW, limits=LaterLimits(lease_seconds=0.03)
    )
    later.start()
    try:
        await asyncio.wait_for(rows.told.wait(), 10)
        assert all(ids == ["01JD8K"] for ids in rows.held)
        answered.set()
        await asyncio.wait_for(rows.done.wait(), 10)
    finally:
        await later.close()

    assert not later._in_hand


def test_what_a_dead_node_had_in_hand_waits_a_minute() -> None:
    limits = LaterLimits()

    assert limits.lease_seconds == 60
    assert limits.lease_seconds / 3 < limits.answer_seconds
