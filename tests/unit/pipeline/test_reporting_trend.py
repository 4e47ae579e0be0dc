"""How often a fault came, week by week, beside the week before."""

from datetime import date

from gateway.app.report_days import Months, Weeks
from gateway.pipeline.reporting import trend
from gateway.pipeline.reporting_scorecard import FaultDay

MONDAY = date(2026, 11, 2)


def day(number: int, month: int = 11) -> FaultDay:
    return FaultDay(date(2026, month, number), "acme", "810", {"AK403:7 IT1-03": (2, 1)})


def test_a_fault_that_comes_up_after_a_week_without_any_had_none_before() -> None:
    found = trend([day(10), day(12), day(17)], Weeks(), MONDAY)

    assert [(one.begins, one.documents, one.refused, one.before) for one in found] == [
        ("2026-11-16", 2, 1, 4),
        ("2026-11-09", 4, 2, 0),
    ]


def test_of_the_first_week_that_was_asked_for_nobody_says_what_was_before() -> None:
    assert [one.before for one in trend([day(3)], Weeks(), MONDAY)] == [None]
    assert [one.before for one in trend([day(8)], Weeks(), date(2026, 11, 4))] == [None]


def test_months_are_held_against_the_month_before() -> None:
    found = trend([day(30, month=9), day(1)], Months(), date(2026, 9, 15))

    assert [(one.begins, one.before) for one in found] == [("2026-11", 0), ("2026-09", None)]
