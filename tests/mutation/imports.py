"""Modules imported from another text than their file: a mutant, or the module with a mark at each statement."""

import ast
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from types import CodeType, ModuleType

Mark = Callable[[tuple[str, int]], None]
_MARK = "_mutation_mark"


def module_name(path: str) -> str:
    """`gateway/ledger/acks.py` as it is imported."""
    return ".".join(Path(path).with_suffix("").parts).removesuffix(".__init__")


class ImportFrom(MetaPathFinder):
    """Finds the modules of some files, by path from `root`, and makes them of the syntax trees given for them."""

    def __init__(self, root: Path, trees: Mapping[str, ast.Module], mark: Mark | None = None) -> None:
        self._trees = {module_name(path): (root / path, tree) for path, tree in trees.items()}
        self._mark = mark

    def install(self) -> None:
        """Before anything else looks for modules. Those that are imported already stay what they are."""
        assert not self._trees.keys() & sys.modules.keys(), "imported too early"
        sys.meta_path.insert(0, self)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """As MetaPathFinder has it."""
        if fullname not in self._trees:
            return None
        file, tree = self._trees[fullname]
        return spec_from_file_location(fullname, file, loader=_FromTree(fullname, str(file), tree, self._mark))


class _FromTree(SourceFileLoader):
    def __init__(self, fullname: str, path: str, tree: ast.Module, mark: Mark | None) -> None:
        super().__init__(fullname, path)
        self._tree, self._mark = tree, mark

    def get_code(self, fullname: str) -> CodeType:
        with warnings.catch_warnings(action="ignore"):
            return compile(self._tree, self.path, "exec", dont_inherit=True)

    def exec_module(self, module: ModuleType) -> None:
        if self._mark is not None:
            module.__dict__[_MARK] = self._mark
        super().exec_module(module)


def marked(path: str, source: str) -> ast.Module:
    """A module that marks (path, line) before each statement of a function."""
    tree = ast.parse(source)
    _Marker(path).visit(tree)
    return ast.fix_missing_locations(tree)


class _Marker(ast.NodeTransformer):
    def __init__(self, path: str) -> None:
        self._path, self._depth = path, 0

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self._depth += 1
        self.generic_visit(node)
        self._depth -= 1
        return node

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        if self._depth:
            for name in ("body", "orelse", "finalbody"):
                statements = getattr(node, name, None)
                if isinstance(statements, list):
                    setattr(node, name, [one for statement in statements for one in self._with_mark(statement)])
        return node

    def _with_mark(self, statement: ast.stmt) -> list[ast.stmt]:
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
            return [statement]
        place = ast.Tuple([ast.Constant(self._path), ast.Constant(statement.lineno)], ast.Load())
        mark = ast.Expr(ast.Call(ast.Name(_MARK, ast.Load()), [place], []))
        return [ast.copy_location(mark, statement), statement]
