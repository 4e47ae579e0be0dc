import pytest

from gateway.pipeline.breaker import Breaker, probe_delay_seconds


def failing(times: int, breaker: Breaker | None = None) -> Breaker:
    breaker = breaker or Breaker(failures_to_trip=3)
    for _ in range(times):
        breaker = breaker.failed()
    return breaker


def test_failures_in_a_row_open_it() -> None:
    assert not failing(2).open
    assert failing(3).open


def test_one_answer_between_failures_starts_the_count_again() -> None:
    assert not failing(2, failing(2).answered()).open


def test_after_a_pause_one_failure_opens_it_again() -> None:
    resumed = failing(9).half_open()

    assert not resumed.open
    assert resumed.failed().open


def test_an_answer_after_a_pause_closes_it_for_good() -> None:
    assert not failing(2, failing(9).half_open().answered()).open


@pytest.mark.parametrize(("probes", "seconds"), [(0, 2), (1, 2), (2, 4), (5, 32), (6, 60), (1_000, 60)])
def test_probes_back_off_to_a_minute(probes: int, seconds: float) -> None:
    assert probe_delay_seconds(probes, 0.0) == seconds / 2
    assert probe_delay_seconds(probes, 0.999999) == pytest.approx(seconds, rel=1e-4)
