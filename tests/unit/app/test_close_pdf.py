"""The page that finance signs: what there is room for is shown whole."""

import pytest

from gateway.app import close_pdf


@pytest.mark.parametrize("text", ["810", "rejected", "overdue", "accepted", "2026-10-28 14:09"])
def test_a_column_as_wide_as_its_text_shows_the_whole_of_it(text: str) -> None:
    grid = close_pdf._grid([["a"], [text]])
    assert text in str(grid._cellvalues)
