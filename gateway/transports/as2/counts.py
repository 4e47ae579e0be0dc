"""How much of it there may be at once, and how much of it is written down. No I/O; time is handed in."""

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import IPv6Address, ip_address

ADDRESSES_REMEMBERED = 10_000
"""The one longest quiet is forgotten first."""


def whose(remote: str) -> str:
    """What an address is counted as: of IPv6 its /64, since whoever has one address has all of those."""
    try:
        one = ip_address(remote.partition("%")[0])
    except ValueError:
        return remote
    if isinstance(one, IPv6Address) and one.ipv4_mapped is None:
        return str(IPv6Address(int(one) >> 64 << 64))
    return remote


class InHand:
    """Requests being worked on, by address: one partner's hundred slow connections leave room for the others."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._count: Counter[str] = Counter()

    @contextmanager
    def one(self, remote: str) -> Iterator[bool]:
        """Count one request; False when there are too many from this address."""
        remote = whose(remote)
        if self._count[remote] >= self._most:
            yield False
            return
        self._count[remote] += 1
        try:
            yield True
        finally:
            self._count[remote] -= 1
            if not self._count[remote]:
                del self._count[remote]


class Allowance:
    """So many within so many seconds by each address. What goes beyond is answered all the same, and not stored:
    nobody who is unknown to us fills our disk.
    """

    def __init__(self, most: int, seconds: float, now: Callable[[], float]) -> None:
        """`now` is a monotonic clock in seconds."""
        self._most, self._seconds, self._now = most, seconds, now
        self._seen: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def left(self, remote: str) -> bool:
        """Whether there is one left, without taking it."""
        remote = whose(remote)
        began, count = self._seen.get(remote, (self._now(), 0))
        return count < self._most or self._now() - began >= self._seconds

    def take(self, remote: str) -> bool:
        """Whether there was one left; it is taken."""
        remote = whose(remote)
        began, count = self._seen.pop(remote, (self._now(), 0))
        if self._now() - began >= self._seconds:
            began, count = self._now(), 0
        self._seen[remote] = (began, min(count + 1, self._most + 1))
        if len(self._seen) > ADDRESSES_REMEMBERED:
            self._seen.popitem(last=False)
        return count < self._most
