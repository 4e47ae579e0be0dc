"""`gateway report` as people meet it: a month taken to file and held to it, and refusals in words."""

import json
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from gateway.app.reporting import Reporting
from gateway.cli import main
from gateway.cli.report_words import refusals
from gateway.pipeline.reporting import Fault, Refusal
from gateway.pipeline.reporting_exposure import Exposure
from gateway.pipeline.reporting_scorecard import FaultDay
from gateway.store.database import open_database
from gateway.store.reports.refused import StoreRefusals
from gateway.store.reports.scorecard import StorePaces
from tests.unit.pipeline.test_reporting_exposure import owed

ROOT = Path(__file__).parents[3]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "home").mkdir()
    for name, value in (("HOME", "home"), ("PARTNERS_DIR", ROOT / "partners"), ("MAPPINGS_DIR", ROOT / "mappings")):
        monkeypatch.setenv(f"GATEWAY_{name}", str(value))
    database = open_database(f"sqlite:///{tmp_path / 'home' / 'gateway.db'}")
    database.migrate()
    database.close()
    return tmp_path


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["gateway", *arguments])
    with pytest.raises(SystemExit) as end:
        main.main()
    return int(end.value.code or 0)


def test_a_month_is_taken_verified_and_found_in_the_trail(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    close = ("report", "close", "--month", "2026-01", "--out", "pack", "--actor", "ann", "--json")
    assert run(monkeypatch, *close) == 0
    taken = json.loads(capsys.readouterr().out)
    assert run(monkeypatch, "report", "verify", "pack", "--trail", "--json") == 0
    verified = json.loads(capsys.readouterr().out)

    assert (verified["manifest"], verified["entry"]) == (taken["manifest"], taken["entry"])
    assert (home / "pack" / "close.pdf").read_bytes().startswith(b"%PDF")
    assert run(monkeypatch, *close) == 2  # never over another

    manifest = home / "pack" / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"company": ""', '"company": "Another"'))
    assert run(monkeypatch, "report", "verify", "pack") == 0
    assert run(monkeypatch, "report", "verify", "pack", "--trail") == 1


def test_other_commands_do_not_load_what_makes_the_pdf(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [one for one in sys.modules if one.partition(".")[0] == "reportlab" or one == "gateway.app.close_pdf"]:
        monkeypatch.delitem(sys.modules, name)

    assert run(monkeypatch, "report", "rejected") == 0
    assert "reportlab" not in sys.modules


def a_refusal(**about: Any) -> Refusal:
    fault = Fault(
        says="line 3: quantity invoiced (IT1-02) is missing",
        code="AK403:1",
        meaning="mandatory element missing",
        place="IT1-02",
        segment="IT1*3**EA*1.25",
        value="",
        mapping="acme/810/v1.map.yaml:70",
        to_do="fill it",
    )
    values: dict[str, Any] = {
        "id": "01AB",
        "partner": "acme",
        "agreement": "acme/invoices",
        "set_id": "810",
        "business_number": "90017",
        "order": "PO-7",
        "usage": "P",
        "verdict": "rejected",
        "at": datetime(2026, 11, 12, 14, 3, tzinfo=UTC),
        "amount": Decimal("4120.00"),
        "currency": "USD",
        "dated": "2026-11-10",
        "owner": "kim",
        "due": "attention",
        "due_at": datetime(2026, 11, 13, 17, tzinfo=UTC),
        "missed": False,
        "instead": "01AC",
        "instead_is": "accepted",
        "faults": [fault],
    }
    return Refusal(**values | about)


def test_sums_of_a_list_that_was_cut_say_so(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    two = [Exposure(owed=owed(name), standing="missing", hours=3) for name in ("01AB", "01AC")]
    monkeypatch.setattr(Reporting, "exposures", lambda _self, _wanted, _now, *, limit: two[:limit])

    assert run(monkeypatch, "report", "exposure", "--limit", "2") == 1
    cut = capsys.readouterr().out.splitlines()
    assert run(monkeypatch, "report", "exposure", "--limit", "3") == 1
    whole = capsys.readouterr().out.splitlines()

    assert cut == [*whole, "there may be more, and sums are of these alone: --limit is 2"]


def test_a_trend_that_was_cut_says_so(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    day = FaultDay(
        day=datetime.now(UTC).date(),
        partner="acme",
        set_id="810",
        faults={"AK403:7 IT1-03": (1, 1), "AK403:1 BEG-03": (1, 0)},
    )
    monkeypatch.setattr(StorePaces, "faults", lambda *_: [day])

    assert run(monkeypatch, "report", "noted", "--by", "week", "--limit", "1") == 0
    cut = capsys.readouterr().out.splitlines()
    assert run(monkeypatch, "report", "noted", "--by", "week", "--limit", "2") == 0

    assert cut[-1] == "and 1 more: --limit is 1"
    assert len(capsys.readouterr().out.splitlines()) == 3


def test_what_is_refused_and_open_is_counted_in_a_sentence(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(StoreRefusals, "refused", lambda *_, limit: [a_refusal(instead="", instead_is="")])

    assert run(monkeypatch, "report", "rejected", "--open") == 1
    assert capsys.readouterr().out.splitlines()[-1] == "1 refused, 1 open: 4,120.00 USD"


def test_a_refusal_is_told_in_sentences_with_everything_that_hangs_on_it() -> None:
    one = a_refusal()

    assert list(refusals([one])) == [
        "810 90017 to acme, order PO-7 (4,120.00 USD): rejected on 2026-11-12 14:03 UTC",
        "  document     01AB",
        "  owner        kim, attention due: 2026-11-13 17:00 UTC",
        "  instead      01AC: The partner accepted it.",
        "  - line 3: quantity invoiced (IT1-02) is missing",
        "    code       AK403:1, mandatory element missing",
        "    we sent    IT1*3**EA*1.25, where IT1-02 is empty",
        "    written by acme/810/v1.map.yaml:70",
        "    to do      fill it",
        "",
    ]
