"""Who of this process may hand over what, and when: one workflow at a time a document, a few at a time a destination.

Two pieces of work may know of one document: a retry that waits for its time and the resumption after a pause, or the
sweep. The database lets only one of them write what came of it; here only one of them posts it.
"""

import threading
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager

BATCHES_AT_ONCE = 6
"""Batches of one destination under way in this process, of the engine's sixteen: a slow one leaves room for others."""

LONGEST_WAIT_SECONDS = 30.0
WAITS_A_SECOND = 20.0
"""Batches that are told to come back, at most: what waits for a slow system must not keep the engine busy."""


class Turns:
    """Which documents and destinations have work under way in this process. Threads share one."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._documents: set[str] = set()
        self._batches: Counter[str] = Counter()
        self._waiting: Counter[str] = Counter()

    @contextmanager
    def batch(self, destination: str) -> Iterator[float]:
        """0.0 for a batch that may begin now, or the seconds after which it should come back."""
        with self._changed:
            begins = self._batches[destination] < BATCHES_AT_ONCE
            self._batches[destination] += begins
            self._waiting[destination] = max(0, self._waiting[destination] + (-1 if begins else 1))
            wait = 0.0 if begins else min(LONGEST_WAIT_SECONDS, 1.0 + self._waiting[destination] / WAITS_A_SECOND)
        try:
            yield wait
        finally:
            with self._changed:
                self._batches[destination] -= begins

    def of(self, documents: Sequence[str]) -> Generator[Sequence[str], None, None]:
        """Those nobody has in hand, then the others as they are put down. In our hand until the next is asked for."""
        left = list(documents)
        while left:
            mine = self._free(left)
            try:
                yield mine
            finally:
                with self._changed:
                    self._documents.difference_update(mine)
                    self._changed.notify_all()
            done = set(mine)
            left = [one for one in left if one not in done]

    def _free(self, documents: Sequence[str]) -> Sequence[str]:
        with self._changed:
            self._changed.wait_for(lambda: not self._documents.issuperset(documents))
            mine = [one for one in documents if one not in self._documents]
            self._documents.update(mine)
            return mine
