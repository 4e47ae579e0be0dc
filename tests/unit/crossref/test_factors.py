"""Factors are read as people write them, and are fractions."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.crossref.factors import NotAFactor, factor_text, read_factor, stored_factor

factors = st.builds(Fraction, st.integers(1, 10**6), st.integers(1, 10**6))


@given(factors)
def test_a_factor_is_read_as_it_is_written(factor: Fraction) -> None:
    assert read_factor(factor_text(factor)) == factor


@pytest.mark.parametrize("text", ["", "0", "0/3", "1/0", "-2", "1e3", "1/2/3", "twelve", "1.", "½", "9" * 19])
def test_what_is_no_factor_is_refused(text: str) -> None:
    with pytest.raises(NotAFactor):
        read_factor(text)


@pytest.mark.parametrize("text", ["0.000000000000000001", "1.000000000000000001", "999999999999999999.5"])
def test_a_factor_that_could_not_be_read_again_is_refused(text: str) -> None:
    with pytest.raises(NotAFactor, match="more than 18 digits"):
        read_factor(text)


def test_a_factor_that_was_kept_is_read_however_long_it_is() -> None:
    assert stored_factor("1/1000000000000000000") == Fraction(1, 10**18)
