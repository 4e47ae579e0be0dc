"""What the source of the gateway may not contain, held by looking at its syntax trees."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "gateway").rglob("*.py"))

FORBIDDEN_MODULES = frozenset({"pickle", "marshal", "shelve", "dill", "subprocess", "pty", "telnetlib", "ftplib"})
FORBIDDEN_CALLS = frozenset(
    {"eval", "exec", "compile", "__import__", "yaml.load", "yaml.unsafe_load", "os.system", "os.popen"}
)


def _trees() -> Iterator[tuple[Path, ast.AST]]:
    for path in SOURCES:
        yield path, ast.parse(path.read_text(encoding="utf-8"))


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_name(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module or ""] if isinstance(node, ast.ImportFrom) else []


def test_there_are_sources_to_look_at() -> None:
    assert len(SOURCES) > 100


def test_nothing_is_unpickled_and_no_program_is_started() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno} {name}"
        for path, tree in _trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in _imported(node)
        if name.split(".")[0] in FORBIDDEN_MODULES
    ]

    assert found == []


def test_no_text_becomes_code() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno} {_name(node.func)}"
        for path, tree in _trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and _name(node.func) in FORBIDDEN_CALLS
    ]

    assert found == []


def test_rows_are_locked_so_that_others_may_refer_to_them() -> None:
    locks = [
        (path.name, node.lineno, {one.arg for one in node.keywords})
        for path, tree in _trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "with_for_update"
    ]

    assert len(locks) > 30
    assert [one for one in locks if not one[2] & {"key_share", "read"} and one[0] != "purge.py"] == []


def test_no_sql_is_made_of_strings() -> None:
    """`text(...)` takes a literal; `exec_driver_sql` and `execute` take nothing that was put together."""
    taken = ("text", "sqlalchemy.text", "exec_driver_sql", "execute")
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path, tree in _trees()
        if "migrations" not in path.parts
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and _name(node.func).rpartition(".")[2] in taken and node.args
        if isinstance(node.args[0], ast.JoinedStr | ast.BinOp) and not _is_pragma(node.args[0])
    ]

    assert found == []


def _is_pragma(node: ast.expr) -> bool:
    """SQLite's PRAGMA takes no parameters; ours are constants of the module."""
    return isinstance(node, ast.JoinedStr) and ast.unparse(node).startswith("f'PRAGMA ")


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_says_what_it_is(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))

    assert not tree.body or ast.get_docstring(tree)
    assert path.read_text(encoding="utf-8").count("\n") <= 400
