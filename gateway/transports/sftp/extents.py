"""Which bytes of a file are there: SFTP writes and reads name their offsets, and may leave holes."""

from bisect import bisect_left
from typing import Final

MOST_RUNS: Final = 1_024
"""Runs apart from each other; real clients have one, or a few while several requests are under way."""


class TooScattered(ValueError):
    """More separate runs than any honest client makes."""


class Extents:
    """Runs of bytes that are present, merged, in order."""

    def __init__(self, first: int = 0) -> None:
        """Start with the bytes 0 to `first` present."""
        self._runs: list[tuple[int, int]] = [(0, first)] if first else []

    @property
    def end(self) -> int:
        """One past the last byte present."""
        return self._runs[-1][1] if self._runs else 0

    @property
    def prefix(self) -> int:
        """How many bytes are present from the start without a hole."""
        return self._runs[0][1] if self._runs and self._runs[0][0] == 0 else 0

    def whole(self, size: int) -> bool:
        """Whether every byte below `size` is present."""
        return self.prefix >= size

    def add(self, start: int, length: int) -> None:
        """Bytes from `start`. Raises TooScattered."""
        if not length:
            return
        end = start + length
        runs = self._runs
        if runs and runs[-1][0] <= start <= runs[-1][1]:  # the next piece in order: nearly always
            runs[-1] = (runs[-1][0], max(runs[-1][1], end))
            return
        low = bisect_left(runs, start, key=lambda run: run[1])
        high = low
        while high < len(runs) and runs[high][0] <= end:
            start, end = min(start, runs[high][0]), max(end, runs[high][1])
            high += 1
        runs[low:high] = [(start, end)]
        if len(runs) > MOST_RUNS:
            raise TooScattered(f"more than {MOST_RUNS} separate pieces")

    def cut(self, size: int) -> None:
        """Forget bytes at and after `size`."""
        self._runs = [(start, min(end, size)) for start, end in self._runs if start < size]
