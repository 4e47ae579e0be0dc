"""What `gateway demo` says around its table, and how it ends."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from gateway.app.demo.month.perform import Played as Month
from gateway.app.demo.month.plan import Plan
from gateway.app.demo.stage import Played
from gateway.app.demo.told import Told
from gateway.app.demo.trade.stage import Outcome
from gateway.app.demo.trade.thread import Row
from gateway.cli import demo, demo_month
from gateway.errors import UsageError
from gateway.pipeline.questions import TransmissionRow
from gateway.settings import Settings

REASON = "unknown sender ZZ/NOBODY on channel acme-sftp"
HEADER = b"ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260102*1200*U*00401*000000007*0*P*>~"


def played(path: Path, *, lost: bool = False, in_round: int = 1) -> Played:
    """A stranger's file, quarantined or lost."""
    interchange = {"id": "i", "control_number": "000000007", "partner": "", "state": "quarantined", "reason": REASON}
    row = TransmissionRow(
        id=f"T{in_round}",
        channel="acme-sftp",
        door="sftp",
        file_name=path.name,
        message_id="",
        size=1,
        sha256="",
        state="quarantined",
        reason=REASON,
        received_at=datetime(2026, 1, 2, tzinfo=UTC),
        interchanges=[interchange],
        documents=(),
        acknowledgements=(),
    )
    return Played(
        path=path,
        channel="acme-sftp",
        seconds=0.1,
        transmission=None if lost else row,
        documents=(),
        answers={},
        told=Told(),
        erp_requests=(),
        round=in_round,
    )


def run(monkeypatch: pytest.MonkeyPatch, result: Sequence[Played], *arguments: str) -> Result:
    async def play(*_: object, **__: object) -> Sequence[Played]:
        return result

    monkeypatch.setattr(demo, "play", play)
    app = typer.Typer()
    app.command()(demo.command)
    return CliRunner().invoke(app, list(arguments))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "order.edi").write_bytes(HEADER)
    (tmp_path / "README.md").write_bytes(b"# Orders")
    return tmp_path


def test_what_a_folder_has_beside_x12_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = run(monkeypatch, [played(folder / "order.edi")], str(folder))

    assert "left out 1 (no X12): README.md" in done.stderr
    assert "1 file, 1 row: 0 delivered, 0 failed" in done.stderr


def test_a_scenario_and_files_are_two_things(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = run(monkeypatch, [], str(folder), "--scenario", "retail")

    assert isinstance(done.exception, UsageError)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["order.edi", "--scenario", "month"], "--scenario plays no files"),
        (["--scenario", "month", "--out", "kept"], "--keep says where it leaves its home"),
        (["--scenario", "month", "--over", "as2"], "--keep says where it leaves its home"),
        (["--scenario", "grocery", "--keep", "home"], "--keep is for --scenario month"),
    ],
)
def test_what_a_scenario_does_not_take_is_refused(
    arguments: list[str], told: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setattr(demo.month, "play", lambda *_, **__: pytest.fail("it was played"))

    done = run(monkeypatch, [], *arguments)

    assert isinstance(done.exception, UsageError)
    assert told in str(done.exception)
    assert not (folder / "kept").exists()


def test_the_samples_are_played_when_they_are_asked_for(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_SAMPLES_DIR", str(folder))

    done = run(monkeypatch, [played(folder / "order.edi")], "--scenario", "samples")

    assert "1 file, 1 row: 0 delivered, 0 failed" in done.stderr


def an_outcome(*, fault: str = "") -> Outcome:
    """One row, an order, and what was found."""
    row = Row(
        at=datetime(2026, 1, 2, tzinfo=UTC),
        way="in",
        partner="acme",
        set_id="850",
        number="71-1",
        control_numbers="7/8/0001",
        state="delivered",
        acknowledgement="A",
        fault=fault,
    )
    return Outcome(thread=[row], faults=(), notes=["ACME: content"], why=(), partners=(), seconds=1.0)


def play_scenario(monkeypatch: pytest.MonkeyPatch, outcome: Outcome, *arguments: str) -> Result:
    async def perform(*_: object, **__: object) -> Outcome:
        return outcome

    monkeypatch.setattr(demo, "perform", perform)
    return run(monkeypatch, [], *arguments)


def test_without_anything_a_trade_is_told_played_and_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    done = play_scenario(monkeypatch, an_outcome())

    assert done.exit_code == 0
    assert done.stderr.startswith("ACME Retail orders of us.")
    assert "ACME: content" in done.stderr
    assert "control numbers  file/group/document" in done.stderr
    assert "acme     850 purchase order  71-1    7/8/0001         delivered  by us" in done.stdout


def test_a_scenario_in_which_anything_failed_ends_with_1(monkeypatch: pytest.MonkeyPatch) -> None:
    done = play_scenario(monkeypatch, an_outcome(fault="held, not delivered A"))

    assert done.exit_code == 1
    assert "FAILED: held, not delivered A" in done.stdout


def test_a_scenario_is_told_to_programs_row_by_row_and_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    done = play_scenario(monkeypatch, an_outcome(), "--scenario", "grocery", "--json")
    row, whole = (json.loads(line) for line in done.stdout.splitlines())

    assert (row["set"], row["number"], row["acknowledgement"], row["good"]) == ("850", "71-1", "A", True)
    assert (whole["scenario"], whole["good"], whole["notes"]) == ("grocery", True, ["ACME: content"])
    assert done.stderr == ""


def test_a_stranger_is_a_reported_refusal_with_a_hint(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = run(monkeypatch, [played(folder / "order.edi")], str(folder))

    assert done.exit_code == 0
    assert "quarantined (not answered, not delivered: a person has to look): unknown sender" in done.stdout
    assert "`--as PARTNER` plays them as one of your partners" in done.stderr


def test_files_that_clash_are_said_to_be_played_apart(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = [played(folder / "order.edi"), played(folder / "other.edi", in_round=2)]

    done = run(monkeypatch, files, str(folder), "--as", "acme")

    assert "played in 2 gateways" in done.stderr
    assert "--as PARTNER" not in done.stderr


def test_a_lost_file_is_a_failure(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = run(monkeypatch, [played(folder / "order.edi", lost=True)], str(folder))

    assert done.exit_code == 1
    assert "FAILED: lost: nothing was stored" in done.stdout


def test_with_json_everything_is_a_row_and_nothing_is_said_beside(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = [played(folder / "order.edi"), played(folder / "other.edi", in_round=2)]
    done = run(monkeypatch, result, str(folder), "--json", "--out", str(folder / "kept"))
    rows = [json.loads(line) for line in done.stdout.splitlines()]

    assert [(row["file"], row["good"]) for row in rows] == [
        ("order.edi", True),
        ("other.edi", True),
        ("README.md", True),
    ]
    assert rows[-1]["happened"] == "left out: no X12"
    assert done.stderr == ""


def test_a_month_says_how_far_it_is_only_where_somebody_looks_on(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def told(*, json_: bool) -> str:
        def perform(settings: object, home: object, plan: Plan, progress: Callable[[datetime, int], None]) -> Month:
            progress(plan.first, 3)
            return Month(plan=plan, tallies=[], faults=[], documents=3, checked=4)

        monkeypatch.setattr(demo_month, "perform", perform)
        demo_month.play(20, 7, tmp_path / "home", Settings(), json_=json_)
        return capsys.readouterr().err

    nobody = told(json_=False)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)

    assert "day  1 of 31" not in nobody
    assert "day  1 of 31" in told(json_=False)
    assert told(json_=True) == ""
