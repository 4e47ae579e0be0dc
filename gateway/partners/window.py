"""When files may be offered in a channel: hours of the week, on the partner's clock."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Final, Self
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, model_validator

from gateway.partners.form import Form

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""As they are written, in the order of `date.weekday()`."""

_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])|24:00")
_DAY: Final = 24 * 60


def _days(value: object) -> object:
    """`mon-fri`, `sat` or a list of such; a range may run over the end of the week."""
    parts = value if isinstance(value, list) else [value]
    found: set[int] = set()
    for part in parts:
        first, _, last = part.partition("-") if isinstance(part, str) else ("", "", "")
        if first not in DAYS or (last or first) not in DAYS:
            shown = part[:40] if isinstance(part, str) else "this"
            raise ValueError(f"'{shown}' is not days of the week, like mon-fri, sat or [mon, wed-fri]")
        start, end = DAYS.index(first), DAYS.index(last or first)
        found |= {day % 7 for day in range(start, end + 1 if end >= start else end + 8)}
    return tuple(sorted(found))


def _minutes(value: object) -> object:
    if not isinstance(value, str) or not _CLOCK.fullmatch(value):
        shown = f"'{value[:20]}'" if isinstance(value, str) else "this"
        raise ValueError(f"{shown} is not a time of day, like 06:00 or 22:30")
    hours, _, minutes = value.partition(":")
    return int(hours) * 60 + int(minutes)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


Clock = Annotated[int, BeforeValidator(_minutes), Field(ge=0, le=_DAY)]
"""Minutes since midnight, written HH:MM; 24:00 is the end of the day."""


class Window(Form):
    """Open from `from` until before `to` on each of `days`; when `to` is the earlier, until then on the next day."""

    days: Annotated[tuple[int, ...], BeforeValidator(_days), Field(min_length=1)] = tuple(range(7))
    from_: Annotated[Clock, Field(alias="from")]
    to: Clock

    @model_validator(mode="after")
    def _has_a_length(self) -> Self:
        if self.from_ == self.to:
            raise ValueError("from and to are the same: a window has a length; leave it out for always")
        if self.from_ == _DAY:
            raise ValueError("24:00 is the end of a day: the beginning of the next is 00:00")
        return self

    def __str__(self) -> str:
        days = "every day" if len(self.days) == len(DAYS) else " ".join(DAYS[day] for day in self.days)
        return f"{days} {_clock(self.from_)}-{_clock(self.to)}"

    def covers(self, local: datetime) -> bool:
        """Whether a local time is inside."""
        minutes, today, yesterday = local.hour * 60 + local.minute, local.weekday(), (local.weekday() - 1) % 7
        if self.from_ < self.to:
            return today in self.days and self.from_ <= minutes < self.to
        return (today in self.days and minutes >= self.from_) or (yesterday in self.days and minutes < self.to)


def is_open(windows: Sequence[Window], moment: datetime, time_zone: str) -> bool:
    """Whether an aware time is inside one of them on the clock of `time_zone`; without windows it always is."""
    local = moment.astimezone(ZoneInfo(time_zone))
    return not windows or any(window.covers(local) for window in windows)


def closes_at(windows: Sequence[Window], moment: datetime, time_zone: str) -> datetime:
    """`moment` when it is outside of all of them, else when the last one that follows without a gap closes, in UTC.

    Windows that are never all closed close a week from now at the latest.
    """
    zone, end = ZoneInfo(time_zone), moment
    for _ in range(7 * len(windows)):
        if not windows or not is_open(windows, end, time_zone):
            return end
        end = min(_ends(windows, end, zone))
        if end - moment > timedelta(days=7):
            break
    return end


def _ends(windows: Sequence[Window], moment: datetime, zone: ZoneInfo) -> list[datetime]:
    """When each window that covers a moment closes."""
    local = moment.astimezone(zone)
    found: list[datetime] = []
    for window in windows:
        for day in (local.date() - timedelta(days=1), local.date()):
            start = datetime.combine(day, time(window.from_ // 60, window.from_ % 60), zone)
            last = day + timedelta(days=window.from_ > window.to or window.to == _DAY)
            end = datetime.combine(last, time(window.to % _DAY // 60, window.to % 60), zone)
            if day.weekday() in window.days and start <= local < end:
                found.append(end.astimezone(UTC))
    return found or [moment + timedelta(minutes=1)]  # the hour that autumn repeats: looked at minute by minute


def opens_at(windows: Sequence[Window], moment: datetime, time_zone: str) -> datetime:
    """`moment` when it is inside a window, else when the next one opens, in UTC."""
    if is_open(windows, moment, time_zone):
        return moment
    zone = ZoneInfo(time_zone)
    today = moment.astimezone(zone).date()
    for ahead in range(15):  # a week has them all; one opening may fall into the hour that spring skips
        day = today + timedelta(days=ahead)
        starts = (
            start
            for window in windows
            if day.weekday() in window.days
            for start in _starts(datetime.combine(day, time(window.from_ // 60, window.from_ % 60), zone))
        )
        later = [start for start in starts if start > moment and is_open(windows, start, time_zone)]
        if later:
            return min(later)
    raise AssertionError("a window that opens every week was not found in two")


def _starts(local: datetime) -> Sequence[datetime]:
    """When a local time is, in UTC: twice in the hour that autumn repeats; in the one that spring skips, every minute
    around the jump, one of which is the first of a window that is open behind it.
    """
    first, second = (local.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    if first <= second:
        return (first, second)
    return [second + timedelta(minutes=minute) for minute in range(int((first - second).total_seconds()) // 60 + 1)]
