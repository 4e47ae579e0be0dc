"""A day adds up, and what is lost, doubled, skipped or short shows as exactly that."""

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy
from sqlalchemy import delete, insert, select, update

from gateway.canonical.facts import Facts
from gateway.pipeline.reconciling import PartnerDay, Wanted, span
from gateway.pipeline.reconciling_sheet import COLUMNS
from gateway.pipeline.warehousing import OrderBalance
from gateway.store.reports import counting, numbering, warehouse
from gateway.store.reports.reconciliation import StoreReconciling
from gateway.store.reports.warehouse import StoreWarehouseOrders
from gateway.store.tables import ACKNOWLEDGEMENT, DOCUMENT, INTERCHANGE, TRANSMISSION
from tests.contract.store.answers import GOOD, an_answer, answered
from tests.contract.store.sending import handed_in, sealed
from tests.contract.store.shop import Shop, an_interchange


def looked(shop: Shop, *, zone: str = "UTC", day: date | None = None, **wanted: object) -> list[PartnerDay]:
    day = day or shop.clock().date()
    return list(StoreReconciling(shop.means.database, lambda _: zone).days(Wanted(first=day, last=day, **wanted)))  # type: ignore[arg-type]


def acme(shop: Shop) -> PartnerDay:
    [one] = looked(shop, partner="acme")
    return one


