"""Where a list is empty because little was asked for, nobody is told that all is well: a name may be misspelt."""

import sys
from pathlib import Path

import pytest

from gateway.cli import main
from gateway.store.database import open_database

LIKE_THAT = "nothing is like that"
ALL_IS_WELL = {
    ("acks",): "nothing: every document that was sent is accepted, or nothing was agreed to come back",
    ("owed",): "nothing: all that had to follow has, or nothing was agreed to",
    ("report", "unmatched"): "nothing: all that partners said was about what we know",
    ("report", "exposure"): "nothing is missing, due within a day, or came late",
    ("report", "rejected"): "nothing was refused in these days",
    ("report", "noted"): "nothing was noted in these days",
}
NARROWED = (
    ("acks", "--partner", "acne"),
    ("acks", "--overdue"),
    ("acks", "--ack", "rejected"),
    ("owed", "--order", "4711"),
    ("owed", "--state", "late"),
    ("report", "unmatched", "--state", "early"),
    ("report", "exposure", "--set", "856"),
    ("report", "rejected", "--partner", "acne", "--open"),
    ("report", "noted", "--set", "810", "--theirs"),
)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GATEWAY_HOME", str(tmp_path))
    database = open_database(f"sqlite:///{tmp_path / 'gateway.db'}")
    database.migrate()
    database.close()


def said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    monkeypatch.setattr(sys, "argv", ["gateway", *words])
    with pytest.raises(SystemExit) as end:
        main.main()
    assert not end.value.code
    return capsys.readouterr().out.strip()


@pytest.mark.parametrize("words", ALL_IS_WELL, ids=" ".join)
def test_of_all_there_is_it_is_said_that_all_is_well(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    assert said(monkeypatch, capsys, *words) == ALL_IS_WELL[words]


@pytest.mark.parametrize("words", NARROWED, ids=" ".join)
def test_of_a_part_it_is_said_only_that_nothing_is_like_that(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    assert said(monkeypatch, capsys, *words) == LIKE_THAT
