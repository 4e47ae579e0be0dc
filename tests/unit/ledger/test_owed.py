"""What has to follow an order, whoever owes it: reckoned from all that came and went, in whatever order."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.ledger.calendar import ALWAYS, Calendar, Hours
from gateway.ledger.owed import Owing, Paper, owing
from gateway.ledger.promises import Promise

MONDAY = datetime(2026, 3, 2, 15, tzinfo=UTC)
NEW_YORK = Calendar(
    time_zone="America/New_York",
    hours=(Hours(frozenset(range(5)), 8 * 60, 17 * 60),),
    holidays=frozenset({date(2026, 5, 25)}),
)
OWES = {"855": "24 hours", "856": "before ship", "810": "2 days after shipment"}


def promises(owes: Mapping[str, str] = OWES, changes: Mapping[str, str] | None = None) -> Any:
    agreed = {"acme/orders": owes, "acme/changes": changes or {}}
    parsed = {name: {what: Promise.parse(text) for what, text in said.items()} for name, said in agreed.items()}
    return lambda agreement: parsed.get(agreement, {})


def paper(set_id: str, *, day: int = 0, hours: int = 0, **about: Any) -> Paper:
    """A document that came, or reached the partner, so long after Monday."""
    at = MONDAY + timedelta(days=day, hours=hours)
    inbound = set_id in ("850", "860")
    values: dict[str, Any] = {"ours": not inbound, "came_at": at, "counts_at": at, "number": f"{set_id}-{day}"}
    values |= {"agreement": {"850": "acme/orders", "860": "acme/changes"}.get(set_id, "")}
    return Paper(**{"id": f"{set_id}-{day}-{hours}", "set_id": set_id} | values | about)


ORDER = paper("850", dates={"requested_ship": date(2026, 3, 9)})


def found(*papers: Paper, calendar: Calendar = ALWAYS, **agreed: Any) -> dict[str, Owing]:
    """By set, and by the document that it follows where that is not the order."""
    known = owing(papers, promises(**agreed), calendar)
    return {one.what if one.subject == one.order_id else f"{one.what} {one.subject}": one for one in known}


# ---------------------------------------------------------------------------------------------- promises


@pytest.mark.parametrize(
    "text", ["24 hours", "1 business day", "before ship", "2 hours before ship", "2 business days after shipment"]
)
def test_a_promise_is_written_as_it_is_said(text: str) -> None:
    assert str(Promise.parse(f"  {text} ")) == text


@pytest.mark.parametrize("text", ["", "soon", "after shipment", "24", "2 weeks before ship", "ship", "-1 hours"])
def test_what_is_no_promise_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a"):
        Promise.parse(text)


# ---------------------------------------------------------------------------------------------- by when


def test_an_answer_is_due_so_long_after_the_order_and_a_notice_before_business_ends_on_the_day_to_ship() -> None:
    owed = found(ORDER, calendar=NEW_YORK)

    assert owed["855"].due_at == MONDAY + timedelta(hours=24)
    assert owed["856"].due_at == datetime(2026, 3, 9, 21, tzinfo=UTC)  # 17:00, summer time since Sunday
    assert {one.by for one in owed.values()} == {"us"}


@pytest.mark.parametrize(
    ("text", "day", "due"),
    [
        # The day before the clocks change, and the day after.
        ("before ship", date(2026, 3, 6), datetime(2026, 3, 6, 22, tzinfo=UTC)),
        ("2 hours before ship", date(2026, 3, 9), datetime(2026, 3, 9, 19, tzinfo=UTC)),
        ("10 business hours before ship", date(2026, 3, 9), datetime(2026, 3, 6, 21, tzinfo=UTC)),
        ("1 business day before ship", date(2026, 3, 9), datetime(2026, 3, 6, 22, tzinfo=UTC)),
        # Memorial Day, and a Sunday: the last business day before.
        ("before ship", date(2026, 5, 25), datetime(2026, 5, 22, 21, tzinfo=UTC)),
        ("1 business day before ship", date(2026, 5, 26), datetime(2026, 5, 22, 21, tzinfo=UTC)),
        ("before ship", date(2026, 11, 1), datetime(2026, 10, 30, 21, tzinfo=UTC)),
        ("9 business hours before ship", date(2026, 11, 2), datetime(2026, 11, 2, 13, tzinfo=UTC)),
        ("10 business hours before ship", date(2026, 11, 2), datetime(2026, 10, 30, 20, tzinfo=UTC)),
    ],
)
def test_a_notice_is_due_on_the_partners_calendar_over_holidays_and_changing_clocks(
    text: str, day: date, due: datetime
) -> None:
    order = paper("850", dates={"requested_ship": day})

    assert found(order, calendar=NEW_YORK, owes={"856": text})["856"].due_at == due


@pytest.mark.parametrize(
    ("dates", "named"),
    [
        ({"cancel_after": date(2026, 3, 20), "requested_delivery": date(2026, 3, 18)}, "cancel after 2026-03-20"),
        ({"requested_delivery": date(2026, 3, 18)}, "requested delivery 2026-03-18"),
        ({}, "which the order does not say"),
    ],
)
def test_without_a_date_to_ship_the_next_best_counts_and_without_any_nobody_can_say(
    dates: dict[str, date], named: str
) -> None:
    owed = found(paper("850", dates=dates))["856"]

    assert owed.reckoned == f"before ship, {named}"
    assert (owed.due_at is None) == (not dates)


def test_the_earliest_line_counts_where_the_head_says_nothing() -> None:
    lines = {"1": {"requested_ship": date(2026, 3, 12)}, "2": {"requested_ship": date(2026, 3, 11)}}

    assert "2026-03-11" in found(paper("850", lines=lines))["856"].reckoned


def test_a_calendar_that_never_opens_stops_nothing() -> None:
    never = Calendar(hours=(Hours(frozenset(), 0, 60),))

    assert found(ORDER, calendar=never)["856"].due_at == datetime(2026, 3, 10, tzinfo=UTC)


# ---------------------------------------------------------------------------------------------- met


def test_what_was_sent_meets_what_is_owed_and_what_is_on_its_way_does_not() -> None:
    waiting = paper("856", day=1, counts_at=None, on_its_way=True)

    owed = found(ORDER, paper("855", hours=2), waiting)

    assert (owed["855"].state, owed["855"].met_by) == ("met", "855-0-2")
    assert (owed["856"].state, owed["856"].coming) == ("open", waiting.id)


def test_what_comes_too_late_is_met_late() -> None:
    owed = found(ORDER, paper("855", day=2))

    assert owed["855"].state == "met" and owed["855"].late
    assert not found(ORDER, paper("855", hours=2))["855"].late


def test_the_first_of_partial_shipments_meets_the_notice_and_each_is_owed_an_invoice() -> None:
    owed = found(ORDER, paper("856", day=3), paper("856", day=5), paper("810", day=4))

    assert owed["856"].met_by == "856-3-0"
    assert owed["810 856-3-0"].met_by == "810-4-0"
    assert owed["810 856-5-0"].state == "open"
    assert owed["810 856-5-0"].due_at == MONDAY + timedelta(days=7)


def test_an_invoice_is_for_the_shipment_that_it_names_and_a_consolidated_one_for_all() -> None:
    shipments = (paper("856", day=3), paper("856", day=5))
    named = found(ORDER, *shipments, paper("810", day=6, shipments=frozenset({"856-5"})))
    all_ = found(ORDER, *shipments, paper("810", day=6, purpose="consolidated"))

    assert (named["810 856-3-0"].state, named["810 856-5-0"].state) == ("open", "met")
    assert (all_["810 856-3-0"].state, all_["810 856-5-0"].state) == ("met", "met")


def test_what_was_refused_is_named_so_that_nobody_sends_a_second_one_beside_it() -> None:
    notice, later = paper("856", day=3), paper("856", day=5)
    refused = paper("810", day=4, counts_at=None, refused=True)
    for_the_later = paper("810", day=6, counts_at=None, refused=True, shipments=frozenset({"856-5"}))

    owed = found(ORDER, notice, later, refused)
    named = found(ORDER, notice, later, for_the_later)
    again = found(ORDER, notice, refused, paper("810", day=7))
    answered = found(ORDER, paper("855", day=1, counts_at=None, refused=True))

    assert (owed["810 856-3-0"].refused, owed["810 856-5-0"].refused) == ("810-4-0", "")
    assert (named["810 856-3-0"].refused, named["810 856-5-0"].refused) == ("", "810-6-0")
    assert (again["810 856-3-0"].state, again["810 856-3-0"].refused) == ("met", "")
    assert (answered["855"].state, answered["855"].refused) == ("open", "855-1-0")


def test_a_refused_answer_to_a_change_is_of_that_change() -> None:
    changes = {"865": "24 hours"}
    refused = paper("865", day=2, counts_at=None, refused=True)

    owed = found(ORDER, paper("860", day=1), paper("860", day=3), refused, changes=changes)

    assert owed["865 860-1-0"].refused == "865-2-0"
    assert owed["865 860-3-0"].refused == ""


def test_a_credit_memo_bills_nothing() -> None:
    owed = found(ORDER, paper("856", day=3), paper("810", day=4, purpose="credit_memo"))

    assert owed["810 856-3-0"].state == "open"


def test_a_notice_that_is_sent_again_is_the_same_shipment_and_one_that_is_taken_back_is_none() -> None:
    first = paper("856", day=3, number="S-1")

    again = found(ORDER, first, paper("856", day=4, number="S-1"))
    taken_back = found(ORDER, first, paper("856", day=4, number="S-1", purpose="cancellation"))

    assert [one for one in again if one.startswith("810")] == ["810 856-3-0"]
    assert taken_back["856"].state == "open" and not [one for one in taken_back if one.startswith("810")]


def test_the_warehouses_notice_starts_the_invoice_where_the_partner_is_sent_none() -> None:
    told = paper("945", day=3)

    assert list(found(ORDER, told)) == ["855", "856", "810 945-3-0"]
    assert "810 945-3-0" not in found(ORDER, told, paper("856", day=3))


# ---------------------------------------------------------------------------------------------- what ends it


def test_a_cancelled_order_owes_nothing_more_but_the_invoice_for_what_was_shipped() -> None:
    cancel = paper("860", day=4, purpose="cancellation")

    early, late = found(ORDER, cancel), found(ORDER, paper("856", day=3), cancel)

    assert {one.state for one in early.values()} == {"ended"}
    assert (late["856"].state, late["810 856-3-0"].state) == ("met", "open")


def test_an_order_whose_lines_are_all_deleted_is_cancelled() -> None:
    order = paper("850", lines={"1": {}, "2": {}})

    assert found(order, paper("860", day=1, lines={"1": None}))["855"].state == "open"
    assert found(order, paper("860", day=1, lines={"1": None, "2": None}))["855"].ended == "the order was cancelled"


def test_a_declined_order_owes_no_goods_until_the_answer_is_another() -> None:
    declined = paper("855", hours=1, declines=True)

    assert found(ORDER, declined)["856"].ended == "the order was declined"
    assert found(ORDER, declined, paper("855", hours=2))["856"].state == "open"


def test_an_order_that_replaces_another_takes_over_what_is_owed() -> None:
    owed = owing([ORDER, paper("850", day=1, purpose="replace")], promises(), ALWAYS)

    assert {(one.subject, one.state) for one in owed} == {("850-0-0", "ended"), ("850-1-0", "open")}


def test_an_order_that_we_refused_is_owed_nothing() -> None:
    assert found(replace(ORDER, counts_at=None)) == {}


@pytest.mark.parametrize("purpose", ["confirmation", "duplicate", "information_copy"])
def test_a_copy_of_an_order_is_no_order(purpose: str) -> None:
    assert list(found(ORDER, paper("850", day=1, purpose=purpose))) == ["855", "856"]


def test_the_last_change_says_when_goods_have_to_leave() -> None:
    first = paper("860", day=1, dates={"requested_ship": date(2026, 3, 16)})
    second = paper("860", day=2, dates={"requested_ship": date(2026, 3, 18)})
    refused = paper("860", day=3, dates={"requested_ship": date(2026, 3, 30)}, counts_at=None)

    assert "2026-03-18" in found(ORDER, first, second, refused)["856"].reckoned


def test_a_change_may_be_owed_an_answer_of_its_own() -> None:
    agreed = {"changes": {"865": "48 hours"}}
    change = paper("860", day=1)

    assert found(ORDER, change, **agreed)["865 860-1-0"].due_at == MONDAY + timedelta(days=3)
    assert found(ORDER, change, paper("865", day=2), **agreed)["865 860-1-0"].state == "met"
    assert found(ORDER, change, paper("856", day=2), **agreed)["865 860-1-0"].state == "open"  # to ship is no answer


# ---------------------------------------------------------------------------------------------- which order


def test_each_release_of_a_blanket_order_is_owed_its_own() -> None:
    one, two = (
        paper("850", day=day, releases=frozenset({name}), dates={"requested_ship": date(2026, 3, 9)})
        for day, name in ((0, "A"), (1, "B"))
    )
    answer = paper("855", day=2, releases=frozenset({"B"}))
    about_neither = paper("856", day=2)

    owed = owing([one, two, answer, about_neither], promises(), ALWAYS)

    states = {(one.subject, one.what): one.state for one in owed}
    assert states["850-0-0", "855"] == "open" and states["850-1-0", "855"] == "met"
    assert states["850-0-0", "856"] == states["850-1-0", "856"] == "open"


def test_a_number_that_comes_again_after_a_year_is_another_order() -> None:
    owed = owing([ORDER, paper("855", hours=2), paper("850", day=400)], promises(), ALWAYS)

    assert {(one.subject, one.what): one.state for one in owed}["850-400-0", "855"] == "open"


def test_what_a_supplier_owes_us_runs_from_when_it_had_our_order_the_last_time() -> None:
    def ours(day: int) -> Paper:
        return replace(paper("850", day=day), ours=True, agreement="acme/orders")

    owed = found(ours(0), ours(2))
    answered = found(ours(0), ours(2), replace(paper("855", day=1), ours=False))

    assert owed["855"].by == "partner"
    assert owed["855"].due_at == MONDAY + timedelta(days=3)
    assert answered["855"].state == "met"


# ---------------------------------------------------------------------------------------------- whatever comes

SETS = st.sampled_from(["850", "855", "856", "810", "860", "865", "945"])


@st.composite
def papers(draw: st.DrawFn) -> list[Paper]:
    """Documents of one order number, some of them refused, taken back, or of a release."""
    drawn = []
    for number in range(draw(st.integers(1, 8))):
        set_id = draw(SETS)
        about: dict[str, Any] = {
            "id": f"{number:02}",
            "purpose": draw(st.sampled_from(["original", "replace", "cancellation", "change", "duplicate", ""])),
            "declines": draw(st.booleans()),
            "releases": frozenset(draw(st.lists(st.sampled_from(["A", "B"]), max_size=1))),
            "ours": draw(st.booleans()),
            "number": draw(st.sampled_from(["", "1", "2"])),
            "lines": draw(st.sampled_from([{}, {"1": None}, {"1": {"requested_ship": date(2026, 3, 12)}}])),
        }
        one = paper(set_id, day=draw(st.integers(0, 500)), **about)
        drawn.append(replace(one, counts_at=None) if draw(st.booleans()) and number else one)
    return drawn


@settings(max_examples=300, deadline=None)
@given(papers(), st.randoms(use_true_random=False))
def test_the_order_in_which_documents_come_makes_no_difference(drawn: list[Paper], random: Any) -> None:
    agreed = promises(changes={"865": "24 hours"})
    shuffled = list(drawn)
    random.shuffle(shuffled)

    once = owing(drawn, agreed, NEW_YORK)

    assert owing(shuffled, agreed, NEW_YORK) == once
    assert len({(one.subject, one.what, one.order_id) for one in once}) == len(once)
    assert all(bool(one.met_by) == (one.met_at is not None) for one in once)
    assert all(one.due_at is not None or one.what == "856" for one in once)
