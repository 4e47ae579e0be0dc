"""What the X12 benchmark measures with is what it says it is: good orders of 61 segments, and grammars for Bots."""

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from gateway.x12.interchange import InterchangeResult, SetResult, Terms
from gateway.x12.read import examine

BENCHMARKS = Path(__file__).parents[3] / "benchmarks"


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import x12_files

    yield x12_files
    for name in ("x12_files", "bots_home"):
        sys.modules.pop(name, None)


def test_an_interchange_of_orders_is_good_with_every_check_on(files: ModuleType) -> None:
    pieces = (piece.encode("ascii") for piece in files.orders(50))
    events = list(examine(pieces, lambda *_: Terms(charset="extended", hash_totals=True)))
    sets = [event for event in events if isinstance(event, SetResult)]
    [result] = [event for event in events if isinstance(event, InterchangeResult)]

    assert (result.status, result.findings, result.groups[0].accepted) == ("A", (), 50)
    assert [one.findings for one in sets] == [()] * 50
    assert {len(one.content.segments) for one in sets if one.content is not None} == {61}


def test_orders_that_come_again_differ_in_their_numbers_only(
    files: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "DIFFERENT", 2)
    _, first, _second, third, *_ = files.orders(3)

    assert first.replace("000000001", "000000003") == third


def test_two_thousand_orders_are_three_and_a_half_megabytes(files: ModuleType) -> None:
    size = sum(len(files.order(number)) for number in range(1, 101)) * 20

    assert 3.4e6 < size < 3.6e6


def test_the_grammars_for_bots_are_programs_of_our_guide(files: ModuleType, tmp_path: Path) -> None:
    import bots_home  # type: ignore[import-not-found]  # lies beside the benchmark

    home = bots_home.home(tmp_path)
    grammar = (home / "usersys" / "grammars" / "x12" / "850004010.py").read_text()

    compile(grammar, "850004010.py", "exec")
    assert "['BEG03', 'M', (1, 22), 'AN']" in grammar
    assert "ID: 'BEG'" in grammar
