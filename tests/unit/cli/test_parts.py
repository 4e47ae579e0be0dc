"""Parts on the command line: counted when a mapping is tried, compared by its fixtures, shown with their document."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gateway.cli.mapping import app
from tests.unit.cli.test_document_sheet import a_document, one_of_ours, sheet
from tests.unit.mapping.orders import a_mapping

LINES = """\
number: PO101
unit: PO103
destinations: {pairs: SDQ, from: "3", as: {location: text, quantity: decimal}, unit: SDQ01}
"""
ORDER = (
    "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *260102*1200*U*00401*000000007*0*P*>~"
    "GS*PO*SENDERGS*RECEIVERGS*20260102*1200*1*X*004010~ST*850*0001~BEG*00*SA*4500**20260102~"
    "PO1*1*5*EA*1.50~SDQ*EA**S1*2*S2*3~CTT*1~SE*6*0001~GE*1*1~IEA*1*000000007~"
)


def part(number: int, store: str, quantity: str) -> dict[str, object]:
    return {
        "part": {"number": number, "of": 2, "key": store},
        "purpose": "00",
        "type": "SA",
        "po_number": "4500",
        "order_date": "2026-01-02",
        "ship_tos": [{"id": store}],
        "lines": [{"number": "1", "quantity": quantity, "unit": "EA"}],
    }


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with a mapping that divides, and an order for two stores."""
    folder = tmp_path / "mappings" / "x12" / "850"
    (folder / "fixtures").mkdir(parents=True)
    tests = "tests: [{edi: fixtures/a.edi, json: fixtures/a.json, parts: fixtures/a.parts.json}]\n"
    head = f"direction: read\nsplit: {{by: lines.destinations}}\n{tests}"
    (folder / "v1.map.yaml").write_text(a_mapping(lines=LINES, rest=head))
    (tmp_path / "order.edi").write_text(ORDER)
    (folder / "fixtures" / "a.edi").write_text(ORDER)
    whole = part(1, "S1", "5") | {
        "lines": [
            {
                "number": "1",
                "quantity": "5",
                "unit": "EA",
                "destinations": [
                    {"location": "S1", "quantity": "2", "unit": "EA"},
                    {"location": "S2", "quantity": "3", "unit": "EA"},
                ],
            }
        ]
    }
    del whole["part"], whole["ship_tos"]
    (folder / "fixtures" / "a.json").write_text(json.dumps(whole))
    (folder / "fixtures" / "a.parts.json").write_text(json.dumps([part(1, "S1", "2"), part(2, "S2", "3")]))
    return tmp_path


def run(home: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments, "--mappings", str(home / "mappings")])


def test_reading_shows_the_whole_and_says_for_whom_it_is(home: Path) -> None:
    result = run(home, "read", "x12/850", str(home / "order.edi"))

    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["lines"][0]["quantity"] == "5"
    assert result.stderr == "set 1: 2 documents, for S1, S2\n"
    told = json.loads(run(home, "read", "x12/850", str(home / "order.edi"), "--json").stdout)
    assert (told["good"], told["parts"]) == (True, ["S1", "S2"])


def test_reading_tells_shares_that_would_hold_the_document(home: Path) -> None:
    (home / "order.edi").write_text(ORDER.replace("*S2*3", "*S2*4"))

    result = run(home, "read", "x12/850", str(home / "order.edi"))

    assert result.exit_code == 1
    assert (
        "park: lines[0].destinations: 'lines[0].destinations': its shares add up to 6, the line says 5" in result.stderr
    )


def test_a_fixture_compares_the_parts_too(home: Path) -> None:
    assert run(home, "check").exit_code == 0
    file = home / "mappings" / "x12" / "850" / "fixtures" / "a.parts.json"

    file.write_text(json.dumps([part(1, "S1", "2"), part(2, "S2", "4")]))
    wrong = run(home, "check")
    file.write_text(json.dumps([part(1, "S1", "2")]))
    missing = run(home, "check")
    file.unlink()
    gone = run(home, "check")

    assert (wrong.exit_code, missing.exit_code, gone.exit_code) == (1, 1, 1)
    assert "E180" in wrong.stdout
    assert 'part 2: lines[0].quantity: expected "4", found "3"' in wrong.stdout
    assert "divided into 2, other parts were expected" in missing.stdout
    assert "a.parts.json" in gone.stdout


def test_a_document_says_which_part_it_is() -> None:
    detail = a_document()

    assert sheet(replace(detail, row=replace(detail.row, part="2/3 0047")))["part"] == "2/3 0047"
    assert "part" not in sheet(detail)


def test_a_part_of_ours_that_waits_says_how_it_goes_without_the_others() -> None:
    waiting = one_of_ours("collected", reason="waits for its other parts (2 of 3 here)")

    facts = sheet(replace(waiting, row=replace(waiting.row, part="2/3 0047")))

    assert (facts["part"], facts["state"]) == ("2/3 0047", "collected: waits for its other parts (2 of 3 here)")
    assert facts["next"].startswith("without the parts that are missing: gateway documents release")
