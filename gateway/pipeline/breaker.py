"""A destination that keeps failing is left alone: documents wait in their rows, and one probe asks now and then.

Without it every waiting document would spend its attempts on a system that is known to be down.
"""

from dataclasses import dataclass, replace

FIRST_PROBE_SECONDS = 2.0
"""After the pause begins: most outages are a restart, and nobody should wait a minute for that."""

LONGEST_PROBE_SECONDS = 60.0
"""A system that is back is found within a minute, at one request a minute while it is down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """Failures in a row against `failures_to_trip`. Immutable: every answer makes the next value."""

    failures_to_trip: int = 5
    failures: int = 0

    @property
    def open(self) -> bool:
        """Whether the destination is to be left alone."""
        return self.failures >= self.failures_to_trip

    def failed(self) -> "Breaker":
        """The destination itself failed: down, overloaded, or not letting us in. A refusal of one document is none."""
        return replace(self, failures=self.failures + 1)

    def answered(self) -> "Breaker":
        """The destination works, whatever it said of the document."""
        return replace(self, failures=0) if self.failures else self

    def half_open(self) -> "Breaker":
        """The pause is over: one more failure begins the next."""
        return replace(self, failures=min(self.failures, self.failures_to_trip - 1))


def probe_delay_seconds(probes: int, random: float) -> float:
    """Seconds before probe number `probes` (from 1): doubling to a minute, with jitter between half and all of it.

    `random` is uniform in [0, 1): several nodes must not ask in step.
    """
    doubled = FIRST_PROBE_SECONDS * 2.0 ** min(max(probes, 1) - 1, 30)
    return min(doubled, LONGEST_PROBE_SECONDS) * (0.5 + random / 2)
