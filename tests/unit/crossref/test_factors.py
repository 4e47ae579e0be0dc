"""Factors are read as people write them, and are fractions."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.crossref.factors import NotAFactor, factor_text, read_factor

factors = st.builds(Fraction, st.integers(1, 10**6), st.integers(1, 10**6))


@given(factors)
def test_a_factor_is_read_as_it_is_written(factor: Fraction) -> None:
    assert read_factor(factor_text(factor)) == factor


@pytest.mark.parametrize("text", ["", "0", "0/3", "1/0", "-2", "1e3", "1/2/3", "twelve", "1.", "½", "9" * 19])
def test_what_is_no_factor_is_refused(text: str) -> None:
    with pytest.raises(NotAFactor):
        read_factor(text)
