"""How partners fare is counted behind the events, and the same however often it is counted."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from gateway.app.report_days import Months
from gateway.ledger.deadlines import StandardClocks
from gateway.pipeline.reporting import trend
from gateway.pipeline.reporting_scorecard import Counts, Meant, scorecards
from gateway.store.deadlines import StoreDeadlines
from gateway.store.following import Follower
from gateway.store.pace import PaceProjector
from gateway.store.pace_tables import DOCUMENT_PACE, PACE_DAY
from gateway.store.reports.scorecard import StorePaces
from gateway.store.tables import DOCUMENT
from gateway.x12.findings import Effect, Finding
from tests.contract.store.answers import GOOD, REFUSED, an_answer, answered
from tests.contract.store.sending import handed_in, sealed, to_carry
from tests.contract.store.shop import Shop
from tests.contract.store.test_carrying import NO, tried
from tests.contract.store.test_report_refused import NOTED

ALWAYS = Meant(first=date(2000, 1, 1), last=date(2099, 12, 31))


def followed(shop: Shop, zone: str = "") -> None:
    StoreDeadlines(shop.means, StandardClocks()).work()
    Follower(shop.means, "business", [PaceProjector(lambda _: zone)]).work()


def card(shop: Shop, meant: Meant = ALWAYS, zone: str = "") -> Counts:
    followed(shop, zone)
    [one] = cards(shop, meant)
    return one


def cards(shop: Shop, meant: Meant = ALWAYS) -> list[Counts]:
    paces = StorePaces(shop.means.database)
    found = scorecards(paces.days(meant), paces.overdue(meant), meant, lambda *_: None)
    return [one.counts for one in found]


def about(milliseconds: int) -> object:
    return pytest.approx(milliseconds, rel=0.03)


async def fetched(shop: Shop, number: str, group: int, *, hours: float, said: tuple[str, ...] = GOOD) -> str:
    """An invoice that is fetched after half an hour and answered so many hours later."""
    document = await handed_in(shop, number)
    sealed(shop)
    shop.clock.turn(minutes=30)
    for entry in shop.mailbox.entries("acme", "outbound"):
        shop.mailbox.fetched("acme", entry)
    shop.clock.turn(minutes=hours * 60)
    StoreDeadlines(shop.means, StandardClocks()).work()
    if said:
        await answered(shop, an_answer(tuple(line.replace("*IN*1", f"*IN*{group}") for line in said)))
    return document


async def test_times_to_answer_are_measured_from_when_the_partner_had_it(shop: Shop) -> None:
    for group, hours in enumerate((1, 2, 3, 10), start=1):
        await fetched(shop, f"HP-{group}", group, hours=hours)

    one = card(shop)

    assert (one.sent, one.answered, one.refused, one.late) == (4, 4, 0, 0)
    assert (one.answer_median, one.answer_95) == (about(2 * 3_600_000), about(10 * 3_600_000))
    assert one.fetch_median == about(30 * 60_000)


async def test_what_was_refused_late_and_is_overdue_now_is_counted_apart(shop: Shop) -> None:
    await fetched(shop, "HP-1", 1, hours=1, said=REFUSED)
    await fetched(shop, "HP-2", 2, hours=30)
    await fetched(shop, "HP-3", 3, hours=30, said=())

    one = card(shop)

    assert (one.sent, one.answered, one.refused, one.late, one.overdue) == (3, 2, 1, 2, 1)


async def test_the_day_is_the_partners(shop: Shop) -> None:
    await handed_in(shop, "HP-1")
    at = shop.clock()
    sealed(shop)
    west, east = "Pacific/Pago_Pago", "Pacific/Kiritimati"

    followed(shop, west)
    [before] = shop.all(DOCUMENT_PACE)
    with shop.means.database.begin() as connection:
        connection.execute(DOCUMENT_PACE.delete())
    Follower(shop.means, "again", [PaceProjector(lambda _: east)]).work()
    [after] = shop.all(DOCUMENT_PACE)

    assert (after.day - before.day) == timedelta(days=1)
    assert abs(at.date() - after.day) <= timedelta(days=1)


async def test_what_came_in_counts_with_our_answer_and_acknowledgements_do_not_count(shop: Shop) -> None:
    await shop.documents(3)
    await fetched(shop, "HP-1", 1, hours=1)

    one = card(shop)

    assert (one.received, one.sent, len(one.days_heard)) == (3, 1, 1)
    assert one.our_answer_median is not None


async def test_counting_again_and_in_another_order_changes_nothing(shop: Shop) -> None:
    await fetched(shop, "HP-1", 1, hours=1, said=REFUSED)
    first = card(shop)
    rows: list[Any] = list(shop.all(DOCUMENT_PACE))

    Follower(shop.means, "again", [PaceProjector(lambda _: "")]).work()

    assert list(shop.all(DOCUMENT_PACE)) == rows
    assert cards(shop) == [first]


async def test_each_day_is_what_its_documents_come_to_whatever_happened_to_them_on_the_way(shop: Shop) -> None:
    for group, said in enumerate((REFUSED, NOTED, GOOD, ()), start=1):
        await fetched(shop, f"HP-{group}", group, hours=1, said=said)
        followed(shop)  # in between, so that each is counted more than once
    await shop.documents(2)
    followed(shop)
    grown = days(shop)

    with shop.means.database.begin() as connection:
        connection.execute(DOCUMENT_PACE.delete())
        connection.execute(PACE_DAY.delete())
    Follower(shop.means, "anew", [PaceProjector(lambda _: "")]).work()

    assert days(shop) == grown
    assert sum(one["documents"] for one in grown if one["set_id"] == "") == 6


def days(shop: Shop) -> list[dict[str, Any]]:
    return [dict(row._mapping) for row in shop.all(PACE_DAY, PACE_DAY.c.documents > 0)]


async def test_faults_are_counted_by_code_and_place_and_a_trend_says_what_was_before(shop: Shop) -> None:
    await fetched(shop, "HP-1", 1, hours=1, said=NOTED)
    await fetched(shop, "HP-2", 2, hours=1, said=REFUSED)
    followed(shop)

    found = trend(StorePaces(shop.means.database).faults(ALWAYS, "outbound"), Months(), shop.clock().date())

    assert [(one.code, one.place, one.documents, one.refused, one.before) for one in found] == [
        ("AK403:1", "IT1-02", 1, 1, None),
        ("AK403:7", "IT1-03", 1, 0, None),
    ]


async def test_what_a_partner_writes_for_a_place_is_no_name_of_anything(shop: Shop) -> None:
    strange = ("AK1*IN*1", "AK2*810*0001", "AK3*=x+1;*3**8", "AK4*2*358*1", "AK5*R*5", "AK9*R*1*1*0")
    await fetched(shop, "HP-1", 1, hours=1, said=strange)
    followed(shop)

    [row] = shop.all(DOCUMENT_PACE)
    assert row.faults == ["AK403:1"]


async def test_what_we_say_of_theirs_is_counted_too_and_warnings_are_not(shop: Shop) -> None:
    fault = Finding(
        level="element", code="AK403:1", effect=Effect.REJECT, message="PO102: missing", segment="PO1", element=2
    )
    warning = replace(fault, code="W:total", effect=Effect.WARN)
    await shop.documents(findings=(fault, warning), state="rejected")
    with shop.means.database.begin() as connection:
        connection.execute(DOCUMENT.update().values(told="R"))
    followed(shop)

    [one] = StorePaces(shop.means.database).faults(ALWAYS, "inbound")

    assert one.faults == {"AK403:1 PO1-02": [1, 1]}


async def test_a_file_that_a_partner_does_not_take_is_counted(shop: Shop) -> None:
    await to_carry(shop)
    tried(shop, NO)
    shop.clock.turn(hours=5)  # until the receipt is overdue

    assert card(shop).not_taken == 1


async def test_other_sets_partners_days_and_tests_are_other_cards(shop: Shop) -> None:
    await fetched(shop, "HP-1", 1, hours=1)
    followed(shop)

    def asked(**other: Any) -> int:
        said = {"first": ALWAYS.first, "last": ALWAYS.last} | other
        return len(cards(shop, Meant(**said)))

    assert asked() == asked(partner="acme") == asked(set_id="810") == 1
    assert asked(partner="bolt") == asked(set_id="856") == asked(usage="T") == asked(last=date(2001, 1, 1)) == 0


async def test_a_part_that_goes_out_in_another_document_is_not_counted(shop: Shop) -> None:
    document = await fetched(shop, "HP-1", 1, hours=1)
    followed(shop)
    with shop.means.database.begin() as connection:
        connection.execute(DOCUMENT.update().where(DOCUMENT.c.id == document).values(state="combined"))

    Follower(shop.means, "again", [PaceProjector(lambda _: "")]).work()

    assert shop.all(DOCUMENT_PACE) == []
    assert cards(shop) == []
