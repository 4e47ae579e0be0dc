"""When to try again, as a value: backoff with jitter, the other side's own wish, and an end to patience. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to keep trying. Delays double from `first_delay_seconds` to `longest_delay_seconds`.

    Trying ends after `most_attempts` or when the first attempt is `longest_age` ago, whichever comes first.
    """

    first_delay_seconds: float = 2.0
    longest_delay_seconds: float = 900.0
    most_attempts: int = 12
    longest_age: timedelta = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Again:
    """Try again, not before this many seconds from now."""

    delay_seconds: float


@dataclass(frozen=True, slots=True)
class GiveUp:
    """No more attempts; `reason` says how many there were in which time."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One failed attempt. `permanent` is a no that trying again cannot change; `asked_seconds` is a Retry-After."""

    detail: str
    permanent: bool = False
    asked_seconds: float | None = None


def decide(
    failure: Failure,
    patience: Patience,
    *,
    attempts: int,
    first_attempt_at: datetime | None,
    now: datetime,
    random: float,
) -> Again | GiveUp:
    """What follows a failed attempt; `attempts` counts it. `random` is uniform in [0, 1)."""
    if failure.permanent:
        return GiveUp(failure.detail)
    age = now - (first_attempt_at or now)
    if attempts >= patience.most_attempts or age >= patience.longest_age:
        return GiveUp(f"given up after {attempts} attempts in {_in_words(age)}; the last: {failure.detail}")
    return Again(delay_seconds(attempts, patience, asked_seconds=failure.asked_seconds, random=random))


def delay_seconds(attempts: int, patience: Patience, *, random: float, asked_seconds: float | None = None) -> float:
    """Seconds to wait after `attempts`: between half and all of the doubled delay, never less than was asked for.

    What everybody was asked to wait is spread over a tenth more, or all would come back in the same second.
    """
    doubled = patience.first_delay_seconds * 2.0 ** min(attempts - 1, 30)
    delay = min(doubled, patience.longest_delay_seconds) * (0.5 + random / 2)
    return max(delay, (asked_seconds or 0.0) * (1 + random / 10))


def _in_words(age: timedelta) -> str:
    seconds = int(age.total_seconds())
    for size, name in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds // size} {name}"
    return f"{seconds} seconds"
