"""Hands batches of documents to destinations: so many at once, and none at all to one that keeps failing.

Failures in a row are counted per destination over all batches of this process: batches are small, and each on its own
would never see enough of them. Across processes the destination's row is the truth; the journal reads it.
"""

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import structlog

from gateway.pipeline.breaker import Breaker
from gateway.pipeline.inbound.deliver import DeliveryTerms, decide, must_look_up
from gateway.pipeline.ports import Backend
from gateway.pipeline.stage import Deliverable, DeliveryOutcome, Reply

log = structlog.get_logger("gateway.backends")


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """One of our systems and how to treat it: `concurrency` posts at once from this process, and the number of
    failures in a row that pauses it.
    """

    backend: Backend
    terms: DeliveryTerms = field(default_factory=DeliveryTerms)
    concurrency: int = 8
    failures_to_trip: int = 5


@dataclass(slots=True)
class _Line:
    """What this process knows of one destination. `doubtful` are keys of probes whose outcome stayed unknown."""

    slots: asyncio.Semaphore
    breaker: Breaker
    batches: int = 0

    def count(self, reply: Reply) -> None:
        """An answer of any kind shows that the destination works; no answer, or "not now", that it does not."""
        failed = reply.kind in ("retry", "unknown")
        self.breaker = self.breaker.failed() if failed else self.breaker.answered()

    doubtful: set[str] = field(default_factory=set)


class Deliveries:
    """Concurrent hand-over. Use it from one event loop."""

    def __init__(
        self,
        destinations: Mapping[str, Destination],
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        uniform: Callable[[], float] = random.random,
    ) -> None:
        self._destinations = destinations
        self._clock, self._uniform = clock, uniform
        self._lines: dict[str, _Line] = {}

    async def deliver(
        self, destination: str, documents: Sequence[Deliverable]
    ) -> tuple[Sequence[DeliveryOutcome], bool]:
        """Post every document, in order of start. Returns outcomes, and whether the destination is to be paused.

        Once enough failures in a row have tripped, nothing more is posted: documents not tried have no outcome, stay
        "mapped" in their rows and have spent no attempt.
        """
        known = self._destinations.get(destination)
        if known is None:
            return [self._nowhere(destination, document) for document in documents], False
        line = self._line(destination, known)
        if line.batches == 0:
            # The journal gave us these documents: a pause there was is over. One more failure pauses again.
            line.breaker = line.breaker.half_open()
        line.batches += 1
        try:
            tried = await asyncio.gather(*(self._in_turn(known, line, document) for document in documents))
        finally:
            line.batches -= 1
        outcomes = [outcome for outcome in tried if outcome is not None]
        # One that was not tried has no next try of its own: the pause's probe takes care of it.
        trip = line.breaker.open or None in tried
        if trip:
            log.warning("destination.tripped", destination=destination, failures=line.breaker.failures)
        return outcomes, trip

    async def probe(self, destination: str, document: Deliverable) -> DeliveryOutcome:
        """One try of one document while the destination is paused."""
        known = self._destinations.get(destination)
        if known is None:
            return self._nowhere(destination, document)
        line = self._line(destination, known)
        outcome = await self._attempt(known, line, document)
        line.count(outcome.reply)
        # A failed probe is written to the destination's row, not to the document's: its attempts do not show it.
        if outcome.reply.kind == "unknown":
            line.doubtful.add(document.key)
        return outcome

    def interrupted(self, destination: str, documents: Sequence[Deliverable]) -> Sequence[DeliveryOutcome]:
        """What becomes of documents that a process was handing over when it died: it may have posted them or not.

        Nothing, where the same key again has one effect: they are simply tried again.
        """
        known = self._destinations.get(destination)
        if known is None or known.terms.idempotency == "key":
            return []
        reply = Reply(kind="unknown", detail="the gateway was stopped while it handed this over")
        return [
            decide(document, reply, known.terms, now=self._clock(), random=self._uniform()) for document in documents
        ]

    async def close(self) -> None:
        """Close every backend."""
        for destination in self._destinations.values():
            await destination.backend.close()

    def _line(self, name: str, destination: Destination) -> _Line:
        if name not in self._lines:
            breaker = Breaker(failures_to_trip=destination.failures_to_trip)
            self._lines[name] = _Line(asyncio.Semaphore(destination.concurrency), breaker)
        return self._lines[name]

    async def _in_turn(self, destination: Destination, line: _Line, document: Deliverable) -> DeliveryOutcome | None:
        async with line.slots:
            if line.breaker.open:
                return None
            outcome = await self._attempt(destination, line, document)
            line.count(outcome.reply)
            return outcome

    async def _attempt(self, destination: Destination, line: _Line, document: Deliverable) -> DeliveryOutcome:
        reply = await self._safely(destination, line, document)
        if reply.kind in ("delivered", "known", "refused"):
            line.doubtful.discard(document.key)
        return decide(document, reply, destination.terms, now=self._clock(), random=self._uniform())

    async def _asked(self, destination: Destination, line: _Line, document: Deliverable) -> Reply:
        if must_look_up(document, destination.terms, doubtful=document.key in line.doubtful):
            found = await destination.backend.look_up(document)
            if found.kind != "refused":  # known, or it cannot say: only "certainly not there" allows a post
                return found
        return await destination.backend.deliver(document)

    async def _safely(self, destination: Destination, line: _Line, document: Deliverable) -> Reply:
        try:
            return await self._asked(destination, line, document)
        except Exception as fault:  # an adapter's own fault: its neighbours' outcomes must not be lost
            log.exception("delivery.failed", document=document.id)
            return Reply(kind="unknown", detail=f"the gateway itself failed on it: {type(fault).__name__}")

    def _nowhere(self, name: str, document: Deliverable) -> DeliveryOutcome:
        reason = f"there is no destination {name!r}: add it, then replay"
        return DeliveryOutcome(id=document.id, state="held", reply=Reply(kind="refused", detail=reason), reason=reason)
