"""Days of partners, and the counts that have to add up in them."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from gateway.errors import UsageError
from gateway.pipeline.numbering import Hole, holes, scattered
from gateway.pipeline.reconciling import HandedIn, Received, Sent, Wanted, span
from gateway.pipeline.reconciling_sheet import COLUMNS

ZONES = ("UTC", "America/New_York", "Europe/Berlin", "Asia/Kathmandu", "Pacific/Apia", "America/Havana", "Africa/Cairo")


@pytest.mark.parametrize("zone", ZONES)
def test_days_follow_each_other_without_a_moment_between_or_twice(zone: str) -> None:
    first = date(2026, 1, 1)
    days = [span(first + timedelta(days=number), zone) for number in range(366)]

    assert all(one.end == after.start for one, after in pairwise(days))
    assert {one.end - one.start for one in days} <= {timedelta(hours=hours) for hours in (23, 24, 25)}


def test_the_day_on_which_clocks_are_changed_has_its_own_length() -> None:
    forward, back = (span(date(2026, *day), "America/New_York") for day in ((3, 8), (11, 1)))

    assert (forward.end - forward.start, back.end - back.start) == (timedelta(hours=23), timedelta(hours=25))
    assert forward.start == datetime(2026, 3, 8, 5, tzinfo=UTC)
    assert back.end == datetime(2026, 11, 2, 5, tzinfo=UTC)


def test_a_day_that_is_on_no_calendar_there_is_empty() -> None:
    here = span(date(2011, 12, 30), "Pacific/Apia")  # skipped when the date line was crossed

    assert here.start == here.end


def test_every_count_is_on_one_side_or_the_other() -> None:
    assert Received(received=9, divided=1, delivered=2, held=3, refused=4).difference == 1
    assert HandedIn(handed_in=3, sent=1, combined=1, superseded=1).difference == 0
    assert Sent(sent=1, accepted=1, open=1).difference == -1


@pytest.mark.parametrize(
    ("first", "last"), [("2026-03-02", "2026-03-01"), ("2024-01-01", "2026-01-01"), ("0001-01-01", "0001-01-02")]
)
def test_days_that_cannot_be_looked_at_are_refused(first: str, last: str) -> None:
    with pytest.raises(UsageError):
        Wanted(first=date.fromisoformat(first), last=date.fromisoformat(last))


def test_each_count_has_a_name_of_its_own() -> None:
    assert len(set(COLUMNS)) == len(COLUMNS) == len(set(COLUMNS.values()))


# ---------------------------------------------------------------------------------------------- control numbers


def test_what_is_skipped_between_two_numbers_is_a_hole_once() -> None:
    assert holes([5, 9, 6]) == [Hole(7, 8)]
    assert holes([12], known=[8, 9]) == [Hole(10, 11)]
    assert holes([3], known=[1, 2, 7]) == []


def test_who_begins_anew_or_wraps_around_has_skipped_nothing() -> None:
    assert holes([1, 2, 999_999_998, 999_999_999]) == []
    assert holes([1, 2], known=[5_000, 5_001]) == []
    assert holes([90_000], known=[5_000]) == []


def test_one_long_hole_is_a_hole_and_many_short_ones_are_a_way_of_counting() -> None:
    assert not scattered([40], known=range(1, 21))
    assert scattered([3, 7, 12, 15, 16, 21])
    assert not scattered([3, 7])
