"""Numbers times fractions: exact, or not at all. Nothing here ever rounds."""

from decimal import Decimal
from fractions import Fraction
from typing import Final

MAXIMUM_DIGITS: Final = 28
"""What a canonical number keeps; a result that needs more is no result."""


def times(value: Decimal, factor: Fraction) -> Decimal | None:
    """`value` x `factor`, with at least the decimals of `value`; None when no finite decimal is the result.

    None too when the result needs more than 28 digits. `12.50` x 12 is `150.00`, 6 x 1/12 is `0.5`, 5 x 1/12 is None.
    """
    if not value.is_finite():
        return None
    product = Fraction(value) * factor
    places = _places(product.denominator)
    if places is None:
        return None
    exponent = value.as_tuple().exponent
    scale = max(places, -exponent if isinstance(exponent, int) else 0, 0)
    digits = str(abs(product.numerator) * 10**scale // product.denominator)
    if scale > MAXIMUM_DIGITS or len(digits) > MAXIMUM_DIGITS:
        return None
    return Decimal((int(product < 0), tuple(map(int, digits)), -scale))


def _places(denominator: int) -> int | None:
    """Decimals of a fraction in lowest terms: as many as its denominator has twos or fives; None when it has others."""
    twos = fives = 0
    while denominator % 2 == 0:
        denominator, twos = denominator // 2, twos + 1
    while denominator % 5 == 0:
        denominator, fives = denominator // 5, fives + 1
    return max(twos, fives) if denominator == 1 else None
