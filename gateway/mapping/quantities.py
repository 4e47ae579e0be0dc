"""Quantities by exact factors, wherever they stand in an object."""

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Final

from gateway.canonical.exact import times
from gateway.mapping.convert import Unconvertible, to_decimal

KEPT_DECIMALS: Final = 2
"""Zeros of a price that are kept as it was written: cents."""

Body = dict[str, object]
Change = Callable[[object, str], object]
"""A value and its path to the value that takes its place."""


def converted(body: Body, path: tuple[str, ...], change: Change, before: str = "") -> None:
    """Put what `change` gives in place of every value at `path`, through objects and lists; what is absent stays so.

    `body` itself is changed; the objects and lists inside it are copied first.
    """
    name, *deeper = path
    value = body.get(name)
    if value is None:
        return
    if isinstance(value, list | tuple):
        body[name] = [_inside(each, deeper, change, f"{before}{name}[{at}]") for at, each in enumerate(value)]
    else:
        body[name] = _inside(value, deeper, change, f"{before}{name}")


def _inside(value: object, deeper: list[str], change: Change, at: str) -> object:
    if not deeper:
        return change(value, at)
    if isinstance(value, dict):
        value = dict(value)
        converted(value, tuple(deeper), change, f"{at}.")
    return value


def scaled(value: object, factor: Fraction) -> Decimal | None:
    """`value` (a Decimal, int or decimal text) x `factor`, exactly; None for no number or no finite decimal.

    `12.50` x 12 is `150.00`. Zeros behind the second decimal go: 390.6250390625 x 256 is `100000.01`, and has no more
    digits than the element that it came from.
    """
    number = _number(value)
    return None if number is None else _short(times(number, factor))


def _short(number: Decimal | None) -> Decimal | None:
    if number is None:
        return None
    whole, point, decimals = format(number, "f").partition(".")
    kept = decimals[:KEPT_DECIMALS] + decimals[KEPT_DECIMALS:].rstrip("0")
    return Decimal(whole + point + kept)


def _number(value: object) -> Decimal | None:
    if isinstance(value, str):
        try:
            return to_decimal(value)
        except Unconvertible:
            return None
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    return value if isinstance(value, Decimal) else None
