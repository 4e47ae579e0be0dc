"""The workflows over ports that remember what they were told."""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest

from gateway.engine import persistence as module
from gateway.engine.persistence import persistently
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


def a_transmission(id_: str, *, crashes: int = 0, solo_crashes: int = 0) -> Received:
    content = Content(sha256="0" * 64, size=0, inline=b"")
    return Received(
        id=id_,
        channel="acme-sftp",
        content=content,
        received_at=datetime(2026, 1, 2, tzinfo=UTC),
        crashes=crashes,
        solo_crashes=solo_crashes,
    )


@dataclass
class RememberingJournal:
    """Only what these tests ask of a journal; everything told to it is kept."""

    transmissions: list[Received] = field(default_factory=list)
    waiting: Deliverable | None = None
    outcomes: list[TransmissionOutcome] = field(default_factory=list)
    suspects: list[str] = field(default_factory=list)
    delivered: list[DeliveryOutcome] = field(default_factory=list)
    resumed: list[str] = field(default_factory=list)
    failed_probes: list[tuple[str, int]] = field(default_factory=list)

    def received(self, ids: Sequence[str]) -> Sequence[Received]:
        return [one for one in self.transmissions if one.id in ids]

    def record_processed(self, outcomes: Sequence[TransmissionOutcome], *, suspects: Sequence[str] = ()) -> None:
        self.outcomes.extend(outcomes)
        self.suspects.extend(suspects)

    def deliverable(
        self, destination: str, ids: Sequence[str], *, paused_too: bool = False
    ) -> Sequence[Deliverable] | None:
        return [self.waiting] if self.waiting and paused_too else None

    def oldest_waiting(self, destination: str) -> Deliverable | None:
        return self.waiting

    def record_delivered(self, destination: str, outcomes: Sequence[DeliveryOutcome], *, trip: bool = False) -> None:
        self.delivered.extend(outcomes)

    def probe_failed(self, destination: str, probes: int, delay_seconds: float) -> None:
        self.failed_probes.append((destination, probes))

    def resume_destination(self, destination: str) -> None:
        self.resumed.append(destination)


class Road:
    """Processes everything, except what is called "broken"."""

    def process(self, received: Received) -> TransmissionOutcome:
        if received.id == "broken":
            raise KeyError("a fault of ours")
        return TransmissionOutcome(id=received.id, state="processed")

    def translate(self, document: Translatable) -> DocumentOutcome:
        raise NotImplementedError


@dataclass
class Deliveries:
    """Answers every probe with one state."""

    state: str = "delivered"
    kind: str = "delivered"
    delivered: int = 0

    async def deliver(
        self, destination: str, documents: Sequence[Deliverable]
    ) -> tuple[Sequence[DeliveryOutcome], bool]:
        self.delivered += len(documents)
        return [], False

    def interrupted(self, destination: str, documents: Sequence[Deliverable]) -> Sequence[DeliveryOutcome]:
        held = [DeliveryOutcome(id=one.id, state="held", reply=Reply(kind="unknown")) for one in documents]
        return held if destination == "careless" else []

    async def probe(self, destination: str, document: Deliverable) -> DeliveryOutcome:
        return DeliveryOutcome(id=document.id, state=self.state, reply=Reply(kind=self.kind))  # type: ignore[arg-type]


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield loop
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def the_workflows(
    journal: RememberingJournal, loop: asyncio.AbstractEventLoop, deliveries: Deliveries | None = None
) -> Workflows:
    return Workflows(journal, Road(), deliveries or Deliveries(), loop)  # type: ignore[arg-type]


def a_document() -> Deliverable:
    return Deliverable(
        id="d1",
        key="d1.1",
        partner="acme",
        set_id="850",
        canonical_type="order.v1",
        business_number="4500",
        canonical=b"{}",
        stage="production",
        attempts=0,
    )


def test_a_fault_of_ours_in_one_transmission_leaves_its_neighbours_alone(loop: asyncio.AbstractEventLoop) -> None:
    journal = RememberingJournal([a_transmission("good"), a_transmission("broken"), a_transmission("fine")])

    the_workflows(journal, loop).process(["good", "broken", "fine"])

    assert [(one.id, one.state) for one in journal.outcomes] == [
        ("good", "processed"),
        ("broken", "dead"),
        ("fine", "processed"),
    ]
    assert "KeyError" in journal.outcomes[1].reason


def test_what_was_in_hand_when_a_process_died_is_run_alone_not_in_the_batch(loop: asyncio.AbstractEventLoop) -> None:
    journal = RememberingJournal([a_transmission("good"), a_transmission("suspicious", crashes=1)])

    the_workflows(journal, loop).process(["good", "suspicious"])

    assert [one.id for one in journal.outcomes] == ["good"]
    assert journal.suspects == ["suspicious"]


