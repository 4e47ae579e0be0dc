"""Which days are looked at, by whose clock, and what is told of one that does not add up."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from gateway.pipeline.day_ends import AFTER, MOST_DAYS, Differs, differing, last_due, waiting
from gateway.pipeline.reconciling import Difference, PartnerDay, span
from gateway.pipeline.warehousing import Balance, OrderBalance

MONDAY = date(2026, 3, 2)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "looked_at"),
    [
        ("UTC", "2026-03-03T06:00"),
        ("America/New_York", "2026-03-03T11:00"),
        ("Asia/Tokyo", "2026-03-02T21:00"),
        ("Pacific/Kiritimati", "2026-03-02T16:00"),
        ("Asia/Kathmandu", "2026-03-03T00:15"),
    ],
)
def test_a_day_is_looked_at_six_hours_after_its_end_where_the_partner_is(zone: str, looked_at: str) -> None:
    moment = at(looked_at)

    assert last_due(moment, zone) == MONDAY
    assert last_due(moment - timedelta(microseconds=1), zone) == MONDAY - timedelta(days=1)


@pytest.mark.parametrize("day", [date(2026, 3, 7), date(2026, 3, 8), date(2026, 10, 31), date(2026, 11, 1)])
def test_where_clocks_are_changed_a_day_is_due_as_long_after_its_own_end(day: date) -> None:
    zone = "America/New_York"  # clocks are changed on 8 March and 1 November 2026
    moment = span(day, zone).end + AFTER

    assert last_due(moment, zone) == day
    assert last_due(moment - timedelta(microseconds=1), zone) == day - timedelta(days=1)


def test_the_days_since_the_last_look_wait_and_the_earliest_of_all_partners_comes_first() -> None:
    looked = {"acme": MONDAY, "bolt": MONDAY - timedelta(days=2), "gone": MONDAY - timedelta(days=9)}

    found = waiting(looked, {"acme": MONDAY + timedelta(days=1), "bolt": MONDAY})

    assert found == [(date(2026, 3, 1), "bolt"), (date(2026, 3, 2), "bolt"), (date(2026, 3, 3), "acme")]


def test_after_a_long_stop_only_the_last_week_waits() -> None:
    found = waiting({"acme": MONDAY - timedelta(days=90)}, {"acme": MONDAY})

    assert [day for day, _ in found] == [MONDAY - timedelta(days=back) for back in reversed(range(MOST_DAYS))]
    assert MOST_DAYS == 7


def test_nothing_of_before_waits_for_whom_nobody_has_looked_yet_or_who_moved_to_another_zone() -> None:
    assert waiting({}, {"acme": MONDAY}) == []
    assert waiting({"acme": MONDAY + timedelta(days=1)}, {"acme": MONDAY}) == []


def test_the_sentence_says_how_many_what_to_ask_and_the_first_of_them() -> None:
    one = Differs(partner="acme", day=MONDAY, number=1, words=("ISA13 3 was skipped",))
    many = Differs(partner="acme", day=MONDAY, number=9, words=("this", "that", "other"))

    ask = "gateway reconcile --day 2026-03-02 --partner acme"
    assert one.sentence == f"2026-03-02 has 1 difference ({ask}): ISA13 3 was skipped"
    assert many.sentence == f"2026-03-02 has 9 differences ({ask}): this; that; other; and more"


def a_day(*words: str) -> PartnerDay:
    differences = tuple(Difference(column="received", number=1, words=one) for one in words)
    return PartnerDay(partner="acme", day=MONDAY, zone="UTC", span=span(MONDAY, "UTC"), differences=differences)


def an_order(*words: str, late: bool = False) -> OrderBalance:
    standing = Balance(
        standing="short" if words else "missing" if late else "even",
        ordered=Decimal(2),
        shipped=Decimal(),
        words=words,
    )
    about = {"partner": "acme", "day": MONDAY, "number": "W-1", "order": "01K", "shipments": ()}
    return OrderBalance(**about, late=late, balance=standing)  # type: ignore[arg-type]


def test_what_the_command_calls_a_difference_is_told_warehouse_orders_too() -> None:
    found = differing(
        "acme", MONDAY, [a_day("one is lost")], [an_order(), an_order("A: 2 ordered"), an_order(late=True)]
    )

    late = "W-1 missing: nothing was shipped by the day that was asked for"
    assert found == Differs(
        partner="acme", day=MONDAY, number=3, words=("one is lost", "W-1 short: A: 2 ordered", late)
    )


def test_a_day_that_adds_up_and_one_on_which_nothing_happened_are_nothing_to_tell() -> None:
    assert differing("acme", MONDAY, [a_day()], [an_order()]) is None
    assert differing("acme", MONDAY, [], []) is None


def test_of_many_and_long_differences_only_the_beginning_is_told() -> None:
    found = differing("acme", MONDAY, [a_day(*(["one is lost"] * 20))], [an_order("A: 2 ordered " * 1000)])
    long = differing("acme", MONDAY, [], [an_order("A: 2 ordered " * 1000)])

    assert found is not None
    assert long is not None
    assert (found.number, len(found.words), [len(one) for one in long.words]) == (21, 3, [300])
