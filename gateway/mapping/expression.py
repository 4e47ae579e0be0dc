"""The small expression language of `read:` and `write:`. Python's grammar, a whitelist of its nodes, closures.

Nothing is ever handed to the interpreter: the syntax tree is walked once and each node becomes a function of the
fields. Sizes are bounded at both ends: of the text when it is built, of every value while it runs.
"""

import ast
import operator
from collections.abc import Callable, Collection, Mapping, Sequence
from decimal import ROUND_HALF_UP, Context, Decimal, DecimalException
from typing import Final

from gateway.flaws import did_you_mean
from gateway.mapping.expression_kinds import always_text

MAXIMUM_CHARACTERS = 500
MAXIMUM_PARTS = 100
MAXIMUM_LEVELS = 20
MAXIMUM_TEXT = 10_000
"""Characters a value may grow to: an element has at most 4,096 (X12 element 1551)."""

MAXIMUM_DECIMALS = 20

_CONTEXT: Final = Context(prec=56)
"""Twice the digits a canonical number may have, so that a product of two is exact."""

Fields = Mapping[str, object]
Evaluate = Callable[[Fields], object]


class NotAllowed(ValueError):
    """The expression is not one of ours; `column` counts characters into it from 0."""

    def __init__(self, column: int, sentence: str) -> None:
        super().__init__(sentence)
        self.column = column


class CannotEvaluate(ValueError):
    """The values at hand cannot be worked on: text times a number, a division by zero."""


def build(
    text: str, names: Collection[str], lists: Collection[str] | None = None, *, texts: Collection[str] = ()
) -> Evaluate:
    """A function from fields to the expression's value. Raises NotAllowed; the function raises CannotEvaluate.

    With `lists` it is an expression of `write:`: `count` and `sum` work on the fields of that name. Those of `names`
    that are `texts` never hold a number: there is no arithmetic with them.
    """
    if len(text) > MAXIMUM_CHARACTERS:
        raise NotAllowed(0, f"an expression has at most {MAXIMUM_CHARACTERS} characters")
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        column = (getattr(error, "offset", None) or 1) - 1
        raise NotAllowed(column, f"not an expression: {getattr(error, 'msg', None) or error}") from error
    if sum(1 for _ in ast.walk(tree)) > MAXIMUM_PARTS * 2:
        raise NotAllowed(0, f"an expression has at most {MAXIMUM_PARTS} parts")
    return _Builder(names, lists, texts).expression(tree.body, 0)


def names_in(text: str) -> frozenset[str]:
    """The names an expression uses, its functions among them. Raises nothing: what cannot be read uses none."""
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset()
    return frozenset(node.id for node in ast.walk(tree) if isinstance(node, ast.Name))


