"""`docs/onboarding.md` is followed to the letter: its files are written, its commands run, their output compared.

Blocks of the page: a language and a file name is a file to write; `console` is `$` commands with what they print. In
that `...` stands for anything, and a last line `[exit N]` for an exit code other than 0.

`console live` (step 9, and the words for articles) is not run: it needs a running gateway into which the partner has
sent its own files and whose ids nobody knows beforehand. Held is that each of its commands takes the arguments shown;
what they do is in the tests of the commands and in `tests/journeys/`, and step 7 of the page plays the same road.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.unit.cli.tree import leaves

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "onboarding.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", PAGE, flags=re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command of the page, with the output it promises and its exit code."""

    text: str
    output: str
    exit_code: int


def commands(block: str) -> Iterator[Command]:
    for one in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        text, _, output = one.partition("\n")
        promised = re.search(r"^\[exit (\d)\]\n", output, flags=re.MULTILINE)
        shown = output[: promised.start()] if promised else output
        yield Command(text=text, output=shown, exit_code=int(promised[1]) if promised else 0)


def as_pattern(output: str) -> str:
    lines = (
        r"(?:.*\n)*?"
        if line.strip() == "..."
        else re.escape(line).replace(r"\.\.\.", ".*").replace(r"\ .*\ ", r"\ .*") + "\n"
        for line in output.splitlines()
    )
    return "".join(lines)


LIVE = [one for kind, name, content in BLOCKS if kind == "console" and name == "live" for one in commands(content)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A place to work in: the authored files as they are delivered."""
    for name in ("mappings", "partners"):
        shutil.copytree(ROOT / name, tmp_path / name)
    return tmp_path


def run(command: Command, folder: Path) -> subprocess.CompletedProcess[str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("GATEWAY_")}
    return subprocess.run(
        ["/bin/sh", "-c", command.text],
        cwd=folder,
        env={**own, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{own['PATH']}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=180,
        check=False,
    )


@pytest.mark.timeout(400)  # forty processes, one after the other
def test_who_follows_the_page_gets_what_it_shows(folder: Path) -> None:
    for kind, name, content in BLOCKS:
        if kind != "console":
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(content, encoding="utf-8")
            continue
        for command in commands(content) if name != "live" else ():
            done = run(command, folder)

            assert done.returncode == command.exit_code, f"{command.text}\n{done.stdout}"
            assert re.fullmatch(as_pattern(command.output), done.stdout), f"{command.text}\n{done.stdout}"


@pytest.mark.parametrize("text", [command.text for command in LIVE])
def test_what_needs_a_running_gateway_is_a_command_with_arguments_that_it_takes(text: str) -> None:
    _, group, name, *rest = shlex.split(text)

    leaves()[f"{group} {name}"].make_context(name, rest)


def test_the_page_has_every_step() -> None:
    shown = [command.text for kind, name, content in BLOCKS if kind == "console" for command in commands(content)]

    for step in (
        "x12 check",
        "mapping check",
        "mapping explain",
        "mapping read",
        "mapping test",
        "mapping write",
        "mapping diff",
        "mapping release",
        "partner new",
        "partner check",
        "partner why",
        "partner show",
        "demo",
    ):
        assert any(text.startswith(f"gateway {step}") for text in shown), step


def test_every_block_is_a_file_or_commands() -> None:
    assert [name for kind, name, _ in BLOCKS if kind != "console" and not name] == []
    assert {name for kind, name, _ in BLOCKS if kind == "console"} == {"", "live"}
    assert len(BLOCKS) * 2 == len(re.findall(r"^```", PAGE, flags=re.MULTILINE))
