"""Every small fault that could be in a module: one change of its text each, by a name that outlives edits elsewhere."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from tests.mutation.changes import changes_of
from tests.mutation.text import Change, Text

Name = tuple[str, str, str, str, int]
"""What a mutant is known by: its path, where, line, becomes and nth."""

_SKIPPED_FIELDS = {"annotation", "returns", "decorator_list", "type_params", "bases", "ctx", "names"}
_TYPING = {"TypeVar", "NewType", "cast"}
_TYPE = re.compile("[A-Z][A-Za-z]*[a-z][A-Za-z]*|tuple|list|dict|set|frozenset|type")
"""`Mapping[str, int]` is a type; tables have names in capitals or in small letters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A module with one change.

    Its name is `path`, `where` (the function, class or table), `line` before and `becomes` after, and `nth` of those
    that are equal in all that. `statement` is the line of the statement in a function that has to run for it to be
    noticed, 0 for what is done at import; `text` is the whole module with the change.
    """

    path: str
    where: str
    line: str
    becomes: str
    nth: int
    statement: int
    text: str

    @property
    def name(self) -> Name:
        """What it is known by in lists: no line numbers, which change with every edit above."""
        return self.path, self.where, self.line, self.becomes, self.nth


@dataclass(frozen=True, slots=True)
class _Place:
    where: tuple[str, ...] = ()
    statement: int = 0
    in_function: bool = False


def mutants(path: str, source: str) -> list[Mutant]:
    """All mutants of one module, in the order of its text. What does not compile, or changes nothing, is left out."""
    text = Text(source)
    tree = ast.parse(source)
    known = {ast.dump(tree)}
    times: Counter[tuple[str, str, str]] = Counter()
    found = []
    for place, change in _changes(tree, text, _Place()):
        changed = text.changed(change)
        try:
            dumped = ast.dump(ast.parse(changed))
        except SyntaxError:
            continue
        if dumped in known:
            continue
        known.add(dumped)
        where, (line, becomes) = ".".join(place.where), text.shown(change)
        times[where, line, becomes] += 1
        found.append(
            Mutant(
                path=path,
                where=where,
                line=line,
                becomes=becomes,
                nth=times[where, line, becomes],
                statement=place.statement,
                text=changed,
            )
        )
    return found


def _changes(node: ast.AST, text: Text, place: _Place) -> Iterator[tuple[_Place, Change]]:
    if _only_for_readers(node):
        return
    place = _inside(node, place)
    for change in changes_of(node, text, place.in_function):
        yield place, change
    inner = place
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        inner = _Place(place.where, 0, in_function=True)
    for name, value in ast.iter_fields(node):
        if name in _SKIPPED_FIELDS or isinstance(node, ast.JoinedStr):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not _compared_by_identity(node, child):
                yield from _changes(child, text, inner if name == "body" else place)


def _inside(node: ast.AST, place: _Place) -> _Place:
    where, statement = place.where, place.statement
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        where = (*where, node.name)
    elif isinstance(node, ast.Assign | ast.AnnAssign) and not where:
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        where = (re.sub(r"\W+", " ", ast.unparse(target)).strip(),)
    if isinstance(node, ast.stmt) and place.in_function:
        statement = node.lineno
    return _Place(where, statement, place.in_function)


def _compared_by_identity(node: ast.AST, child: ast.AST) -> bool:
    """`is None` has no other constant to be compared with; the comparison itself is changed."""
    return (
        isinstance(node, ast.Compare)
        and isinstance(child, ast.Constant)
        and any(isinstance(one, ast.Is | ast.IsNot) for one in node.ops)
    )


def _only_for_readers(node: ast.AST) -> bool:
    """Docstrings, `__all__`, and what only a type checker sees."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    if isinstance(node, ast.Assign):
        return any(isinstance(target, ast.Name) and target.id == "__all__" for target in node.targets)
    if isinstance(node, ast.Subscript):
        return isinstance(node.value, ast.Name) and _TYPE.fullmatch(node.value.id) is not None
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id in _TYPING
    return isinstance(node, ast.ImportFrom | ast.Import)
