"""Counts of connections and failures: who may come in, who waits, who is sent away. No I/O; time is handed in.

A ban is on the address, never on the account: nobody can lock a partner out from elsewhere.
"""

import ipaddress
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from gateway.transports.sftp.accounts import parse_address
from gateway.transports.sftp.limits import Limits

ADDRESSES_REMEMBERED: Final = 10_000
"""Addresses with failures kept in memory; the longest quiet is forgotten first."""


@dataclass(slots=True)
class _Record:
    failures: list[float] = field(default_factory=list)
    banned_until: float = 0.0


class Guard:
    """The counts of one listener."""

    def __init__(self, limits: Limits, now: Callable[[], float]) -> None:
        """`now` is a monotonic clock in seconds."""
        self._limits = limits
        self._now = now
        self._waiting: Counter[str] = Counter()
        self._inside: Counter[str] = Counter()
        self._records: OrderedDict[str, _Record] = OrderedDict()

    def arrive(self, address: str) -> str | None:
        """Count a new connection in, or say why it is refused (then it is not counted)."""
        source = _source(address)
        if self.banned(address):
            return "banned after too many failures"
        if self._waiting.total() >= self._limits.unauthenticated:
            return "too many connections that have not signed in"
        if self._waiting[source] >= self._limits.unauthenticated_per_address:
            return "too many connections from this address that have not signed in"
        self._waiting[source] += 1
        return None

    def leave(self, address: str) -> None:
        """A counted connection ended, or signed in."""
        _decrease(self._waiting, _source(address))

    def enter(self, channel: str) -> bool:
        """Count a signed-in connection of a channel; False (not counted) when it has too many."""
        if self._inside[channel] >= self._limits.connections_per_channel:
            return False
        self._inside[channel] += 1
        return True

    def exit(self, channel: str) -> None:
        """A connection counted by `enter` ended."""
        _decrease(self._inside, channel)

    def fail(self, address: str) -> float:
        """Record a failed sign-in; the seconds to wait before the answer."""
        source, now = _source(address), self._now()
        record = self._records.setdefault(source, _Record())
        self._records.move_to_end(source)
        while len(self._records) > ADDRESSES_REMEMBERED:
            self._records.popitem(last=False)
        since = now - self._limits.failure_window_seconds
        record.failures = [when for when in record.failures if when > since]
        record.failures.append(now)
        if len(record.failures) >= self._limits.failures_before_ban:
            record.banned_until = now + self._limits.ban_seconds
            record.failures.clear()
        doublings = min(max(len(record.failures) - 1, 0), 3)
        return self._limits.failure_delay_seconds * float(2**doublings)

    def banned(self, address: str) -> bool:
        """Whether the address is sent away for now."""
        record = self._records.get(_source(address))
        return record is not None and record.banned_until > self._now()


def _source(address: str) -> str:
    """What is counted as one: an IPv4 address, an IPv6 /64 (one customer's network has 2^64 addresses)."""
    parsed = parse_address(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed or address)


def _decrease(counts: Counter[str], key: str) -> None:
    counts[key] -= 1
    if counts[key] <= 0:
        del counts[key]
