"""Rows of a cross reference: on no day may two of them answer for one value."""

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.crossref.rows import Row, conflicts, faults_of
from gateway.crossref.tables import Tables

START = date(2026, 3, 1)


def a_row(theirs: str = "A-1", ours: str = "SKU-1", **about: object) -> Row:
    values: dict[str, object] = {"partner": "acme", "table": "sku", "theirs": theirs, "ours": ours} | about
    return Row(**values)  # type: ignore[arg-type]


def day(number: int | None) -> date | None:
    return None if number is None else START + timedelta(days=number)


def told(new: list[Row], known: list[Row] | None = None) -> list[str]:
    return [fault.sentence for fault in conflicts(new, known or [], lambda at: f"line {at + 2}")]


def test_two_rows_for_one_value_on_one_day_are_refused_and_both_are_named() -> None:
    known = [a_row(number=7, valid_to=day(10))]

    assert told([a_row(ours="SKU-2", valid_from=day(9))], known) == [
        "'A-1' is 'SKU-1' already in row 7 (until before 2026-03-11)"
    ]
    assert told([a_row(ours="SKU-2", valid_from=day(10))], known) == []


def test_what_is_retired_is_in_nobodys_way() -> None:
    retired = a_row(number=7, retired_at=_noon())

    assert told([a_row(ours="SKU-2")], [retired]) == []


def test_rows_of_other_partners_tables_and_items_do_not_meet() -> None:
    others = [a_row(partner="*"), a_row(table="location"), a_row(item="SKU-9")]

    assert told([a_row(ours="SKU-2"), *others]) == []


def test_of_several_values_for_one_of_ours_one_is_marked_as_the_one_we_write() -> None:
    second = a_row("A-2")

    assert "none is preferred" in told([second], [a_row(number=7)])[0]
    assert told([replace(second, preferred=True)], [a_row(number=7)]) == []
    assert "2 are preferred" in told([replace(second, preferred=True)], [a_row(number=7, preferred=True)])[0]


def test_a_preferred_row_that_ends_before_the_others_leaves_none() -> None:
    rows = [a_row("A-1", preferred=True, valid_to=day(5)), a_row("A-2"), a_row("A-3")]

    assert "none is preferred" in told(rows)[0]


spans = st.tuples(st.none() | st.integers(0, 12), st.none() | st.integers(0, 12)).filter(
    lambda span: span[0] is None or span[1] is None or span[0] < span[1]
)


@given(st.lists(spans, max_size=6), st.integers(0, 6))
def test_rows_are_refused_exactly_when_a_day_has_two_answers(
    found: list[tuple[int | None, int | None]], split: int
) -> None:
    rows = [
        a_row(ours=f"SKU-{at}", number=at + 1, valid_from=day(begin), valid_to=day(end))
        for at, (begin, end) in enumerate(found)
    ]
    known, new = rows[:split], rows[split:]
    days = [START + timedelta(days=number) for number in range(-2, 15)]
    twice = any(sum(row.holds(one) for row in rows) > 1 for one in days)
    before = any(sum(row.holds(one) for row in known) > 1 for one in days)

    if not before:
        assert bool(told(new, known)) == twice


@given(st.lists(st.tuples(spans, st.booleans()), min_size=2, max_size=5))
def test_what_is_let_in_can_always_be_written(found: list[tuple[tuple[int | None, int | None], bool]]) -> None:
    rows = [
        a_row(f"A-{at}", valid_from=day(begin), valid_to=day(end), preferred=preferred)
        for at, ((begin, end), preferred) in enumerate(found)
    ]

    if not told(rows):
        tables = Tables(rows)
        for number in range(-2, 15):
            on = START + timedelta(days=number)
            assert (tables.at("acme", on).find("sku", "SKU-1", back=True) is not None) == any(
                row.holds(on) for row in rows
            )


@given(st.lists(st.tuples(st.sampled_from("ABC"), spans, st.booleans()), max_size=6))
def test_rows_are_refused_exactly_when_on_a_day_nobody_could_say_what_is_written(
    found: list[tuple[str, tuple[int | None, int | None], bool]],
) -> None:
    rows = [
        a_row(f"{theirs}-1", valid_from=day(begin), valid_to=day(end), preferred=preferred)
        for theirs, (begin, end), preferred in found
    ]

    def doubtful(on: date) -> bool:
        there = [row for row in rows if row.holds(on)]
        return len({row.theirs for row in there}) > 1 and sum(row.preferred for row in there) != 1

    expected = any(doubtful(START + timedelta(days=number)) for number in range(-2, 15))
    assert any("mark the one we write" in sentence for sentence in told(rows)) == expected


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"theirs": ""}, "theirs is empty"),
        ({"ours": "x" * 81}, "ours has 81 characters"),
        ({"theirs": " A"}, "blanks around it"),
        ({"theirs": "A\x00"}, "nobody can see"),
        ({"table": "Sku"}, "no name"),
        ({"partner": "Acme Inc"}, "no partner's name"),
        ({"valid_from": START, "valid_to": START}, "first day it no longer holds"),
        ({"table": "unit"}, "needs a factor"),
        ({"factor": Fraction(0)}, "more than nothing"),
    ],
)
def test_what_is_wrong_with_a_row_is_said(changed: dict[str, object], said: str) -> None:
    faults = list(faults_of(a_row(**changed)))

    assert len(faults) == 1
    assert said in faults[0]


def test_a_good_row_has_no_faults() -> None:
    assert list(faults_of(a_row(partner="*", table="unit", factor=Fraction(12)))) == []


def _noon() -> object:
    from datetime import UTC, datetime

    return datetime(2026, 3, 2, 12, tzinfo=UTC)