def test_what_killed_the_process_twice_while_alone_is_dead_lettered_without_being_run(
    loop: asyncio.AbstractEventLoop,
) -> None:
    journal = RememberingJournal([a_transmission("broken", crashes=1, solo_crashes=2)])

    the_workflows(journal, loop).suspect(["broken"])

    assert [(one.id, one.state) for one in journal.outcomes] == [("broken", "dead")]
    assert "alone 2" in journal.outcomes[0].reason


def test_a_suspect_that_does_no_harm_alone_goes_on(loop: asyncio.AbstractEventLoop) -> None:
    journal = RememberingJournal([a_transmission("innocent", crashes=3, solo_crashes=1)])

    the_workflows(journal, loop).suspect(["innocent"])

    assert [(one.id, one.state) for one in journal.outcomes] == [("innocent", "processed")]


def test_nothing_is_posted_to_a_paused_destination(loop: asyncio.AbstractEventLoop) -> None:
    journal, deliveries = RememberingJournal(), Deliveries()

    the_workflows(journal, loop, deliveries).deliver("erp", ["d1"])

    assert deliveries.delivered == 0
    assert journal.delivered == []


@pytest.mark.parametrize(("state", "kind"), [("delivered", "delivered"), ("delivered", "known"), ("dead", "refused")])
def test_any_answer_to_a_probe_opens_the_destination(loop: asyncio.AbstractEventLoop, state: str, kind: str) -> None:
    journal = RememberingJournal(waiting=a_document())

    the_workflows(journal, loop, Deliveries(state, kind)).probe("erp", 0)

    assert journal.resumed == ["erp"]
    assert [one.state for one in journal.delivered] == [state]


def test_a_probe_given_up_without_an_answer_does_not_open_the_destination(loop: asyncio.AbstractEventLoop) -> None:
    journal = RememberingJournal(waiting=a_document())

    the_workflows(journal, loop, Deliveries("held", "unknown")).probe("erp", 0)

    assert [one.state for one in journal.delivered] == ["held"]
    assert journal.failed_probes == [("erp", 1)]
    assert journal.resumed == []


def test_a_probe_that_fails_is_followed_by_a_later_one(loop: asyncio.AbstractEventLoop) -> None:
    journal = RememberingJournal(waiting=a_document())

    the_workflows(journal, loop, Deliveries("mapped", "retry")).probe("erp", 2)

    assert journal.failed_probes == [("erp", 3)]
    assert journal.resumed == []


def test_a_destination_with_nothing_waiting_is_opened_by_its_probe(loop: asyncio.AbstractEventLoop) -> None:
    journal = RememberingJournal()

    the_workflows(journal, loop).probe("erp", 0)

    assert journal.resumed == ["erp"]


def test_a_database_that_comes_back_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.time, "sleep", lambda _: None)
    answers = iter([MachineError("away"), MachineError("away"), "here"])

    def action() -> str:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert persistently(action) == "here"


def test_a_database_that_stays_away_ends_the_workflow_with_its_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.time, "sleep", lambda _: None)
    tries: list[int] = []

    def action() -> None:
        tries.append(1)
        raise MachineError("away")

    with pytest.raises(MachineError):
        persistently(action)

    assert len(tries) == module.MACHINE_TRIES


def test_suspects_are_written_one_before_the_next_is_begun(loop: asyncio.AbstractEventLoop) -> None:
    journal = RememberingJournal([a_transmission("first", crashes=1), a_transmission("killer", crashes=1)])

    class Killer(Road):
        def process(self, received: Received) -> TransmissionOutcome:
            if received.id == "killer":
                assert [one.id for one in journal.outcomes] == ["first"]
            return super().process(received)

    Workflows(journal, Killer(), Deliveries(), loop).suspect(["first", "killer"])  # type: ignore[arg-type]

    assert [one.id for one in journal.outcomes] == ["first", "killer"]


@pytest.mark.parametrize("ids", [["d1"], None])
def test_what_was_being_handed_over_is_written_down_where_a_repeat_may_have_an_effect(
    loop: asyncio.AbstractEventLoop, ids: list[str] | None
) -> None:
    journal = RememberingJournal(waiting=a_document())
    workflows = the_workflows(journal, loop)

    assert workflows.interrupted("careful", ids) == 0
    assert journal.delivered == []
    assert workflows.interrupted("careless", ids) == 1
    assert [(one.id, one.state) for one in journal.delivered] == [("d1", "held")]


@pytest.mark.parametrize(("attempts", "written"), [(0, ["d1"]), (1, [])])
def test_a_probe_that_may_have_had_an_effect_is_written_down_once(
    loop: asyncio.AbstractEventLoop, attempts: int, written: list[str]
) -> None:
    journal = RememberingJournal(waiting=replace(a_document(), attempts=attempts))

    the_workflows(journal, loop, Deliveries(state="mapped", kind="unknown")).probe("erp", 0)

    assert [one.id for one in journal.delivered] == written
    assert journal.failed_probes == [("erp", 1)]
