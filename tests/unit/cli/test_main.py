"""The root of the command line: everything listed, nothing imported that is not needed, failures said plainly."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway import __version__
from gateway.cli import main
from gateway.errors import GatewayError, MachineError, UsageError
from tests.unit.cli.tree import leaves

HEAVY = ("sqlalchemy", "sqlmodel", "fastapi", "dbos", "asyncssh", "aiohttp", "uvicorn", "alembic", "rich", "asyncio")
ROOT = Path(__file__).parents[3]
SAMPLE = str(ROOT / "edi_samples/acme/850-004010/plain/in.edi")
PROBE = """
import json, sys
from gateway.cli.main import main
try:
    main()
except SystemExit as end:
    code = end.code
print(json.dumps([code or 0, [name for name in {heavy!r} if name in sys.modules]]), file=sys.stderr)
"""


def imported(*arguments: str, heavy: tuple[str, ...] = HEAVY) -> tuple[int, list[str]]:
    """The exit code of a command, and which heavy packages it imported."""
    command = [sys.executable, "-c", PROBE.format(heavy=heavy), *arguments]
    done = subprocess.run(command, capture_output=True, check=True, text=True, cwd=ROOT)
    code, names = json.loads(done.stderr.splitlines()[-1])
    return code, names


LIGHT = (
    ("--help",),
    ("x12", "--help"),
    ("x12", "check", SAMPLE),
    ("x12", "check", "--partner", "acme", SAMPLE),
    ("x12", "ack", SAMPLE),
    ("x12", "explain", SAMPLE),
    ("x12", "explain", "--html", SAMPLE),
    ("x12", "rewrite", SAMPLE),
    ("x12", "stats", SAMPLE),
    ("x12", "guide", "850", "004010"),
    ("x12", "guide", "850", "005010", "--partner", "bolt"),
)


@pytest.mark.parametrize("arguments", LIGHT, ids=[" ".join(one for one in row if one != SAMPLE) for row in LIGHT])
def test_help_and_x12_import_neither_store_nor_web_nor_engine(arguments: tuple[str, ...]) -> None:
    assert imported(*arguments) == (0, [])


def test_that_holds_for_every_command_of_x12() -> None:
    tried = {" ".join(row[:2]) for row in LIGHT}

    assert {words for words in leaves() if words.startswith("x12 ")} <= tried


def test_the_list_of_commands_waits_for_no_option_of_theirs_to_be_made() -> None:
    assert imported("--help", heavy=("pydantic", "gateway.x12")) == (0, [])
    assert imported("x12", "check", SAMPLE, heavy=("gateway.x12.census", "gateway.cli.x12_counts")) == (0, [])

    options = {name: len(one.params) for name, one in main._load("x12", ["check", SAMPLE]).commands.items()}
    assert options.pop("check") > 1
    assert set(options.values()) == {0}


@pytest.mark.parametrize("name", ["x12", "mapping", "partner", "documents", "database"])
def test_a_group_lists_its_commands_as_if_all_of_them_were_made(name: str) -> None:
    listed = main._load(name, ["--help"]).commands

    made = {words: one for words, one in leaves().items() if words.split()[0] == name}
    assert list(listed) == list(dict.fromkeys(words.split()[1] for words in made))
    assert all(made[f"{name} {word}"].help == one.help for word, one in listed.items() if f"{name} {word}" in made)


def test_every_command_is_listed_with_a_whole_line_of_help() -> None:
    shown = CliRunner().invoke(main.app, ["--help"]).output

    for name, text in main.COMMANDS.items():
        assert any(line.split(maxsplit=1) == [name, text] for line in shown.splitlines()), name


def test_the_version_is_printed() -> None:
    result = CliRunner().invoke(main.app, ["--version"])

    assert (result.exit_code, result.output) == (0, f"gateway {__version__}\n")


def test_an_unknown_command_is_a_usage_error_that_suggests_one() -> None:
    result = CliRunner().invoke(main.app, ["schem"])

    assert result.exit_code == 2
    assert "Did you mean 'schema'?" in result.output


def test_a_command_that_is_a_function_is_called_by_its_module_name() -> None:
    result = CliRunner().invoke(main.app, ["schema", "--help"])

    assert result.exit_code == 0
    assert " schema [OPTIONS]" in result.output


def test_a_command_whose_module_is_not_there_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(main.COMMANDS, "nowhere", "Not built.")
    result = CliRunner().invoke(main.app, ["nowhere"])

    assert isinstance(result.exception, MachineError)
    assert "gateway nowhere" in str(result.exception)


@pytest.mark.parametrize(("error", "code"), [(UsageError("no such thing"), 2), (MachineError("disk full"), 3)])
def test_an_error_is_one_line_on_stderr_and_its_exit_code(
    error: GatewayError, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(main, "app", _raising(error))
    with pytest.raises(SystemExit) as end:
        main.main()

    assert end.value.code == code
    assert capsys.readouterr().err == f"gateway: {error}\n"


def test_with_json_an_error_is_one_object_on_stderr_and_stdout_stays_empty(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["gateway", "x12", "check", "--json"])
    monkeypatch.setattr(main, "app", _raising(MachineError("disk full")))
    with pytest.raises(SystemExit) as end:
        main.main()

    shown = capsys.readouterr()
    assert end.value.code == 3
    assert json.loads(shown.err) == {"error": {"kind": "environment", "message": "disk full", "exit_code": 3}}
    assert shown.out == ""


@pytest.mark.parametrize("wrong", [("--limt", "3"), ("--limit", "many")])
def test_with_json_a_mistyped_option_is_such_an_object_too(
    wrong: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["gateway", "documents", "list", "--json", *wrong])
    with pytest.raises(SystemExit) as end:
        main.main()

    shown = capsys.readouterr()
    assert end.value.code == 2
    assert json.loads(shown.err)["error"]["kind"] == "usage"
    assert wrong[0] in json.loads(shown.err)["error"]["message"]
    assert shown.out == ""


def test_what_the_machine_refuses_is_said_in_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(main, "app", _raising(PermissionError(13, "Permission denied", "var/gateway.db")))
    with pytest.raises(SystemExit) as end:
        main.main()

    assert end.value.code == 3
    assert capsys.readouterr().err == "gateway: [Errno 13] Permission denied: 'var/gateway.db'\n"


def test_an_interrupt_is_quiet(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(main, "app", _raising(KeyboardInterrupt()))
    with pytest.raises(SystemExit) as end:
        main.main()

    assert end.value.code == 130
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("documents",),
        ("schema",),
        ("schema", "--json"),
        ("mapping", "explain", "acme/850", "--json"),
        ("partner", "list"),
        ("x12", "check", SAMPLE),
        ("x12", "explain", SAMPLE),
        ("x12", "rewrite", SAMPLE),
        ("schema", "odor.v1"),
        ("schema", "odor.v1", "--json"),
    ],
    ids=" ".join,
)
def test_a_reader_that_has_enough_ends_a_command_as_it_ends_cat(arguments: tuple[str, ...]) -> None:
    """Both streams lead into a pipe that nobody reads: nothing can be said, so only the exit code tells."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as pipe:
        command = [sys.executable, "-c", "from gateway.cli.main import main; main()", *arguments]
        ended = subprocess.run(command, check=False, stdout=pipe, stderr=pipe, cwd=ROOT)

    assert ended.returncode == main.CLOSED_PIPE == 141


def test_a_reader_that_has_enough_hears_no_complaint() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as pipe:
        command = [sys.executable, "-c", "from gateway.cli.main import main; main()", "schema"]
        ended = subprocess.run(command, check=False, stdout=pipe, stderr=subprocess.PIPE, cwd=ROOT)

    assert (ended.returncode, ended.stderr) == (141, b"")


@pytest.mark.parametrize("arguments", [("x12", "rewrite", SAMPLE), ("x12", "explain", SAMPLE), ("schema",)])
def test_a_full_disk_is_said_once(arguments: tuple[str, ...]) -> None:
    with Path("/dev/full").open("wb") as full:
        command = [sys.executable, "-c", "from gateway.cli.main import main; main()", *arguments]
        ended = subprocess.run(command, check=False, stdout=full, stderr=subprocess.PIPE, cwd=ROOT, text=True)

    assert (ended.returncode, ended.stderr) == (3, "gateway: [Errno 28] No space left on device\n")


def _raising(error: BaseException) -> object:
    def app(**_: object) -> None:
        raise error

    return app
