"""What goes wrong with one piece of a batch stays with it, and what two pieces of work know of is done once."""

import asyncio
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.engine.turns import BATCHES_AT_ONCE
from gateway.engine.workflows import Workflows
from gateway.errors import MachineError
from gateway.parcel import Content
from gateway.pipeline.stage import (
    Deliverable,
    DeliveryOutcome,
    DocumentOutcome,
    Received,
    Reply,
    Translatable,
    TransmissionOutcome,
)

FAULTS: dict[str, Exception] = {
    "lost": MachineError("blobs: No such file or directory"),
    "huge": MemoryError(),
    "broken": KeyError("a fault of ours"),
}


@dataclass
class Memory:
    """A journal over plain containers; documents in `mapped` wait to be delivered."""

    mapped: set[str] = field(default_factory=set)
    processed: list[TransmissionOutcome] = field(default_factory=list)
    suspects: list[str] = field(default_factory=list)
    waiting: dict[str, str] = field(default_factory=dict)
    translated: list[DocumentOutcome] = field(default_factory=list)
    postponed: list[tuple[str, Sequence[str]]] = field(default_factory=list)
    resumed: list[str] = field(default_factory=list)

    def received(self, ids: Sequence[str]) -> Sequence[Received]:
        content = Content(sha256="0" * 64, size=0, inline=b"")
        now = datetime(2026, 3, 2, tzinfo=UTC)
        return [Received(id=one, channel="acme", content=content, received_at=now) for one in ids]

    def record_processed(self, outcomes: Sequence[TransmissionOutcome], *, suspects: Sequence[str] = ()) -> None:
        self.processed.extend(outcomes)
        self.suspects.extend(suspects)

    def record_waiting(self, refusals: Mapping[str, str]) -> None:
        self.waiting.update(refusals)

    def translatable(self, ids: Sequence[str]) -> Sequence[Translatable]:
        return [
            Translatable(id=one, channel="acme", partner="acme", x12=b"", pins={"agreement": "a"}, original=True)
            for one in ids
        ]

    def record_translated(self, outcomes: Sequence[DocumentOutcome]) -> None:
        self.translated.extend(outcomes)

    def deliverable(self, destination: str, ids: Sequence[str], *, paused_too: bool = False) -> Sequence[Deliverable]:
        return [a_document(one) for one in ids if one in self.mapped]

    def oldest_waiting(self, destination: str) -> Deliverable | None:
        return a_document(min(self.mapped)) if self.mapped else None

    def record_delivered(self, destination: str, outcomes: Sequence[DeliveryOutcome], *, trip: bool = False) -> None:
        self.mapped -= {one.id for one in outcomes}

    def postpone(self, destination: str, ids: Sequence[str], delay_seconds: float) -> None:
        self.postponed.append((destination, ids))

    def resume_destination(self, destination: str) -> None:
        self.resumed.append(destination)


class Road:
    """Fails on whatever is named like a fault."""

    def process(self, received: Received) -> TransmissionOutcome:
        if received.id in FAULTS:
            raise FAULTS[received.id]
        return TransmissionOutcome(id=received.id, state="processed")

    def translate(self, document: Translatable) -> DocumentOutcome:
        raise FAULTS[document.id]


@dataclass
class SlowSystem:
    """Answers nobody until `answers` is set, and counts what was posted to it."""

    posts: list[str] = field(default_factory=list)
    answers: threading.Event = field(default_factory=threading.Event)

    async def deliver(
        self, destination: str, documents: Sequence[Deliverable]
    ) -> tuple[Sequence[DeliveryOutcome], bool]:
        return [await self.probe(destination, one) for one in documents], False

    async def probe(self, destination: str, document: Deliverable) -> DeliveryOutcome:
        self.posts.append(document.id)
        await asyncio.to_thread(self.answers.wait, 10)
        return DeliveryOutcome(id=document.id, state="delivered", reply=Reply(kind="delivered"))


def a_document(id_: str) -> Deliverable:
    return Deliverable(
        id=id_,
        key=f"{id_}.1",
        partner="acme",
        set_id="850",
        canonical_type="order",
        business_number="",
        canonical=b"{}",
        stage="production",
        attempts=0,
    )


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield loop
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()


def the_workflows(memory: Memory, loop: Any, system: SlowSystem | None = None) -> Workflows:
    return Workflows(memory, Road(), system or SlowSystem(), loop)  # type: ignore[arg-type]


def test_a_transmission_whose_file_cannot_be_read_waits_and_says_so_and_its_neighbours_go_on() -> None:
    memory = Memory()

    the_workflows(memory, None).process(["first", "lost", "last"])

    assert [one.id for one in memory.processed] == ["first", "last"]
    assert memory.waiting == {"lost": "blobs: No such file or directory"}
    assert memory.suspects == []


def test_a_transmission_that_takes_all_memory_is_run_alone_and_then_set_aside() -> None:
    memory = Memory()

    the_workflows(memory, None).process(["first", "huge", "last"])
    the_workflows(memory, None).suspect(["huge", "lost", "behind"])

    assert [(one.id, one.state) for one in memory.processed] == [
        ("first", "processed"),
        ("last", "processed"),
        ("huge", "dead"),
        ("behind", "processed"),
    ]
    assert memory.suspects == ["huge"]
    assert list(memory.waiting) == ["lost"]


def test_a_document_that_our_own_code_fails_to_map_is_dead_and_says_why() -> None:
    memory = Memory()

    the_workflows(memory, None).translate(["broken"])

    assert [(one.id, one.state) for one in memory.translated] == [("broken", "dead")]
    assert "KeyError" in memory.translated[0].reason


@pytest.mark.parametrize("second", ["deliver", "probe"])
def test_a_document_that_two_pieces_of_work_know_of_is_posted_once(
    loop: asyncio.AbstractEventLoop, second: str
) -> None:
    memory, system = Memory(mapped={"d1"}), SlowSystem()
    workflows = the_workflows(memory, loop, system)
    first = threading.Thread(target=workflows.deliver, args=("erp", ["d1"]))
    first.start()
    while not system.posts:
        threading.Event().wait(0.005)

    arguments: tuple[str, Any] = ("erp", ["d1"]) if second == "deliver" else ("erp", 0)
    other = threading.Thread(target=getattr(workflows, second), args=arguments)
    other.start()
    other.join(0.05)
    system.answers.set()
    for one in (first, other):
        one.join(5)

    assert system.posts == ["d1"]
    assert memory.mapped == set()


def test_a_destination_with_many_slow_batches_under_way_is_told_to_come_back(loop: asyncio.AbstractEventLoop) -> None:
    documents = [f"d{number}" for number in range(BATCHES_AT_ONCE + 1)]
    memory, system = Memory(mapped=set(documents)), SlowSystem()
    workflows = the_workflows(memory, loop, system)
    batches = [threading.Thread(target=workflows.deliver, args=("erp", [one])) for one in documents[:-1]]
    for batch in batches:
        batch.start()
    while len(system.posts) < BATCHES_AT_ONCE:
        threading.Event().wait(0.005)

    workflows.deliver("erp", documents[-1:])
    system.answers.set()
    for batch in batches:
        batch.join(5)

    assert memory.postponed == [("erp", documents[-1:])]
    assert memory.mapped == {documents[-1]}
