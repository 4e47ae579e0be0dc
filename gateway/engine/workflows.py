"""The workflows. Each is one read, one call of the road, one write: no steps inside, so nothing to check-point.

A workflow that dies in the middle has written nothing; it is run again, and what it finds already written it skips.
"""

import asyncio
import random
import threading
from collections.abc import Awaitable, Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

import structlog

from gateway.engine.persistence import EFFECT_TRIES, persistently
from gateway.engine.pushing import Pushing
from gateway.engine.turns import Turns
from gateway.errors import MachineError
from gateway.pipeline.breaker import probe_delay_seconds
from gateway.pipeline.inbound.translate import broken
from gateway.pipeline.outbound import translate as outbound
from gateway.pipeline.outbound.collect import document_id
from gateway.pipeline.outbound.seal import Packing, Unsealed
from gateway.pipeline.outbound.stage import INTAKE_DOOR, Collected, OutboundOutcome
from gateway.pipeline.ports import Journal
from gateway.pipeline.stage import (
    Deliverable,
    DeliveryOutcome,
    DocumentOutcome,
    Received,
    Translatable,
    TransmissionOutcome,
)

log = structlog.get_logger("gateway.engine")
Value = TypeVar("Value")

SOLO_CRASHES_ALLOWED = 2
"""A transmission that killed the process this often while it was alone in its workflow is dead-lettered."""

SEAL_ROUNDS = 10_000
"""Rounds of sealing in one piece of work: far more than there can be documents to seal, so that it ends."""


class Road(Protocol):
    """The stages as the engine sees them: pure decisions; none raises for what is in a document."""

    def process(self, received: Received) -> TransmissionOutcome:
        """Unseal, and translate what is accepted."""

    def translate(self, document: Translatable) -> DocumentOutcome:
        """Map one validated document."""

    def collect(self, document: Collected) -> OutboundOutcome:
        """Write one document of ours as X12."""

    def posted(self, received: Received) -> Collected:
        """What one of our systems handed in by a transmission. Raises MachineError."""

    def pack(self, waiting: Sequence[Unsealed]) -> Packing:
        """Interchanges of what may go now."""


class Deliveries(Protocol):
    """Concurrent hand-over of a batch to one destination."""

    async def deliver(
        self, destination: str, documents: Sequence[Deliverable]
    ) -> tuple[Sequence[DeliveryOutcome], bool]:
        """Outcomes (none for a document that was not tried), and whether the breaker has tripped."""

    async def probe(self, destination: str, document: Deliverable) -> DeliveryOutcome:
        """One try of one document while the destination is paused."""

    def interrupted(self, destination: str, documents: Sequence[Deliverable]) -> Sequence[DeliveryOutcome]:
        """Outcomes of tries that nobody saw the end of; none where the destination tells repeats by their key."""


