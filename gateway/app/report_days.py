"""Which moments the days, weeks and months of a report are, in one time zone."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from gateway.errors import UsageError
from gateway.pipeline.reconciling import over


@dataclass(frozen=True, slots=True)
class Days:
    """Days in a zone; a day that daylight saving makes shorter or longer is that long."""

    zone: ZoneInfo

    def begins(self, day: date) -> datetime:
        """The moment a day begins, in UTC."""
        return datetime.combine(day, time(), self.zone).astimezone(UTC)

    def ends(self, day: date) -> datetime:
        """The moment the next one begins."""
        return self.begins(day + timedelta(days=1))

    def of(self, at: datetime) -> date:
        """The day of a moment."""
        return at.astimezone(self.zone).date()


@dataclass(frozen=True, slots=True)
class Weeks:
    """Weeks of a trend, by their Monday: "2026-11-02"."""

    def of(self, day: date) -> str:
        """As in `Beginnings`."""
        return (day - timedelta(days=day.weekday())).isoformat()

    def before(self, begins: str) -> str:
        """As in `Beginnings`."""
        return (date.fromisoformat(begins) - timedelta(days=7)).isoformat()


@dataclass(frozen=True, slots=True)
class Months:
    """Months of a trend: "2026-11"."""

    def of(self, day: date) -> str:
        """As in `Beginnings`."""
        return f"{day:%Y-%m}"

    def before(self, begins: str) -> str:
        """As in `Beginnings`."""
        return f"{date.fromisoformat(f'{begins}-01') - timedelta(days=1):%Y-%m}"


STANDARD_DAYS: Final = 30
"""How far back a report looks when nobody says."""


@dataclass(frozen=True, slots=True)
class Span:
    """Days of a report, both included."""

    first: date
    last: date


def span(from_: str, to: str, today: date) -> Span:
    """The days that are meant; the last 30 where nobody says. Raises UsageError."""
    last = a_day(to, "--to") or today
    first = a_day(from_, "--from") or last - timedelta(days=STANDARD_DAYS - 1)
    if first > last:
        raise UsageError(f"--from {first} is after --to {last}")
    return Span(first, last)


def days_meant(day: str, from_: str, to: str, now: datetime, zones: Iterable[str]) -> Span:
    """The days that are reconciled: one, or several; the last that is over in all of these zones where nobody says.
    Raises UsageError.
    """
    if day and (from_ or to):
        raise UsageError("--day is one day, --from and --to are several: give the one or the others")
    if bool(from_) != bool(to):
        raise UsageError("--from and --to go together")
    first = a_day(from_, "--from") or a_day(day, "--day")
    last = a_day(to, "--to") or first
    if first is None or last is None:
        first = last = over(now, zones)
    return Span(first, last)


def a_day(text: str, option: str) -> date | None:
    """A day of our time as people type it; None for "". Raises UsageError."""
    if not text:
        return None
    try:
        return _of_our_time(text)
    except ValueError:
        raise UsageError(f"{option} {text!r}: a day, like 2026-11-30") from None


def midnight(text: str, option: str) -> datetime | None:
    """The moment such a day begins in UTC; None for "". Raises UsageError."""
    day = a_day(text, option)
    return None if day is None else datetime.combine(day, time(), UTC)


def a_month(text: str) -> tuple[date, date]:
    """First and last day of "2026-11". Raises UsageError."""
    try:
        first = _of_our_time(f"{text}-01")
    except ValueError:
        raise UsageError(f"--month {text!r}: a month, like 2026-11") from None
    following = (first + timedelta(days=32)).replace(day=1)
    return first, following - timedelta(days=1)


def _of_our_time(text: str) -> date:
    if not re.fullmatch(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}", text, re.ASCII):
        raise ValueError(text)
    return date.fromisoformat(text)
