"""That a weak test is found out: the machinery itself, on a module of its own."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.mutation.listed import compared, reasons
from tests.mutation.mutants import mutants
from tests.mutation.rooms import ROOT

MODULE = '''"""A door that opens late."""

OPENS, CLOSES = 9, 17
MEANINGS = {"open": True, "closed": False}


def is_open(hour: int) -> bool:
    return MEANINGS["open" if OPENS <= hour < CLOSES else "closed"]
'''
WEAK = """
from door import is_open


def test_it_opens_and_closes():
    assert is_open(12)
    assert not is_open(3)
    assert not is_open(20)
"""
STRONG = """

def test_it_opens_and_closes_on_the_hour():
    assert [hour for hour in range(24) if is_open(hour)] == [9, 10, 11, 12, 13, 14, 15, 16]
"""


def hunted(folder: Path, tests: str, listed: str = "") -> tuple[int, dict[str, Any]]:
    (folder / "door.py").write_text(MODULE, encoding="utf-8")
    (folder / "test_door.py").write_text(tests, encoding="utf-8")
    (folder / "listed.yaml").write_text(listed, encoding="utf-8")
    answer = folder / "answer.json"
    options = ["--root", str(folder), "--tests=test_door.py", "--listed", str(folder / "listed.yaml")]
    command = [sys.executable, "-m", "tests.mutation", "other", "door.py", *options, f"--answer={answer}"]
    code = subprocess.run(command, cwd=ROOT, check=False).returncode
    return code, json.loads(answer.read_text(encoding="utf-8"))


def test_a_weak_test_leaves_mutants_alive_and_they_are_named(tmp_path: Path) -> None:
    code, found = hunted(tmp_path, WEAK)

    line = 'return MEANINGS["open" if OPENS <= hour < CLOSES else "closed"]'
    assert code == 1
    assert found["survivors"] == [
        ["door.py", "OPENS CLOSES", "OPENS, CLOSES = 9, 17", "OPENS, CLOSES = 10, 17", 1],
        ["door.py", "OPENS CLOSES", "OPENS, CLOSES = 9, 17", "OPENS, CLOSES = 9, 18", 1],
        ["door.py", "is_open", line, line.replace("<=", "<"), 1],
        ["door.py", "is_open", line, line.replace("hour <", "hour <="), 1],
    ]


def test_a_strong_test_leaves_none(tmp_path: Path) -> None:
    assert hunted(tmp_path, WEAK + STRONG) == (0, {"made": {"door.py": 19}, "survivors": []})


def test_a_listed_survivor_that_is_noticed_is_told(tmp_path: Path) -> None:
    listed = "[{reason: nobody comes then, mutants: [{path: door.py, where: is_open, line: a, becomes: b}]}]"

    assert hunted(tmp_path, WEAK + STRONG, listed)[0] == 1


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("a < b", {"a <= b", "a >= b"}),
        ("a is not None", {"a is None"}),
        ("a and (b or c)", {"a or (b or c)", " (b or c)", "a", "a and (b and c)", "a and ( c)", "a and (b )"}),
        ("not a", {"  a"}),
        ("f(a, *b)", set()),
        ("f(a, b)", {"f(b, a)"}),
        ("{k: a, **b}", {"{**b}", "{k: a}"}),
        ("(a, (b))", {"(b,)", "(a,)"}),
        ("f'{a} of {b}'", {'""', "f' of {b}'", "f'{a} of '"}),
        ("'yes'", {'""'}),
        ("True", {"False"}),
        ("1", {"2"}),
        ("''", {'"x"'}),
        ("None", {'"x"'}),
        ("a if b else c", {"a if True else c", "a if False else c"}),
        ("[a for a in b if c]", {"[a for a in () if c]", "[a for a in b if True]", "[a for a in b if False]"}),
    ],
)
def test_every_kind_of_expression_has_its_faults(text: str, changed: set[str]) -> None:
    found = {mutant.text.removeprefix("x = ").rstrip() for mutant in mutants("one.py", f"x = {text}")}

    assert found == changed


def test_every_kind_of_statement_can_be_left_out() -> None:
    source = "def f(a):\n    a.b = 1\n    a()\n    for b in a:\n        continue\n    raise a\n"
    found = {mutant.becomes for mutant in mutants("one.py", source)}

    assert found == {"pass", "a.b = 2", "for b in ():"}
    assert sum(mutant.becomes == "pass" for mutant in mutants("one.py", source)) == 4


def test_what_only_readers_and_type_checkers_see_is_left_alone() -> None:
    source = '"""About."""\nfrom a import b\n__all__ = ["b"]\nX = Literal["a", Mapping[a, 1]]\nY = tuple[str, str]\n'
    source += '@slow(2)\ndef f(a: Y[1]) -> Z["b"]:\n    """1."""\n'

    assert mutants("one.py", source) == []


def test_a_mutant_keeps_its_name_when_lines_come_above_it_and_equal_ones_are_counted() -> None:
    source = "def f(a):\n    a(1)\n    a(1)\n"
    names = [mutant.name for mutant in mutants("one.py", source)]
    source = source.replace("1)", "1)  # why")

    assert names == [mutant.name for mutant in mutants("one.py", "import b\n\n\n" + source)]
    assert names[1] == ("one.py", "f", "a(1)", "a(2)", 1)
    assert names[3] == ("one.py", "f", "a(1)", "a(2)", 2)


def test_a_reason_is_asked_for_each_survivor_and_a_survivor_for_each_reason() -> None:
    known, new, old = (("one.py", "f", "a", text, 1) for text in "bcd")
    elsewhere = ("two.py", "f", "a", "b", 1)

    assert compared([known, new], [known, old, elsewhere], ["one.py"]).unlisted == (new,)
    assert compared([known, new], [known, old, elsewhere], ["one.py"]).gone == (old,)


def test_a_survivor_listed_without_a_reason_is_refused() -> None:
    with pytest.raises(ValueError, match="without a reason"):
        reasons("[{reason: ' ', mutants: [{path: a, where: b, line: c, becomes: d}]}]")
