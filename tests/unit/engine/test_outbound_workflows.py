"""The workflows of what we send, over ports that remember what they were told."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from structlog.testing import capture_logs

from gateway.engine.workflows import Workflows
from gateway.parcel import Content
from gateway.pipeline.outbound.collect import document_id
from gateway.pipeline.outbound.seal import Packing
from gateway.pipeline.outbound.stage import Collected, OutboundOutcome
from gateway.pipeline.stage import Received, TransmissionOutcome

GOOD, BAD = "01KJQ6PSG0ABCDEFGHJKMNPQRS", "01KJQ6PSG0ABCDEFGHJKBADQRS"

NOON = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)


def handed_in(id_: str, *, crashes: int = 0, solo_crashes: int = 0) -> Received:
    """What one of our systems handed in."""
    return Received(
        id=id_,
        channel="intake/erp",
        content=Content(sha256="0" * 64, size=2, inline=b"{}"),
        received_at=datetime(2026, 1, 2, tzinfo=UTC),
        crashes=crashes,
        solo_crashes=solo_crashes,
        door="intake",
    )


class Road:
    """Translates everything but what is "BAD", and packs one document after the other."""

    def __init__(self) -> None:
        self.rounds = 0

    def process(self, received: Received) -> TransmissionOutcome:
        raise AssertionError(f"{received.id} is no file")

    def posted(self, received: Received) -> Collected:
        return Collected(
            id=document_id(received.id), transmission=received.id, posted=b"{}", received_at=received.received_at
        )

    def collect(self, document: Collected) -> OutboundOutcome:
        if "BAD" in document.transmission:
            raise RuntimeError("a bug of ours")
        return OutboundOutcome(id=document.id, state="held", reason="nothing agreed")

    def pack(self, waiting: Sequence[Any]) -> Packing:
        self.rounds += 1
        return Packing(drafts=tuple(waiting[:1]), later={})


@dataclass
class Journal:
    """Remembers what is written. `waiting` is what may be sealed; what is packed of it goes with each round, unless
    another node has it in hand (`elsewhere`).
    """

    transmissions: Sequence[Received] = ()
    waiting: list[str] = field(default_factory=list)
    processed: list[TransmissionOutcome] = field(default_factory=list)
    sealed: list[str] = field(default_factory=list)
    again: list[OutboundOutcome] = field(default_factory=list)
    elsewhere: bool = False

    def received(self, ids: Sequence[str]) -> Sequence[Received]:
        return [one for one in self.transmissions if one.id in ids]

    def record_processed(self, outcomes: Sequence[TransmissionOutcome], *, suspects: Sequence[str] = ()) -> None:
        self.processed.extend(outcomes)

    def sealable(self) -> Sequence[str]:
        return list(self.waiting)

    def record_sealed(self, packing: Packing) -> int:
        if self.elsewhere:
            return 0
        for one in map(str, packing.drafts):
            self.waiting.remove(one)
            self.sealed.append(one)
        return len(packing.drafts)

    def collected(self, ids: Sequence[str]) -> Sequence[Collected]:
        return [Collected(id=document_id(one), transmission=one, posted=b"{}", received_at=NOON) for one in ids]

    def record_collected(self, outcomes: Sequence[OutboundOutcome]) -> None:
        self.again.extend(outcomes)


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


def workflows(journal: Journal, loop: asyncio.AbstractEventLoop, road: Road | None = None) -> Workflows:
    """The workflows over these ports."""
    return Workflows(journal, road or Road(), None, loop)  # type: ignore[arg-type]


def test_what_our_systems_hand_in_is_translated_and_not_unsealed(loop: asyncio.AbstractEventLoop) -> None:
    journal = Journal([handed_in(GOOD)])

    workflows(journal, loop).process([GOOD])

    [outcome] = journal.processed
    assert (outcome.state, [(one.id, one.state) for one in outcome.outbound]) == (
        "processed",
        [(document_id(GOOD), "held")],
    )


def test_a_document_that_our_own_code_fails_on_is_dead_and_its_neighbour_goes_on(
    loop: asyncio.AbstractEventLoop,
) -> None:
    journal = Journal([handed_in(BAD), handed_in(GOOD)])

    with capture_logs():
        workflows(journal, loop).process([GOOD, BAD])

    assert [[(one.state, one.reason) for one in outcome.outbound] for outcome in journal.processed] == [
        [("dead", "the gateway itself failed on it: RuntimeError")],
        [("held", "nothing agreed")],
    ]


def test_a_document_that_killed_the_process_too_often_is_a_dead_document(loop: asyncio.AbstractEventLoop) -> None:
    journal = Journal([handed_in(GOOD, crashes=1, solo_crashes=2)])

    workflows(journal, loop).suspect([GOOD])

    [outcome] = journal.processed
    assert [(one.id, one.state) for one in outcome.outbound] == [(document_id(GOOD), "dead")]
    assert "3 times, alone 2" in outcome.outbound[0].reason


def test_a_replay_that_our_own_code_fails_on_is_dead_and_its_neighbour_goes_on(
    loop: asyncio.AbstractEventLoop,
) -> None:
    journal = Journal()

    with capture_logs():
        workflows(journal, loop).collect([GOOD, BAD])

    assert [one.state for one in journal.again] == ["held", "dead"]


def test_sealing_goes_on_until_nothing_is_left_that_may_go(loop: asyncio.AbstractEventLoop) -> None:
    journal, road = Journal(waiting=["a", "b", "c"]), Road()

    workflows(journal, loop, road).seal()

    assert (journal.sealed, road.rounds) == (["a", "b", "c"], 4)


def test_what_another_node_has_in_hand_is_not_waited_for(loop: asyncio.AbstractEventLoop) -> None:
    journal, road = Journal(waiting=["a", "b"], elsewhere=True), Road()

    workflows(journal, loop, road).seal()

    assert (journal.sealed, road.rounds) == ([], 1)


def test_two_pieces_of_sealing_in_one_process_go_one_after_the_other(loop: asyncio.AbstractEventLoop) -> None:
    met = threading.Barrier(2)

    class Meeting(Road):
        def pack(self, waiting: Sequence[Any]) -> Packing:
            with contextlib.suppress(threading.BrokenBarrierError):
                met.wait(0.2)  # for one that would be here at the same time
            return super().pack(waiting)

    sealing = workflows(Journal(waiting=["a", "b"]), loop, Meeting())
    threads = [threading.Thread(target=sealing.seal) for _ in range(2)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert met.broken
