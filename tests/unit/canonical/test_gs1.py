import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.canonical.gs1 import check_digit, is_gtin, is_sscc


@pytest.mark.parametrize(
    "gtin",
    ["96385074", "012345678905", "041196910766", "4006381333931", "10614141000415"],
    ids=["GTIN-8", "UPC-A", "UPC-A again", "EAN-13", "GTIN-14"],
)
def test_a_gtin_of_any_length_is_known_by_its_check_digit(gtin: str) -> None:
    assert is_gtin(gtin)


@pytest.mark.parametrize("sscc", ["106141411234567897", "00106141411234567897"])
def test_an_sscc_is_right_with_and_without_its_identifier(sscc: str) -> None:
    assert is_sscc(sscc)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "106141411234567890",  # another check digit
        "01106141411234567897",  # the identifier of something else
        "0106141411234567897",  # 19 digits
        "10614141123456789X",
        "１０６１４１４１１２３４５６７８９７",  # digits, but not those of a bar code
    ],
)
def test_what_is_no_sscc_is_not_taken_for_one(text: str) -> None:
    assert not is_sscc(text)


def test_a_number_of_another_length_is_no_gtin() -> None:
    assert not is_gtin("12345678" + check_digit("12345678"))


@given(st.text("0123456789", min_size=17, max_size=17), st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_always_seen(number: str, at: int, by: int) -> None:
    whole = number + check_digit(number)
    wrong = number[:at] + str((int(number[at]) + by) % 10) + number[at + 1 :] + whole[-1]

    assert is_sscc(whole)
    assert not is_sscc(wrong)


@pytest.mark.parametrize("digits", ["", "12a", "1" * 18])
def test_a_check_digit_of_anything_else_is_an_error(digits: str) -> None:
    with pytest.raises(ValueError, match="17 digits"):
        check_digit(digits)