class _Builder:
    """Turns allowed nodes into closures."""

    def __init__(self, names: Collection[str], lists: Collection[str] | None, texts: Collection[str]) -> None:
        self._names = names
        self._lists = lists
        self._texts = texts

    def expression(self, node: ast.expr, level: int) -> Evaluate:
        """The closure of one node."""
        if level > MAXIMUM_LEVELS:
            raise NotAllowed(node.col_offset, f"an expression is nested at most {MAXIMUM_LEVELS} levels deep")
        build_node = _NODES.get(type(node))
        if build_node is None:
            said = type(node).__name__.lower()
            raise NotAllowed(node.col_offset, f"{said} is not allowed in a mapping expression")
        return build_node(self, node, level + 1)

    def name(self, node: ast.Name, level: int) -> Evaluate:
        name = node.id
        if self._lists is not None and name in self._lists:
            raise NotAllowed(
                node.col_offset, f"'{name}' is a list: only count({name}) and sum({name}, ...) know what to do"
            )
        if name not in self._names:
            hint = did_you_mean(name, self._names)
            said = "is read before this one" if self._lists is None else "is in this object or around it"
            raise NotAllowed(node.col_offset, f"no field '{name}' {said}{hint}")
        return lambda fields: fields.get(name)

    def constant(self, node: ast.Constant, level: int) -> Evaluate:
        value: object = node.value
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = Decimal(repr(value))
        elif not (value is None or isinstance(value, str | bool)):
            raise NotAllowed(node.col_offset, "a literal is text in quotes or a number")
        return lambda fields: value

    def tuple(self, node: ast.Tuple, level: int) -> Evaluate:
        parts = [self.expression(part, level) for part in node.elts]
        return lambda fields: tuple(part(fields) for part in parts)

    def choice(self, node: ast.IfExp, level: int) -> Evaluate:
        test, then, other = (self.expression(part, level) for part in (node.test, node.body, node.orelse))
        return lambda fields: then(fields) if test(fields) else other(fields)

    def logic(self, node: ast.BoolOp, level: int) -> Evaluate:
        parts = [self.expression(part, level) for part in node.values]
        stop_at = isinstance(node.op, ast.Or)

        def evaluate(fields: Fields) -> object:
            value: object = None
            for part in parts:
                value = part(fields)
                if bool(value) is stop_at:
                    return value
            return value

        return evaluate

    def unary(self, node: ast.UnaryOp, level: int) -> Evaluate:
        inner = self.expression(node.operand, level)
        if isinstance(node.op, ast.Not):
            return lambda fields: not inner(fields)
        if isinstance(node.op, ast.USub):
            self._no_text(node.operand)
            return lambda fields: _arithmetic(_CONTEXT.subtract, Decimal(0), inner(fields))
        raise NotAllowed(node.col_offset, "only `not` and a minus sign may stand before a value")

    def arithmetic(self, node: ast.BinOp, level: int) -> Evaluate:
        work = _ARITHMETIC.get(type(node.op))
        if work is None:
            raise NotAllowed(node.col_offset, "there are + - * and /; no powers, no remainders")
        left, right = self.expression(node.left, level), self.expression(node.right, level)
        self._no_text(node.left)
        self._no_text(node.right)
        return lambda fields: _arithmetic(work, left(fields), right(fields))

    def _no_text(self, node: ast.expr) -> None:
        """Text is not reckoned with, and not repeated: what no document could make right is told before any comes."""
        if always_text(node, self._texts):
            hint = f": write number({node.id})" if isinstance(node, ast.Name) else ""
            raise NotAllowed(node.col_offset, f"this is text, and there is no arithmetic with text{hint}")

    def comparison(self, node: ast.Compare, level: int) -> Evaluate:
        if len(node.ops) > 1:
            raise NotAllowed(node.col_offset, "comparisons are not chained: write `a < b and b < c`")
        compare = _COMPARISONS.get(type(node.ops[0]))
        if compare is None:
            raise NotAllowed(node.col_offset, "there are == != < <= > >= in and not in")
        left, right = self.expression(node.left, level), self.expression(node.comparators[0], level)
        return lambda fields: _compared(compare, left(fields), right(fields))

    def call(self, node: ast.Call, level: int) -> Evaluate:
        if not isinstance(node.func, ast.Name):
            raise NotAllowed(node.col_offset, "methods are not allowed in a mapping expression, only its functions")
        name = node.func.id
        if name in LIST_FUNCTIONS and self._lists is not None:
            return self._over_list(name, node)
        known = FUNCTIONS.get(name)
        if known is None:
            raise NotAllowed(node.col_offset, f"no such function '{name}'" + did_you_mean(name, FUNCTIONS))
        function, fewest, most = known
        if node.keywords or not fewest <= len(node.args) <= most:
            raise NotAllowed(node.col_offset, f"{name} takes {fewest} to {most} values, by position")
        arguments = [self.expression(argument, level) for argument in node.args]
        return lambda fields: _called(function, [argument(fields) for argument in arguments])

    def _over_list(self, name: str, node: ast.Call) -> Evaluate:
        wanted = LIST_FUNCTIONS[name]
        texts = [each.value for each in node.args[1:] if isinstance(each, ast.Constant) and isinstance(each.value, str)]
        first = node.args[0] if node.args else None
        if node.keywords or not isinstance(first, ast.Name) or len(node.args) != wanted or len(texts) != wanted - 1:
            raise NotAllowed(node.col_offset, 'write count(lines) or sum(lines, "quantity")')
        if first.id not in (self._lists or ()):
            hint = did_you_mean(first.id, self._lists or ())
            raise NotAllowed(first.col_offset, f"there is no list '{first.id}' in this object or around it{hint}")
        return _counted(first.id) if name == "count" else _added(first.id, texts[0])


def _counted(name: str) -> Evaluate:
    return lambda fields: Decimal(len(_entries(fields, name)))


def _added(name: str, field: str) -> Evaluate:
    def evaluate(fields: Fields) -> object:
        total: object = Decimal(0)
        for entry in _entries(fields, name):
            value = entry.get(field) if isinstance(entry, Mapping) else None
            if value is not None:
                total = _arithmetic(_CONTEXT.add, total, number_of(value))
        return total

    return evaluate


def _entries(fields: Fields, name: str) -> Sequence[object]:
    value = fields.get(name)
    return value if isinstance(value, list | tuple) else ()


