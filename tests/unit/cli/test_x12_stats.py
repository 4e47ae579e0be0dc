"""`gateway x12 stats`, as a shell sees it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gateway.cli.main import app
from gateway.cli.x12_counts import FILES_SHOWN
from tests.unit.x12 import samples

GOOD = samples.order()
UNKNOWN = samples.interchange(samples.group(["ST*123*0001", "ABC*1*x", "SE*3*0001"]))


def run(*arguments: str, data: bytes = b"") -> Result:
    return CliRunner().invoke(app, ["x12", "stats", *arguments], input=data, catch_exceptions=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "deep").mkdir()
    (tmp_path / "a.edi").write_bytes(GOOD)
    (tmp_path / "deep" / "b.edi").write_bytes(samples.order(samples.replaced("BEG", None)))
    (tmp_path / "readme.txt").write_text("Samples of our orders")
    return tmp_path


def table(result: Result, heading: str) -> list[str]:
    """The rows below a heading, without their headers."""
    lines = result.stdout.splitlines()
    start = lines.index(heading) + 2
    end = next((at for at in range(start, len(lines)) if not lines[at].startswith("  ")), len(lines))
    return [" ".join(line.split()) for line in lines[start:end]]


def test_a_file_is_told_in_tables() -> None:
    result = run("-", data=GOOD)

    assert result.exit_code == 0
    assert result.stdout.startswith(f"1 file, {len(GOOD)} bytes: 1 interchange, 1 group, 1 set, 24 segments in sets\n")
    assert table(result, "interchanges") == ["ZZ/ACME ZZ/OURS 00401 P 1 1 1 *:~"]
    assert table(result, "sets") == ["850 Purchase order 004010 PO ACME OURS 1 1 24 456"]
    assert "characters of data: all within the extended set" in result.stdout
    assert "findings" not in result.stdout


def test_a_folder_is_told_file_by_file_with_what_is_no_x12(folder: Path) -> None:
    result = run(str(folder))

    assert result.exit_code == 0
    assert [row.removeprefix(str(folder)) for row in table(result, "files")] == [
        f"/a.edi {len(GOOD)} 1 1 x 850 004010",
        f"/deep/b.edi {(folder / 'deep' / 'b.edi').stat().st_size} 1 1 x 850 004010",
    ]
    assert table(result, "not X12")[0].startswith(f"{folder}/readme.txt no ISA: this is not X12")
    assert table(result, "findings")[0].startswith(f"AK304:3 reject 1 {folder}/deep/b.edi 000000001 segment")


def test_more_files_than_somebody_reads_are_cut(tmp_path: Path) -> None:
    for number in range(FILES_SHOWN + 3):
        (tmp_path / f"{number:04}.edi").write_bytes(GOOD)
    result = run(str(tmp_path))

    assert table(result, "files")[-1] == "and 3 more"
    assert table(result, "interchanges") == ["ZZ/ACME ZZ/OURS 00401 P 103 103 103 *:~"]


def test_elements_are_listed_by_loop_with_their_codes() -> None:
    lines = run("-", "--elements", data=GOOD).stdout.splitlines()
    start = lines.index("850 004010: what is used in 1 set")

    assert "  REF Reference number: 2 times, in every set" in lines[start:]
    assert "    REF01 Kind of reference: 2 times, length 2: DP (1), IA (1)" in lines[start:]
    assert '    REF02 Reference number: 2 times, length 3 to 5, 2 different, like "038"' in lines[start:]
    loop = lines.index("  loop N1(ST)")
    assert lines[loop + 1] == "    N1 Party: 1 time, in every set"
    assert lines[loop + 2] == "      N101 Kind of party: 1 time, length 2: ST (1)"


def test_a_set_without_a_guide_is_listed_too() -> None:
    result = run("-", "--elements", data=UNKNOWN)

    assert table(result, "sets") == ["123 004010 PO ACME OURS 1 0 3 30"]
    assert "  ABC: 1 time, in every set" in result.stdout


def test_a_set_without_a_guide_is_found_again_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "x.edi").write_bytes(b"\n" * 50 + UNKNOWN)

    assert "  ABC: 1 time, in every set" in run(str(tmp_path / "x.edi"), "--elements").stdout


def test_everything_as_json() -> None:
    told = json.loads(run("-", "--elements", "--json", data=GOOD).stdout)

    assert told["files"] == [
        {"file": "-", "bytes": len(GOOD), "interchanges": 1, "unreadable": "", "sets": {"850 004010": 1}}
    ]
    assert told["interchanges"][0]["delimiters"] == {"element": "*", "component": ":", "segment": "~", "repetition": ""}
    assert told["sets"][0]["name"] == "Purchase order"
    assert {one["segment"] for one in told["segments"]} == {line.partition("*")[0] for line in samples.ORDER} | {"SE"}
    reference = next(one for one in told["elements"] if (one["segment"], one["element"]) == ("REF", 1))
    assert reference["values"] == {"DP": 1, "IA": 1}


def test_findings_as_json_carry_the_first_place(folder: Path) -> None:
    told = json.loads(run(str(folder), "--json").stdout)

    assert [(one["code"], one["times"], one["first"]["segment"]) for one in told["findings"]] == [("AK304:3", 1, "BEG")]
    assert "elements" not in told


def test_a_file_without_x12_is_exit_1(folder: Path) -> None:
    assert run(str(folder / "readme.txt")).exit_code == 1
    assert run(str(folder / "a.edi"), str(folder / "readme.txt")).exit_code == 1


def test_control_characters_of_a_sender_are_not_shown_as_such() -> None:
    result = run("-", "--elements", data=samples.order(samples.replaced("N3", "N3*\x1b[31mred")))

    assert "\x1b" not in result.stdout
