"""A month of business, played: what has to hold holds at every step, and every case comes to what it should."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from gateway.app.demo.month.perform import Played, latest_start, perform
from gateway.app.demo.month.plan import Case, make
from gateway.settings import Settings

AUTUMN = date(2026, 10, 15)
SMALL = 150


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """A small month over the end of summer time."""
    return perform(
        Settings(), tmp_path_factory.mktemp("month") / "home", make(SMALL, 7, AUTUMN), looks=timedelta(hours=2)
    )


def test_nothing_is_broken_at_any_step_of_a_month(played: Played) -> None:
    assert list(played.faults) == []
    assert played.checked > SMALL


def test_every_case_comes_as_often_as_planned(played: Played) -> None:
    assert {row.case: row.found for row in played.tallies} == {row.case: row.planned for row in played.tallies}


def test_a_large_month_has_every_case_there_is() -> None:
    assert set(make(10_000, 7, AUTUMN).counts) == set(Case)


def test_the_same_seed_is_the_same_month() -> None:
    assert make(500, 3, AUTUMN) == make(500, 3, AUTUMN)
    assert make(500, 3, AUTUMN) != make(500, 4, AUTUMN)


@pytest.mark.parametrize(
    ("today", "first"),
    [
        (date(2026, 11, 22), date(2026, 10, 15)),
        (date(2026, 11, 14), date(2026, 3, 1)),
        (date(2026, 3, 2), date(2025, 10, 15)),
    ],
)
def test_the_month_played_is_the_newest_that_is_over(today: date, first: date) -> None:
    assert latest_start(today) == first


@pytest.mark.long
@pytest.mark.timeout(1_800)
def test_ten_thousand_documents_of_a_month(tmp_path: Path) -> None:
    played = perform(Settings(), tmp_path / "home", make(10_200, 11, AUTUMN))
    assert list(played.faults) == []
    assert played.documents >= 10_000