def number_of(value: object) -> object:
    """Decimal text as a Decimal, as a canonical document may write it; anything else as it is."""
    try:
        return _number(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _arithmetic(work: Callable[[Decimal, Decimal], Decimal], left: object, right: object) -> object:
    if left is None or right is None:
        return None
    first, second = _decimal(left), _decimal(right)
    try:
        result = work(first, second)
    except (DecimalException, ArithmeticError) as error:
        raise CannotEvaluate(f"cannot reckon with {first} and {second}") from error
    if not result.is_finite() or abs(result.adjusted()) > MAXIMUM_DECIMALS * 2:
        raise CannotEvaluate(f"{first} and {second} give a number out of bounds")
    return result


def _decimal(value: object) -> Decimal:
    if isinstance(value, Decimal):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    raise CannotEvaluate(f"'{value}' is not a number: write number({value})")


def _compared(compare: Callable[[object, object], object], left: object, right: object) -> bool:
    ordering = compare in {operator.lt, operator.le, operator.gt, operator.ge}
    if (ordering or compare is _contains or compare is _lacks) and (left is None or right is None):
        return compare is _lacks
    try:
        return bool(compare(left, right))
    except TypeError as error:
        raise CannotEvaluate(f"cannot compare '{left}' with '{right}'") from error


def _contains(left: object, right: object) -> bool:
    if isinstance(right, str | tuple):
        return left in right
    raise TypeError


def _lacks(left: object, right: object) -> bool:
    return not _contains(left, right)


def _called(function: Callable[..., object], arguments: list[object]) -> object:
    try:
        value = function(*arguments)
    except (TypeError, ValueError, ArithmeticError, AttributeError) as error:
        raise CannotEvaluate(f"{function.__name__.lstrip('_')} cannot work on {_shown(arguments)}") from error
    if isinstance(value, str) and len(value) > MAXIMUM_TEXT:
        raise CannotEvaluate(f"the text grew over {MAXIMUM_TEXT} characters")
    return value


def _shown(arguments: list[object]) -> str:
    return ", ".join(f"'{str(argument)[:40]}'" for argument in arguments)


def _text(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, bool):
        raise TypeError
    return str(value)


def _of_text(work: Callable[[str], object]) -> Callable[[object], object]:
    def function(value: object) -> object:
        if value is None:
            return None
        if not isinstance(value, str):
            raise TypeError
        return work(value)

    return function


def _pad(value: str | None, length: Decimal, character: str = "0") -> str | None:
    if value is None:
        return None
    if not 0 <= length <= MAXIMUM_TEXT or len(character) != 1:
        raise ValueError
    return value.rjust(int(length), character)


def _cut(value: str | None, start: Decimal, end: Decimal | None = None) -> str | None:
    return None if value is None else value[int(start) : None if end is None else int(end)]


def _join(separator: str, *parts: str | None) -> str:
    return separator.join(part for part in parts if part)


def _first(*values: object) -> object:
    return next((value for value in values if value is not None and value != ""), None)


def _number(value: object) -> Decimal | None:
    if value is None or isinstance(value, Decimal):
        return value
    text = str(value)
    if not text.isascii() or len(text) > MAXIMUM_DECIMALS * 2 or not text.lstrip("-").replace(".", "", 1).isdigit():
        raise ValueError
    return Decimal(text)


def _round(value: Decimal | None, decimals: Decimal) -> Decimal | None:
    if value is None:
        return None
    if not 0 <= decimals <= MAXIMUM_DECIMALS:
        raise ValueError
    return _decimal(value).quantize(Decimal(1).scaleb(-int(decimals)), ROUND_HALF_UP, _CONTEXT)


FUNCTIONS: Final[dict[str, tuple[Callable[..., object], int, int]]] = {
    "upper": (_of_text(str.upper), 1, 1),
    "lower": (_of_text(str.lower), 1, 1),
    "strip": (_of_text(str.strip), 1, 1),
    "length": (_of_text(lambda value: Decimal(len(value))), 1, 1),
    "pad": (_pad, 2, 3),
    "cut": (_cut, 2, 3),
    "join": (_join, 2, 20),
    "first": (_first, 1, 20),
    "number": (_number, 1, 1),
    "text": (_text, 1, 1),
    "round": (_round, 2, 2),
}
"""Name: function, fewest and most values it takes."""

LIST_FUNCTIONS: Final = {"count": 1, "sum": 2}
"""Functions of `write:` alone: name and how many values each takes, the first being a list."""

_ARITHMETIC: Final[dict[type[ast.operator], Callable[[Decimal, Decimal], Decimal]]] = {
    ast.Add: _CONTEXT.add,
    ast.Sub: _CONTEXT.subtract,
    ast.Mult: _CONTEXT.multiply,
    ast.Div: _CONTEXT.divide,
}

_COMPARISONS: Final[dict[type[ast.cmpop], Callable[..., object]]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: _contains,
    ast.NotIn: _lacks,
}

_NODES: Final[dict[type[ast.expr], Callable[..., Evaluate]]] = {
    ast.Name: _Builder.name,
    ast.Constant: _Builder.constant,
    ast.Tuple: _Builder.tuple,
    ast.IfExp: _Builder.choice,
    ast.BoolOp: _Builder.logic,
    ast.UnaryOp: _Builder.unary,
    ast.BinOp: _Builder.arithmetic,
    ast.Compare: _Builder.comparison,
    ast.Call: _Builder.call,
}
