"""What comes of a number and a fraction is exact, or nothing."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.canonical.exact import MAXIMUM_DIGITS, times

quantities = st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**9), max_value=10**9)
factors = st.builds(Fraction, st.integers(1, 10**6), st.integers(1, 10**6))


@pytest.mark.parametrize(
    ("value", "factor", "result"),
    [
        ("12", "12", "144"),
        ("12.50", "12", "150.00"),
        ("6", "1/12", "0.5"),
        ("144.00", "1/12", "12.00"),
        ("-3", "0.4536", "-1.3608"),
        ("0", "1/7", "0"),
        ("1E+2", "3", "300"),
    ],
)
def test_a_quantity_keeps_its_decimals_and_gets_those_it_needs(value: str, factor: str, result: str) -> None:
    assert str(times(Decimal(value), Fraction(factor))) == result


def test_what_has_no_finite_decimals_is_not_rounded() -> None:
    assert times(Decimal(5), Fraction(1, 12)) is None


def test_what_needs_more_digits_than_a_canonical_number_keeps_is_nothing() -> None:
    assert times(Decimal(10) ** 27, Fraction(100)) is None
    assert times(Decimal(1), Fraction(1, 2**29)) is None
    assert times(Decimal("NaN"), Fraction(2)) is None


@given(quantities, factors)
def test_a_result_is_exactly_the_product(value: Decimal, factor: Fraction) -> None:
    result = times(value, factor)

    if result is not None:
        assert Fraction(result) == Fraction(value) * factor
        assert len(result.as_tuple().digits) <= MAXIMUM_DIGITS
        assert -int(result.as_tuple().exponent) >= -int(value.as_tuple().exponent)
    else:
        rest = (Fraction(value) * factor).denominator
        while rest % 2 == 0 or rest % 5 == 0:
            rest //= 2 if rest % 2 == 0 else 5
        assert rest != 1 or (Fraction(value) * factor).denominator.bit_length() > 20


@given(quantities, factors)
def test_there_and_back_is_the_same_quantity(value: Decimal, factor: Fraction) -> None:
    there = times(value, factor)

    if there is not None:
        assert times(there, 1 / factor) in (value, None)
