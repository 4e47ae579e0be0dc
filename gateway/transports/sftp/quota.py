"""How much of one channel may wait with us, open files counted: no partner fills our disk or takes all turns."""

import threading
from dataclasses import dataclass, field

import asyncssh

from gateway.pipeline.ports import Waiting


@dataclass(slots=True)
class Held:
    """What a channel has in files that are open just now, over all its connections. Files are opened in threads."""

    files: int = 0
    size: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


class Share:
    """One upload's part. `grow` before bytes are kept, `release` when they are stored elsewhere or forgotten."""

    def __init__(self, held: Held, waiting: Waiting, most: Waiting) -> None:
        """Raises SFTPFailure when so much waits already that nothing more may be begun."""
        self._held = held
        self._room = most.size - waiting.size
        self._size = 0
        self._released = False
        with held.lock:
            if waiting.files + held.files >= most.files or held.size >= self._room:
                raise _over()
            held.files += 1

    def grow(self, size: int) -> None:
        """The upload is to have `size` bytes. Raises SFTPFailure over the quota; then it does not have them."""
        with self._held.lock:
            more = size - self._size
            if more <= 0 or self._released:
                return
            if self._held.size + more > self._room:
                raise _over()
            self._held.size += more
            self._size = size

    def release(self) -> None:
        """Safe to call twice."""
        with self._held.lock:
            if not self._released:
                self._released = True
                self._held.files -= 1
                self._held.size -= self._size


def _over() -> asyncssh.SFTPFailure:
    return asyncssh.SFTPFailure("too much of yours waits here; rename or remove what is unfinished, or send later")
