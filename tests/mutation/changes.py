"""Which changes are made to one node of a syntax tree: boundaries, negations, constants, what is left out."""

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any

from tests.mutation.text import Change, Text

_COMPARISONS: dict[type[ast.cmpop], tuple[str, tuple[str, ...]]] = {
    ast.Lt: ("<", ("<=", ">=")),
    ast.LtE: ("<=", ("<", ">")),
    ast.Gt: (">", (">=", "<=")),
    ast.GtE: (">=", (">", "<")),
    ast.Eq: ("==", ("!=",)),
    ast.NotEq: ("!=", ("==",)),
    ast.Is: ("is", ("is not",)),
    ast.IsNot: (r"is\s+not", ("is",)),
    ast.In: ("in", ("not in",)),
    ast.NotIn: (r"not\s+in", ("in",)),
}
_ARITHMETIC: dict[type[ast.operator], tuple[str, str]] = {
    ast.Add: (r"\+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: (r"\*", "//"),
    ast.Div: ("/", "*"),
    ast.FloorDiv: ("//", "*"),
    ast.Mod: ("%", "*"),
    ast.BitOr: (r"\|", "&"),
    ast.BitAnd: ("&", "|"),
}
_REMOVABLE = ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Raise | ast.Continue | ast.Break | ast.Delete | ast.Assert


def changes_of(node: ast.AST, text: Text, in_function: bool) -> Iterator[Change]:
    """The changes of this node alone, not of what is in it. At import only calls are left out: a table that is not
    there is noticed by every test.
    """
    if in_function and isinstance(node, _REMOVABLE):
        yield from _removed(node, text)
    make = _MAKERS.get(type(node))
    if make is not None:
        yield from make(node, text)


def _removed(node: ast.stmt, text: Text) -> Iterator[Change]:
    if not (isinstance(node, ast.AnnAssign) and node.value is None):
        yield Change(*text.span(node), "pass")


def _call_statement(node: ast.Expr, text: Text) -> Iterator[Change]:
    if isinstance(node.value, ast.Call | ast.Await):
        yield Change(*text.span(node), "pass")


def _comparison(node: ast.Compare, text: Text) -> Iterator[Change]:
    sides = [node.left, *node.comparators]
    for (left, right), operator in zip(pairwise(sides), node.ops, strict=True):
        pattern, others = _COMPARISONS[type(operator)]
        start, end = _operator(text, left, right, pattern)
        for other in others:
            yield Change(start, end, other)


def _either(node: ast.BoolOp, text: Text) -> Iterator[Change]:
    """The other of `and` and `or`; and each operand left out."""
    word, other = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
    begin, end = text.span(node)
    operators = [_operator(text, left, right, word) for left, right in pairwise(node.values)]
    for start, stop in operators:
        yield Change(start, stop, other)
    yield Change(begin, operators[0][1], "")
    for (start, _), after in zip(operators, [*operators[1:], (end, end)], strict=True):
        yield Change(start, after[0], "")


def _arithmetic(node: ast.BinOp, text: Text) -> Iterator[Change]:
    if type(node.op) in _ARITHMETIC:
        pattern, other = _ARITHMETIC[type(node.op)]
        yield Change(*_operator(text, node.left, node.right, pattern), other)


def _added(node: ast.AugAssign, text: Text) -> Iterator[Change]:
    if type(node.op) in _ARITHMETIC:
        pattern, other = _ARITHMETIC[type(node.op)]
        yield Change(*_operator(text, node.target, node.value, pattern + "="), other + "=")


def _operator(text: Text, left: ast.expr, right: ast.expr, pattern: str) -> tuple[int, int]:
    """Where the operator stands between two operands, which may have brackets around them."""
    start, end = text.span(left)[1], text.span(right)[0]
    found = re.search(rf"(?<!\w){pattern}" if pattern[0].isalpha() else pattern, text.between(start, end))
    assert found is not None
    return start + found.start(), start + found.end()


def _sign(node: ast.UnaryOp, text: Text) -> Iterator[Change]:
    if isinstance(node.op, ast.Not | ast.USub):
        start, _ = text.span(node)
        yield Change(start, start + (3 if isinstance(node.op, ast.Not) else 1), " ")


def _constant(node: ast.Constant, text: Text) -> Iterator[Change]:
    value = node.value
    other = None
    if value is None:
        other = '"x"'
    elif isinstance(value, bool):
        other = repr(not value)
    elif isinstance(value, str | bytes):
        prefix = "b" if isinstance(value, bytes) else ""
        other = f'{prefix}""' if value else f'{prefix}"x"'
    elif isinstance(value, int | float):
        other = repr(value + 1)
    if other is not None:
        yield Change(*text.span(node), other)


def _sentence(node: ast.JoinedStr, text: Text) -> Iterator[Change]:
    """Nothing instead of it; and each value that it shows left out."""
    yield Change(*text.span(node), '""')
    for hole in node.values:
        if isinstance(hole, ast.FormattedValue):
            others = [part for part in node.values if part is not hole]
            shown = (text.of(node), f"without {{{ast.unparse(hole.value)}}}")
            yield Change(*text.span(node), ast.unparse(ast.JoinedStr(others)), shown)


def _returned(node: ast.Return | ast.Yield, text: Text) -> Iterator[Change]:
    if node.value is not None and not isinstance(node.value, ast.Constant):
        yield Change(*text.span(node.value), "None")


def _yielded(node: ast.YieldFrom, text: Text) -> Iterator[Change]:
    yield Change(*text.span(node.value), "()")


def _condition(node: ast.If | ast.While | ast.IfExp, text: Text) -> Iterator[Change]:
    yield from _never_and_always(node.test, text)


def _never_and_always(test: ast.expr, text: Text) -> Iterator[Change]:
    if not isinstance(test, ast.Constant):
        for other in ("True", "False"):
            yield Change(*text.span(test), other)


def _loop(node: ast.For, text: Text) -> Iterator[Change]:
    yield Change(*text.span(node.iter), "()")


def _comprehension(node: ast.comprehension, text: Text) -> Iterator[Change]:
    yield Change(*text.span(node.iter), "()")
    for test in node.ifs:
        yield from _never_and_always(test, text)


def _call(node: ast.Call, text: Text) -> Iterator[Change]:
    """Neighbouring arguments swapped."""
    for left, right in pairwise(node.args):
        if isinstance(left, ast.Starred) or isinstance(right, ast.Starred):
            continue
        (start, middle), (after, end) = text.span(left), text.span(right)
        yield Change(start, end, text.of(right) + text.between(middle, after) + text.of(left))


def _table(node: ast.Dict, text: Text) -> Iterator[Change]:
    entries = [
        f"{text.of(key)}: {text.of(value)}" if key is not None else f"**{text.of(value)}"
        for key, value in zip(node.keys, node.values, strict=True)
    ]
    yield from _left_out(node, entries, text, lambda kept: f"{{{', '.join(kept)}}}")


def _list(node: ast.List, text: Text) -> Iterator[Change]:
    if isinstance(node.ctx, ast.Load):
        yield from _left_out(node, [text.of(one) for one in node.elts], text, lambda kept: f"[{', '.join(kept)}]")


def _tuple(node: ast.Tuple, text: Text) -> Iterator[Change]:
    if isinstance(node.ctx, ast.Load):
        entries = [text.of(one) for one in node.elts]
        yield from _left_out(node, entries, text, lambda kept: f"({', '.join(kept)}{',' if kept else ''})")


def _set(node: ast.Set, text: Text) -> Iterator[Change]:
    entries = [text.of(one) for one in node.elts]
    yield from _left_out(node, entries, text, lambda kept: f"{{{', '.join(kept)}}}" if kept else "set()")


def _left_out(node: ast.expr, entries: Sequence[str], text: Text, join: Callable[[list[str]], str]) -> Iterator[Change]:
    for at, entry in enumerate(entries):
        kept = [*entries[:at], *entries[at + 1 :]]
        shown = (entry, "(left out)") if node.lineno != node.end_lineno else None
        yield Change(*text.span(node), join(kept), shown)


_MAKERS: dict[type[ast.AST], Callable[[Any, Text], Iterator[Change]]] = {
    ast.Expr: _call_statement,
    ast.Compare: _comparison,
    ast.BoolOp: _either,
    ast.BinOp: _arithmetic,
    ast.AugAssign: _added,
    ast.UnaryOp: _sign,
    ast.Constant: _constant,
    ast.JoinedStr: _sentence,
    ast.Return: _returned,
    ast.Yield: _returned,
    ast.YieldFrom: _yielded,
    ast.If: _condition,
    ast.While: _condition,
    ast.IfExp: _condition,
    ast.For: _loop,
    ast.comprehension: _comprehension,
    ast.Call: _call,
    ast.Dict: _table,
    ast.List: _list,
    ast.Tuple: _tuple,
    ast.Set: _set,
}
