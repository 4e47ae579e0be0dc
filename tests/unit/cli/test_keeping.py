"""`gateway database backup`, `archive`, `retention` and `purge` from a home that has documents, as they are typed."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.cli import main
from gateway.store.blobs import FileBlobs
from gateway.store.database import open_database

ROOT = Path(__file__).parents[3]
Command = Callable[..., tuple[int, str]]


@pytest.fixture
def gateway(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs a command in a home with an empty, current database: exit code and standard output."""
    home = tmp_path / "home"
    FileBlobs(home).prepare()
    database = open_database(f"sqlite:///{home / 'gateway.db'}")
    database.migrate()
    database.close()
    monkeypatch.setenv("GATEWAY_HOME", str(home))
    monkeypatch.setenv("GATEWAY_PARTNERS_DIR", str(ROOT / "partners"))
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["gateway", *words])
        with pytest.raises(SystemExit) as end:
            main.main()
        return int(end.value.code or 0), capsys.readouterr().out

    return run


def test_a_backup_is_made_checked_restored_and_compared(
    gateway: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = gateway("database", "backup", "backup")
    checked = gateway("database", "restore", "backup", "--check", "--json")
    monkeypatch.setenv("GATEWAY_HOME", str(tmp_path / "new"))
    restored = gateway("database", "restore", "backup", "--actor", "jo")
    compared = gateway("database", "compare", "home")

    assert (made[0], checked[0], restored[0], compared) == (0, 0, 0, (0, "nothing came later\n"))
    assert json.loads(checked[1])["manifest"] in made[1]
    assert "secrets     not in it" in made[1]
    assert "10000 further on" in restored[1]
    assert gateway("database", "restore", "backup")[0] == 2


def test_an_archive_is_written_and_verified(gateway: Command, tmp_path: Path) -> None:
    code, said = gateway("archive", "export", "kept", "--year", "2025", "--json")
    chain = json.loads(said)["chain"]

    assert (code, json.loads(said)["documents"]) == (0, 0)
    assert gateway("archive", "verify", "kept", "--chain", chain) == (0, f"good: 1 files, chain {chain}\n")
    assert gateway("archive", "verify", "kept", "--chain", "0" * 64)[0] == 1
    (tmp_path / "kept" / "README.txt").write_text("other")
    assert gateway("archive", "verify", "kept")[0] == 1


def test_rules_and_holds_are_shown(gateway: Command) -> None:
    gateway("retention", "hold", "--partner", "acme", "--reason", "claim 14", "--actor", "jo")

    code, said = gateway("retention", "show")

    assert code == 0
    assert "default  810     7 years" in said
    assert "claim 14" in said
    assert gateway("retention", "lift", "1", "--reason", "settled")[0] == 0
    assert "claim 14" not in gateway("retention", "show")[1]
    assert "settled" in gateway("retention", "show", "--all")[1]


def test_what_was_done_is_listed_and_shown_in_full(gateway: Command) -> None:
    gateway("retention", "hold", "--partner", "acme", "--reason", "claim 14", "--actor", "jo")

    code, said = gateway("audit", "show", "1")

    assert code == 0
    assert "who       jo " in said
    assert "why       claim 14\n" in said
    assert "claim 14" in gateway("audit", "list", "--verb", "retention")[1]


def test_nothing_of_age_is_said_and_nothing_proved(gateway: Command) -> None:
    assert gateway("purge") == (0, "0 documents of 0 files would go\n")
    assert gateway("purge", "--yes", "--reason", "yearly") == (0, "0 documents of 0 files went\n")
    assert gateway("retention", "proofs") == (0, "")
