"""What an expression gives, known before any document is read: arithmetic with text could only fail."""

import ast
from collections.abc import Collection
from typing import Final

GIVE_TEXT: Final = frozenset({"upper", "lower", "strip", "pad", "cut", "join", "text"})
"""Functions whose value is text, or nothing."""


def always_text(node: ast.expr, texts: Collection[str]) -> bool:
    """True for what is never a number: text, or nothing where a field is absent. `texts` are fields that hold text.

    False where it depends on the document: a choice of text and number is right for some.
    """
    match node:
        case ast.Constant(value=str()):
            return True
        case ast.Name(id=name):
            return name in texts
        case ast.Call(func=ast.Name(id="first"), args=[_, *_] as values) | ast.BoolOp(values=values):
            return all(always_text(value, texts) for value in values)
        case ast.Call(func=ast.Name(id=name)):
            return name in GIVE_TEXT
        case ast.IfExp(body=then, orelse=other):
            return always_text(then, texts) and always_text(other, texts)
    return False