@contextmanager
def statements(shop: Shop) -> Iterator[list[str]]:
    """Those that the database is asked meanwhile."""
    asked: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        asked.append(statement)

    sqlalchemy.event.listen(shop.means.database.read, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        sqlalchemy.event.remove(shop.means.database.read, "before_cursor_execute", note)


def lose(shop: Shop, document: str) -> None:
    """As a bug of ours would."""
    with shop.means.database.begin() as connection:
        for table in reversed(DOCUMENT.metadata.sorted_tables):
            for key in table.foreign_keys:
                if key.column.table is DOCUMENT and table is not DOCUMENT:
                    connection.execute(delete(table).where(key.parent == document))
        connection.execute(delete(DOCUMENT).where(DOCUMENT.c.id == document))


def double(shop: Shop, document: str) -> str:
    with shop.means.database.begin() as connection:
        row = connection.execute(select(DOCUMENT).where(DOCUMENT.c.id == document)).one()
        connection.execute(insert(DOCUMENT), [dict(row._mapping) | {"id": "Z" * 26}])
    return "Z" * 26


async def test_what_came_in_is_counted_by_what_became_of_it(shop: Shop) -> None:
    facts = Facts(Decimal("10.50"), "USD")
    first, second, third, *_ = await shop.documents(4, facts=facts)
    shop.journal.record_delivered(
        "erp",
        [
            shop.attempted(first, "delivered", "delivered", external_id="SO-1", key=f"{first}.1"),
            shop.attempted(second, "refused", "dead", reason="no such store", key=f"{second}.1"),
            shop.attempted(third, "unknown", "held", reason="who knows", key=f"{third}.1"),
        ],
    )
    await shop.processed(an_interchange("000000001", sets=4))

    day = acme(shop)

    counted = day.received
    assert (counted.received, counted.delivered, counted.failed, counted.held, counted.in_progress) == (8, 1, 1, 1, 1)
    assert (counted.duplicate, counted.difference, day.differences) == (4, 0, ())
    assert (day.systems.translated, day.systems.delivered, day.systems.numbered) == (2, 1, 1)
    assert (day.answers.answers, day.answers.unfetched) == (1, 1)
    [worth] = day.worth
    assert (worth.set_id, worth.currency, worth.documents, worth.amount) == ("850", "USD", 4, Decimal("42.00"))


async def test_a_document_that_is_lost_shows_as_one_too_few_with_its_interchange(shop: Shop) -> None:
    _, second = await shop.documents(2)
    lose(shop, second)

    day = acme(shop)

    [one] = day.differences
    assert (day.received.difference, one.column, one.number) == (1, "received", 1)
    assert one.words == "ISA13 000000001: 2 sets were read, 1 is there: 1/0001"
    assert shop.all(DOCUMENT)[0].interchange_id in one.subjects


async def test_a_document_that_is_there_twice_shows_as_one_too_many_with_both(shop: Shop) -> None:
    first, _second = await shop.documents(2)
    other = double(shop, first)

    day = acme(shop)

    [one] = day.differences
    assert (day.received.difference, one.number) == (-1, -1)
    assert set(one.subjects) >= {first, other}


async def test_one_too_many_does_not_hide_one_that_is_lost(shop: Shop) -> None:
    first, _ = await shop.documents(2)
    [third, _fourth] = await shop.documents(2, control="000000002")
    double(shop, first)
    lose(shop, third)

    day = acme(shop)

    assert (day.received.difference, sorted(one.number for one in day.differences)) == (0, [-1, 1])


async def test_what_our_systems_handed_in_and_what_was_sent_add_up(shop: Shop) -> None:
    facts = Facts(Decimal("10.50"), "USD")
    await handed_in(shop, "HP-1", facts=facts)
    again = await handed_in(shop, "HP-2", facts=facts)
    sealed(shop)
    await handed_in(shop, "HP-3")
    await answered(shop, an_answer(GOOD))
    shop.operator.resend(again, mode="original", reason="acme lost it", who="ann", anyway=True)

    day = acme(shop)

    assert (day.handed_in.handed_in, day.handed_in.sent, day.handed_in.waiting) == (3, 1, 2)
    assert (day.sent.sent, day.sent.accepted, day.sent.superseded) == (2, 1, 1)
    assert (day.received.received, day.received.matched) == (1, 1)
    assert day.differences == ()
    assert [(one.set_id, one.amount) for one in day.worth if one.direction == "out"] == [("810", Decimal("10.50"))]


async def test_a_997_is_worth_nothing_whether_it_was_used_or_waits_for_a_person(shop: Shop) -> None:
    await answered(shop, an_answer(GOOD))  # about a group that nobody sent

    day = acme(shop)

    assert (day.received.received, day.received.held) == (1, 1)
    assert day.worth == ()


async def test_an_invoice_that_is_lost_after_it_went_out_shows_with_its_group(shop: Shop) -> None:
    document = await handed_in(shop, "HP-1")
    sealed(shop)
    lose(shop, document)

    day = acme(shop)

    [one] = day.differences
    assert (day.sent.difference, one.column, one.number) == (1, "sent", 1)


async def test_an_invoice_that_is_there_twice_shows_with_both(shop: Shop) -> None:
    document = await handed_in(shop, "HP-1")
    sealed(shop)
    other = double(shop, document)

    day = acme(shop)

    assert {one.column: one.number for one in day.differences} == {"sent": -1, "handed_in": -1}
    assert all({document, other} <= set(one.subjects) for one in day.differences)


@pytest.mark.parametrize("day", [date(2026, 3, 8), date(2026, 11, 1)])
async def test_each_document_is_in_exactly_one_day_also_when_clocks_are_changed(shop: Shop, day: date) -> None:
    zone = "America/New_York"
    here, instant = span(day, zone), timedelta(microseconds=1)
    moments = [here.start - instant, here.start, here.start + (here.end - here.start) / 2, here.end - instant, here.end]
    for number, moment in enumerate(moments, start=1):
        shop.clock.time = moment
        await shop.processed(an_interchange(f"{number:09}"))

    days = [day + timedelta(days=step) for step in (-1, 0, 1)]
    counted = [[found.received.received for found in looked(shop, zone=zone, day=one)] for one in days]

    assert counted == [[1], [3], [1]]


async def test_partners_in_several_time_zones_are_asked_for_at_once_each_in_its_own_day(shop: Shop) -> None:
    shop.clock.time = datetime(2026, 3, 2, 2, 30, tzinfo=UTC)
    zones = {"acme": "America/New_York", "bolt": "Europe/Berlin", "cedar": "Asia/Tokyo"}
    for number, name in enumerate(zones, start=1):
        outcome = await shop.processed(an_interchange(f"{number:09}"))
        await handed_in(shop, f"HP-{number}", partner=name)
        with shop.means.database.begin() as connection:
            of = INTERCHANGE.c.id == outcome.interchanges[0].id
            connection.execute(update(INTERCHANGE).where(of).values(partner=name))
    store = StoreReconciling(shop.means.database, zones.__getitem__)

    def counted(day: date, partner: str = "") -> tuple[dict[str, tuple[int, int]], int]:
        with statements(shop) as asked:
            found = store.days(Wanted(first=day, last=day, partner=partner))
        return {one.partner: (one.received.received, one.handed_in.handed_in) for one in found}, len(asked)

    (first, _), (second, many) = counted(date(2026, 3, 1)), counted(date(2026, 3, 2))

    assert first == {"acme": (1, 1)}
    assert second == {"bolt": (1, 1), "cedar": (1, 1)}
    assert many <= counted(date(2026, 3, 2), "bolt")[1] + 1


async def test_a_day_of_a_house_in_which_nothing_has_happened_yet_is_empty(shop: Shop) -> None:
    assert (looked(shop), orders(shop)) == ([], [])


async def test_every_count_is_opened_to_what_it_counts(shop: Shop) -> None:
    await shop.documents(2)
    await shop.processed(an_interchange("000000001", sets=2))
    await handed_in(shop, "HP-1")
    sealed(shop)
    store = StoreReconciling(shop.means.database, lambda _: "UTC")
    wanted = Wanted(first=shop.clock().date(), last=shop.clock().date())
    day = acme(shop)

    for name, (section, field) in COLUMNS.items():
        if not name.endswith("difference") and name != "divided":
            found = store.behind(wanted, name)
            counted = sum(one.sets if field in ("received", "duplicate", "quarantined") else 1 for one in found)
            assert (name, counted) == (name, getattr(getattr(day, section), field))


async def test_an_answer_that_is_written_of_and_not_there_shows(shop: Shop) -> None:
    outcome = await shop.processed(an_interchange())
    with shop.means.database.begin() as connection:
        connection.execute(delete(ACKNOWLEDGEMENT))

    day = acme(shop)

    assert [(one.column, one.number, one.subjects) for one in day.differences] == [
        ("answers", 1, (outcome.interchanges[0].id,))
    ]


async def test_a_file_of_which_nothing_is_known_any_more_is_named(shop: Shop) -> None:
    transmission = await shop.arrived(an_interchange())
    waiting = await shop.arrived(an_interchange("000000002"))
    with shop.means.database.begin() as connection:
        connection.execute(update(TRANSMISSION).where(TRANSMISSION.c.id == transmission).values(state="processed"))
    day = shop.clock().date()

    files = StoreReconciling(shop.means.database, lambda _: "UTC").files(Wanted(first=day, last=day))

    assert (files.lost, files.unopened, files.dead) == ((transmission,), (waiting,), ())


async def test_what_comes_in_while_a_day_is_counted_is_no_difference(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    await shop.processed(an_interchange())
    coming = shop.opened(await shop.arrived(an_interchange("000000002")))
    count_documents = counting._count_documents

    def meanwhile(*given: Any) -> None:
        shop.journal.record_processed([coming])
        count_documents(*given)

    monkeypatch.setattr(counting, "_count_documents", meanwhile)
    day = acme(shop)

    assert (day.received.received, day.received.in_progress, day.differences) == (1, 1, ())


async def test_names_longer_than_an_index_takes_are_cut_and_counted(shop: Shop) -> None:
    long = secrets.token_hex(4_000)

    await shop.documents(set_id=long, facts=Facts(Decimal(1), long[::-1]))

    [worth] = acme(shop).worth
    assert (worth.set_id, worth.currency) == (long[:255], long[::-1][:255])


# ---------------------------------------------------------------------------------------------- control numbers


def gaps(day: PartnerDay) -> list[tuple[str, int, int]]:
    return [(one.kind, one.first, one.last) for one in day.gaps]


async def test_a_number_that_the_partner_skipped_is_a_difference_until_it_comes(shop: Shop) -> None:
    for number in (1, 2, 5):
        await shop.processed(an_interchange(f"{number:09}"))

    day = acme(shop)
    [one] = day.differences
    assert (gaps(day), one.column, one.number) == ([("ISA13", 3, 4)], "gaps", 2)
    assert one.words == "ISA13 3 to 4 were skipped, ZZ/ACMERETAIL to ZZ/OURHOUSE"

    shop.clock.turn(days=1)
    await shop.processed(an_interchange("000000003"))

    [before] = looked(shop, day=shop.clock().date() - timedelta(days=1))
    assert (gaps(before), gaps(acme(shop))) == ([("ISA13", 4, 4)], [])


@pytest.mark.parametrize(("usage", "open_"), [("I", []), ("T", [("ISA13", 3, 3)])])
async def test_a_number_may_come_under_whatever_usage_is_counted_with_the_day(
    shop: Shop, usage: str, open_: list[tuple[str, int, int]]
) -> None:
    for number in (1, 2, 4):
        await shop.processed(an_interchange(f"{number:09}"))
    shop.clock.turn(days=1)
    await shop.processed(an_interchange("000000003", usage=usage))

    [before] = looked(shop, day=shop.clock().date() - timedelta(days=1))

    assert gaps(before) == open_


async def test_the_first_number_of_a_day_is_held_against_the_day_before(shop: Shop) -> None:
    await shop.processed(an_interchange("000000007"))
    shop.clock.turn(days=1)
    await shop.processed(an_interchange("000000009"))

    assert gaps(acme(shop)) == [("ISA13", 8, 8)]


async def test_who_begins_anew_has_skipped_nothing(shop: Shop) -> None:
    for number in (5_000, 5_001, 1, 2):
        await shop.processed(an_interchange(f"{number:09}"))

    assert acme(shop).differences == ()


async def test_who_counts_for_others_too_has_skipped_nothing(shop: Shop) -> None:
    for number in (10, 13, 18, 19, 25, 31):
        await shop.processed(an_interchange(f"{number:09}"))

    assert acme(shop).differences == ()


async def test_a_group_that_the_partner_skipped_shows_although_its_interchanges_follow_each_other(shop: Shop) -> None:
    for number, group in enumerate((41, 42, 44), start=1):
        await shop.processed(a_group(str(group), control=number))

    assert gaps(acme(shop)) == [("GS06", 43, 43)]


@pytest.mark.parametrize("written", ["43", "0043", "000000043"])
async def test_a_group_that_was_skipped_may_come_another_day_with_zeros_before_its_number(
    shop: Shop, written: str
) -> None:
    for number, group in enumerate((40, 42, 44), start=1):
        await shop.processed(a_group(str(group).zfill(len(written)), control=number))
    shop.clock.turn(days=1)
    await shop.processed(a_group(written, control=4))

    [before] = looked(shop, day=shop.clock().date() - timedelta(days=1))

    assert gaps(before) == [("GS06", 41, 41)]


async def test_of_a_partner_that_leaves_out_more_than_anybody_looks_for_the_first_are_named(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(numbering, "ASKED", 3)
    for number, group in enumerate((41, 43, 46, 48), start=1):
        await shop.processed(a_group(str(group), control=number))

    assert gaps(acme(shop)) == [("GS06", 42, 42), ("GS06", 44, 45)]


async def test_a_file_with_thousands_of_groups_far_apart_does_not_keep_the_day_from_being_looked_at(shop: Shop) -> None:
    await shop.processed(an_interchange())
    numbers = [step * 1_001 + one for step in range(50) for one in (1, 2)]
    counts = [["PO", f"X{pair}", "OURHOUSE", f"{pair * 100_000 + one}", 1] for pair in range(20) for one in numbers]
    with shop.means.database.begin() as connection:
        connection.execute(update(INTERCHANGE).values(group_counts=counts, groups=len(counts)))

    assert gaps(acme(shop)) == [("GS06", 3, 1_001), ("GS06", 1_004, 2_002)]


def a_group(written: str, *, control: int) -> bytes:
    data, group = an_interchange(f"{control:09}"), written.encode()
    return data.replace(b"*1200*1*X", b"*1200*%s*X" % group).replace(b"GE*1*1~", b"GE*1*%s~" % group)


# ---------------------------------------------------------------------------------------------- the warehouse


def a_body(**more: object) -> bytes:
    return json.dumps({"depositor_order": "HP-1", "purpose": "original"} | more).encode()


async def ordered(shop: Shop, quantity: str, number: str = "HP-1", **more: object) -> str:
    body = a_body(lines=[{"number": "1", "vendor_sku": "AB-1", "quantity": quantity, "unit": "case"}], **more)
    about = {"canonical": body, "canonical_type": "warehouse_order.v1", "thread": {"warehouse_order": number}}
    agreed = {"set_id": "940", "functional_id": "OW", "agreement": "acme/940"}
    document = await handed_in(shop, f"{number}-{quantity}", terms=agreed, search={"depositor_order": number}, **about)
    sealed(shop)
    return document


async def shipped(shop: Shop, quantity: str, control: str = "000000001") -> str:
    line = {"number": "1", "vendor_sku": "AB-1", "shipped": quantity, "unit": "case"}
    about = {"canonical": a_body(packages=[{"lines": [line]}]), "canonical_type": "warehouse_shipment.v1"}
    keys = {"search": {"depositor_order": "HP-1"}, "thread": {"warehouse_order": "HP-1"}}
    [document] = await shop.documents(control=control, set_id="945", **about, **keys)
    return document


def orders(shop: Shop, *, zone: str = "UTC", now: datetime | None = None) -> list[OrderBalance]:
    day = shop.clock().date()
    store = StoreWarehouseOrders(shop.means.database, shop.means.blobs, lambda _: zone)
    return list(store.orders(Wanted(first=day, last=day), now=now or shop.clock()))


async def test_a_945_that_is_short_shows_with_its_line_and_both_documents(shop: Shop) -> None:
    order = await ordered(shop, "10")
    [before] = orders(shop)
    advice = await shipped(shop, "8")

    [one] = orders(shop)

    assert (before.balance.standing, before.differs) == ("missing", False)
    assert (one.balance.standing, one.differs, one.order, one.shipments) == ("short", True, order, [advice])
    assert list(one.balance.words) == ["line 1 (AB-1): 10 ordered, 8 shipped"]

    await shipped(shop, "2", control="000000002")

    assert [one.balance.standing for one in orders(shop)] == ["even"]


async def test_a_later_940_of_the_same_number_counts_instead(shop: Shop) -> None:
    await ordered(shop, "10")
    later = await ordered(shop, "12")
    await shipped(shop, "12")

    assert [(one.order, one.balance.standing) for one in orders(shop)] == [(later, "even")]


async def test_many_warehouse_orders_are_read_together_a_bounded_number_at_a_time(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ordered(shop, "8")
    await shipped(shop, "8")
    with statements(shop) as asked_for_one:
        [one] = orders(shop)
    await ordered(shop, "20", number="HP-2")
    await ordered(shop, "5", number="HP-3")

    with statements(shop) as asked_for_three:
        together = orders(shop)
    monkeypatch.setattr(warehouse, "AT_ONCE", 2)
    apart = orders(shop)

    assert len(asked_for_three) == len(asked_for_one)
    assert [(each.number, each.balance.ordered) for each in together] == [("HP-1", 8), ("HP-2", 20), ("HP-3", 5)]
    assert together[0] == one
    assert apart == together


async def test_nothing_shipped_by_the_day_asked_for_is_a_difference(shop: Shop) -> None:
    await ordered(shop, "10", requested_ship="2026-03-03")

    days = [datetime(2026, 3, day, 12, tzinfo=UTC) for day in (3, 4)]
    assert [one.late for now in days for one in orders(shop, now=now)] == [False, True]


async def test_the_day_asked_for_is_over_when_it_is_where_the_warehouse_is(shop: Shop) -> None:
    await ordered(shop, "10", requested_ship="2026-03-03")
    midnight = datetime(2026, 3, 4, 5, tzinfo=UTC)  # of New York

    moments = (midnight - timedelta(minutes=1), midnight)
    assert [one.late for now in moments for one in orders(shop, zone="America/New_York", now=now)] == [False, True]
