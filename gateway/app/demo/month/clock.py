"""The time of a played month, and what is to happen in it: a heap of moments."""

import heapq
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

Doing = Callable[[], object]


@dataclass(slots=True)
class Clock:
    """What everybody in the month asks for the time; it stands still until it is moved."""

    now: datetime

    def __call__(self) -> datetime:
        """The aware UTC time."""
        return self.now

    def forward(self, to: datetime) -> None:
        """Move it. It never goes back: what is in the past happens now."""
        self.now = max(self.now, to.astimezone(UTC))


@dataclass(slots=True)
class Agenda:
    """What is to happen, each at its time; of one moment in the order in which it was put down."""

    _heap: list[tuple[datetime, int, Doing]] = field(default_factory=list)
    _count: Iterator[int] = field(default_factory=itertools.count)

    def at(self, moment: datetime, doing: Doing) -> None:
        """Put something down for an aware time."""
        heapq.heappush(self._heap, (moment.astimezone(UTC), next(self._count), doing))

    def next_at(self) -> datetime | None:
        """When the next thing happens, None when nothing more does."""
        return self._heap[0][0] if self._heap else None

    def pop(self, before: datetime) -> tuple[datetime, Doing] | None:
        """The next thing that happens before then."""
        if not self._heap or self._heap[0][0] >= before:
            return None
        moment, _, doing = heapq.heappop(self._heap)
        return moment, doing
