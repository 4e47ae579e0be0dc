"""Durable work without an engine that endures: enqueued by the store as ever, run when the played clock says so."""

import heapq
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gateway.engine.workflows import Workflows
from gateway.pipeline.ports import Task


@dataclass(slots=True)
class Work:
    """The `Scheduler` port in memory. Nothing runs while a transaction is open; what it takes back leaves work that
    finds nothing to do.
    """

    clock: Callable[[], datetime]
    _heap: list[tuple[datetime, int, Task, list[object]]] = field(default_factory=list)
    _count: Iterator[int] = field(default_factory=itertools.count)
    _known: set[str] = field(default_factory=set)

    def enqueue(
        self,
        connection: object,
        task: Task,
        arguments: Sequence[object],
        *,
        delay_seconds: float = 0.0,
        stable_id: str = "",
    ) -> None:
        """As in `Scheduler`."""
        if stable_id and stable_id in self._known:
            return
        self._known.add(stable_id)
        due = self.clock() + timedelta(seconds=delay_seconds)
        heapq.heappush(self._heap, (due, next(self._count), task, list(arguments)))

    def next_at(self) -> datetime | None:
        """When the next work is due, None when there is none."""
        return self._heap[0][0] if self._heap else None

    def run_due(self, workflows: Workflows) -> int:
        """Run all that is due by now, and what follows from it at once. Returns how many pieces that were."""
        ran, sealing = 0, False
        while self._heap and self._heap[0][0] <= self.clock():
            _, _, task, arguments = heapq.heappop(self._heap)
            sealing |= task == "seal"
            if task != "seal":  # whatever is to be sealed is sealed together, after all the rest
                getattr(workflows, task)(*arguments)
            ran += 1
            if sealing and not (self._heap and self._heap[0][0] <= self.clock()):
                sealing = False
                workflows.seal()
        return ran
