from decimal import Decimal

import pytest

from gateway.mapping.convert import Unconvertible, converter, pad_scale, to_date, to_decimal, to_integer, to_time
from gateway.x12.guide import ElementDefinition


def _amount(decimals: int) -> ElementDefinition:
    return ElementDefinition(reference="610", name="Amount", kind="N", minimum=1, maximum=15, decimals=decimals)


@pytest.mark.parametrize("text", ["1.50", "0.10", "-3", "12345678901234567890.1234567", ".5", "5.", "007"])
def test_a_decimal_is_exact_and_keeps_its_scale(text: str) -> None:
    assert to_decimal(text) == Decimal(text)
    assert to_decimal(text).as_tuple() == Decimal(text).as_tuple()


@pytest.mark.parametrize(
    "text", ["NaN", "Infinity", "1e5", "1E999999", "1_000", " 1", "1 ", "\u0661", "", "-", ".", "1,5"]
)
def test_what_decimal_would_take_but_no_partner_means_is_refused(text: str) -> None:
    with pytest.raises(Unconvertible):
        to_decimal(text)


@pytest.mark.parametrize(("text", "value"), [("12345", "123.45"), ("-5", "-0.05"), ("0", "0.00"), ("100", "1.00")])
def test_implied_decimals_are_exact_and_keep_their_scale(text: str, value: str) -> None:
    convert = converter("decimal", _amount(2))
    assert convert is not None

    assert str(convert(text)) == value


def test_a_written_point_in_an_amount_with_implied_decimals_is_refused() -> None:
    convert = converter("decimal", _amount(2))
    assert convert is not None

    with pytest.raises(Unconvertible):
        convert("12.34")


@pytest.mark.parametrize(
    ("text", "value"), [("20260131", "2026-01-31"), ("260131", "2026-01-31"), ("991231", "1999-12-31")]
)
def test_dates_of_eight_and_six_digits(text: str, value: str) -> None:
    assert to_date(text) == value


@pytest.mark.parametrize("text", ["20260230", "2026013", "00000000", "2026-1-1", "\u0662026013", "260230", ""])
def test_what_is_not_in_the_calendar_is_refused(text: str) -> None:
    with pytest.raises(Unconvertible):
        to_date(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [("1430", "14:30"), ("143059", "14:30:59"), ("1430597", "14:30:59.7"), ("14305978", "14:30:59.78")],
)
def test_times_keep_the_precision_they_came_with(text: str, value: str) -> None:
    assert to_time(text) == value


@pytest.mark.parametrize("text", ["2400", "1260", "143", "14305", "143061"])
def test_what_no_clock_shows_is_refused(text: str) -> None:
    with pytest.raises(Unconvertible):
        to_time(text)


def test_a_whole_number_has_no_point() -> None:
    with pytest.raises(Unconvertible):
        to_integer("3.0")


def test_padding_a_scale_never_cuts() -> None:
    assert str(pad_scale(Decimal("12.5"), 2)) == "12.50"
    assert str(pad_scale(Decimal("12.555"), 2)) == "12.555"
