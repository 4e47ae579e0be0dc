"""Results of sets kept small are the same results when somebody looks."""

import tracemalloc

import pytest

from gateway.x12.interchange import SetHeader, SetResult
from gateway.x12.kept import KeptResults
from tests.unit.x12.results import a_finding


def _result(ordinal: int, number: str = "", *, status: str = "A", code: str = "", id_: str = "850") -> SetResult:
    return SetResult(
        header=SetHeader(id=id_, control_number=number or f"{ordinal:04}", implementation=""),
        ordinal=ordinal,
        status=status,
        findings=(a_finding(code, "BEG", 2),) if code else (),
        offset=ordinal * 1000,
        length=900,
    )


RESULTS = [
    _result(1),
    _result(2, "0007", status="R", code="AK304:3"),
    _result(3, id_="860"),
    _result(4, "né€\udcff" * 30, status="R", code="AK502:7"),
    _result(5, " "),
]


def _kept(results: list[SetResult]) -> KeptResults:
    kept = KeptResults()
    for result in results:
        kept.append(result)
    return kept


def test_kept_results_are_what_was_kept() -> None:
    kept = _kept(RESULTS)

    assert list(kept) == RESULTS
    assert kept[1:4] == tuple(RESULTS[1:4])
    assert (kept[0], kept[-1], len(kept)) == (RESULTS[0], RESULTS[-1], 5)
    assert kept == tuple(RESULTS)
    assert kept != tuple(RESULTS[:4])


def test_there_is_no_result_behind_the_last() -> None:
    with pytest.raises(IndexError):
        _kept(RESULTS)[5]


def test_more_kinds_than_can_be_told_apart_are_kept_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.x12.kept.KINDS_LIMIT", 2)

    assert list(_kept(RESULTS)) == RESULTS


def test_a_good_set_costs_some_thirty_bytes() -> None:
    tracemalloc.start()
    kept = _kept([])
    for ordinal in range(1, 20_001):
        kept.append(_result(ordinal, f"{ordinal:06}"))
    size = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()

    assert size < 20_000 * 50
