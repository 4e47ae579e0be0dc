import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.mapping.fit import wrapped, wrong_number


@pytest.mark.parametrize(
    ("fit", "text"),
    [
        ("gtin", "012345678905"),
        ("gtin", "4006381333931"),
        ("gtin", "10012345678902"),
        ("gtin", "96385074"),
        ("sscc18", "106141411234567897"),
        ("sscc18", "00106141411234567897"),
    ],
)
def test_check_digits_are_found_right_and_every_other_digit_wrong(fit: str, text: str) -> None:
    assert not wrong_number(fit, text)
    assert all(wrong_number(fit, text[:-1] + digit) for digit in "0123456789" if digit != text[-1])


@pytest.mark.parametrize(
    ("fit", "text"),
    [
        ("gtin", "01234567890"),
        ("gtin", "106141411234567897"),
        ("sscc18", "012345678905"),
        ("sscc18", "10614141123456789A"),
        ("sscc18", "01106141411234567897"),
        ("gtin", "٠12345678905"),
        ("gtin", ""),
    ],
)
def test_other_lengths_and_characters_are_wrong(fit: str, text: str) -> None:
    assert wrong_number(fit, text)


@pytest.mark.parametrize(
    ("fit", "text", "why"),
    [
        ("sscc18", "12345", "it has 5 digits, not 18"),
        ("sscc18", "106141411234567897XX", "it is not all digits"),
        ("sscc18", "106141411234567898", "its check digit is wrong"),
        ("gtin", "1", "it has 1 digit, not 8, 12, 13 or 14"),
        ("gtin", "012345678906", "its check digit is wrong"),
    ],
)
def test_what_is_wrong_with_a_number_is_said_for_what_it_is(fit: str, text: str, why: str) -> None:
    assert wrong_number(fit, text) == f"'{text}' is no {fit.upper()}: {why}"


def test_text_is_broken_at_the_last_blank_that_fits() -> None:
    assert list(wrapped("ONE TWO THREE", 7)) == ["ONE TWO", "THREE"]
    assert list(wrapped("ONE TWO THREE", 8)) == ["ONE TWO", "THREE"]
    assert list(wrapped("ONE TWO THREE", 6)) == ["ONE", "TWO", "THREE"]


def test_text_that_fits_is_left_as_it_is() -> None:
    assert list(wrapped(" ONE  TWO", 9)) == [" ONE  TWO"]
    assert list(wrapped("ONE ", 3)) == ["ONE"]


def test_a_word_that_is_too_long_is_broken() -> None:
    assert list(wrapped("ABCDEFG HI", 3)) == ["ABC", "DEF", "G", "HI"]


@given(st.text("AB ", max_size=60), st.integers(1, 20))
def test_pieces_fit_and_nothing_but_blanks_is_lost(text: str, width: int) -> None:
    pieces = list(wrapped(text, width))

    assert all(0 < len(piece) <= width and piece == piece.rstrip(" ") and piece.strip(" ") for piece in pieces)
    assert "".join(pieces).replace(" ", "") == text.replace(" ", "")
