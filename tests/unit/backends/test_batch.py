"""Batches to a destination: bounded, counted, and stopped when it keeps failing."""

import asyncio
from collections.abc import Sequence

from gateway.backends.batch import Deliveries, Destination
from gateway.pipeline.inbound.deliver import DeliveryTerms
from gateway.pipeline.stage import Deliverable, Reply
from tests.documents import NOON, a_document

YES = Reply(kind="delivered", external_id="SO-1")
DOWN = Reply(kind="retry", detail="no connection")


class ScriptedBackend:
    """Answers posts with `replies` in turn, then with the last of them; look-ups with `found`."""

    def __init__(self, *replies: Reply, found: Reply = DOWN) -> None:
        self._replies = list(replies)
        self._found = found
        self.posted: list[str] = []
        self.asked: list[str] = []
        self.at_once = self.most_at_once = 0
        self.closed = False

    async def deliver(self, document: Deliverable) -> Reply:
        self.posted.append(document.id)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await asyncio.sleep(0)
        self.at_once -= 1
        return self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]

    async def look_up(self, document: Deliverable) -> Reply:
        self.asked.append(document.id)
        return self._found

    async def close(self) -> None:
        self.closed = True


class BrokenBackend(ScriptedBackend):
    """An adapter with a fault of its own."""

    async def deliver(self, document: Deliverable) -> Reply:
        raise KeyError("bug")


def deliveries(backend: ScriptedBackend, *, idempotency: str = "key", concurrency: int = 1) -> Deliveries:
    terms = DeliveryTerms(idempotency=idempotency)  # type: ignore[arg-type]
    destination = Destination(backend=backend, terms=terms, concurrency=concurrency, failures_to_trip=3)
    return Deliveries({"erp": destination}, clock=lambda: NOON, uniform=lambda: 0.5)


def documents(count: int, **named: int) -> Sequence[Deliverable]:
    return [a_document(f"d-{number}", **named) for number in range(count)]  # type: ignore[arg-type]


async def test_every_document_gets_its_own_outcome() -> None:
    backend = ScriptedBackend(YES, Reply(kind="refused", detail="HTTP 400"), YES)

    outcomes, trip = await deliveries(backend).deliver("erp", documents(3))

    assert [(outcome.id, outcome.state) for outcome in outcomes] == [
        ("d-0", "delivered"),
        ("d-1", "dead"),
        ("d-2", "delivered"),
    ]
    assert not trip


async def test_no_more_than_agreed_are_posted_at_once_over_all_batches() -> None:
    backend = ScriptedBackend(YES)
    runner = deliveries(backend, concurrency=3)

    await asyncio.gather(*(runner.deliver("erp", documents(10)) for _ in range(4)))

    assert len(backend.posted) == 40
    assert backend.most_at_once == 3


async def test_a_failing_destination_is_tripped_and_left_alone() -> None:
    backend = ScriptedBackend(DOWN)

    outcomes, trip = await deliveries(backend).deliver("erp", documents(50))

    assert trip
    assert len(backend.posted) == 3
    assert [outcome.id for outcome in outcomes] == ["d-0", "d-1", "d-2"]


async def test_failures_are_counted_over_batches() -> None:
    backend = ScriptedBackend(DOWN)
    runner = deliveries(backend)

    trips = [(await runner.deliver("erp", documents(1)))[1] for _ in range(3)]

    assert trips == [False, False, True]


async def test_a_success_between_failures_starts_the_count_again() -> None:
    backend = ScriptedBackend(DOWN, DOWN, YES, DOWN, DOWN, YES)

    _, trip = await deliveries(backend).deliver("erp", documents(6))

    assert not trip
    assert len(backend.posted) == 6


async def test_a_refusal_is_no_failure_of_the_destination() -> None:
    backend = ScriptedBackend(Reply(kind="refused", detail="HTTP 400"))

    _, trip = await deliveries(backend).deliver("erp", documents(10))

    assert not trip


async def test_after_a_pause_one_more_failure_pauses_again() -> None:
    backend = ScriptedBackend(DOWN)
    runner = deliveries(backend)
    await runner.deliver("erp", documents(5))
    backend.posted.clear()

    _, trip = await runner.deliver("erp", documents(5))

    assert trip
    assert len(backend.posted) == 1


async def test_a_successful_probe_forgets_all_failures() -> None:
    backend = ScriptedBackend(DOWN, DOWN, DOWN, YES, DOWN)
    runner = deliveries(backend)
    await runner.deliver("erp", documents(3))

    outcome = await runner.probe("erp", a_document("p"))
    _, trip = await runner.deliver("erp", documents(2))

    assert outcome.state == "delivered"
    assert not trip


async def test_a_lookup_destination_that_has_it_is_not_posted_to_again() -> None:
    backend = ScriptedBackend(YES, found=Reply(kind="known", external_id="SO-9"))

    outcomes, _ = await deliveries(backend, idempotency="lookup").deliver("erp", documents(1, attempts=1))

    assert (outcomes[0].state, outcomes[0].reply.external_id) == ("delivered", "SO-9")
    assert backend.posted == []


async def test_a_lookup_destination_that_has_it_not_is_posted_to() -> None:
    backend = ScriptedBackend(YES, found=Reply(kind="refused"))

    outcomes, _ = await deliveries(backend, idempotency="lookup").deliver("erp", documents(1, attempts=1))

    assert outcomes[0].state == "delivered"
    assert backend.posted == ["d-0"]


async def test_a_lookup_destination_that_cannot_say_is_not_posted_to() -> None:
    backend = ScriptedBackend(YES, found=DOWN)

    outcomes, _ = await deliveries(backend, idempotency="lookup").deliver("erp", documents(1, attempts=1))

    assert outcomes[0].state == "mapped"
    assert backend.posted == []


async def test_after_a_probe_of_unknown_outcome_a_lookup_destination_is_asked_first() -> None:
    backend = ScriptedBackend(Reply(kind="unknown"), YES, found=Reply(kind="known", external_id="SO-9"))
    runner = deliveries(backend, idempotency="lookup")
    await runner.probe("erp", a_document("p"))

    outcome = await runner.probe("erp", a_document("p"))

    assert outcome.reply.external_id == "SO-9"
    assert backend.posted == ["p"]


async def test_a_fault_of_the_adapter_is_an_unknown_outcome_of_its_document_only() -> None:
    outcomes, _ = await deliveries(BrokenBackend(YES), idempotency="none").deliver("erp", documents(2))

    assert [outcome.state for outcome in outcomes] == ["held", "held"]


async def test_documents_for_an_unknown_destination_are_held() -> None:
    outcomes, trip = await deliveries(ScriptedBackend(YES)).deliver("wms", documents(2))

    assert [outcome.state for outcome in outcomes] == ["held", "held"]
    assert not trip


async def test_closing_closes_the_backends() -> None:
    backend = ScriptedBackend(YES)

    await deliveries(backend).close()

    assert backend.closed


def test_after_a_crash_only_where_keys_are_known_nothing_is_in_doubt() -> None:
    backend = ScriptedBackend(YES)

    states = {
        idempotency: [
            one.state for one in deliveries(backend, idempotency=idempotency).interrupted("erp", documents(2))
        ]
        for idempotency in ("key", "lookup", "none")
    }

    assert states == {"key": [], "lookup": ["mapped", "mapped"], "none": ["held", "held"]}


def test_after_a_crash_a_destination_that_is_no_longer_known_doubts_nothing() -> None:
    assert deliveries(ScriptedBackend(YES)).interrupted("gone", documents(1)) == []
