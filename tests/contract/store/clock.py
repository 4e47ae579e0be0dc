"""A clock that stands still until it is turned."""

from datetime import UTC, datetime, timedelta


class Clock:
    """Called, it tells the time."""

    def __init__(self) -> None:
        self.time = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        """The time."""
        return self.time

    def turn(self, **by: float) -> None:
        """Turn it by a `timedelta` of these."""
        self.time += timedelta(**by)
