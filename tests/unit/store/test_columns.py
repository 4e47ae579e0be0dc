"""Column types: the same meaning on both databases."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import Dialect, make_url

from gateway.store.columns import LONGEST_INDEXED, Json, Moment, Name, Words

DIALECTS: list[Dialect] = [make_url(name).get_dialect()() for name in ("sqlite://", "postgresql+psycopg://")]


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_a_time_comes_back_aware_and_in_utc(dialect: Dialect) -> None:
    eastern = datetime(2026, 3, 2, 7, 0, tzinfo=timezone(timedelta(hours=-5)))

    bound = Moment().process_bind_param(eastern, dialect)

    back = Moment().process_result_value(bound, dialect)
    assert back == datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
    assert back.utcoffset() == timedelta(0)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        Moment().process_bind_param(datetime(2026, 3, 2), DIALECTS[0])  # noqa: DTZ001 - that is the point


def test_text_loses_only_what_a_database_refuses() -> None:
    words = Words().process_bind_param("Zürich \0 \ud83d 😀", DIALECTS[1])

    assert words == "Zürich \ufffd \ufffd 😀"


def test_indexed_text_is_cut() -> None:
    assert len(Name().process_bind_param("ü" * 5000, DIALECTS[1]) or "") == LONGEST_INDEXED


def test_json_takes_any_character() -> None:
    value = {"value": "\0\ud800", "list": [1, None]}

    assert Json().process_result_value(Json().process_bind_param(value, DIALECTS[1]), DIALECTS[1]) == value
