"""Business time is that of the partner's people: their hours, their holidays, their clock in spring and autumn."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.ledger.calendar import ALWAYS, Calendar, Duration, Hours, NoBusinessTime

WORKDAYS = frozenset(range(5))
NEW_YORK = ZoneInfo("America/New_York")
OFFICE = Calendar(
    time_zone="America/New_York",
    hours=(Hours(WORKDAYS, 8 * 60, 17 * 60),),
    holidays=frozenset({date(2026, 11, 26), date(2026, 12, 25)}),
)
NIGHTS = Calendar(time_zone="America/New_York", hours=(Hours(frozenset(range(7)), 22 * 60, 6 * 60),))


def there(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)


@pytest.mark.parametrize(
    ("start", "duration", "due"),
    [
        pytest.param("2026-11-20T09:00", "4 business hours", "2026-11-20T13:00", id="within a day"),
        pytest.param("2026-11-20T15:00", "4 business hours", "2026-11-23T10:00", id="over a weekend"),
        pytest.param("2026-11-20T17:00", "1 business hour", "2026-11-23T09:00", id="at the closing minute"),
        pytest.param("2026-11-21T12:00", "30 business minutes", "2026-11-23T08:30", id="begun on a Saturday"),
        pytest.param("2026-11-25T16:00", "2 business hours", "2026-11-27T09:00", id="over a holiday"),
        pytest.param("2026-11-20T09:30", "1 business day", "2026-11-23T09:30", id="a day over a weekend"),
        pytest.param("2026-11-25T09:30", "2 business days", "2026-11-30T09:30", id="two days over a holiday"),
        pytest.param("2026-11-21T12:00", "1 business day", "2026-11-24T08:00", id="a day begun on a Saturday"),
        pytest.param("2026-11-20T09:00", "24 hours", "2026-11-21T09:00", id="hours of the clock know no weekend"),
    ],
)
def test_a_deadline_falls_into_the_partners_business_time(start: str, duration: str, due: str) -> None:
    assert Duration.parse(duration).after(there(start), OFFICE) == there(due).astimezone(UTC)


def test_the_hour_that_spring_skips_is_no_business_time() -> None:
    """On 8 March 2026 02:00 is followed by 03:00: the night has seven hours."""
    assert Duration.parse("7 business hours").after(there("2026-03-07T22:00"), NIGHTS) == there("2026-03-08T06:00")
    assert NIGHTS.business_minutes(there("2026-03-07T22:00"), there("2026-03-08T06:00")) == 7 * 60


def test_the_hour_that_autumn_repeats_is_counted_twice() -> None:
    """On 1 November 2026 the hour from 01:00 comes twice: the night has nine hours."""
    assert Duration.parse("9 business hours").after(there("2026-10-31T22:00"), NIGHTS) == there("2026-11-01T06:00")


def test_a_business_day_keeps_the_local_time_when_the_clocks_change() -> None:
    due = Duration.parse("1 business day").after(there("2026-10-30T09:00"), OFFICE)

    assert due.astimezone(NEW_YORK).isoformat() == "2026-11-02T09:00:00-05:00"
    assert due - there("2026-10-30T09:00").astimezone(UTC) == timedelta(hours=73)


def test_without_hours_every_day_but_holidays_is_business_time() -> None:
    around_the_clock = Calendar(holidays=frozenset({date(2026, 11, 26)}))
    start = datetime(2026, 11, 25, 22, tzinfo=UTC)

    assert Duration.parse("4 business hours").after(start, around_the_clock) == datetime(2026, 11, 27, 2, tzinfo=UTC)
    assert Duration.parse("4 business hours").after(start, ALWAYS) == start + timedelta(hours=4)


def test_hours_that_overlap_are_counted_once() -> None:
    shifts = Calendar(hours=(Hours(WORKDAYS, 6 * 60, 14 * 60), Hours(WORKDAYS, 12 * 60, 20 * 60)))
    start = datetime(2026, 11, 23, 6, tzinfo=UTC)

    assert Duration.parse("13 business hours").after(start, shifts) == datetime(2026, 11, 23, 19, tzinfo=UTC)
    assert shifts.business_minutes(start, start + timedelta(days=1)) == 14 * 60


def test_a_calendar_that_never_opens_is_said_and_not_waited_for() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    closed = Calendar(
        hours=(Hours(frozenset({0}), 0, 60),),
        holidays=frozenset(date(2026, 1, 1) + timedelta(days=ahead) for ahead in range(2_000)),
    )

    with pytest.raises(NoBusinessTime, match="no business time within 800 days"):
        Duration.parse("1 business hour").after(start, closed)
    with pytest.raises(NoBusinessTime):
        Duration.parse("1 business day").after(start, closed)


@pytest.mark.parametrize(
    "text", ["", "0 hours", "-1 hours", "1.5 hours", "24", "hours", "24 weeks", "99999 hours", "x"]
)
def test_what_is_no_duration_is_refused_with_examples(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration, like 24 hours, 30 minutes, 4 business hours"):
        Duration.parse(text)


@pytest.mark.parametrize("text", ["1 hour", "24 hours", "30 minutes", "1 business day", "10 business days"])
def test_a_duration_reads_as_it_was_written(text: str) -> None:
    assert str(Duration.parse(text)) == text


hours = st.builds(
    Hours,
    st.frozensets(st.integers(0, 6), min_size=1),
    st.integers(0, 1439),
    st.integers(1, 1440),
).filter(lambda one: one.start != one.end)
calendars = st.builds(
    Calendar,
    time_zone=st.sampled_from(["UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kolkata"]),
    hours=st.lists(hours, max_size=3).map(tuple),
    holidays=st.frozensets(st.dates(date(2026, 1, 1), date(2026, 12, 31)), max_size=8),
)
moments = st.integers(0, 335 * 24 * 3600).map(
    lambda seconds: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)
counts = st.integers(1, 3_000)


@settings(deadline=None)
@given(calendars, moments, counts)
def test_between_the_start_and_the_deadline_lies_exactly_the_time_that_was_given(
    calendar: Calendar, start: datetime, count: int
) -> None:
    due = Duration(count, "minutes", business=True).after(start, calendar)

    assert calendar.business_minutes(start, due) == count
    assert calendar.is_open(due - timedelta(microseconds=1))


@settings(deadline=None)
@given(calendars, moments, counts, counts)
def test_one_deadline_after_another_is_the_deadline_of_both(
    calendar: Calendar, start: datetime, first: int, second: int
) -> None:
    one = Duration(first, "minutes", business=True).after(start, calendar)
    two = Duration(second, "minutes", business=True).after(one, calendar)

    assert two == Duration(first + second, "minutes", business=True).after(start, calendar)


@settings(deadline=None)
@given(calendars, moments, moments, st.sampled_from(["minutes", "hours", "days"]), st.integers(1, 40))
def test_what_begins_later_is_never_due_earlier(
    calendar: Calendar, one: datetime, two: datetime, unit: str, count: int
) -> None:
    earlier, later = sorted((one, two))
    duration = Duration.parse(f"{count} business {unit}")

    assert duration.after(earlier, calendar) <= duration.after(later, calendar)
    assert duration.after(earlier, calendar) > earlier
