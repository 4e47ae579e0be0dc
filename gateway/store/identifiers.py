"""Identifiers that sort by the time they were made: 26 characters, as ULIDs are."""

import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O, U to be misread on the telephone."""

LENGTH = 26
"""48 bits of milliseconds and 80 of chance, five to a character."""

_CHANCE_BITS = 80
_CHANCE_BYTES = _CHANCE_BITS // 8


class Identifiers:
    """Makes ids. Those of one process grow strictly: within a millisecond the last one is counted up.

    `random` is asked for 10 bytes; ids are names, not secrets. Threads may share one.
    """

    def __init__(
        self,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        random: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self._now, self._random = now, random
        self._last = 0
        self._lock = threading.Lock()

    def __call__(self) -> str:
        """The next id. A clock that is set back does not bring the order back with it."""
        milliseconds = int(self._now().timestamp() * 1000)
        fresh = (milliseconds << _CHANCE_BITS) | int.from_bytes(self._random(_CHANCE_BYTES), "big")
        with self._lock:
            same_or_earlier = fresh >> _CHANCE_BITS <= self._last >> _CHANCE_BITS
            self._last = self._last + 1 if same_or_earlier else fresh
            return _spelled(self._last)


def _spelled(number: int) -> str:
    return "".join(ALPHABET[(number >> shift) & 31] for shift in range(5 * (LENGTH - 1), -1, -5))


def lowest(moment: datetime) -> str:
    """What no id made from that moment on sorts before. `moment` is aware."""
    return _spelled(int(moment.timestamp() * 1000) << _CHANCE_BITS)
