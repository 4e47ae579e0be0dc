"""Dates, times and the order in which a value is judged."""

import pytest

from gateway.x12.guide import ElementDefinition
from gateway.x12.values import EXTENDED, is_real_date, is_time, shown, wrong_value


@pytest.mark.parametrize("value", ["20240229", "20000229", "19991231", "00010101", "240229"])
def test_real_date(value: str) -> None:
    assert is_real_date(value)


@pytest.mark.parametrize(
    "value", ["20230229", "19000229", "20240431", "20241301", "20240100", "00000101", "2024-1-1", "", "٢٠٢٤٠١٠١"]
)
def test_what_is_no_date(value: str) -> None:
    assert not is_real_date(value)


@pytest.mark.parametrize(
    ("value", "good"), [("0000", 1), ("235959", 1), ("23595999", 1), ("2400", 0), ("1260", 0), ("126", 0), ("12305", 0)]
)
def test_time(value: str, good: int) -> None:
    assert is_time(value) == bool(good)


def _element(kind: str, minimum: int, maximum: int, codes: frozenset[str] | None = None) -> ElementDefinition:
    return ElementDefinition(reference="1", name="x", kind=kind, minimum=minimum, maximum=maximum, codes=codes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "value", "code"),
    [
        ("R", "-1.5", None),
        ("R", "-123.45", None),
        ("R", "-123.456", "AK403:5"),
        ("R", "ABCDEF", "AK403:5"),
        ("R", "AB", "AK403:6"),
        ("N", "-12345", None),
        ("N", "123456", "AK403:5"),
        ("N", "1.5", "AK403:6"),
        ("N", "-", "AK403:4"),
        ("N", "1-", "AK403:6"),
        ("AN", "abcdef", "AK403:5"),
        ("AN", "a`b", "W:characters"),
        ("AN", "a\tb", "AK403:6"),
        ("AN", "   ", "W:blank"),
        ("AN", " a ", None),
        ("AN", "      ", "AK403:5"),
        ("ID", " ", "AK403:7"),
        ("ID", "A", None),
        ("ID", "B", "AK403:7"),
        ("ID", "BBBBBB", "AK403:5"),
        ("ID", "`", "AK403:7"),
    ],
)
def test_length_is_judged_first_then_characters_then_codes(kind: str, value: str, code: str | None) -> None:
    codes = frozenset({"A"}) if kind == "ID" else None
    wrong = wrong_value(value, _element(kind, 1, 5, codes), EXTENDED, codes, strict=False)

    assert (wrong and wrong.code) == code


def test_messages_show_control_characters_as_points_and_cut_what_is_long() -> None:
    assert shown("a\x00b") == '"a·b"'
    assert len(shown("x" * 500)) == 42
