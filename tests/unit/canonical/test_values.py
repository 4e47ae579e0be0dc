from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from gateway.canonical.values import BusinessDate, Canonical, ClockTime, Number, Text, Whole


class Sample(Canonical):
    number: Number | None = None
    whole: Whole | None = None
    day: BusinessDate | None = None
    hour: ClockTime | None = None
    text: Text | None = None
    texts: tuple[Text, ...] = ()


@pytest.mark.parametrize("text", ["12.50", "0.4125", "-3", "100", "0.0000001", "9999999999999999999999999999"])
def test_a_number_keeps_its_scale_from_text_to_json(text: str) -> None:
    sample = Sample.model_validate({"number": text})

    assert sample.body() == {"number": text}
    assert sample.number == Decimal(text)


def test_a_number_without_a_leading_zero_gets_one() -> None:
    assert Sample.model_validate({"number": ".875"}).body() == {"number": "0.875"}


def test_a_decimal_with_a_positive_exponent_is_written_out() -> None:
    assert Sample.model_validate({"number": Decimal("1.5E+3")}).body() == {"number": "1500"}


@pytest.mark.parametrize(
    "value",
    [
        12.5,
        12,
        True,
        "1e3",
        "12,50",
        "NaN",
        "",
        " 1",
        "+1",
        "١٢",
        Decimal("NaN"),
        Decimal("-Infinity"),
        Decimal("1E+99"),
        Decimal("1E-99"),
        "9" * 29,
    ],
)
def test_what_is_not_an_exact_decimal_is_refused(value: object) -> None:
    with pytest.raises(ValidationError):
        Sample.model_validate({"number": value})


def test_a_json_number_is_refused_where_a_decimal_string_belongs() -> None:
    with pytest.raises(ValidationError):
        Sample.model_validate_json('{"number": 12.50}')


@pytest.mark.parametrize("value", ["2026-02-28", date(2026, 2, 28)])
def test_a_date_stays_the_date_that_was_written(value: object) -> None:
    assert Sample.model_validate({"day": value}).body() == {"day": "2026-02-28"}


@pytest.mark.parametrize(
    "value",
    ["20260228", "2026-02-28\n", "2026-02-30", "2026-02-28T00:00:00", datetime(2026, 2, 28, tzinfo=UTC), 20260228],
)
def test_a_date_in_any_other_form_is_refused(value: object) -> None:
    with pytest.raises(ValidationError):
        Sample.model_validate({"day": value})


@pytest.mark.parametrize("value", ["14:30", "00:00", "23:59:59", "08:00:00.25"])
def test_a_time_of_day_stays_as_it_was_written(value: str) -> None:
    assert Sample.model_validate({"hour": value}).body() == {"hour": value}


@pytest.mark.parametrize("value", ["1430", "24:00", "14:60", "14:30Z", "14:30\n", time(14, 30)])
def test_a_time_in_any_other_form_is_refused(value: object) -> None:
    with pytest.raises(ValidationError):
        Sample.model_validate({"hour": value})


@pytest.mark.parametrize("value", [30, Decimal("30"), Decimal("30.0")])
def test_a_whole_number_is_an_integer_in_json(value: object) -> None:
    assert Sample.model_validate({"whole": value}).body() == {"whole": 30}


@pytest.mark.parametrize("value", [True, "30", 30.0, Decimal("30.5"), Decimal("Infinity")])
def test_what_is_not_a_whole_number_is_refused(value: object) -> None:
    with pytest.raises(ValidationError):
        Sample.model_validate({"whole": value})


def test_what_was_not_said_is_absent_and_never_null() -> None:
    sample = Sample.model_validate({"number": None, "texts": []})

    assert sample.body() == {}
    assert sample.body_json() == b"{}"


def test_an_empty_text_is_refused_because_it_says_nothing() -> None:
    with pytest.raises(ValidationError):
        Sample.model_validate({"text": ""})


def test_a_field_without_a_definition_is_refused() -> None:
    with pytest.raises(ValidationError):
        Sample.model_validate({"colour": "red"})


def test_a_canonical_document_does_not_change() -> None:
    sample: Any = Sample(text="x")

    with pytest.raises(ValidationError):
        sample.text = "y"
