"""When files may be offered: on the partner's clock, over midnight, weekends and the two odd nights of the year."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.partners.window import Window, is_open, opens_at
from tests.unit.partners.folder import CHANNEL, a_book, problems

CHICAGO = "America/Chicago"


def window(days: str | list[str] = "mon-fri", start: str = "06:00", end: str = "22:00") -> Window:
    return Window.model_validate({"days": days, "from": start, "to": end})


def there(text: str) -> datetime:
    """A time on a clock in Chicago; 2 March 2026 is a Monday."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(CHICAGO)).astimezone(UTC)


@pytest.mark.parametrize(
    ("moment", "opened"),
    [
        ("2026-03-02T05:59:59", False),
        ("2026-03-02T06:00", True),
        ("2026-03-02T21:59:59", True),
        ("2026-03-02T22:00", False),
        ("2026-03-07T12:00", False),
    ],
)
def test_a_window_opens_at_its_first_minute_and_is_closed_at_its_last(moment: str, opened: bool) -> None:
    assert is_open([window()], there(moment), CHICAGO) is opened


def test_without_windows_it_is_always_open() -> None:
    assert is_open([], there("2026-03-07T03:00"), CHICAGO)
    assert opens_at([], there("2026-03-07T03:00"), CHICAGO) == there("2026-03-07T03:00")


def test_a_window_over_midnight_belongs_to_the_day_it_begins() -> None:
    night = [window("fri", "22:00", "02:00")]

    assert is_open(night, there("2026-03-06T23:00"), CHICAGO)
    assert is_open(night, there("2026-03-07T01:59"), CHICAGO)
    assert not is_open(night, there("2026-03-06T01:00"), CHICAGO)
    assert not is_open(night, there("2026-03-07T22:30"), CHICAGO)


def test_a_closed_window_says_when_it_opens_next() -> None:
    assert opens_at([window()], there("2026-03-02T12:00"), CHICAGO) == there("2026-03-02T12:00")
    assert opens_at([window()], there("2026-03-02T05:00"), CHICAGO) == there("2026-03-02T06:00")
    assert opens_at([window()], there("2026-03-06T22:00"), CHICAGO) == there("2026-03-09T06:00")
    assert opens_at([window(), window("sat", "10:00", "11:00")], there("2026-03-06T22:00"), CHICAGO) == there(
        "2026-03-07T10:00"
    )


def test_a_window_in_the_hour_that_spring_skips_waits_for_the_next_day() -> None:
    skipped = [window("mon-sun", "02:10", "02:50")]

    assert opens_at(skipped, there("2026-03-07T03:00"), CHICAGO) == there("2026-03-09T02:10")


def test_a_window_that_begins_in_the_hour_that_spring_skips_opens_behind_it() -> None:
    half = [window("mon-sun", "02:30", "03:30")]
    jump = datetime(2026, 3, 8, 8, tzinfo=UTC)  # 02:00 becomes 03:00

    assert opens_at(half, there("2026-03-08T01:00"), CHICAGO) == jump
    assert is_open(half, jump, CHICAGO) and not is_open(half, jump - timedelta(seconds=1), CHICAGO)


def test_a_window_in_the_hour_that_autumn_repeats_opens_twice() -> None:
    night = [window("sun", "01:00", "01:30")]
    first, second = datetime(2026, 11, 1, 6, tzinfo=UTC), datetime(2026, 11, 1, 7, tzinfo=UTC)

    assert opens_at(night, first - timedelta(minutes=5), CHICAGO) == first
    assert opens_at(night, first + timedelta(minutes=31), CHICAGO) == second


@given(
    st.lists(
        st.tuples(st.sets(st.integers(0, 6), min_size=1), st.integers(0, 1439), st.integers(0, 1439)),
        min_size=1,
        max_size=3,
    ),
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)),  # noqa: DTZ001 - the zone is put on below
)
def test_the_next_opening_is_open_and_not_before_now(drawn: list[tuple[set[int], int, int]], moment: datetime) -> None:
    windows = [Window.model_construct(days=tuple(d), from_=a, to=b) for d, a, b in drawn if a != b]
    now = moment.replace(tzinfo=UTC)

    opening = opens_at(windows, now, CHICAGO)

    assert opening >= now
    assert is_open(windows, opening, CHICAGO)
    assert opening - now <= timedelta(days=15)


@pytest.mark.parametrize(
    ("days", "meant"),
    [
        ("sat", (5,)),
        ("mon-fri", (0, 1, 2, 3, 4)),
        ("sat-mon", (0, 5, 6)),
        (["mon", "wed-thu"], (0, 2, 3)),
        ("mon-sun", tuple(range(7))),
    ],
)
def test_days_are_written_as_people_write_them(days: str | list[str], meant: tuple[int, ...]) -> None:
    assert window(days).days == meant


def test_windows_stand_in_the_channel() -> None:
    text = CHANNEL.format(user="acme", carries="acme") + "windows:\n  - {days: mon-fri, from: 06:00, to: 22:00}\n"

    windows = a_book({"channels/acme-sftp.yaml": text}).channels["acme-sftp"].windows

    assert windows == (window(),)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("{days: monday, from: 06:00, to: 22:00}", "7:12: P012: 'monday' is not days of the week, like mon-fri"),
        ("{days: [], from: 06:00, to: 22:00}", "7:12: P012: at least one is expected"),
        ("{from: 6:00, to: 22:00}", "7:12: P012: '6:00' is not a time of day, like 06:00 or 22:30"),
        ("{from: 06:00, to: 25:00}", "7:23: P012: '25:00' is not a time of day"),
        ("{from: 06:00, to: 06:00}", "7:5: P012: from and to are the same"),
        ("{from: 24:00, to: 06:00}", "7:5: P012: 24:00 is the end of a day"),
        ("{from: 06:00}", "7:5: P011: 'to' is missing"),
        ("always", "7:5: P012: a table of keys is expected"),
    ],
)
def test_a_window_nobody_can_keep_is_told_at_its_place(written: str, said: str) -> None:
    text = CHANNEL.format(user="acme", carries="acme") + f"windows:\n  - {written}\n"

    assert problems({"channels/acme-sftp.yaml": text})[0].startswith(f"channels/acme-sftp.yaml:{said}")