@dataclass(frozen=True, slots=True)
class Workflows:
    """The bodies of the workflows over their ports. `loop` is where backends live. Without `pushing` no file is carried
    out: it waits for a process that can. `uniform` spreads probes: from [0, 1).
    """

    journal: Journal
    road: Road
    deliveries: Deliveries
    loop: asyncio.AbstractEventLoop
    pushing: Pushing | None = None
    turns: Turns = field(default_factory=Turns)
    uniform: Callable[[], float] = random.random
    _sealing: threading.Lock = field(default_factory=threading.Lock)

    def process(self, ids: list[str]) -> None:
        """A commit group. Transmissions that were in a batch when a process died are not run here but one by one."""
        rows = persistently(lambda: self.journal.received(ids))
        suspects = [row.id for row in rows if row.crashes]
        outcomes: list[TransmissionOutcome] = []
        for row in rows:
            if not row.crashes:
                try:
                    outcomes.extend(self._if_readable(row))
                except MemoryError:  # alone it may have enough
                    suspects.append(row.id)
        persistently(lambda: self.journal.record_processed(outcomes, suspects=suspects))

    def suspect(self, ids: list[str]) -> None:
        """One transmission after the other, each written before the next is begun.

        If one kills the process again, it is the first that is not written, and nothing else dies with it.
        """
        for row in persistently(lambda: self.journal.received(ids)):
            outcomes = self._outcome_alone(row)
            persistently(lambda outcomes=outcomes: self.journal.record_processed(outcomes))  # type: ignore[misc]

    def translate(self, ids: list[str]) -> None:
        """Map validated documents: the rest of a large interchange, and replays."""
        rows = persistently(lambda: self.journal.translatable(ids))
        outcomes = [self._translated(row) for row in rows]
        persistently(lambda: self.journal.record_translated(outcomes))

    def collect(self, ids: list[str]) -> None:
        """Write documents of ours as X12 that a person has had replayed."""
        rows = persistently(lambda: self.journal.collected(ids))
        outcomes = [self._collected(row) for row in rows]
        persistently(lambda: self.journal.record_collected(outcomes))

    def seal(self) -> None:
        """Seal whatever is full or due, the most urgent first, until nothing is. One at a time in this process.

        Who waited finds what came meanwhile; of two nodes each seals what the other has not in hand.
        """
        with self._sealing:
            for _ in range(SEAL_ROUNDS):
                waiting = persistently(self.journal.sealable)
                packing = self.road.pack(waiting)
                if not packing.drafts and not packing.later:
                    return
                went = persistently(lambda packing=packing: self.journal.record_sealed(packing))  # type: ignore[misc]
                if not went:
                    return  # another node has them all in hand: it goes on, and if it dies its work is taken over

    def deliver(self, destination: str, ids: list[str]) -> None:
        """Hand documents to one of our systems; they wait in their rows while it is paused."""
        with self.turns.batch(destination) as wait_seconds:
            if wait_seconds:
                persistently(lambda: self.journal.postpone(destination, ids, wait_seconds))
                return
            with closing(self.turns.of(ids)) as turns:
                for mine in turns:
                    self._hand_over(destination, mine)

    def _hand_over(self, destination: str, ids: Sequence[str]) -> None:
        rows = persistently(lambda: self.journal.deliverable(destination, ids))
        if not rows:
            return
        outcomes, trip = self._on_loop(self.deliveries.deliver(destination, rows))
        persistently(
            lambda: self.journal.record_delivered(destination, outcomes, trip=trip),
            tries=EFFECT_TRIES,
        )

    def probe(self, destination: str, probes: int) -> None:
        """Try the oldest waiting document of a paused destination: its success opens the way for all."""
        oldest = persistently(lambda: self.journal.oldest_waiting(destination))
        if oldest is not None:
            with closing(self.turns.of([oldest.id])) as turns:
                next(turns)  # a batch that began before the pause may still be handing it over
                if self._answers_not(destination, oldest.id):
                    delay = probe_delay_seconds(probes + 1, self.uniform())
                    persistently(lambda: self.journal.probe_failed(destination, probes + 1, delay))
                    return
        persistently(lambda: self.journal.resume_destination(destination))

    def _answers_not(self, destination: str, document: str) -> bool:
        """Try this document, if it still waits. True when the destination is still down: it may be given up on, too."""
        rows = persistently(lambda: self.journal.deliverable(destination, [document], paused_too=True))
        if not rows:
            return False
        outcome = self._on_loop(self.deliveries.probe(destination, rows[0]))
        # Probes are no attempts, but for the first that may have had an effect: after it, who can be asked is asked.
        if outcome.state != "mapped" or (outcome.reply.kind == "unknown" and not rows[0].attempts):
            persistently(lambda: self.journal.record_delivered(destination, [outcome]), tries=EFFECT_TRIES)
        return outcome.reply.kind in ("retry", "unknown")

    def interrupted(self, destination: str, ids: Sequence[str] | None) -> int:
        """A process died while it handed these over (None: the oldest, as a probe). Returns how many are in doubt.

        Where a repeat has no effect there is no doubt, and nothing is written.
        """
        rows: Sequence[Deliverable] | None
        if ids is None:
            oldest = self.journal.oldest_waiting(destination)
            rows = [oldest] if oldest else []
        else:
            rows = self.journal.deliverable(destination, ids, paused_too=True)
        outcomes = self.deliveries.interrupted(destination, rows or [])
        if outcomes:
            self.journal.record_delivered(destination, outcomes)
        return len(outcomes)

    def send(self, channel: str) -> None:
        """Carry what waits for a channel that we push through."""
        if self.pushing is not None:
            self.pushing.send(channel)

    def probe_channel(self, channel: str, probes: int) -> None:
        """Try a paused channel."""
        if self.pushing is not None:
            self.pushing.probe_channel(channel, probes)

    def put_down(self, node: str) -> None:
        """A node is dead: what it was carrying may be there or not."""
        if self.pushing is not None:
            self.pushing.carryings.put_down(node)

    def _outcome_alone(self, row: Received) -> Sequence[TransmissionOutcome]:
        if row.solo_crashes >= SOLO_CRASHES_ALLOWED:
            return [_dead(row, f"stopped the gateway {row.crashes + row.solo_crashes} times, alone {row.solo_crashes}")]
        try:
            return self._if_readable(row)
        except MemoryError:
            return [_dead(row, "it needs more memory than there is")]

    def _if_readable(self, row: Received) -> Sequence[TransmissionOutcome]:
        """Nothing when its bytes cannot be read just now: its row says so and waits for the sweep, others go on."""
        try:
            return [self._processed(row)]
        except MachineError as refused:
            log.warning("process.waits", transmission=row.id, error=str(refused))
            refusals = {row.id: str(refused)}
            persistently(lambda: self.journal.record_waiting(refusals))
            return []

    def _processed(self, row: Received) -> TransmissionOutcome:
        try:
            if row.door == INTAKE_DOOR:
                one = self._collected(self.road.posted(row))
                return TransmissionOutcome(id=row.id, state="processed", outbound=(one,))
            return self.road.process(row)
        except (MachineError, MemoryError):
            raise
        except Exception as fault:
            log.exception("process.failed", transmission=row.id)
            return _dead(row, f"the gateway itself failed on it: {type(fault).__name__}")

    def _collected(self, document: Collected) -> OutboundOutcome:
        try:
            return self.road.collect(document)
        except (MachineError, MemoryError):
            raise
        except Exception as fault:
            log.exception("collect.failed", document=document.id)
            return outbound.broken(document, f"the gateway itself failed on it: {type(fault).__name__}")

    def _translated(self, row: Translatable) -> DocumentOutcome:
        try:
            return self.road.translate(row)
        except (MachineError, MemoryError):
            raise
        except Exception as fault:
            log.exception("translate.failed", document=row.id)
            return broken(row, f"the gateway itself failed on it: {type(fault).__name__}")

    def _on_loop(self, work: Awaitable[Value]) -> Value:
        async def run() -> Value:
            return await work

        return asyncio.run_coroutine_threadsafe(run(), self.loop).result()


def _dead(row: Received, reason: str) -> TransmissionOutcome:
    """Nothing more is tried. A document of ours is dead by itself, so that it is found among the documents."""
    if row.door != INTAKE_DOOR:
        return TransmissionOutcome(id=row.id, state="dead", reason=reason)
    one = OutboundOutcome(id=document_id(row.id), state="dead", reason=reason)
    return TransmissionOutcome(id=row.id, state="processed", outbound=(one,))
