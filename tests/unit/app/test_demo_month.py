"""A month's parts by themselves: what is planned, what partners write, time reckoned by the minute, what is said."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from gateway.app.demo.month.clock import Agenda, Clock
from gateway.app.demo.month.minutes import WallClock
from gateway.app.demo.month.outcomes import Tally
from gateway.app.demo.month.perform import Played
from gateway.app.demo.month.plan import Case, make
from gateway.app.demo.month.receipts import GroupSeen, Pen, Said, SetSeen, groups_of
from gateway.app.demo.month.told import to_ask
from gateway.x12.answers import GroupAnswer, InterchangeAnswer
from gateway.x12.readback import read_answers
from tests.unit.cli.tree import leaves

START = date(2026, 10, 15)
NOW = datetime(2026, 10, 20, 15, tzinfo=UTC)
HEADER = (
    "ISA",
    "00",
    "",
    "00",
    "",
    "ZZ",
    "HARBORPINE",
    "ZZ",
    "ACMERETAIL",
    "261020",
    "1100",
    "U",
    "00401",
    "000000007",
    "0",
)
SEEN = GroupSeen(
    header=HEADER,
    group=("GS", "IN", "HARBORPINE", "ACMERETAIL", "20261020", "1100", "12", "X", "004010"),
    sets=(SetSeen(set_id="810", number="0001", order="71-1"), SetSeen(set_id="810", number="0002", order="71-2")),
)


def a_pen() -> Pen:
    return Pen(time_zone="America/New_York")


def answered(said: Said) -> GroupAnswer:
    (answer,) = read_answers(a_pen().functional(SEEN, said, NOW))
    assert isinstance(answer, GroupAnswer)
    return answer


def test_an_answer_of_a_partner_is_read_as_it_was_meant() -> None:
    answer = answered(Said(codes={"0002": "R"}, why=("AK3*IT1*8**8", "AK4*2*358*1")))
    assert (answer.functional_id, answer.control_number, answer.status) == ("IN", "12", "P")
    assert (answer.included, answer.received, answer.accepted) == (2, 2, 1)
    assert [one.status for one in answer.sets] == ["A", "R"]


def test_an_answer_may_count_wrong_and_name_another_group() -> None:
    answer = answered(Said(counts=(4, 4, 4), group=("IN", "999")))
    assert (answer.control_number, answer.included) == ("999", 4)


def test_a_ta1_names_the_interchange_by_number_date_and_time() -> None:
    (answer,) = read_answers(a_pen().envelope(SEEN, "R", "021", NOW))
    assert isinstance(answer, InterchangeAnswer)
    assert (answer.control_number, answer.date, answer.time, answer.status) == ("000000007", "261020", "1100", "R")


def test_what_only_acknowledges_has_no_group_to_be_answered() -> None:
    assert groups_of(a_pen().functional(SEEN, Said(), NOW)) == []


def a_wall() -> WallClock:
    first = datetime(2026, 10, 30, tzinfo=UTC)
    return WallClock(
        zone="America/New_York",
        hours=[(range(5), 8 * 60, 17 * 60)],
        holidays=[date(2026, 11, 3)],
        first=first,
        last=first + timedelta(days=10),
    )


def test_business_hours_go_over_the_weekend_on_which_clocks_change() -> None:
    friday = datetime(2026, 10, 30, 20, tzinfo=UTC)  # 16:00, summer time: an hour is left
    assert a_wall().after(friday, 4, "hours", business=True) == datetime(2026, 11, 2, 16, tzinfo=UTC)


def test_a_business_day_leaves_out_a_holiday() -> None:
    monday = datetime(2026, 11, 2, 15, 30, tzinfo=UTC)
    assert a_wall().after(monday, 1, "days", business=True) == datetime(2026, 11, 4, 15, 30, tzinfo=UTC)


def test_time_of_the_clock_does_not_ask_for_business() -> None:
    sunday = datetime(2026, 11, 1, 3, tzinfo=UTC)
    assert a_wall().after(sunday, 24, "hours", business=False) == sunday + timedelta(hours=24)


def test_what_is_put_down_happens_in_its_order_and_the_clock_never_goes_back() -> None:
    agenda, clock, done = Agenda(), Clock(NOW), list[str]()
    agenda.at(NOW + timedelta(hours=1), lambda: done.append("later"))
    agenda.at(NOW, lambda: done.append("first"))
    agenda.at(NOW, lambda: done.append("second"))
    while (found := agenda.pop(NOW + timedelta(hours=2))) is not None:
        clock.forward(found[0])
        found[1]()
    clock.forward(NOW)
    assert done == ["first", "second", "later"]
    assert clock() == NOW + timedelta(hours=1)


def test_what_to_ask_names_an_order_of_each_case_that_was_played() -> None:
    plan = make(300, 7, START)
    paid = next(one for one in plan.orders if one.case is Case.SHORT_PAID)
    rows = [Tally(case=Case.SHORT_PAID, planned=1, found=1, example=paid)]
    asked = to_ask(Played(plan=plan, tallies=rows, faults=(), documents=1, checked=1), Path("home"))
    assert [one for one in asked if "threads show" in one] == [
        one for one in asked if f"./run threads show {paid.number} " in one
    ]
    assert any("./run threads list --open " in one for one in asked)
    assert any("report close --month 2026-10 --out home-close" in one for one in asked)
    assert not any("reconcile --day" in one for one in asked)


def test_a_day_with_a_file_set_aside_is_not_promised_to_be_without_difference() -> None:
    plan = make(300, 7, START)
    rows = [Tally(case=one.case, planned=1, found=1, example=one) for one in plan.orders]
    asked = to_ask(Played(plan=plan, tallies=rows, faults=(), documents=1, checked=1), Path("home"))
    [day] = [one for one in asked if "reconcile --day" in one]
    assert day.endswith("no set is lost, none there twice")  # what a warehouse shipped short is a difference too
    assert any(one.endswith("a 997 with wrong counts: it accepts nothing") for one in asked)


def test_each_command_to_ask_with_is_one_that_the_gateway_knows() -> None:
    plan = make(300, 7, START)
    rows = [Tally(case=one.case, planned=1, found=1, example=one) for one in plan.orders]
    known = leaves()
    for line in to_ask(Played(plan=plan, tallies=rows, faults=(), documents=1, checked=1), Path("home")):
        words = line.partition("./run ")[2].partition("#")[0].split()
        name = next(" ".join(words[:length]) for length in (2, 1) if " ".join(words[:length]) in known)
        known[name].make_context(name, words[len(name.split()) :])  # raises for an option it does not have
