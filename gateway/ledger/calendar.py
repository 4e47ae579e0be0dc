"""Business time: when a partner's people work, and when so much of their time has passed. Pure arithmetic.

Time is counted as it really passes, in UTC between the openings of each local day, so that the hour which spring skips
is not counted and the hour which autumn repeats is counted twice, as the people who sit through it would say.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

MINUTES_A_DAY: Final = 24 * 60
LONGEST_SEARCH_DAYS: Final = 800
"""Days looked ahead for business time: two years of holidays are no calendar but a mistake."""

MOST: Final = 10_000
"""The largest count of a duration: more is a slip of the finger."""

Unit = Literal["minutes", "hours", "days"]

_DURATION = re.compile(r"([1-9][0-9]{0,4}) +(business +)?(minute|hour|day)s?")


class NoBusinessTime(ValueError):
    """The calendar never opens: every day of two years is closed."""


@dataclass(frozen=True, slots=True)
class Hours:
    """Open on `days` (0 is Monday) from minute `start` of the local day until before `end`, at most 1,440.

    When `end` is not later than `start` it is that of the following day.
    """

    days: frozenset[int]
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The clock of a partner. Without `hours` every hour of a day that is no holiday is one of business."""

    time_zone: str = "UTC"
    hours: tuple[Hours, ...] = ()
    holidays: frozenset[date] = frozenset()

    def is_open(self, moment: datetime) -> bool:
        """Whether an aware time is business time."""
        return any(start <= moment < end for start, end in self._spans(moment))

    def works(self, day: date) -> bool:
        """Whether there is any business on a day."""
        return day not in self.holidays and (not self.hours or any(day.weekday() in one.days for one in self.hours))

    def opening(self, moment: datetime) -> datetime:
        """`moment` itself in business time, else when that begins again, in UTC. Raises NoBusinessTime."""
        start, _ = next(self._spans(moment))
        return max(start, moment.astimezone(UTC))

    def business_minutes(self, start: datetime, end: datetime) -> int:
        """Whole minutes of business time between two aware times; 0 when `end` is not the later."""
        total = timedelta()
        for opens, closes in self._spans(start, until=end):
            if opens >= end:
                break
            total += max(timedelta(), min(closes, end) - max(opens, start))
        return total // timedelta(minutes=1)

    def _spans(self, moment: datetime, until: datetime | None = None) -> Iterator[tuple[datetime, datetime]]:
        """Business time that ends after `moment`, span by span, without overlaps, in UTC. Raises NoBusinessTime."""
        zone, last = ZoneInfo(self.time_zone), None
        # A span of the day before may run over midnight.
        first = moment.astimezone(zone).date() - timedelta(days=1)
        idle = 0
        day = first
        while idle < LONGEST_SEARCH_DAYS:
            idle += 1
            for opens, closes in self._of_day(day, zone):
                opens = max(opens, last) if last else opens
                if opens < closes and closes > moment:
                    idle = 0
                    yield opens, closes
                last = max(closes, last) if last else closes
            day += timedelta(days=1)
            if until is not None and datetime.combine(day, time(), zone) > until + timedelta(days=1):
                return
        raise NoBusinessTime(f"no business time within {LONGEST_SEARCH_DAYS} days of {first}")

    def closing(self, day: date) -> datetime:
        """When business ends on a day, or on the last one before that has any, in UTC. Raises NoBusinessTime."""
        zone = ZoneInfo(self.time_zone)
        for back in range(LONGEST_SEARCH_DAYS):
            if spans := self._of_day(day - timedelta(days=back), zone):
                return max(closes for _, closes in spans)
        raise NoBusinessTime(f"no business time within {LONGEST_SEARCH_DAYS} days before {day}")

    def _back(self, moment: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Business time that begins before `moment`, the latest first, without overlaps. Raises NoBusinessTime."""
        zone, limit, idle = ZoneInfo(self.time_zone), moment, 0
        day = moment.astimezone(zone).date()
        while idle < LONGEST_SEARCH_DAYS:
            idle += 1
            for opens, closes in sorted(self._of_day(day, zone), key=lambda span: span[1], reverse=True):
                if opens < min(closes, limit):
                    idle = 0
                    yield opens, min(closes, limit)
                    limit = opens
            day -= timedelta(days=1)
        raise NoBusinessTime(f"no business time within {LONGEST_SEARCH_DAYS} days before {day}")

    def _of_day(self, day: date, zone: ZoneInfo) -> list[tuple[datetime, datetime]]:
        if day in self.holidays:
            return []
        every = self.hours or (Hours(frozenset(range(7)), 0, MINUTES_A_DAY),)
        return sorted(
            (_moment(day, one.start, zone), _moment(day, one.end + MINUTES_A_DAY * (one.end <= one.start), zone))
            for one in every
            if day.weekday() in one.days
        )


def _moment(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    """The instant of a local time, counted from midnight of `day`; one that spring skips is that much later."""
    local = datetime.combine(day + timedelta(days=minutes // MINUTES_A_DAY), time(), zone)
    return local.replace(hour=minutes % MINUTES_A_DAY // 60, minute=minutes % 60).astimezone(UTC)


ALWAYS: Final = Calendar()


@dataclass(frozen=True, slots=True)
class Duration:
    """So long: `24 hours` of the clock, or `4 business hours` and `2 business days` of a partner's calendar."""

    count: int
    unit: Unit
    business: bool = False

    @classmethod
    def parse(cls, text: str) -> "Duration":
        """The duration that a text means. Raises ValueError."""
        found = _DURATION.fullmatch(text.strip())
        if found is None or int(found[1]) > MOST:
            raise ValueError(
                f"'{text[:40]}' is not a duration, like 24 hours, 30 minutes, 4 business hours or 2 business days"
            )
        units: dict[str, Unit] = {"minute": "minutes", "hour": "hours", "day": "days"}
        return cls(int(found[1]), units[found[3]], bool(found[2]))

    def __str__(self) -> str:
        unit = self.unit if self.count != 1 else self.unit.removesuffix("s")
        return f"{self.count} {'business ' if self.business else ''}{unit}"

    def after(self, start: datetime, calendar: Calendar) -> datetime:
        """When it is over that began at the aware time `start`, in UTC. Raises NoBusinessTime.

        A business day later is the same local time of the next day that has business hours, or its closing time when
        that is earlier; what begins outside business time begins at the next opening.
        """
        if not self.business:
            return start.astimezone(UTC) + timedelta(**{self.unit: self.count})
        if self.unit == "days":
            return _days_after(start, self.count, calendar)
        left = timedelta(**{self.unit: self.count})
        for opens, closes in calendar._spans(start):
            begun = max(opens, start)
            if left <= closes - begun:
                return (begun + left).astimezone(UTC)
            left -= closes - begun
        raise AssertionError("business time ended without saying so")

    def before(self, end: datetime, calendar: Calendar) -> datetime:
        """When so much time is left until the aware time `end`, in UTC. Raises NoBusinessTime.

        A business day earlier is the same local time of the day before that has business hours, or its opening time
        when that is later; what ends outside business time ends when that ended last.
        """
        if not self.business:
            return end.astimezone(UTC) - timedelta(**{self.unit: self.count})
        if self.unit == "days":
            return _days_before(end, self.count, calendar)
        left = timedelta(**{self.unit: self.count})
        for opens, closes in calendar._back(end):
            if left <= closes - opens:
                return (closes - left).astimezone(UTC)
            left -= closes - opens
        raise AssertionError("business time ended without saying so")


def _days_before(end: datetime, count: int, calendar: Calendar) -> datetime:
    zone = ZoneInfo(calendar.time_zone)
    last = next(calendar._back(end))[1].astimezone(zone)
    # What ends at midnight ended on the day before.
    ended = last - timedelta(microseconds=1) if (last.hour, last.minute, last.second) == (0, 0, 0) else last
    day, left, idle = ended.date(), count, 0
    while left:
        day -= timedelta(days=1)
        idle += 1
        if calendar._of_day(day, zone):
            left, idle = left - 1, 0
        elif idle > LONGEST_SEARCH_DAYS:
            raise NoBusinessTime(f"no business day within {LONGEST_SEARCH_DAYS} days before {day}")
    spans = calendar._of_day(day, zone)
    minutes = last.hour * 60 + last.minute + (MINUTES_A_DAY if ended.date() != last.date() else 0)
    wanted = _moment(day, minutes, zone) + timedelta(seconds=last.second)
    return max(min(wanted, max(closes for _, closes in spans)), spans[0][0])


def _days_after(start: datetime, count: int, calendar: Calendar) -> datetime:
    zone = ZoneInfo(calendar.time_zone)
    begun = calendar.opening(start).astimezone(zone)
    day, left, idle = begun.date(), count, 0
    while left:
        day += timedelta(days=1)
        idle += 1
        if calendar._of_day(day, zone):
            left, idle = left - 1, 0
        elif idle > LONGEST_SEARCH_DAYS:
            raise NoBusinessTime(f"no business day within {LONGEST_SEARCH_DAYS} days of {day}")
    spans = calendar._of_day(day, zone)
    wanted = _moment(day, begun.hour * 60 + begun.minute, zone) + timedelta(seconds=begun.second)
    return min(max(wanted, spans[0][0]), max(closes for _, closes in spans))
