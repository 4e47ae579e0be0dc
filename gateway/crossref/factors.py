"""Factors between units of measure: exact, as fractions. Nothing here ever rounds."""

import re
from decimal import Decimal
from fractions import Fraction
from typing import Final

MAXIMUM_DIGITS: Final = 28
"""What a canonical number keeps; a result that needs more is no result."""

_FORM = re.compile(r"[0-9]{1,18}(?:\.[0-9]{1,18})?|[0-9]{1,18}/[0-9]{1,18}", re.ASCII).fullmatch


class NotAFactor(ValueError):
    """The text is no positive factor; the message says what one looks like."""


def read_factor(text: str) -> Fraction:
    """A factor as people write it: `12`, `0.4536` or `1/12`. Raises NotAFactor."""
    if not _FORM(text):
        raise NotAFactor(f"'{text[:40]}' is no factor: write 12, 0.4536 or 1/12")
    try:
        factor = Fraction(text)
    except ZeroDivisionError:
        raise NotAFactor(f"'{text}' divides by nothing") from None
    if not factor:
        raise NotAFactor(f"'{text}' is no factor: with nothing, every quantity would be nothing")
    return factor


def factor_text(factor: Fraction) -> str:
    """A factor as `read_factor` reads it: whole, or as a fraction in lowest terms."""
    return str(factor)


def times(value: Decimal, factor: Fraction) -> Decimal | None:
    """`value` x `factor`, exactly, with at least the decimals of `value`; None when no finite decimal is the result.

    None too when the result needs more than 28 digits. `12.50` x 12 is `150.00`, 6 x 1/12 is `0.5`, 5 x 1/12 is None.
    """
    if not value.is_finite():
        return None
    product = Fraction(value) * factor
    places = _decimals(product.denominator)
    if places is None:
        return None
    exponent = value.as_tuple().exponent
    scale = max(places, -exponent if isinstance(exponent, int) else 0, 0)
    digits = abs(product.numerator) * 10**scale // product.denominator
    if scale > MAXIMUM_DIGITS or len(str(digits)) > MAXIMUM_DIGITS:
        return None
    sign = 1 if product < 0 else 0
    return Decimal((sign, tuple(map(int, str(digits))), -scale))


def _decimals(denominator: int) -> int | None:
    """Decimals of a fraction in lowest terms: as many as its denominator has twos or fives; None when it has others."""
    twos = fives = 0
    while denominator % 2 == 0:
        denominator, twos = denominator // 2, twos + 1
    while denominator % 5 == 0:
        denominator, fives = denominator // 5, fives + 1
    return max(twos, fives) if denominator == 1 else None
