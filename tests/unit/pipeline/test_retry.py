from datetime import UTC, datetime, timedelta

import pytest

from gateway.pipeline.retry import Again, Failure, GiveUp, Patience, decide, delay_seconds

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
PATIENCE = Patience(first_delay_seconds=2, longest_delay_seconds=60, most_attempts=4, longest_age=timedelta(hours=1))


def decided(failure: Failure, *, attempts: int = 1, age: timedelta = timedelta(0)) -> Again | GiveUp:
    return decide(failure, PATIENCE, attempts=attempts, first_attempt_at=NOON - age, now=NOON, random=0.5)


def test_delays_double_up_to_the_longest() -> None:
    delays = [delay_seconds(attempts, PATIENCE, random=0.999999) for attempts in (1, 2, 3, 5, 6, 200)]

    assert delays == pytest.approx([2, 4, 8, 32, 60, 60], rel=1e-4)


def test_jitter_is_between_half_and_all_of_the_delay() -> None:
    assert delay_seconds(3, PATIENCE, random=0) == 4
    assert 4 < delay_seconds(3, PATIENCE, random=0.3) < 8


def test_what_was_asked_for_is_never_undercut_and_spread_a_little() -> None:
    assert delay_seconds(1, PATIENCE, random=0, asked_seconds=120) == 120
    assert 120 < delay_seconds(1, PATIENCE, random=0.9, asked_seconds=120) <= 132


def test_a_passing_failure_is_tried_again() -> None:
    assert decided(Failure(detail="503")) == Again(1.5)


def test_a_permanent_failure_is_never_tried_again() -> None:
    assert decided(Failure(detail="400: no such item", permanent=True)) == GiveUp("400: no such item")


def test_the_last_attempt_ends_it_with_the_count_and_the_last_answer() -> None:
    given_up = decided(Failure(detail="503"), attempts=4, age=timedelta(minutes=5))

    assert given_up == GiveUp("given up after 4 attempts in 5 minutes; the last: 503")


def test_age_ends_it_however_few_the_attempts() -> None:
    assert isinstance(decided(Failure(detail="503"), attempts=2, age=timedelta(hours=1)), GiveUp)
