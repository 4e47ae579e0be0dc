"""Business time reckoned another way than the gateway does it: minute by minute over the whole month, each minute asked
whether a clock on the wall of the partner shows business time. Slow, and plain enough to be believed.
"""

import bisect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

_MINUTE = timedelta(minutes=1)


@dataclass(slots=True, kw_only=True)
class WallClock:
    """A partner's business time. `hours` are (weekdays from Monday 0, first minute, minute after the last) of a local
    day; without them every minute of a day that is no holiday counts.
    """

    zone: str
    hours: Sequence[tuple[Sequence[int], int, int]]
    holidays: Sequence[date]
    first: datetime
    last: datetime
    _open: list[datetime] = field(default_factory=list)
    _days: Mapping[date, tuple[datetime, datetime]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        moment, zone = self.first.astimezone(UTC).replace(second=0, microsecond=0), ZoneInfo(self.zone)
        days: dict[date, tuple[datetime, datetime]] = {}
        while moment < self.last:
            local = moment.astimezone(zone)
            if self._counts(local):
                self._open.append(moment)
                opened, _ = days.get(local.date(), (moment, moment))
                days[local.date()] = (opened, moment + _MINUTE)
            moment += _MINUTE
        self._days = days

    def _counts(self, local: datetime) -> bool:
        if local.date() in self.holidays:
            return False
        minute = local.hour * 60 + local.minute
        return not self.hours or any(local.weekday() in days and a <= minute < b for days, a, b in self.hours)

    def after(self, start: datetime, count: int, unit: str, *, business: bool) -> datetime | None:
        """When so much time is over that began at `start`; None when that is beyond what was reckoned."""
        if not business:
            return start + timedelta(**{unit: count})
        if unit == "days":
            return self._days_after(start, count)
        wanted = count * (60 if unit == "hours" else 1)
        whole = start.astimezone(UTC).replace(second=0, microsecond=0)
        at = bisect.bisect_left(self._open, whole)
        if at >= len(self._open):
            return None
        inside = self._open[at] == whole
        last = at + wanted - (0 if inside and start != whole else 1)
        if last >= len(self._open):
            return None
        rest = start - whole if inside else timedelta()
        return self._open[last] + (rest if rest else _MINUTE)

    def _days_after(self, start: datetime, count: int) -> datetime | None:
        zone = ZoneInfo(self.zone)
        local = start.astimezone(zone)
        today = self._days.get(local.date())
        later = sorted(day for day in self._days if day > local.date())
        if today is not None and start < today[1]:
            minute, seconds = local, start
            if start < today[0]:
                minute = seconds = today[0].astimezone(zone)
        elif later:
            opening = self._days[later.pop(0)][0]
            minute = seconds = opening.astimezone(zone)
        else:
            return None
        if len(later) < count:
            return None
        opens, closes = self._days[later[count - 1]]
        wanted = datetime.combine(later[count - 1], minute.time().replace(second=0, microsecond=0), zone)
        wanted += timedelta(seconds=seconds.second)
        return min(max(wanted.astimezone(UTC), opens), closes)
