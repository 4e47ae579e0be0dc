"""Every fault that no test notices is known, with a reason: the whole hunt, which writes docs/evidence/mutants.md."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutation.listed import SURVIVORS, page, reasons
from tests.mutation.rooms import ROOMS, ROOT

EVIDENCE = ROOT / "docs" / "evidence" / "mutants.md"


def test_every_listed_survivor_is_of_a_module_that_is_hunted_and_has_a_reason() -> None:
    modules = {path for room in ROOMS.values() for path in room.modules}

    assert {name[0] for name in reasons(SURVIVORS.read_text(encoding="utf-8"))} <= modules


def test_all_of_the_ledger_and_both_ways_of_a_mapping_are_hunted() -> None:
    modules = {path for room in ROOMS.values() for path in room.modules}

    assert modules > {"gateway/mapping/to_canonical.py", "gateway/mapping/to_x12.py", "gateway/ledger/document.py"}
    assert all((ROOT / path).is_file() for path in modules)


@pytest.mark.long
@pytest.mark.timeout(0)
def test_every_survivor_is_listed_with_its_reason_and_every_listed_one_survives(tmp_path: Path) -> None:
    made: dict[str, int] = {}
    survivors = []
    failed = []
    for room in ROOMS:
        answer = tmp_path / f"{room}.json"
        # In a process of its own: a hunt forks, and has to come before anything of its room is imported.
        command = [sys.executable, "-m", "tests.mutation", room, "--answer", str(answer)]
        done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
        if done.returncode:
            failed.append(f"{room}:\n{done.stdout}{done.stderr}")
        if answer.exists():
            told = json.loads(answer.read_text(encoding="utf-8"))
            made |= told["made"]
            survivors += [(*name[:4], name[4]) for name in told["survivors"]]

    assert not failed, "\n".join(failed)
    EVIDENCE.write_text(page(made, survivors, reasons(SURVIVORS.read_text(encoding="utf-8"))), encoding="utf-8")
