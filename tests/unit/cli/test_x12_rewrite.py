"""`gateway x12 rewrite`, as a shell sees it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gateway.cli.main import app
from gateway.cli.x12_rewrite import SPOOLED_BYTES, parse_delimiters
from gateway.errors import UsageError
from gateway.x12.errors import RewriteRefused
from gateway.x12.interchange import Delimiters
from tests.unit.x12 import samples

GOOD = samples.order()
WRONG = GOOD.replace(b"SE*24", b"SE*25")


def run(*arguments: str, data: bytes = b"") -> Result:
    return CliRunner().invoke(app, ["x12", "rewrite", *arguments], input=data)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("*:~", Delimiters("*", ":", "~")),
        ("*:~^", Delimiters("*", ":", "~", "^")),
        ("* : ~ ^", Delimiters("*", ":", "~", "^")),
        (r"|>\n!", Delimiters("|", ">", "\n", "!")),
        (r"\x1D\x1f\r", Delimiters("\x1d", "\x1f", "\r")),
        ("0x1D 0x1F 0x1C 0x1E", Delimiters("\x1d", "\x1f", "\x1c", "\x1e")),
        ("*\\~", Delimiters("*", "\\", "~")),
    ],
)
def test_delimiters_are_typed_as_characters_in_order(typed: str, meant: Delimiters) -> None:
    assert parse_delimiters(typed) == meant


@pytest.mark.parametrize("typed", ["*:", "*:~^!", " "])
def test_too_few_or_too_many_delimiters_are_usage(typed: str) -> None:
    with pytest.raises(UsageError, match="give element, component, segment"):
        parse_delimiters(typed)


def test_the_file_goes_to_standard_output() -> None:
    result = run("-", "--delimiters", "|>'", data=GOOD)

    assert result.exit_code == 0
    assert "BEG|00|SA|PO-1001||20240131'CUR|BY|USD'" in result.stdout
    assert result.stderr == ""


def test_delimiters_that_contradict_each_other_are_usage_and_nothing_is_written() -> None:
    result = run("-", "--delimiters", "**~", data=GOOD)

    assert isinstance(result.exception, UsageError)
    assert result.stdout == ""


def test_a_line_feed_behind_segments_makes_lines() -> None:
    assert run("-", "--newline", data=GOOD).stdout.count("~\n") == 28


def test_a_wrong_count_is_told_and_exit_1() -> None:
    result = run("-", data=WRONG)

    assert result.exit_code == 1
    assert result.stdout.encode() == GOOD
    assert result.stderr == '-: 000000001, SE 0001: "25" segments, put right to 24\n'


def test_characters_replaced_are_told() -> None:
    result = run("-", "--delimiters", "|>'", "--replace", " ", data=GOOD.replace(b"1 Main Street", b"1 Main>Street"))

    assert "N3|1 Main Street'" in result.stdout
    assert result.stderr == "-: 1 character of data replaced\n"


def test_a_file_is_written_and_summed_up(tmp_path: Path) -> None:
    out = tmp_path / "new.edi"
    result = run("-", "--delimiters", "|>'", "--out", str(out), data=GOOD)

    assert out.read_bytes().startswith(b"ISA|00|")
    assert result.stdout == f"1 interchange, 1 group, 1 set, 28 segments written to {out}\n"


def test_a_file_is_written_over_itself(tmp_path: Path) -> None:
    file = tmp_path / "one.edi"
    file.write_bytes(WRONG)
    run(str(file), "--out", str(file))

    assert file.read_bytes() == GOOD


def test_nothing_is_left_behind_when_data_is_refused(tmp_path: Path) -> None:
    out = tmp_path / "new.edi"
    out.write_text("what was there")
    result = run("-", "--delimiters", "-:~", "--out", str(out), data=GOOD)

    assert isinstance(result.exception, RewriteRefused)
    assert [path.name for path in tmp_path.iterdir()] == ["new.edi"]
    assert out.read_text() == "what was there"


def rewritten_by_a_process(data: bytes, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-c", "from gateway.cli.main import main; main()", "x12", "rewrite", "-", *arguments]
    return subprocess.run(command, check=False, input=data, capture_output=True)


REFUSED_LATE = GOOD * (4 * SPOOLED_BYTES // len(GOOD)) + GOOD.replace(b"1 Main Street", b"1 Main|Street")


def test_standard_output_gets_nothing_when_the_last_of_many_interchanges_is_refused() -> None:
    done = rewritten_by_a_process(REFUSED_LATE, "--delimiters", "|>'")

    assert done.stdout == b""
    assert done.returncode == 1
    assert b"N301 \"1 Main|Street\" holds '|', which would be a delimiter" in done.stderr


def test_standard_output_gets_all_of_a_file_larger_than_what_is_kept_in_memory() -> None:
    done = rewritten_by_a_process(REFUSED_LATE)

    assert (done.returncode, done.stdout == REFUSED_LATE) == (0, True)


def test_a_summary_as_json(tmp_path: Path) -> None:
    out = str(tmp_path / "new.edi")
    summary = json.loads(run("-", "--out", out, "--json", data=WRONG).stdout)

    assert summary == {
        "file": "-",
        "out": out,
        "interchanges": 1,
        "groups": 1,
        "sets": 1,
        "segments": 28,
        "replaced": 0,
        "corrected": ['000000001, SE 0001: "25" segments, put right to 24'],
        "faults": [],
        "remarks": [],
    }


def test_a_summary_on_standard_output_beside_the_file_is_usage() -> None:
    assert isinstance(run("-", "--json", data=GOOD).exception, UsageError)


def test_a_folder_that_is_not_there_is_usage(tmp_path: Path) -> None:
    assert isinstance(run("-", "--out", str(tmp_path / "no" / "new.edi"), data=GOOD).exception, UsageError)


def test_a_folder_to_write_to_is_usage_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    result = run("-", "--out", str(tmp_path / "folder"), data=GOOD)

    assert isinstance(result.exception, UsageError)
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_a_replacement_that_is_a_delimiter_of_the_file_is_refused_in_a_word() -> None:
    result = run("-", "--replace", "*", data=GOOD)

    assert str(result.exception) == "'*' cannot stand for a delimiter: it is one"


def test_an_empty_file_is_said_to_have_nothing_to_read() -> None:
    assert str(run("-", data=b"").exception) == "nothing to read"
